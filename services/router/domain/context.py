"""The words around a name: what type it is said to be, and what speaks for a place or for something else."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.router.domain.spelling import FULL_STOP, Phrase, Writing, fold_words

COMMUNE_TYPES = frozenset({"xa", "phuong", "thi tran"})
STREET = "duong"
ABBREVIATION = 2
MOST_NAMES = 3


class Cue(StrEnum):
    """What the words before a name make of it."""

    NOT_THERE = "not_there"
    PERSON = "person"
    VILLAGE = "village"
    STREET = "street"
    BUSINESS = "business"
    FEATURE = "feature"
    LONGER_NAME = "longer_name"
    LIVING = "living"
    TOWARDS = "towards"
    FROM = "from"
    NEARBY = "nearby"
    PLACE = "place"
    PEOPLE = "people"
    START = "start"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Context:
    """What stands around a name: `formerly` says that it is told to be an old one."""

    cue: Cue
    formerly: bool


# --- types -------------------------------------------------------------------------------------------------------

# What people write before a name, and the type it means.
TYPE_WORDS: Mapping[str, str] = {
    "thị trấn": "thi tran",
    "thị xã": "thi xa",
    "thành phố": "thanh pho",
    "phường": "phuong",
    "p": "phuong",
    "ph": "phuong",
    "f": "phuong",
    "xã": "xa",
    "x": "xa",
    "tt": "thi tran",
    "tx": "thi xa",
    "tp": "thanh pho",
    "t t": "thi tran",
    "t x": "thi xa",
    "t p": "thanh pho",
    "huyện": "huyen",
    "h": "huyen",
    "tỉnh": "tinh",
    "quận": "quan",
    "q": "quan",
    "đường": STREET,
    "phố": STREET,
    "đại lộ": STREET,
    "hẻm": STREET,
    "ngõ": STREET,
    "kiệt": STREET,
    "ward": "phuong",
    "commune": "xa",
}
# In English the type comes behind the name.
_TYPES_BEHIND: Mapping[str, str] = {
    "commune": "xa",
    "ward": "phuong",
    "town": "thi tran",
    "district": "huyen",
    "province": "tinh",
    "street": STREET,
}
_TYPES = {tuple(fold_words(words)): (Phrase(words), place_type) for words, place_type in TYPE_WORDS.items()}
_FORMER = Phrase("cũ")
FORMER = _FORMER.folded[0]
# "hợp tác xã" is no commune, "địa phương" no ward, "khá xa" only far.
_NO_TYPE_AFTER: Mapping[str, frozenset[str]] = {
    "xa": frozenset({"tac", "thi", "cach", "rat", "khong", "kha"}),
    "phuong": frozenset({"dia", "song", "don", "doi"}),
    "tinh": frozenset({"tam", "than", "cam", "nhan", "vi", "may"}),
    "duong": frozenset({"binh", "am", "hai", "thai", "dinh"}),
}
# What may stand between a type and its name: "phường: Tân Lập", "P. Tân Lập".
BETWEEN = frozenset({FULL_STOP, ":", "("})
# Two words that belong together, so that no name begins with the second: "công an | Xuân Lộc".
_BOUND = frozenset(
    {
        ("cong", "an"),
        ("chinh", "phu"),
        ("dieu", "hoa"),
        ("hang", "hoa"),
        ("van", "hoa"),
        ("khanh", "hoa"),
        ("thanh", "hoa"),
        ("bien", "hoa"),
        ("cong", "hoa"),
        ("nghe", "an"),
        ("mua", "xuan"),
    }
)
# ... unless the first belongs to another: "địa chính | Phú Hòa".
_UNBOUND: Mapping[str, frozenset[str]] = {"chinh": frozenset({"dia", "hanh", "tai"})}
# "xã hội" and "phường này" name nothing. Those marked * are meant with their accents only: "cư" and "hòa" begin names.
_NO_NAMES = """hội viên nhà này tôi em mình ta cũ* mới đã* có không là* với nào kia đó ấy chưa còn bị cho cần nên phải
trưởng phó giao thường hóa* giá báo tự* ủy ban tình đang* sẽ rất thì mà ở của trực xuất vào ra về đi đến nông bộ cán chỉ
phản gần xa vẫn lại phần the and of is nhờ mong đề nghị kiểm tra xin hỏi sao giải quyết làm gì họ người dân khi nếu theo
từ* tại để do vì như cũng chúng bên hiện nay mấy các những một hai* ba* bốn năm* phường xã huyện tỉnh
thị thành* thôn tổ ấp xóm"""
_NO_NAME_AFTER_TYPE: Mapping[str, tuple[Phrase, bool]] = {
    fold_words(word)[0]: (Phrase(word.rstrip("*")), word.endswith("*")) for word in _NO_NAMES.split()
}


def is_bound(writing: Writing, start: int) -> bool:
    """Whether token `start` belongs to the word before it."""
    if start == 0 or (writing.folded[start - 1], writing.folded[start]) not in _BOUND:
        return False
    return start == 1 or writing.folded[start - 2] not in _UNBOUND.get(writing.folded[start - 1], ())


def type_before(writing: Writing, start: int) -> tuple[str | None, int, bool]:
    """Return the type written before token `start`, where it begins, and whether it is told to be an old one."""
    folded, index, formerly = writing.folded, start, False
    if index and folded[index - 1] in BETWEEN:
        index -= 1
    if index > 1 and folded[index - 1] == FORMER and writing.says(index - 1, _FORMER) and _type_at(writing, index - 1):
        index, formerly = index - 1, True
    found = _type_at(writing, index)
    if found is None:
        return None, start, False
    if index < start and folded[start - 1] == FULL_STOP and len(folded[index - 1]) > ABBREVIATION:
        return None, start, False
    place_type, length = found
    return place_type, index - length, formerly


def _type_at(writing: Writing, index: int) -> tuple[str, int] | None:
    """Return the type whose last word stands before token `index`, and of how many words it is."""
    folded = writing.folded
    if index == 0 or folded[index - 1] not in TYPE_ENDS:
        return None
    for length in (2, 1):
        found = _TYPES.get(tuple(folded[index - length : index])) if index >= length else None
        if found is None:
            continue
        phrase, place_type = found
        before = folded[index - length - 1] if index > length else ""
        if before in _NO_TYPE_AFTER.get(place_type, ()) or not _means_type(writing, index - length, phrase):
            return None
        return place_type, length
    return None


TYPE_ENDS = frozenset(words[-1] for words in _TYPES)
STREET_ENDS = frozenset(words[-1] for words, (_, place_type) in _TYPES.items() if place_type == STREET)


def _means_type(writing: Writing, index: int, phrase: Phrase) -> bool:
    """Whether the words are the type: "xã" and not "xa"; that is forgiven before capitals or words without accents."""
    if writing.says(index, phrase):
        return True
    after = index + len(phrase.folded)
    if after >= len(writing.folded) or not all(word.isascii() for word in writing.written(index, after)):
        return False
    following = writing.words[after]
    return following[0].isupper() or following.isascii()


def type_behind(writing: Writing, end: int) -> tuple[str | None, int]:
    """Return the English type that is written behind a name, and where it ends."""
    found = _TYPES_BEHIND.get(writing.folded[end]) if end < len(writing.folded) else None
    return (found, end + 1) if found is not None else (None, end)


def types_a_name(writing: Writing, index: int) -> bool:
    """Whether a type stands before token `index`, and what follows can be a name: "xã hội" is none."""
    found = _NO_NAME_AFTER_TYPE.get(writing.folded[index])
    if found is not None:
        word, with_accents = found
        bare = not writing.accented or writing.words[index].isascii()
        if (bare and not with_accents) or (writing.accented and writing.says(index, word)):
            return False
    if not writing.accented and index and (writing.folded[index - 1], writing.folded[index]) == ("phuong", "an"):
        return False  # a plan, "phương án"
    return type_before(writing, index)[0] is not None


# --- what the words before make of a name ----------------------------------------------------------------------------

# Phrases that stand right before a name, between commas. Those marked * say it only with their accents: "bà" is a
# woman, "ba" is three, so that a text without accents leaves it open. Of several that fit the longest counts, of
# several as long the first in this order.
_CUE_PHRASES: tuple[tuple[Cue, str], ...] = (
    (
        Cue.NOT_THERE,
        """không phải, chẳng phải, không phải ở, chứ không ở, không thuộc, không phải là, k phải, chứ không phải""",
    ),
    (
        Cue.LIVING,
        """tôi ở, em ở, mình ở, sống ở, sinh ở, cháu ở, nhà ở, trú tại, sống tại, sinh sống tại, khẩu ở, khẩu tại,
        thường trú, hộ khẩu, quê, quê ở""",
    ),
    (Cue.TOWARDS, "đi, về, hướng, sang, lên, xuống, đến, tới*, ra, đi về, hướng đi, hướng về"),
    (Cue.FROM, "từ, from"),
    (Cue.NEARBY, "gần, giáp, cạnh, cách, sát, giáp ranh, giáp với, ranh giới, near"),
    (
        Cue.PLACE,
        """ở, o, tại, thuộc, vào, vô*, qua, đi qua, đoạn, bên*, khu, ubnd, vùng, trong*, ngoài, quanh, dọc*, ven*,
        cuối*, đầu*, giữa*, in, at, trạm, trường, khu vực, địa chỉ, ủy ban, địa bàn, trung tâm, công an, ngã ba,
        ngã tư""",
    ),
    (
        Cue.PEOPLE,
        """dân, bà con, người dân, nhân dân, hộ dân, đồng bào, cử tri, chợ, cho*, khắp*, đường vào, đèn đường,
        lòng đường, mặt đường, làm đường""",
    ),
    (
        Cue.PERSON,
        """anh, chị, ông, bà*, cô*, chú*, bác*, em, thầy*, cháu, bạn*, dì*, cậu*, mợ*, tên, bé*, bs, sếp*, chồng, vợ,
        mẹ*, má*, lão*, bác sĩ, thầy giáo, cô giáo, luật sư, đồng chí, tên là, tôi là, họ tên, gia đình""",
    ),
    (
        Cue.VILLAGE,
        """thôn, buôn*, ấp, xóm, làng, bon*, tdp, khối, tổ dân phố, khu phố, nông trường, lâm trường, hamlet,
        village""",
    ),
    (Cue.STREET, "đường, phố, hẻm, ngõ, ngách, kiệt, lộ, đại lộ, tuyến đường, con đường"),
    (
        Cue.BUSINESS,
        """cty, tnhh, htx, quán, tiệm, shop, karaoke, xưởng, garage, gara, vlxd, spa, công ty, doanh nghiệp,
        hợp tác xã, cửa hàng, nhà xe, xe khách, hãng xe, xe buýt, nhà hàng, nhà thuốc, trang trại, siêu thị, tập đoàn,
        cà phê, nhà nghỉ, tư thục""",
    ),
    # A bridge or a lake is called like the place it is at, or like one far away.
    (
        Cue.FEATURE,
        """sông*, suối, núi*, cầu*, hồ*, đập, chùa, đình*, đền*, nhà thờ, kênh*, công viên, chung cư, khách sạn, river,
        bridge""",
    ),
)
# What speaks of a person or of a village does so before a bare name only: "anh ở phường Tân Lập" is about the ward.
_OF_BARE_NAMES = frozenset({Cue.PERSON, Cue.VILLAGE, Cue.STREET, Cue.BUSINESS, Cue.FEATURE})
_EXPECTING = frozenset({Cue.PLACE, Cue.PEOPLE, Cue.NEARBY, Cue.TOWARDS, Cue.FROM, Cue.LIVING})
_SURNAMES = frozenset(
    fold_words(
        """nguyen tran le pham huynh hoang phan vu vo dang bui do ngo duong ly dinh doan truong luong mai trinh dao cao
        to ta chau thai van thi huu ngoc minh quoc thanh nie mlo kpa ksor ayun eban bya ha ho"""
    )
)
# In small letters too they are nothing else.
_SURELY_SURNAMES = frozenset({"nguyen", "pham", "huynh", "trinh"})
_FORMERLY = ("cũ", "trước đây", "trước kia", "ngày trước", "hồi trước", "trước sáp nhập", "xưa", "hồi xưa", "ngày xưa")


@dataclass(frozen=True, slots=True)
class _CuePhrase:
    """A phrase and what it says; one that is not `sure` says nothing in a text without accents."""

    phrase: Phrase
    cue: Cue
    sure: bool

    def ends_at(self, writing: Writing, index: int) -> bool:
        """Whether the phrase stands right before token `index`."""
        return (self.sure or writing.accented) and writing.says(index - len(self.phrase.folded), self.phrase)


def _cue_phrases() -> dict[str, list[_CuePhrase]]:
    """Lay the phrases out by their last word, the longest first."""
    found: dict[str, list[_CuePhrase]] = {}
    for cue, phrases in _CUE_PHRASES:
        for words in phrases.split(","):
            phrase = Phrase(words.replace("*", "").strip())
            found.setdefault(phrase.folded[-1], []).append(_CuePhrase(phrase, cue, sure="*" not in words))
    for same_end in found.values():
        same_end.sort(key=lambda one: -len(one.phrase.folded))
    return found


_CUES = _cue_phrases()
_FORMER_PHRASES = tuple(Phrase(words) for words in _FORMERLY)
_FORMER_STARTS = frozenset(phrase.folded[0] for phrase in _FORMER_PHRASES)
# The last words before a name that can make one expect it.
EXPECTING_ENDS = frozenset(last for last, phrases in _CUES.items() if any(one.cue in _EXPECTING for one in phrases))


def context_of(
    writing: Writing, start: int, end: int, *, typed: bool, capital: bool, plain: bool, starts: frozenset[int]
) -> Context:
    """Say what the tokens around a name make of it.

    `start` is where its type begins, if it has one; `starts` are the tokens at which names of places begin.
    """
    cue = Cue.PERSON if not typed and _is_called(writing, start) else _cue(writing, start, typed=typed)
    if not typed and plain and cue in {Cue.NONE, Cue.START}:
        if capital and _in_longer_name(writing, start, end, starts):
            cue = Cue.LONGER_NAME
        elif start and writing.folded[start - 1] in _SURELY_SURNAMES:
            cue = Cue.PERSON
    return Context(cue, _formerly(writing, end, starts))


def cue_before(writing: Writing, index: int) -> Cue | None:
    """Return what the phrase before token `index` says, whatever the name."""
    for phrase in _CUES.get(writing.folded[index - 1], ()) if index else ():
        if phrase.ends_at(writing, index):
            return phrase.cue
    return None


def _cue(writing: Writing, start: int, *, typed: bool) -> Cue:
    if start == 0:
        return Cue.START
    for phrase in _CUES.get(writing.folded[start - 1], ()):
        if not (typed and phrase.cue in _OF_BARE_NAMES) and phrase.ends_at(writing, start):
            return phrase.cue
    before = writing.folded[start - 1]
    if before.isdigit() and not typed:
        # "thôn 3 Hòa Phú" is there, "12 Hòa Phú" is a house in a street.
        return Cue.START if start > 1 and writing.folded[start - 2] in _NUMBERED else Cue.STREET
    return Cue.NONE if before.isalpha() else Cue.START


_NUMBERED = frozenset(("thon", "to", "buon", "khoi", "km", "ap", "xom", "doi", "tdp", "pho", "p", "phuong", "kdc", "f"))


def _is_called(writing: Writing, start: int) -> bool:
    """Whether family and middle names stand before, and before them what one calls a person: "anh Nguyễn Văn ..."."""
    index = start
    while index and start - index < MOST_NAMES and writing.folded[index - 1] in _SURNAMES:
        index -= 1
    return index < start and cue_before(writing, index) is Cue.PERSON


def _in_longer_name(writing: Writing, start: int, end: int, starts: frozenset[int]) -> bool:
    """Whether a name is a piece of a longer one: "Nguyễn Tân An", "Hòa Phú Phát", "Hòa Phú 22"."""
    if start and writing.folded[start - 1] in _SURNAMES and writing.words[start - 1][0].isupper():
        return True
    if end < len(writing.folded) and writing.folded[end].isdigit() and len(writing.folded[end]) > 1:
        return True
    if end >= len(writing.folded) or not writing.folded[end].isalpha() or end in starts:
        return False
    return writing.words[end].istitle()


def _formerly(writing: Writing, end: int, starts: frozenset[int]) -> bool:
    """Whether what follows says that the name is an old one; "cư" that begins another name does not."""
    folded = writing.folded
    after = end + (end < len(folded) and folded[end] == "(")
    if after >= len(folded) or folded[after] not in _FORMER_STARTS or after in starts:
        return False
    return any(writing.says(after, phrase) for phrase in _FORMER_PHRASES)
