"""The signs of danger, as tables: what tells of fire, water, violence ..., by itself or in company.

To teach it more, add a phrase to a table, or a sign to a row of `DANGERS`. A sign is a phrase that is enough by itself
("nhà cháy"), or one that needs company: "sập" counts with people and haste near it.
"""

from dataclasses import dataclass

from services.classifier.domain.phrases import Doubt, Phrases, Sign


@dataclass(frozen=True, slots=True)
class Danger:
    """One way to be in danger: its name on the screen, the signs of it, and doubts of its own."""

    name: str
    signs: tuple[Sign, ...]
    doubts: tuple[Doubt, ...] = ()


# --- company: words that make a sign of a doubtful one ------------------------------------------------------------

PEOPLE = Phrases.of(
    """người, cháu, bé, em, con bé, trẻ, trẻ em, trẻ con, con nít, đứa, thằng, cụ, ông, bà, ông bà, mẹ, má,
    ba tôi, ba tui, ba em, ba mẹ, bố, cha, tía, vợ, chồng, anh em, chị em, chú, bác, cô, cậu, dì, bà nội,
    bà ngoại, ông nội, ông ngoại, mệ, mạ, o, ami, con tôi, con em, con trai, con gái, tụi em, tụi tôi, tụi tui,
    tụi mình, chúng tôi, chúng em, gia đình tôi, cả nhà, học sinh, học trò, sinh viên, cô giáo, thầy, cô trò,
    giáo viên, công nhân, thợ, phụ hồ, lao động, tài xế, bác tài, hành khách, khách, du khách, ngư dân,
    thuyền viên, tiểu thương, bệnh nhân, sản phụ, bà bầu, nạn nhân, thanh niên, bạn em, bạn tôi, hàng xóm,
    đồng nghiệp, dân làng, bà con""",
    plain=True,
)
"""Whoever may be in danger."""

COUNTED = Phrases.of(
    """có người, một người, hai người, ba người, bốn người, năm người, sáu người, bảy người, mấy người,
    nhiều người, chục người, trăm người, mươi người, 0 người, 0 đứa, 0 em, 0 cháu, 0 bé, 0 thợ, 0 công nhân,
    0 học sinh, 0 khách, 0 bạn, 0 ông, 0 bà, 0 cụ, 0 anh, 0 chị, 0 mẹ con, 0 trẻ, 0 ng, 0 hộ, 0 a, hai đứa,
    ba đứa, mấy đứa, một đứa, bốn đứa, chục đứa, hai em, ba em, mấy em, các em, hai anh, ba anh, mấy anh,
    hai cháu, ba cháu, mấy cháu, các cháu, một cháu, hai bé, có bé, một bé, mấy bé, có cháu, có em, có đứa,
    có anh, có ông, có bà, có chị, một ông, một bà, một anh, một chị, một chú, một cô, mấy chú, hai ông bà,
    ông bà, hai cụ, hai thợ, ba thợ, hai công nhân, ba công nhân, mấy công nhân, mẹ con, cha con, vợ chồng,
    cả nhà, cả gia đình, cả lớp, cả xóm, cả đoàn, thằng bé, con bé, thằng nhỏ, con nhỏ, đứa nhỏ, đứa bé, bé trai,
    bé gái, cháu bé, em bé, em nhỏ, trẻ nhỏ, cụ già, người già, ba tôi, mẹ tôi, má tôi, tía tôi, cha tôi, bố tôi,
    ba tui, mẹ tui, má tui, cha tui, mẹ em, má em, bố em, vợ tôi, chồng tôi, vợ em, chồng em, vợ tui, chồng tui,
    con tôi, con em, con tui, anh tôi, chị tôi, em tôi, cháu tôi, em gái, em trai, con trai, con gái, bạn em,
    bạn tôi, ông nội, bà nội, ông ngoại, bà ngoại, ông cụ, bà cụ, ông già, bà già, bà lão, ông chú, ông này,
    bà này, thằng em, thằng cháu, thằng con, chị dâu, nạn nhân, tài xế, bác tài, anh thợ, thợ hồ, hàng xóm, nó,
    thanh niên, mạ tui, mạ tôi, mệ tui, mệ tôi, bà tui, ông tui, bà tôi, ông tôi, o tui, cậu tôi, dì tôi, thím,
    dượng, mợ"""
)
"""People meant one by one, as somebody does who sees them."""

NOW = Phrases.of(
    """đang, dang, vừa, mới, rồi, roi, giờ, bây giờ, chừ, gấp, gap, ngay, khẩn, khan, khẩn cấp, mau, lẹ, liền,
    lập tức, cứu, cuu, kìa, trời ơi, nè, xin xe, cần xe, kêu xe, gọi xe, cấp cứu, công an ơi, bà con ơi, giúp với,
    giúp em với, tới giúp, không kịp, chưa kịp, nhanh lên, nghe tiếng, sơ tán, tháo chạy, hoảng loạn, la hét, gào,
    kêu la, tiếng la, không ai dám, chưa ai dám, đùng cái, tự nhiên, bất ngờ, còn, sắp, help, urgent, hurry,
    right now, immediately, now"""
)
"""Words that call for haste or say that it is happening."""

CALLS = Phrases.of(
    """gấp, gap, cứu, cuu, cứu với, cứu hỏa, cứu hộ, cứu thương, cấp cứu, xe cấp cứu, xe chữa cháy, xe chữa lửa,
    114, 115, 113, công an tới, công an ơi, công an vào, công an lên, công an xuống, công an với, tới gấp,
    tới ngay, đến ngay, ra ngay, lên ngay, vào ngay, vô ngay, xuống ngay, tới liền, ra liền, xuống liền, lên liền,
    vô liền, liền đi, liền giúp, tới lẹ, lẹ đi, lẹ giùm, lên lẹ, mau mau, mau đi, tới mau, mau cho, lên mau,
    lên gấp, ra gấp, xuống gấp, vô gấp, vào gấp, gấp gấp, đi gấp, gấp giùm, gấp ạ, kêu xe, gọi xe, xin xe, cần xe,
    cho xe, điều xe, khẩn cấp, hỗ trợ khẩn, khẩn, xin lực lượng, cần lực lượng, bộ đội, biên phòng, sos, ai gần,
    ai ở gần, ai biết, ai có, giúp với, giúp vs, giúp em với, giúp tôi với, đến với, tới với, nhanh lên,
    lên nhanh, vào nhanh, tới nhanh, xin tàu, xin xuồng, ca nô, cano, xin ghe, xin người, người tới, làm ơn,
    trời ơi, chặn lại, chặn xe, gọi không ai, gọi hoài không, help, please, máy bận, chưa có xe, không có xe,
    không có ai, không ai"""
)
"""How somebody asks for help who cannot wait."""

RESCUE = Phrases.of(
    """cứu, cuu, cứu hộ, cấp cứu, xe cứu thương, cứu hỏa, 114, 115, 113, bộ đội, biên phòng, xin xe, cần xe,
    cho xe, xe cẩu, không có xe, chưa có xe, không ai dám, chưa ai, không dám, kéo không, kéo mãi, kéo hông,
    kéo hổng, không nổi, hông nổi, hổng nổi, nâng không, khiêng, không tới, chưa tới, không xuống, chưa thấy,
    không thấy, kêu không, gọi không, không ai, hổng ai, không kịp, chưa kịp, không được, hông được,
    không biết làm, tới ngay, đến ngay, vào ngay, ngay ạ, tới liền, liền đi, ra liền, gấp, gap, khẩn, lẹ, mau lên,
    mau tới, trời ơi, ai có, ai gần, ai ở gần, ai biết, giúp với, giup voi, giúp em, giúp nó, giùm, còn kêu,
    con keu, còn thở, con tho, tiếng khóc, tiếng kêu, nghe khóc, nghe kêu, còn trong, con trong, vẫn còn,
    đang nằm, dang nam, nằm đó, nam do, sơ tán, chuyển viện, trạm y tế, nhà thương, sos, help, hết nước, hết pin,
    het pin, giữa dòng, ở trỏng, trong đó, đang kẹt, đang bám, đang giữ, đang dọa, đang đuổi, dang ruot"""
)
"""Anything said by somebody who waits for rescue: wider than `CALLS`, so it wants people and trouble beside it."""

