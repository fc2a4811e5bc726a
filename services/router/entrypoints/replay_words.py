"""What people read of a dry run, on a screen or a page: groups in order, how far deadlines move, which cases."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TypeVar

from services.router.domain.replay import Group
from shared.events.short_id import short_id

HOUR = timedelta(hours=1)
Key = TypeVar("Key")


def by_count(groups: Mapping[Key, Group]) -> list[tuple[Key, Group]]:
    """Put the largest group first."""
    return sorted(groups.items(), key=lambda item: -item[1].count)


def examples(group: Group) -> Sequence[str]:
    """Name some of a group as people know them."""
    return [short_id(feedback_id) for feedback_id in group.examples]


def linked_examples(group: Group) -> Sequence[tuple[str, str]]:
    """Name some of a group, each with the desk's address of it."""
    return [
        (f"/staff/cases/{feedback_id}", name) for feedback_id, name in zip(group.examples, examples(group), strict=True)
    ]


def hours(group: Group, *, between: str = "to") -> str:
    """Say by how many hours deadlines move: '24 h', or '2 to 24.5 h'."""
    least, most = (f"{shift / HOUR:g}" if shift % HOUR == timedelta() else f"{shift / HOUR:.1f}"
                   for shift in (group.least, group.most))  # fmt: skip
    return f"{least} h" if least == most else f"{least} {between} {most} h"
