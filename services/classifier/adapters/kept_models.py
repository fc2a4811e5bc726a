"""What is known of every kept model, for people to see (the port `ListModels`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services.classifier.adapters.model_folder import Happening, ModelBrokenError, ModelFolder, ModelMissingError
from services.classifier.adapters.model_registry import ModelRegistry
from services.classifier.domain.registry import Scoreboard, State
from services.classifier.usecases.read_models import KeptModel, RegistryUnreadableError

LONG_AGO = datetime.min.replace(tzinfo=UTC)
ORDER = (State.LIVE, State.SHADOW, State.CANDIDATE, State.RETIRED)


@dataclass(frozen=True, slots=True)
class KeptModels:
    """Over a folder."""

    folder: ModelFolder

    def __call__(self) -> Sequence[KeptModel]:
        """List every kept model: live, shadow, candidates, retired; of equals the newest first."""
        try:
            states = ModelRegistry(self.folder).states()
        except ModelBrokenError as error:
            raise RegistryUnreadableError(str(error)) from error
        history = self.folder.history()
        models = [self._kept(version, state, history) for version, state in states.items()]
        newest = sorted(models, key=lambda model: model.trained_at or LONG_AGO, reverse=True)
        return sorted(newest, key=lambda model: ORDER.index(model.state))

    def _kept(self, version: str, state: State, history: Sequence[Happening]) -> KeptModel:
        last = next((each for each in reversed(history) if each.version == version and each.state is state), None)
        described = self._described(version)
        told = _mapping(described.get("metadata"))
        return KeptModel(
            version=version,
            state=state,
            since=None if last is None else last.at,
            why="" if last is None else last.why,
            trained_at=_moment(told.get("trained_at")),
            texts=_mapping(told.get("corpus")).get("texts"),
            labels=told.get("labels"),
            validation={
                view: scores
                for view, scores in _mapping(told.get("validation")).items()
                if view in {"accented", "unaccented"}
            },
            board=_board(told.get("evaluation")),
            fields=_mapping(described.get("fields")),
        )

    def _described(self, version: str) -> dict[str, Any]:
        try:
            return self.folder.description(version)
        except (ModelMissingError, ModelBrokenError):
            # That it cannot be used shows where somebody tries to; here it is only listed.
            return {}


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _moment(told: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(told))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _board(told: object) -> Scoreboard | None:
    known = {name: value for name, value in _mapping(told).items() if name in Scoreboard.__dataclass_fields__}
    try:
        return Scoreboard(**known)
    except TypeError:
        return None
