"""What undoes a sign of danger, as tables: other meanings, denial, fear, habit, another day; and what undoes that."""

from services.classifier.domain.phrases import Doubt, Phrases

SOMETHING_ELSE = Phrases.of(
    """chữa cháy, phòng cháy, báo cháy, dễ cháy, chống cháy, gây cháy, bóng cháy, đèn cháy, bóng đèn cháy,
    cháy bóng, cháy túi, cháy hàng, =cháy vé, cháy nắng, =cháy lá, cháy khô, cháy máy, cháy mô tơ, cháy tủ lạnh,
    cháy ti vi, cháy cầu chì, cháy phố, =cháy hết, =cháy lúa, đốt lửa trại, bếp lửa, lửa đỏ, tàu lửa, xe lửa,
    đường lửa, cản lửa, máy nổ, nổ máy, pô nổ, pô xe nổ, nổ như, như súng, bùng nổ, nổ mìn, bắn mìn, mìn phá đá,
    khói bụi, khói thuốc, khói xe, khói xả, xả khói, bom tấn, =chạy đua""",
    """kẹt xe, kẹt tiền, kẹt cứng, kẹt đường, kẹt vốn, kẹt kim, kẹt phai, kẹt giấy, xen kẹt, hay kẹt,
    chết máy giữa, muốn xỉu, muốn chết, mệt muốn, ngập đầu, ngập rác, ngập tràn, chặt chém, chém khách, chém gió,
    như chém, sốt giá, sốt đất, bê tông, xi măng, đổ bê tông, đổ đất, đổ rác, đổ đá, đổ xà bần, xã đông,
    cướp vỉa hè, nhảy việc, nhảy giá, rớt giá, rớt mạng, rơi vãi, rơi rụng, rớt sóng, bị cán bộ, bất động sản,
    lở mồm, lở loét, lở cổ, sụt áp, sập nguồn, sập mạng, sập web, sập bẫy, sập điện, sập tiệm, lật lọng, lật đật,
    lật kèo, giật mình, giật cọc, giật gân, giật hụi, giật đồ, chập chờn, vàng lá, trôi nổi, trôi chảy, đánh giá,
    đánh bắt, đánh bạc, đánh số, đánh máy, đánh đố, đánh thuế, đánh bóng, đánh thức, đánh đề, dao động, dao thái,
    bán dao, súng bắn tốc độ, súng nước, súng đồ chơi, đạn lạc, gục ngã, đẻ non, đẻ nhánh, máu nóng, nóng máu,
    máu chó, xương máu, đuổi việc, theo đuổi, lạc hậu, lạc đề, mất hút, đuối lý, cắn răng, bom mìn còn sót từ,
    sinh hoạt, sinh viên, học sinh, vệ sinh, sinh sống, phát sinh, dây dưa, điên đảo, tông màu, thánh giá""",
    """cứu trợ, cứu lấy, cứu cánh, cứu xét, nghiên cứu, tra cứu, cứu nông dân, cứu vườn, cứu cây, cứu lúa,
    cứu tôm, cứu cá, cứu ruộng, cứu tài khoản, cứu nguy cho, cứu hộ giao thông, chòi cứu hộ, cứu rừng, cứu đàn,
    cứu sông, cứu hồ, cứu suối, cứu mùa, cứu cà phê, cứu hạn, cứu đói, cựu chiến binh, khoa cấp cứu,
    phòng cấp cứu, cổng cấp cứu, khu cấp cứu, giả danh, cấp cứu đòi, kêu cứu khắp, kêu cứu nhiều, cầu cứu nhiều,
    kêu cứu như, máy bơm, trạm bơm, bơm nước, bơm xăng, giá cà phê, chích điện bắt, chém giá, kẹt cổng, kẹt cầu,
    cầu thang gãy, gia ca, =chai dầu, khẩn trương""",
)
"""Words that mean something else together, whichever of them a sign stands on."""

OVER = Phrases.of(
    """đã dập tắt, đã được dập tắt, dập tắt xong, dập tắt được, đã dập xong, dập xong, đã tắt, tự dập,
    đã khống chế, được khống chế, khống chế được, đã được cứu, đã cứu được, đã cứu, đã được đưa, đã khắc phục,
    được khắc phục, đã xử lý xong, đã rút, nước rút rồi, đã an toàn, về an toàn, nay đã ổn, đã ổn, rất may,
    may mà, may là, may sao, may mắn, biết ơn, tri ân, đã qua cơn, qua khỏi, xuất viện, đã chích ngừa,
    người không sao, không ai bị gì, không ai bị thương, không sao rồi, không sao hết, trúng ai, tin đồn, tin giả,
    người về rồi, tỉnh lại, tắt ngấm, tự tắt, kịp thời, mẹ tròn con vuông, không còn nguy hiểm, hết nguy hiểm"""
)

DENIED = Phrases.of("không, khong, chưa, chua, hết, het, khỏi, chẳng, như, tưởng")

DENIED_AT_LENGTH = Phrases.of(
    """không còn, không có, không phải, không bị, không để, chưa bị, chưa có, chưa xảy ra, đâu có, hổng có,
    hết bị, đã hết, khỏi bị, không ai bị, không phải do"""
)

FEARED = Phrases.of(
    """nguy cơ, dễ, dễ bị, sợ, lo, lo sợ, lo ngại, nếu, lỡ, nhỡ, phòng cháy, phòng chống, phòng ngừa, phòng khi,
    tránh, có thể, kẻo, coi chừng, có ngày, sớm muộn, trước khi, mỗi khi, mỗi lần, hễ, cứ mưa, khi mưa, khi có,
    mỗi đêm, hay, hay bị, thường, thường xuyên, năm nào, tuần nào, tháng nào, cảnh báo, vụ, sau vụ, chuyên, muốn,
    cách xử lý, thuốc trị, từng, hồi, thời, diễn tập, tập huấn, mấy lần, nhiều lần, do bị, từ khi, suýt, suyt,
    mém, tưởng, dạy, khi thấy, khi gặp, hôm"""
)

