"""The corpus of the repository, and files of examples."""

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from services.classifier.adapters.corpus import CORPUS, read_corpus, read_examples
from services.classifier.adapters.features import HashedNgrams
from shared.csv_files import CsvError
from shared.events import Kind, Urgency

TOPICS = Path(__file__).parents[3] / "deploy" / "territories" / "daklak" / "topics.csv"
NEAR_TWIN = 0.6
HEADER = "text,topic,urgency,kind,voice,note\n"


def test_every_row_of_the_corpus_has_a_topic_of_the_territory_in_its_fields_file() -> None:
    with TOPICS.open(encoding="utf-8", newline="") as opened:
        field_of = {row["code"]: row["field"] for row in csv.DictReader(opened)}
    corpus = read_corpus(CORPUS)
    assert [example for example in corpus if field_of.get(example.topic) != example.field] == []
    assert {example.topic for example in corpus} == set(field_of)
    assert {example.urgency for example in corpus} == {urgency.value for urgency in Urgency}
    assert {example.kind for example in corpus} == {kind.value for kind in Kind}


def test_no_text_stands_twice_in_the_corpus() -> None:
    texts = Counter(example.text.strip().casefold() for example in read_corpus(CORPUS))
    assert [text for text, count in texts.items() if count > 1] == []


def test_no_topic_hangs_on_a_few_voices() -> None:
    voices: dict[str, set[str]] = {}
    for example in read_corpus(CORPUS):
        voices.setdefault(example.topic, set()).add(example.voice)
    assert {topic: len(by) for topic, by in voices.items() if len(by) < 8} == {}


def written(folder: Path, content: str, *, name: str = "urban.csv") -> Path:
    file = folder / name
    file.write_text(content, encoding="utf-8")
    return file


def test_a_row_takes_its_field_from_the_name_of_its_file(tmp_path: Path) -> None:
    written(tmp_path, HEADER + '"Đèn hỏng, tối om",street_lighting,normal,report,lan,sms\n')
    (example,) = read_corpus(tmp_path)
    assert (example.text, example.topic, example.field) == ("Đèn hỏng, tối om", "street_lighting", "urban")
    assert (example.urgency, example.kind, example.voice) == ("normal", "report", "lan")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "column text, topic, urgency, kind, voice is missing"),
        ("text,topic\nx,y\n", "column urgency, kind, voice is missing"),
        (HEADER, "has no rows"),
        (HEADER + "x,waste,soon,report,lan,\n", "line 2: urgency 'soon' is none of"),
        (HEADER + "x,waste,normal,rant,lan,\n", "line 2: kind 'rant' is none of"),
        (HEADER + "x,waste,normal,report,lan,\n ,waste,normal,report,lan,\n", "line 3: text is empty"),
        (HEADER + "x,,normal,report,lan,\n", "line 2: topic is empty"),
        (HEADER + "x,waste,normal,report,,\n", "line 2: voice is empty"),
        (HEADER + "x,waste\n", "line 2: kind '' is none of"),
    ],
)
def test_a_wrong_corpus_file_is_named_with_line_and_reason(tmp_path: Path, content: str, complaint: str) -> None:
    written(tmp_path, content)
    with pytest.raises(CsvError, match=complaint):
        read_corpus(tmp_path)


def test_an_empty_folder_says_what_belongs_there(tmp_path: Path) -> None:
    with pytest.raises(CsvError, match="put one file <field>"):
        read_corpus(tmp_path)


def test_examples_may_leave_out_everything_but_text_and_topic(tmp_path: Path) -> None:
    bare, full = read_examples(
        written(
            tmp_path,
            "\ufefftext,topic,alt_topics,field,urgency,kind\nx,waste,,,,\ny,noise,waste;land,environment,low,report\n",
        )
    )
    assert (bare.field, bare.urgency, bare.kind, bare.also_right) == ("", None, None, frozenset())
    assert (full.field, full.urgency, full.kind) == ("environment", "low", "report")
    assert full.also_right == {"waste", "land"}


@pytest.mark.promises
def test_no_two_texts_of_the_corpus_are_near_twins() -> None:
    texts = [example.text for example in read_corpus(CORPUS)]
    ngrams = HashedNgrams(("char4-folded",), min_df=1).fit(texts).transform(texts)
    ngrams.data[:] = 1
    sizes = np.asarray(ngrams.sum(axis=1)).ravel()
    turned = ngrams.T.tocsc()
    twins = []
    for start in range(0, len(texts), 512):
        common = (ngrams[start : start + 512] @ turned).toarray()
        alike = common / np.maximum(sizes[start : start + 512, None] + sizes[None] - common, 1)  # Jaccard
        twins += [(start + row, column) for row, column in np.argwhere(alike > NEAR_TWIN) if start + row < column]
    assert [(texts[one], texts[other]) for one, other in twins] == []
