import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.contact import Contact, masked, masked_phone, read_email, read_phone


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("0912345678", "0912345678"),
        ("0912 345 678", "0912345678"),
        ("091.234.5678", "0912345678"),
        ("+84 912 345 678", "0912345678"),
        ("(+84) 0912 345 678", "0912345678"),
        ("0084912345678", "0912345678"),
        ("84912345678", "0912345678"),
        ("8491234567", "8491234567"),
        ("+1 202 555 0143", "+12025550143"),
        ("0262 3852 410", "02623852410"),
    ],
)
def test_a_number_is_read_as_dialled_here(typed, read):
    assert read_phone(typed) == read


@pytest.mark.parametrize("typed", ["", "1234567", "1" * 16, "09123abc78", "không có", "+", "٠٩١٢٣٤٥٦٧٨"])
def test_what_is_no_number_is_none(typed):
    assert read_phone(typed) is None


@pytest.mark.parametrize(("typed", "read"), [(" lan@example.vn ", "lan@example.vn"), ("a.b+c@d.e.vn", "a.b+c@d.e.vn")])
def test_an_address_is_read(typed, read):
    assert read_email(typed) == read


@pytest.mark.parametrize(
    "typed", ["", "lan", "lan@", "@example.vn", "lan@example", "a b@c.vn", "a@" + "b" * 260 + ".vn"]
)
def test_what_is_no_address_is_none(typed):
    assert read_email(typed) is None


def test_a_masked_number_shows_its_ends_only():
    assert masked_phone("0912345123") == "09xx xxx 123"


@given(st.from_regex(r"0[0-9]{7,14}", fullmatch=True))
def test_masking_leaves_at_most_five_digits(phone):
    assert sum(letter.isdigit() for letter in masked_phone(phone)) == 5


def test_staff_see_a_masked_contact_without_a_name():
    assert masked(Contact("0912345123", "lan@example.vn", "Lan")) == "09xx xxx 123, l***@example.vn"
    assert masked(Contact(name="Lan")) == ""
