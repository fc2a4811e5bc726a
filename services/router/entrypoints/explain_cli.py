"""`langnghe router explain CODE`: the whole story of one placement, from what is on record."""

import asyncio
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from services.router.adapters.rule_documents import policy_of
from services.router.adapters.story_store import StoriesInDatabase, calendar_on_record
from services.router.entrypoints.story_words import StoryWords
from services.router.entrypoints.terminal import PackOption, console, fail, pack
from services.router.usecases.explain_placement import ExplainPlacement, Story, UnknownPlacementError
from shared.db.engine import make_engine
from shared.settings import ServiceSettings


class Language(StrEnum):
    """The languages of the story."""

    VI = "vi"
    EN = "en"


def explain(
    code: Annotated[str, typer.Argument(help="Tracking code, feedback id, or the short name of a case.")],
    *,
    lang: Annotated[Language, typer.Option(help="Language of the story.")] = Language.VI,
    territory: PackOption = None,
) -> None:
    """Tell where a report went, who must act and by when, and why: how it was found, which rules, which calendar."""
    known = pack(territory)
    try:
        stories = asyncio.run(_stories(code))
    except UnknownPlacementError:
        fail(f"nothing was placed under {code!r}; give a tracking code, a feedback id or the short name of a case")
    words = StoryWords(lang.value, known, ZoneInfo(known.timezone))
    for story in stories:
        console.print(words.title(story), style="bold", markup=False)
        for chapter in words.chapters(story):
            console.print(f"\n{chapter.heading}", style="cyan", markup=False)
            for sentence in chapter.sentences:
                console.print(f"  {sentence}", markup=False, soft_wrap=True)
        console.print()


async def _stories(code: str) -> list[Story]:
    engine = make_engine(ServiceSettings().database_url, application_name="router explain")
    try:
        return await ExplainPlacement(StoriesInDatabase(engine).open_stories, policy_of, calendar_on_record)(code)
    finally:
        await engine.dispose()
