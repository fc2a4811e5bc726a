"""More ways to write the same: copies of the corpus for training, never stored in it.

Every copy is drawn from a generator seeded by the text itself, so the same corpus gives the same copies, whatever else
is in it and in whichever order. What a copy changes is what says nothing about topic, kind or urgency: accents, typing,
courtesy, and the landmark a resident happens to mention.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import TypeAlias
from unicodedata import normalize

from services.classifier.domain.words import fold
from services.classifier.usecases.ports import Example

SMS_CHARS = 160
Change: TypeAlias = Callable[[str, Random], str]
"""Write a text differently."""

TEENCODE: Mapping[str, tuple[str, ...]] = {
    "không": ("k", "ko", "kg", "hok", "hông", "khum", "0"),
    "được": ("dc", "đc", "đuoc", "dk"),
    "người": ("ng", "ngừi", "ngta"),
    "đường": ("đg", "dg", "đườg"),
    "nước": ("nc", "nuóc"),
    "với": ("vs", "zới"),
    "vậy": ("z", "zậy", "v"),
    "gì": ("j", "gi"),
    "rồi": ("r", "ròi", "rùi"),
    "biết": ("bt", "bít", "bik"),
    "trước": ("trc", "trc"),
    "những": ("nhg", "nhữg"),
    "phường": ("p", "fường", "P."),
    "quá": ("wá", "qá", "quá trời"),
    "luôn": ("lun", "lun á"),
    "mọi": ("m",),
    "nhà": ("nhà", "nhaf"),
    "anh": ("a",),
    "em": ("e",),
    "chị": ("c",),
    "tôi": ("t", "toi", "tui"),
    "giờ": ("h", "g"),
    "phải": ("fải", "pải"),
    "nhiều": ("nhìu", "nhju"),
    "thì": ("thj", "thì"),
    "mà": ("mà", "mừ"),
    "làm": ("lm", "làm"),
    "bây": ("bi",),
    "hôm": ("hum", "hôm"),
    "trời": ("trời", "chời"),
    "đèn": ("den", "đn"),
    "ngày": ("ngày", "ngài"),
    "cơ": ("cơ",),
    "ủy": ("ủy", "uỷ"),
    "ubnd": ("ủy ban", "ub"),
    "quan": ("qan", "quan"),
    "xử": ("sử", "xử"),
    "xe": ("xe",),
    "mong": ("mong", "mog"),
}
"""How the young and the hurried shorten everyday words."""

_TELEX_LETTERS = {"ă": "aw", "â": "aa", "đ": "dd", "ê": "ee", "ô": "oo", "ơ": "ow", "ư": "uw"}
_TELEX_TONES = {"\u0301": "s", "\u0300": "f", "\u0309": "r", "\u0303": "x", "\u0323": "j"}
EMOJI = ("😡", "😭", "🙏", "👍", "!!!", ":(", "🆘", "...", "🤬", "❤️", "🙏🙏", "??", "=))")

OPENINGS = (
    "Kính gửi quý cơ quan.", "Kính gửi UBND phường,", "Kính gửi cơ quan chức năng.", "Dạ em chào anh chị,", "Alo",
    "Tôi xin phản ánh:", "Xin phản ánh việc", "Tôi là người dân sống ở đây.", "Cho tôi hỏi và phản ánh,", "Ad ơi",
    "Nhờ tổng đài chuyển giúp:", "Cử tri phản ánh", "Chào anh chị,", "Bà con tổ dân phố phản ánh:", "Hiện nay,",
    "Hiện tại", "Phản ánh lần 2:", "Đã phản ánh nhiều lần:", "Thưa quý cơ quan,", "Xin chào,",
)  # fmt: skip
CLOSINGS = (
    "Xin cảm ơn.", "Tôi xin chân thành cảm ơn.", "Trân trọng.", "Mong cơ quan chức năng sớm kiểm tra, xử lý.",
    "Kính mong quý cơ quan xem xét.", "Đề nghị cơ quan chức năng kiểm tra.", "Mong được phản hồi sớm.",
    "Cảm ơn anh chị.", "Rất mong được quan tâm.", "Kính đề nghị kiểm tra và có biện pháp khắc phục kịp thời.",
    "Có hình ảnh đính kèm.", "(hình ảnh kèm theo)", "Xin cám ơn!", "Mong lãnh đạo quan tâm.", "Xin hết.",
    "Đề nghị các cấp vào cuộc giải quyết.", "Bà con rất mong.", "Em cảm ơn ạ.", "./.",
)  # fmt: skip
WITHOUT_REQUEST = frozenset({"thanks", "not_feedback"})
"""Kinds that the closing words of a request would turn into another."""

LANDMARKS = (
    "trước cổng bệnh viện", "gần trường tiểu học", "đối diện chợ", "cạnh cây xăng", "trước trụ sở UBND xã",
    "ngay ngã ba bến xe", "sau lưng nhà thờ", "gần chùa", "cạnh ngân hàng", "trước quán cà phê", "gần công viên",
    "đầu hẻm", "trước số nhà 45", "tại số 112 đường Lê Duẩn", "đoạn qua tổ dân phố 6", "gần cầu", "cạnh trạm y tế",
    "trước khách sạn", "gần nhà máy", "đường vào mỏ đá", "gần siêu thị điện máy", "cạnh bưu điện", "trước shop hoa",
    "gần hồ", "đường lên điện thờ", "sát trụ sở công an", "gần trạm biến áp", "trước nhà văn hóa", "gần sân vận động",
    "cạnh kho hàng", "khu quy hoạch mới", "trước trường mầm non", "gần lò mổ", "cạnh trạm thu phí", "gần ga",
    "tại kiệt 65", "đối diện quán nhậu", "gần bãi rác cũ", "cạnh xưởng gỗ", "trước rạp chiếu phim", "tại thôn 3",
    "gần nghĩa trang", "cạnh tiệm thuốc tây", "đường ra biển", "trước tiệm vàng", "gần đập", "cạnh phòng khám",
)  # fmt: skip
"""Places that a report mentions and is not about."""


def copies_of(examples: Sequence[Example]) -> list[Example]:
    """Return every example, a copy of it without accents, and one in another hand."""
    return [written for example in examples for written in _with_copies(example)]


def with_unaccented(examples: Sequence[Example]) -> list[Example]:
    """Return every example, and a copy without accents of every one that has some."""
    bare = (replace(example, text=fold(example.text)) for example in examples)
    return [*examples, *(copy for copy, example in zip(bare, examples, strict=True) if copy.text != example.text)]


def _with_copies(example: Example) -> Iterator[Example]:
    yield example
    random = Random(example.text)  # noqa: S311 not a secret: the same text shall give the same copies
    plain = _chance(random, 0.5)
    yield replace(example, text=fold(example.text if plain else _changed(example.text, random, kind=example.kind)))
    yield replace(example, text=_changed(example.text, random, kind=example.kind))


def _changed(text: str, random: Random, *, kind: str | None) -> str:
    for change, share in CHANGES:
        if _chance(random, share) and not (change is add_courtesy and kind in WITHOUT_REQUEST):
            text = change(text, random)
    return text


def drop_some_accents(text: str, random: Random) -> str:
    """Leave some words without their accents, as thumbs do."""
    return _by_word(text, random, share=0.4, change=lambda word, _: fold(word))


def shorten_words(text: str, random: Random) -> str:
    """Write everyday words as the young do."""
    return _by_word(text, random, share=0.7, change=_teencode)


def slip_on_keys(text: str, random: Random) -> str:
    """Leave some words as the keys of the Telex input method that make them."""
    return _by_word(text, random, share=0.12, change=lambda word, _: telex_keys(word))


def mistype(text: str, random: Random) -> str:
    """Swap two neighbouring letters, double or drop one, in some words."""
    return _by_word(text, random, share=0.08, change=_mistyped)


def run_words_together(text: str, random: Random) -> str:
    """Forget some spaces."""
    words = text.split()
    glued = (word if _chance(random, 0.08) else f"{word} " for word in words)
    return "".join(glued).strip()


def shout(text: str, _random: Random) -> str:
    """Write in capitals."""
    return text.upper()


def whisper(text: str, _random: Random) -> str:
    """Write without capitals and punctuation."""
    return "".join(char for char in text.lower() if char.isalnum() or char.isspace())


def add_emoji(text: str, random: Random) -> str:
    """Add a feeling."""
    return f"{text} {random.choice(EMOJI)}"


def cut_to_sms(text: str, _random: Random) -> str:
    """Keep what fits into one message."""
    return text[:SMS_CHARS]


def add_courtesy(text: str, random: Random) -> str:
    """Open and close as letters do."""
    opening = f"{random.choice(OPENINGS)} " if _chance(random, 0.5) else ""
    closing = f" {random.choice(CLOSINGS)}" if _chance(random, 0.7) else ""
    return f"{opening}{text}{closing}"


def mention_landmark(text: str, random: Random) -> str:
    """Say near what it is."""
    landmark = random.choice(LANDMARKS)
    return f"{landmark[0].upper()}{landmark[1:]}, {text}" if _chance(random, 0.3) else f"{text} {landmark}"


CHANGES: Sequence[tuple[Change, float]] = (
    (mention_landmark, 0.35),
    (add_courtesy, 0.35),
    (shorten_words, 0.15),
    (drop_some_accents, 0.15),
    (slip_on_keys, 0.08),
    (mistype, 0.15),
    (run_words_together, 0.08),
    (add_emoji, 0.08),
    (whisper, 0.10),
    (shout, 0.04),
    (cut_to_sms, 0.15),
)
"""What a copy may change, in this order, and how often."""


def telex_keys(word: str) -> str:
    """Return the keys that type a word in Telex: `đường` is `dduwowngf`."""
    keys: list[str] = []
    tone = ""
    for char in normalize("NFD", normalize("NFC", word)):
        if char in _TELEX_TONES:
            tone = _TELEX_TONES[char]
        elif char in "\u0306\u0302\u031b" and keys:  # breve, circumflex, horn: the letter is known by now
            keys[-1] = _TELEX_LETTERS.get(normalize("NFC", keys[-1] + char), keys[-1])
        else:
            keys.append(_TELEX_LETTERS.get(char, char))
    return "".join(keys) + tone


def _chance(random: Random, share: float) -> bool:
    return random.random() < share


def _by_word(text: str, random: Random, *, share: float, change: Change) -> str:
    return " ".join(change(word, random) if _chance(random, share) else word for word in text.split())


def _teencode(word: str, random: Random) -> str:
    bare = word.rstrip(",.!?;:")
    ways = TEENCODE.get(bare.lower())
    return word if ways is None else random.choice(ways) + word[len(bare) :]


def _mistyped(word: str, random: Random) -> str:
    if len(word) < 3:  # noqa: PLR2004 nothing to mistype
        return word
    at = random.randrange(len(word) - 1)
    kind = random.randrange(3)
    if kind == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + word[at + 1 :] if kind == 1 else word[: at + 1] + word[at:]
