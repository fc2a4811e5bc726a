"""Formal complaints (khiếu nại) and denunciations (tố cáo), which the law sends down a track of their own.

A resident who grumbles at a clerk sends a report; one who contests a decision or denounces a person makes a formal
act. It shows in set phrases ("đơn tố cáo"), in a word of the law with what it is aimed at near it ("khiếu nại ...
quyết định"), or in substance: a decision that shall be revoked, a crime of office that shall be punished. To teach it
more, add a phrase to a table.
"""

from services.classifier.domain.phrases import Doubt, Phrases, Sign, Watch
from services.classifier.domain.words import Line

DECISIONS = Phrases.of(
    """quyết định, qđ, qd, thông báo, kết luận, biên bản, phương án, văn bản, giấy chứng nhận, lệnh gọi,
    kết quả xét, danh sách hộ, bản án, giấy phép, hành vi hành chính, xử phạt, cưỡng chế, thu hồi đất, kỷ luật,
    buộc thôi việc, buộc thôi học, mức bồi thường, giá đất, giá đền bù, giá bồi thường, giấy phạt"""
)

OFFICIALS = Phrases.of(
    """cán bộ, chủ tịch, phó chủ tịch, bí thư, trưởng thôn, trưởng buôn, trưởng ban, phó ban, trưởng phòng,
    phó phòng, tổ trưởng, đội trưởng, trưởng trạm, giám đốc, phó giám đốc, hiệu trưởng, phó hiệu trưởng, kế toán,
    thủ quỹ, địa chính, kiểm lâm, công an, công an viên, thanh tra, chủ nhiệm, thầy, trạm trưởng, công chức,
    tư pháp, hội đồng, ban quản lý, thôn trưởng, đội quản lý, chủ đầu tư, nhà thầu, hợp tác xã, nông trường,
    lâm nghiệp, chi cục, bà hộ lý, bác sĩ, lãnh đạo, ông, bà, anh, chị"""
)

COMPLAINS_OF = Phrases.of(
    """quyết định, qđ, qd, thông báo, kết luận, biên bản, phương án, văn bản, lần đầu, lần hai, lần 1, lần 2,
    lần thứ, hành vi, việc, về việc, bồi thường, đền bù, thu hồi, xử phạt, phạt, cưỡng chế, kỷ luật, mức hỗ trợ,
    mức bồi thường, tiền bồi thường, giấy chứng nhận, sổ đỏ, danh sách, xếp loại, hội đồng, ubnd, ủy ban, xã,
    chủ tịch, bảo hiểm xã hội, cơ quan, trợ cấp, tiền tuất, chế độ, lệnh gọi, tái định cư, kết quả, tuyển dụng,
    thuế, hộ nghèo, quy trình, theo luật, lên tỉnh, lên trên, tiếp lên, lên chủ tịch, đòi bồi thường, chủ,
    công an, hiệu trưởng, bản án, vi phạm, trái luật, trái pháp luật, không thụ lý, ban quản lý, dự án, đuổi học,
    tiền hỗ trợ, thay mẹ, thay cha, toàn bộ, chuyện công ty"""
)

DENOUNCES = Phrases.of(
    """cán bộ, chủ tịch, phó chủ tịch, bí thư, trưởng, phó, tổ trưởng, đội trưởng, giám đốc, hiệu trưởng, kế toán,
    thủ quỹ, thủ kho, kiểm lâm, công an, công chức, chủ, chủ nhiệm, thầy, cô, ông, bà, anh, chị, nguyên, một,
    nhóm, đối tượng, người, hành vi, việc, về việc, công ty, đơn vị, nhà thầu, tham ô, nhận tiền, khai khống,
    đích danh, cả hai, chuyện này, điều này, đội, ban, viên, địa chính, bác sĩ, nhân viên, ổ, tiếp, với cơ quan,
    đúng sự thật, trên là đúng, nhân, cơ sở"""
)

REVOKE = Phrases.of(
    """hủy, hủy bỏ, thu hồi, bãi bỏ, đình chỉ, rút lại, xem xét lại, sửa quyết định, điều chỉnh lại, ra lại,
    tạm ngưng thi hành, không thi hành, hoãn, bác bỏ, xét lại, xem lại, coi lại, khôi phục, huỷ, huỷ bỏ, vô hiệu"""
)

