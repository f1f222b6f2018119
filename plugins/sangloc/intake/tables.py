"""CSV and spreadsheets with Vietnamese headings, to frames with the project's column names."""

from __future__ import annotations

import codecs
import csv
import functools
import io
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import yaml

from sangloc import settings
from sangloc.errors import ConfigurationError
from sangloc.intake.refusal import FileRefused
from sangloc.intake.spreadsheet import check_spreadsheet
from sangloc.intake.text import name_fold

if TYPE_CHECKING:
    import polars as pl

HEADER_WITHIN = 10
MOST_LINES_OF_A_CELL = 10

_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
# Day 0 of spreadsheet serial numbers; 60 and below are off by one and older than anyone alive.
_SERIAL_ZERO = date(1899, 12, 30)
_SERIALS = range(10_000, 80_000)


@dataclass(frozen=True)
class Column:
    """A column of a layout: how number cells are read, and the headings it is known by (the first one is preferred)."""

    kind: Literal["text", "date", "citizen_id"]
    headings: tuple[str, ...]


@dataclass(frozen=True)
class Layout:
    """What a kind of list holds: `include/intake/<name>.yaml`."""

    columns: dict[str, Column]
    required: tuple[str, ...]
    by_heading: dict[str, str]


@dataclass(frozen=True)
class Table:
    """A list as it was sent.

    `frame` (polars) has `sheet` (null for CSV), `row_number` (1-based, as the sender's program shows it) and every
    column of the layout as text, empty where the file has no such column or cell. Blank rows are left out.
    `present` are the layout's columns that the file has.
    """

    frame: pl.DataFrame
    present: frozenset[str]

    def rows(self) -> Iterator[dict[str, Any]]:
        """The rows one by one, for lists of thousands rather than millions."""
        yield from self.frame.iter_rows(named=True)


def _heading_key(heading: str) -> str:
    return name_fold(heading).replace(" ", "")


@functools.cache
def layout(name: str) -> Layout:
    """The layout `name` (`roster`, `exam`).

    Raises:
        ConfigurationError: when its file is missing or two columns claim one heading.
    """
    path = settings.include() / "intake" / f"{name}.yaml"
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        columns = {key: Column(entry.get("kind", "text"), tuple(entry["headings"])) for key, entry in data["columns"].items()}
        required = tuple(data["required"])
    except (OSError, KeyError, TypeError, AttributeError, yaml.YAMLError):
        raise ConfigurationError(f"{path}: expected 'required' (a list) and 'columns' (each with 'headings')") from None
    by_heading: dict[str, str] = {}
    for key, column in columns.items():
        for heading in column.headings:
            if by_heading.setdefault(_heading_key(heading), key) != key:
                raise ConfigurationError(f"{path}: columns.{key}: {heading!r} is also a heading of another column")
    return Layout(columns, required, by_heading)


def _match(wanted: Layout, cells: Sequence[Any]) -> dict[str, int]:
    """Canonical column to position in a row of headings; the first of two equal headings counts."""
    found: dict[str, int] = {}
    for position, cell in enumerate(cells):
        key = wanted.by_heading.get(_heading_key(str(cell))) if cell not in (None, "") else None
        if key is not None:
            found.setdefault(key, position)
    return found


def _find_header(wanted: Layout, rows: Sequence[Sequence[Any]]) -> tuple[int, dict[str, int]]:
    """Position and columns of the row that looks most like the headings; (-1, {}) when no row has any."""
    best: tuple[int, dict[str, int]] = (-1, {})
    for number, row in enumerate(rows[:HEADER_WITHIN]):
        found = _match(wanted, row)
        if len(found) > len(best[1]):
            best = (number, found)
    return best


def _require(wanted: Layout, found: dict[str, int]) -> None:
    missing = [key for key in wanted.required if key not in found]
    if missing:
        raise FileRefused(
            "header_unrecognised",
            ",".join(missing),
            missing=", ".join(f"“{wanted.columns[key].headings[0]}”" for key in missing),
            expected=", ".join(
                f"“{wanted.columns[key].headings[0]}” (hoặc {', '.join(wanted.columns[key].headings[1:])})"
                for key in wanted.required
            ),
        )


def read_table(content: bytes, filename: str, layout_name: str) -> Table:
    """Read a CSV or spreadsheet whose headings stand within its first ten rows, in any order.

    CSV is UTF-8 or UTF-16 with BOM, separated by comma, semicolon or tab. Of a spreadsheet (XLSX, XLS) every sheet
    with the headings is read. A number cell loses its leading zeros in a spreadsheet: personal numbers get them back.

    Args:
        filename: decides only whether a file that is no spreadsheet is a CSV (`.csv`, `.txt`, `.tsv`).
        layout_name: `roster` or `exam`: `include/intake/<layout_name>.yaml`.

    Raises:
        FileRefused: not a readable table, or required columns are missing. Its message names them.
    """
    wanted = layout(layout_name)
    if content.startswith(_SPREADSHEETS):
        return _read_spreadsheet(content, wanted)
    if not filename.lower().endswith((".csv", ".txt", ".tsv")):
        raise FileRefused("format_unknown")
    return _read_csv(content, wanted)