DOUBTS = (
    Doubt(OVER, before=16, after=16),
    Doubt(DENIED, before=1),
    Doubt(DENIED_AT_LENGTH, before=3),
    Doubt(FEARED, before=4),
)

ANOTHER_MATTER = Phrases.of(
    """=năm ngoái, từ năm ngoái, hồi năm ngoái, năm trước, năm kia, năm rồi, hồi năm, mùa trước, mùa rồi,
    tháng trước, tháng rồi, tuần trước, tuần rồi, tuần qua, hôm trước, bữa trước, bữa hổm, hôm bữa, hôm nọ,
    bữa nọ, hồi tháng, hồi đầu năm, trước đây, lần trước, đợt lũ, hôm lũ, sau lũ, sau bão, trận lũ, đợt bão,
    lũ năm, lũ tháng, cơn bão số, =trong bão, hồi trước, ngày trước, lâu nay, mấy năm, =ba năm, =hai năm, =0 năm,
    nhiều năm, từ lâu, hàng năm, hằng năm, quanh năm, năm nay, tháng nay, tuần nay, đến nay, mùa mưa, mùa khô,
    =mấy tháng, =ba tháng, =hai tháng, tháng rưỡi, hai tuần, ba tuần, mỗi tháng, mỗi năm, mỗi ngày, mỗi đêm,
    mỗi trưa, chiều nào, đêm nào, sáng nào, hàng ngày, thường xuyên, tai nạn hoài, nhiều lần, vụ trước, vụ rồi,
    hôm sau, tới giờ vẫn chưa, từ năm, last week, last year, last month, every""",
    """hôm thứ, thứ hai tuần, đợt vừa rồi, đợt vừa qua, vừa rồi, dạo này, gọi số nào, báo số nào, báo ai, báo đâu,
    bao o dau, đăng ký, lắp đặt, tái phát, đã báo, từng bị, diễn tập, tập huấn, tuyên truyền, hội thao, bài thi,
    lớp học bơi, dạy bơi, kỹ năng, thủ tục, hồ sơ, xin hỏi, cho hỏi, bao giờ, khi nào, chừng nào, đúng không,
    phải không, được không ạ, kết luận, bảo hiểm, bồi thường, đền bù, tiền hỗ trợ, mức hỗ trợ, bao nhiêu,
    quyên góp, ủng hộ, tài khoản, góp ý, đề xuất, kiến nghị, phản ánh, tố cáo, khiếu nại, biên bản, giấy phép,
    giấy tờ, danh sách, văn bản, thiệt hại, hợp đồng, trách nhiệm, hóa đơn, khảo sát, kiểm tra, dự án, nghiệm thu,
    quy định, xuống cấp, hư hỏng, đề nghị lắp, đề nghị gắn, đề nghị trang bị, đề nghị cấm, đề nghị làm,
    đề nghị xây, đề nghị tăng, đề nghị di dời, đề nghị nhắc nhở, đề nghị xử lý, đề nghị báo trước, xin gắn,
    xin lắp, xin làm, xin rào, xin sửa, xin kè, xin thêm, xin tuần tra, hướng dẫn, định kỳ, tiếng ồn, ồn ào,
    sửa giùm, sửa dùm, nhờ dọn, cắt tỉa giùm, lừa đảo, =bị lừa, giá cả, cảm ơn, cám ơn, khen, tặng, cho tui hỏi,
    cho em hỏi, em hỏi, có cần, thì nên, có nên, nên dạy, đính chính, ngày xưa, hồi xưa, đợt rồi, mong tỉnh,
    xin tỉnh, tư vấn, khuyến nông, thú y, lúa, thương lái, thế nào, ra sao, mức phạt, bị phạt, chính sách,
    chương trình, dự báo, tin đồn, lan truyền, xem clip, quay clip, biển cảnh báo, rào chắn, rào lại, quan tâm,
    cần có, bổ sung, sửa chữa, khắc phục, thay mới, lắp thêm, gắn thêm, xử phạt, tăng tuần tra, cấm đậu,
    rút kinh nghiệm, chấn chỉnh, nhắc nhở, không hiểu sao, tại sao, vì sao, hứa, thì phải, nên có, nên làm,
    mong có, mong được""",
)
"""Words that put the whole text on another day or make it about something other than rescue."""

CRIES = Phrases.of(
    """nhà cháy rồi, cứu với, cuu voi, gấp gấp, cứu gấp, tới ngay, đến ngay, tới gấp, xuống gấp, lên gấp,
    đang cháy, kêu cứu, cầu cứu, đang kẹt, người kẹt, sos, cứu người, khẩn cấp, xin xuồng, công an ơi, trời ơi,
    cứu con, cứu em, cứu tôi, cứu mẹ, cấp cứu gấp, tới lẹ, ra ngay, nguy kịch, bất tỉnh, ngay lúc này, đang nằm,
    đang chìm, liền đi, tới liền, xin xe, cần xe, còn kẹt, đang bị, không ai dám, vào ngay, xin cho người,
    ra liền, xuống liền, cần cứu hộ, chưa có xe"""
)
"""Words with which a text is about rescue after all."""

AGAIN = Phrases.of(
    """bùng lại, bùng phát lại, bùng cháy lại, cháy lại, vẫn còn cháy, vẫn đang cháy, chưa tắt, chưa dập,
    không dập được, dập không nổi, dập không được"""
)
"""Words that undo the all-clear."""
