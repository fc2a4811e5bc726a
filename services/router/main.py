"""The router's wiring, top to bottom."""

from services.router.adapters.calendar_documents import calendar_in_force
from services.router.adapters.reference import ReferenceWatcher
from services.router.adapters.store import Store
from services.router.entrypoints.calendar_pages import calendar_routes
from services.router.entrypoints.kafka import subscribe
from services.router.settings import RouterSettings
from services.router.usecases.place_feedback import PlaceFeedback
from services.router.usecases.read_calendar import ReadCalendar
from shared.service import Service


def main() -> None:
    """Run the router until it is told to stop."""
    settings = RouterSettings()
    service = Service.create("router", settings, edge=False)
    watcher = ReferenceWatcher(
        service.engine,
        every_seconds=settings.reference_every_seconds,
        near_border_metres=settings.near_border_metres,
    )
    store = Store(service.engine)
    place_feedback = PlaceFeedback(watcher.current, store.open_placements, service.clock)
    subscribe(service.broker, service.streams, place_feedback, max_records=settings.max_records)
    service.health.required["reference"] = watcher.check
    service.loops["reference watch"] = watcher.run
    read_calendar = ReadCalendar(store.open_references, calendar_in_force, service.clock)
    service.run(service.app(calendar_routes(read_calendar), title="Lắng Nghe: router"), port=settings.port)


if __name__ == "__main__":
    main()
