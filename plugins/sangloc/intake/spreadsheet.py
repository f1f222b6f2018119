"""XLSX and XLS files: whether they may be opened at all, and their sheets.

A few kilobytes of spreadsheet can ask for more memory than the machine has, so the last cell of every sheet is looked
for before the file is opened.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import IO, TYPE_CHECKING, Any, NamedTuple
from xml.parsers import expat

from sangloc.intake.headers import HEAD_ROWS
from sangloc.intake.layouts import Cells
from sangloc.intake.refusal import FileRefused
from sangloc.intake.sheets import FORMAT_MARKS, Sheet, at, is_panic, without_format_marks

if TYPE_CHECKING:
    import polars as pl
    from python_calamine import CalamineWorkbook

MOST_BYTES = 100_000_000
MOST_UNPACKED = 1_000_000_000
# How many times larger than the file its content may be, once that is more than UNPACKED_ALWAYS bytes.
MOST_UNPACKED_RATIO = 200
UNPACKED_ALWAYS = 10_000_000
# Cells of all sheets, each counted from A1 to its last row and column: the reader makes room for every one of them.
MOST_CELLS = 20_000_000

_ZIP = b"PK\x03\x04"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SIGNATURES = (_ZIP, _COMPOUND[:4])
_CHUNK = 1 << 20
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


def check_spreadsheet(content: bytes, most_unpacked: int = MOST_UNPACKED, most_cells: int = MOST_CELLS) -> None:
    """Refuse a spreadsheet that would take too much memory, before any of it is opened.

    The file itself, what it unpacks to and the area up to the last cell of each sheet are limited.

    Args:
        content: XLSX or XLS.
        most_unpacked: bytes that an XLSX may unpack to.
        most_cells: of an XLSX: cells of all sheets, each counted from A1 to its last row and column.

    Raises:
        FileRefused: `unreadable`, with a message that says what is wrong; `format_unknown` for other kinds of
            spreadsheet in a ZIP file (ODS, XLSB), which cannot be checked.
    """
    if len(content) > MOST_BYTES:
        raise FileRefused("unreadable", message="spreadsheet_too_large")
    if content.startswith(_ZIP):
        _check_zip(content, most_unpacked, most_cells)
    else:
        _check_compound(content)


def _check_zip(content: bytes, most_unpacked: int, most_cells: int) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            names = {member.filename.lower().replace("\\", "/") for member in members}
            if "xl/workbook.xml" not in names or names & {"content.xml", "xl/workbook.bin"}:
                raise FileRefused("format_unknown")
            allowed = min(most_unpacked, max(UNPACKED_ALWAYS, MOST_UNPACKED_RATIO * len(content)))
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
                if cells > most_cells:
                    raise FileRefused("unreadable", message="spreadsheet_cells")
    except (zipfile.BadZipFile, zlib.error, expat.ExpatError, OSError, RuntimeError, ValueError, EOFError, LookupError):
        # RuntimeError: encrypted. NotImplementedError, one of them: an unusual compression. LookupError: an encoding of XML.
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


# [MS-CFB]: special sector numbers, and how many sectors of the table the header lists itself.
_FREE = 0xFFFFFFFA
_IN_HEADER = 109
# [MS-XLS] 2.3: records that are one cell (row, column), that are several (row, first column, …, last column), and others.
_ONE_CELL = {0x0006, 0x0201, 0x0203, 0x0204, 0x0205, 0x0206, 0x0406, 0x00D6, 0x00FD, 0x027E}
_SEVERAL_CELLS = {0x00BD, 0x00BE}
_DIMENSIONS, _BEGIN, _FILEPASS = 0x0200, 0x0809, 0x002F


def _check_compound(content: bytes) -> None:
    try:
        streams = _streams(content)
        if "EncryptedPackage" in streams:
            raise FileRefused("unreadable", message="spreadsheet_password")
        if sum(_cells_of_records(streams[name]) for name in ("Workbook", "Book") if name in streams) > MOST_CELLS:
            raise FileRefused("unreadable", message="spreadsheet_cells")
    except (struct.error, IndexError, ValueError):
        raise FileRefused("unreadable") from None


def _streams(content: bytes) -> dict[str, bytes]:
    """The streams of a compound file that are kept in whole sectors, which all large ones are."""
    size = 1 << min(struct.unpack_from("<H", content, 30)[0], 12)
    if not content.startswith(_COMPOUND) or size < 512:
        raise ValueError("compound file")
    (first_directory,) = struct.unpack_from("<I", content, 48)
    (next_table,) = struct.unpack_from("<I", content, 68)
    tables = list(struct.unpack_from(f"<{_IN_HEADER}I", content, 76))
    most = len(content) // size + 1

    def sector(number: int) -> bytes:
        return content[(number + 1) * size : (number + 2) * size]

    for _ in range(most):
        if next_table >= _FREE:
            break
        *more, next_table = struct.unpack(f"<{size // 4}I", sector(next_table))
        tables += more
    followers = b"".join(sector(number) for number in tables if number < _FREE)
    following = struct.unpack(f"<{len(followers) // 4}I", followers)

    def chain(number: int) -> bytes:
        parts: list[bytes] = []
        for _ in range(most):
            if number >= _FREE:
                return b"".join(parts)
            parts.append(sector(number))
            number = following[number]
        raise ValueError("circular chain")

    streams = {}
    directory = chain(first_directory)
    for start in range(0, len(directory) - 127, 128):
        length, kind = struct.unpack_from("<HB", directory, start + 64)
        if kind == 2 and 2 <= length <= 64:
            name = directory[start : start + length - 2].decode("utf-16-le", "replace")
            first, used = struct.unpack_from("<II", directory, start + 116)
            # A short stream lies elsewhere; nothing large fits into it.
            streams[name] = chain(first)[:used] if used >= 4096 else b""
    return streams


def _cells_of_records(stream: bytes) -> int:
    """Rows times columns up to the last cell, summed over the sheets of a workbook's stream (BIFF5 and BIFF8)."""
    cells = last_row = last_column = place = 0
    while place + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, place)
        data = stream[place + 4 : place + 4 + length]
        place += 4 + length
        if kind == _FILEPASS:
            raise FileRefused("unreadable", message="spreadsheet_password")
        if kind == _BEGIN:
            cells += last_row * last_column
            last_row = last_column = 0
        elif kind == _DIMENSIONS and len(data) >= 10:
            wide = len(data) >= 14
            _, row, _, column = struct.unpack_from("<IIHH" if wide else "<HHHH", data)
            last_row, last_column = max(last_row, row), max(last_column, column)
        elif (kind in _ONE_CELL or kind in _SEVERAL_CELLS) and len(data) >= 4:
            row, column = struct.unpack_from("<HH", data)
            if kind in _SEVERAL_CELLS:
                (column,) = struct.unpack_from("<H", data, len(data) - 2)
            last_row, last_column = max(last_row, row + 1), max(last_column, column + 1)
    return cells + last_row * last_column


