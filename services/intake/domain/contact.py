"""How to reach a resident, and how little of it others get to see."""

import re
from dataclasses import dataclass

SHORTEST_PHONE = 8
LONGEST_PHONE = 15
LONGEST_EMAIL = 254
LONGEST_NAME = 100
COUNTRY_PREFIX = "84"
SHORTEST_WITH_COUNTRY = 10
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+")
_BETWEEN_DIGITS = re.compile(r"[\s.\-()/]+")


@dataclass(frozen=True, slots=True)
class Contact:
    """What the resident gave; any part may be missing, but not all."""

    phone: str | None = None
    email: str | None = None
    name: str | None = None


def read_phone(typed: str) -> str | None:
    """Read a phone number as people write it ("+84 912.345.678") into digits as dialled here; nothing when it is none.

    A number of this country starts with 0; a foreign one keeps its plus sign.
    """
    digits = _BETWEEN_DIGITS.sub("", typed.strip())
    international = digits.startswith(("+", "00"))
    if international:
        digits = digits.removeprefix("+" if digits.startswith("+") else "00")
    if not (digits.isascii() and digits.isdigit() and SHORTEST_PHONE <= len(digits) <= LONGEST_PHONE):
        return None
    if digits.startswith(COUNTRY_PREFIX) and (international or len(digits) > SHORTEST_WITH_COUNTRY):
        return "0" + digits.removeprefix(COUNTRY_PREFIX).removeprefix("0")
    return "+" + digits if international else digits


def read_email(typed: str) -> str | None:
    """Read an e-mail address; nothing when it is none."""
    address = typed.strip()
    return address if len(address) <= LONGEST_EMAIL and _EMAIL.fullmatch(address) else None


def masked_phone(phone: str) -> str:
    """Show enough of a number to recognise one's own: 09xx xxx 123."""
    hidden = phone[:2] + "x" * (len(phone) - 5) + phone[-3:]
    return f"{hidden[:4]} {hidden[4:-3]} {hidden[-3:]}"


def masked_email(email: str) -> str:
    """Show the first letter and the domain: l***@example.vn."""
    local, _, domain = email.partition("@")
    return f"{local[:1]}***@{domain}"


def masked(contact: Contact) -> str:
    """Show a contact to staff: masked phone and e-mail; a name is never shown."""
    parts = []
    if contact.phone:
        parts.append(masked_phone(contact.phone))
    if contact.email:
        parts.append(masked_email(contact.email))
    return ", ".join(parts)
