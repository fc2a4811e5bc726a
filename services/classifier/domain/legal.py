"""Formal complaints (khiếu nại) and denunciations (tố cáo), which the law sends down a track of their own.

A resident who grumbles at a clerk sends a report; one who contests a decision or denounces a person makes a formal
act. The act shows in its set phrases; to teach it more, add a phrase.
"""

from services.classifier.domain.phrases import Phrases, around, first
from services.classifier.domain.words import Line

FORMAL_ACTS = Phrases.of(
    "đơn khiếu nại", "đơn tố cáo", "đơn tố giác", "đơn thư khiếu nại", "đơn thư tố cáo", "đơn này tố cáo",
    "đơn này khiếu nại", "khiếu nại quyết định", "khiếu nại về quyết định", "khiếu nại lần đầu", "khiếu nại lần hai",
    "khiếu nại lần thứ hai", "khiếu nại kết luận", "khiếu nại thông báo", "khiếu nại hành vi", "khiếu nại văn bản",
    "khiếu nại việc", "khiếu nại về việc", "khiếu nại kết quả", "khiếu nại phương án", "khiếu nại danh sách",
    "khiếu nại quy trình", "khiếu nại chủ", "tôi khiếu nại", "xin khiếu nại", "chúng tôi khiếu nại", "tôi tố cáo",
    "tui tố cáo", "em tố cáo", "xin tố cáo", "chúng tôi tố cáo", "tố cáo ông", "tố cáo bà", "tố cáo hành vi",
    "tố cáo cán bộ", "tố cáo chủ tịch", "tố cáo giám đốc", "tố cáo anh", "tố cáo chị", "tố cáo việc",
    "tố cáo về việc", "tố cáo công ty", "tố cáo trưởng", "tố cáo một", "tố cáo nhóm", "tố cáo đối tượng",
    "tố cáo chủ", "tố cáo đích danh", "formal complaint", "formally denounce",
)  # fmt: skip

NOT_AN_ACT = Phrases.of(
    "không", "chưa", "thủ tục", "hướng dẫn", "hỏi", "trả lời", "giải quyết", "tiếp nhận", "mẫu", "tổng đài",
    "hotline", "sẽ", "làm sao", "cách", "quyền", "luật",
)  # fmt: skip
"""Words shortly before such a phrase that make it talk about an act, not the act itself."""

WORDS_BEFORE = 3


def formal_act(line: Line) -> str | None:
    """Return the words that make the text a formal complaint or denunciation, or none."""
    found = first(
        found
        for found in FORMAL_ACTS.find_in(line)
        if not NOT_AN_ACT.are_in(around(line, found, words_before=WORDS_BEFORE, words_after=0)[0])
    )
    return None if found is None else line.written[found.start : found.end]