HELPLESS = Phrases.of(
    """không ai dám, chưa ai dám, ai dám, không dám vô, không dám vào, không dám lại, không dám ra, dám lại gần,
    kéo không, kéo lên không, kéo mãi không, kéo nổi, không kéo, đẩy không, nâng không, khiêng không, dập không,
    không dập, gỡ không, mở không được, không mở được, không tháo được, không ra được, ra không được,
    chưa ra được, chưa ra, chưa thấy ra, chưa thấy lên, chưa thấy, không thấy lên, không lên, không lên được,
    lên không được, không leo xuống, không xuống được, không vô được, vô không được, không vào được,
    không vớt được, chưa vớt, chưa nổi, chưa tìm thấy, không kịp, chưa kịp, không thoát, không qua được,
    không biết bơi, bơi không, gọi không, kêu không, gọi mãi, không nghe máy, hỏi không trả lời, không tỉnh,
    chưa tỉnh, chưa có xe, không có xe, không có ghe, không có xuồng, không có ai, không ai dừng, chưa ai tới,
    chưa ai cứu, chưa tới, không biết làm sao, không biết chạy, hết đường, bó tay, can không được, can không nổi,
    cản không, không cầm được, cầm không được, không ai biết, còn sống, con song, còn thở, con tho, còn kêu,
    còn nghe, nghe tiếng kêu, nghe kêu, nghe khóc, tiếng khóc, tiếng rên, tiếng kêu, đập cửa, kêu la, la hét,
    kêu khóc, gào khóc, giãy giụa"""
)
"""What somebody says who stands before it and can do nothing."""

TROUBLE = Phrases.of(
    """cháy, lửa, khói, nổ, kẹt, mắc kẹt, bị kẹt, đè, bị đè, vùi, bị vùi, bị lấp, sập, đổ sập, sạt lở, sạt núi,
    đất lở, lật, lật úp, bị lật, chìm, trôi, cuốn, bị cuốn, bị hút, hút xuống, đuối, bám, đang bám, ôm cây,
    rớt xuống, rơi xuống, lọt xuống, té xuống, ngã xuống, nhảy xuống, lao xuống, văng, té, gãy chân, gãy tay,
    gãy cổ, máu, mau me, chảy máu, máu chảy, ra máu, máu nhiều, đứt tay, dập nát, bất tỉnh, ngất, ngất xỉu, xỉu,
    xiu, gục, đổ gục, nằm gục, guc, lịm, li bì, lả đi, tím, tím tái, tím ngắt, tim tai, môi tím, mặt tím,
    lạnh ngắt, lạnh cóng, nằm im, nằm đó, nằm vật, nằm úp, nằm giữa, nằm la liệt, nằm dưới, nằm bẹp,
    không nhúc nhích, nhúc nhích, không cử động, không thở, không dậy, thở yếu, thở rít, thở không, khó thở,
    không thở nổi, ngạt, ngạt khí, ngạt thở, co giật, giật, trợn, trợn mắt, mắt trợn, sùi bọt, trào bọt, sốt cao,
    mê man, hôn mê, tê lưỡi, cứng lưỡi, liệt, méo miệng, miệng méo, ói, nôn ói, ói mửa, ngộ độc, bị điện, bị giật,
    dính điện, điện giật, đang cắn, cắn chảy máu, cắn liên tục, húc, bị ong đốt, bỏng, phỏng, bị nhốt, nhốt, chém,
    chem, đâm, bị đâm, bị chém, đánh, bị đánh, rượt, ruot, đuổi, bóp cổ, dao, rựa, súng, mã tấu, gậy, cướp,
    bắt cóc, hiếp, đập phá, phá cửa, dọa giết, đòi giết, bị bắt cóc, mất tích, bị lạc, mất liên lạc, tự tử,
    =tự vẫn, nhảy lầu, đòi nhảy, bom, mìn, đạn, khí độc, mùi khét, mùi gas, gas, điên, chó điên, dây điện,
    dây đứt, vỡ ối, đau bụng, đau đẻ, sắp đẻ, đẻ rơi, sản phụ, uống thuốc, thuốc sâu, đột quỵ, cần cấp cứu,
    tai nạn, đụng xe, đấu đầu, bị tông, xe tông, cán qua, đâm nhau, chết đuối, ngưng tim, ngừng tim, ket, cuon,
    bam, gay, ngat, lim, huc, cuop, cuốn rồi, nước cuốn, bị nước, người trôi, cứng hàm, ưỡn, chóng mặt,
    nôn ra máu, ruột ra, lòi ruột, mất cánh tay, mất bàn, nát chân, nát mặt, nát tay, nằm hết, kéo lê, chôn,
    chôn sống, ngã úp, úp mặt, thoi thóp, tụt huyết áp, lơ mơ, dìm, cột vào, trói, uy hiếp, con tin, kim tiêm,
    sét đánh, dị ứng, ruột thừa, ngạt nước, trật bánh, đứt thắng, mất thắng, nước tràn, nước dâng, nước ngập,
    ngập lút, bốc khói, xì gas, rò rỉ, nghiêng hẳn, răng rắc, rắc rắc, toác, bị lôi, bị kéo, bẹp, bep, bị cây,
    bị bò, bị trâu, ran can, nước cắt, sạt, lở xuống, dòng nước, phù phổi, vỡ đầu, bị thương"""
)
"""What is bad, and doubtful by itself: most of it has an everyday sense too."""

INSIDE = Phrases.of(
    """bên trong, trong đó, trong nhà, trong xe, trong phòng, trong hầm, trong bếp, trong cabin, trên lầu,
    trên tầng, trên gác, gác lửng, sân thượng, tầng trên, tầng 2, tầng 3, tầng 4, không ra được, chưa ra được,
    ra không được, không thoát được, ra không kịp, chưa ra hết, dưới đó, dưới hầm, ở trỏng, hành lang,
    trong thang máy, thang máy, cầu thang, cửa khóa, khóa cửa, khóa ngoài, bị khóa, không chạy kịp, thoát hiểm,
    còn kẹt, bị kẹt, mắc kẹt"""
)


def alone(*phrases: str) -> Sign:
    """Make a sign of phrases that are enough by themselves."""
    return Sign(Phrases.of(*phrases))


# --- fire and explosions ------------------------------------------------------------------------------------------

BUILDINGS = Phrases.of(
    """nhà, phòng, phòng trọ, dãy trọ, nhà trọ, chợ, ki ốt, kiot, sạp, kho, xưởng, quán, tiệm, cửa hàng, siêu thị,
    khách sạn, chung cư, tầng hầm, tầng, trường, trạm, nhà máy, rừng, đồi, rẫy, thông, keo, thực bì, cao su,
    chuồng, đống rơm, rơm, bãi rác, đống rác, xe, ô tô, xe tải, xe khách, tàu, ghe, bè, lò sấy, bếp, chùa,
    nhà thờ, tủ điện, trụ điện, cột điện, máy biến áp, trạm biến áp, bồn, mái, vách, rèm, nhà sàn, nhà dài,
    bình gas, bình ga, cabin, container, gác, khu điều trị, bệnh viện"""
)

