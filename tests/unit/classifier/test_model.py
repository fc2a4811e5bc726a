"""Training, keeping and loading a model."""

import json
from dataclasses import replace
from pathlib import Path
from unicodedata import normalize

import numpy as np
import pytest

from services.classifier.adapters.augmentation import copies_of, telex_keys, with_unaccented
from services.classifier.adapters.calibration import fitted_temperature
from services.classifier.adapters.features import HashedNgrams
from services.classifier.adapters.linear_model import LinearModel, softmax
from services.classifier.adapters.model_folder import ModelBrokenError, ModelFolder, ModelMissingError
from services.classifier.adapters.training import (
    RECIPE,
    CorpusTooSmallError,
    machine,
    origin_of,
    train,
)
from services.classifier.domain.decision import SECOND_TOPIC_FROM
from services.classifier.domain.words import fold
from services.classifier.usecases.ports import Example
from tests.support.classifying import keep_live, small_corpus


def told(model: LinearModel, text: str) -> list[str]:
    """Spell out what the model says carried the topic."""
    return [text[each.start : each.end] for each in model.read([text])[0].highlights]


TEXT = "Bóng đèn đầu hẻm hỏng tối om"


def test_a_model_answers_texts_it_has_not_seen_with_and_without_accents(small_model: LinearModel) -> None:
    for said in small_model.read([TEXT, fold(TEXT)]):
        assert said.topics[0].label == "street_lighting"
        assert said.kind.label == "report"


def test_probabilities_are_ranked_and_never_more_than_one(small_model: LinearModel) -> None:
    said = small_model.read([TEXT])[0]
    likely = [each.probability for each in said.topics]
    assert likely == sorted(likely, reverse=True)
    assert 0.5 < sum(likely) <= 1.001
    assert all(probability >= SECOND_TOPIC_FROM for probability in likely[1:])


def test_the_words_that_carried_the_topic_are_the_residents_own(small_model: LinearModel) -> None:
    words = told(small_model, "Kính gửi phường, BÓNG ĐÈN nhà ông Ba 🚧 hỏng")
    assert "BÓNG ĐÈN" in words
    assert not any("phường" in word for word in words)


def test_offsets_point_into_the_text_as_typed_however_its_accents_are_coded(small_model: LinearModel) -> None:
    typed = normalize("NFD", "Kính gửi phường: 🚧 bóng đèn hỏng")
    assert len(typed) > len(normalize("NFC", typed))
    assert normalize("NFD", "bóng đèn hỏng") in told(small_model, typed)
    weights = [each.weight for each in small_model.read([typed])[0].highlights]
    assert all(0 < weight <= 1 for weight in weights)
    assert sum(weights) <= 1.001


def test_every_text_of_a_batch_has_its_own_offsets(small_model: LinearModel) -> None:
    alone = [small_model.read([text])[0].highlights for text in (TEXT, "", "x", TEXT)]
    assert [said.highlights for said in small_model.read([TEXT, "", "x", TEXT])] == alone


def test_words_training_never_met_are_counted(small_model: LinearModel) -> None:
    known, strange, nothing = small_model.read([small_corpus()[0].text, "xyzzy plugh", ""])
    assert known.unknown < 0.5
    assert (strange.unknown, nothing.unknown) == (1.0, 1.0)


def test_both_words_of_a_telling_pair_are_shown(small_model: LinearModel) -> None:
    features = HashedNgrams(("word2-folded",), min_df=1).fit(["đèn đường"])
    coefficients = np.zeros((1, small_model.coefficients.shape[1]), dtype=np.float32)
    coefficients[0, 1] = 5
    model = replace(small_model, features=features, coefficients=coefficients)
    assert told(model, "Xin sửa ĐÈN ĐƯỜNG nhà tôi") == ["ĐÈN ĐƯỜNG"]


def test_a_text_of_unknown_words_is_answered_without_reasons(small_model: LinearModel) -> None:
    empty, strange = small_model.read(["", "xyzzy 🚧"])
    assert (empty.highlights, strange.highlights) == ((), ())
    assert small_model.read([]) == []


def test_reading_in_batches_is_reading_one_by_one(small_model: LinearModel) -> None:
    texts = [example.text for example in small_corpus()] * 4
    together = small_model.read(texts)
    assert len(together) == len(texts) == 288
    assert [together[i] for i in (0, 100, 255, 256, 287)] == [
        small_model.read([texts[i]])[0] for i in (0, 100, 255, 256, 287)
    ]


