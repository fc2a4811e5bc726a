"""The router's wiring, top to bottom."""

from services.router.adapters.reference import ReferenceWatcher
from services.router.adapters.store import Store
from services.router.entrypoints.kafka import subscribe
from services.router.settings import RouterSettings
from services.router.usecases.place_feedback import PlaceFeedback
from shared.service import Service


def main() -> None:
    """Run the router until it is told to stop."""
    settings = RouterSettings()
    service = Service.create("router", settings, edge=False)
    watcher = ReferenceWatcher(service.engine, every_seconds=settings.reference_every_seconds)
    store = Store(service.engine)
    place_feedback = PlaceFeedback(watcher.current, store.open_placements, service.clock)
    subscribe(service.broker, service.streams, place_feedback, max_records=settings.max_records)
    service.health.required["reference"] = watcher.check
    service.loops["reference watch"] = watcher.run
    service.run(service.app(title="Lắng Nghe: router"), port=settings.port)


if __name__ == "__main__":
    main()