FIRE_WORDS = Phrases.of(
    """cuu hoa, chua chay, lua, khoi den, khoi len, dap khong, khong dap, boc khoi, bung, lan sang, lan qua,
    gio lon, gio to, nghi ngut, mu mit, ngun ngut, xang, thao chay, cuu voi, khong ra duoc, nguoi ket, con ket,
    ket ben trong, ben trong, thoat hiem, binh chua chay, nhay xuong, khoi"""
)

FIRE = Danger(
    name="cháy, nổ",
    signs=(
        alone(
            """đang cháy, =cháy nhà, =nhà cháy, cháy lớn, cháy to, =cháy dữ, cháy rần rần, cháy rừng rực,
            cháy ràn rạt, cháy ngùn ngụt, bốc cháy, phát cháy, =cháy lan, =cháy rừng, =rừng cháy, rừng đang cháy,
            đám cháy, =cháy chợ, =chợ cháy, =cháy kho, =kho cháy, =cháy xưởng, =xưởng cháy, =cháy quán,
            cháy phòng trọ, cháy chung cư, cháy tủ điện, cháy trạm điện, cháy trụ điện, =cháy xe, =cháy tàu,
            =cháy ghe, =cháy lò, =cháy rẫy, =cháy đồi, cháy thực bì, cháy nhà cháy cửa, hỏa hoạn, phát hỏa,
            cháy nhà cứu, nhà cháy rồi, cháy nhà rồi, cháy lớn quá, cháy chợ rồi, dang chay nha, chay rung,
            rung chay, chay kho""",
            """nổ lớn, phát nổ, nổ tung, =tiếng nổ, nổ bình gas, nổ bình ga, bình gas nổ, bình ga nổ, no binh ga,
            nổ như bom, nổ nồi hơi, lửa lan, lửa bốc, lửa đang, lửa cháy, lửa táp, lửa bén, lửa bùng, lửa lên,
            lửa leo, lửa sát, lửa bao, lửa bít, lửa cao, lửa phụt, lửa tràn, lửa ngùn ngụt, biển lửa, ngọn lửa,
            bắt lửa, bén lửa, khói đen bốc, khói đen đang, bốc khói đen, khói đen nghịt, khói đen đặc,
            khói bốc nghi ngút, kín khói, ngạt khói, khói cuồn cuộn""",
            """rò rỉ gas, rò gas, =gas xì, =xì gas, gas rò, mùi gas nồng, mùi ga nồng, mùi gas nặng, mùi gas rất,
            gas nồng nặc, mở bình gas, mở van gas, ôm bình gas, ôm bình ga, khóa van gas, xăng chảy, xăng tràn,
            tẩm xăng, tưới xăng, đổ xăng lên, đổ xăng đốt, đổ xăng vào, tạt xăng, can xăng, bom xăng, phóng hỏa,
            đốt cả nhà, đòi đốt nhà, dọa đốt nhà, đốt nhà tôi, dọa cho nổ""",
        ),
        Sign(Phrases.of("cháy, bốc lửa, lửa, bắt lửa, bốc khói, lả"), ((BUILDINGS, 3), (NOW, 9))),
        Sign(
            Phrases.of("cháy, lửa, khói, khói đen, bốc khói, chay, boc khoi, khoi den"),
            ((CALLS, 14), (BUILDINGS, 5)),
        ),
        Sign(Phrases.of("khói, khói đen, lửa, khoi, lua, cháy"), ((INSIDE, 12),)),
        Sign(Phrases.of("cháy, cháy rồi, nổ"), ((Phrases.of("rồi, đang, kìa, trời ơi, bà con ơi, lớn, to"), 2),)),
        Sign(Phrases.of("chay, boc chay"), ((FIRE_WORDS, 7),)),
        Sign(
            Phrases.of("""chay nha, nha chay, chay phong, phong tro chay, chay ghe, ghe chay, chay lan, kho chay,
            chay kho, cho chay, xuong chay, chay khu, chay rung"""),
            ((COUNTED, 14),),
        ),
        Sign(Phrases.of("chay nha, nha chay, chay phong, phong tro chay, chay lan, chay xe"), ((INSIDE, 14),)),
        Sign(
            Phrases.of("lửa, cháy, khói"),
            (
                (
                    Phrases.of("""bén vào, bén vô, bén qua, lan, lan qua, lan sang, tràn, gió mạnh, gió lớn,
                    gió to, đi xuống, tới gần, gần tới, chưa dập, dập không, âm ỉ cháy, khói dày, tháo chạy,
                    chạy ra, chạy không, chưa khiêng"""),
                    8,
                ),
            ),
        ),
        Sign(
            Phrases.of("nổ, nổ bồn, nổ bình, no binh, no bon, phát nổ, pháo hoa, no nha may, quả pháo, pháo nổ"),
            ((TROUBLE, 12), (PEOPLE, 14)),
        ),
        Sign(
            Phrases.of(
                """bom, quả bom, trái bom, trai bom, qua bom, mìn, =quả mìn, lựu đạn, luu dan, đầu đạn, dau dan,
                đạn pháo, đạn cối, vật nổ, vật liệu nổ, thuốc nổ, bom bi, quả đạn, trái đạn"""
            ),
            (
                (
                    Phrases.of(
                        """cưa, cua, đào được, đào trúng, múc trúng, nhặt được, lượm được, moi được, rút chốt,
                        đang chơi, ném, gõ, đập, phát hiện, chưa nổ, phát nổ, nổ, còn sót, lòi ra, lòi lên,
                        đạp phải, đạp trúng, bị thương, sát nhà, gần nhà, gần trường, đang, dang, gấp, khẩn,
                        trong ba lô, ở cổng, đồng hồ, ngồi lên"""
                    ),
                    5,
                ),
            ),
        ),
    ),
    doubts=(
        Doubt(
            Phrases.of(
                """bóng, bóng đèn, đèn đường, đèn led, trụ đèn, mô tơ, motor, tủ lạnh, ti vi, tivi, thiết bị,
                máy lạnh, ổ cứng, cầu chì, ruộng, lúa, mía, lá, vườn, nắng, tối thui, tắt, nhập nhòe, tối om"""
            ),
            before=9,
            after=5,
        ),
    ),
)

# --- electricity --------------------------------------------------------------------------------------------------

