"""The commands, as a person types them."""

import csv
import io
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.classifier.adapters.linear_model import LinearModel
from services.classifier.adapters.model_folder import ModelFolder
from services.classifier.adapters.model_registry import ModelRegistry
from services.classifier.adapters.training import train
from services.classifier.domain.registry import State
from services.classifier.entrypoints.cli import app
from services.classifier.entrypoints.learning import train_if_stale
from tests.support.classifying import NOON, keep_live, small_corpus

runner = CliRunner()


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Write the small corpus as the repository keeps it."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    for field in {example.field for example in small_corpus()}:
        with (folder / f"{field}.csv").open("w", encoding="utf-8", newline="") as opened:
            writer = csv.writer(opened)
            writer.writerow(("text", "topic", "urgency", "kind", "voice", "note"))
            writer.writerows(
                (e.text, e.topic, e.urgency, e.kind, e.voice, "") for e in small_corpus() if e.field == field
            )
    return folder


@pytest.fixture
def models(tmp_path: Path, small_model: LinearModel) -> Path:
    """Keep the small model in a folder."""
    keep_live(ModelFolder(tmp_path / "models"), small_model)
    return tmp_path / "models"


def run(*arguments: str | Path) -> tuple[int, str, str]:
    result = runner.invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, " ".join(result.stderr.split())


def test_train_shows_its_progress_and_scores_and_makes_the_model_live(corpus: Path, tmp_path: Path) -> None:
    code, said, _ = run("train", "--corpus", corpus, "--out", tmp_path / "out")
    version = ModelFolder(tmp_path / "out").live.load().version
    assert code == 0
    assert "voices held out, 4 of 4" in said
    assert "topic accuracy" in said
    assert version in said


def test_train_if_changed_does_nothing_the_second_time(corpus: Path, tmp_path: Path) -> None:
    run("train", "--corpus", corpus, "--out", tmp_path / "out")
    code, said, _ = run("train", "--corpus", corpus, "--out", tmp_path / "out", "--if-changed")
    assert code == 0
    assert "nothing to do" in said


def test_a_missing_broken_or_outdated_model_is_trained_before_a_start(corpus: Path, tmp_path: Path) -> None:
    assert train_if_stale(tmp_path / "out", corpus=corpus)
    assert not train_if_stale(tmp_path / "out", corpus=corpus)
    (tmp_path / "out" / "live").write_bytes(b"\xff\xfe")
    assert train_if_stale(tmp_path / "out", corpus=corpus)
    with (corpus / "urban.csv").open("a", encoding="utf-8") as opened:
        opened.write("Đèn đường thôn 9 tắt ngấm,street_lighting,normal,report,voice-0,\n")
    assert train_if_stale(tmp_path / "out", corpus=corpus)


def test_predict_writes_one_line_per_row(models: Path, tmp_path: Path) -> None:
    file = tmp_path / "texts.csv"
    file.write_text("id,text\na,Bóng đèn đầu hẻm hỏng tối om\nb,chay nha roi cuu voi\n", encoding="utf-8")
    code, said, _ = run("predict", file, "--model-dir", models)
    header, first, second = csv.reader(io.StringIO(said))
    assert code == 0
    assert header == ["id", "kind", "topic", "probability", "second_topic", "urgency", "needs_review"]
    assert (first[0], first[1], first[2]) == ("a", "report", "street_lighting")
    assert 0 < float(first[3]) <= 1
    assert second[5] == "emergency"
    assert {first[6], second[6]} <= {"true", "false"}


