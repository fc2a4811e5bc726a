from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.contact import Contact
from services.intake.domain.submission import (
    CHANNELS,
    Place,
    clean_text,
    fingerprint,
    is_idempotency_key,
    says_something,
)
from shared.events import Channel
from tests.support.intake import NOW, submission


def test_control_characters_and_odd_line_ends_go():
    assert clean_text("  Hố\x00 sâu\r\ntrước\tchợ\r\x07 ") == "Hố sâu\ntrước\tchợ"


@given(st.text())
def test_cleaned_text_can_be_stored_and_stays_as_it_is(text):
    cleaned = clean_text(text)
    assert "\x00" not in cleaned
    cleaned.encode()
    assert clean_text(cleaned) == cleaned


@pytest.mark.parametrize(
    ("text", "says"), [("a", True), ("?", True), ("", False), ("\u200b\ufeff", False), (" \n", False)]
)
def test_invisible_text_says_nothing(text, says):
    assert says_something(text) is says


@pytest.mark.parametrize(
    ("key", "good"),
    [
        ("a", True),
        ("a" * 200, True),
        ("a b", True),
        ("a" * 201, False),
        ("", False),
        (" a", False),
        ("khóa", False),
        ("a\n", False),
    ],
)
def test_a_key_is_visible_ascii_of_1_to_200_characters(key, good):
    assert is_idempotency_key(key) is good


def test_the_same_words_under_another_key_have_the_same_fingerprint():
    said = submission(sent_at=NOW)
    other = replace(said, idempotency_key="other", contact=Contact("0912345678"), trace="00-1-2-00")
    assert fingerprint(said) == fingerprint(other)


@pytest.mark.parametrize(
    "change",
    [
        {"text": "Khác"},
        {"channel": "sms"},
        {"language": "en"},
        {"place": Place(lat=12.5, lon=108.0)},
        {"place": Place(unit_code="24133")},
        {"place": Place(text="24133")},
        {"sent_at": NOW + timedelta(seconds=1)},
        {"sent_at": None},
    ],
)
def test_anything_said_differently_has_another_fingerprint(change):
    said = submission(sent_at=NOW)
    assert fingerprint(replace(said, **change)) != fingerprint(said)


def test_the_domain_knows_the_channels_of_the_events():
    assert set(CHANNELS) == {channel.value for channel in Channel}
