"""The words of every message, Vietnamese, short enough for a telephone."""

from datetime import datetime, timedelta, timezone

LOCAL = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")

STAGE_NAMES = {"accept": "tiếp nhận", "resolve": "giải quyết"}
ROLE_NAMES = {
    "office": "bộ phận xử lý",
    "unit_leader": "lãnh đạo xã, phường",
    "province_desk": "bàn trực tỉnh",
    "supervisor": "bộ phận giám sát",
}


def placed_words(*, code: str, unit: str, resolve_by: datetime) -> str:
    """Tell the resident who has the report and by when it should be solved."""
    return f"Phản ánh {code} đã chuyển đến {unit}. Hạn giải quyết: {local_time(resolve_by)}."


def part_code(*, code: str, office: str) -> str:
    """Name one office's part of a report that went to several."""
    return f"{code} (phần của {office})"


def place_question_words(*, code: str, question: str, page: str) -> str:
    """Ask the resident where it is, because nobody could tell."""
    return f"Phản ánh {code}: {question} Trả lời tại {page}"


def question_words(*, code: str, question: str) -> str:
    """Pass a question of the office on to the resident."""
    return f"Phản ánh {code}: cơ quan xử lý hỏi thêm: {question}"


def reply_words(*, code: str, reply: str) -> str:
    """Pass the office's answer on to the resident."""
    return f"Phản ánh {code} đã có trả lời: {reply}"


def warning_words(*, case: str, stage: str, deadline_at: datetime) -> str:
    """Warn the office that a deadline comes near."""
    return f"Sắp đến hạn {STAGE_NAMES[stage]} vụ việc {case}: {local_time(deadline_at)}."


def escalation_words(*, case: str, stage: str, deadline_at: datetime, recipient: str) -> str:
    """Tell a role that a deadline has passed."""
    return (
        f"Kính gửi {ROLE_NAMES[recipient]}: vụ việc {case} đã quá hạn {STAGE_NAMES[stage]} "
        f"từ {local_time(deadline_at)} mà chưa xong."
    )


def local_time(moment: datetime) -> str:
    """Format a moment as people here read it."""
    return moment.astimezone(LOCAL).strftime("%H:%M %d/%m/%Y")
