"""What the values of events are called on every screen: Vietnamese first, English second."""

from collections.abc import Mapping

Pair = tuple[str, str]

KINDS: Mapping[str, Pair] = {
    "report": ("Phản ánh", "Report"),
    "suggestion": ("Kiến nghị", "Suggestion"),
    "question": ("Câu hỏi", "Question"),
    "complaint_denunciation": ("Khiếu nại, tố cáo", "Complaint or denunciation"),
    "thanks": ("Cảm ơn", "Thanks"),
    "not_feedback": ("Không phải phản ánh", "Not feedback"),
}
URGENCIES: Mapping[str, Pair] = {
    "emergency": ("Khẩn cấp", "Emergency"),
    "high": ("Gấp", "Urgent"),
    "normal": ("Bình thường", "Normal"),
    "low": ("Không gấp", "Not urgent"),
}
CHANNELS: Mapping[str, Pair] = {
    "web": ("trang web", "web"),
    "app": ("ứng dụng", "app"),
    "sms": ("tin nhắn", "SMS"),
    "phone": ("điện thoại", "phone"),
    "email": ("thư điện tử", "e-mail"),
    "api": ("hệ thống khác", "another system"),
}
PLACED_BY: Mapping[str, Pair] = {
    "pin": ("theo vị trí gửi kèm", "by the position sent"),
    "unit_named": ("theo nơi người dân chọn", "by the unit the resident chose"),
    "text": ("theo địa danh trong nội dung", "by place names in the text"),
    "province_desk": ("chưa xác định được", "could not be found"),
}