DEMANDS = Phrases.of(
    "đề nghị, yêu cầu, xin, kính đề nghị, mong, đòi, de nghi, yeu cau, kính mong, buộc, tôi yêu cầu, nay, kính xin"
)

CONTESTED = Phrases.of(
    """quyết định, qđ, qd, thông báo, kết luận, biên bản, phương án, giấy chứng nhận, giấy phép xây dựng,
    sổ cấp sai, công văn, danh sách bình xét, kết quả bình xét, kết quả tuyển dụng, kết quả đo đạc, cái phạt,
    giấy phép này, kết quả giải quyết, cưỡng chế, thi hành, giá đất, mức này, mức bồi thường, văn bản, mức giá,
    xếp loại, xử phạt, giá, quyết định đó, kết quả kiểm tra, kết quả thanh tra"""
)

REFUSES = Phrases.of(
    """không đồng ý, không chấp nhận, không đồng tình, không công nhận, không chấp hành, không nhất trí, phản đối,
    kháng nghị, k đồng ý, không thừa nhận, không thống nhất, không bằng lòng, không phục, không nghe, kháng cáo,
    bất phục, kêu oan, dân không phục"""
)

CRIMES = Phrases.of(
    """tham ô, tham nhũng, nhận hối lộ, hối lộ, nhận tiền, nhận phong bì, vòi tiền, ăn chặn, ăn bớt, rút ruột,
    khai khống, lập khống, kê khống, kê giá, cắt xén, giả mạo chữ ký, giả chữ ký, giả mạo, làm giả, hồ sơ giả,
    lập hồ sơ giả, ký thay, ký khống, bao che, thông đồng, câu kết, cấu kết, móc nối, chiếm đoạt, chiếm giữ,
    biển thủ, xà xẻo, lạm quyền, lợi dụng chức vụ, lạm thu, lấy tiền, bỏ túi, đòi tiền, đưa tiền, chung chi,
    bảo kê, trù dập, trả thù, gian dối, gian lận, lấn rừng, lấn đất, phá rừng, cố ý, tư lợi, nâng khống, đứng tên,
    thổi giá, sai đối tượng, giữ lại, sửa điểm, chạy trường, chạy việc, mua chuộc"""
)

PUNISH = Phrases.of(
    """xử lý hình sự, khởi tố, điều tra, làm rõ, xử lý nghiêm, xử lý hành vi, tố, truy cứu, truy tố, thanh tra,
    chịu trách nhiệm, cách chức, xác minh, kỷ luật, cơ quan điều tra, vào cuộc, lời tố, có bằng chứng, có ghi âm,
    có chứng cứ, đơn có chữ ký, ký đơn"""
)

FORMAL_ACTS = (
    Sign(
        Phrases.of(
            """đơn khiếu nại, đơn tố cáo, đơn tố giác, đơn thư khiếu nại, đơn thư tố cáo, đơn khởi kiện,
            đơn khiếu kiện, đơn kiến nghị khởi tố, đơn kêu oan, đơn yêu cầu hủy, đơn tố, đơn khiếu tố,
            tôi khiếu nại, tui khiếu nại, em khiếu nại, con khiếu nại, cháu khiếu nại, xin khiếu nại,
            chúng tôi khiếu nại, gia đình khiếu nại, nay khiếu nại, đồng khiếu nại, gửi khiếu nại lên, muốn kn,
            người khiếu nại, người bị khiếu nại, nội dung khiếu nại, khiếu nại tiếp, khiếu nại thay,
            khiếu nại quyết định, khiếu nại việc, khiếu nại về việc, khiếu nại hành vi, khiếu nại lần đầu đối,
            khiếu nại lần hai, khiếu nại lần 2, kn lần 2, kn qđ, kn qd, kn quyết định, kn bồi thường""",
            """tôi tố cáo, tui tố cáo, xin tố cáo, chúng tôi tố cáo, người bị tố cáo, thưa kiện, =đơn thưa,
            =tui thưa, =tôi thưa, =đi thưa, thưa lên tỉnh, thưa tới, thưa vụ, thưa ổng, tôi kiện, tui kiện,
            để kiện, tui tố, =tôi tố, tố ổng, =tố ông, =mình tố, tố đích danh, chính thức khiếu nại,
            đây là khiếu nại, là đơn khiếu nại, khiếu nại văn bản, khiếu nại công văn, khiếu nại biên bản,
            khiếu nại kết luận, khiếu nại thông báo, khởi kiện quyết định, khởi kiện hành vi, khởi kiện ubnd,
            khởi kiện chủ tịch, kiện ra tòa hành chính, v v khiếu nại""",
            """formal complaint, formally denounce, formally appeal, appeal against decision,
            appeal against the decision, complaint about the decision, complaint against decision,
            hereby denounce, hereby complain, instance complaint, file a denunciation against, annul the decision,
            denunciation against, complaint against the decision, we denounce, i denounce, i appeal, we appeal""",
        )
    ),
    Sign(Phrases.of("khiếu nại, kiếu nại, khiêu nại, kn, khiếu kiện, phản đối"), ((COMPLAINS_OF, 5),)),
    Sign(Phrases.of("tố cáo, tố giác")),
    Sign(Phrases.of("=tố, đâm đơn, đứng đơn"), ((DENOUNCES, 2),)),
    Sign(REVOKE, ((CONTESTED, 4), (DEMANDS, 5))),
    Sign(REFUSES, ((CONTESTED, 5),)),
    Sign(CRIMES, ((PUNISH, 25),)),
)

