"""Exam lists of schools, employers and occupational health units, in the terms of the official format."""

from __future__ import annotations

import csv
import functools
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from sangloc import settings
from sangloc.errors import ConfigurationError
from sangloc.exams.envelope import SHEET, Leaf, RawExam
from sangloc.intake import read_table

_ROMAN = {"I": "1", "II": "2", "III": "3", "IV": "4", "V": "5"}
_CLASSES = ("PHAN_LOAI_SK", "KHAM_THE_LUC_PL")
_CLASS_WORD = re.compile(r"^lo[aạ]i\s+", re.IGNORECASE)


@functools.cache
def _mapping() -> Mapping[str, tuple[str, str]]:
    path = settings.include() / "exams" / "sheet_fields.csv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return MappingProxyType({row["column"]: (row["part"], row["code"]) for row in csv.DictReader(file)})
    except (FileNotFoundError, KeyError):
        raise ConfigurationError(f"{path}: expected a table with the columns column, part, code") from None


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


def read_sheet(content: bytes, filename: str) -> Iterator[RawExam]:
    """The rows of a list in order, each column under the field of QĐ 2062 it stands for.

    Which that is says `include/exams/sheet_fields.csv`; a column without an entry (class, job, remark) keeps its name in
    part `SHEET`. Classes, ethnic groups and decimal commas are put as the decision writes them.

    Raises:
        FileRefused: not a readable table, or required columns are missing.
    """
    mapping = _mapping()
    for row in read_table(content, filename, "exam").rows():
        leaves: list[Leaf] = []
        for column, text in row.items():
            value = text.strip() if isinstance(text, str) else ""
            if not value or column in ("sheet", "stt"):
                continue
            part, code = mapping.get(column, (SHEET, column))
            leaves.append((part, code, _official(part, code, value)))
        yield RawExam(row["row_number"], SHEET, leaves, sheet=row["sheet"])
