"""What somebody changed in a document: its lines beside those of the document as it was made."""

from __future__ import annotations

import io
from difflib import SequenceMatcher
from itertools import zip_longest

# More than these nobody reads in a terminal.
MOST = 10
LONGEST = 200


def what_was_changed(kind: str, made: bytes, given: bytes) -> list[str]:
    """The lines of a DOCX, or of an XLSX, that say something else than when it was made, in words; at most `MOST`.

    Of a PDF, and of a file that cannot be read any more, nothing is said but that.

    Args:
        kind: docx, pdf or xlsx.
        made, given: the document as it was made, and the file somebody has.
    """
    readers = {"docx": _of_docx, "xlsx": _of_xlsx}
    if kind not in readers:
        return []
    old = readers[kind](made)
    try:
        new = readers[kind](given)
    # Whatever became of the file, its reader may fail at anything in it.
    except Exception:
        return [f"the file cannot be read as {kind.upper()} any more"]
    found = []
    for what, begins, ends, new_begins, new_ends in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what != "equal":
            found += [_said(*pair) for pair in zip_longest(old[begins:ends], new[new_begins:new_ends], fillvalue="")]
    if not found:
        return ["its words and figures are those that were made; what differs is how they look or are stored"]
    more = len(found) - MOST
    return found[:MOST] + ([f"and {more} further lines"] if more > 0 else [])


def _said(was: str, now: str) -> str:
    if not was:
        return f"added: “{now[:LONGEST]}”"
    if not now:
        return f"left out: “{was[:LONGEST]}”"
    return f"“{was[:LONGEST]}” was changed to “{now[:LONGEST]}”"


def _of_docx(content: bytes) -> list[str]:
    from docx import Document
    from docx.table import Table

    lines = []
    for block in Document(io.BytesIO(content)).iter_inner_content():
        if isinstance(block, Table):
            lines += [" | ".join(cell.text for cell in row.cells) for row in block.rows]
        else:
            lines.append(block.text)
    return [line for line in lines if line.strip()]


def _of_xlsx(content: bytes) -> list[str]:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return [
        f"{name}: " + " | ".join(str(cell) for cell in row)
        for name in book.sheet_names
        for row in book.get_sheet_by_name(name).to_python()
    ]
