"""Exam lists of schools, employers and occupational health units, in the terms of the official format."""

from __future__ import annotations

import csv
import functools
import hashlib
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from sangloc import settings
from sangloc.errors import ConfigurationError
from sangloc.exams.envelope import SHEET, Leaf, RawExam
from sangloc.exams.record import OTHER_COLUMN, QD2062_FROM, parse_birth, parse_moment
from sangloc.intake import Table, name_fold, nfc, read_table

_ROMAN = {"I": "1", "II": "2", "III": "3", "IV": "4", "V": "5"}
_CLASSES = ("PHAN_LOAI_SK", "KHAM_THE_LUC_PL")
_CLASS_WORD = re.compile(r"^lo[aạ]i\s+", re.IGNORECASE)
_BRACKETS = re.compile(r"[(\[][^()\[\]]*[)\]]")
# What stands between groups, and what may also stand within the name of one.
_BETWEEN_GROUPS = re.compile(r"[;\n|]")
_PERHAPS_BETWEEN = re.compile(r"[,/+&]|\bvà\b", re.IGNORECASE)
_UNIT_WORD = re.compile(r"^lop ")


def _data(name: str, *columns: str) -> list[tuple[str, ...]]:
    path = settings.include() / "exams" / name
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [tuple(row[column] for column in columns) for row in csv.DictReader(file)]
    except (FileNotFoundError, KeyError):
        raise ConfigurationError(f"{path}: expected a table with the columns {', '.join(columns)}") from None


@functools.cache
def _mapping() -> Mapping[str, tuple[str, str]]:
    return MappingProxyType(
        {column: (part, code) for column, part, code in _data("sheet_fields.csv", "column", "part", "code")}
    )


@functools.cache
def _group_codes() -> Mapping[str, tuple[str, str]]:
    """Folded label -> its codes after QĐ 1551 and QĐ 2062."""
    return MappingProxyType(
        {_folded(label): (old, new) for label, old, new in _data("group_labels.csv", "label", "QD1551", "QD2062")}
    )


def _folded(text: str) -> str:
    return name_fold(text).replace(" ", "")


def _class(value: str) -> str:
    """`Loại III`, `III` and `3` are one class (QĐ 1613/BYT-QĐ writes Roman numbers, QĐ 2062 digits)."""
    bare = _CLASS_WORD.sub("", value).upper()
    return _ROMAN.get(bare, bare)


_DECIMAL_COMMA = re.compile(r"\d+,\d+")


def _official(part: str, code: str, value: str) -> str:
    """A value in the writing of QĐ 2062, where a list has another one for the same."""
    if code in _CLASSES:
        return _class(value)
    if code == "MA_DAN_TOC":
        from sangloc.roster.labels import ethnic_code

        return ethnic_code(value) or value
    return value.replace(",", ".") if part == "XML10" and _DECIMAL_COMMA.fullmatch(value) else value


def _groups(text: str, exam_date: str) -> str:
    """The groups of a list as codes of DOI_TUONG, joined by `;`; what is no group stays as it is, for the table to judge.

    The codes are those of the decision in force on the day of the exam: “Khác” is 14 in QĐ 1551 and 16 in QĐ 2062.
    """
    day = parse_moment(exam_date)
    place = 1 if day is None or day.date() >= QD2062_FROM else 0

    def code(label: str) -> str | None:
        for writing in (label, _BRACKETS.sub(" ", label)):
            if found := _group_codes().get(_folded(writing)):
                return found[place]
        return label if label.isdigit() else None

    said: list[str] = []
    for label in map(str.strip, _BETWEEN_GROUPS.split(text)):
        if (whole := code(label)) is not None:
            said.append(whole)
            continue
        pieces = [piece.strip() for piece in _PERHAPS_BETWEEN.split(label)]
        codes = [code(piece) for piece in pieces]
        # A text of which only a part is understood is cut only there.
        said += [known or piece for known, piece in zip(codes, pieces, strict=True)] if any(codes) else [label]
    return ";".join(dict.fromkeys(filter(None, said)))


def _own_key(row: Mapping[str, Any], kind: str) -> str:
    """The MA_LK of a row of a list that has none: the same whenever the list is sent again.

    Made of the kind of list, the day of the exam, name, birth date and class or department. Names count without their
    diacritics. The facility is no part of it, because one facility's MA_LK means nothing to another.
    """
    day, born = parse_moment(row["exam_date"]), parse_birth(row["birth_date"])
    said = (
        kind,
        day.date().isoformat() if day else nfc(row["exam_date"]),
        name_fold(row["full_name"]),
        " ".join(map(str, born)) if born else nfc(row["birth_date"]),
        _UNIT_WORD.sub("", name_fold(row["unit"])).replace(" ", ""),
    )
    digest = hashlib.sha256("\x1f".join(said).encode()).hexdigest()[:20]
    return f"DS-{day:%Y%m%d}-{digest}" if day else f"DS-{digest}"


def read_sheet(content: bytes, filename: str, kind: str) -> Iterator[RawExam]:
    """The rows of a list in order, each column under the field of QĐ 2062 it stands for.

    Which that is says `include/exams/sheet_fields.csv`; a column without an entry (class, job, remark) keeps its name in
    part `SHEET`. Classes, ethnic groups, target groups and decimal commas are put as the decision writes them; target
    groups that came as text are also kept as they came, in part `SHEET`. So is every column with an unknown heading: its
    code is `COT_` and the column's letter, its value the heading and the cell.

    A list without a column for MA_LK gives its rows a MA_LK of their own (`RawExam.own_key`). Rows of one list that would
    get the same one and say different things are marked as `ambiguous`: they may be two people.

    Args:
        kind: what the list is of, such as `school`.

    Raises:
        FileRefused: not a readable table, or required columns are missing.
    """
    table = read_table(content, filename, "exam")
    if "ma_lk" in table.present:
        for row in table.rows():
            yield RawExam(row["row_number"], SHEET, _leaves(row, table), sheet=row["sheet"])
        return
    said: dict[str, bytes] = {}
    ambiguous: set[str] = set()
    # Twice, because a row may only be given away when the last one is known, and a list may have millions of cells.
    for row in table.rows():
        key = _own_key(row, kind)
        says = hashlib.sha256(repr(_leaves(row, table)).encode()).digest()
        if said.setdefault(key, says) != says:
            ambiguous.add(key)
    for row in table.rows():
        key = _own_key(row, kind)
        leaves = _leaves(row, table)
        yield RawExam(row["row_number"], SHEET, leaves, sheet=row["sheet"], own_key=key, ambiguous=key in ambiguous)


def _leaves(row: Mapping[str, Any], table: Table) -> list[Leaf]:
    from xlsxwriter.utility import xl_col_to_name

    mapping, others = _mapping(), table.others.get(row["sheet"], {})
    leaves: list[Leaf] = []
    for column, text in row.items():
        value = text.strip() if isinstance(text, str) else ""
        if not value or column in ("sheet", "stt"):
            continue
        if column in others:
            position, heading = others[column]
            leaves.append((SHEET, OTHER_COLUMN + xl_col_to_name(position), f"{heading}: {value}"))
            continue
        part, code = mapping.get(column, (SHEET, column))
        if column == "group_codes":
            codes = _groups(value, row["exam_date"])
            leaves.append((part, code, codes))
            if codes != value:
                leaves.append((SHEET, column, value))
            continue
        leaves.append((part, code, _official(part, code, value)))
    return leaves