ELECTRICITY = Danger(
    name="điện giật, dây điện rơi",
    signs=(
        alone(
            """điện giật chết, bị điện giật, điện giật người, điện giật ngất, điện giựt, bị điện giựt,
            bị điện phóng, điện phóng, phóng điện, rò điện, rò rỉ điện, nhiễm điện, điện rò, hở điện ra,
            đứt dây điện, dây điện đứt, dây điện bị đứt, dây điện rơi xuống, dây điện rớt, dây điện nằm, xẹt lửa,
            tóe lửa, tia lửa điện, tia lửa bắn, chập điện nổ, bị giật nằm, bị giật ngã, bị giật té, giật ngã,
            giật dính, dính điện, trụ điện đổ, cột điện đổ, trụ điện gãy, cột điện gãy, cột điện ngã,
            trụ điện ngã, dây trung thế đứt, dây cao thế đứt, dây hạ thế đứt, điện truyền xuống nước,
            nghịch ổ điện"""
        ),
        Sign(Phrases.of("điện giật, bị giật, chập điện, tê tay"), ((NOW, 6),)),
        Sign(
            Phrases.of("""dây điện, dây trung thế, dây cao thế, dây hạ thế, dây đèn, cáp điện, trụ điện, cột điện,
            trụ đèn, cột đèn, cáp ngầm, đường dây"""),
            (
                (
                    Phrases.of(
                        """đứt, đứt rơi, rơi xuống, rớt xuống, rơi lên, nằm trên, nằm dưới, nằm vắt, chạm mái,
                        phóng, xẹt, nổ, đổ, ngã, gãy, bị đứt, xuống nước, xuống vũng nước, xuống đường,
                        xuống ruộng, xuống mương, còn điện, nuoc"""
                    ),
                    3,
                ),
                (NOW, 14),
            ),
        ),
        Sign(
            Phrases.of("cúp điện, cắt điện, ngắt điện, cắt nguồn"),
            ((Phrases.of("gấp, ngay, liền, khẩn, lẹ, mau"), 3), (TROUBLE, 25)),
        ),
    ),
)

# --- water and storm ----------------------------------------------------------------------------------------------

WATER = Phrases.of(
    "nước, nước lũ, nước sông, nước suối, nước biển, nước cống, lũ, ngập, nuoc, ngap, suối, sóng, song, lut"
)

FLOOD = Danger(
    name="ngập lụt, lũ",
    signs=(
        alone(
            """nước đang dâng, nước dâng nhanh, nước dâng cao, nước lên nhanh, nước lũ lên, nước đang lên,
            nước vẫn đang, lũ đang về, lũ quét, nước cuốn trôi người, bị cuốn trôi, bị nước cuốn, nước cuốn vô,
            cuốn vô cống, hút vô cống, ngập tới mái, ngập đến mái, ngập tới nóc, ngập nóc, ngập lút nóc,
            ngồi trên nóc, leo lên mái, leo lên nóc, lên nóc nhà, lên ngọn cây, bám ngọn cây, bám cây, bám cành,
            ôm cây, leo lên cây tránh, trên bàn thờ, đứng trên bàn, đứng trên tủ, đang bị cô lập, bị cô lập giữa,
            vỡ đê, vỡ đập rồi, vỡ hồ rồi, sắp vỡ đập, đập vỡ rồi, đê vỡ rồi, đập sắp vỡ, tràn đỉnh đập,
            cao hơn đỉnh đập, nước tràn đập, nước ngang cổ, nước ngang ngực, nước tới cổ, nước tới ngực,
            nước tới mái, nước tới nóc""",
            """xin xuồng, cần xuồng, cần ghe gấp, xin ghe vô, xin ca nô, cần ca nô, xin cano, cần cano, thiếu ghe,
            thiếu xuồng, không có xuồng, ai có ghe, ai có ca nô, ai có cano, ai có xuồng, cho ca nô, ghe vô liền,
            xuồng cứu hộ, ca nô giúp, ca nô cứu, xin tàu kéo, kiếm ghe""",
            """bị sóng cuốn, sóng cuốn ra, sóng kéo, bị sóng kéo, bị sóng đánh ra, trôi ra xa, trôi ra biển,
            trôi ra khơi, trôi ra cửa, trôi ra ngoài, đứt neo, bị hút vô, bị hút vào, bị hút xuống, đang bám""",
        ),
        Sign(
            Phrases.of(
                """tới mái, đến mái, lên mái, tới nóc, lên nóc, ngập mái, tới cổ, đến cổ, ngang cổ, tới ngực,
                đến ngực, ngang ngực, tới bụng, ngang bụng, tới trần, tới gác, lên gác, tới lầu, tới cửa sổ,
                tới giường, lút giường, lút đầu, lút mái, lút nhà, lút bàn thờ, lút tầng, bàn thờ, nửa nhà,
                tới bếp, tới hông, tới vai, ngang vai, mái hiên, quá đầu, đầu gối, tầng trệt, mặt bàn, chạm mái,
                ngang lưng, tới háng, tới lưng"""
            ),
            (
                (WATER, 6),
                (
                    Phrases.of("""rồi, roi, đang, dang, còn, con, cứu, cuu, giờ, kẹt, xin, gấp, giúp, giup, với,
                    voi, quá, qua, trời ơi, r, sos, cụ, bà, bé, đứa"""),
                    14,
                ),
            ),
        ),
        Sign(
            Phrases.of(
                """đang dâng, dâng nhanh, dâng cao, vẫn dâng, còn dâng, dâng quá, lên nhanh, lên rất nhanh,
                lên nữa, vẫn lên, còn lên, đang lên, lên ào ào, lên quá, đổ về, tràn về, ào về, ào xuống, ào vô,
                đổ ầm ầm, tràn vô nhà, tràn vào nhà, tràn xuống, vô nhà, vào nhà, vào phòng, chảy xiết, chảy dữ,
                cuốn, dâng vô, dâng vào, phá tường, dâng lên, đẩy xuống"""
            ),
            (
                (Phrases.of("nước, nước lũ, nước sông, nước suối, lũ, suối, nuoc, suoi, nước cống, nước biển"), 3),
                (
                    Phrases.of("""kẹt, cứu, cuu, cụ, bà bầu, trẻ, em bé, con nít, sắp, chạy, không qua, đang,
                    dang, gấp, rồi, roi, giúp, sơ tán, người trong, ket, me, bám, trôi"""),
                    14,
                ),
            ),
        ),
        Sign(
            Phrases.of("""cô lập, xả lũ, tràn đập, thân đập, mặt đập, ngập sâu, nước chảy xiết, triều cường,
            lũ về, lũ ống, lũ cuốn, vỡ đập, đập vỡ, đập nước, bờ đập, sắp ngập"""),
            ((CALLS, 16),),
        ),
        Sign(
            Phrases.of("""nước cuốn, nước lũ cuốn, cuốn con tôi, nuoc cuon, bị cuốn, cuốn rồi, bi cuon, nước xoáy,
            bị nước kéo"""),
            ((PEOPLE, 6),),
        ),
        Sign(
            Phrases.of("""nước cắt, nước tràn, nước ập, nước phụt, nước lên, nước dâng, nước ngập, nước vô,
            nước vào, nước phủ, nước đổ, suối lên, nuoc toi, chưa sơ tán, cắt ngang"""),
            ((COUNTED, 16), (RESCUE, 20)),
        ),
        Sign(
            Phrases.of("""trên nóc, trên nóc nhà, trên mái, trên mái nhà, trên trần, trên gác, trên gác lửng,
            trên mái trường, trên phản, trên kệ"""),
            ((WATER, 20), (PEOPLE, 10)),
        ),
        Sign(
            Phrases.of("""cần thuyền, xin thuyền, ai có thuyền, thuyền cứu, xuồng cứu, xuồng máy, cần xuồng,
            xin xuồng, ghe cứu, ca nô vô, ca nô vào, ca nô tới, đưa người ra, chở người ra, đưa người vô, xin ghe,
            cần ghe, ghe vô, ghe vào, cano vô, cano vào, đem ghe, áo phao"""),
            ((WATER, 25), (PEOPLE, 16)),
        ),
        Sign(
            Phrases.of("""bay mái, mái bay, bay từng tấm, trốn dưới, đang núp, núp dưới, gầm giường, gầm bàn,
            sắp đổ, tường đè, cuốn bay, bị đè, chui dưới, giật sập, tường đổ, bay mất"""),
            (
                (Phrases.of("bão, lốc, lốc xoáy, giông, gió, gió lớn, gió mạnh, bao, gio, loc, giong"), 20),
                (PEOPLE, 16),
            ),
        ),
    ),
)

