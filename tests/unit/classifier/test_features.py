"""The one-pass features against slow, obvious ones."""

import math
import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfVectorizer

from services.classifier.adapters.features import MAX_CHARS, Family, HashedNgrams, Letters, ngrams
from services.classifier.adapters.training import RECIPE
from services.classifier.domain.words import fold

TEXTS = [
    "Đèn đường trước chợ hỏng, đèn tối om",
    "Đường trước chợ ngập. Đèn hỏng!",
    "rác thải trước chợ bốc mùi",
    "Rac thai bốc mùi trước nhà",
]
MESSY = st.lists(st.text(alphabet="aăbcdđeêáàạ AB,.–12\n\t🚧道\x00", max_size=30), max_size=5)


def cut(text: str, family: Family) -> list[str]:
    """Cut a text as scikit-learn's vectorisers would: word n-grams, or char_wb n-grams of two and more."""
    view = fold(text) if family.folded else text
    letters = "".join(("0" if c.isdigit() else c) if c.isalnum() and ord(c) < 0x1FFF else " " for c in view.lower())
    words = letters.split()
    if family.unit == "word":
        return [" ".join(words[i : i + family.size]) for i in range(len(words) - family.size + 1)]
    padded = [f" {word} " for word in words]
    return [word[i : i + family.size] for word in padded for i in range(len(word) - family.size + 1)]


def hashes_of(texts: list[str], family: Family) -> list[list[int]]:
    letters = Letters.of(texts)
    found = ngrams(letters, [family])
    rows: list[list[int]] = [[] for _ in texts]
    for position, hashed in zip(found.position.tolist(), found.hashed.tolist(), strict=True):
        rows[letters.row[position]].append(hashed)
    return rows


@pytest.mark.parametrize("name", ["word1-written", "word2-folded", "word3-written", "char3-folded", "char4-written"])
@given(texts=MESSY)
@settings(max_examples=60, deadline=None)
def test_hashes_are_equal_exactly_where_the_ngrams_are(name: str, texts: list[str]) -> None:
    family = Family.named(name)
    spelled = [cut(text, family) for text in texts]
    hashed = hashes_of(texts, family)
    assert [len(row) for row in hashed] == [len(row) for row in spelled]
    meaning: dict[str, int] = {}
    for words, numbers in zip(spelled, hashed, strict=True):
        by_count = Counter(words), Counter(numbers)
        assert sorted(by_count[0].values()) == sorted(by_count[1].values())
        if family.unit == "word":
            for word, number in zip(words, numbers, strict=True):
                assert meaning.setdefault(word, number) == number
    assert len(set(meaning.values())) == len(meaning)


def test_the_matrix_is_that_of_scikit_learns_vectoriser_up_to_the_order_of_columns() -> None:
    ours = HashedNgrams(("word1-written", "word2-written"), min_df=1).fit(TEXTS).transform(TEXTS)
    words = re.compile(r"\w+").findall
    theirs = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, tokenizer=words, token_pattern=None)
    theirs = theirs.fit_transform(TEXTS)
    assert ours.shape == theirs.shape
    for mine, other in zip(ours.toarray(), theirs.toarray(), strict=True):
        assert np.sort(mine) == pytest.approx(np.sort(other), abs=1e-6)
    assert (ours @ ours.T).toarray() == pytest.approx((theirs @ theirs.T).toarray(), abs=1e-6)


def test_the_folded_view_of_a_text_does_not_care_for_accents() -> None:
    features = HashedNgrams(("word1-folded", "char3-folded"), min_df=1).fit(TEXTS)
    assert (features.transform(TEXTS) != features.transform([fold(text) for text in TEXTS])).nnz == 0


def test_every_block_of_a_row_has_length_one_whatever_stands_beside_it() -> None:
    features = HashedNgrams(("word1-written", "word1-folded"), min_df=1).fit(TEXTS)
    squares = features.transform(TEXTS).multiply(features.transform(TEXTS)).sum(axis=1)
    assert np.asarray(squares).ravel() == pytest.approx([2.0] * len(TEXTS))


def test_rare_ngrams_do_not_count() -> None:
    features = HashedNgrams(("word1-written",), min_df=3).fit(TEXTS)
    assert len(features.hashes_) == 2  # trước, and chợ


@pytest.mark.parametrize("texts", [[], [""], ["!!! 🚧"], ["never seen words"], ["", "đèn", ""]])
def test_texts_without_known_words_give_empty_rows_and_no_error(texts: list[str]) -> None:
    matrix = HashedNgrams(("word2-folded", "char2-written"), min_df=1).fit(["đường hỏng"]).transform(texts)
    assert matrix.shape[0] == len(texts)
    assert all(map(math.isfinite, matrix.data))


def test_a_text_is_read_alike_alone_and_among_others() -> None:
    features = HashedNgrams(RECIPE.families, min_df=1).fit(TEXTS)
    together = features.transform(TEXTS * 100)
    for index in (0, 1, 255, 256, 399):
        alone = features.transform([(TEXTS * 100)[index]])
        assert (together[index] != alone).nnz == 0


def test_what_stands_after_the_limit_does_not_count() -> None:
    features = HashedNgrams(("word1-written",), min_df=1).fit(["đèn rác"])
    long = "đèn " * (MAX_CHARS // 4) + " rác"
    assert features.transform([long]).nnz == 1


def test_it_is_an_ordinary_scikit_learn_transformer() -> None:
    copy = clone(HashedNgrams(("word1-written",), min_df=2))
    assert copy.get_params() == {"families": ("word1-written",), "min_df": 2}


@pytest.mark.parametrize("name", ["word1-written", "char4-folded"])
def test_a_family_is_known_by_its_name(name: str) -> None:
    assert Family.named(name).name == name


@pytest.mark.parametrize("name", ["", "word-folded", "line1-folded", "word1", "word1-upper"])
def test_a_name_that_is_no_familys_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not the name of an n-gram family"):
        Family.named(name)
