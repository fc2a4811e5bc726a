"""The names of a units document, with every kind and type, as the gazetteer takes them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any

from services.router.adapters.name_index import WordIndex
from services.router.domain.gazetteer import Gazetteer
from services.router.domain.names import Name, NameKind
from services.router.domain.place import Places
from services.router.domain.spelling import fold_words

Document = Mapping[str, Any]
# The last word of names that are told apart by it alone: without it they are one of a family.
SIDES = frozenset({"bac", "nam", "dong", "tay", "trung", "1", "2", "3"})
HIGHWAYS = {"quoc lo": ("QL",), "duong tinh": ("ĐT", "Tỉnh lộ", "TL")}


def places_of(document: Document) -> Places:
    """Make the places of a units document usable."""
    successors: dict[str, tuple[str, ...]] = {
        old["old_code"]: tuple(old["new_codes"]) for old in document["predecessors"]
    }
    return Places(
        unit_names={unit["code"]: unit["full_name"] for unit in document["units"]},
        successors=successors,
        gazetteer=Gazetteer(
            names_of(document), WordIndex, everyday_words=[*document["everyday_words"], *document.get("homonyms", ())]
        ),
    )


def names_of(document: Document) -> list[Name]:
    """List all names; a document without landmarks, roads and places elsewhere has none of those."""
    names = [*_units(document), *_predecessors(document)]
    names += _families([name for name in names if name.kind in {NameKind.UNIT, NameKind.PREDECESSOR}])
    names += _districts(document)
    names += _aliases(document, [name for name in names if name.kind is NameKind.DISTRICT])
    names += _provinces(document)
    names += _spots(document)
    names += _elsewhere(document, {name.folded for name in names})
    return names


def _elsewhere(document: Document, ours: AbstractSet[tuple[str, ...]]) -> Iterator[Name]:
    """Name what lies elsewhere; a rural district that is called like nothing here needs no "huyện" before it."""
    for place in document.get("elsewhere", ()):
        name = Name(place["name"], NameKind.ELSEWHERE, place["type"], ())
        yield name
        if name.folded_type == "huyen" and name.folded not in ours:
            yield replace(name, type="")


def _units(document: Document) -> Iterator[Name]:
    for unit in document["units"]:
        yield Name(unit["name"], NameKind.UNIT, unit["type"], (unit["code"],))


def _predecessors(document: Document) -> Iterator[Name]:
    for old in document["predecessors"]:
        yield Name(old["name"], NameKind.PREDECESSOR, old["type"], tuple(old["new_codes"]))


def _families(names: Sequence[Name]) -> Iterator[Name]:
    """Name what several have in common: "Hòa Quang" is Hòa Quang Bắc or Hòa Quang Nam, if nothing else is called so."""
    known = {name.folded for name in names}
    families: dict[tuple[str, ...], list[Name]] = defaultdict(list)
    for name in names:
        stem, side = name.folded[:-1], name.folded[-1]
        if len(stem) > 1 and side in SIDES and stem not in known:
            families[stem].append(name)
    for members in families.values():
        text = " ".join(members[0].words[:-1])
        codes = tuple(sorted({code for member in members for code in member.unit_codes}))
        yield Name(text, NameKind.PREDECESSOR, members[0].type, codes)


def _districts(document: Document) -> Iterator[Name]:
    districts: dict[tuple[str, str], set[str]] = defaultdict(set)
    for old in document["predecessors"]:
        if old["district"]:
            districts[old["district_type"], old["district"]].update(old["new_codes"])
    called = {unit["code"]: "".join(fold_words(unit["name"])) for unit in document["units"]}
    for (district_type, name), codes in districts.items():
        joined = "".join(fold_words(name))
        # The unit that is called like it comes first: that was the seat, and most of what happens happens there.
        in_order = sorted(codes, key=lambda code: (called.get(code) != joined, code))
        yield Name(name, NameKind.DISTRICT, district_type, tuple(in_order))


def _aliases(document: Document, districts: Iterable[Name]) -> Iterator[Name]:
    """Name units as people do; a unit called like the old district it lies in shares its other names with that."""
    units = {unit["code"]: unit for unit in document["units"]}
    by_name = {"".join(district.folded): district for district in districts}
    for alias in document["aliases"]:
        unit = units[alias["unit_code"]]
        if alias.get("former"):
            yield Name(alias["name"], NameKind.EARLIER, unit["type"], (unit["code"],))
            continue
        yield Name(alias["name"], NameKind.ALIAS, unit["type"], (unit["code"],))
        district = by_name.get("".join(fold_words(unit["name"])))
        if district is not None:
            yield Name(alias["name"], NameKind.DISTRICT, district.type, district.unit_codes)


def _provinces(document: Document) -> Iterator[Name]:
    provinces: dict[str, set[str]] = defaultdict(set)
    for unit in document["units"]:
        provinces[unit["former_province"]].add(unit["code"])
    # The province of today is called like one of its former parts; its name says nothing about the unit.
    provinces[document["name"]] = {unit["code"] for unit in document["units"]}
    for name, codes in provinces.items():
        yield Name(name, NameKind.PROVINCE, "tỉnh", tuple(sorted(codes)))


def _spots(document: Document) -> Iterator[Name]:
    for spot in document.get("spots", ()):
        codes = tuple(spot["unit_codes"])
        if spot["kind"] == "road":
            for name in _highway(spot["name"]):
                yield Name(name, NameKind.ROAD, "", codes)
        elif spot["kind"] == "street":
            yield Name(spot["name"], NameKind.STREET, "đường", codes)
        else:
            yield Name(spot["name"], NameKind.LANDMARK, "", codes)


def _highway(name: str) -> Iterator[str]:
    """Write "Quốc lộ 14" as QL 14 and QL14 too."""
    yield name
    *words, number = name.split()
    for short in HIGHWAYS.get(" ".join(fold_words(" ".join(words))), ()):
        yield f"{short} {number}"
        yield f"{short}{number}"
