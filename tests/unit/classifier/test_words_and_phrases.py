"""Words and phrases, however they were accented."""

from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.classifier.domain.phrases import Found, Phrases, around, first
from services.classifier.domain.words import fold, line_of

VIETNAMESE = st.text(alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạấầẩẫậéèẻẽẹíìỉĩịóòỏõọúùủũụýỳỷỹỵ ,.!0123ĐÂ", max_size=60)


def found(phrases: Phrases, text: str) -> list[str]:
    line = line_of(text)
    return [line.written[each.start : each.end] for each in phrases.find_in(line)]


def test_folding_drops_every_accent_and_keeps_the_rest() -> None:
    assert fold("Đường Lê Duẩn hỏng, ổ gà 30cm – nguy hiểm! 🚧") == "Duong Le Duan hong, o ga 30cm – nguy hiem! 🚧"


def test_folding_leaves_letters_of_other_scripts_alone() -> None:
    assert fold("привет 道路 ß") == "привет 道路 ß"


def test_a_decomposed_text_is_the_same_words_as_a_composed_one() -> None:
    text = "Đường ngập, nước chảy xiết"
    assert line_of(normalize("NFD", text)) == line_of(text)
    assert fold(normalize("NFD", text)) == fold(text)


@given(VIETNAMESE)
def test_the_folded_line_is_as_long_as_the_written_one_and_folding_twice_changes_nothing(text: str) -> None:
    line = line_of(text)
    assert len(line.folded) == len(line.written)
    assert line_of(line.folded).written.split() == line.folded.split()


@pytest.mark.parametrize("text", ["Nhà tôi CHÁY NHÀ rồi!", "chay nha", "cháy nha hang xom", "...cháy-nhà..."])
def test_a_phrase_is_found_with_or_without_accents(text: str) -> None:
    assert len(found(Phrases.of("cháy nhà"), text)) == 1


@pytest.mark.parametrize("text", ["chạy nhà", "cháy nhành", "cháy, rồi nhà", "", "nha chay"])
def test_other_words_are_not_the_phrase(text: str) -> None:
    assert found(Phrases.of("cháy nhà"), text) == []


def test_old_and_new_places_of_a_tone_mark_are_the_same() -> None:
    assert found(Phrases.of("hỏa hoạn"), "Có hoả hoạn") == ["hoả hoạn"]


def test_a_phrase_of_one_word_must_be_typed_as_in_the_table() -> None:
    assert found(Phrases.of("cháy"), "an chay, chay xe, chảy nước") == []
    assert found(Phrases.of("cháy", "chay"), "an chay") == ["chay"]


def test_a_phrase_is_found_as_often_as_it_stands_there() -> None:
    assert found(Phrases.of("đang cháy"), "đang cháy và đang cháy") == ["đang cháy", "đang cháy"]


def test_the_first_of_several_is_the_nearest_to_the_beginning_and_the_longest() -> None:
    line = line_of("nước đang dâng nhanh")
    best = first(Phrases.of("đang dâng", "nước đang", "nước đang dâng").find_in(line))
    assert best is not None
    assert line.written[best.start : best.end] == "nước đang dâng"
    assert first([]) is None


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [(1, 1, (" ba ", " năm ")), (9, 9, (" một hai ba ", " năm sáu ")), (0, 0, (" ", " "))],
)
def test_around_gives_the_words_on_both_sides_and_stops_at_the_ends(
    before: int, after: int, expected: tuple[str, str]
) -> None:
    line = line_of("một hai ba bốn năm sáu")
    place = next(Phrases.of("bốn").find_in(line))
    assert place == Found(12, 15)
    near = around(line, place, words_before=before, words_after=after)
    assert tuple(part.written for part in near) == expected