def _decoded(content: bytes) -> str:
    encoding = "utf-16" if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        # PostgreSQL's text has no NUL character.
        return content.decode(encoding).replace("\0", "")
    except UnicodeDecodeError:
        raise FileRefused("encoding_unknown") from None


def _read_csv(content: bytes, wanted: Layout) -> Table:
    import polars as pl

    text = _decoded(content)
    head = text[:65_536]
    separator, header, found, width = ",", -1, dict[str, int](), 0
    for candidate in (",", ";", "\t"):
        try:
            reader = csv.reader(io.StringIO(head, newline=""), delimiter=candidate)
            rows = list(itertools.islice(reader, HEADER_WITHIN))
        except csv.Error:
            continue
        number, columns = _find_header(wanted, rows)
        if len(columns) > len(found):
            separator, header, found, width = candidate, number, columns, len(rows[number])
    _require(wanted, found)
    # Polars takes the number of columns from the first line, which may be a title: a line of our own goes before it.
    ruler = separator.join("x" * width) + "\n"
    try:
        raw = pl.read_csv(
            (ruler + text).encode(),
            separator=separator,
            has_header=False,
            infer_schema=False,
            truncate_ragged_lines=True,
        )
    except pl.exceptions.PolarsError:
        # A quotation mark in the middle of a cell: the slower reader takes it as it stands.
        try:
            rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
        except csv.Error:
            raise FileRefused("unreadable") from None
        raw = pl.DataFrame(
            [["x"] * width, *([*row[:width], *[""] * (width - len(row))] for row in rows)],
            schema=[(f"column_{position}", pl.String) for position in range(width)],
            orient="row",
        )
    _check_quotes(raw)
    # Line 0 is the ruler, so a row's position is its number in the file.
    frame = (
        raw.with_row_index("row_number")
        .slice(header + 2)
        .select(
            pl.lit(None, pl.String).alias("sheet"),
            pl.col("row_number").cast(pl.Int64),
            *(
                (pl.col(raw.columns[found[key]]).fill_null("") if key in found else pl.lit("")).alias(key)
                for key in wanted.columns
            ),
        )
    )
    return Table(_without_blank(frame, found), frozenset(found))


def _check_quotes(raw: pl.DataFrame) -> None:
    """A quotation mark that nobody closes puts all that follows into one cell, and those people would be lost."""
    import polars as pl

    lines = raw.select(pl.all().fill_null("").str.count_matches("\n").max())
    if any(count > MOST_LINES_OF_A_CELL for count in lines.row(0)):
        raise FileRefused("quotes_unbalanced")


def _without_blank(frame: pl.DataFrame, found: dict[str, int]) -> pl.DataFrame:
    import polars as pl

    return frame.filter(pl.any_horizontal(pl.col(key).str.strip_chars() != "" for key in found))


def _cell_text(value: Any, kind: str) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if kind == "date" and isinstance(value, int | float) and int(value) in _SERIALS:
        return (_SERIAL_ZERO + timedelta(days=int(value))).isoformat()
    if isinstance(value, int):
        digits = str(value)
        # A number cell cannot hold the leading zeros of a province code such as 001 or 020.
        return digits.zfill(12) if kind == "citizen_id" and len(digits) in (10, 11) else digits
    return str(value)


def _read_spreadsheet(content: bytes, wanted: Layout) -> Table:
    import polars as pl
    from python_calamine import CalamineError, CalamineWorkbook

    check_spreadsheet(content)
    frames = []
    present: set[str] = set()
    nearest: dict[str, int] = {}
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = workbook.sheet_names
        sheets = [(name, workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in names]
    except (CalamineError, OSError, ValueError):
        raise FileRefused("unreadable") from None
    for name, rows in sheets:
        header, found = _find_header(wanted, rows)
        if any(key not in found for key in wanted.required):
            if len(found) > len(nearest):
                nearest = found
            continue
        body = rows[header + 1 :]
        data: dict[str, Any] = {
            "sheet": [name] * len(body),
            "row_number": range(header + 2, header + 2 + len(body)),
        }
        for key, column in wanted.columns.items():
            position = found.get(key)
            data[key] = [""] * len(body) if position is None else [_cell_text(row[position], column.kind) for row in body]
        schema = {"sheet": pl.String, "row_number": pl.Int64, **dict.fromkeys(wanted.columns, pl.String)}
        frames.append(_without_blank(pl.DataFrame(data, schema=schema), found))
        present |= set(found)
    if not frames:
        _require(wanted, nearest)
    return Table(pl.concat(frames), frozenset(present))
