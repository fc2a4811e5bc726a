"""The classifier's wiring, top to bottom."""

from functools import partial

from services.classifier.adapters.evaluation_sets import read_evaluation_set
from services.classifier.adapters.kept_models import KeptModels
from services.classifier.adapters.live_model import LiveModel
from services.classifier.adapters.model_folder import ModelFolder
from services.classifier.adapters.store import Store
from services.classifier.entrypoints.http import model_routes
from services.classifier.entrypoints.kafka import subscribe, subscribe_corrections, subscribe_shadow
from services.classifier.entrypoints.timers import forget
from services.classifier.entrypoints.words import Names
from services.classifier.settings import ClassifierSettings
from services.classifier.usecases.apply_retention import ApplyRetention
from services.classifier.usecases.classify_feedback import ClassifyFeedback
from services.classifier.usecases.reach_verdicts import ReachVerdicts
from services.classifier.usecases.read_models import ReadModels
from services.classifier.usecases.record_corrections import RecordCorrections
from services.classifier.usecases.shadow_feedback import ShadowFeedback
from shared.service import Service


def main() -> None:
    """Run the classifier until it is told to stop."""
    settings = ClassifierSettings()
    service = Service.create("classifier", settings, edge=False)
    folder = ModelFolder(settings.model_dir)
    live, shadow = LiveModel(folder.live), LiveModel(folder.shadow, is_shadow=True)
    store = Store(service.engine)
    classify = ClassifyFeedback(ReachVerdicts(live), store.open_decisions, service.clock)
    shadow_feedback = ShadowFeedback(ReachVerdicts(shadow), store.open_shadows, service.clock)
    subscribe(service.broker, service.streams, classify, max_records=settings.max_records)
    subscribe_shadow(service.broker, service.streams, shadow_feedback, max_records=settings.max_records)
    subscribe_corrections(
        service.broker, service.streams, RecordCorrections(store.open_labels), max_records=settings.max_records
    )
    service.loops["retention"] = partial(
        forget, ApplyRetention(store.open_traffic, service.clock), every_seconds=settings.forget_every_seconds
    )
    service.health.reported["model"] = live.check
    service.health.reported["shadow model"] = shadow.check
    kept = KeptModels(folder)
    read_models = ReadModels(
        list_models=kept,
        live=live,
        shadow=shadow,
        read_evaluation_set=read_evaluation_set,
        open_traffic=store.open_traffic,
        open_labels=store.open_labels,
        clock=service.clock,
    )
    routes = model_routes(folder.live.description, kept, read_models, Names.read(settings.territory))
    app = service.app(routes, title="Lắng Nghe: classifier")
    service.run(app, port=settings.port)


if __name__ == "__main__":
    main()