def test_predict_writes_to_a_file_when_asked(models: Path, tmp_path: Path) -> None:
    (tmp_path / "texts.csv").write_text("id,text\na,rác thải\n", encoding="utf-8")
    code, said, _ = run("predict", tmp_path / "texts.csv", "--out", tmp_path / "out.csv", "--model-dir", models)
    assert (code, said) == (0, "")
    assert (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()[1].startswith("a,")


def test_predict_names_an_empty_row_and_goes_on_with_the_rest(models: Path, tmp_path: Path) -> None:
    (tmp_path / "texts.csv").write_text("id,text\na, \nb,rác thải\n", encoding="utf-8")
    code, said, complaint = run("predict", tmp_path / "texts.csv", "--model-dir", models)
    assert code == 1
    assert [line.split(",")[0] for line in said.splitlines()] == ["id", "b"]
    assert "line 2: text is empty" in complaint


@pytest.mark.parametrize("unaccented", [False, True])
def test_evaluate_shows_scores_and_confusions_in_eighty_columns(models: Path, tmp_path: Path, unaccented: bool) -> None:
    (tmp_path / "known.csv").write_text(
        "text,topic,alt_topics,field,urgency,kind\n"
        "Bóng đèn đầu hẻm hỏng,street_lighting,,urban,normal,report\n"
        "Xe gom rác bốc mùi,street_lighting,waste,urban,normal,report\n",
        encoding="utf-8",
    )
    flag = ["--unaccented"] if unaccented else []
    code, said, _ = run("evaluate", tmp_path / "known.csv", "--model-dir", models, *flag)
    assert code == 0
    assert ("without accents" in said) is unaccented
    assert "topic right or acceptable (alt_topics)  1.000" in said
    assert "  1 x street_lighting taken for waste" in said
    assert "Worst confusions" in said
    assert max(map(len, said.splitlines())) <= 80


def test_evaluate_says_which_topics_the_model_never_learned(models: Path, tmp_path: Path) -> None:
    (tmp_path / "known.csv").write_text("text,topic\nSóng yếu,telecom\n", encoding="utf-8")
    code, said, complaint = run("evaluate", tmp_path / "known.csv", "--model-dir", models)
    assert code == 0
    assert "never learned telecom" in complaint
    assert "By kind" not in said


@pytest.mark.parametrize(
    ("command", "content", "sentence"),
    [
        ("predict", "id,words\n1,x\n", "column text is missing"),
        ("predict", "id,text\n", "has no rows"),
        ("evaluate", "text\nx\n", "column topic is missing"),
        ("evaluate", None, "does not exist"),
        ("predict", "\x00[/]", "column id, text is missing"),
    ],
)
def test_a_wrong_file_gets_one_sentence_and_status_two(
    models: Path, tmp_path: Path, command: str, content: str | None, sentence: str
) -> None:
    if content is not None:
        (tmp_path / "file.csv").write_text(content, encoding="utf-8")
    code, said, complaint = run(command, tmp_path / "file.csv", "--model-dir", models)
    assert (code, said) == (2, "")
    assert sentence in complaint


def test_no_model_says_how_to_train_one(tmp_path: Path) -> None:
    (tmp_path / "texts.csv").write_text("id,text\n1,x\n", encoding="utf-8")
    code, _, complaint = run("predict", tmp_path / "texts.csv", "--model-dir", tmp_path / "none")
    assert code == 2
    assert "langnghe classifier train" in complaint


@pytest.mark.parametrize("command", ["predict", "evaluate"])
@pytest.mark.parametrize("pointer", [b"\xff\xfe", b"[/] garbled"])
def test_a_garbled_pointer_gets_one_sentence_and_status_two(
    models: Path, tmp_path: Path, command: str, pointer: bytes
) -> None:
    (models / "live").write_bytes(pointer)
    (tmp_path / "[red].csv").write_text("id,text,topic\n1,x,waste\n", encoding="utf-8")
    code, said, complaint = run(command, tmp_path / "[red].csv", "--model-dir", models)
    assert (code, said) == (2, "")
    assert complaint == (
        f"✗ {models}/live does not tell which model is live (it names no model): mend it, or train a model with "
        f"`langnghe classifier train --out {models}`."
    )


def test_a_model_folder_that_is_a_file_gets_one_sentence_and_status_two(tmp_path: Path) -> None:
    (tmp_path / "texts.csv").write_text("id,text\n1,x\n", encoding="utf-8")
    code, said, complaint = run("predict", tmp_path / "texts.csv", "--model-dir", tmp_path / "texts.csv")
    assert (code, said) == (2, "")
    assert "texts.csv/live does not tell which model is live (Not a directory)" in complaint


def test_a_name_with_brackets_is_told_as_it_is(tmp_path: Path) -> None:
    code, _, complaint = run("predict", tmp_path / "[" / "].csv")
    assert (code, complaint) == (2, f"✗ {tmp_path}/[/].csv does not exist.")


def test_a_folder_that_cannot_be_written_is_named(corpus: Path, models: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="ascii")
    assert run("train", "--corpus", corpus, "--out", tmp_path / "file" / "models")[0] == 2
    (tmp_path / "texts.csv").write_text("id,text\n1,x\n", encoding="utf-8")
    out = tmp_path / "none" / "out.csv"
    code, _, complaint = run("predict", tmp_path / "texts.csv", "--out", out, "--model-dir", models)
    assert code == 2
    assert "cannot be written" in complaint


def test_a_corpus_too_small_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "urban.csv").write_text(
        "text,topic,urgency,kind,voice\nĐèn hỏng,street_lighting,normal,report,lan\n", encoding="utf-8"
    )
    code, _, complaint = run("train", "--corpus", tmp_path, "--out", tmp_path / "out")
    assert code == 2
    assert "1 voices and 1 topics" in complaint


@pytest.fixture
def two_models(models: Path, small_model: LinearModel) -> tuple[Path, str, str]:
    """Keep a candidate beside the live model."""
    candidate = train(small_corpus()[:-1])
    ModelFolder(models).keep(candidate)
    return models, small_model.version, candidate.version


def test_a_second_training_makes_a_candidate_and_says_what_comes_next(
    corpus: Path, models: Path, small_model: LinearModel
) -> None:
    with (corpus / "urban.csv").open("a", encoding="utf-8") as opened:
        opened.write("Đèn đường thôn 9 tắt ngấm,street_lighting,normal,report,voice-0,\n")
    code, said, _ = run("train", "--corpus", corpus, "--out", models)
    assert code == 0
    assert "is a candidate" in said
    assert "langnghe classifier shadow" in said
    assert ModelFolder(models).live.named() == small_model.version


