"""Words and phrases, however they were accented."""

from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.classifier.domain.phrases import Doubt, Found, Phrases, Sign, Watch, is_near, is_part_of
from services.classifier.domain.words import fold, line_of

VIETNAMESE = st.text(alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạấầẩẫậéèẻẽẹíìỉĩịóòỏõọúùủũụýỳỷỹỵ ,.!0123ĐÂ", max_size=60)


def found(phrases: Phrases, text: str) -> list[str]:
    line = line_of(text)
    return [line.quote(*each) for each in phrases.find_in(line.meant)]


def test_folding_drops_every_accent_and_keeps_the_rest() -> None:
    assert fold("Đường Lê Duẩn hỏng, ổ gà 30cm – nguy hiểm! 🚧") == "Duong Le Duan hong, o ga 30cm – nguy hiem! 🚧"


def test_folding_leaves_letters_of_other_scripts_alone() -> None:
    assert fold("привет 道路 ß") == "привет 道路 ß"


def test_a_decomposed_text_is_the_same_words_as_a_composed_one() -> None:
    text = "Đường ngập, nước chảy xiết"
    assert line_of(normalize("NFD", text)) == line_of(text)
    assert fold(normalize("NFD", text)) == fold(text)


@given(VIETNAMESE)
def test_every_word_typed_means_one_word(text: str) -> None:
    line = line_of(text)
    assert len(line.meant) == len(line.typed)
    assert line.quote(0, len(line.typed)) == " ".join(line.typed)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("k ai dc vô, nc lên r", "không ai được vô nước lên rồi"),
        ("cứuuuu vs", "cứu với"),
        ("CUUUU VOIIII", "cuu voi"),
        ("gọi 114, còn 12 người", "gọi 114 còn 0 người"),
        ("hẻm 1000, QL26", "hẻm 0 ql26"),
        ("", ""),
    ],
)
def test_short_spellings_drawn_out_letters_and_numbers_are_understood(typed: str, meant: str) -> None:
    assert " ".join(line_of(typed).meant) == meant


def test_a_quote_gives_the_words_as_they_were_typed() -> None:
    assert line_of("Nc tới cổ r, CỨUUU!").quote(0, 5) == "nc tới cổ r cứuuu"


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
    assert found(Phrases.of("cháy, chay"), "an chay") == ["chay"]


def test_a_plain_table_takes_its_single_words_without_accents_too() -> None:
    assert found(Phrases.of("người", plain=True), "co nguoi") == ["nguoi"]


def test_an_equals_sign_wants_the_accents_of_a_longer_phrase() -> None:
    assert found(Phrases.of("=tự vẫn, dao"), "xin tu van giup") == []
    assert found(Phrases.of("=tự vẫn, dao"), "nó đòi tự vẫn") == ["tự vẫn"]


def test_a_table_may_be_several_lists_over_several_lines() -> None:
    table = Phrases.of(
        """cháy nhà,
        nhà cháy, nước
        lũ""",
        "sập nhà",
    )
    assert found(table, "nước lũ về, sập nhà") == ["nước lũ", "sập nhà"]


def test_a_phrase_is_found_as_often_as_it_stands_there() -> None:
    assert found(Phrases.of("đang cháy"), "đang cháy và đang cháy") == ["đang cháy", "đang cháy"]


def test_a_longer_phrase_is_found_only_whole() -> None:
    table = Phrases.of("nước đang dâng nhanh")
    assert found(table, "nước đang dâng nhanh quá") == ["nước đang dâng nhanh"]
    assert found(table, "nước đang dâng") == []
    assert found(table, "nước đang dâng chậm") == []
    assert not table.are_in(line_of("nước đang dâng chậm").meant)


@pytest.mark.parametrize(
    ("text", "near"), [("gấp nhà cháy", True), ("nhà cháy gấp", True), ("nhà cháy ở xa gấp", False)]
)
def test_near_counts_the_words_between(text: str, near: bool) -> None:
    line = line_of(text)
    at = line.meant.index("cháy")
    assert is_near(line, Found(at, at + 1), Phrases.of("gấp"), before=2, after=2) is near


def test_what_was_found_is_not_its_own_company() -> None:
    line = line_of("cứu với")
    assert not is_near(line, Found(0, 2), Phrases.of("cứu, với"), before=5, after=5)


def test_a_phrase_is_part_of_a_longer_one_only_where_they_share_a_word() -> None:
    line = line_of("xe chữa cháy tới, nhà vẫn cháy")
    first, second = (Found(at, at + 1) for at, word in enumerate(line.meant) if word == "cháy")
    assert is_part_of(line, first, Phrases.of("chữa cháy"))
    assert not is_part_of(line, second, Phrases.of("chữa cháy"))


def test_a_sign_needs_all_its_company() -> None:
    sign = Sign(Phrases.of("sập"), ((Phrases.of("người"), 3), (Phrases.of("gấp"), 5)))

    def stands_in(text: str) -> bool:
        line = line_of(text)
        return bool(list(sign.find_in(line, list(sign.words.find_in(line.meant)))))

    assert stands_in("sập đè người, tới gấp")
    assert not stands_in("sập đè người")
    assert not stands_in("sập rồi, tới gấp")


def test_a_doubt_undoes_within_its_reach_on_either_side() -> None:
    doubt = Doubt(Phrases.of("không"), before=1)
    assert doubt.undoes(line_of("không cháy"), Found(1, 2))
    assert not doubt.undoes(line_of("không ai cháy"), Found(2, 3))
    assert not doubt.undoes(line_of("cháy không"), Found(0, 1))


def test_a_watch_passes_over_what_holds_none_of_its_phrases_and_finds_the_rest_by_table() -> None:
    fire, flood, person = Phrases.of("cháy"), Phrases.of("nước tới nóc nhà, nước tới cổ"), Phrases.of("không có ai cứu")
    watch = Watch.of([Sign(fire), Sign(flood), Sign(person)])
    assert watch.passes_over(line_of("đường hỏng, không có ai sửa"))
    line = line_of("cháy, nuoc toi co, không có ai cứu, nước tới nóc rồi")
    assert not watch.passes_over(line)
    assert watch.find_in(line) == {fire: [Found(0, 1)], flood: [Found(1, 4)], person: [Found(4, 8)]}
