"""The router's wiring, top to bottom."""

from functools import partial

from fastapi import FastAPI

from services.router.adapters.boundary_check import BoundaryCheck, parse_boundaries
from services.router.adapters.boundary_documents import build_boundaries, in_thread
from services.router.adapters.boundary_store import BoundariesInDatabase
from services.router.adapters.calendar_documents import calendar_in_force
from services.router.adapters.desk_documents import hours_and_desks, with_desks, written_desks
from services.router.adapters.life_store import OUTBOX, LivesInDatabase
from services.router.adapters.past_reference import PastReferences
from services.router.adapters.reference import ReferenceWatcher
from services.router.adapters.rule_documents import policy_of, read_rules, rules_yaml
from services.router.adapters.rule_store import RulesInDatabase
from services.router.adapters.store import Store
from services.router.adapters.story_store import StoriesInDatabase, calendar_on_record
from services.router.adapters.territory_store import TerritoryInDatabase
from services.router.entrypoints.boundaries_pages import BoundaryTools, boundary_routes
from services.router.entrypoints.calendar_pages import calendar_routes
from services.router.entrypoints.chores import Chores
from services.router.entrypoints.kafka import subscribe, subscribe_answers, subscribe_corrections, subscribe_steps
from services.router.entrypoints.offices_pages import DeskTools, desk_routes
from services.router.entrypoints.placement_pages import placement_routes
from services.router.entrypoints.rules_pages import RuleTools, rule_routes
from services.router.settings import RouterSettings
from services.router.usecases.dry_run_boundaries import DryRunBoundaries
from services.router.usecases.dry_run_rules import DryRunRules
from services.router.usecases.explain_placement import ExplainPlacement
from services.router.usecases.follow_cases import FollowCases
from services.router.usecases.hear_corrections import HearCorrections
from services.router.usecases.import_boundaries import ImportBoundaries
from services.router.usecases.move_open_cases import MoveOpenCases
from services.router.usecases.place_feedback import PlaceFeedback
from services.router.usecases.plan_boundaries import CancelPlan, PlanBoundaries, SettlePlans
from services.router.usecases.read_boundaries import ReadBoundaries
from services.router.usecases.read_calendar import ReadCalendar
from services.router.usecases.read_desks import ReadDesks
from services.router.usecases.read_rules import ReadRules
from services.router.usecases.switch_boundaries import RollBackBoundaries, SwitchBoundaries
from services.router.usecases.switch_desks import ChangeDesk, RollBackDesks
from services.router.usecases.switch_rules import RollBackRules, SwitchRules
from services.router.usecases.take_place_answers import TakePlaceAnswers
from shared.service import Service
from shared.territory import load_territory


def build(settings: RouterSettings) -> tuple[Service, FastAPI]:
    """Wire the service; nothing is connected yet."""
    territory = load_territory(settings.territory)
    service = Service.create("router", settings, edge=False)
    watcher = ReferenceWatcher(
        service.engine,
        every_seconds=settings.reference_every_seconds,
        near_border_metres=settings.near_border_metres,
    )
    store = Store(service.engine)
    place_feedback = PlaceFeedback(watcher.current, store.open_placements, service.clock)
    lives, relay = LivesInDatabase(service.engine), service.relay(OUTBOX)
    as_of = PastReferences(service.engine, watcher.current).as_of
    follow_cases = FollowCases(as_of, lives.open_life_cycle, relay.wake)
    hear_corrections = HearCorrections(watcher.current, as_of, lives.open_life_cycle, relay.wake)
    take_answers = TakePlaceAnswers(watcher.current, lives.open_life_cycle, relay.wake)
    subscribe(service.broker, service.streams, place_feedback, max_records=settings.max_records)
    subscribe_steps(service.broker, service.streams, follow_cases, max_records=settings.max_records)
    subscribe_corrections(service.broker, service.streams, hear_corrections, max_records=settings.max_records)
    subscribe_answers(service.broker, service.streams, take_answers, max_records=settings.max_records)
    service.health.required["reference"] = watcher.check
    service.loops["reference watch"] = watcher.run
    boundaries, territories = BoundariesInDatabase(service.engine), TerritoryInDatabase(service.engine)
    chores = Chores(
        SettlePlans(boundaries.open_boundaries, service.clock),
        MoveOpenCases(territories.open_territory, watcher.current, service.clock),
        watcher.current,
        relay.wake,
        every_seconds=settings.reference_every_seconds,
    )
    service.loops["chores"] = chores.run
    read_calendar = ReadCalendar(store.open_references, calendar_in_force, service.clock)
    open_rules = RulesInDatabase(service.engine).open_rules
    rule_tools = RuleTools(
        ReadRules(open_rules),
        DryRunRules(open_rules, policy_of, hours_and_desks),
        SwitchRules(open_rules),
        RollBackRules(open_rules),
        read_written=partial(read_rules, territory=territory, name="YAML"),
        write=rules_yaml,
        policy_of=policy_of,
        territory=territory,
    )
    open_references = store.open_references
    desk_tools = DeskTools(
        ReadDesks(open_references, written_desks, service.clock),
        ChangeDesk(open_references, written_desks, with_desks),
        RollBackDesks(open_references, written_desks),
    )
    open_boundaries = boundaries.open_boundaries
    boundary_tools = BoundaryTools(
        open_boundaries,
        ReadBoundaries(open_boundaries),
        ImportBoundaries(open_boundaries, in_thread(BoundaryCheck())),
        DryRunBoundaries(open_boundaries, partial(build_boundaries, near_border_metres=settings.near_border_metres)),
        SwitchBoundaries(open_boundaries),
        RollBackBoundaries(open_boundaries),
        PlanBoundaries(open_boundaries, service.clock),
        CancelPlan(open_boundaries, service.clock),
        parse=lambda content, name: parse_boundaries(content, name=name),
    )
    explain = ExplainPlacement(StoriesInDatabase(service.engine).open_stories, policy_of, calendar_on_record)
    app = service.app(
        calendar_routes(read_calendar),
        rule_routes(rule_tools, settings.pages_secret),
        boundary_routes(boundary_tools, settings.pages_secret),
        desk_routes(desk_tools, settings.pages_secret),
        placement_routes(explain, territory, settings.pages_secret),
        title="Lắng Nghe: router",
    )
    return service, app


def main() -> None:
    """Run the router until it is told to stop."""
    settings = RouterSettings()
    service, app = build(settings)
    service.run(app, port=settings.port)


if __name__ == "__main__":
    main()
