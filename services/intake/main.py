"""The intake service, put together."""

import secrets
from datetime import timedelta
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware import Middleware
from uuid_utils.compat import uuid7

from services.intake.adapters import metrics
from services.intake.adapters.cluster import ask_cluster_id
from services.intake.adapters.group_commit import GroupCommit
from services.intake.adapters.seal import contact_sealer
from services.intake.adapters.store import SqlStore
from services.intake.adapters.tables import SCHEMA
from services.intake.entrypoints.api import Intake, SubmitAtOnce, api_routes
from services.intake.entrypoints.kafka import subscribe
from services.intake.entrypoints.pages import page_routes, serve_errors, serve_files
from services.intake.entrypoints.timers import sweep, watch_broker
from services.intake.settings import IntakeSettings
from services.intake.usecases.announce_again import AnnounceAgain
from services.intake.usecases.answer_resident import AnswerResident
from services.intake.usecases.note_case_steps import NoteCaseSteps
from services.intake.usecases.note_placements import NotePlacements
from services.intake.usecases.notice_cluster import NoticeCluster
from services.intake.usecases.submit_feedback import SubmitFeedback
from services.intake.usecases.tell_anew import TellAnew
from services.intake.usecases.track_feedback import TrackFeedback
from shared.db.faults import is_surroundings_fault
from shared.db.outbox import Outbox
from shared.db.unit_of_work import unit_of_work
from shared.service import Service
from shared.territory import load_territory

MIGRATIONS = Path(__file__).parent / "migrations"


def build(settings: IntakeSettings) -> tuple[Service, FastAPI]:
    """Wire the service; nothing is connected yet."""
    service = Service.create("intake", settings, edge=True)
    outbox = Outbox(SCHEMA)
    relay = service.relay(outbox)
    work = unit_of_work(service.engine, lambda session: SqlStore(session, outbox))
    first_wait = timedelta(seconds=settings.announce_again_after_seconds)
    limit = settings.announce_again_limit
    submit = SubmitFeedback(
        open_unit_of_work=work,
        clock=service.clock,
        new_id=uuid7,
        random_bits=secrets.randbits,
        seal=contact_sealer(settings.contact_public_key),
        announce_after=first_wait,
        wake_relay=relay.wake,
        count_accepted=lambda channel: metrics.ACCEPTED.labels(channel).inc(),
    )
    announce_again = AnnounceAgain(
        work, first_wait, limit, relay.wake, count_announced=metrics.ANNOUNCED_AGAIN.labels("unconfirmed").inc
    )
    tell_anew = TellAnew(work, limit, relay.wake, count_announced=metrics.ANNOUNCED_AGAIN.labels("new broker").inc)
    service.loops["sweeper"] = partial(
        sweep, announce_again, tell_anew, every_seconds=settings.sweep_every_seconds, limit=limit
    )
    service.loops["broker watch"] = partial(
        watch_broker,
        partial(ask_cluster_id, settings.kafka_bootstrap_servers),
        NoticeCluster(work),
        every_seconds=settings.broker_check_every_seconds,
    )
    subscribe(
        service.broker,
        service.streams,
        note_placements=NotePlacements(work),
        note_case_steps=NoteCaseSteps(work),
    )
    intake = Intake(
        submit=GroupCommit(
            submit,
            is_surroundings_fault=is_surroundings_fault,
            within_seconds=settings.answer_within_seconds,
        ),
        track=TrackFeedback(work),
        answer=AnswerResident(work, service.clock, relay.wake),
        territory=load_territory(settings.territory),
        clock=service.clock,
        address=settings.address,
        answer_within_seconds=settings.answer_within_seconds,
    )
    app = service.app(api_routes(intake), page_routes(intake), title="Lắng Nghe: intake")
    # Last in the list is innermost: traced and measured like everything else.
    app.user_middleware.append(Middleware(SubmitAtOnce, intake=intake))
    serve_files(app)
    serve_errors(app)
    return service, app


def main() -> None:
    """Run until told to stop."""
    settings = IntakeSettings()
    service, app = build(settings)
    service.run(app, port=settings.port)


if __name__ == "__main__":
    main()