# --- boats, rivers, the sea ---------------------------------------------------------------------------------------

BOATS = Phrases.of(
    """xuồng, ca nô, cano, ghe, thuyền, thúng, tàu, tàu cá, đò, bè, phà, sà lan, thuyền thúng, thung, thuyen,
    xuong, tau, kayak, sup, pha"""
)

ON_THE_WATER = Danger(
    name="nạn trên sông, biển",
    signs=(
        alone(
            """bị đuối nước, đang đuối nước, vừa đuối nước, người đuối nước, đuối nước hồ, chết đuối ở, đang đuối,
            bị đuối, bơi không nổi, bơi không được, đang vùng vẫy, vùng vẫy, chới với, chìm nghỉm, trôi sông,
            rơi xuống nước, người dưới nước, thấy người trôi, chưa thấy trồi, chưa nổi lên, nổi không lên,
            tàu đang chìm, ghe đang chìm, đang chìm, chìm tàu, tàu chìm, ghe chìm, tàu bị chìm, đâm chìm,
            tông chìm, lật ghe, ghe lật, tàu lật, lật thuyền, thuyền lật, lật xuồng, lật đò, thúng lật, ca nô lật,
            bị lật ngoài, lật úp, nhảy xuống biển, không biết bơi"""
        ),
        Sign(
            Phrases.of("""chìm, lật, lat, chim, bị lật, phá nước, mất liên lạc, chết máy, đứt neo, dut neo,
            đứt dây neo, trôi dạt, trôi, troi, hết dầu, mắc cạn, cháy, mất tín hiệu, vô nước"""),
            ((BOATS, 6), (NOW, 20), (PEOPLE, 25)),
        ),
        Sign(
            Phrases.of("""đuối nước, đuối, chết đuối, duoi nuoc, chet duoi, trôi dạt, mất liên lạc, hụt chân,
            sóng đánh"""),
            (
                (
                    Phrases.of("""đang, dang, vừa, mới, cứu, cuu, vớt, 1 đứa, 2 bé, cháu, giờ, rồi, roi, chưa tìm,
                    mò, gấp, tàu, ghe, thúng"""),
                    8,
                ),
            ),
        ),
        Sign(Phrases.of("vớt lên, mới vớt, chưa vớt, vớt được"), ((PEOPLE, 12),)),
    ),
)

# --- collapse -----------------------------------------------------------------------------------------------------

COLLAPSE = Danger(
    name="sạt lở, sập",
    signs=(
        alone(
            """đang sạt lở, sạt lở đang, đang sạt, đang tuột, đất trôi, đất đá tràn vô, đất đá đổ, vùi lấp nhà,
            bị vùi, bị chôn vùi, bị đất vùi, đất vùi, đất nuốt, đang sập, sắp sập xuống, sập giàn giáo,
            giàn giáo sập, sập hầm, hầm sập, đổ sập, hố tử thần, núi lở sập, dưới đống đất, dưới đống đổ nát,
            đè lên người, đè trúng, đè chết, đè bẹp, đè dưới, tường đè, bị đè, bị kẹp, bị ép giữa, kẹp chân,
            treo lơ lửng, lơ lửng trên cao"""
        ),
        Sign(
            Phrases.of("""sập, sập nhà, nhà sập, sập mái, sập tường, sập cầu, cầu sập, sụp, sụp xuống, bị lấp,
            vùi lấp, vùi, sạt lở, lở núi, núi lở, sạt núi, đất lở, đổ ập, sụt, sạt, sap, sup, sat lo, vui lap"""),
            ((COUNTED, 9), (NOW, 14)),
        ),
        Sign(
            Phrases.of("""sập, sập nhà, nhà sập, sụp, sụp xuống, sạt lở, lở núi, núi lở, sạt núi, đất lở, sắp sập,
            sắp đổ, hố sụt, đang nứt, đất đá, tuột xuống, taluy, sap"""),
            ((CALLS, 12),),
        ),
        Sign(
            Phrases.of("đè, kẹp, de len, nuốt, vùi, bị lấp, lấp mất"),
            (
                (COUNTED, 5),
                (
                    Phrases.of("""xe, đất, cây, tường, nhà, mái, gỗ, dat, cay, tuong, kéo, keo, còn, con, đang,
                    rồi, roi, sập, đổ, đá"""),
                    7,
                ),
            ),
        ),
        Sign(
            Phrases.of("""răng rắc, rắc rắc, nghiêng hẳn, nghiêng rồi, đang nghiêng, đang nứt, nứt toạc, nứt toác,
            toác ra, sắp đổ, sắp sập, đang đổ, lở từng mảng, vừa sụp, vừa sập, sụp rồi, sập rồi, lún sụt, sup roi,
            hố sập, sụp xuống"""),
            (
                (PEOPLE, 25),
                (
                    Phrases.of("""ngay, gấp, đang, chưa, không, trong đó, bên dưới, chạy, còn, sơ tán, hoảng, ngủ,
                    xe, liền, lẹ, nghe, người"""),
                    20,
                ),
            ),
        ),
        Sign(
            Phrases.of("""=đổ trúng, sập xuống đầu, rơi trúng, rớt trúng, đè sập, sập đè, đổ xuống nhà, lấp nửa,
            đất trên núi, đứt đôi, lật đè, lat de, lăn đè, lan de"""),
            ((PEOPLE, 14),),
        ),
        Sign(
            Phrases.of("đè, de, bị lấp, vui, kẹt"),
            (
                (Phrases.of("đổ, sập, ngã, gãy, lật, bật gốc, nga, gay, sap, tuong, bê tông"), 8),
                (PEOPLE, 6),
                (NOW, 12),
            ),
        ),
        Sign(
            Phrases.of("cầu treo, cầu gỗ, cáp treo, cần cẩu, giàn giáo, thang máy, cầu khỉ"),
            ((Phrases.of("đứt, sập, gãy, đổ, rớt, rơi, gay, rot, roi"), 3), (PEOPLE, 9)),
        ),
    ),
)

# --- people hurt, ill, lost ---------------------------------------------------------------------------------------

HURT = Phrases.of(
    """máu, ra máu, chảy máu, máu chảy, ra huyết, ngất, xỉu, gục, lịm, lả đi, bị thương, trọng thương, tím,
    tím tái, lạnh ngắt, nằm im, nằm giữa đường, nằm đó, nằm cứng, nằm gục, nằm úp, gãy chân, gãy tay, gãy cổ,
    phỏng, bỏng, không nhúc nhích, không cử động, khó thở, ngạt, ngạt khí, ngạt thở, không dậy, rên, co giật,
    cứng đờ, cứng đơ, đau bụng, ói mửa, nôn, ói, nôn ói, xiu, guc, nam im, mặt xanh, trợn mắt, mắt trợn, sốt cao,
    cắn, húc, mau, ngat, phong nang, nam do, ren"""
)

