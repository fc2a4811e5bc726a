"""/live, /ready and /metrics: is the process up, should it get traffic, what does it count."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared.kafka.faults import is_surroundings_fault

Check = Callable[[], Awaitable[str | None]]
"""Return nothing when all is well, or a short sentence that says what is wrong."""


@dataclass(slots=True)
class Health:
    """The checks of one service; a required one that fails makes /ready answer 503, another is only reported."""

    timeout_seconds: float = 2.0
    required: dict[str, Check] = field(default_factory=dict)
    reported: dict[str, Check] = field(default_factory=dict)

    async def readiness(self) -> tuple[bool, Mapping[str, str]]:
        """Run every check; return whether the required ones passed, and what each said."""
        checks = {**self.required, **self.reported}
        answers = await asyncio.gather(*[self._trouble(check) for check in checks.values()])
        troubles = dict(zip(checks, answers, strict=True))
        ready = not any(troubles[name] for name in self.required)
        return ready, {name: trouble or "ok" for name, trouble in troubles.items()}

    async def _trouble(self, check: Check) -> str | None:
        try:
            async with asyncio.timeout(self.timeout_seconds):
                return await check()
        except Exception as error:
            if not is_surroundings_fault(error):
                raise
            return f"does not answer ({type(error).__name__})"


def health_routes(service: str, health: Health) -> APIRouter:
    """Serve /live, /ready and /metrics."""
    router = APIRouter(include_in_schema=False)

    @router.get("/live")
    async def live() -> dict[str, str]:
        return {"service": service, "status": "live"}

    @router.get("/ready")
    async def ready() -> JSONResponse:
        is_ready, checks = await health.readiness()
        status = "ready" if is_ready else "not ready"
        return JSONResponse(
            {"service": service, "status": status, "checks": dict(checks)}, status_code=200 if is_ready else 503
        )

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router