def test_models_lists_where_each_stands(two_models: tuple[Path, str, str]) -> None:
    folder, live, candidate = two_models
    assert run("shadow", candidate, "--model-dir", folder)[0] == 0
    code, said, _ = run("models", "--model-dir", folder)
    lines = {line.split("│")[1].strip(): line for line in said.splitlines() if line.startswith("│")}
    assert code == 0
    assert "live" in lines[live]
    assert "shadow" in lines[candidate]
    assert f"The shadow {candidate} has read nothing yet" in said
    assert "reads along" in said


def test_a_candidate_that_is_no_better_is_not_promoted_and_told_why(two_models: tuple[Path, str, str]) -> None:
    folder, live, candidate = two_models
    code, said, complaint = run("promote", candidate, "--model-dir", folder)
    assert code == 1
    assert "worse" in said or "no better" in said
    assert "is not promoted" in complaint
    assert ModelFolder(folder).live.named() == live


def test_going_back_needs_somebody_who_was_live_before(two_models: tuple[Path, str, str]) -> None:
    folder, live, candidate = two_models
    code, _, complaint = run("rollback", "--model-dir", folder)
    assert (code, "nothing to go back to" in complaint) == (2, True)
    registry = ModelRegistry(ModelFolder(folder))
    registry.move(live, State.LIVE, at=NOON, why="first")
    registry.move(candidate, State.LIVE, at=NOON, why="second")
    code, said, _ = run("rollback", "--model-dir", folder, "--why", "too many alarms")
    assert (code, f"{live} is live again" in said) == (0, True)
    assert "too many alarms" in run("models", "--model-dir", folder)[1]


@pytest.mark.parametrize("command", ["shadow", "retire"])
def test_the_live_model_cannot_be_put_away(two_models: tuple[Path, str, str], command: str) -> None:
    folder, live, _ = two_models
    code, _, complaint = run(command, live, "--model-dir", folder)
    assert (code, "is the live model" in complaint) == (2, True)


@pytest.mark.parametrize("command", ["shadow", "promote", "retire"])
def test_a_version_that_is_not_kept_is_refused_in_one_sentence(models: Path, command: str) -> None:
    code, _, complaint = run(command, "0123456789ab", "--model-dir", models)
    assert (code, "langnghe classifier models" in complaint) == (2, True)


def test_explain_shows_the_answers_and_the_words_behind_them(models: Path) -> None:
    code, said, _ = run("explain", "Nhà cháy, cứu với! Bóng đèn cũng hỏng", "--model-dir", models)
    assert code == 0
    assert "emergency" in said
    assert "nguy hiểm" in said
    assert run("explain", " ", "--model-dir", models)[0] == 2


def test_evaluate_writes_a_page_that_stands_alone(models: Path, tmp_path: Path) -> None:
    (tmp_path / "known.csv").write_text("text,topic\nBóng đèn đầu hẻm hỏng,street_lighting\n", encoding="utf-8")
    page = tmp_path / "report.html"
    code, said, _ = run("evaluate", tmp_path / "known.csv", "--model-dir", models, "--html", page)
    html = page.read_text(encoding="utf-8")
    assert (code, "report.html" in said) == (0, True)
    assert "<svg" in html
    assert "<script" not in html
    assert "http" not in html.replace("http://www.w3.org", "")


def test_compare_judges_designs_side_by_side(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "known.csv").write_text("text,topic\nBóng đèn đầu hẻm hỏng,street_lighting\n", encoding="utf-8")
    names = ["words, both views, SVM (in use)", "words, soft vote of the three", "words, field then leaf, SVM"]
    options = [part for name in names for part in ("--only", name)]
    out = tmp_path / "table.md"
    code, _, _ = run("compare", "--corpus", corpus, "--judge", tmp_path / "known.csv", "--out", out, *options)
    lines = [line for line in out.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    assert code == 0
    assert [line.split("|")[1].strip() for line in lines[2:]] == names
    assert all(line.count("|") == lines[0].count("|") for line in lines)
    assert run("compare", "--corpus", corpus, "--only", "magic")[0] == 2


def test_a_model_of_another_folder_is_live_where_there_is_none_and_else_a_candidate(
    models: Path, tmp_path: Path, small_model: LinearModel
) -> None:
    code, said, _ = run("adopt", models, "--model-dir", tmp_path / "volume")
    assert (code, f"{small_model.version} is live" in said) == (0, True)
    newer = train(small_corpus()[:-1])
    keep_live(ModelFolder(tmp_path / "image"), newer)
    for _ in range(2):  # as each start of the container does
        code, said, _ = run("adopt", tmp_path / "image", "--model-dir", tmp_path / "volume")
        assert (code, f"{newer.version} is candidate" in said) == (0, True)
    assert ModelFolder(tmp_path / "volume").live.named() == small_model.version
    assert run("adopt", tmp_path / "nothing", "--model-dir", tmp_path / "volume")[0] == 2
