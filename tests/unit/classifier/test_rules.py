"""Danger and formal acts, found by signs."""

import pytest

from services.classifier.domain.danger import alarms
from services.classifier.domain.danger_signs import DANGERS
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
        ("Khói đen bốc lên từ tầng hầm, còn người bên trong", "cháy, nổ"),
        ("Mùi gas nồng nặc, bình gas nhà kế bên xì", "cháy, nổ"),
        ("Công nhân đào trúng quả bom, đang tò mò gõ thử", "cháy, nổ"),
        ("Chú thợ điện bị điện giật nằm trên mái tôn", "điện giật, dây điện rơi"),
        ("Nước tới ngực rồi mà bà nội không đi được", "ngập lụt, lũ"),
        ("Xin xuồng vô chở hai cụ già ra, nước còn lên", "ngập lụt, lũ"),
        ("Thuyền lật giữa đầm, mấy người đang bám vào can nhựa", "nạn trên sông, biển"),
        ("Cháu trai đuối nước ở bãi sau, mới vớt lên", "nạn trên sông, biển"),
        ("Giàn giáo sập, ba anh thợ bị đè dưới đống sắt", "sạt lở, sập"),
        ("Bà cụ ngã cầu thang bất tỉnh, gọi 115 không được", "người gặp nạn"),
        ("Em gái tôi uống thuốc trừ sâu, đang sùi bọt mép", "người gặp nạn"),
        ("Cháu bé rơi xuống giếng, nghe tiếng khóc", "người gặp nạn"),
        ("Vợ tôi chuyển dạ, xe kẹt giữa đường ngập", "người gặp nạn"),
        ("Nó đòi nhảy lầu, không ai dám lại gần", "người gặp nạn"),
        ("Xe chở amoniac lật, khói trắng làm dân ngạt, đang chạy", "khí độc, hóa chất"),
        ("Có thằng vác rựa đập cửa nhà tôi, công an tới ngay", "bạo lực đang xảy ra"),
        ("Kẻ lạ lôi bé gái lên xe chạy mất", "bạo lực đang xảy ra"),
        ("Gia đình tôi bị bao vây, xin cứu người", "kêu cứu"),
        ("My neighbour is unconscious, please send an ambulance", "emergency in English"),
    ],
)
def test_danger_is_found_and_named_with_and_without_accents(text: str, danger: str) -> None:
    assert danger in dangers(text)
    assert danger in dangers(fold(text).upper())


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
        "Mới giữa tháng mà cháy túi rồi",
        "Trạm sạc xe điện đông quá, chờ cả tiếng",
        "Dây điện cũ, đề nghị thay mới trước mùa mưa",
        "Tháng trước có người bị điện giật ở đây, giờ trụ vẫn hở",
        "Năm ngoái nước dâng tới mái, xin hỏi năm nay sơ tán ở đâu",
        "Ngập đầu trong hồ sơ",
        "Bờ kè có nguy cơ sạt lở, đề nghị khảo sát",
        "Giá tiêu rớt thảm, nông dân kêu cứu",
        "Kẹt xe trước cổng trường mỗi chiều",
        "Chờ giấy phép mệt muốn xỉu",
        "Đề xuất mở lớp dạy bơi để phòng đuối nước",
        "Mẹ tôi đột quỵ nhưng may mà đã qua khỏi",
        "Quán này chặt chém khách du lịch",
        "Phim chiếu ở rạp toàn cảnh đâm chém, tư vấn giúp độ tuổi được xem",
        "xin tu van thu tuc nhap ho khau",
        "may bom chay ca ngay ma ruong van kho",
        "The street light has been off since Monday",
    ],
)
def test_what_is_over_feared_past_or_something_else_is_no_alarm(text: str) -> None:
    assert dangers(text) == []
    assert dangers(fold(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "nha toi chay, lua bung len toi mai",
        "nc lên tới cổ r, e vs ngoại trên gác, cứuuu",
        "CUU VOI KET TRONG NHA KHONG RA DC",
        "co 4 ng mac ket tren lau, nc van len",
        "mạ tui ngất, răng kêu hoài không dậy, chừ biết làm chi",
        "u tôi méo miệng, liệt nửa người rồi",
        "ba tui té giếng, hổng kéo lên được",
    ],
)
def test_haste_dialect_and_short_spellings_hide_no_danger(text: str) -> None:
    assert dangers(text)


