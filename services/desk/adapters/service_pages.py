"""The pages of another service over HTTP (the port `ServicePages`)."""

import asyncio
from urllib.parse import urlsplit

import httpx
import structlog
from pydantic import SecretStr

from services.desk.usecases.ports import Fragment, PageAsked, SentBack, ServiceSilentError
from shared.web.frame import ACTOR_HEADER, FRAGMENT_HEADER, ROLE_HEADER, SEE_OTHER

REFUSALS = frozenset({401, 403})
log = structlog.get_logger(__name__)


class HttpServicePages:
    """Asks a service's own port; a connection for each question, since few people ask."""

    def __init__(
        self,
        service: str,
        url: str,
        *,
        timeout_seconds: float,
        secret: SecretStr | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Remember where it is; nothing is opened yet.

        With a `secret` it is told for whom we ask. `transport` replaces the network.
        """
        self._service = service
        self._url = url.rstrip("/")
        self._timeout_seconds = timeout_seconds
        self._secret = secret
        self._transport = transport

    async def ask(self, asked: PageAsked) -> Fragment | SentBack:
        """Return what it answers; raises ServiceSilentError when that is no page, or does not come in time."""
        try:
            # httpx limits each read, an answer that drips has many.
            async with (
                asyncio.timeout(self._timeout_seconds),
                httpx.AsyncClient(transport=self._transport, trust_env=False, timeout=self._timeout_seconds) as http,
            ):
                answer = await http.request(
                    "GET" if asked.fields is None else "POST",
                    self._url + asked.path,
                    params={**asked.query, "lang": asked.language},
                    headers=self._headers(asked),
                    data=asked.fields,
                    files={
                        name: (file.filename, file.content, file.content_type) for name, file in asked.files.items()
                    },
                )
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            log.warning("service does not answer", service=self._service, error=type(error).__name__)
            raise ServiceSilentError from error
        return self._read(answer, asked)

    def _headers(self, asked: PageAsked) -> dict[str, str]:
        if self._secret is None:
            return {}
        return {
            "Authorization": f"Bearer {self._secret.get_secret_value()}",
            ACTOR_HEADER: asked.by.actor,
            ROLE_HEADER: asked.by.role.value,
        }

    def _read(self, answer: httpx.Response, asked: PageAsked) -> Fragment | SentBack:
        if asked.fields is not None and answer.status_code == SEE_OTHER:
            # Only the query counts: where the page is, we know ourselves.
            return SentBack(urlsplit(answer.headers.get("location", "")).query)
        is_html = answer.headers.get("content-type", "").startswith("text/html")
        if not is_html or not (answer.is_success or FRAGMENT_HEADER in answer.headers):
            log.warning("service gives no page", service=self._service, status=answer.status_code)
            raise ServiceSilentError(refused=answer.status_code in REFUSALS)
        return Fragment(answer.text, answer.status_code)