def test_a_head_is_what_scikit_learn_learned_up_to_its_temperature(small_model: LinearModel) -> None:
    examples = copies_of(small_corpus())
    texts = [example.text for example in examples]
    features = HashedNgrams(RECIPE.families, RECIPE.min_df).fit(texts)
    matrix = features.transform(texts)
    svc = machine(dict(RECIPE.inverse_regularisation)["topic"])
    svc.fit(matrix, [example.topic for example in examples])
    expected = svc.decision_function(matrix[:5])
    ours = matrix[:5] @ small_model.coefficients[:, :3] + small_model.intercepts[:3]
    assert ours / expected == pytest.approx(np.full_like(expected, (ours / expected)[0, 0]), rel=2e-2)


def test_the_same_corpus_gives_the_same_version_and_another_one_another(small_model: LinearModel) -> None:
    corpus = small_corpus()
    assert train(corpus).version == small_model.version
    assert train([*corpus, replace(corpus[0], text="đèn đường mới hỏng nữa rồi")]).version != small_model.version


def test_the_origin_names_corpus_and_recipe() -> None:
    corpus = small_corpus()
    assert origin_of(corpus) == origin_of(small_corpus())
    assert origin_of(corpus) != origin_of(corpus[1:])
    assert origin_of(corpus) != origin_of(corpus, replace(RECIPE, min_df=2))


def test_training_tells_its_steps() -> None:
    steps: list[str] = []
    train(small_corpus(), progress=steps.append)
    assert sorted(steps[:4]) == [f"voices held out, {number} of 4" for number in range(1, 5)]
    assert steps[4:] == ["calibration and thresholds"]


def test_validation_never_sees_a_voice_it_learned_from(small_model: LinearModel) -> None:
    assert small_model.metadata["validation"]["accented"]["topic_accuracy"] > 0.9
    by_heart = [
        Example(f"{voice}{topic} lần {time}", topic, "field", urgency="normal", kind="report", voice=voice)
        for voice in ("an", "bi", "cu", "du")
        for topic in ("waste", "noise")
        for time in ("một", "hai", "ba", "bốn", "năm")
    ]
    assert train(by_heart).metadata["validation"]["accented"]["topic_accuracy"] <= 0.5


def test_validation_tells_what_it_was_made_of(small_model: LinearModel) -> None:
    assert small_model.metadata["validation"]["watched"]["emergency"]["texts"] == 48
    assert small_model.metadata["corpus"] == {"texts": 72, "voices": 6}


def test_a_head_with_one_or_two_labels_is_learned_too() -> None:
    corpus = [replace(each, urgency="normal") for each in small_corpus() if each.topic != "waste"]
    said = train(corpus).read([TEXT])[0]
    assert said.urgency.probability == 1.0
    assert said.topics[0].label == "street_lighting"


def test_a_label_that_only_one_voice_uses_does_not_stop_training() -> None:
    odd = Example("Cảm ơn các anh", "waste", "environment", urgency="low", kind="thanks", voice="voice-0")
    assert "thanks" in train([*small_corpus(), odd]).labels["kind"]


@pytest.mark.parametrize("keep", [lambda e: e.voice in {"voice-0", "voice-1"}, lambda e: e.topic == "waste"])
def test_too_small_a_corpus_is_refused_with_what_is_missing(keep: object) -> None:
    with pytest.raises(CorpusTooSmallError, match="needs at least 4 voices and 2 topics"):
        train([example for example in small_corpus() if keep(example)])  # type: ignore[operator]


def test_the_temperature_is_the_one_that_makes_probabilities_true() -> None:
    rng = np.random.default_rng(0)
    margins = rng.normal(size=(4000, 3)).astype(np.float32)
    truth = np.array([rng.choice(3, p=row / row.sum()) for row in softmax(margins * 2).astype(np.float64)])
    assert fitted_temperature(margins, truth) == pytest.approx(0.5, rel=0.1)


def test_only_texts_with_accents_get_a_copy() -> None:
    examples = [Example("đèn hỏng", "a", "f", voice="v"), Example("den hong", "a", "f", voice="v")]
    assert [example.text for example in with_unaccented(examples)] == ["đèn hỏng", "den hong", "den hong"]


def test_every_text_comes_three_times_and_the_same_way_each_time() -> None:
    examples = [Example(f"Đèn đường hỏng lần {n}", "a", "f", kind="report", voice="v") for n in range(50)]
    copies = copies_of(examples)
    assert [copy.text for copy in copies[::3]] == [example.text for example in examples]
    assert copies == copies_of(examples)
    assert copies[30:33] == copies_of(examples[10:11])
    assert all(copy.text == fold(copy.text) for copy in copies[1::3])
    assert len({copy.text for copy in copies}) > 100


def test_thanks_are_not_turned_into_a_request() -> None:
    thanks = [Example(f"Cảm ơn đội thoát nước số {n}", "a", "f", kind="thanks", voice="v") for n in range(80)]
    assert not any("Đề nghị" in copy.text or "Kính" in copy.text for copy in copies_of(thanks))