TALKED_ABOUT = Phrases.of(
    """không, khong, chưa, không làm, thủ tục, hướng dẫn, hỏi, trả lời, giải quyết, tiếp nhận, mẫu, tổng đài,
    hotline, sẽ, làm sao, cách, quyền, luật, nộp, gửi nhầm, muốn, nút, hộp thư, được, phải, trang, rút, hệ thống,
    số điện thoại, biên nhận, thời hạn, mã hồ sơ, nhận, thư, đội, để, khi"""
)
"""Words shortly before such a sign that make it talk about an act, not the act itself."""

COMPANIES = Phrases.of(
    """nhà mạng, gói cước, hãng, shop, bảo hiểm nhân thọ, công ty bảo hiểm, cửa hàng online, bưu điện, giao hàng,
    ngân hàng, trọng tài, tổng đài, hotline, điện lực"""
)
"""Private companies and their like: a complaint to one is none to an authority."""

DOUBTS = (Doubt(TALKED_ABOUT, before=3), Doubt(COMPANIES, after=5))

NO_ACT = Phrases.of(
    """thế nào, ra sao, bao lâu, bao giờ, khi nào, chừng nào, được không, có được không, đúng không, phải không,
    không ạ, dc k, có mất phí, lệ phí, nghe nói, muốn biết, đến đâu rồi, tới đâu rồi, xong chưa, tình trạng xử lý,
    trạng thái, tra cứu, tiếp nhận ngày, thì bảo chờ, đã giải quyết dứt điểm, giải quyết xong, xong rồi,
    bảo vệ người tố cáo, quy chế, tập huấn, phần mềm, giả danh, cảnh giác, khỏi thưa, cho tui thưa, khen,
    khen thưởng, cam on xa, cảm ơn phường, cảm ơn xã, hòa giải giúp, cho hỏi, xin hỏi, em hỏi, e hỏi, hỏi nộp,
    nộp ở đâu, gửi ở đâu, báo ở đâu, mấy ngày, có được giải quyết, nhờ tư vấn, số điện thoại, không khiếu nại,
    không tố cáo, không làm đơn, không phải tố cáo, phải tố cáo, mã hồ sơ, có phải nộp, cần giấy gì, mẫu đơn,
    cơ quan nào đứng ra, cho cơ quan nào, gửi cho ai, where do i, what happened, which office, xin bản sao,
    nộp nhầm, đồng ý với phương án, =đồng ý giá, rút đơn, rút quyết định, phạt rồi, bước tiếp theo,
    thời hạn giải quyết, hướng dẫn khiếu nại, đã giải quyết cho, cảm ơn thanh tra, cảm ơn chủ tịch"""
)
"""Words that make the whole text a question, thanks or a private matter."""

_WATCH = Watch.of(FORMAL_ACTS)


def formal_act(line: Line) -> str | None:
    """Return the words that make the text a formal complaint or denunciation, or none."""
    if _WATCH.passes_over(line) or NO_ACT.are_in(line.meant):
        return None
    places = _WATCH.find_in(line)
    acts = (
        found
        for sign in FORMAL_ACTS
        if sign.words in places
        for found in sign.find_in(line, places[sign.words])
        if not any(doubt.undoes(line, found) for doubt in DOUBTS)
    )
    act = next(acts, None)
    return line.quote(*act) if act else None