# Day 0 of spreadsheet serial numbers; 60 and below are off by one and older than anyone alive.
_SERIAL_ZERO = date(1899, 12, 30)
_SERIALS = range(10_000, 80_000)


def serial_date(number: float) -> str | None:
    """The day that a spreadsheet's serial number stands for, as yyyy-mm-dd; None for a number that is no likely day."""
    return (_SERIAL_ZERO + timedelta(days=int(number))).isoformat() if int(number) in _SERIALS else None


def _cell_text(value: Any, kind: Cells) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        digits = str(value)
        if kind == "citizen_id":
            # A number cell cannot hold the leading zeros of a province code such as 001 or 020.
            return digits.zfill(12) if len(digits) in (10, 11) else digits
        return (kind == "date" and serial_date(value)) or digits
    if kind == "date" and isinstance(value, float) and value < _SERIALS.stop:
        return serial_date(value) or str(value)
    return "" if value is None else str(value)


def read_spreadsheet(content: bytes) -> Iterator[Sheet]:
    """The visible sheets of an XLSX or XLS file, one after the other.

    Hidden ones are left out: who sends the file does not see them, and they keep old lists and look-up tables. Rows that
    are hidden, as a filter does it, are read.

    Raises:
        FileRefused: `unreadable` or `format_unknown`, with a message that says what is wrong.
    """
    from python_calamine import CalamineWorkbook, SheetVisibleEnum

    check_spreadsheet(content)
    with _refusing():
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    for entry in workbook.sheets_metadata:
        if entry.visible == SheetVisibleEnum.Visible:
            yield _sheet(entry.name, _rows(workbook, entry.name))


@contextlib.contextmanager
def _refusing() -> Iterator[None]:
    """Whatever the reader says of its input is a refusal of the file."""
    from python_calamine import CalamineError, PasswordError

    try:
        yield
    except PasswordError:
        raise FileRefused("unreadable", message="spreadsheet_password") from None
    except (CalamineError, OSError, ValueError, OverflowError, LookupError, zipfile.BadZipFile, expat.ExpatError):
        # OverflowError: a length of time beyond what Python can hold.
        raise FileRefused("unreadable") from None
    except BaseException as error:
        if not is_panic(error):
            raise
        raise FileRefused("unreadable") from None


