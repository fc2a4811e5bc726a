"""The search for names: all of them at once, and those a few letters away."""

from hypothesis import given
from hypothesis import strategies as st

from services.router.adapters.name_index import WordIndex
from tests.support.place_cases import distance

WORDS = st.lists(st.sampled_from(["ea", "kar", "hoa", "xuan", "tay", "x"]), max_size=8)
PATTERNS = [("ea", "kar"), ("hoa", "xuan"), ("hoa", "xuan", "tay"), ("xuan",), ("tay", "hoa")]
NAMES = ["eakar", "eakao", "hoaxuan", "hoaxuantay", "buonmathuot", "krongpac"]
NEARLY = st.sampled_from(NAMES).flatmap(
    lambda name: st.lists(st.integers(0, len(name)), max_size=3).map(lambda cuts: _without(name, cuts))
)


def _without(name: str, cuts: list[int]) -> str:
    return "".join(letter for index, letter in enumerate(name) if index not in cuts)


@given(WORDS)
def test_every_pattern_is_found_wherever_it_stands(words: list[str]) -> None:
    expected = {
        (start, start + len(pattern), number)
        for number, pattern in enumerate(PATTERNS)
        for start in range(len(words))
        if tuple(words[start : start + len(pattern)]) == pattern
    }
    assert set(WordIndex(PATTERNS, NAMES).find(words)) == expected


@given(NEARLY | st.text("eakrohxunty", max_size=12), st.integers(0, 2))
def test_the_names_near_a_word_are_those_of_the_textbook(word: str, most_edits: int) -> None:
    found = {(near.number, near.edits) for near in WordIndex(PATTERNS, NAMES).near(word, most_edits=most_edits)}
    assert found == {
        (number, distance(word, name)) for number, name in enumerate(NAMES) if distance(word, name) <= most_edits
    }


def test_nothing_is_found_where_no_word_is_known() -> None:
    index = WordIndex(PATTERNS, NAMES)
    assert list(index.find(["nothing", "here"])) == []
    assert list(index.find([])) == []
    assert index.near("", most_edits=2) == []
