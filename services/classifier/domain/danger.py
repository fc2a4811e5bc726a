"""Danger to life, found by phrases beside the model: a false alarm is cheaper than a miss.

To teach it more, add a phrase to a row of `DANGERS`, or a row. A phrase of `alone` is enough by itself, one of
`in_haste` only near a word of `HASTE` ("gấp", "đang", "vừa" ...). Neither counts when words near it say that it is
over, feared, denied or past (`OVER`, `NOT_NOW`), unless the text also says that it has begun again (`AGAIN`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from services.classifier.domain.phrases import Found, Phrases, around, first
from services.classifier.domain.words import Line


@dataclass(frozen=True, slots=True)
class Danger:
    """One way to be in danger: its name on the screen, and the phrases that tell of it."""

    name: str
    alone: Phrases
    in_haste: Phrases


@dataclass(frozen=True, slots=True)
class Alarm:
    """A danger and the resident's own words that told of it."""

    danger: str
    words: str


DANGERS: tuple[Danger, ...] = (
    Danger(
        name="cháy, nổ",
        alone=Phrases.of(
            "đang cháy", "cháy nhà", "nhà cháy", "cháy lớn", "cháy to", "cháy dữ dội", "bốc cháy", "phát cháy",
            "lửa lan", "cháy rừng", "rừng cháy", "rừng đang cháy", "lửa bốc", "lửa đang", "đám cháy", "cháy chợ",
            "chợ cháy", "cháy kho", "kho cháy", "cháy xưởng", "xưởng cháy", "cháy quán", "cháy phòng trọ",
            "cháy chung cư", "cháy tủ điện", "cháy trạm điện", "cháy trụ điện", "hỏa hoạn", "nổ bình gas",
            "bình gas nổ", "nổ bình ga", "nổ lớn", "phát nổ", "khói đen nghịt", "khói đen bốc", "khói đen đang",
            "xì gas", "rò rỉ gas", "rò gas", "gas xì", "tiếng nổ",
        ),
        in_haste=Phrases.of(
            "cháy", "bị cháy", "cháy lan", "cháy rẫy", "cháy xe", "xe cháy", "khói đen", "bình gas", "tóe lửa",
            "xẹt lửa", "nổ", "lửa", "mùi gas", "mùi ga", "bén lửa", "bom mìn", "quả bom", "đầu đạn", "mìn",
        ),
    ),
    Danger(
        name="điện giật, dây điện rơi",
        alone=Phrases.of(
            "bị điện giật", "điện giật chết", "dây điện đứt", "đứt dây điện", "dây điện bị đứt",
            "dây điện rơi xuống", "dây điện rớt", "dây cao thế đứt", "dây trung thế đứt", "dây hạ thế đứt",
            "dây điện nằm", "phóng điện", "rò điện", "rò rỉ điện", "nhiễm điện", "điện rò", "hở điện", "trụ điện đổ",
            "cột điện đổ", "trụ điện gãy", "cột điện gãy",
        ),
        in_haste=Phrases.of(
            "điện giật", "dây điện", "dây cáp điện", "chập điện", "cao thế", "trung thế", "trụ đèn", "tê tay",
        ),
    ),
    Danger(
        name="ngập lụt, lũ",
        alone=Phrases.of(
            "nước đang dâng", "nước dâng nhanh", "nước dâng cao", "nước lên nhanh", "nước lũ lên", "nước vô tới",
            "nước vào tới", "nước lên rất nhanh", "nước đang lên", "lũ về", "lũ đang về", "lũ quét", "lũ ống",
            "lũ cuốn", "nước cuốn", "bị cuốn trôi", "ngập tới mái", "ngập đến mái", "ngập tới nóc", "trên mái nhà",
            "trên nóc nhà", "leo lên mái", "leo lên nóc", "bị cô lập", "vỡ đê", "vỡ đập", "vỡ hồ", "đập sắp vỡ",
            "ngập ngang ngực", "ngập tới ngực", "ngập tới cổ", "ngập ngang cổ",
        ),
        in_haste=Phrases.of(
            "nước dâng", "nước lũ", "cô lập", "cuốn trôi", "xả lũ", "tràn đập", "thân đập", "mặt đập", "ngập sâu",
            "nước chảy xiết", "triều cường", "nước lên", "nước vô nhà", "nước vào nhà", "sóng đánh",
        ),
    ),
    Danger(
        name="sạt lở, sập",
        alone=Phrases.of(
            "đang sạt lở", "đang sạt", "sạt xuống nhà", "vùi lấp nhà", "bị vùi", "vùi lấp người", "sập nhà",
            "nhà sập", "sập cầu", "cầu sập", "đang sập", "sắp sập", "sập giàn giáo", "sập hầm", "hố tử thần",
            "đổ sập",
        ),
        in_haste=Phrases.of(
            "sạt lở", "lở núi", "núi lở", "vùi lấp", "sập", "sập tường", "hố sụt", "lún sụt", "sụp đường",
            "sụp xuống", "hố sâu", "sụt lún", "nứt tường", "vết nứt", "đá lăn", "đất đá", "đổ xuống",
        ),
    ),
    Danger(
        name="người gặp nạn",
        alone=Phrases.of(
            "đang mắc kẹt", "người mắc kẹt", "người bị kẹt", "người kẹt", "còn người kẹt", "còn kẹt", "kẹt trên lầu",
            "kẹt trên tầng", "kẹt dưới", "đang bị kẹt", "bất tỉnh", "nguy kịch", "hấp hối", "ngừng thở",
            "bị đuối nước", "đang đuối nước", "vừa đuối nước", "có người đuối nước", "tai nạn nghiêm trọng",
            "tai nạn chết người", "tai nạn giao thông nghiêm trọng", "người bị thương nặng", "rơi xuống hố",
            "rớt xuống hố", "lọt xuống hố", "rơi xuống cống", "lọt xuống cống", "lọt cống", "rớt xuống cống",
            "rơi xuống giếng", "rớt xuống giếng", "rớt giếng", "trôi sông", "chìm tàu", "tàu chìm", "ghe lật",
            "tàu lật", "lật thuyền", "thuyền lật", "ghe chìm", "tàu bị chìm", "đòi tự tử", "định tự tử", "nhảy cầu",
            "vỡ ối", "chuyển dạ khó", "đột quỵ", "ngộ độc hàng loạt", "nguy hiểm tính mạng",
            "nguy hiểm đến tính mạng",
        ),
        in_haste=Phrases.of(
            "mắc kẹt", "bị kẹt", "đuối nước", "ngất", "xỉu", "chảy máu", "khó thở", "co giật", "bị thương",
            "có người chết", "mất tích", "ngộ độc", "nôn ói", "ói mửa", "cùng nôn", "tiêu chảy", "tự tử",
            "chuyển dạ", "sản phụ", "cấp cứu", "xe cứu thương", "rắn cắn", "chó dại", "chó điên", "bị nhốt",
            "lạc trong rừng", "đi lạc", "xảy ra tai nạn", "chìm", "trôi dạt", "uống nhầm thuốc", "uống thuốc sâu",
            "uống thuốc cỏ", "ong vò vẽ", "chết máy",
        ),
    ),
    Danger(
        name="bạo lực đang xảy ra",
        alone=Phrases.of(
            "đang đánh nhau", "đang chém", "đang đánh vợ", "đang đánh con", "đang bị đánh", "chém nhau",
            "cầm mã tấu", "nổ súng", "cầm súng", "bắn nhau", "đòi giết", "dọa giết", "đâm người", "bị đâm", "kề dao",
            "dí dao", "cầm dao rượt", "cầm rựa rượt", "cầm dao đuổi", "cầm dao chạy", "bắt cóc", "đang bị hiếp",
        ),
        in_haste=Phrases.of(
            "đánh nhau", "cầm dao", "cầm rựa", "mã tấu", "tuýp sắt", "hung khí", "đánh vợ", "đánh con", "đánh đập",
            "bạo hành", "xâm hại", "ngáo đá", "đập phá", "hỗn chiến", "chém", "súng", "khống chế", "bị ép",
        ),
    ),
    Danger(
        name="kêu cứu",
        alone=Phrases.of(
            "cứu với", "kêu cứu", "cầu cứu", "xin cứu", "cứu người", "cần cứu hộ", "gọi cứu hộ", "cứu nạn",
            "cứu tụi", "cứu mẹ", "cứu con", "cứu gia đình", "cứu bà con", "trời ơi cứu", "cứu em", "cứu nó", "cứu e",
            "cứu chúng", "cứu tôi", "sos", "ca nô", "xuồng cứu hộ",
        ),
        in_haste=Phrases.of(
            "cứu hộ", "nguy cấp", "nguy hiểm lắm", "tính mạng",
        ),
    ),
    Danger(
        name="emergency in English",
        alone=Phrases.of(
            "is on fire", "fire is spreading", "are trapped", "is trapped", "are stuck", "is stuck", "is drowning",
            "unconscious", "electrocuted", "live wire", "gas leak", "explosion", "water is rising", "stabbed",
            "need rescue",
        ),
        in_haste=Phrases.of(
            "fire", "burning", "trapped", "landslide", "bleeding", "injured", "drowning", "sparks", "sparking",
        ),
    ),
)  # fmt: skip