def test_what_begins_again_is_an_alarm_whatever_was_over() -> None:
    assert dangers("Đám cháy đã dập tắt lúc chiều nay bùng lại rồi") == ["cháy, nổ"]


def test_another_day_silences_a_sign_unless_somebody_cries_for_help() -> None:
    assert dangers("Năm trước hai người bị nước cuốn ở đây") == []
    assert "ngập lụt, lũ" in dangers("Năm trước hai người bị nước cuốn ở đây, giờ thêm một người, cứu với")


def test_a_likely_phrase_needs_company_near_it() -> None:
    assert dangers("Nhà máy bị ngộ độc nhiều lần") == []
    assert dangers("Ngộ độc, đưa đi bệnh viện gấp") == ["người gặp nạn"]
    assert dangers("Ngộ độc " + "và nhiều chuyện khác nữa " * 5 + "gấp") == []


def test_a_denial_reaches_only_the_words_right_after_it() -> None:
    assert dangers("không bị điện giật") == []
    assert dangers("gọi hoài không được, nhà cháy") == ["cháy, nổ"]


def test_an_alarm_quotes_the_residents_own_words() -> None:
    assert [alarm.words for alarm in alarms(line_of("ho ca lop cay DANG CHAYYY"))] == ["dang chayyy"]


def test_a_danger_is_told_once_by_its_first_sign() -> None:
    told = alarms(line_of("Nhà cháy, cháy lớn, lửa lan sang chợ"))
    assert [alarm.danger for alarm in told] == ["cháy, nổ"]
    assert told[0].words == "nhà cháy"


def test_every_danger_has_a_name_of_its_own() -> None:
    names = [danger.name for danger in DANGERS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ĐƠN TỐ CÁO. Kính gửi Chi cục Kiểm lâm", "đơn tố cáo"),
        ("Toi lam don khieu nai quyet dinh thu hoi dat", "don khieu nai"),
        ("Gia đình tôi khiếu nại quyết định số 12", "tôi khiếu nại"),
    ],
)
def test_a_formal_act_is_quoted_in_the_residents_own_words(text: str, words: str) -> None:
    assert formal_act(line_of(text)) == words


@pytest.mark.parametrize(
    "text",
    [
        "Khiếu nại mức bồi thường đất rẫy, đo thiếu hai sào",
        "kn qđ phạt 4 triệu, tôi không vi phạm",
        "Tố cáo ông trưởng buôn ăn chặn tiền cứu trợ",
        "Tôi xin thưa kiện việc xã lấy đất của mẹ tôi",
        "Không đồng ý với kết luận thanh tra số 9",
        "Yêu cầu hủy bỏ quyết định cưỡng chế nhà tôi",
        "Bà kế toán làm giả hồ sơ lấy tiền của dân, đề nghị khởi tố",
        "Khởi kiện quyết định thu hồi giấy chứng nhận",
        "Khiếu nại lần hai lên Chủ tịch tỉnh",
        "I formally appeal against decision 12 of the ward",
    ],
)
def test_a_formal_act_is_recognised_by_name_or_in_substance_with_and_without_accents(text: str) -> None:
    assert formal_act(line_of(text)) is not None
    assert formal_act(line_of(fold(text))) is not None


@pytest.mark.parametrize(
    "text",
    [
        "Thái độ cán bộ một cửa rất tệ",
        "Cho hỏi đơn khiếu nại nộp ở đâu",
        "Thủ tục làm đơn khiếu nại thế nào",
        "Không phải đơn tố cáo, chỉ góp ý",
        "Tôi khiếu nại shop bán giày vì giao nhầm cỡ",
        "Hotline khiếu nại của bến xe không ai bắt máy",
        "Bao giờ có quyết định giải quyết khiếu nại của tôi",
        "Tôi không tố cáo ai, chỉ mong anh ấy nhẹ lời",
        "Yếu tố thời tiết quyết định năng suất",
        "Con đường xuống cấp, đề nghị sửa",
        "Cảm ơn xã đã giải quyết đơn khiếu nại",
    ],
)
def test_grumbling_asking_thanking_or_complaining_to_a_company_is_none(text: str) -> None:
    assert formal_act(line_of(text)) is None
    assert formal_act(line_of(fold(text))) is None
