"""Pages as every service makes them: one look, Vietnamese first, English second, local time, no script needed."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, select_autoescape

HERE = Path(__file__).parent
LANGUAGE_COOKIE = "lang"
LANGUAGES = ("vi", "en")
LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
YEAR_SECONDS = 365 * 24 * 3600


def language_of(request: Request) -> str:
    """Return the language asked for by `?lang=` or the cookie; Vietnamese unless English is asked for."""
    wanted = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    return wanted if wanted in LANGUAGES else LANGUAGES[0]


def bilingual(language: str) -> Callable[[str, str], str]:
    """Return the function `_("tiếng Việt", "English")` that picks the text of `language`."""
    return (lambda _vi, en: en) if language == "en" else (lambda vi, _en: vi)


def local_time(moment: datetime | None) -> str:
    """Format a UTC time as people here read it: 14:05 23/11/2026."""
    return "" if moment is None else moment.astimezone(LOCAL).strftime("%H:%M %d/%m/%Y")


class Pages:
    """The templates of one service, over the shared base page."""

    def __init__(self, templates: Path) -> None:
        """Load templates from `templates` first, then the shared ones."""
        self._environment = Environment(
            loader=ChoiceLoader([FileSystemLoader(templates), FileSystemLoader(HERE / "templates")]),
            autoescape=select_autoescape(),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters["local"] = local_time

    def render(self, request: Request, template: str, *, status_code: int = 200, **values: Any) -> HTMLResponse:
        """Render a template; `_`, `language`, `request_path` and the values given are its variables."""
        language = language_of(request)
        body = self._environment.get_template(template).render(
            _=bilingual(language),
            language=language,
            request_path=request.url.path,
            **values,
        )
        response = HTMLResponse(body, status_code=status_code, headers={"Cache-Control": "no-store"})
        if request.query_params.get("lang") in LANGUAGES:
            response.set_cookie(LANGUAGE_COOKIE, language, max_age=YEAR_SECONDS, samesite="lax", httponly=True)
        return response


def mount_assets(app: FastAPI, *, prefix: str = "") -> None:
    """Serve the shared style sheet and images below `<prefix>/assets`."""
    app.mount(f"{prefix}/assets", StaticFiles(directory=HERE / "assets"), name="assets")
