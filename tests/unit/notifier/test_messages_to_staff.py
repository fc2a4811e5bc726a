"""What staff are told of deadlines."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.notifier.usecases.write_messages import staff_messages
from shared.events import DeadlinePassed, DeadlineStage, PassedKind

CASE = UUID("01930000-0000-7000-8000-0e6cb897d547")
NAME = "EDJ-W9F-NA7"
DUE = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize("passed", list(PassedKind))
def test_a_case_is_named_as_on_the_pages_of_staff(passed: PassedKind) -> None:
    [message] = staff_messages(
        [
            DeadlinePassed(
                event_id=CASE,
                feedback_id=CASE,
                occurred_at=DUE,
                stage=DeadlineStage.ACCEPT,
                passed=passed,
                level=1,
                generation=1,
                unit_code=None,
                recipient="supervisor",
                due_at=DUE,
                deadline_at=DUE,
            )
        ]
    )
    assert f"vụ việc {NAME}" in message.words
