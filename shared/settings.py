"""Settings that every service reads from the environment under the same names."""

from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.clock import Clock, ClockRate


class ServiceSettings(BaseSettings):
    """What every service needs; a service adds its own fields under its own prefix."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    database_url: str = Field(
        default="postgresql+asyncpg://langnghe:langnghe@127.0.0.1:5432/langnghe",
        validation_alias="DATABASE_URL",
        description="SQLAlchemy URL of PostgreSQL; 'postgresql://' is read as 'postgresql+asyncpg://'.",
    )
    kafka_bootstrap_servers: str = Field(default="127.0.0.1:9092", validation_alias="KAFKA_BOOTSTRAP_SERVERS")
    territory: Path = Field(default=Path("deploy/territories/daklak"), validation_alias="LANGNGHE_TERRITORY")
    clock_rate: str = Field(default="1", validation_alias="LANGNGHE_CLOCK_RATE")
    log_level: str = Field(default="INFO", validation_alias="LANGNGHE_LOG_LEVEL")
    host: str = Field(default="127.0.0.1", validation_alias="LANGNGHE_HOST")
    otlp_endpoint: str | None = Field(default=None, validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT")
    consecutive_dead_letters_limit: int = Field(
        default=20, ge=0, validation_alias="LANGNGHE_CONSECUTIVE_DEAD_LETTERS_LIMIT"
    )
    stuck_after_seconds: float = Field(
        default=60.0,
        gt=0,
        validation_alias="LANGNGHE_STUCK_AFTER_SECONDS",
        description="An outbox row or a consumer that has not moved for this long is a failed check of /ready.",
    )

    @field_validator("clock_rate")
    @classmethod
    def _readable(cls, text: str) -> str:
        ClockRate.parse(text)
        return text

    def clock(self) -> Clock:
        """Return the clock this process runs by."""
        return ClockRate.parse(self.clock_rate).clock()
