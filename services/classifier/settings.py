"""What the classifier reads from its environment, under the prefix CLASSIFIER_."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class ClassifierSettings(ServiceSettings):
    """The shared settings and the classifier's own."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix="CLASSIFIER_", protected_namespaces=())

    port: int = Field(default=8002, ge=1, le=65535, description="Port of health, metrics, documents and /model.")
    max_records: int = Field(default=500, ge=1, description="Records classified in one transaction.")
    model_dir: Path = Field(default=Path(".data/model"), description="Where `langnghe classifier train` puts models.")
    forget_every_seconds: float = Field(
        default=3600, gt=0, description="How often words are forgotten whose time in the retention table is over."
    )