HASTE = Phrases.of(
    "gấp", "gap", "ngay", "khẩn", "khan", "khẩn cấp", "hỏa tốc", "cứu", "cuu", "mau", "đang", "dang", "vừa", "vua",
    "sắp", "lien", "nhanh lên", "liền", "lập tức", "vừa mới", "tới liền", "xuống liền", "help", "urgent",
    "right now", "immediately", "hurry", "hiện đang", "lẹ", "trời ơi",
)  # fmt: skip
"""Words that call for haste or say that it is happening."""

OVER = Phrases.of(
    "đã dập tắt", "đã được dập tắt", "dập tắt xong", "dập tắt được", "đã dập", "dập đám cháy", "đã tắt",
    "đã khống chế", "được khống chế", "khống chế được", "đã được cứu", "đã cứu được", "đã cứu", "đã được đưa",
    "đã khắc phục", "được khắc phục", "đã xử lý xong", "đã rút", "đã an toàn", "nay đã ổn", "rất may", "may mà",
    "may là", "may sao", "cảm ơn", "cám ơn", "biết ơn", "đã qua cơn",
)  # fmt: skip
"""Words near a danger that say it is over."""

NOT_NOW = Phrases.of(
    "không", "khong", "không còn", "chưa", "chua", "hết", "nguy cơ", "dễ", "sợ", "lo sợ", "lo ngại", "nếu", "lỡ",
    "nhỡ", "phòng", "chống", "phòng chống", "tránh", "có thể", "để khỏi", "khỏi", "diễn tập", "tập huấn",
    "tuyên truyền", "từng", "trước đây", "năm ngoái", "năm trước", "hồi năm", "năm nào", "mùa trước", "tháng trước",
    "tuần trước", "đêm qua", "kẻo", "coi chừng", "mỗi khi", "mỗi lần", "hễ", "sau khi", "sau vụ", "vụ", "cảnh báo",
    "số điện thoại", "gọi số", "thiệt hại do", "sau trận", "sau đợt", "khoa", "cổng", "mùa", "bóng", "bóng đèn",
    "đèn", "chữa", "trạm", "hè nào", "ai cũng", "chờ", "rượu", "đội",
)  # fmt: skip
"""Words shortly before a danger that say it is feared, denied, past, practised or something else."""

