"""Regenerate or check `include/provinces/<slug>/communes.csv` from the MIT package `vietnamadminunits`.

    python scripts/communes.py            write the three files
    python scripts/communes.py --check    exit status 1, and which files differ from what the package says

Population and kinds of area are not the package's: what stands in those columns is kept.

The package is needed by this script only (requirements-dev); the project itself reads the CSV files. The units are
those in force since 2025-07-01 (QĐ 19/2025/QĐ-TTg). When a unit changes later, close its row by hand (`valid_to`) and
add the new one: rows that are closed, and rows that open after 2025-07-01, are kept and not compared.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import io
import sqlite3
import sys
import unicodedata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEADER = ["code", "name", "kind", "latitude", "longitude", "valid_from", "valid_to"]
# Entered by hand, from other sources (include/provinces/README.md); kept as they are.
ENTERED = ["population", "population_certainty", "area", "ethnic_area", "island", "border"]
IN_FORCE_SINCE = "2025-07-01"
# slug -> (province code, number of communes in force since 2025-07-01, by three independent sources)
PROVINCES = {"hai_phong": ("31", 114), "lang_son": ("20", 65), "thai_nguyen": ("19", 92)}
KINDS = ("xã", "phường", "đặc khu")


def dataset() -> Path:
    """The package's SQLite file."""
    spec = importlib.util.find_spec("vietnamadminunits")
    if spec is None or not spec.submodule_search_locations:
        sys.exit("The package vietnamadminunits is not installed: pip install -r requirements-dev.txt")
    return Path(next(iter(spec.submodule_search_locations))) / "data" / "dataset.db"


def official_rows(province_code: str, expected: int) -> list[list[str]]:
    """The province's communes as CSV rows, ordered by code.

    Raises:
        SystemExit: when the package's data is not what this script was written for.
    """
    with sqlite3.connect(f"file:{dataset()}?mode=ro", uri=True) as source:
        units = source.execute(
            "SELECT wardCode, ward, wardLat, wardLon FROM admin_units WHERE provinceCode = ? ORDER BY wardCode",
            (province_code,),
        ).fetchall()
    rows = []
    for code, name, latitude, longitude in units:
        name = " ".join(unicodedata.normalize("NFC", name).split())
        name = name[0].upper() + name[1:]
        # The kind is read from the official name: the package's own type column calls Phường Việt Hòa (10543) a xã.
        kind = next((kind for kind in KINDS if name.lower().startswith(kind + " ")), None)
        if kind is None or latitude is None or longitude is None:
            sys.exit(f"Unexpected unit {code} in vietnamadminunits: {name!r}, {latitude}, {longitude}")
        rows.append([str(code).zfill(5), name, kind, f"{latitude:.4f}", f"{longitude:.4f}", IN_FORCE_SINCE, ""])
    if len(rows) != expected or len({row[0] for row in rows}) != expected:
        sys.exit(f"Province {province_code}: {len(rows)} units in vietnamadminunits, expected {expected}")
    return rows


def present_rows(path: Path) -> list[list[str]]:
    """The rows of the file as it is."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def render(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([HEADER + ENTERED, *rows])
    return text.getvalue()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing; exit status 1 when a file differs")
    check = parser.parse_args().check
    wrong = 0
    for slug, (code, expected) in PROVINCES.items():
        path = ROOT / "include" / "provinces" / slug / "communes.csv"
        present = present_rows(path)
        kept = [row for row in present if row[6] or row[5] > IN_FORCE_SINCE]
        closed = {row[0] for row in kept}
        entered = {row[0]: row[len(HEADER) :] for row in present}
        nothing = [""] * len(ENTERED)
        official = [row + entered.get(row[0], nothing) for row in official_rows(code, expected) if row[0] not in closed]
        rows = sorted(official + kept)
        text = render(rows)
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"{path.relative_to(ROOT)}: {len(rows)} rows")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            wrong += 1
            print(f"{path.relative_to(ROOT)} differs from vietnamadminunits: run python scripts/communes.py")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
