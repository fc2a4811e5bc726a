"""Territory packs with other units than those of the repository: two that became one, one that was split."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.support.placing import PACK

Row = dict[str, str]
MERGED, MERGED_NAME = "90001", "Ea Kar Mới"
SPLIT_OFF, SPLIT_OFF_NAME = "90002", "Ea Phê Đông"


def copy_of_the_pack(folder: Path, *, version: str, since: str) -> Path:
    """Copy the pack under another label and date."""
    shutil.copytree(PACK, folder)
    file = folder / "territory.yaml"
    text = file.read_text(encoding="utf-8")
    text = text.replace('version: "2026.1"', f'version: "{version}"', 1)
    file.write_text(text.replace("valid_from: 2025-07-01", f"valid_from: {since}", 1), encoding="utf-8")
    return folder


def rewrite(file: Path, change: Callable[[list[Row]], list[Row]]) -> None:
    """Write a CSV file of a pack anew."""
    with file.open(encoding="utf-8", newline="") as opened:
        reader = csv.DictReader(opened)
        names, found = list(reader.fieldnames or ()), list(reader)
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, names)
        writer.writeheader()
        writer.writerows(change(found))


def merged_pack(folder: Path, one: str, other: str, *, since: str = "2027-01-01") -> Path:
    """Write a pack in which two units became one, called xã Ea Kar Mới."""
    copy_of_the_pack(folder, version="merged", since=since)
    gone = {one, other}
    former: list[Row] = []

    def units(found: list[Row]) -> list[Row]:
        old = [row for row in found if row["code"] in gone]
        former.extend(old)
        area = sum(float(row["area_km2"]) for row in old)
        new = {
            **old[0],
            "code": MERGED,
            "type": "xã",
            "name": MERGED_NAME,
            "full_name": f"Xã {MERGED_NAME}",
            "name_ascii": "Ea Kar Moi",
            "lat": str(sum(float(row["lat"]) for row in old) / 2),
            "lon": str(sum(float(row["lon"]) for row in old) / 2),
            "area_km2": f"{area:.2f}",
        }
        return [*(row for row in found if row["code"] not in gone), new]

    rewrite(folder / "units.csv", units)
    rewrite(
        folder / "predecessors.csv",
        lambda found: _with_former(
            _led_on(found, "new_code", dict.fromkeys(gone, MERGED)),
            [{**_former(row), "new_code": MERGED, "split": "0"} for row in former],
        ),
    )
    rewrite(folder / "aliases.csv", lambda found: _led_on(found, "code", dict.fromkeys(gone, MERGED)))
    rewrite(folder / "neighbours.csv", lambda found: _neighbours(found, dict.fromkeys(gone, MERGED)))
    for name in ("places.csv", "roads.csv"):
        rewrite(folder / name, lambda found: [_with_codes(row, gone) for row in found])
    return folder


def split_pack(folder: Path, code: str, *, since: str = "2027-06-01") -> Path:
    """Write a pack in which the east of a unit is one of its own, xã Ea Phê Đông, and the rest keeps its code."""
    copy_of_the_pack(folder, version="split", since=since)
    found: dict[str, Row] = {}

    def units(rows: list[Row]) -> list[Row]:
        old = next(row for row in rows if row["code"] == code)
        found["old"] = old
        half = f"{float(old['area_km2']) / 2:.2f}"
        new = {
            **old,
            "code": SPLIT_OFF,
            "type": "xã",
            "name": SPLIT_OFF_NAME,
            "full_name": f"Xã {SPLIT_OFF_NAME}",
            "name_ascii": "Ea Phe Dong",
            "lon": str(float(old["lon"]) + 0.03),
            "area_km2": half,
        }
        rest = {**old, "lon": str(float(old["lon"]) - 0.03), "area_km2": half}
        return [*(rest if row is old else row for row in rows), new]

    rewrite(folder / "units.csv", units)

    def predecessors(rows: list[Row]) -> list[Row]:
        old = {**_former(found["old"]), "split": "1"}
        return _with_former(rows, [{**old, "new_code": code}, {**old, "new_code": SPLIT_OFF}])

    rewrite(folder / "predecessors.csv", predecessors)
    rewrite(
        folder / "neighbours.csv",
        lambda rows: [
            *(row for row in rows if code not in row.values()),  # which of the two they are neighbours of is open
            {"code_a": code, "code_b": SPLIT_OFF},
        ],
    )
    return folder


def _former(unit: Row) -> Row:
    """Write a unit as one of before; since 2025 there are no districts."""
    return {
        "old_code": unit["code"],
        "type": unit["type"],
        "name": unit["name"],
        "district_type": "",
        "district": "",
        "province": "Đắk Lắk",
    }


def _with_former(rows: list[Row], former: list[Row]) -> list[Row]:
    """Put rows behind the others; they replace what was said of a unit of the same code, type and name."""
    replaced = {_triple(row) for row in former}
    return [*(row for row in rows if _triple(row) not in replaced), *former]


def _triple(row: Row) -> tuple[str, str, str]:
    return row["old_code"], row["type"], row["name"]


def _led_on(rows: list[Row], column: str, to: dict[str, str]) -> list[Row]:
    led = [{**row, column: to.get(row[column], row[column])} for row in rows]
    unique = list({tuple(row.items()): row for row in led}.values())
    if "split" not in led[0]:
        return unique
    counts: dict[str, int] = {}
    for row in unique:
        counts[row["old_code"]] = counts.get(row["old_code"], 0) + 1
    return [{**row, "split": str(int(counts[row["old_code"]] > 1))} for row in unique]


def _neighbours(rows: list[Row], to: dict[str, str]) -> list[Row]:
    pairs = {
        tuple(sorted((to.get(row["code_a"], row["code_a"]), to.get(row["code_b"], row["code_b"])))) for row in rows
    }
    return [{"code_a": one, "code_b": other} for one, other in sorted(pairs) if one != other]


def _with_codes(row: Row, gone: set[str]) -> Row:
    codes = dict.fromkeys(MERGED if code in gone else code for code in row["codes"].split(";"))
    return {**row, "codes": ";".join(codes)}
