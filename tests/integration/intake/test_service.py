"""The whole service, with its own PostgreSQL and a real Kafka."""

import asyncio
from uuid import UUID, uuid4

import httpx
import pytest
from aiokafka import AIOKafkaConsumer

from services.intake.adapters.cluster import ask_cluster_id
from services.intake.main import build
from services.intake.settings import IntakeSettings
from shared.db.outbox import entry_of
from shared.events import CaseChanged, FeedbackSubmitted, ResidentAnswered
from shared.kafka.publish import EventPublisher
from tests.support.intake import ROOT, case_step, placed
from tests.support.streams import until


@pytest.fixture
async def settings(database_url, kafka_bootstrap_servers, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka_bootstrap_servers)
    monkeypatch.setenv("LANGNGHE_TERRITORY", str(ROOT / "deploy" / "territories" / "daklak"))
    return IntakeSettings(announce_again_after_seconds=1, sweep_every_seconds=0.2, broker_check_every_seconds=0.5)


@pytest.fixture
async def client(settings):
    _, app = build(settings)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://langnghe.test") as client,
    ):
        yield client


async def heard(bootstrap_servers, event, feedback_id: UUID, *, at_least: int):
    """Read a topic until enough records of one feedback are there."""
    consumer = AIOKafkaConsumer(event.topic, bootstrap_servers=bootstrap_servers, auto_offset_reset="earliest")
    await consumer.start()
    found = []
    try:
        async with asyncio.timeout(30):
            while len(found) < at_least:
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    found += [record for record in records if record.key == str(feedback_id).encode()]
    finally:
        await consumer.stop()
    return found


async def test_a_report_is_announced_followed_and_answered(client, kafka_bootstrap_servers):
    trace = f"00-{uuid4().hex}-00f067aa0ba902b7-00"
    receipt = (
        await client.post("/api/v1/feedback", json={"text": "Đèn đường hỏng"}, headers={"traceparent": trace})
    ).json()
    feedback_id = UUID(receipt["feedback_id"])

    # Nobody confirms it, so it is said at least twice, the same each time.
    records = await heard(kafka_bootstrap_servers, FeedbackSubmitted, feedback_id, at_least=2)
    assert len({record.value for record in records}) == 1
    assert dict(records[0].headers)["traceparent"].decode().split("-")[1] == trace.split("-")[1]
    event = FeedbackSubmitted.from_bytes(records[0].value)
    assert (event.tracking_code, event.text) == (receipt["tracking_code"], "Đèn đường hỏng")

    publisher = EventPublisher(kafka_bootstrap_servers, client_id="test")
    asked: CaseChanged = case_step(feedback_id, 2, state="waiting_resident", public_reply="Số nhà?")
    await publisher.publish([entry_of(asked), entry_of(placed(feedback_id)), entry_of(case_step(feedback_id, 1))])
    await publisher.stop()
    url = f"/api/v1/feedback/{receipt['tracking_code']}"

    async def asked_and_placed() -> bool:
        found = (await client.get(url)).json()
        return bool(found["placed"] and len(found["history"]) == 2)

    await until(asked_and_placed, seconds=30, what="the projection")
    found = (await client.get(url)).json()
    assert (found["state"], found["question"]) == ("waiting_resident", "Số nhà?")

    assert (await client.post(f"{url}/answers", json={"answer": "Số 24"})).status_code == 201
    answers = await heard(kafka_bootstrap_servers, ResidentAnswered, feedback_id, at_least=1)
    assert ResidentAnswered.from_bytes(answers[0].value).text == "Số 24"

    metrics = (await client.get("/metrics")).text
    for name in ("accepted_total", "announced_again_total", "group_size_count"):
        assert f"langnghe_intake_{name}" in metrics
    ready = await client.get("/ready")
    assert ready.status_code == 200, ready.text


async def test_a_report_nobody_could_place_is_asked_about_and_the_place_told(client, kafka_bootstrap_servers):
    receipt = (await client.post("/api/v1/feedback", json={"text": "Đèn hỏng gần chợ"})).json()
    feedback_id, part = UUID(receipt["feedback_id"]), uuid4()
    publisher = EventPublisher(kafka_bootstrap_servers, client_id="test")
    nowhere = {"unit_code": None, "office": "province:desk", "question": "Chợ nào?"}
    await publisher.publish(
        [entry_of(placed(feedback_id, **nowhere)), entry_of(placed(part, part_of=feedback_id, **nowhere))]
    )
    url = f"/api/v1/feedback/{receipt['tracking_code']}"

    async def asked() -> bool:
        found = (await client.get(url)).json()
        return bool(found["place_question"] and found["parts"])

    await until(asked, seconds=30, what="the question")
    page = await client.post(f"/t/{receipt['tracking_code']}", data={"place": "chợ Tân Lập", "unit": ""})
    assert page.status_code == 303
    for one in (feedback_id, part):
        answers = await heard(kafka_bootstrap_servers, ResidentAnswered, one, at_least=1)
        event = ResidentAnswered.from_bytes(answers[0].value)
        assert (event.place.text, event.report_text) == ("chợ Tân Lập", "Đèn hỏng gần chợ")

    await publisher.publish([entry_of(placed(feedback_id, generation=2, reason="answered"))])
    await publisher.stop()

    async def found() -> bool:
        return bool((await client.get(url)).json()["unit"])

    await until(found, seconds=30, what="the unit")
    assert (await client.get(url)).json()["unit"]["code"] == "24133"


async def test_the_cluster_tells_who_it_is(kafka_bootstrap_servers):
    one, again = [await ask_cluster_id(kafka_bootstrap_servers) for _ in range(2)]
    assert one == again
    assert len(one) > 10
