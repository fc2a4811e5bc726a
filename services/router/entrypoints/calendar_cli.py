"""The commands of the clock: `langnghe router deadline` on the pack alone, `langnghe territory import-calendar`."""

import asyncio
import csv
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape

from services.router.adapters.calendar_documents import calendar_document, calendars_of
from services.router.adapters.calendar_import import check_days, read_calendar
from services.router.adapters.store import Store
from services.router.domain.clock import Calendars, Duration, Pause, WorkingCalendar
from services.router.domain.special_days import DayChange, SpecialDay
from services.router.domain.switches import SwitchAction, SwitchNote
from services.router.entrypoints.terminal import ByOption, PackOption, complain, console, fail, pack, person, rows
from services.router.usecases.import_calendar import IMPORTED, CalendarRefusedError, CheckedCalendar, ImportCalendar
from services.router.usecases.switching import SwitchRefusedError, note_of
from shared.db.engine import make_engine
from shared.settings import ServiceSettings
from shared.territory import Territory

HOUR = 60
DAY = timedelta(days=1)
MOST_CHANGES_SHOWN = 60


@dataclass(frozen=True, slots=True)
class _Clock:
    """The calendars of a pack, and what is needed to speak of them."""

    calendars: Calendars
    zone: ZoneInfo
    unit_codes: Mapping[str, str]

    def calendar(self, unit: str | None) -> WorkingCalendar:
        """Look up the calendar of a unit by code or name; raises ValueError for an unknown one."""
        if not unit:
            return self.calendars.ordinary
        code = self.unit_codes.get(unit.casefold())
        if code is None:
            message = f"unit {unit!r} is not known; give its code or its full name"
            raise ValueError(message)
        return self.calendars.of(code)

    def moment(self, text: str, *, name: str = "start") -> datetime:
        """Read a local time, or one with an offset; raises ValueError with what is wrong."""
        try:
            moment = datetime.fromisoformat(text.strip())
        except ValueError:
            message = f"{name} {text!r} is not a time such as 2026-02-13T16:20"
            raise ValueError(message) from None
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=self.zone)

    def pause(self, text: str) -> Pause:
        """Read a pause such as 2026-02-13T10:00/2026-02-24T09:00; raises ValueError."""
        begins, _, ends = text.partition("/")
        return Pause(self.moment(begins, name="pause from"), self.moment(ends, name="pause to"))

    def local(self, moment: datetime) -> str:
        """Show a moment as a clerk reads it; seconds only where there are any."""
        there = moment.astimezone(self.zone)
        seconds = f"{there:%S.%f}".rstrip("0").rstrip(".")
        return f"{there:%a %Y-%m-%d %H:%M}" + (f":{seconds}" if seconds and float(seconds) else "")


def _clock_of(territory: Territory) -> _Clock:
    codes = {unit.full_name.casefold(): unit.code for unit in territory.units}
    codes |= {unit.code: unit.code for unit in territory.units}
    return _Clock(calendars_of(calendar_document(territory)), ZoneInfo(territory.timezone), codes)


def _whole_minutes(text: str) -> int:
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0.5
    if not minutes.is_integer():
        message = f"{text!r} is not a whole number of minutes"
        raise ValueError(message)
    return int(minutes)


# --- langnghe router deadline --------------------------------------------------------------------------------------


def deadline(
    *,
    start: Annotated[
        str | None, typer.Option("--from", help="Start, for example 2026-02-13T16:20, local time.")
    ] = None,
    working_minutes: Annotated[int | None, typer.Option(help="Minutes of working time.")] = None,
    working_hours: Annotated[float | None, typer.Option(help="Hours of working time.")] = None,
    minutes: Annotated[int | None, typer.Option(help="Minutes round the clock, as for an emergency.")] = None,
    pause: Annotated[
        list[str] | None, typer.Option(help="Time not counted, FROM/TO; may be given more than once.")
    ] = None,
    unit: Annotated[str | None, typer.Option(help="Count by the hours of this unit (code or name).")] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            help="CSV with id, start, working_minutes and optionally unit; prints CSV with id and due, a local time "
            "with its offset such as 2026-11-17T11:30:00+07:00. A bad row is named and makes the status 1."
        ),
    ] = None,
    territory: PackOption = None,
) -> None:
    """Count working time over lunch, weekends, holidays and make-up Saturdays, and say when it is used up."""
    given = (start, working_minutes, working_hours, minutes, pause, unit)
    if file is not None:
        if any(one is not None for one in given):
            fail("the rows of --file say everything; leave out the other options")
        _deadline_file(file, _clock_of(pack(territory)))
        return
    if start is None or sum(length is not None for length in (working_minutes, working_hours, minutes)) != 1:
        fail("give --from and either --working-minutes or --working-hours (or --minutes, round the clock)")
    loaded = pack(territory)
    clock = _clock_of(loaded)
    hours = None if working_hours is None else round(working_hours * HOUR, 6)
    length = next(str(length) for length in (working_minutes, hours, minutes) if length is not None)
    try:
        calendar = clock.calendar(unit)
        begin = clock.moment(start)
        duration = Duration(_whole_minutes(length), working=minutes is None)
        pauses = [clock.pause(text) for text in pause or ()]
        due = calendar.due(begin, duration, pauses)
    except ValueError as error:
        fail(str(error))
    console.print(f"from {clock.local(begin)} ({loaded.timezone})")
    if not duration.working:
        console.print(f"  {duration.minutes} min round the clock, working time or not")
    for each in pauses:
        console.print(f"  paused {clock.local(each.start)} to {clock.local(each.end)}")
    if duration.working:
        names = {day.day: day.name_vi for day in loaded.calendar}
        for line in _steps(calendar, clock, names, begin=begin, due=due, duration=duration, pauses=pauses):
            console.print(escape(line), soft_wrap=True)
    console.print(f"[bold]due {clock.local(due)}[/], in UTC {due.isoformat()}")
    if due.astimezone(clock.zone).year not in loaded.calendar_years:
        console.print(
            f"[yellow]![/] the calendar ends with {loaded.calendar_years[-1]}: later holidays are not counted"
        )


