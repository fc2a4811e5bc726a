import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.tracking_code import ALPHABET, RANDOM_BITS, read_tracking_code, tracking_code

numbers = st.integers(min_value=0, max_value=2**RANDOM_BITS - 1)


@given(numbers)
def test_a_code_reads_back_as_itself(number):
    assert read_tracking_code(tracking_code(number)) == tracking_code(number)


@given(numbers, numbers)
def test_two_numbers_never_share_a_code(one, other):
    assert (tracking_code(one) == tracking_code(other)) == (one == other)


@pytest.mark.parametrize("number", [-1, 2**RANDOM_BITS])
def test_a_number_of_another_size_is_refused(number):
    with pytest.raises(ValueError, match="50 bits"):
        tracking_code(number)


@pytest.mark.parametrize(
    "typed",
    [
        "DL-7K3FM-92QXA",
        "dl-7k3fm-92qxa",
        "DL7K3FM92QXA",
        "7K3FM92QXA",
        " dl 7k3fm 92qxa ",
        "ĐL–7K3FM–92QXA",
        "D1-7K3FM-92QXA",
        "d1.7k3fm.92qxa",
    ],
)
def test_a_code_is_understood_however_it_is_typed(typed):
    assert read_tracking_code(typed) == "DL-7K3FM-92QXA"


@pytest.mark.parametrize(("typed", "read"), [("DL-O0OIL-1LI0o", "DL-00011-11100"), ("DIO0000-00000", "DL-00000-00000")])
def test_lookalikes_are_forgiven(typed, read):
    assert read_tracking_code(typed) == read


def test_a_code_that_begins_like_the_prefix_is_not_cut():
    assert read_tracking_code("D1234-56789") == "DL-D1234-56789"
    assert read_tracking_code("DL-D1234-56789") == "DL-D1234-56789"


@pytest.mark.parametrize(
    "typed", ["", "DL", "DL-7K3FM-92QX", "DL-7K3FM-92QXAA", "DL-7K3FM-92QXU", "x" * 65, "ĐƯỜNG-HỎNG1"]
)
def test_what_is_no_code_is_none(typed):
    assert read_tracking_code(typed) is None


@given(st.text(max_size=80))
def test_whatever_is_typed_gives_a_clean_code_or_none(typed):
    code = read_tracking_code(typed)
    assert code is None or set(code.removeprefix("DL-").replace("-", "")) <= set(ALPHABET)
