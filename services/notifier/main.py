"""The notifier's wiring, top to bottom."""

from services.notifier.adapters.gateway import JournalGateway, Seal
from services.notifier.adapters.metrics import MESSAGES_TAKEN, count_fired
from services.notifier.adapters.store import OUTBOX, open_store
from services.notifier.entrypoints.kafka import subscribe
from services.notifier.entrypoints.timers import Loops
from services.notifier.settings import NotifierSettings
from services.notifier.usecases.arm_timers import ArmTimers
from services.notifier.usecases.fire_deadlines import FireDeadlines
from services.notifier.usecases.follow_cases import FollowCases
from services.notifier.usecases.remember_residents import RememberResidents
from services.notifier.usecases.send_messages import SendMessages
from services.notifier.usecases.write_messages import WriteToResidents
from shared.clock import ClockRate
from shared.service import Service
from shared.territory import load_territory


def main() -> None:
    """Run the notifier until it is told to stop."""
    settings = NotifierSettings()
    service = Service.create("notifier", settings, edge=False)
    territory = load_territory(settings.territory)
    key = settings.contact_private_key
    seal = Seal(key.get_secret_value() if key else None)
    service.health.reported["contacts"] = seal.check
    open_unit_of_work = open_store(service.engine, clock_rate=ClockRate.parse(settings.clock_rate))
    write = WriteToResidents(
        unit_name=lambda code: territory.unit_name(code, missing="bàn trực tỉnh"),
        office_name=territory.office_name,
        page=settings.page,
    )
    relay = service.relay(OUTBOX)
    subscribe(
        service.broker,
        service.streams,
        arm_timers=ArmTimers(open_unit_of_work, write),
        follow_cases=FollowCases(open_unit_of_work, write),
        remember_residents=RememberResidents(open_unit_of_work, write),
        max_records=settings.max_records,
    )
    loops = Loops(
        fire=FireDeadlines(open_unit_of_work),
        send=SendMessages(open_unit_of_work, JournalGateway(settings.journal, seal)),
        wake_relay=relay.wake,
        count_fired=count_fired,
        count_taken=MESSAGES_TAKEN.inc,
        pause_seconds=settings.pause_seconds,
    )
    service.loops["fire deadlines"] = loops.fire_for_ever
    service.loops["send messages"] = loops.send_for_ever
    service.run(service.app(title="Lắng Nghe: notifier"), port=settings.port)


if __name__ == "__main__":
    main()
