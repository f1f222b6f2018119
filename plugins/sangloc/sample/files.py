"""Writing files so that the same content always has the same bytes, and an interrupted run leaves no half file."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path


def write(path: Path, content: bytes) -> None:
    """Put `content` at `path`; a file that already holds it is left alone."""
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    part.replace(path)


def sheet(heading: Sequence[str], body: Sequence[Sequence[str]], numbers: int) -> bytes:
    """An XLSX file with one sheet, the column at position `numbers` as numbers, everything else as text."""
    import xlsxwriter

    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "constant_memory": True, "strings_to_numbers": False})
    # The file's own time stamp would otherwise differ from run to run.
    book.set_properties({"created": datetime(2026, 1, 1)})  # noqa: DTZ001
    page = book.add_worksheet("Danh sách")
    for column, title in enumerate(heading):
        page.write_string(0, column, title)
    for line, cells in enumerate(body, start=1):
        for column, text in enumerate(cells):
            if column == numbers:
                page.write_number(line, column, int(text))
            elif text:
                page.write_string(line, column, text)
    book.close()
    return target.getvalue()
