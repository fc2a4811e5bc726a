"""The desk, put together."""

import secrets
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from fastapi import FastAPI
from uuid_utils.compat import uuid7

from services.desk.adapters import metrics
from services.desk.adapters.passwords import Argon2Passwords
from services.desk.adapters.service_pages import HttpServicePages
from services.desk.adapters.staff_store import open_staff
from services.desk.adapters.store import check_row_security, open_cases
from services.desk.adapters.tables import SCHEMA
from services.desk.entrypoints.api import api_routes
from services.desk.entrypoints.guard import Door
from services.desk.entrypoints.kafka import subscribe
from services.desk.entrypoints.pages import Desk, page_routes, serve_errors, serve_files
from services.desk.entrypoints.timers import tidy
from services.desk.settings import DeskSettings
from services.desk.usecases.ask_service_page import AskServicePage
from services.desk.usecases.assign_case import AssignCase
from services.desk.usecases.correct_case import CorrectCase
from services.desk.usecases.hear_residents import HearResidents
from services.desk.usecases.move_case import MoveCase
from services.desk.usecases.name_staff import NameStaff
from services.desk.usecases.note_alarms import NoteAlarms
from services.desk.usecases.note_reports import NoteReports
from services.desk.usecases.open_cases import OpenPlacedCases
from services.desk.usecases.read_case import FindByCode, NoteForeignCase, ReadCase, WhoWasFirst
from services.desk.usecases.read_inbox import ReadInbox, ReadProvince
from services.desk.usecases.run_unit import RunUnit
from services.desk.usecases.share_out import ShareOut
from services.desk.usecases.sign_in import RecogniseStaff, SignIn, SignOut
from services.desk.usecases.tidy_sign_ins import TidySignIns
from services.desk.usecases.unit_names import unit_names
from shared.clock import system_clock
from shared.db.outbox import Outbox
from shared.service import Service
from shared.territory import load_territory

MIGRATIONS = Path(__file__).parent / "migrations"
TOKEN_BYTES = 32


def build(settings: DeskSettings) -> tuple[Service, FastAPI]:
    """Wire the service; nothing is connected yet."""
    service = Service.create("desk", settings, edge=True)
    territory = load_territory(settings.territory)
    outbox = Outbox(SCHEMA)
    relay = service.relay(outbox)
    cases, staff = open_cases(service.engine, outbox), open_staff(service.engine)
    units, zone = unit_names(territory), ZoneInfo(territory.timezone)
    share_out = ShareOut(units, zone, service.clock)

    def count_move(action: str) -> None:
        metrics.MOVES.labels(action).inc()

    subscribe(
        service.broker,
        service.streams,
        open_placed_cases=OpenPlacedCases(cases, service.clock, metrics.OPENED.inc, share_out),
        note_reports=NoteReports(cases),
        note_alarms=NoteAlarms(cases),
        hear_residents=HearResidents(cases, service.clock, count_move),
        max_records=settings.max_records,
    )
    # Sessions and attempts run by real time: a demonstration at 600 times the speed must not sign everybody out.
    desk = Desk(
        door=Door(RecogniseStaff(staff, system_clock, units), settings.public_url),
        sign_in=SignIn(
            staff,
            Argon2Passwords(),
            system_clock,
            new_token=partial(secrets.token_urlsafe, TOKEN_BYTES),
            count_attempt=lambda outcome: metrics.SIGN_INS.labels(outcome).inc(),
        ),
        sign_out=SignOut(staff, system_clock),
        read_inbox=ReadInbox(cases, service.clock, units=units),
        read_province=ReadProvince(cases, service.clock, [unit.code for unit in territory.units], units),
        read_case=ReadCase(cases, units, zone, service.clock),
        find_by_code=FindByCode(cases),
        move_case=MoveCase(cases, service.clock, relay.wake, count_move, metrics.CONFLICTS.inc, share_out),
        assign_case=AssignCase(cases, units, zone, service.clock, system_clock),
        run_unit=RunUnit(cases, units, zone, service.clock, system_clock),
        correct_case=CorrectCase(cases, service.clock, uuid7, relay.wake),
        ask_service_page=AskServicePage(
            {
                "classifier": HttpServicePages(
                    "classifier", settings.classifier_url, timeout_seconds=settings.classifier_timeout_seconds
                ),
                "router": HttpServicePages(
                    "router",
                    settings.router_url,
                    timeout_seconds=settings.router_timeout_seconds,
                    secret=settings.pages_secret,
                ),
            },
            count_silence=lambda service: metrics.SERVICE_SILENT.labels(service).inc(),
        ),
        name_staff=NameStaff(staff),
        who_was_first=WhoWasFirst(cases),
        note_foreign=NoteForeignCase(cases, staff, system_clock, count_foreign=metrics.FOREIGN.inc),
        territory=territory,
        clock=service.clock,
    )
    service.loops["tidy sign-ins"] = partial(
        tidy, TidySignIns(staff, system_clock), every_seconds=settings.tidy_every_seconds
    )
    service.health.reported["row security"] = partial(check_row_security, service.engine)
    app = service.app(api_routes(desk), page_routes(desk), title="Lắng Nghe: desk")
    serve_files(app)
    serve_errors(app, desk)
    return service, app


def main() -> None:
    """Run until told to stop."""
    settings = DeskSettings()
    service, app = build(settings)
    service.run(app, port=settings.port)


if __name__ == "__main__":
    main()