def _steps(
    calendar: WorkingCalendar,
    clock: _Clock,
    names: Mapping[date, str],
    *,
    begin: datetime,
    due: datetime,
    duration: Duration,
    pauses: Sequence[Pause],
) -> Iterator[str]:
    """Write one line for each stretch that counts, and one for each day that does not."""
    left, next_day = timedelta(minutes=duration.minutes), begin.astimezone(clock.zone).date()
    for stretch in calendar.stretches(begin, due, pauses):
        left -= stretch.end - stretch.start
        today = stretch.start.astimezone(clock.zone).date()
        while next_day < today:
            yield f"  {next_day:%a %Y-%m-%d} not counted: {_reason(calendar, clock, names, next_day, pauses)}"
            next_day += DAY
        ends = clock.local(stretch.end).split(" ")[-1]
        yield (
            f"  {clock.local(stretch.start)} - {ends}  {_minutes(stretch.end - stretch.start)} min, "
            f"{_minutes(left)} left  {names.get(today, '')}"
        ).rstrip()
        next_day = today + DAY


def _reason(
    calendar: WorkingCalendar, clock: _Clock, names: Mapping[date, str], day: date, pauses: Sequence[Pause]
) -> str:
    begin = datetime.combine(day, time(), clock.zone)
    if calendar.counted(begin, begin + DAY, working=True):
        paused = calendar.counted(begin, begin + DAY, working=True, pauses=pauses) == timedelta()
        return "paused" if paused else "outside working hours"
    return names.get(day, "weekend")


def _minutes(length: timedelta) -> str:
    minutes = length / timedelta(minutes=1)
    return f"{minutes:6.0f}" if minutes.is_integer() else f"{minutes:6.2f}"


def _deadline_file(file: Path, clock: _Clock) -> None:
    asked, bad = rows(file, needed=("id", "start", "working_minutes")), 0
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("id", "due"))
    for line, row in asked:
        try:
            duration = Duration(_whole_minutes(row["working_minutes"]), working=True)
            due = clock.calendar(row.get("unit", "").strip()).due(clock.moment(row["start"]), duration)
        except ValueError as error:
            bad += 1
            complain(f"{file}, line {line}: {error}")
        else:
            writer.writerow((row["id"], due.astimezone(clock.zone).isoformat()))
    if bad:
        raise typer.Exit(1)


# --- langnghe territory import-calendar ----------------------------------------------------------------------------


def import_calendar(
    path: Annotated[
        Path, typer.Argument(help="CSV with day (or date), kind (off or working), name_vi; also name_en and source.")
    ],
    *,
    add: Annotated[
        bool, typer.Option("--add", help="Change only the dates of the file; without it, the file's whole years.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check, and show what would change.")] = False,
    why: Annotated[
        str | None, typer.Option("--why", help="The reason; it stays on record, and without it the name of the file.")
    ] = None,
    by: ByOption = None,
) -> None:
    """Check holidays, days off and make-up days, and switch to them at once, on record; a running router follows."""
    try:
        days = read_calendar(path)
        reason = f"import of {path.name}" if why is None else why
        note = IMPORTED if dry_run else note_of(SwitchAction.SWITCH, by=by or person(), why=reason)
        checked, changed = asyncio.run(
            _import(ServiceSettings().database_url, days, adding=add, dry_run=dry_run, note=note)
        )
    except SwitchRefusedError as error:
        fail(str(error))
    except CalendarRefusedError as error:
        fail("The calendar was refused; the one in force stays.\n  - " + "\n  - ".join(error.reasons))
    for change in checked.changes[:MOST_CHANGES_SHOWN]:
        console.print(f"  {escape(_change(change))}", soft_wrap=True)
    if len(checked.changes) > MOST_CHANGES_SHOWN:
        console.print(f"  and {len(checked.changes) - MOST_CHANGES_SHOWN} more")
    for remark in checked.notes:
        console.print(f"[yellow]![/] {escape(remark)}", soft_wrap=True)
    state = ("would come into force" if dry_run else "now in force") if changed else "was in force already"
    years = ", ".join(map(str, checked.years))
    console.print(f"[green]✓[/] calendar of {years}: version {checked.reference_set.version}, {state}", soft_wrap=True)
    if changed and checked.changes and not dry_run:
        console.print("Deadlines that were given before stay as they are until they are computed anew.")


async def _import(
    database_url: str, days: Sequence[SpecialDay], *, adding: bool, dry_run: bool, note: SwitchNote
) -> tuple[CheckedCalendar, bool]:
    engine = make_engine(database_url, application_name="territory")
    try:
        importing = ImportCalendar(Store(engine).open_references, check_days)
        return await importing(days, adding=adding, dry_run=dry_run, note=note)
    finally:
        await engine.dispose()


def _change(change: DayChange) -> str:
    before, after = (_said(special) for special in (change.before, change.after))
    return f"{change.day:%a %Y-%m-%d}  {before} -> {after}"


def _said(special: SpecialDay | None) -> str:
    if special is None:
        return "ordinary"
    return f"{'worked' if special.works else 'off'} ({special.name_vi})"
