"""Settings of the desk, prefix DESK_."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class DeskSettings(ServiceSettings):
    """What the desk needs beside what every service needs."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix="DESK_")

    port: int = Field(default=8005, ge=1, le=65535)
    public_url: str | None = Field(
        default=None,
        description="Address under which staff see it, without /staff; with https the cookie is sent over https alone.",
    )
    max_records: int = Field(default=500, ge=1, description="Records of a stream applied in one transaction.")
    classifier_url: str = Field(default="http://127.0.0.1:8002", description="Where the classifier's own page is.")
    classifier_timeout_seconds: float = Field(default=3, gt=0, description="How long an admin waits for that page.")
    router_url: str = Field(default="http://127.0.0.1:8003", description="Where the router's own pages are.")
    router_timeout_seconds: float = Field(
        default=60, gt=0, description="How long somebody waits for such a page; trying rules takes a while."
    )
    pages_secret: SecretStr | None = Field(
        default=None, description="Proves to the router that the desk asks; the same value as ROUTER_PAGES_SECRET."
    )
    tidy_every_seconds: float = Field(default=600, gt=0, description="How often ended sessions are forgotten.")
