"""Whether a spreadsheet may be opened at all: a few kilobytes of it can ask for more memory than the machine has."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import IO
from xml.parsers import expat

from sangloc.intake.refusal import FileRefused

MOST_BYTES = 100_000_000
MOST_UNPACKED = 1_000_000_000
# How many times larger than the file its content may be, once that is more than UNPACKED_ALWAYS bytes.
MOST_UNPACKED_RATIO = 200
UNPACKED_ALWAYS = 10_000_000
# Cells of all sheets, each counted from A1 to its last row and column: the reader makes room for every one of them.
MOST_CELLS = 20_000_000

_ZIP = b"PK\x03\x04"
_CHUNK = 1 << 20
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


def check_spreadsheet(content: bytes) -> None:
    """Refuse a spreadsheet that would take too much memory, before any of it is opened.

    The file itself, what it unpacks to and, of XLSX, the area up to the last cell of each sheet are limited. Of XLS
    only the size is.

    Raises:
        FileRefused: `unreadable`, with a message that says what is wrong; `format_unknown` for other kinds of
            spreadsheet in a ZIP file (ODS, XLSB), which cannot be checked.
    """
    if len(content) > MOST_BYTES:
        raise FileRefused("unreadable", message="spreadsheet_too_large")
    if content.startswith(_ZIP):
        _check_zip(content)


def _check_zip(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            names = {member.filename.lower().replace("\\", "/") for member in members}
            if "xl/workbook.xml" not in names or names & {"content.xml", "xl/workbook.bin"}:
                raise FileRefused("format_unknown")
            allowed = min(MOST_UNPACKED, max(UNPACKED_ALWAYS, MOST_UNPACKED_RATIO * len(content)))
            # What the list of members says need not be true: it only spares the work.
            if sum(member.file_size for member in members) > allowed:
                raise FileRefused("unreadable", message="spreadsheet_too_large")
            cells = 0
            for member in members:
                with archive.open(member) as stream:
                    # Drawings (.vml) and pictures are no XML, or not well-formed; sheets are always .xml.
                    limited = _Limited(stream, allowed)
                    cells += _cells(limited) if member.filename.lower().endswith(".xml") else _no_sheet(limited)
                    allowed = limited.left
                if cells > MOST_CELLS:
                    raise FileRefused("unreadable", message="spreadsheet_cells")
    except (zipfile.BadZipFile, zlib.error, expat.ExpatError, OSError, RuntimeError, ValueError, EOFError):
        # RuntimeError: encrypted. NotImplementedError, one of them: an unusual compression.
        raise FileRefused("unreadable") from None


class _Limited:
    """A stream of which no more than so many bytes may come."""

    def __init__(self, stream: IO[bytes], most: int) -> None:
        self._stream = stream
        self.left = most

    def read(self, size: int = _CHUNK) -> bytes:
        chunk = self._stream.read(min(size, _CHUNK))
        self.left -= len(chunk)
        if self.left < 0:
            raise FileRefused("unreadable", message="spreadsheet_too_large")
        return chunk


def _no_sheet(stream: _Limited) -> int:
    tail = b""
    while chunk := stream.read():
        if b"sheetData" in tail + chunk:
            raise FileRefused("unreadable")
        tail = chunk[-16:]
    return 0


def _cells(stream: _Limited) -> int:
    """Rows times columns of the area from A1 to the last cell; 0 for what is no sheet.

    A cell without a reference stands right of the one before it, a row without a number below the one before.
    """
    row = column = last_row = last_column = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal row, column, last_row, last_column
        name = tag.rpartition(":")[2]
        if name == "row":
            row = int(attributes["r"]) if "r" in attributes else row + 1
            column = 0
        elif name == "c":
            if reference := attributes.get("r"):
                found = _REFERENCE.fullmatch(reference.upper())
                if found is None:
                    raise ValueError("cell reference")
                row, column = int(found[2]), _column_number(found[1])
            else:
                column += 1
            last_row, last_column = max(last_row, row), max(last_column, column)

    def no_doctype(*_: object) -> None:
        raise ValueError("document type")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    # Office Open XML has none (ECMA-376 part 2), and entities may grow without end.
    parser.StartDoctypeDeclHandler = no_doctype
    while chunk := stream.read():
        parser.Parse(chunk, False)
    parser.Parse(b"", True)
    return last_row * last_column


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
