"""The registry of models over a folder: who is candidate, shadow, live, retired."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.classifier.adapters.linear_model import LinearModel
from services.classifier.adapters.model_folder import Happening, ModelFolder, ModelMissingError
from services.classifier.domain.registry import State


@dataclass(frozen=True, slots=True)
class ModelRegistry:
    """Move models from state to state; one is live, at most one is the shadow."""

    folder: ModelFolder

    def states(self) -> Mapping[str, State]:
        """Say where every kept model stands; raises ModelBrokenError when a pointer cannot be read."""
        last = {happening.version: happening.state for happening in self.folder.history()}
        live, shadow = self.folder.live.named(), self.folder.shadow.named()

        def state(version: str) -> State:
            if version in {live, shadow}:
                return State.LIVE if version == live else State.SHADOW
            told = last.get(version, State.CANDIDATE)
            return State.RETIRED if told in {State.LIVE, State.RETIRED} else State.CANDIDATE

        return {version: state(version) for version in self.folder.versions()}

    def add(self, model: LinearModel, *, at: datetime) -> None:
        """Keep a new model as a candidate; one that is kept already stays what it is."""
        known = model.version in self.folder.versions()
        self.folder.keep(model)
        if not known:
            self.folder.tell(Happening(model.version, State.CANDIDATE, at, "trained"))

    def move(self, version: str, to: State, *, at: datetime, why: str) -> None:
        """Put a model into a state; who was live retires, who was the shadow becomes a candidate again.

        Whether the move is allowed is the caller's question. Raises ModelMissingError for a model that is not kept.
        """
        if version not in self.folder.versions():
            raise ModelMissingError(
                f"There is no model {version} in {self.folder.path}: `langnghe classifier models` lists them."
            )
        live, shadow = self._named(State.LIVE), self.folder.shadow.named()
        if to is State.LIVE:
            self.folder.point(State.LIVE, version)
        if to is State.SHADOW:
            self.folder.point(State.SHADOW, version)
        elif version == shadow:
            self.folder.point(State.SHADOW, None)
        self.folder.tell(Happening(version, to, at, why))
        if to is State.LIVE and live not in {None, version}:
            self.folder.tell(Happening(str(live), State.RETIRED, at, f"{version} took its place"))
        if to is State.SHADOW and shadow not in {None, version}:
            self.folder.tell(Happening(str(shadow), State.CANDIDATE, at, f"{version} took its place"))

    def live_before(self) -> str | None:
        """Name the model that was live before the one that is now, if it is still kept."""
        live, kept = self.folder.live.named(), set(self.folder.versions())
        lived = [happening.version for happening in self.folder.history() if happening.state is State.LIVE]
        return next((version for version in reversed(lived) if version != live and version in kept), None)

    def _named(self, state: State) -> str | None:
        try:
            return self.folder.pointed(state)
        except Exception:  # noqa: BLE001 a pointer that cannot be read is about to be written anew
            return None
