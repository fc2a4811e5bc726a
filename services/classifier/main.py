"""The classifier's wiring, top to bottom."""

from services.classifier.adapters.live_model import LiveModel
from services.classifier.adapters.model_folder import ModelFolder
from services.classifier.adapters.store import Store
from services.classifier.entrypoints.http import model_routes
from services.classifier.entrypoints.kafka import subscribe
from services.classifier.settings import ClassifierSettings
from services.classifier.usecases.classify_feedback import ClassifyFeedback
from services.classifier.usecases.reach_verdicts import ReachVerdicts
from shared.service import Service


def main() -> None:
    """Run the classifier until it is told to stop."""
    settings = ClassifierSettings()
    service = Service.create("classifier", settings, edge=False)
    folder = ModelFolder(settings.model_dir)
    model = LiveModel(folder)
    store = Store(service.engine)
    classify_feedback = ClassifyFeedback(ReachVerdicts(model), store.open_decisions, service.clock)
    subscribe(service.broker, service.streams, classify_feedback, max_records=settings.max_records)
    service.health.reported["model"] = model.check
    app = service.app(model_routes(folder.description), title="Lắng Nghe: classifier")
    service.run(app, port=settings.port)


if __name__ == "__main__":
    main()
