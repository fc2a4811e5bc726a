"""The tracking code: what a resident writes down, reads out and mistypes.

Ten symbols of Crockford's base 32 behind a prefix, for example DL-7K3FM-92QXA. Whoever has the code sees the report,
so it is drawn from 2^50 possibilities and not from a sequence.
"""

PREFIX = "DL"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 10
RANDOM_BITS = 50
BITS_A_SYMBOL = 5
LONGEST_TYPED = 64
# What people write for a symbol that looks like it, or sounds like it on the phone.
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1", "Đ": "D"})


def tracking_code(random: int) -> str:
    """Write a random number of `RANDOM_BITS` bits as a code; raises ValueError for any other number."""
    if not 0 <= random < 1 << RANDOM_BITS:
        raise ValueError(f"a tracking code needs a number of {RANDOM_BITS} bits")
    symbols = "".join(
        ALPHABET[random >> shift & (1 << BITS_A_SYMBOL) - 1]
        for shift in range(RANDOM_BITS - BITS_A_SYMBOL, -1, -BITS_A_SYMBOL)
    )
    return f"{PREFIX}-{symbols[:5]}-{symbols[5:]}"


def read_tracking_code(typed: str) -> str | None:
    """Read a code as people type it (case, dashes, spaces, O for 0, I or L for 1); nothing when it is none."""
    if len(typed) > LONGEST_TYPED:
        return None
    symbols = "".join(symbol for symbol in typed.upper() if symbol.isalnum())
    if len(symbols) == LENGTH + len(PREFIX) and symbols.startswith((PREFIX, "D1", "DI", "ĐL")):
        symbols = symbols[len(PREFIX) :]
    symbols = symbols.translate(_LOOKALIKES)
    if len(symbols) != LENGTH or not set(symbols) <= set(ALPHABET):
        return None
    return f"{PREFIX}-{symbols[:5]}-{symbols[5:]}"
