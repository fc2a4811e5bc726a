"""The name of a case that people say to each other."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events.short_id import ALPHABET, endings_of, read_short_id, short_id


@given(st.uuids())
def test_a_short_id_is_read_back_however_it_is_typed(feedback_id: UUID) -> None:
    name = short_id(feedback_id)
    assert len(name) == 11
    assert set(name) <= {*ALPHABET, "-"}
    assert read_short_id(name.lower().replace("-", " ").replace("0", "o")) == name


@pytest.mark.parametrize("typed", ["", "K3F-92Q-XA", "K3F-92Q-XA77", "đường hỏng", "K3F-92Q-XAU"])
def test_what_is_no_short_id_is_not_read_as_one(typed: str) -> None:
    assert read_short_id(typed) is None


def test_ids_of_one_minute_have_different_names() -> None:
    assert short_id(UUID("01930000-0000-7000-8000-000000000001")) != short_id(
        UUID("01930000-0000-7000-8000-000000000002")
    )


@given(st.uuids(), st.uuids())
def test_the_endings_of_a_name_are_those_of_the_ids_that_have_it(one: UUID, other: UUID) -> None:
    def ends_so(feedback_id: UUID, name: str) -> bool:
        endings = endings_of(name)
        return str(feedback_id)[-len(endings[0]) :] in endings

    assert ends_so(one, short_id(one))
    assert ends_so(other, short_id(one)) == (short_id(other) == short_id(one))
    flipped = UUID(int=one.int ^ 1 << 45)
    assert short_id(flipped) == short_id(one)
    assert ends_so(flipped, short_id(one))
    assert not ends_so(UUID(int=one.int ^ 1 << 44), short_id(one))