def _rows(workbook: CalamineWorkbook, name: str) -> Iterator[list[Any]]:
    with _refusing():
        yield from workbook.get_sheet_by_name(name).iter_rows()


def _sheet(name: str, rows: Iterator[list[Any]]) -> Sheet:
    first = list(itertools.islice(rows, HEAD_ROWS))
    head = [[without_format_marks(_cell_text(value, "text")) for value in row] for row in first]

    def body(start: int, kinds: Mapping[int, Cells]) -> pl.DataFrame:
        import polars as pl

        texts: list[list[str]] = [[] for _ in kinds]
        count = 0
        for row in itertools.islice(itertools.chain(first, rows), start, None):
            count += 1
            for column, (position, kind) in zip(texts, kinds.items(), strict=True):
                column.append(_cell_text(row[position], kind) if position < len(row) else "")
        frame = pl.DataFrame(
            {"row_number": range(start + 1, start + 1 + count), **dict(zip(map(at, kinds), texts, strict=True))},
            schema={"row_number": pl.Int64, **{at(position): pl.String for position in kinds}},
        )
        return frame.with_columns(pl.col(pl.String).str.replace_all(f"[{FORMAT_MARKS}\0]", ""))

    return Sheet(name, head, body)


class Grid(NamedTuple):
    """A sheet as it is: its cells from A1 on, and which of them (row, column, from 0) are formulas."""

    name: str
    visible: bool
    rows: list[list[Any]]
    formulas: frozenset[tuple[int, int]]


def read_grids(content: bytes, most_unpacked: int, most_cells: int) -> list[Grid]:
    """Every sheet of a small XLSX file, also the hidden ones. Of a formula the cell holds what its program last computed.

    Args:
        content: the file.
        most_unpacked: bytes it may unpack to.
        most_cells: cells of all sheets, each counted from A1 to its last row and column.

    Raises:
        FileRefused: `unreadable` or `format_unknown`, with a message that says what is wrong.
    """
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    if not content.startswith(_ZIP):
        raise FileRefused("format_unknown")
    check_spreadsheet(content, most_unpacked, most_cells)
    with _refusing():
        formulas = _formulas(content)
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return [
            Grid(
                entry.name,
                entry.visible == SheetVisibleEnum.Visible,
                workbook.get_sheet_by_name(entry.name).to_python(skip_empty_area=False),
                formulas[entry.name],
            )
            for entry in workbook.sheets_metadata
            if entry.typ == SheetTypeEnum.WorkSheet
        ]


def _formulas(content: bytes) -> dict[str, frozenset[tuple[int, int]]]:
    """The cells with a formula, by the name of their sheet."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        # Of two members of one name other programs may read the other one.
        if len(set(archive.namelist())) < len(archive.namelist()):
            raise FileRefused("unreadable")
        names: dict[str, str] = {}
        targets: dict[str, str] = {}

        def sheet(tag: str, attributes: dict[str, str]) -> None:
            if tag.rpartition(":")[2] == "sheet":
                number = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), "")
                names[number] = attributes.get("name", "")

        def relation(tag: str, attributes: dict[str, str]) -> None:
            if tag.rpartition(":")[2] == "Relationship":
                targets[attributes.get("Id", "")] = attributes.get("Target", "")

        _each_tag(archive.read("xl/workbook.xml"), sheet)
        _each_tag(archive.read("xl/_rels/workbook.xml.rels"), relation)
        found = {}
        for number, name in names.items():
            target = targets.get(number, "")
            found[name] = _formula_cells(archive.read(posixpath.normpath(posixpath.join("/xl", target)).removeprefix("/")))
        return found


def _formula_cells(sheet: bytes) -> frozenset[tuple[int, int]]:
    row = column = 0
    found: set[tuple[int, int]] = set()

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal row, column
        name = tag.rpartition(":")[2]
        if name == "row":
            row, column = (int(attributes["r"]) if "r" in attributes else row + 1), 0
        elif name == "c":
            reference = _REFERENCE.fullmatch(attributes.get("r", "").upper())
            row, column = (int(reference[2]), _column_number(reference[1])) if reference else (row, column + 1)
        elif name == "f":
            found.add((row - 1, column - 1))

    _each_tag(sheet, start)
    return frozenset(found)


def _each_tag(xml: bytes, start: Callable[[str, dict[str, str]], None]) -> None:
    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.Parse(xml, True)
