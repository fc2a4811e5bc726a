import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.desk.domain.highlights import Highlight, Piece, pieces_of

TEXT = "Ổ gà to, đèn hỏng"


def marked(text: str, *highlights: Highlight) -> list[tuple[str, float]]:
    return [(piece.text, piece.weight) for piece in pieces_of(text, highlights) if piece.weight is not None]


def test_marked_words_stand_between_plain_ones() -> None:
    assert pieces_of(TEXT, [Highlight(9, 12, 0.5), Highlight(0, 4, 0.2)]) == [
        Piece("Ổ gà", 0.2),
        Piece(" to, "),
        Piece("đèn", 0.5),
        Piece(" hỏng"),
    ]


@pytest.mark.parametrize(
    ("marks", "seen"),
    [
        ([Highlight(9, 12, 0.5), Highlight(9, 12, 0.3)], [("đèn", 0.8)]),
        ([Highlight(0, 7, 0.7), Highlight(2, 4, 0.6)], [("Ổ gà to", 1.0)]),
        ([Highlight(0, 4, 0.1), Highlight(4, 7, 0.2)], [("Ổ gà", 0.1), (" to", 0.2)]),
        ([Highlight(13, 99, 0.4)], [("hỏng", 0.4)]),
        ([Highlight(-5, 1, 0.4)], [("Ổ", 0.4)]),
        ([Highlight(99, 120, 0.4)], []),
        ([Highlight(5, 5, 0.4), Highlight(9, 2, 0.4)], []),
    ],
)
def test_offsets_that_overlap_or_lie_outside_do_no_harm(marks: list[Highlight], seen: list[tuple[str, float]]) -> None:
    assert marked(TEXT, *marks) == seen


def test_offsets_count_code_points() -> None:
    assert marked("🔥🔥 cháy 👨‍👩‍👧", Highlight(3, 7, 0.5)) == [("cháy", 0.5)]


def test_a_letter_keeps_its_accents() -> None:
    apart = unicodedata.normalize("NFD", "hố ga")
    assert len(apart) == 7
    assert marked(apart, Highlight(0, 2, 0.5)) == [(unicodedata.normalize("NFD", "hố"), 0.5)]
    assert marked(apart, Highlight(3, 4, 0.5)) == [(unicodedata.normalize("NFD", "ố"), 0.5)]


@pytest.mark.parametrize(("weight", "strong"), [(None, False), (0.24, False), (0.25, True)])
def test_words_that_carried_a_quarter_alone_are_strong(weight: float | None, strong: bool) -> None:
    assert Piece("đèn", weight).strong is strong


@given(
    st.text(alphabet=st.characters(codec="utf-8"), max_size=30) | st.text(alphabet="aố\u0301\u0323 ", max_size=12),
    st.lists(st.builds(Highlight, st.integers(-5, 40), st.integers(-5, 40), st.floats(0, 1)), max_size=8),
)
def test_pieces_are_the_text_again_and_marks_cover_what_was_marked(text: str, highlights: list[Highlight]) -> None:
    pieces = pieces_of(text, highlights)
    assert "".join(piece.text for piece in pieces) == text
    assert all(piece.text for piece in pieces)
    assert all(piece.weight is None or 0 <= piece.weight <= 1 for piece in pieces)
    covered = [piece.weight is not None for piece in pieces for _ in piece.text]
    assert all(all(covered[max(0, one.start) : max(0, one.end)]) for one in highlights)
    assert not any(unicodedata.category(piece.text[0])[0] == "M" for piece in pieces[1:] if piece.weight is not None)