PERSON = Danger(
    name="người gặp nạn",
    signs=(
        alone(
            """bất tỉnh, nằm bất động, nguy kịch, hấp hối, ngừng thở, ngưng thở, ngừng tim, ngưng tim, tim ngừng,
            không thở được, thấy không thở, không thấy thở, hết thở, không còn thở, thở yếu, thở không nổi,
            thở hổng nổi, thở không được, lên cơn co giật, đang co giật, bị co giật, sốt co giật,
            co giật liên tục, sùi bọt, trào bọt mép, tím tái, tím ngắt, môi tím, mặt xanh lét, mắt trợn,
            trợn ngược, hôn mê, mê man, lịm đi, lịm dần, li bì, ngất xỉu, ngất rồi, xỉu rồi, xỉu luôn, đổ gục,
            gục xuống, gục rồi, kêu không trả lời, gọi không dậy, gọi mãi không, kêu hổng dậy, không nhúc nhích,
            hết nhúc nhích, không động đậy, nằm cứng đơ, nằm cứng đờ, nằm la liệt, chảy máu nhiều, máu chảy nhiều,
            máu ra nhiều, ra máu nhiều, máu nhiều quá, mất máu, máu me, máu phun, máu chảy hoài, máu không cầm,
            cầm máu, ho ra máu, ói ra máu, đứt lìa, cắt cổ tay, lòi xương, thủng bụng, lủng bụng, xuyên bụng,
            lòi ruột""",
            """đột quỵ rồi, bị đột quỵ, đang đột quỵ, méo miệng, miệng méo, liệt nửa người, nhồi máu cơ tim,
            lên cơn tim, đau ngực dữ, sốc phản vệ, sốc thuốc, lên cơn hen, đang khó thở, khó thở quá, khó thở rồi,
            giờ khó thở, bị hóc, mắc nghẹn, hóc xương, say nắng ngã, uống nhầm thuốc, uống thuốc sâu,
            uống thuốc cỏ, uống thuốc trừ sâu, uống thuốc diệt cỏ, uống thuốc chuột, uống thuốc ngủ, ăn lá ngón,
            tê lưỡi, cứng lưỡi, bị rắn, rắn độc cắn, rắn hổ cắn, rắn lục cắn, rắn chàm quạp, rắn cạp nia,
            ong đốt cả, ong vò vẽ tấn công, ong tấn công, bị ong đốt, ong chích, chó dại cắn, chó điên cắn,
            đang cắn, bị trâu húc, bị bò húc, bò húc, trâu húc, húc văng, húc người, voi quật, heo rừng húc,
            phỏng nặng, bỏng nặng""",
            """xe cấp cứu gấp, cần xe cấp cứu, xin xe cấp cứu, chưa có xe cấp cứu, chưa có cấp cứu, cấp cứu gấp,
            cần cấp cứu ngay, cần cấp cứu gấp, kêu cấp cứu, gọi cấp cứu gấp, gọi 115 không, gọi 115 chưa, 115 bận,
            kêu 115, kêu xe cấp cứu, cho xe cấp cứu, xin xe cứu thương, cần xe cứu thương, gọi cứu thương,
            cấp cứu ơi, hết oxy, hết bình oxy, bình oxy còn, cần oxy, máy sốc tim, máy sốc điện, đang ép tim,
            ép ngực, hô hấp nhân tạo, chuyển viện gấp, spo2""",
            """định tự tử, đòi tự tử, muốn tự tử, đang tự tử, tự tử rồi, uống thuốc tự tử, trực tiếp tự tử,
            tự sát, =tự vẫn, đòi nhảy, định nhảy, sắp nhảy, nhảy lầu, nhảy cầu tự, treo cổ, rạch tay, cắt tay tự,
            không muốn sống, không thiết sống, thư tuyệt mệnh, nhắn tin vĩnh biệt, tin nhắn từ biệt,
            chào vĩnh biệt, đừng ai tìm, tự thiêu, kết liễu, ngoài lan can, trên lan can cầu, ngồi trên lan can,
            đứng trên lan can, leo lan can, leo qua lan can, leo qua ban công, trên thành cầu""",
            """đang mắc kẹt, người mắc kẹt, người bị kẹt, người kẹt, người còn kẹt, còn người kẹt, còn kẹt,
            kẹt trên lầu, kẹt trên tầng, kẹt trên gác, kẹt dưới, đang bị kẹt, đang kẹt, kẹt bên trong,
            kẹt trong xe, kẹt lại trong, kẹt trong nhà, kẹt hành lang, kẹt trên sân, ket nguoi, bị kẹt tay,
            mắc kẹt ngoài, mắc kẹt trên, mắc kẹt trong, mắc kẹt dưới, mắc kẹt giữa, mắc kẹt lưng chừng,
            bị kẹt chân, bị nhốt trong, bị giam trong""",
            """rơi xuống hố, rớt xuống hố, lọt xuống hố, rơi xuống cống, lọt xuống cống, rớt xuống cống,
            rơi xuống giếng, rớt xuống giếng, rớt giếng, lọt giếng, té giếng, té ao, té sông, rơi xuống vực,
            lao xuống vực, rớt xuống vực, lao xuống sông, lật xuống vực, lật xuống sông, lật xuống kênh,
            lật xuống mương, rớt xuống biển, té xuống biển, rơi xuống biển, tai nạn nghiêm trọng,
            tai nạn chết người, tai nạn giao thông nghiêm trọng, tai nạn nặng, tai nạn liên hoàn,
            người bị thương nặng, nguy hiểm tính mạng, nguy hiểm đến tính mạng, ngộ độc hàng loạt, ngất hàng loạt,
            bị ngạt khí, ngạt khí dưới, nghi khí độc, lạc trong rừng, lạc rừng, lạc trên núi, mất tích từ,
            đang mất tích, nằm giữa đường, hết nước uống, bỏ quên trên xe, trẻ sơ sinh bị bỏ, sơ sinh bị bỏ,
            bị cuốn vào máy, máy cuốn, cuốn tay, cuốn chân, đứt tay máu, xông than""",
        ),
        Sign(
            Phrases.of("""vỡ ối, thai ngược, chuyển dạ, đau đẻ, đẻ rơi, đẻ rớt, sắp đẻ, sắp sinh, băng huyết,
            ra huyết, sinh non, sản giật, tiền sản giật, trở dạ, đẻ khó, sanh rớt, vợ tôi đẻ"""),
            (
                (
                    Phrases.of("""đang, dang, không, khong, chưa, cứu, cuu, gấp, giữa, kẹt, cần, xin, ngập, xe,
                    xuồng, không ai, rồi, roi, đường, liên tục, khẩn"""),
                    12,
                ),
            ),
        ),
        Sign(
            Phrases.of(
                """xuống giếng, xuống sông, xuống suối, xuống hố, xuống hồ, xuống vực, xuống biển, xuống kênh,
                xuống mương, xuống ao, xuống cống, xuống đèo, xuống nước, xuống dốc, xuống ruộng, xuống đập,
                xuống hầm, xuống thác, xuống lò, xuống rạch, xuống cầu, ao cá, hố ga, miệng cống, kênh chính,
                từ tầng, từ trên cao, từ lầu, từ mái, tầng lầu, vách đá, từ giàn giáo, rớt giếng, lọt kênh,
                từ trên cây, từ cây, xuống đất"""
            ),
            (
                (
                    Phrases.of("""rớt, rơi, lọt, té, ngã, tuột, trượt chân, trượt, lao, lật, văng, nhảy, sụp,
                    sẩy chân, hụt chân, rot, roi, lot, te, nga, lat, nhay, vang, cay, cắm đầu, ném, nem"""),
                    3,
                ),
                (PEOPLE, 10),
                (NOW, 14),
            ),
        ),
        Sign(
            Phrases.of("""tai nạn, đụng xe, đâm xe, tông xe, tông nhau, đâm nhau, xe tông, bị tông, tông vào,
            tông vô, tông trúng, tông trực diện, lật xe, xe lật, bị lật, đấu đầu, xe đâm, đụng nhau, lật ngang,
            cán qua, cán vô, cán trúng, can qua, cán chân, xe khách lật, xe tải lật, lật chắn, lật nhào"""),
            (
                (
                    Phrases.of(
                        """người chết, bị thương, máu, kẹt, ket, gãy chân, nguy kịch, bất tỉnh, đứt lìa,
                        chưa có xe, cấp cứu, người nằm, đang nằm, nằm đó, nằm giữa, còn thở, con tho, văng,
                        trong xe, cabin, tài xế, dưới gầm, mau, nằm im, cán qua chân"""
                    ),
                    9,
                ),
                (
                    Phrases.of("""đang, dang, cứu, cuu, gấp, gap, mới, vừa, rồi, chưa có, giúp, giup, kêu, gọi,
                    nằm, nam, còn, con, cần, can, ngay"""),
                    12,
                ),
            ),
        ),
        Sign(HURT, ((COUNTED, 5), (NOW, 9))),
        Sign(HURT, ((CALLS, 9), (PEOPLE, 9))),
        Sign(HURT, ((HELPLESS, 9),)),
        Sign(
            Phrases.of("""rắn cắn, ran can, ong vò vẽ, ong đốt, ong chích, ong dat, ong vo ve, bị rắn, con rắn,
            chó cắn, chó điên, chó dại, becgie"""),
            (
                (COUNTED, 8),
                (
                    Phrases.of("""sưng, sung, tím, xỉu, xiu, khó thở, chảy máu, liệt, phù, phu mat, mê, nằm, chưa,
                    không, khong, hong, giờ, gio, đang, dang, bu kín, xa, gấp"""),
                    14,
                ),
            ),
        ),
        Sign(
            Phrases.of("""không thở, khong tho, mặt tím, bé tím, người tím, môi tím, mặt xám, cứng hàm, ưỡn cong,
            ruột thừa, lòi ruột, ruột ra ngoài, lồng ấp, thở máy, sét đánh, thanh quản, phù mặt, tim đập,
            tai biến, mất ý thức, nói sảng, vã ra, tím rồi, lả đi, thoi thóp, tụt huyết áp, miệng méo, mồm méo,
            mom meo, mui xanh, đốt mình, mất cánh tay, mất bàn chân, nát tay, nát chân, vỡ đầu, máu phụt, cứa cổ"""),
            ((PEOPLE, 10), (NOW, 25)),
        ),
        Sign(
            Phrases.of("mắc kẹt, bị kẹt, kẹt, bị nhốt, mac ket, ket, bị lấp, kẹt đầu, mắc trong, mac trong"),
            (
                (COUNTED, 4),
                (
                    Phrases.of("""đang, dang, còn, con, trong, dưới, trên, giữa, ở, không, khong, cứu, cuu, rồi,
                    roi, lơ lửng, o, duoi, tren"""),
                    5,
                ),
            ),
        ),
        Sign(
            Phrases.of("""ngộ độc, nôn ói, ói mửa, đau bụng, nôn, ói, tiêu chảy, mửa, ngo doc, oi mua, non oi,
            tieu chay"""),
            (
                (
                    Phrases.of("""chục người, học sinh, cả nhà, cả xóm, đám cưới, công nhân, khách, cụ, người già,
                    nhiều người, mấy đứa, trẻ, hàng loạt, 1 đứa, bệnh nhi, cap cuu, ca xom, đứa nhỏ, 0 người,
                    0 cháu, 0 bạn, 0 học sinh, 0 em, chục đứa, trăm người, ca buon, 0 khách, 0 ca, 0 trẻ"""),
                    10,
                ),
                (
                    Phrases.of("""đang, dang, vừa, rồi, roi, cấp cứu, gấp, lịm, co giật, xin, cần, can, xỉu,
                    tối nay, sáng nay, trưa nay, chiều nay, giờ, nhập viện, chỉ có, mất nước, trạm y tế, hết, máu,
                    mau"""),
                    14,
                ),
            ),
        ),
        Sign(
            Phrases.of("""sản phụ, rắn cắn, ran can, chó dại, chó điên, đi lạc, mất tích, xảy ra tai nạn,
            trôi dạt, tự tử, đột quỵ, dot quy, khó thở, ngộ độc, ngưng tim, ong vò vẽ, voi rừng, mất liên lạc,
            bị lạc, con voi, becgie, bị thương, lên cơn, ngất, chạy thận, co giật, ruột thừa, hóa chất, ngạt"""),
            ((CALLS, 12),),
        ),
        Sign(
            Phrases.of("""đang cắn, cắn cháu, cắn bé, cắn người, cắn 0, cắn con, can con, can be, rượt, ruot,
            quật, hất văng, húc, giẫm, tấn công, cắn liên tục, bị chích, bị đốt, đốt cả, bu kín, điên, lồng lên"""),
            (
                (
                    Phrases.of("""chó, trâu, bò, voi, heo rừng, rắn, cá sấu, ong, ong vò vẽ, trâu điên, bò điên,
                    chó điên, chó dại, ran, voi rung, cho dien, con trau, ong dat, ong vo ve"""),
                    5,
                ),
                (NOW, 14),
                (PEOPLE, 9),
            ),
        ),
        Sign(TROUBLE, ((COUNTED, 3),)),
        Sign(TROUBLE, ((COUNTED, 14), (NOW, 25))),
        Sign(TROUBLE, ((COUNTED, 8), (TROUBLE, 6))),
        Sign(TROUBLE, ((TROUBLE, 4), (PEOPLE, 3), (NOW, 10))),
    ),
)

