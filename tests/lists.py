"""Lists of a sample, read without the project's own reader."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

from python_calamine import CalamineWorkbook


def read_list(path: Path, named: Callable[[str], str]) -> list[dict[str, str]]:
    """The rows of a list below its heading, each by the columns' names; `named` makes them of the titles."""
    if path.suffix == ".xlsx":
        book = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
        lines = [[str(cell) for cell in line] for line in book]
    else:
        text = path.read_text(encoding="utf-8-sig")
        separator = ";" if text.split("\n", 1)[0].count(";") > 3 else ","
        lines = list(csv.reader(io.StringIO(text), delimiter=separator))
    heading = [named(title) for title in lines[0]]
    return [dict(zip(heading, line, strict=True)) for line in lines[1:]]
