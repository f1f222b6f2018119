"""CSV files: what separates the cells, and reading millions of them."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from sangloc.intake.encodings import as_utf8
from sangloc.intake.headers import HEAD_ROWS, Header, find_header, is_acceptable
from sangloc.intake.layouts import Cells, Layout
from sangloc.intake.refusal import FileRefused
from sangloc.intake.sheets import Sheet, at, is_panic

if TYPE_CHECKING:
    import polars as pl

MOST_BYTES = 100_000_000
MOST_BYTES_OF_A_LINE = 1_000_000
MOST_LINES_OF_A_CELL = 10
# Of the header's width and with blank lines: room is made for every one of them.
MOST_CELLS = 20_000_000
MOST_LINES = 1_000_000

_HEAD_BYTES = 1 << 16
_CHUNK_ROWS = 50_000
# U+200B to 200F, 202A to 202E, 2066 to 2069 and FEFF in UTF-8. No Vietnamese letter begins with one of their first bytes,
# and a single byte is found much faster than two.
_MARK_BEGINS = (b"\xe2", b"\xef")
# A cell that a program wrote as a formula, so that a spreadsheet leaves the digits in it alone: ="020080001234".
_TEXT_FORMULA = re.compile(rb'''(?<![^,;\t\n])(?:="([^",;\t\r\n]*)"|"=""([^",;\t\r\n]*)""")(?=[,;\t\r\n]|\Z)''')
_MARKS = re.compile(rb"\xe2\x80[\x8b-\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]|\xef\xbb\xbf")


def read_delimited(content: bytes, wanted: Layout) -> tuple[Sheet, Header]:
    """A CSV file as a sheet, with its header: the separator (comma, semicolon, tab) is the one that shows most headings.

    Raises:
        FileRefused: `encoding_unknown`, `too_many_columns`, or `unreadable` when the file or a line of it is too long.
    """
    if len(content) > MOST_BYTES:
        raise FileRefused("unreadable", message="text_too_large")
    content, tcvn3 = as_utf8(content)
    if b"\r" in content and b"\n" not in content:
        content = content.replace(b"\r", b"\n")
    if any(begin in content for begin in _MARK_BEGINS):
        content = _MARKS.sub(b"", content)
    if b'="' in content:
        content = _TEXT_FORMULA.sub(rb"\1\2", content)
    _check_lines(content)
    chosen = ",", list[list[str]](), Header()
    for separator in ",;\t":
        head = _head(content, separator)
        header = find_header(wanted, head)
        if (is_acceptable(wanted, header.present), header.score()) > (
            is_acceptable(wanted, chosen[2].present),
            chosen[2].score(),
        ):
            chosen = separator, head, header
    separator, head, header = chosen

    ends = content.count(b"\n")
    if ends > MOST_LINES or ends * header.width > MOST_CELLS:
        raise FileRefused("unreadable", message="text_too_large")

    def body(start: int, kinds: Mapping[int, Cells]) -> pl.DataFrame:
        return _body(content, ends, separator, header, start, list(kinds))

    return Sheet(None, head, body, tcvn3, separator), header


def _check_lines(content: bytes) -> None:
    start = 0
    while len(content) - start > MOST_BYTES_OF_A_LINE:
        end = content.rfind(b"\n", start, start + MOST_BYTES_OF_A_LINE)
        if end < 0:
            raise FileRefused("unreadable", message="line_too_long")
        start = end + 1


def _head(content: bytes, separator: str) -> list[list[str]]:
    """The first rows; the one that goes beyond the part looked at is left out."""
    part = content[:_HEAD_BYTES]
    if len(part) < len(content) and b"\n" in part:
        part = part[: part.rindex(b"\n") + 1]
    return list(itertools.islice(_rows(part, separator), HEAD_ROWS))


def _rows(content: bytes, separator: str) -> Iterator[list[str]]:
    """The rows as Python reads them; those before one that it cannot read."""
    # A lone carriage return ends no row, as in the reader of whole files.
    text = content.decode(errors="ignore").replace("\r\n", "\n").replace("\r", " ")
    try:
        yield from csv.reader(io.StringIO(text, newline="\n"), delimiter=separator)
    except csv.Error:
        return


def _body(content: bytes, ends: int, separator: str, header: Header, start: int, positions: list[int]) -> pl.DataFrame:
    import polars as pl

    # Polars takes the number of columns from the first line, which may be a title: a line of our own goes before it. So
    # a row's place is its number in the file.
    ruler = separator.join("x" * header.width).encode() + b"\n"
    raw = None
    try:
        raw = pl.read_csv(
            ruler + content,
            separator=separator,
            has_header=False,
            infer_schema=False,
            empty_string_is_null=False,
            truncate_ragged_lines=True,
        )
    except pl.exceptions.PolarsError:
        pass
    except BaseException as error:
        if not is_panic(error):
            raise
    if raw is None or not _agrees(raw, header):
        # A quotation mark in the middle of a cell: the slower reader takes it as it stands.
        return _slow_body(content, separator, start, positions)
    _check_quotes(raw, ends + (not content.endswith(b"\n")))
    return (
        raw.with_row_index("row_number")
        .slice(start + 1)
        .select(
            pl.col("row_number").cast(pl.Int64),
            *(pl.col(raw.columns[place]).fill_null("").alias(at(place)) for place in positions),
        )
    )


def _agrees(raw: pl.DataFrame, header: Header) -> bool:
    """Whether both readers found the headings in the same row and columns."""
    number = header.end - 1
    if raw.height <= number + 1:
        return False
    theirs, ours = raw.row(number + 1), header.rows[-1]
    return all((theirs[place] or "").split() == cell.split() for place, cell in enumerate(ours[: len(theirs)]))


def _check_quotes(raw: pl.DataFrame, lines: int) -> None:
    """A quotation mark that nobody closes puts all that follows into one cell, and those people would be lost."""
    import polars as pl

    rows = raw.height - 1
    if lines == rows:
        return
    counts = raw.select(pl.all().fill_null("").str.count_matches("\n"))
    seen = sum(counts.sum().row(0))
    if max(counts.max().row(0)) > MOST_LINES_OF_A_CELL or lines - rows - seen > MOST_LINES_OF_A_CELL:
        raise FileRefused("quotes_unbalanced")


def _slow_body(content: bytes, separator: str, start: int, positions: list[int]) -> pl.DataFrame:
    import polars as pl

    schema = {"row_number": pl.Int64, **{at(place): pl.String for place in positions}}
    chunks = [pl.DataFrame(schema=schema)]
    text = content.decode()
    numbered = enumerate(csv.reader(io.StringIO(text.replace("\r\n", "\n").replace("\r", " ")), delimiter=separator), start=1)
    try:
        rows = itertools.islice(numbered, start, None)
        while part := list(itertools.islice(rows, _CHUNK_ROWS)):
            if any(cell.count("\n") > MOST_LINES_OF_A_CELL for _, row in part for cell in row):
                raise FileRefused("quotes_unbalanced")
            data = [[number, *(row[place] if place < len(row) else "" for place in positions)] for number, row in part]
            chunks.append(pl.DataFrame(data, schema=schema, orient="row"))
    except csv.Error:
        # A cell of more than 128 KB.
        raise FileRefused("quotes_unbalanced") from None
    return pl.concat(chunks)
