"""The live model: in a thread, found again, isolated from bad texts."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from services.classifier.adapters.linear_model import LinearModel
from services.classifier.adapters.live_model import TRY_AGAIN_SECONDS, LiveModel, reader_of
from services.classifier.adapters.metrics import MODEL_FAILURES, MODEL_LOADED
from services.classifier.adapters.model_folder import ModelBrokenError, ModelFolder, ModelMissingError
from services.classifier.domain.decision import Scores
from tests.support.classifying import FakeModel, keep_live


@dataclass
class FakeFiles:
    """A folder that holds one model, a broken one (no model under a version), or nothing."""

    version: str | None = None
    models: dict[str, FakeModel] = field(default_factory=dict)
    loads: int = 0

    def named(self) -> str | None:
        return self.version

    def load(self) -> FakeModel:
        self.loads += 1
        if self.version is None:
            raise ModelMissingError("there is none")
        if self.version not in self.models:
            raise ModelBrokenError("it is broken")
        return self.models[self.version]

    def put(self, model: FakeModel) -> None:
        self.models[model.version] = model
        self.version = model.version


def failures() -> float:
    return float(MODEL_FAILURES.labels("live")._value.get())


async def test_a_batch_is_read_by_the_live_model() -> None:
    files = FakeFiles()
    files.put(FakeModel())
    model = LiveModel(files)
    reading = await model(["một", "hai"])
    assert reading is not None
    assert reading.scores == (FakeModel().says,) * 2
    assert reading.model_version == "model-1"
    assert (await model.check(), MODEL_LOADED.labels("live")._value.get()) == (None, 1)


async def test_a_missing_model_reads_nothing_and_says_so() -> None:
    model = LiveModel(FakeFiles())
    assert await model(["một"]) is None
    assert "everything goes to a person" in (await model.check() or "")
    assert MODEL_LOADED.labels("live")._value.get() == 0


async def test_a_model_that_appears_later_is_taken_over() -> None:
    files = FakeFiles()
    model = LiveModel(files)
    assert await model(["một"]) is None
    files.put(FakeModel())
    assert await model(["một"]) is not None
    assert await model.check() is None


async def test_a_newer_model_is_taken_over_with_the_next_batch_and_loaded_once() -> None:
    files = FakeFiles()
    files.put(FakeModel())
    model = LiveModel(files)
    files.put(FakeModel(version="model-2"))
    for _ in range(3):
        reading = await model(["một"])
    assert reading is not None
    assert reading.model_version == "model-2"
    assert files.loads == 2


async def test_a_broken_successor_leaves_the_old_model_at_work() -> None:
    files = FakeFiles()
    files.put(FakeModel())
    model = LiveModel(files)
    files.version = "broken"
    for _ in range(3):
        reading = await model(["một"])
    assert reading is not None
    assert reading.model_version == "model-1"
    assert "going on with model-1" in (await model.check() or "")
    assert files.loads == 2


@dataclass
class FakeStopwatch:
    """Seconds that pass when a test says so."""

    seconds: float = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.mark.parametrize("works_before", [True, False])
async def test_a_mended_model_of_the_same_version_is_taken_over_after_a_few_seconds(works_before: bool) -> None:
    files, stopwatch = FakeFiles(), FakeStopwatch()
    if works_before:
        files.put(FakeModel())
    model = LiveModel(files, stopwatch=stopwatch)
    files.version = "model-2"  # not there yet, or broken
    await model(["một"])
    files.models["model-2"] = FakeModel(version="model-2")
    stopwatch.seconds += TRY_AGAIN_SECONDS - 0.1
    await model(["một"])
    assert files.loads == 2
    assert await model.check() is not None
    stopwatch.seconds += 0.1
    reading = await model(["một"])
    assert reading is not None
    assert reading.model_version == "model-2"
    assert (files.loads, await model.check(), MODEL_LOADED.labels("live")._value.get()) == (3, None, 1)


async def test_a_model_without_trouble_is_never_loaded_again() -> None:
    files, stopwatch = FakeFiles(), FakeStopwatch()
    files.put(FakeModel())
    model = LiveModel(files, stopwatch=stopwatch)
    for _ in range(3):
        stopwatch.seconds += 10 * TRY_AGAIN_SECONDS
        await model(["một"])
    assert files.loads == 1


def a_file_in_the_place_of_the_folder(folder: Path) -> Path:
    folder.rename(folder.with_name("away"))
    folder.write_text("", encoding="ascii")
    return folder


def a_garbled_pointer(folder: Path) -> Path:
    (folder / "live").write_bytes(b"\xff\xfe")
    return folder


def a_folder_in_the_place_of_the_pointer(folder: Path) -> Path:
    (folder / "live").unlink()
    (folder / "live").mkdir()
    return folder


UNREADABLE = [a_file_in_the_place_of_the_folder, a_garbled_pointer, a_folder_in_the_place_of_the_pointer]


@pytest.mark.parametrize("spoil", UNREADABLE)
async def test_a_start_on_a_folder_that_cannot_be_read_leaves_everything_to_a_person(
    small_model: LinearModel, tmp_path: Path, spoil: Callable[[Path], Path]
) -> None:
    keep_live(ModelFolder(tmp_path / "models"), small_model)
    model = LiveModel(ModelFolder(spoil(tmp_path / "models")).live)
    assert await model(["một"]) is None
    assert "everything goes to a person" in (await model.check() or "")


@pytest.mark.parametrize("spoil", UNREADABLE)
async def test_a_folder_that_can_no_longer_be_read_leaves_the_model_at_work(
    small_model: LinearModel, tmp_path: Path, spoil: Callable[[Path], Path]
) -> None:
    keep_live(ModelFolder(tmp_path / "models"), small_model)
    model = LiveModel(ModelFolder(tmp_path / "models").live)
    spoil(tmp_path / "models")
    reading = await model(["một"])
    assert reading is not None
    assert reading.model_version == small_model.version
    assert f"going on with {small_model.version}" in (await model.check() or "")


async def test_that_there_is_no_shadow_is_no_trouble_and_one_is_taken_over_and_let_go() -> None:
    files = FakeFiles()
    shadow = LiveModel(files, is_shadow=True)
    assert (await shadow(["một"]), await shadow.check(), files.loads) == (None, None, 0)
    files.put(FakeModel())
    assert await shadow(["một"]) is not None
    assert MODEL_LOADED.labels("shadow")._value.get() == 1
    files.version = None
    assert (await shadow(["một"]), await shadow.check()) == (None, None)
    assert MODEL_LOADED.labels("shadow")._value.get() == 0


async def test_a_text_the_model_raises_on_is_left_out_and_the_others_are_read() -> None:
    files, before = FakeFiles(), failures()
    files.put(FakeModel(unreadable=frozenset({"7", "30"})))
    reading = await LiveModel(files)([str(number) for number in range(40)])
    assert reading is not None
    assert [index for index, said in enumerate(reading.scores) if said is None] == [7, 30]
    assert failures() == before + 2


async def test_an_empty_batch_is_nothing_to_read() -> None:
    files = FakeFiles()
    files.put(FakeModel())
    reading = await LiveModel(files)([])
    assert reading is not None
    assert reading.scores == ()


@dataclass
class SlowModel(FakeModel):
    """A model that reads until it is let go."""

    go_on: threading.Event = field(default_factory=threading.Event)

    def read(self, texts: Sequence[str]) -> list[Scores]:
        assert self.go_on.wait(10)
        return super().read(texts)


async def test_the_event_loop_goes_on_while_the_model_reads() -> None:
    files, slow = FakeFiles(), SlowModel()
    files.put(slow)
    reading = asyncio.create_task(LiveModel(files)(["một"]))
    await asyncio.sleep(0)
    slow.go_on.set()  # reached only because the loop was free
    done = await reading
    assert done is not None
    assert done.scores == (slow.says,)


async def test_a_reader_of_one_model_lets_its_errors_through() -> None:
    reading = await reader_of(FakeModel())(["một"])
    assert reading is not None
    assert reading.model_version == "model-1"
