"""Settings of intake, prefix INTAKE_."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class IntakeSettings(ServiceSettings):
    """What intake needs beside what every service needs."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix="INTAKE_")

    port: int = Field(default=8001, ge=1, le=65535)
    public_url: str | None = Field(default=None, description="Address under which residents see it, without a slash.")
    contact_public_key: str | None = Field(
        default=None, description="The notifier's public key, base64; without it contacts never leave intake."
    )
    announce_again_after_seconds: float = Field(
        default=300, gt=0, description="How long a report may go unconfirmed before it is announced again; real time."
    )
    announce_again_limit: int = Field(default=500, ge=1, description="The most that one round announces again.")
    sweep_every_seconds: float = Field(default=5, gt=0)
    broker_check_every_seconds: float = Field(default=15, gt=0)
    answer_within_seconds: float = Field(
        default=5, gt=0, description="A transaction that takes longer is given up, and its requests get 503."
    )

    @property
    def address(self) -> str:
        """The address for links, without a slash at its end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")
