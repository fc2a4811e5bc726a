"""Read a page of an inbox, and the province at a glance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.desk.domain.case import InboxRow
from services.desk.domain.province import LOOK_BACK, UnitStanding, total, worst_first
from services.desk.domain.staff import EVERY_UNIT, SAME_UNITS, Staff, UnitNames
from services.desk.usecases.ports import Filters, NotFoundError, OpenCases, Place, Tab
from shared.clock import Clock

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class InboxPage:
    """One page of a list, the counts of all lists, and where the next page begins."""

    unit_code: str | None
    tab: Tab
    rows: Sequence[InboxRow]
    counts: Mapping[Tab, int]
    next_place: Place | None
    now: datetime
    shares_out: bool = False


@dataclass(frozen=True, slots=True)
class ReadInbox:
    """Read what a unit, or the province desk (None), holds."""

    open_cases: OpenCases
    clock: Clock
    page_size: int = PAGE_SIZE
    units: UnitNames = SAME_UNITS

    async def __call__(
        self, unit_code: str | None, tab: Tab, filters: Filters, *, by: Staff, after: Place | None = None
    ) -> InboxPage:
        """Return one page; raises NotFoundError when it is not theirs to see."""
        if not by.may_see(unit_code):
            raise NotFoundError
        now, codes = self.clock(), self.units.codes_of(unit_code) if unit_code is not None else []
        async with self.open_cases(by.scope) as store:
            rows = list(await store.list_cases(codes, tab, filters, now=now, after=after, limit=self.page_size + 1))
            counts = await store.count_tabs(codes, now=now, since=now - LOOK_BACK)
            shares_out = unit_code is not None and await store.shares_out(unit_code)
        more = len(rows) > self.page_size
        rows = rows[: self.page_size]
        return InboxPage(unit_code, tab, rows, counts, _place(rows[-1], tab) if more else None, now, shares_out)


def _place(row: InboxRow, tab: Tab) -> Place:
    settled = tab in {Tab.RESOLVED, Tab.DISPUTED}
    return Place(row.case.changed_at if settled else row.case.due_at, row.case.feedback_id)


@dataclass(frozen=True, slots=True)
class ReadProvince:
    """Count what every unit has to do, the worst first."""

    open_cases: OpenCases
    clock: Clock
    unit_codes: Sequence[str]
    units: UnitNames = SAME_UNITS

    async def __call__(self) -> Sequence[UnitStanding]:
        """Return the province desk and every unit, also those with nothing to count.

        What a unit held that ceased counts for its successor.
        """
        now = self.clock()
        async with self.open_cases(EVERY_UNIT) as store:
            standings = await store.standings(now=now, since=now - LOOK_BACK)
        counted: dict[str | None, UnitStanding] = {}
        for one in standings:
            code = self.units.successors.get(one.unit_code, one.unit_code) if one.unit_code is not None else None
            both = total([one, counted[code]]) if code in counted else one
            counted[code] = replace(both, unit_code=code)
        codes: list[str | None] = [None, *self.unit_codes]
        gone = [standing for code, standing in counted.items() if code not in set(codes)]
        return worst_first([*(counted.get(code, UnitStanding(code)) for code in codes), *gone])
