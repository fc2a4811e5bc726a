"""The classifier's pages over HTTP (the port `ClassifierPages`)."""

import asyncio

import httpx
import structlog

from services.desk.usecases.ports import ClassifierSilentError

MODEL_PAGE = "/model/page"
log = structlog.get_logger(__name__)


class HttpClassifierPages:
    """Asks the classifier's own port; a connection for each question, since few people ask."""

    def __init__(self, url: str, *, timeout_seconds: float, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """Remember where it is; nothing is opened yet. `transport` replaces the network."""
        self._url = url.rstrip("/")
        self._timeout_seconds = timeout_seconds
        self._transport = transport

    async def model_page(self, language: str) -> str:
        """Return the fragment about the models; raises ClassifierSilentError when none comes in time."""
        try:
            # httpx limits each read, an answer that drips has many.
            async with (
                asyncio.timeout(self._timeout_seconds),
                httpx.AsyncClient(transport=self._transport, trust_env=False, timeout=self._timeout_seconds) as http,
            ):
                answer = await http.get(f"{self._url}{MODEL_PAGE}", params={"lang": language})
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            log.warning("classifier does not answer", error=type(error).__name__)
            raise ClassifierSilentError from error
        if not answer.is_success or not answer.headers.get("content-type", "").startswith("text/html"):
            log.warning("classifier gives no page", status=answer.status_code)
            raise ClassifierSilentError
        return answer.text
