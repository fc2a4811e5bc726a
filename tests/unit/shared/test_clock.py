"""The clock that services are given."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.clock import ClockRate

ORIGIN = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def test_real_time_is_left_alone() -> None:
    assert ClockRate().at(ORIGIN) is ORIGIN


def test_a_fast_clock_makes_a_second_ten_minutes_and_starts_at_its_origin() -> None:
    rate = ClockRate(600, ORIGIN)
    assert rate.at(ORIGIN) == ORIGIN
    assert rate.at(ORIGIN + timedelta(seconds=1)) == ORIGIN + timedelta(minutes=10)


@given(st.floats(min_value=0.5, max_value=10_000), st.datetimes(timezones=st.just(UTC)))
def test_the_text_form_is_read_back(factor: float, origin: datetime) -> None:
    read = ClockRate.parse(str(ClockRate(factor, origin)))
    assert read.origin == origin
    assert read.factor == pytest.approx(factor, rel=1e-4)


@pytest.mark.parametrize(
    "text", ["", "fast", "0", "-1", "600@", "600@2026-11-22", "600@yesterday", "600@2026-11-22T03:00:00"]
)
def test_a_rate_that_cannot_be_read_says_what_is_expected(text: str) -> None:
    if text == "600@":
        assert ClockRate.parse(text).factor == 600
        return
    with pytest.raises(ValueError, match="clock rate"):
        ClockRate.parse(text)


def test_a_clock_made_from_a_rate_follows_the_real_one() -> None:
    clock = ClockRate(60, ORIGIN).clock(lambda: ORIGIN + timedelta(seconds=2))
    assert clock() == ORIGIN + timedelta(minutes=2)
