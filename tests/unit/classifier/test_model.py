"""Training, keeping and loading a model."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.svm import LinearSVC

from services.classifier.adapters.augmentation import with_unaccented
from services.classifier.adapters.features import HashedNgrams
from services.classifier.adapters.linear_model import LinearModel, softmax
from services.classifier.adapters.model_folder import ModelBrokenError, ModelFolder, ModelMissingError
from services.classifier.adapters.training import (
    RECIPE,
    CorpusTooSmallError,
    fitted_temperature,
    origin_of,
    train,
)
from services.classifier.domain.words import fold
from services.classifier.usecases.ports import Example
from tests.support.classifying import small_corpus

TEXT = "Bóng đèn đầu hẻm hỏng tối om"


def test_a_model_answers_texts_it_has_not_seen_with_and_without_accents(small_model: LinearModel) -> None:
    for said in small_model.read([TEXT, fold(TEXT)]):
        assert said.topics[0].label == "street_lighting"
        assert said.kinds[0].label == "report"


def test_probabilities_are_ranked_and_sum_to_one(small_model: LinearModel) -> None:
    said = small_model.read([TEXT])[0]
    for scored in (said.topics, said.kinds, said.urgencies):
        likely = [each.probability for each in scored]
        assert likely == sorted(likely, reverse=True)
        assert sum(likely) == pytest.approx(1, abs=1e-3)


def test_the_words_that_carried_the_topic_are_the_residents_own(small_model: LinearModel) -> None:
    words = small_model.read(["Kính gửi phường, BÓNG ĐÈN nhà ông Ba 🚧 hỏng"])[0].words
    assert "bóng đèn" in words
    assert not any("phường" in word for word in words)


def test_both_words_of_a_telling_pair_are_shown(small_model: LinearModel) -> None:
    features = HashedNgrams(("word2-folded",), min_df=1).fit(["đèn đường"])
    coefficients = np.zeros((1, small_model.coefficients.shape[1]), dtype=np.float32)
    coefficients[0, 1] = 5
    model = replace(small_model, features=features, coefficients=coefficients)
    assert model.read(["Xin sửa ĐÈN ĐƯỜNG nhà tôi"])[0].words == ("đèn đường",)


def test_a_text_of_unknown_words_is_answered_without_reasons(small_model: LinearModel) -> None:
    empty, strange = small_model.read(["", "xyzzy 🚧"])
    assert (empty.words, strange.words) == ((), ())
    assert small_model.read([]) == []


def test_reading_in_batches_is_reading_one_by_one(small_model: LinearModel) -> None:
    texts = [example.text for example in small_corpus()] * 4
    together = small_model.read(texts)
    assert len(together) == len(texts) == 288
    assert [together[i] for i in (0, 100, 255, 256, 287)] == [
        small_model.read([texts[i]])[0] for i in (0, 100, 255, 256, 287)
    ]


def test_a_head_is_what_scikit_learn_learned_up_to_its_temperature(small_model: LinearModel) -> None:
    examples = with_unaccented(small_corpus())
    texts = [example.text for example in examples]
    features = HashedNgrams(RECIPE.families, RECIPE.min_df).fit(texts)
    matrix = features.transform(texts)
    svc = LinearSVC(C=RECIPE.inverse_regularisation, class_weight="balanced", random_state=0, max_iter=5000)
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
    assert steps == [
        *(f"voices held out, {number} of 4" for number in range(1, 5)),
        "the whole corpus",
        "calibration and thresholds",
    ]


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
    assert small_model.metadata["validation"]["danger"]["emergencies"] == 48
    assert small_model.metadata["corpus"] == {"texts": 72, "voices": 6}


def test_a_head_with_one_or_two_labels_is_learned_too() -> None:
    corpus = [replace(each, urgency="normal") for each in small_corpus() if each.topic != "waste"]
    said = train(corpus).read([TEXT])[0]
    assert said.urgencies[0].probability == 1.0
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


def test_a_loaded_model_is_the_one_that_was_kept(small_model: LinearModel, tmp_path: Path) -> None:
    folder = ModelFolder(tmp_path / "models")
    assert folder.live_version() is None
    folder.keep(small_model)
    loaded = folder.load()
    assert folder.live_version() == loaded.version == small_model.version
    assert loaded.read([TEXT]) == small_model.read([TEXT])
    assert loaded.thresholds == small_model.thresholds
    assert loaded.metadata["validation"] == small_model.metadata["validation"]


def test_nothing_kept_is_pickled_and_nothing_half_written_stays(small_model: LinearModel, tmp_path: Path) -> None:
    ModelFolder(tmp_path).keep(small_model)
    files = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert files == [f"{small_model.version}/arrays.npz", f"{small_model.version}/model.json", "live"]
    with np.load(tmp_path / small_model.version / "arrays.npz", allow_pickle=False) as arrays:
        assert all(arrays[name].dtype != object for name in arrays.files)


def test_a_newer_model_becomes_the_live_one_and_the_older_stays(small_model: LinearModel, tmp_path: Path) -> None:
    newer = train(small_corpus()[:-1])
    folder = ModelFolder(tmp_path)
    folder.keep(small_model)
    folder.keep(newer)
    assert folder.load().version == newer.version
    assert (tmp_path / small_model.version / "arrays.npz").exists()


def test_no_model_says_how_to_train_one(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match="langnghe classifier train"):
        ModelFolder(tmp_path).load()


@pytest.mark.parametrize("file", ["arrays.npz", "model.json"])
@pytest.mark.parametrize("damage", ["gone", "cut", "other"])
def test_a_damaged_model_is_refused(small_model: LinearModel, tmp_path: Path, file: str, damage: str) -> None:
    folder = ModelFolder(tmp_path)
    damaged = folder.keep(small_model) / file
    if damage == "gone":
        damaged.unlink()
    elif damage == "cut":
        damaged.write_bytes(damaged.read_bytes()[:100])
    else:
        damaged.write_bytes(b"{}")
    with pytest.raises(ModelBrokenError, match="train it again"):
        folder.load()


@pytest.mark.parametrize("pointer", [b"\xff\xfe", "mô hình".encode(), b"nonsense", b"../elsewhere", b"0123456789ab cd"])
def test_a_pointer_that_names_no_model_is_refused(small_model: LinearModel, tmp_path: Path, pointer: bytes) -> None:
    folder = ModelFolder(tmp_path)
    folder.keep(small_model)
    (tmp_path / "live").write_bytes(pointer)
    with pytest.raises(ModelBrokenError, match=r"live does not tell which model is live \(it names no model\)"):
        folder.live_version()
    with pytest.raises(ModelBrokenError):
        folder.load()


def test_a_pointer_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="ascii")
    with pytest.raises(ModelBrokenError, match="Not a directory"):
        ModelFolder(tmp_path / "file").live_version()
    (tmp_path / "live").mkdir()
    with pytest.raises(ModelBrokenError, match="Is a directory"):
        ModelFolder(tmp_path).load()


@pytest.mark.parametrize("described", [[], {}, {"version": 1}, {"labels": None}, {"families": ["word1-written"]}])
def test_a_description_of_something_else_is_refused(
    small_model: LinearModel, tmp_path: Path, described: object
) -> None:
    folder = ModelFolder(tmp_path)
    file = folder.keep(small_model) / "model.json"
    known = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**known, **described} if isinstance(described, dict) and described else described))
    with pytest.raises(ModelBrokenError, match="train it again"):
        folder.load()


def test_a_model_with_a_changed_threshold_is_not_what_was_written(small_model: LinearModel, tmp_path: Path) -> None:
    folder = ModelFolder(tmp_path)
    description = folder.keep(small_model) / "model.json"
    changed = json.loads(description.read_text(encoding="utf-8"))
    changed["thresholds"]["topic"] = 0.0
    description.write_text(json.dumps(changed), encoding="utf-8")
    with pytest.raises(ModelBrokenError):
        folder.load()
