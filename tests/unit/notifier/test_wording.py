"""The words of messages."""

from datetime import UTC, datetime

import pytest

from services.notifier.domain import wording

DUE = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (
            wording.placed_words(code="DL-7K3FM-92QXA", unit="Phường Tân Lập", resolve_by=DUE),
            ["DL-7K3FM-92QXA", "Phường Tân Lập", "17:00 23/11/2026"],
        ),
        (
            wording.place_question_words(
                code="DL-1", question="Việc xảy ra ở xã, phường nào?", page="https://langnghe.test/t/DL-1"
            ),
            ["Phản ánh DL-1: Việc xảy ra ở xã, phường nào? Trả lời tại https://langnghe.test/t/DL-1"],
        ),
        (wording.part_code(code="DL-1", office="Trạm Y tế"), ["DL-1 (phần của Trạm Y tế)"]),
        (wording.question_words(code="DL-1", question="Số nhà bao nhiêu?"), ["DL-1", "hỏi thêm: Số nhà bao nhiêu?"]),
        (wording.reply_words(code="DL-1", reply="Đã vá xong."), ["DL-1", "trả lời: Đã vá xong."]),
        (
            wording.warning_words(case="AB12", stage="accept", deadline_at=DUE),
            ["Sắp đến hạn tiếp nhận", "AB12"],
        ),
        (
            wording.escalation_words(case="AB12", stage="resolve", deadline_at=DUE, recipient="supervisor"),
            ["bộ phận giám sát", "AB12", "quá hạn giải quyết", "17:00 23/11/2026"],
        ),
    ],
)
def test_a_message_says_what_its_reader_needs_in_local_time(words: str, parts: list[str]) -> None:
    for part in parts:
        assert part in words
