"""What the router reads from its environment, under the prefix ROUTER_."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class RouterSettings(ServiceSettings):
    """The shared settings and the router's own."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix="ROUTER_")

    port: int = Field(default=8003, ge=1, le=65535, description="Port of health, metrics and documents.")
    max_records: int = Field(default=500, ge=1, description="Records placed in one transaction.")
    reference_every_seconds: float = Field(
        default=3.0, gt=0, description="How often to look whether a policy, a calendar or boundaries were switched."
    )
    near_border_metres: float = Field(
        default=50.0, ge=0, description="So near to a border a pin is told to be near it, with the neighbour."
    )
    pages_secret: SecretStr | None = Field(
        default=None,
        description="The desk proves with it that it asks for a page, DESK_PAGES_SECRET; without it none is shown.",
    )
