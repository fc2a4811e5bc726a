"""Danger and formal acts, found by phrases."""

import pytest

from services.classifier.domain.danger import alarms
from services.classifier.domain.legal import formal_act
from services.classifier.domain.words import fold, line_of


def dangers(text: str) -> list[str]:
    return [alarm.danger for alarm in alarms(line_of(text))]


@pytest.mark.parametrize(
    ("text", "danger"),
    [
        ("Nhà hàng xóm đang cháy, gọi cứu hỏa giúp", "cháy, nổ"),
        ("Cháy to ở hẻm 12, khói mù mịt, tới gấp", "cháy, nổ"),
        ("Dây điện đứt rơi xuống vũng nước trước cổng trường", "điện giật, dây điện rơi"),
        ("Nước đang dâng nhanh, cả nhà leo lên mái", "ngập lụt, lũ"),
        ("Đồi sau nhà đang sạt, đất đá tràn vô bếp", "sạt lở, sập"),
        ("Có người mắc kẹt dưới hầm", "người gặp nạn"),
        ("Hai nhóm cầm mã tấu chém nhau giữa chợ", "bạo lực đang xảy ra"),
        ("cứu với, ca nô đâu", "kêu cứu"),
        ("Two hikers are trapped behind the waterfall", "emergency in English"),
    ],
)
def test_danger_is_found_and_named_with_and_without_accents(text: str, danger: str) -> None:
    assert danger in dangers(text)
    assert danger in dangers(fold(text))


@pytest.mark.parametrize(
    "text",
    [
        "Đám cháy đã được dập tắt, xin cảm ơn các anh",
        "Hiện không còn cháy lớn nữa",
        "Nguy cơ cháy rừng rất cao, đề nghị phát quang",
        "Diễn tập chữa cháy nhà cao tầng sáng mai",
        "Cột đèn hỏng, bóng đèn bị cháy đã ba hôm",
        "Nếu nước lũ về thì ai chịu trách nhiệm",
        "Xe chạy nhà nghỉ ra vào cả đêm",
    ],
)
def test_what_is_over_feared_or_something_else_is_no_alarm(text: str) -> None:
    assert dangers(text) == []


def test_what_begins_again_is_an_alarm_whatever_was_over() -> None:
    assert dangers("Đám cháy đã dập tắt lúc chiều nay bùng lại rồi") == ["cháy, nổ"]


def test_a_likely_phrase_needs_a_word_of_haste_near_it() -> None:
    assert dangers("Nhà máy bị ngộ độc nhiều lần") == []
    assert dangers("Ngộ độc, đưa đi bệnh viện gấp") == ["người gặp nạn"]
    assert dangers("Ngộ độc " + "và nhiều chuyện khác nữa " * 5 + "gấp") == []


def test_an_alarm_quotes_the_residents_own_words() -> None:
    assert [alarm.words for alarm in alarms(line_of("ho ca lop cay DANG CHAY"))] == ["dang chay"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ĐƠN TỐ CÁO. Kính gửi Chi cục Kiểm lâm", "đơn tố cáo"),
        ("Toi lam don khieu nai quyet dinh thu hoi dat", "don khieu nai"),
        ("Gia đình tôi khiếu nại quyết định số 12", "tôi khiếu nại"),
    ],
)
def test_a_formal_act_is_recognised_by_its_set_phrases(text: str, words: str) -> None:
    assert formal_act(line_of(text)) == words


@pytest.mark.parametrize(
    "text",
    [
        "Thái độ cán bộ một cửa rất tệ",
        "Cho hỏi đơn khiếu nại nộp ở đâu",
        "Thủ tục làm đơn khiếu nại thế nào",
        "Không phải đơn tố cáo, chỉ góp ý",
    ],
)
def test_grumbling_or_asking_about_an_act_is_none(text: str) -> None:
    assert formal_act(line_of(text)) is None
