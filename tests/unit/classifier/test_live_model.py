"""The live model: in a thread, found again, isolated from bad texts."""

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from services.classifier.adapters.live_model import LiveModel, reader_of
from services.classifier.adapters.metrics import MODEL_FAILURES, MODEL_LOADED
from services.classifier.adapters.model_folder import ModelBrokenError, ModelMissingError
from services.classifier.domain.decision import Scores
from tests.support.classifying import FakeModel


@dataclass
class FakeFiles:
    """A folder that holds one model, a broken one (no model under a version), or nothing."""

    version: str | None = None
    models: dict[str, FakeModel] = field(default_factory=dict)
    loads: int = 0

    def live_version(self) -> str | None:
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
    return float(MODEL_FAILURES._value.get())


async def test_a_batch_is_read_by_the_live_model() -> None:
    files = FakeFiles()
    files.put(FakeModel())
    model = LiveModel(files)
    reading = await model(["một", "hai"])
    assert reading is not None
    assert reading.scores == (FakeModel().says,) * 2
    assert reading.model_version == "model-1"
    assert (await model.check(), MODEL_LOADED._value.get()) == (None, 1)


async def test_a_missing_model_reads_nothing_and_says_so() -> None:
    model = LiveModel(FakeFiles())
    assert await model(["một"]) is None
    assert "everything goes to a person" in (await model.check() or "")
    assert MODEL_LOADED._value.get() == 0


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
