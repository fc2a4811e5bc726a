"""Where it is: in order of trust, the pin, the unit named, the place as written, the text; else the province desk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from services.router.domain.gazetteer import Gazetteer
from services.router.domain.reading import NOTHING, SURE_BARE, Found, Reading, read, tell

MOST_ALTERNATIVES = 6
MOST_ASKED = 8
METRES_PER_KM = 1000
# From farther outside the nearest unit is named, but not offered as the place: the pin was set in another province.
NEAR_THE_PROVINCE_KM = 50.0

# How sure each way of finding a place is. Measured on written-out cases where that is possible; the point is the order.
SURE_PIN = 0.99
SURE_PIN_SWAPPED = 0.9
SURE_UNIT_NAMED = 0.98
SURE_UNIT_NAMED_PIN_OUTSIDE = 0.7
LESS_FOR_CONTRADICTION = 0.2


class How(StrEnum):
    """How the place was found, in order of trust."""

    PIN = "pin"
    UNIT_NAMED = "unit_named"
    TEXT = "text"
    PROVINCE_DESK = "province_desk"


class PinFinding(NamedTuple):
    """What the boundaries say about a pin; a tuple, because hundreds of thousands are made at once.

    `unit_code` is the unit it lies in, none when it lies outside the territory; then `nearest` is
    `distance_km` away. `neighbour` is the unit across a border so near that the pin could belong there.
    """

    unit_code: str | None
    nearest: str
    distance_km: float
    neighbour: str | None
    confidence: float
    generalised: bool
    swapped: bool = False


@dataclass(frozen=True, slots=True)
class PlaceQuestion:
    """Everything a resident gave that can say where it is; a pin is useless when it is no point on Earth."""

    pin: PinFinding | None
    unit_named: str | None
    place_text: str | None
    text: str
    pin_useless: bool = False


@dataclass(frozen=True, slots=True)
class Alternative:
    """A unit it could also have been."""

    unit_code: str
    confidence: float


@dataclass(frozen=True, slots=True)
class PlaceDecision:
    """The unit, or none when the province desk must decide, and why.

    `ask` is what the resident would have to say for a decision, none when there is one.
    """

    unit_code: str | None
    how: How
    confidence: float
    approximate: bool
    explanation: str
    alternatives: tuple[Alternative, ...] = ()
    ask: str | None = None


@dataclass(frozen=True, slots=True)
class Places:
    """The units of the territory, the old codes that still lead to some, and all names."""

    unit_names: Mapping[str, str]
    successors: Mapping[str, tuple[str, ...]]
    gazetteer: Gazetteer

    def decide(self, question: PlaceQuestion) -> PlaceDecision:
        """Decide the place from what was given; the same question always gets the same answer."""
        unit_named, place = self._given(question)
        pin = question.pin
        if pin is not None and pin.unit_code is not None:
            return self._from_pin(pin, pin.unit_code, unit_named, place)
        if unit_named is not None:
            return self._from_unit_named(unit_named, pin)
        text = self.read(question.text, free=True) if place.unit_code is None else NOTHING
        if pin is not None:
            return self._outside(pin, place if place.unit_code else text)
        decision = self._from_words(place, text)
        useless = ["Tọa độ ghim không dùng được."] if question.pin_useless else []
        if self._is_unknown(question.unit_named):
            useless.append("Đơn vị được gửi kèm không có trong danh mục.")
        return replace(decision, explanation=" ".join([*useless, decision.explanation])) if useless else decision

    def read(self, text: str | None, *, free: bool) -> Reading:
        """Bring the names of one text together; `free` means it was not written to say where."""
        return read(self.gazetteer.mentions(text, free=free), free=free) if text else NOTHING

    def found(self, question: PlaceQuestion) -> tuple[Found, ...]:
        """Tell every name in the words of a question and what became of it."""
        unit, words = question.unit_named, question.place_text
        if unit is not None and unit not in self.unit_names and unit not in self.successors:
            words = _together(unit, words)
        told: list[Found] = []
        for text, free in ((words, False), (question.text, True)):
            mentions = self.gazetteer.mentions(text, free=free) if text else []
            told += tell(mentions, read(mentions, free=free), free=free)
        return tuple(told)

    def _given(self, question: PlaceQuestion) -> tuple[str | None, Reading]:
        """Return the unit that was chosen and what the place says; an old code leads on, a name is read as words."""
        unit, place_text = question.unit_named, question.place_text
        if unit is None or unit in self.unit_names:
            return unit, self.read(place_text, free=False)
        successors = self.successors.get(unit, ())
        if len(successors) == 1:
            return successors[0], self.read(place_text, free=False)
        reading = self.read(_together(unit, place_text), free=False)
        if successors and reading.unit_code not in successors:
            return None, Reading(None, 0.0, unit, successors)
        return None, reading

    def _is_unknown(self, unit: str | None) -> bool:
        """Say whether something was given as a unit that is neither a code of now or before nor a name."""
        if unit is None or unit in self.unit_names or unit in self.successors:
            return False
        reading = self.read(unit, free=False)
        return reading.unit_code is None and not reading.options

    # --- in order of trust ---------------------------------------------------------------------------------------

    def _from_pin(self, pin: PinFinding, unit: str, unit_named: str | None, place: Reading) -> PlaceDecision:
        said = unit_named or place.unit_code
        if said is not None and said == pin.neighbour:
            return PlaceDecision(
                said,
                How.UNIT_NAMED if unit_named else How.TEXT,
                round(max(SURE_BARE, pin.confidence), 2),
                approximate=True,
                explanation=f"Ghim nằm sát ranh giới {self._name(unit)}; người gửi cho biết là {self._name(said)}.",
                alternatives=_ranked([unit], pin.confidence / 2),
            )
        confidence = min(pin.confidence, SURE_PIN_SWAPPED if pin.swapped else SURE_PIN)
        sentence = (
            f"Ghim bị đảo vĩ độ với kinh độ, sau khi đổi lại nằm trong {self._name(unit)}"
            if pin.swapped
            else f"Ghim nằm trong {self._name(unit)}"
        )
        if pin.generalised:
            sentence += " theo ranh giới khái quát"
        others = []
        if pin.neighbour is not None:
            sentence += f", sát ranh giới {self._name(pin.neighbour)}"
            others.append(pin.neighbour)
        if said is not None and said != unit:
            sentence += f", nhưng người gửi cho biết là {self._name(said)}"
            others.insert(0, said)
            confidence -= LESS_FOR_CONTRADICTION
        return PlaceDecision(
            unit,
            How.PIN,
            _rounded(confidence),
            approximate=pin.generalised or pin.neighbour is not None,
            explanation=sentence + ".",
            alternatives=_ranked(others, min(confidence, 1 - confidence)),
        )

    def _from_unit_named(self, unit: str, pin: PinFinding | None) -> PlaceDecision:
        if pin is None:
            sentence = f"Người gửi chọn {self._name(unit)}."
            return PlaceDecision(unit, How.UNIT_NAMED, SURE_UNIT_NAMED, approximate=False, explanation=sentence)
        return PlaceDecision(
            unit,
            How.UNIT_NAMED,
            SURE_UNIT_NAMED_PIN_OUTSIDE,
            approximate=True,
            explanation=f"Người gửi chọn {self._name(unit)}, nhưng ghim nằm ngoài tỉnh.",
            alternatives=_ranked([near for near in _near(pin) if near != unit], 1 - SURE_UNIT_NAMED_PIN_OUTSIDE),
        )

    def _outside(self, pin: PinFinding, said: Reading) -> PlaceDecision:
        sentence = f"Ghim nằm ngoài tỉnh, cách {self._name(pin.nearest)} gần nhất khoảng {_distance(pin.distance_km)}"
        if said.unit_code is not None:
            sentence += f", còn lời kể nhắc đến {self._name(said.unit_code)}"
        others = [*([said.unit_code] if said.unit_code is not None else []), *_near(pin)]
        where = f"{self._either(others)} hay ở nơi khác" if others else "xã, phường nào"
        ask = f"Ghim nằm ngoài tỉnh. Việc xảy ra ở {where}?"
        return self._desk(sentence, _ranked(others, 0.6), ask, approximate=pin.generalised)

    def _from_words(self, place: Reading, text: Reading) -> PlaceDecision:
        found, where = (place, "Địa điểm") if place.unit_code else (text, "Nội dung")
        if found.unit_code is not None and (not place.options or found.unit_code in place.options):
            unit = self._name(found.unit_code)
            sentence = f"{where} nhắc đến “{found.written}”"
            if found.meant is not None:
                sentence += f" (hiểu là “{found.meant}”)"
            sentence += f", nay thuộc {unit}" if found.old_name else f", tức là {unit}"
            if found.against is not None:
                sentence += f", nhưng cũng nhắc đến “{found.against}”"
            return PlaceDecision(
                found.unit_code,
                How.TEXT,
                found.confidence,
                approximate=False,
                explanation=sentence + ".",
                alternatives=_ranked([code for code in found.options if code != found.unit_code], 1 - found.confidence),
            )
        options = place if place.options else text
        if options.options:
            names = self._either(options.options)
            sentence = f"“{options.written}” có thể là {names}"
            which = names if len(options.options) > 1 else f"{names} hay nơi khác"
            return self._desk(sentence, _ranked(options.options, 0.9), f"“{options.written}” là {which}?")
        return self._desk("Không tìm thấy tên xã, phường nào", (), "Việc xảy ra ở xã, phường nào?")

    def _desk(
        self, sentence: str, alternatives: tuple[Alternative, ...], ask: str, *, approximate: bool = False
    ) -> PlaceDecision:
        return PlaceDecision(
            None,
            How.PROVINCE_DESK,
            0.0,
            approximate=approximate,
            explanation=sentence + "; tổ điều phối của tỉnh quyết định.",
            alternatives=alternatives,
            ask=ask,
        )

    def _name(self, code: str) -> str:
        return self.unit_names[code]

    def _either(self, codes: Sequence[str]) -> str:
        return " hoặc ".join(self._name(code) for code in codes[:MOST_ASKED])


def _together(unit: str, place_text: str | None) -> str:
    return f"{unit}, {place_text}" if place_text else unit


def _near(pin: PinFinding) -> list[str]:
    """Return the unit nearest to a pin outside, if it may be the one that was meant."""
    return [pin.nearest] if pin.distance_km <= NEAR_THE_PROVINCE_KM else []


def _distance(kilometres: float) -> str:
    return f"{kilometres:.0f} km" if kilometres >= 1 else f"{kilometres * METRES_PER_KM:.0f} m"


def _ranked(codes: Sequence[str], share: float) -> tuple[Alternative, ...]:
    """Give several units equal parts of what is left of certainty."""
    unique = list(dict.fromkeys(codes))[:MOST_ALTERNATIVES]
    return tuple(Alternative(code, _rounded(share / len(unique))) for code in unique)


def _rounded(confidence: float) -> float:
    return round(min(max(confidence, 0.0), 1.0), 2)