# --- gas, chemicals -----------------------------------------------------------------------------------------------

CHEMICALS = Danger(
    name="khí độc, hóa chất",
    signs=(
        Sign(
            Phrases.of("""hóa chất, axit, a xít, amoniac, khí clo, mùi clo, khí gas, khí lạ, dung môi, hầm biogas,
            biogas, bể biogas, xe bồn, hầm cầu, lò vôi, dưới giếng, hầm cá, khí than, thuốc sâu, khí độc, khoi doc"""),
            (
                (
                    Phrases.of("""tràn, lật, xì, rò rỉ, rò, nổ, cay mắt, ngạt, ngạt khí, ngất, xỉu, khói vàng,
                    khói trắng, không thở, ho ra, ho sặc, lat, ngat, xiu, mắc kẹt, không lên, nổ lớn, bay vô,
                    bay sang"""),
                    8,
                ),
                (NOW, 30),
            ),
        ),
    ),
)

# --- violence -----------------------------------------------------------------------------------------------------

ATTACKS = Phrases.of(
    """cầm, cam, vác, vac, rút, xách, chém, chem, đâm, rượt, ruot, rượt đuổi, đuổi, dí, kề, xông vô, xông vào,
    đập cửa, dọa, đòi, bắn, phang, lao vô, lao vào, quất, kéo tới, vô nhà, lăm lăm, thủ sẵn, uy hiếp, khống chế,
    mang, ôm, vung"""
)

