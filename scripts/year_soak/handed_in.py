"""Forms as units fill them: the workbook that the system laid into a unit's folder, its yellow cells typed into, sent back."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from lxml import etree

from year_soak.model import Moment
from year_soak.scenario import Input, Sent

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
SHEET, TEXTS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"


def send(landing: Path, owed: Input, sent: Sent, now: Moment) -> list[str]:
    """Each of these units takes its empty form, fills it in and drops it; returns the units' folders.

    Raises:
        AssertionError: the system has not laid a form for as many units as owe one, or a form lacks a question.
    """
    empty = sorted(
        (landing / owed.slug / "returned" / "forms").glob(f"*/bieu_{owed.obligation}_{owed.key}_{owed.name}.xlsx"),
        key=lambda path: path.parent.name,
    )
    assert len(empty) == owed.expected, f"{owed.name} of {owed.slug}: {len(empty)} forms laid down; expected {owed.expected}"
    folders = []
    for place in sent.units:
        form = empty[place]
        target = landing / owed.slug / "submissions" / form.parent.name / f"{owed.obligation} {now:%d%m%y %H%M}.xlsx"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(filled(form.read_bytes(), owed.answers(place, sent)))
        # Before the forms of a minute ago are looked for: files have the time at which they came.
        came = (now - timedelta(minutes=1)).replace(tzinfo=ZoneInfo("Asia/Ho_Chi_Minh")).timestamp()
        os.utime(target, (came, came))
        folders.append(form.parent.name)
    return folders


def filled(form: bytes, answers: Mapping[str, Any]) -> bytes:
    """A form with an answer typed in beside each of these questions; nothing else of the file is touched."""
    with zipfile.ZipFile(io.BytesIO(form)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    shared = ["".join(map(str, text.itertext())) for text in etree.fromstring(parts[TEXTS]).iter(f"{MAIN}si")]
    page = etree.fromstring(parts[SHEET])
    # A text has one wide cell from the third column on, a number stands in the fifth.
    wide = {str(cell.get("ref")).partition(":")[0] for cell in page.iter(f"{MAIN}mergeCell")}
    missing = set(answers)
    for row in page.iter(f"{MAIN}row"):
        number = row.get("r")
        cells = {cell.get("r"): cell for cell in row}
        question = cells.get(f"B{number}")
        if question is None or question.get("t") != "s":
            continue
        asked = shared[int(question.findtext(f"{MAIN}v") or 0)]
        if asked in missing:
            missing.discard(asked)
            _type(cells[f"C{number}" if f"C{number}" in wide else f"E{number}"], answers[asked])
    assert not missing, f"questions that no form has: {sorted(missing)}"
    parts[SHEET] = etree.tostring(page)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return target.getvalue()


def _type(cell: Any, value: int | str) -> None:
    for child in list(cell):
        cell.remove(child)
    if isinstance(value, str):
        cell.set("t", "inlineStr")
        etree.SubElement(etree.SubElement(cell, f"{MAIN}is"), f"{MAIN}t").text = value
    else:
        cell.attrib.pop("t", None)
        etree.SubElement(cell, f"{MAIN}v").text = str(value)
