"""CSV and spreadsheets with Vietnamese headings, to frames with the project's column names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from sangloc.intake.delimited import read_delimited
from sangloc.intake.encodings import NOT_VIETNAMESE, from_tcvn3, judge
from sangloc.intake.headers import Header, find_header, is_acceptable, missing_columns
from sangloc.intake.layouts import Cells, Layout, Tick, folded_words, layout, list_words
from sangloc.intake.numbers import restored_citizen_id
from sangloc.intake.people import people_only
from sangloc.intake.periods import Period, stated_period
from sangloc.intake.refusal import FileRefused
from sangloc.intake.sheets import Sheet, at
from sangloc.intake.spreadsheet import SIGNATURES, read_spreadsheet, serial_date
from sangloc.intake.text import map_unique

if TYPE_CHECKING:
    import polars as pl

Kind = Literal["full", "changes", "returned"]

_TEXT_FILES = (".csv", ".txt", ".tsv")
# What web programs call a text or a page that is meant for a spreadsheet program.
_SPREADSHEETS = (".xls", ".xlsx")
_MOST_TITLE = 4_000
# Of the headings of a required column, as many are named to who has none of them.
_HEADINGS_NAMED = 6
# The share of people beside whose name another one stands, from which on it is part of it.
_MOST_ROWS = 0.8
# Rows, evenly spread, in which a column of TCVN3 shows itself.
_SAMPLE_ROWS = 2_000
# As a spreadsheet keeps it, with or without its leading zero.
_PERSONAL_NUMBER = re.compile(r"\s*'?\d{11,12}(\.0)?\s*")
_FULL_NAME = re.compile(r"\s*[^\W\d_]+( +[^\W\d_]+){1,6}\s*")


@dataclass(frozen=True)
class Table:
    """A list as it was sent.

    `frame` (polars) has `sheet` (null for CSV), `row_number` (1-based, as the sender's program shows it) and every
    column of the layout as text, empty where the file has no such column or cell. Rows that are no people are left out
    (see `sangloc.intake.people`). `present` are the layout's columns that the file has.

    `kind` is `changes` for a list of changes only, `returned` for corrected rejects that were handed back, else `full`.
    `period` is the (year, month) that the rows above the header or the file name state, None when unsure. `title` is
    the text above the headings; it may hold names of people, so it is never logged.

    `head_rows` is the number of rows down to the end of the header of a CSV whose rows are each read by themselves, what
    stands in the others aside; None for all other lists. `running` is its separator when a running number comes first.

    `others` are the columns that a layout keeps beside its own: by sheet (None for CSV) and column of `frame` the position
    in the file (from 0) and the heading. A sheet without such a column has nothing in it.
    """

    frame: pl.DataFrame
    present: frozenset[str]
    kind: Kind = "full"
    period: Period | None = None
    title: str = ""
    head_rows: int | None = None
    running: bytes = b""
    others: Mapping[str | None, Mapping[str, tuple[int, str]]] = field(default_factory=dict)

    def rows(self) -> Iterator[dict[str, Any]]:
        """The rows one by one, for lists of thousands rather than millions."""
        yield from self.frame.iter_rows(named=True)


def read_table(content: bytes, filename: str, layout_name: str) -> Table:
    """Read a CSV or spreadsheet whose header begins within its first thirty rows; its columns may have any order.

    CSV is UTF-8, UTF-16, Windows-1258 or TCVN3, separated by comma, semicolon or tab. Of a spreadsheet (XLSX, XLS)
    every visible sheet with the headings is read. The header may have several rows, with headings merged over others,
    and tick columns: `include/intake/<layout_name>.yaml` says what each heading is for.

    The text is the sender's, but for this: columns typed in TCVN3 become Unicode; marks without width go; personal
    numbers get back the leading zeros that a spreadsheet took off, and days that are serial numbers become yyyy-mm-dd.

    Args:
        filename: states the period where the title does not, and whether a file that is no spreadsheet is a text.
        layout_name: `roster` or `exam`.

    Raises:
        FileRefused: not a readable table, or required columns are missing, of one sheet with people among several too.
            Its message names them.
    """
    wanted = layout(layout_name)
    nearest = Header()
    parts: list[_Part] = []
    left_out = 0
    for number, (sheet, header) in enumerate(_sheets(content, filename, wanted), start=1):
        if is_acceptable(wanted, header.present):
            parts.append(_part(wanted, sheet, header))
            continue
        if header.score() > nearest.score():
            nearest = header
        if not left_out and _has_people(sheet, header):
            left_out = number
    if not parts:
        raise _header_unrecognised(wanted, nearest.present)
    if left_out:
        # Without them a complete list would take everyone there off the roster.
        raise FileRefused("sheet_unrecognised", number=str(left_out))
    return _joined(wanted, parts, filename)


def _has_people(sheet: Sheet, header: Header) -> bool:
    """Whether a sheet without the headings of a list lists people all the same, by some of the headings or their numbers."""
    name = header.columns.get("full_name")
    if name is not None and header.present & {"birth_date", "citizen_id"}:
        return any(len(row) > name and row[name].strip() for row in sheet.head[header.end :])
    return any(
        any(_PERSONAL_NUMBER.fullmatch(cell) for cell in row) and any(_FULL_NAME.fullmatch(cell) for cell in row)
        for row in sheet.head
    )


@dataclass(frozen=True)
class _Part:
    frame: pl.DataFrame
    present: frozenset[str]
    title: str
    head_rows: int | None
    running: bytes
    others: Mapping[str, tuple[int, str]]


def _sheets(content: bytes, filename: str, wanted: Layout) -> Iterator[tuple[Sheet, Header]]:
    if content.startswith(SIGNATURES):
        for sheet in read_spreadsheet(content):
            yield sheet, find_header(wanted, sheet.head)
        return
    name = filename.lower()
    if not name.endswith((*_TEXT_FILES, *_SPREADSHEETS)) or content.lstrip()[:1] == b"<":
        raise FileRefused("format_unknown")
    yield read_delimited(content, wanted)


def _header_unrecognised(wanted: Layout, present: frozenset[str]) -> FileRefused:
    changes = "change" in present and bool(wanted.required_of_changes)
    missing = missing_columns(wanted, present, changes=changes)
    required = [group[0] for group in wanted.required_of_changes] if changes else wanted.required

    def name(key: str) -> str:
        return f"“{wanted.columns[key].headings[0]}”"

    return FileRefused(
        "header_unrecognised",
        ",".join(missing),
        missing=", ".join(map(name, missing)),
        expected=", ".join(
            f"{name(key)} (hoặc {', '.join(wanted.columns[key].headings[1:_HEADINGS_NAMED])})" for key in required
        ),
    )


def _joined(wanted: Layout, parts: list[_Part], filename: str) -> Table:
    import polars as pl

    several = len({tuple(part.frame.columns) for part in parts}) > 1
    frame = pl.concat([part.frame for part in parts], how="diagonal" if several else "vertical")
    present = frozenset(key for part in parts for key in part.present)
    title = "\n".join(part.title for part in parts if part.title)
    kind = _kind(frame, present, title)
    if kind == "full":
        for part in parts:
            if missing_columns(wanted, part.present, changes=False):
                raise _header_unrecognised(wanted, part.present - {"change"})
    alone = parts[0] if len(parts) == 1 else None
    return Table(
        frame,
        present,
        kind,
        stated_period(title, filename),
        title,
        alone.head_rows if alone else None,
        alone.running if alone else b"",
        {part.frame["sheet"].first(): part.others for part in parts if part.frame.height},
    )


def _kind(frame: pl.DataFrame, present: frozenset[str], title: str) -> Kind:
    if _has_text(frame, "returned_ref"):
        return "returned"
    is_announced = any(words in folded_words(title) for words in list_words().changes)
    if _has_text(frame, "change") or (is_announced and "change" in present):
        return "changes"
    return "full"


def _has_text(frame: pl.DataFrame, column: str) -> bool:
    return column in frame.columns and bool((frame[column].str.strip_chars() != "").any())


def _part(wanted: Layout, sheet: Sheet, header: Header) -> _Part:
    import polars as pl

    kinds = _kinds(wanted, header)
    frame = _in_unicode(sheet.body(header.end, kinds), wanted, header, whole=sheet.tcvn3)
    frame = frame.with_columns(_columns(wanted, header, frame))
    frame = people_only(_repaired(wanted, header, frame), header)
    present = header.present
    if (
        not {"birth_date"} & (header.columns.keys() | header.pieces.keys())
        and frame.height
        and not _has_text(frame, "birth_date")
    ):
        # The columns of men and women hold marks, not years.
        present -= {"birth_date"}
    return _Part(
        frame.select(pl.lit(sheet.name, pl.String).alias("sheet"), "row_number", *wanted.columns, *map(at, header.others)),
        present,
        _title(sheet, header),
        header.end if sheet.separator and not (sheet.tcvn3 or header.ticks or header.beside is not None) else None,
        sheet.separator.encode() if header.columns.get("stt") == 0 else b"",
        {at(position): (position, _heading(sheet, text)) for position, text in header.others.items()},
    )


def _heading(sheet: Sheet, text: str) -> str:
    return from_tcvn3(text) if sheet.tcvn3 or judge([text]) == "tcvn3" else text


def _title(sheet: Sheet, header: Header) -> str:
    rows = [" ".join(cell.strip() for cell in row if cell.strip()) for row in sheet.head[: header.first]]
    texts = [row for row in rows if row]
    if sheet.tcvn3 or judge(texts) == "tcvn3":
        texts = list(map(from_tcvn3, texts))
    return "\n".join(texts)[:_MOST_TITLE]


def _kinds(wanted: Layout, header: Header) -> dict[int, Cells]:
    kinds: dict[int, Cells] = dict.fromkeys((*header.positions, *header.others), "text")
    if header.beside is not None:
        kinds[header.beside] = "text"
    for position, tick in header.ticks.items():
        if tick.text_to:
            kinds[position] = wanted.columns[tick.text_to].kind
    for key, position in header.columns.items():
        kinds[position] = wanted.columns[key].kind
    return kinds


def _in_unicode(frame: pl.DataFrame, wanted: Layout, header: Header, *, whole: bool) -> pl.DataFrame:
    """The frame with its columns of TCVN3 as Unicode: all of them when the `whole` file is."""
    import polars as pl

    sample = frame.select(pl.all().gather_every(max(frame.height // _SAMPLE_ROWS, 1)))
    made = []
    for name in frame.columns:
        if name == "row_number" or not (whole or sample[name].str.contains(NOT_VIETNAMESE).any()):
            continue
        verdict = "tcvn3" if whole else judge(frame[name])
        if verdict == "mixed" and int(name[1:]) not in header.others:
            key = next((key for key, position in header.columns.items() if at(position) == name), "")
            heading = wanted.columns[key].headings[0] if key else str(int(name[1:]) + 1)
            raise FileRefused("encoding_mixed", key, heading=heading)
        if verdict == "tcvn3":
            made.append(pl.Series(name, map_unique(frame[name], from_tcvn3), pl.String))
    return frame.with_columns(made)


def _columns(wanted: Layout, header: Header, frame: pl.DataFrame) -> list[pl.Expr]:
    """Every column of the layout, from the file's columns that it is made of."""
    import polars as pl

    said: dict[str, list[pl.Expr]] = {}
    for position, tick in header.ticks.items():
        labels, texts = _ticked(frame[at(position)], tick, is_alone=_is_alone(header, tick))
        said.setdefault(tick.column, []).append(pl.lit(labels))
        if tick.text_to:
            said.setdefault(tick.text_to, []).append(pl.lit(texts))
    result = []
    for key, column in wanted.columns.items():
        if key in header.columns:
            own = pl.col(at(header.columns[key]))
            if key == "full_name" and header.beside is not None:
                own = _with_given_name(frame, at(header.columns[key]), at(header.beside))
        elif key in header.pieces:
            own = _put_together(wanted, header, key)
        else:
            own = pl.lit("")
        if key in said:
            more = pl.concat_str([_or_null(text) for text in said[key]], separator="; ", ignore_nulls=True)
            own = (
                pl.concat_str([_or_null(own), _or_null(more)], separator="; ", ignore_nulls=True)
                if column.several
                else pl.when(own.str.strip_chars() == "").then(more).otherwise(own)
            )
        result.append(own.alias(key))
    return result


def _or_null(text: pl.Expr) -> pl.Expr:
    import polars as pl

    return pl.when(text.str.strip_chars() != "").then(text)


def _is_alone(header: Header, tick: Tick) -> bool:
    others = [other for other in header.ticks.values() if other.column == tick.column]
    return tick.column not in header.columns and len(others) == 1


def _ticked(cells: pl.Series, tick: Tick, *, is_alone: bool) -> tuple[pl.Series, pl.Series]:
    """What the cells of a tick column say: the label or nothing, and the text that is more than a mark."""
    import polars as pl

    words, own = list_words(), folded_words(tick.label)
    said: dict[str, tuple[str, str]] = {}
    for cell in cells.unique():
        key = folded_words(cell)
        is_text = any(map(str.isalnum, cell))
        if key in words.marks or key == own:
            said[cell] = tick.label, ""
        elif key in words.no_marks or not is_text:
            said[cell] = "", ""
        else:
            said[cell] = tick.label, cell
    if is_alone and tick.blank and any(label for label, _ in said.values()):
        said.update({cell: (tick.blank, "") for cell, (label, _) in said.items() if not label})
    labels, texts = ({cell: pair[place] for cell, pair in said.items()} for place in (0, 1))
    return (
        cells.replace_strict(labels, return_dtype=pl.String),
        cells.replace_strict(texts, return_dtype=pl.String),
    )


def _with_given_name(frame: pl.DataFrame, name: str, beside: str) -> pl.Expr:
    """The names, with the column beside them when that holds the given names of most people (a heading over two)."""
    import polars as pl

    named = frame.filter(pl.col(name).str.strip_chars() != "").select(pl.col(name, beside).str.strip_chars())
    given = named.filter(pl.col(beside).str.contains(r"^\pL[\pL\pM' \-]*$"))
    repeated = given.filter(pl.col(name).str.ends_with(pl.col(beside))).height
    if given.height < _MOST_ROWS * named.height or repeated > given.height // 2 or not given.height:
        return pl.col(name)
    return pl.concat_str([_or_null(pl.col(name)), _or_null(pl.col(beside))], separator=" ", ignore_nulls=True)


def _put_together(wanted: Layout, header: Header, key: str) -> pl.Expr:
    """A column from its pieces, in their order; empty where all of them are."""
    import polars as pl

    pieces = wanted.pieces[key]
    places = header.pieces[key]
    texts = [pl.col(at(places[place])).str.strip_chars() for place in sorted(places)]
    if pieces.blank:
        # Days without a day or month are written with zeros: what is left out before the last piece.
        count = max(places) + 1
        full = [pl.col(at(places[place])).str.strip_chars() if place in places else pl.lit("") for place in range(count)]
        joined = pl.concat_str(
            [pl.when(text == "").then(pl.lit(pieces.blank)).otherwise(text) for text in full], separator=pieces.join
        )
        return pl.when(pl.any_horizontal(text != "" for text in texts)).then(joined).otherwise(pl.lit(""))
    return pl.concat_str([_or_null(text) for text in texts], separator=pieces.join, ignore_nulls=True)


def _repaired(wanted: Layout, header: Header, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with personal numbers that lost their zeros, and days that are serial numbers, put right."""
    made = []
    for key in header.present:
        kind, column = wanted.columns[key].kind, frame[key]
        if kind == "citizen_id":
            length = column.str.len_bytes()
            unusual = ((length != 0) & (length != 12)).arg_true()
            births = frame["birth_date"].gather(unusual) if key == "citizen_id" else [""] * len(unusual)
            texts = [restored_citizen_id(text, birth) for text, birth in zip(column.gather(unusual), births, strict=True)]
        elif kind == "date":
            unusual = column.str.contains(r"^\s*[1-7][0-9]{4}([.,][0-9]+)?\s*$").arg_true()
            texts = [serial_date(float(text.replace(",", "."))) or text for text in column.gather(unusual)]
        else:
            continue
        if len(unusual):
            made.append(column.scatter(unusual, texts))
    return frame.with_columns(made)