@pytest.mark.parametrize(("word", "keys"), [("đường", "dduwowngf"), ("hỏng", "hongr"), ("ăn", "awn"), ("xe", "xe")])
def test_a_slip_leaves_the_keys_of_telex(word: str, keys: str) -> None:
    assert telex_keys(word) == keys


def test_a_loaded_model_is_the_one_that_was_kept(small_model: LinearModel, tmp_path: Path) -> None:
    folder = ModelFolder(tmp_path / "models")
    assert folder.live.named() is None
    keep_live(folder, small_model)
    loaded = folder.live.load()
    assert folder.live.named() == loaded.version == small_model.version
    assert loaded.read([TEXT]) == small_model.read([TEXT])
    assert loaded.thresholds == small_model.thresholds
    assert loaded.metadata["validation"] == small_model.metadata["validation"]


def test_nothing_kept_is_pickled_and_nothing_half_written_stays(small_model: LinearModel, tmp_path: Path) -> None:
    keep_live(ModelFolder(tmp_path), small_model)
    files = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert files == [f"{small_model.version}/arrays.npz", f"{small_model.version}/model.json", "live"]
    with np.load(tmp_path / small_model.version / "arrays.npz", allow_pickle=False) as arrays:
        assert all(arrays[name].dtype != object for name in arrays.files)


def test_a_newer_model_becomes_the_live_one_and_the_older_stays(small_model: LinearModel, tmp_path: Path) -> None:
    newer = train(small_corpus()[:-1])
    folder = ModelFolder(tmp_path)
    keep_live(folder, small_model)
    keep_live(folder, newer)
    assert folder.live.load().version == newer.version
    assert (tmp_path / small_model.version / "arrays.npz").exists()


def test_no_model_says_how_to_train_one(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match="langnghe classifier train"):
        ModelFolder(tmp_path).live.load()
    with pytest.raises(ModelMissingError, match="langnghe classifier models"):
        ModelFolder(tmp_path).load("0123456789ab")


@pytest.mark.parametrize("file", ["arrays.npz", "model.json"])
@pytest.mark.parametrize("damage", ["gone", "cut", "other"])
def test_a_damaged_model_is_refused(small_model: LinearModel, tmp_path: Path, file: str, damage: str) -> None:
    folder = ModelFolder(tmp_path)
    damaged = folder.keep(small_model) / file
    if damage == "gone":
        damaged.unlink()
        damaged.mkdir()
    elif damage == "cut":
        damaged.write_bytes(damaged.read_bytes()[:100])
    else:
        damaged.write_bytes(b"{}")
    with pytest.raises(ModelBrokenError, match="train it again"):
        folder.load(small_model.version)


@pytest.mark.parametrize("pointer", [b"\xff\xfe", "mô hình".encode(), b"nonsense", b"../elsewhere", b"0123456789ab cd"])
def test_a_pointer_that_names_no_model_is_refused(small_model: LinearModel, tmp_path: Path, pointer: bytes) -> None:
    folder = ModelFolder(tmp_path)
    folder.keep(small_model)
    (tmp_path / "live").write_bytes(pointer)
    with pytest.raises(ModelBrokenError, match=r"live does not tell which model is live \(it names no model\)"):
        folder.live.named()
    with pytest.raises(ModelBrokenError):
        folder.live.load()


def test_a_pointer_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="ascii")
    with pytest.raises(ModelBrokenError, match="Not a directory"):
        ModelFolder(tmp_path / "file").live.named()
    (tmp_path / "live").mkdir()
    with pytest.raises(ModelBrokenError, match="Is a directory"):
        ModelFolder(tmp_path).live.load()


@pytest.mark.parametrize("described", [[], {}, {"labels": None}, {"families": ["word1-written"]}])
def test_a_description_of_something_else_is_refused(
    small_model: LinearModel, tmp_path: Path, described: object
) -> None:
    folder = ModelFolder(tmp_path)
    file = folder.keep(small_model) / "model.json"
    known = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**known, **described} if isinstance(described, dict) and described else described))
    with pytest.raises(ModelBrokenError, match="train it again"):
        folder.load(small_model.version)


def test_a_model_with_a_changed_threshold_is_not_what_was_written(small_model: LinearModel, tmp_path: Path) -> None:
    folder = ModelFolder(tmp_path)
    description = folder.keep(small_model) / "model.json"
    changed = json.loads(description.read_text(encoding="utf-8"))
    changed["thresholds"]["topic"] = 0.0
    description.write_text(json.dumps(changed), encoding="utf-8")
    with pytest.raises(ModelBrokenError):
        folder.load(small_model.version)