AGAIN = Phrases.of(
    "bùng lại", "bùng phát lại", "bùng cháy lại", "cháy lại", "vẫn còn cháy", "vẫn đang cháy", "chưa tắt",
    "chưa dập",
)  # fmt: skip
"""Words that undo the all-clear."""

WORDS_BEFORE = 4
WORDS_AFTER = 14
HASTE_WITHIN = 14


def alarms(line: Line, *, dangers: Sequence[Danger] = DANGERS) -> tuple[Alarm, ...]:
    """Find what endangers life now; at most one alarm for each danger, in the order of the table."""
    raised = []
    for danger in dangers:
        found = _sure(danger, line) or _likely(danger, line)
        if found is not None:
            raised.append(Alarm(danger=danger.name, words=line.written[found.start : found.end]))
    return tuple(raised)


def _sure(danger: Danger, line: Line) -> Found | None:
    if danger.alone.keys.isdisjoint(line.keys):
        return None
    return first(found for found in danger.alone.find_in(line) if not _talked_down(line, found))


def _likely(danger: Danger, line: Line) -> Found | None:
    if danger.in_haste.keys.isdisjoint(line.keys):
        return None
    return first(
        found for found in danger.in_haste.find_in(line) if _hurried(line, found) and not _talked_down(line, found)
    )


def _hurried(line: Line, found: Found) -> bool:
    before, after = around(line, found, words_before=HASTE_WITHIN, words_after=HASTE_WITHIN)
    return HASTE.are_in(before) or HASTE.are_in(after)


def _talked_down(line: Line, found: Found) -> bool:
    before, after = around(line, found, words_before=WORDS_BEFORE, words_after=WORDS_AFTER)
    calmed = NOT_NOW.are_in(before) or OVER.are_in(before) or OVER.are_in(after)
    return calmed and not AGAIN.are_in(line)
