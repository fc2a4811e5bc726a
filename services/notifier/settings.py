"""What the notifier reads from its environment, under the prefix NOTIFIER_."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class NotifierSettings(ServiceSettings):
    """The shared settings and the notifier's own."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix="NOTIFIER_")

    port: int = Field(default=8004, ge=1, le=65535, description="Port of health, metrics and documents.")
    max_records: int = Field(default=500, ge=1, description="Records applied in one transaction.")
    journal: Path = Field(default=Path(".data/messages.jsonl"), description="File that takes outbound messages.")
    contact_private_key: SecretStr | None = Field(
        default=None, description="libsodium private key, base64, that opens residents' contacts."
    )
    public_url: str | None = Field(
        default=None, description="Address under which residents see intake, for links in messages; without a slash."
    )
    pause_seconds: float = Field(
        default=1.0, gt=0, description="Pause between two looks at the timers, which bounds how late one fires."
    )

    def page(self, tracking_code: str) -> str:
        """Tell where residents look a code up: by its address where that is known."""
        return f"{self.public_url.rstrip('/')}/t/{tracking_code}" if self.public_url else "trang tra cứu phản ánh."
