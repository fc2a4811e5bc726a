"""/placements/{feedback_id}/page: the story of a placement, as a fragment that the desk frames."""

from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import SecretStr

from services.router.entrypoints.story_words import StoryWords
from services.router.usecases.explain_placement import ExplainPlacement, UnknownPlacementError
from shared.territory import Territory
from shared.web.frame import FramedPages
from shared.web.pages import language_of

NOT_FOUND = 404


def placement_routes(explain_placement: ExplainPlacement, territory: Territory, secret: SecretStr | None) -> APIRouter:
    """Serve the story of one placement; the desk has checked that whoever asks may see the case.

    The other parts of the same report may be with units that are not theirs, so they are left out.
    """
    router = APIRouter(include_in_schema=False)
    framed = FramedPages(Path(__file__).parent / "templates", secret=secret)
    zone = ZoneInfo(territory.timezone)

    @router.get("/placements/{feedback_id}/page", response_class=HTMLResponse)
    async def page(request: Request, feedback_id: UUID) -> HTMLResponse:
        framed.sender(request)
        words = StoryWords(language_of(request), territory, zone)
        try:
            stories = await explain_placement(str(feedback_id))
        except UnknownPlacementError:
            return framed.render(request, "placement_missing.html", status_code=NOT_FOUND)
        told = [(words.title(story), words.chapters(story)) for story in stories if story.feedback_id == feedback_id]
        return framed.render(request, "placement.html", told=told)

    return router
