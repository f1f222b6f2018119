"""Fills in workbooks as people do: cell by cell, everything else of the file untouched."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import xlsxwriter
from lxml import etree
from python_calamine import CalamineWorkbook

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
FIRST = "xl/worksheets/sheet1.xml"


def members(content: bytes, change: Callable[[str, bytes], bytes | None], more: Mapping[str, bytes] | None = None) -> bytes:
    """The file with each part as `change` gives it, without those of which it gives none, and `more` parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = change(name, old.read(name))
            if part is not None:
                new.writestr(name, part)
        for name, part in (more or {}).items():
            new.writestr(name, part)
    return target.getvalue()


def fill(content: bytes, answers: Mapping[str, Any], formulas: Mapping[str, str] | None = None) -> bytes:
    """The form with these answers, by label: numbers as numbers, texts as texts; `formulas` beside a value in `answers`."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        shared = [
            "".join(item.itertext()) for item in etree.fromstring(archive.read("xl/sharedStrings.xml")).iter(f"{{{MAIN}}}si")
        ]
    missing = set(answers)

    def change(name: str, part: bytes) -> bytes:
        if name != FIRST:
            return part
        sheet = etree.fromstring(part)
        merged = {cell.get("ref", "").split(":")[0] for cell in sheet.iter(f"{{{MAIN}}}mergeCell")}
        for row in sheet.iter(f"{{{MAIN}}}row"):
            cells = {cell.get("r", ""): cell for cell in row}
            label_cell = cells.get(f"B{row.get('r')}")
            if label_cell is None or label_cell.get("t") != "s":
                continue
            label = shared[int(label_cell.findtext(f"{{{MAIN}}}v", ""))]
            if label in answers:
                column = "C" if f"C{row.get('r')}" in merged else "E"
                put(cells[f"{column}{row.get('r')}"], answers[label], (formulas or {}).get(label))
                missing.discard(label)
        return etree.tostring(sheet)

    filled = members(content, change)
    assert not missing, missing
    return filled


def put(cell: Any, value: Any, formula: str | None = None) -> None:
    for child in list(cell):
        cell.remove(child)
    if formula:
        etree.SubElement(cell, f"{{{MAIN}}}f").text = formula
    if isinstance(value, str):
        cell.set("t", "inlineStr")
        text = etree.SubElement(etree.SubElement(cell, f"{{{MAIN}}}is"), f"{{{MAIN}}}t")
        text.text = value
    elif value is not None:
        cell.attrib.pop("t", None)
        etree.SubElement(cell, f"{{{MAIN}}}v").text = str(value)


def replaced(content: bytes, part_name: str, old: str, new: str) -> bytes:
    """The file with a text of one of its parts replaced."""

    def change(name: str, part: bytes) -> bytes:
        if name != part_name:
            return part
        assert old.encode() in part
        return part.replace(old.encode(), new.encode())

    return members(content, change)


def copied(content: bytes) -> bytes:
    """What somebody gets who copies the sheet's cells into a new workbook: no hidden sheet, no merged cells, no checks."""
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    page = book.add_worksheet("Sheet1")
    for line, row in enumerate(rows):
        for column, value in enumerate(row):
            if value != "":
                page.write(line, column, value)
    book.close()
    return target.getvalue()


def cells(content: bytes) -> list[list[Any]]:
    """The first sheet."""
    rows: list[list[Any]] = (
        CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    )
    return rows


def answer(content: bytes, label: str) -> tuple[Any, str]:
    """What stands in the cell of an answer, and the colour behind it (empty for none)."""
    for number, row in enumerate(cells(content)):
        if row[1] == label:
            column = 2 if f"C{number + 1}" in _merged(content) else 4
            return row[column], _colour(content, number, column)
    raise AssertionError(label)


def _merged(content: bytes) -> set[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = etree.fromstring(archive.read(FIRST))
    return {cell.get("ref", "").split(":")[0] for cell in sheet.iter(f"{{{MAIN}}}mergeCell")}


def _colour(content: bytes, number: int, column: int) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet, styles = etree.fromstring(archive.read(FIRST)), etree.fromstring(archive.read("xl/styles.xml"))
    reference = f"{'ABCDEFG'[column]}{number + 1}"
    style = next(int(cell.get("s", "0")) for cell in sheet.iter(f"{{{MAIN}}}c") if cell.get("r") == reference)
    look = styles.find(f"{{{MAIN}}}cellXfs")[style]
    fill = styles.find(f"{{{MAIN}}}fills")[int(look.get("fillId", "0"))]
    colour = fill.find(f".//{{{MAIN}}}fgColor")
    return "" if colour is None else colour.get("rgb", "")[2:]