VIOLENCE = Danger(
    name="bạo lực đang xảy ra",
    signs=(
        alone(
            """đang đánh nhau, đang chém, đang bị đánh, đang đánh vợ, đang đánh con, đang đánh em, đang đánh nó,
            đang đánh chết, chém nhau, chém mẹ, chém vợ, chém bố, chém cha, chém lung tung, cầm mã tấu, nổ súng,
            tiếng súng, vác súng, bắn nhau, bị bắn, vừa bắn, đã bắn, đòi giết, dọa giết, đòi chém, dọa chém,
            đâm nhau, bị đâm, bị chém, đâm chết, kề dao, dí dao, cầm dao, cầm rựa, rút dao, ôm dao, cầm kiếm,
            cầm búa, cầm hung khí, cầm súng, chém lộn, đuổi chém, rượt chém, hỗn chiến, đánh tới tấp, bắt cóc con,
            bắt cóc cháu, bắt cóc bé, bị bắt cóc, vừa bắt cóc, đang hiếp, bị hiếp, hiếp dâm ở, bóp cổ, siết cổ,
            bị trói, đập cửa đòi, đang đập cửa, đang phá cửa, đang phá nhà, đang cạy cửa, đang cướp, cướp cầm,
            cướp có, đang ngáo đá, ngáo đá đang, nó ngáo đá, người ngáo đá, thằng ngáo đá, bị nhốt, nhốt con,
            nhốt em, nhốt tụi, bị giam giữ, giam lỏng, bắt tiếp khách, ép tiếp khách, chặn trong nhà, chích điện,
            đánh đập dã man, kéo lên xe, lôi lên xe, lôi bé, ép lên xe, bị dìm, dìm đầu, đang dìm, dùng dao,
            dí kim tiêm, kê kim tiêm, con tin, ôm súng, lấy súng, bắn trúng, bắn nhầm, cầm cây vây, bị bao vây,
            vây đánh, chặn đánh, đâm tài xế, cướp đâm, lột đồ"""
        ),
        Sign(
            Phrases.of("""dao, con dao, mã tấu, rựa, súng, gậy, gậy sắt, tuýp sắt, ống tuýp, kiếm, búa, rìu,
            hung khí, ma tau, rua, sung, gay sat, phóng lợn, súng săn, axit, kim tiêm, chai bể, phảng"""),
            ((ATTACKS, 3), (NOW, 16)),
        ),
        Sign(
            Phrases.of("""đánh, đánh nhau, chém, đâm, hiếp, hiếp dâm, cướp, đánh đập, bạo hành, xâm hại, đập cửa,
            phá cửa, đập phá, rượt, hành hung, đánh vợ, đánh con, khống chế, trói, nhốt, tra tấn, đâm chém, ẩu đả,
            bắt cóc, cưỡng hiếp, danh, chem, cuop, hiep dam, bat coc, đánh hội đồng"""),
            (
                (
                    Phrases.of("""cứu, cuu, gấp, gap, kêu la, la hét, nghe tiếng, từ nãy, nãy giờ, máu, tới ngay,
                    công an ơi, công an tới, công an xuống, cong an oi, kêu cứu, trốn trong, nhà vệ sinh, sợ chết,
                    sắp chết, im re, liền, lẹ, tiếng khóc, khóc thét, mau, nam im, nằm im"""),
                    10,
                ),
            ),
        ),
        Sign(
            Phrases.of("trốn trong, núp trong, em trốn, con trốn, trốn dưới, đóng cửa trốn, khóa cửa"),
            (
                (
                    Phrases.of("đánh, đập cửa, dao, chém, giết, cướp, nhốt, dọa, đập phá, say, danh, dap cua, đốt"),
                    14,
                ),
            ),
        ),
    ),
)

# --- a call for help ----------------------------------------------------------------------------------------------

CALL = Danger(
    name="kêu cứu",
    signs=(
        alone(
            """cứu với, kêu cứu, cầu cứu, xin cứu, cứu người, cần cứu hộ, gọi cứu hộ, kêu cứu hộ, cứu mẹ,
            cứu con tôi, cứu con em, cứu con với, cứu gia đình, cứu bà con, trời ơi cứu, cứu nó, cứu cháu, cứu bé,
            cứu ba, cứu ông, cứu bà, cứu vợ, cứu chồng, cứu cha, cứu mạng, tới cứu, ra cứu, cứu gấp, cứu lẹ,
            xin chi viện, cứu hộ gấp, cứu hộ khẩn, cứu hộ ngay, xin cứu hộ, nhờ cứu người, cứu chúng tôi,
            cứu tụi em, cứu tụi tui, cứu tụi tôi, cứu em với, cứu tôi với"""
        ),
        Sign(Phrases.of("cứu, cuu, cứu với, sos, cứu tôi, cứu tui, cứu em, cứu con"), ((TROUBLE, 15),)),
        Sign(Phrases.of("cứu với, cuu voi, sos"), ((PEOPLE, 10),)),
        Sign(
            Phrases.of("""cứu hộ, nguy cấp, nguy hiểm lắm, tính mạng, chi viện, cứu thương, cứu hỏa, xe chữa cháy,
            xe cấp cứu"""),
            (
                (TROUBLE, 12),
                (
                    Phrases.of("gấp, gap, ngay, khẩn, liền, lẹ, mau, tới, cần, xin, kêu, gọi, đang, dang"),
                    3,
                ),
            ),
        ),
    ),
    doubts=(
        Doubt(
            Phrases.of(
                """giá, tôm, tôm hùm, cá, lúa, rẫy tiêu, cà phê, sầu riêng, hồ tiêu, vườn, cây trồng, ruộng, heo,
                mạng, wifi, app, web, tài khoản, tổng đài, điểm, môn, bài tập, đề thi, deadline, doanh nghiệp,
                công ty, môi trường, ô nhiễm, nông dân, chăn nuôi, tiểu thương, nợ, lương, học phí, thất nghiệp,
                khô hạn, rác, mùi hôi, tiếng ồn, đường xấu, ổ gà, da mặt, trái tim, trường, tom, lua, ca phe,
                sau rieng, mang, no luong"""
            ),
            before=8,
            after=8,
        ),
    ),
)

ENGLISH = Danger(
    name="emergency in English",
    signs=(
        alone(
            """is on fire, on fire, fire is spreading, house fire, are trapped, is trapped, trapped in,
            trapped under, trapped inside, stuck on the roof, is drowning, drowning, unconscious, electrocuted,
            live wire, gas leak, explosion, water is rising, rising fast, and rising, stabbed, been shot,
            gunshots, need rescue, call rescue, send rescue, send a boat, not breathing, not moving,
            cannot breathe, bleeding a lot, bleeding badly, is bleeding, heart attack, bitten by a snake,
            snake bite, swept away, pulled out, rip current, fell down, fell into, fell off, with a knife,
            machete, being attacked, kidnapped, send help, need an ambulance, no ambulance, send an ambulance,
            collapsed on, buried under, overdose, kill himself, kill herself, kill myself, having a seizure,
            boat is sinking, capsized, missing in the forest, lost in the forest, flash flood, on the roof,
            vomiting, can t feel, can t walk, can t breathe, under the mud, weed killer, swimmer missing,
            went under, gas smell, hitting her, hitting him, beating her, screaming, won t wake, passed out,
            chest pain, police now, pls police, come now"""
        ),
        Sign(
            Phrases.of("""fire, burning, trapped, landslide, bleeding, injured, drowning, sparks, sparking,
            sinking, attacked, collapsed, swept, unresponsive, smoke, missing, stuck, lost, flames, bitten,
            poison, rising"""),
            (
                (
                    Phrases.of("""help, urgent, urgently, right now, immediately, hurry, inside, please send,
                    ambulance, sos, emergency, people, nobody, no lifeguard, no boat, still, screaming, is still"""),
                    14,
                ),
            ),
        ),
    ),
)

DANGERS: tuple[Danger, ...] = (
    FIRE,
    ELECTRICITY,
    FLOOD,
    ON_THE_WATER,
    COLLAPSE,
    PERSON,
    CHEMICALS,
    VIOLENCE,
    CALL,
    ENGLISH,
)
