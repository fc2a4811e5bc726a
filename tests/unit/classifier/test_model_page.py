"""The page about the models and the report of an evaluation: Vietnamese first, whole in every state, safe to embed."""

import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from services.classifier.domain.decision import Thresholds
from services.classifier.domain.registry import State
from services.classifier.entrypoints.drawing import draw, most_left_to_people, top_of_axis
from services.classifier.entrypoints.http import model_routes
from services.classifier.entrypoints.report import render_report
from services.classifier.entrypoints.words import STATES, Names, Words
from services.classifier.usecases.evaluate_model import EvaluateModel, Evaluation, TopicCoverage
from services.classifier.usecases.ports import Agreement, Example, LabelCounts
from services.classifier.usecases.reach_verdicts import ReachVerdicts
from services.classifier.usecases.read_models import Complaint, ModelsSeen, ReadModels, Trouble
from shared.events import Kind, Urgency
from shared.events.names import KINDS, URGENCIES
from tests.support.classifying import NOON, FakeModel, label, reads, scores
from tests.support.models_seen import EVALUATION_SET, FakeInUse, FakeTraffic, kept_model, read_models, week

PACK = Path(__file__).parents[3] / "deploy" / "territories" / "daklak"
NAMES = Names.read(PACK)
SHADOW = FakeInUse(FakeModel(version="shadow-1"))
KEPT = (
    kept_model("model-1", State.LIVE),
    kept_model("shadow-1", State.SHADOW),
    kept_model("new-1"),
    replace(kept_model("old-1", State.RETIRED, trained_at=None), board=None, texts=None, validation={}, since=None),
)
LABELS = LabelCounts(
    texts=40, without_model=2, confirmed=30, topic=7, kind=1, urgency=3, topics=(("waste", "street_lighting", 5),)
)
FLOOD = week(1, topics={"flood_landslide": 200, "waste": 20})
VOID = {"meta", "br", "path", "circle", "rect"}


