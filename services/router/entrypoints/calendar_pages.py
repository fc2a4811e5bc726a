"""/calendar/page: a year of the calendar in force, as a fragment of HTML that another page frames."""

from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.router.domain.clock import Hours
from services.router.usecases.ports import ReferenceMissingError
from services.router.usecases.read_calendar import ReadCalendar, UnknownYearError
from shared.web.frame import FramedPages

NOT_FOUND, UNAVAILABLE = 404, 503
WEEKDAYS_VI = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật")
WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SHORT_VI = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")
SHORT_EN = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
MONTHS_EN = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
LONGEST_RUN_TOLD_SINGLY = 2


def calendar_routes(read_calendar: ReadCalendar) -> APIRouter:
    """Serve /calendar/page?lang=&year=: Vietnamese unless asked otherwise, this year unless another is named."""
    router = APIRouter(include_in_schema=False)
    # It is no secret, and nobody can change anything here: whoever reaches the port may look.
    pages = FramedPages(Path(__file__).parent / "templates", secret=None)

    @router.get("/calendar/page", response_class=HTMLResponse)
    async def page(request: Request, year: str = "") -> HTMLResponse:
        try:
            shown = await read_calendar(_year(year))
        except UnknownYearError as error:
            return pages.render(request, "calendar_missing.html", status_code=NOT_FOUND, years=error.years)
        except ReferenceMissingError:
            return pages.render(request, "calendar_missing.html", status_code=UNAVAILABLE, years=())
        return pages.render(
            request,
            "calendar.html",
            shown=shown,
            view=shown.view,
            weekdays=(WEEKDAYS_VI, WEEKDAYS_EN),
            short=(SHORT_VI, SHORT_EN),
            months_en=MONTHS_EN,
            week_in_words=week_in_words,
        )

    return router


def _year(text: str) -> int | None:
    """Read the year asked for; none means this year, and what is no year is one that no calendar knows."""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len("9999") else 0


def week_in_words(hours: Hours, language: str) -> list[tuple[str, str]]:
    """Say on which days which hours are worked: ("Thứ Hai – Thứ Sáu", "07:30–11:30, 13:30–17:00")."""
    by_intervals: dict[str, list[int]] = {}
    for day in range(7):
        intervals = hours.intervals if day in hours.weekdays else hours.other_days.get(day, ())
        if intervals:
            text = ", ".join(f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in intervals)
            by_intervals.setdefault(text, []).append(day)
    return [(_days_in_words(days, language), text) for text, days in by_intervals.items()]


def _days_in_words(days: list[int], language: str) -> str:
    names = WEEKDAYS_EN if language == "en" else WEEKDAYS_VI
    if len(days) > LONGEST_RUN_TOLD_SINGLY and days[-1] - days[0] == len(days) - 1:
        return f"{names[days[0]]} – {names[days[-1]]}"
    return ", ".join(names[day] for day in days)