class Tags(HTMLParser):
    """Check that what is opened is closed, and collect ids and texts."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


def tags_of(html: str) -> Tags:
    tags = Tags()
    tags.feed(html)
    assert tags.open == []
    assert len(tags.ids) == len(set(tags.ids))
    return tags


def words_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL))


async def everything() -> ModelsSeen:
    said = [label(uuid4(), labelled_at=NOON + timedelta(hours=1))]
    traffic = FakeTraffic(
        [week(3), week(2), FLOOD, week(0, without_model=0.25)],
        LABELS,
        Agreement("shadow-1", 1200, 0.934, 0.98, 0.97, 0.31, 0.42),
        said,
    )
    return await read_models(shadow=SHADOW, kept=KEPT, traffic=traffic)()


def drawn(seen: ModelsSeen, language: str = "vi", names: Names = NAMES) -> str:
    return draw("models.html", language=language, names=names, seen=seen)


# --- the page -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_the_page_is_a_whole_fragment_without_script(language: str) -> None:
    html = drawn(await everything(), language)
    tags = tags_of(html)
    assert not {"html", "head", "body", "script", "link", "img", "h1"} & tags.seen
    assert "svg" in tags.seen
    assert re.search(r"\b(None|nan|Undefined)\b", words_of(html)) is None


async def test_the_page_tells_everything_in_vietnamese() -> None:
    text = words_of(drawn(await everything()))
    for said in (
        "Cứ 100 phản ánh, mô hình tự quyết định 100 , đúng chủ đề",
        "25,0 % phản ánh tuần này không được mô hình nào đọc",
        "Đang dùng",
        "Chạy thử ngầm",
        "Ứng viên",
        "Đã thôi dùng",
        "9.487",
        "langnghe classifier promote shadow-1",
        "langnghe classifier shadow new-1",
        "langnghe classifier rollback",
        "Điện bị đoán là Chiếu sáng công cộng",
        "Điện, nước, viễn thông",
        "Ngập lụt và sạt lở",
        "khác trước",
        "Rác thải",
        "1.200",
        "93,4 %",
    ):
        assert said in text, said


async def test_the_page_speaks_english_when_asked() -> None:
    text = words_of(drawn(await everything(), "en"))
    assert "Electricity taken for Street lighting" in text
    assert "93.4%" in text
    assert "9,487" in text
    # Only what residents wrote and what a history line says may be in another language.
    own = text.replace("Đèn đường hỏng", "").replace("Mất điện cả xóm", "").replace("Rác", "").replace("mùi hôi", "")
    assert not set("ếệđạảấầủứừươ") & set(own)


async def test_texts_are_shown_as_texts_and_never_as_markup() -> None:
    html = drawn(await everything())
    assert "&lt;b&gt;Rác&lt;/b&gt; &amp; mùi hôi" in html
    assert "<b>Rác</b>" not in html


async def test_without_names_the_codes_are_shown(tmp_path: Path) -> None:
    nothing = Names.read(tmp_path)
    assert nothing == Names()
    assert "electricity bị đoán là street_lighting" in words_of(drawn(await everything(), names=nothing))


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("trouble", list(Trouble))
async def test_every_trouble_has_words_of_its_own_and_hides_nothing_else(language: str, trouble: Trouble) -> None:
    seen = await everything()
    clean = replace(seen, complaints=())
    told = drawn(replace(seen, complaints=(Complaint(trouble, "0.5"),)), language)
    tags_of(told)
    sentence = re.search(r'<div class="notice (?:warn|error)" role="\w+">\s*<p><b>(.{12,})</b>', told)
    assert sentence is not None
    assert sentence[1] not in drawn(clean, language)


async def test_without_a_model_it_says_what_to_do() -> None:
    seen = await read_models(live=FakeInUse(None, "train one"), kept=[], evaluation_set=None)()
    text = words_of(drawn(seen))
    assert "Không có mô hình nào đang trả lời." in text
    assert "langnghe classifier train" in text
    assert "Không mất phản ánh nào" in text
    assert "Chưa có phản ánh nào được phân loại" in text
    assert "Chưa ai xác nhận hay sửa" in text
    tags_of(drawn(seen, "en"))


async def test_without_a_database_it_says_what_could_not_be_read() -> None:
    seen = await read_models(traffic=FakeTraffic(fault=OSError()), shadow=SHADOW, kept=KEPT)()
    text = words_of(drawn(seen))
    assert text.count("Không đọc được cơ sở dữ liệu") == 3
    assert "Cơ sở dữ liệu không trả lời" in text
    assert "Mô hình đang dùng tốt đến đâu" in text


async def test_a_model_that_nobody_could_measure_is_still_named() -> None:
    text = words_of(drawn(await read_models(evaluation_set=None)(), "en"))
    assert "The model model-1 is answering; how well could not be measured." in text


async def test_a_model_that_never_decides_alone_says_so() -> None:
    unsure = FakeInUse(FakeModel(thresholds=Thresholds(topic=1.0, kind=1.0, emergency=1.0)))
    text = words_of(drawn(await read_models(live=unsure)()))
    assert "mọi phản ánh đều chờ cán bộ quyết định" in text
    assert "luôn để người xem" in text
    assert "Đúng khi tự quyết định" not in text


async def test_a_better_shadow_shows_the_command_and_a_worse_one_the_refusal() -> None:
    right = FakeInUse(FakeModel(version="shadow-1", says=scores(topic={"waste": 0.9, "electricity": 0.1})))
    said = [label(uuid4(), topic="waste", labelled_at=NOON + timedelta(hours=1))]
    better = await read_models(shadow=right, kept=KEPT, traffic=FakeTraffic(said=said))()
    assert "lệnh sau sẽ đưa nó vào dùng" in words_of(drawn(better))
    assert "lệnh promote sẽ từ chối" in words_of(drawn(await everything()))


async def test_a_single_week_is_drawn_as_well() -> None:
    html = drawn(await read_models(traffic=FakeTraffic([week(0)]))())
    tags_of(html)
    assert 'class="lm-dot lm-open"' in html
    assert "chưa đủ để nói" in html


# --- over HTTP ------------------------------------------------------------------------------------------------------


def client_of(use_case: ReadModels) -> httpx.AsyncClient:
    app = FastAPI()
    described = {"version": "model-1", "thresholds": {"topic": 0.6}, "labels": {"topic": ["waste"]}, "metadata": {}}
    app.include_router(model_routes(lambda: described, use_case.list_models, use_case, NAMES))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://classifier")


async def test_the_page_is_served_in_the_language_asked_for() -> None:
    async with client_of(read_models()) as client:
        vietnamese, english = await client.get("/model/page"), await client.get("/model/page?lang=en")
    assert vietnamese.headers["content-type"].startswith("text/html")
    assert vietnamese.headers["cache-control"] == "no-store"
    assert "Các mô hình" in vietnamese.text
    assert "The models" in english.text


async def test_the_registry_is_told_as_json_too() -> None:
    async with client_of(read_models(kept=KEPT)) as client:
        registry = (await client.get("/model")).json()["registry"]
    assert [(each["version"], each["state"]) for each in registry] == [
        ("model-1", "live"),
        ("shadow-1", "shadow"),
        ("new-1", "candidate"),
        ("old-1", "retired"),
    ]
    assert registry[0]["evaluation"]["topic_macro_f1"] == 0.81
    assert (registry[3]["evaluation"], registry[3]["trained_at"]) == (None, None)


# --- the report -----------------------------------------------------------------------------------------------------


async def evaluated(*examples: Example) -> Evaluation:
    model = FakeModel()
    return await EvaluateModel(ReachVerdicts(reads(model)), {}, model.thresholds)(examples)


@pytest.mark.parametrize("language", ["vi", "en"])
async def test_a_report_needs_nothing_beside_it(language: str) -> None:
    html = render_report(await evaluated(*EVALUATION_SET.reports), title="a & b.csv", language=language, names=NAMES)
    tags = tags_of(html)
    assert {"html", "head", "body", "style", "svg"} <= tags.seen
    assert not {"script", "link", "img"} & tags.seen
    assert re.search(r"(src|href)=|url\(|@import", html) is None
    assert "a &amp; b.csv" in html


async def test_a_report_holds_every_number_and_table() -> None:
    html = render_report(await evaluated(*EVALUATION_SET.reports), title="reports.csv", language="en")
    text = words_of(html)
    for said in (
        "topic 3 0.333 0.167",
        "expected calibration error (ECE) 0.567",
        "By field",
        "By kind",
        "By urgency",
        "By topic",
        "waste taken for street_lighting 1 time",
        "no review needed (coverage) 1.000",
    ):
        assert said in text, said


async def test_a_report_leaves_out_what_the_file_does_not_tell() -> None:
    text = words_of(
        render_report(await evaluated(Example("đèn", "street_lighting", "urban")), title="t", language="en")
    )
    assert "By kind" not in text
    assert "By urgency" not in text
    assert "Nothing was confused." in text


async def test_a_report_on_nothing_says_so() -> None:
    assert "There was nothing to evaluate." in render_report(await evaluated(), title="t", language="en")


# --- words and numbers ----------------------------------------------------------------------------------------------


def test_every_kind_urgency_and_state_has_words_in_both_languages() -> None:
    assert list(KINDS) == [kind.value for kind in Kind]
    assert list(URGENCIES) == [urgency.value for urgency in Urgency]
    assert set(STATES) == set(State)
    for pairs in (KINDS, URGENCIES, STATES):
        assert all(vi and en and vi != en for vi, en in pairs.values())


def test_numbers_are_written_as_the_language_does() -> None:
    vi, en = Words("vi", Names()), Words("en", Names())
    assert (vi.number(12345.678, 2), en.number(12345.678, 2)) == ("12.345,68", "12,345.68")
    assert (vi.percent(0.1234), en.percent(0.1234)) == ("12,3\u00a0%", "12.3%")
    assert (en.points(0.05), en.points(-0.05), en.points(0.0)) == ("+5.0", "−5.0", "±0.0")


@pytest.mark.parametrize(
    ("share", "percent", "hundred"),
    [(1.0, "100%", "100"), (0.9999, "99.9%", "99"), (0.0001, "<\u00a00.1%", "1"), (0.0, "0%", "0"), (0.5, "50%", "50")],
)
def test_only_all_is_a_hundred_percent_and_only_nothing_is_none(share: float, percent: str, hundred: str) -> None:
    words = Words("en", Names())
    assert (words.percent(share, 0), words.hundred(share)) == (percent, hundred)


def test_a_long_text_is_cut_between_words() -> None:
    assert Words("vi", Names()).cut("một  hai\nba bốn", 9) == "một hai …"
    assert Words("vi", Names()).cut("một hai", 9) == "một hai"


def test_codes_stand_in_the_order_of_the_territory() -> None:
    words = Words("vi", NAMES)
    assert words.in_order({"zzz", "other", "traffic", "urban", "low", "emergency"}) == [
        "traffic",
        "urban",
        "other",
        "emergency",
        "low",
        "zzz",
    ]


@pytest.mark.parametrize(
    ("highest", "top"), [(0.0, 1.0), (0.034, 0.05), (0.4, 0.5), (1.0, 1.0), (7.0, 10.0), (1937.0, 2000.0)]
)
def test_an_axis_ends_at_a_number_people_count_in(highest: float, top: float) -> None:
    assert top_of_axis(highest) == pytest.approx(top)


def test_topics_that_leave_most_to_people_come_first() -> None:
    rows = [TopicCoverage("a", 0.9, 10, 9, 9), TopicCoverage("b", 1.0, 8, 0, 0), TopicCoverage("c", 0.9, 10, 9, 9)]
    assert [each.topic for each in most_left_to_people(rows)] == ["b", "a", "c"]
