"""Where the headings of a list stand, of one row or of several, and what each column of the file is for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sangloc.intake.encodings import from_tcvn3
from sangloc.intake.layouts import Layout, Target, Tick
from sangloc.intake.refusal import FileRefused
from sangloc.intake.text import name_fold

# The header begins within so many rows and has at most so many.
HEADER_WITHIN = 30
HEADER_ROWS = 4
# Rows to look at: those, and a row that numbers the columns, perhaps below a blank one.
HEAD_ROWS = HEADER_WITHIN + HEADER_ROWS + 2
MOST_COLUMNS = 500
# It is repeated beside every value of its column.
_LONGEST_OTHER = 200

# A number (but a year may be a heading), a date, or nine digits in a row.
_DATA = re.compile(
    r"\s*(?:(?!(?:19|20)\d\d\s*$)\d+(?:[.,]\d+)?|\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4}|\d{4}-\d\d-\d\d.*)\s*|.*\d{9}.*", re.DOTALL
)
_COLUMN_NUMBER = re.compile(r"[(\[]?\s*(?:\d{1,3}|[A-Za-z]|[IVX]{1,4})\s*[)\]]?\s*(?:=.*)?")


@dataclass(frozen=True)
class Header:
    """The header of a list: its first row and the one after its last (from 0), and what the file's columns are for.

    `columns` is layout column to position, `pieces` layout column to its pieces' positions by place, `ticks` positions
    with what a mark there says. `rows` are the header's rows, with that of column numbers. `beside` is the column to the
    right of the names that may hold the given names: it has no heading, or “Tên”. `others` are the headings of the
    columns that are used for nothing, in a layout that keeps them.
    """

    first: int = 0
    end: int = 0
    columns: dict[str, int] = field(default_factory=dict)
    pieces: dict[str, dict[int, int]] = field(default_factory=dict)
    ticks: dict[int, Tick] = field(default_factory=dict)
    rows: tuple[tuple[str, ...], ...] = ()
    beside: int | None = None
    others: dict[int, str] = field(default_factory=dict)

    @property
    def present(self) -> frozenset[str]:
        """The layout's columns that the list may fill."""
        texts = {tick.text_to for tick in self.ticks.values()} - {""}
        return frozenset({*self.columns, *self.pieces, *(tick.column for tick in self.ticks.values()), *texts})

    @property
    def positions(self) -> list[int]:
        """The file's columns that are used, sorted."""
        pieces = (position for places in self.pieces.values() for position in places.values())
        return sorted({*self.columns.values(), *pieces, *self.ticks})

    @property
    def width(self) -> int:
        """How many columns have a heading, with one more: a name may be written in two."""
        filled = (position for row in self.rows for position, cell in enumerate(row) if cell.strip())
        return max(filled, default=-1) + 2

    def score(self) -> int:
        labels = {(tick.column, tick.label) for tick in self.ticks.values()}
        return len(self.columns) + sum(map(len, self.pieces.values())) + len(labels)


def missing_columns(wanted: Layout, present: frozenset[str], *, changes: bool) -> list[str]:
    """Required columns that are not there, of a full list or of a list of changes."""
    if changes:
        return [group[0] for group in wanted.required_of_changes if not present & set(group)]
    return [key for key in wanted.required if key not in present]


def is_acceptable(wanted: Layout, present: frozenset[str]) -> bool:
    """Whether a header with these columns is that of a list: a full one, or one of changes."""
    changes = "change" in present and bool(wanted.required_of_changes)
    return not missing_columns(wanted, present, changes=False) or (
        changes and not missing_columns(wanted, present, changes=True)
    )


def find_header(wanted: Layout, head: Sequence[Sequence[str]]) -> Header:
    """The header among the first rows of a list: the rows that name most of the layout's columns, as few as can be.

    Args:
        head: the first `HEAD_ROWS` rows.

    Returns:
        The header; one without columns when no row has any heading.

    Raises:
        FileRefused: `too_many_columns`.
    """
    narrow = [row[:MOST_COLUMNS] for row in head]
    best = Header()
    best_rank = (False, 0, 0)
    for first in range(min(len(head), HEADER_WITHIN)):
        for end in range(first + 1, min(first + HEADER_ROWS, len(head)) + 1):
            rows = narrow[first:end]
            if not _may_be_headings(rows[-1]):
                break
            found = _read(wanted, first, rows)
            rank = (is_acceptable(wanted, found.present), found.score(), -len(rows))
            if found.score() and rank > best_rank and not _has_person(wanted, found, rows):
                best, best_rank = found, rank
    if any(cell.strip() for row in head[best.first : best.end] for cell in row[MOST_COLUMNS:]):
        raise FileRefused("too_many_columns", most=str(MOST_COLUMNS))
    if wanted.keeps_others:
        best = replace(best, others=_others(best))
    return _with_numbers(best, narrow)


def _others(header: Header) -> dict[int, str]:
    used = {*header.positions, header.beside}
    return {
        position: " ".join(" – ".join(text for text, _ in path).split())[:_LONGEST_OTHER]
        for position, path in enumerate(_paths(header.rows) if header.rows else ())
        if path and position not in used
    }


def _may_be_headings(row: Sequence[str]) -> bool:
    """Whether a row may be one of headings: it has text, and nothing that is a number or a date."""
    cells = [cell for cell in row if cell.strip()]
    return bool(cells) and not any(_DATA.fullmatch(cell) for cell in cells)


def _has_person(wanted: Layout, found: Header, rows: Sequence[Sequence[str]]) -> bool:
    """Whether the last of several rows has a text below the heading of names that is no heading."""
    position = found.columns.get("full_name")
    if len(rows) == 1 or position is None:
        return False
    *above, last = (_cell(row, position).strip() for row in rows)
    if not last or last in above:
        return False
    target = wanted.target([*above, last])
    return target is None or target.column != "full_name"


def _cell(row: Sequence[str], position: int) -> str:
    return row[position] if position < len(row) else ""


def _read(wanted: Layout, first: int, rows: Sequence[Sequence[str]]) -> Header:
    header = Header(first, first + len(rows), rows=tuple(tuple(row) for row in rows))
    for position, path in enumerate(_with_birth_dates(wanted, _paths(rows))):
        target = _target(wanted, path) if path else None
        if target is None or not target.column:
            continue
        if target.tick is not None:
            header.ticks[position] = target.tick
        elif target.place is not None:
            header.pieces.setdefault(target.column, {}).setdefault(target.place, position)
        else:
            header.columns.setdefault(target.column, position)
    # What stands in a column of its own need not be put together.
    pieces = {key: header.pieces.pop(key) for key in header.columns.keys() & header.pieces.keys()}
    return replace(header, beside=_beside(header, pieces.get("full_name", {})))


def _beside(header: Header, pieces: dict[int, int]) -> int | None:
    name = header.columns.get("full_name")
    if name is None:
        return None
    if pieces:
        return pieces.get(1)
    has_heading = any(_cell(row, name + 1).strip() for row in header.rows)
    return None if has_heading else name + 1


def _paths(rows: Sequence[Sequence[str]]) -> list[list[tuple[str, bool]]]:
    """Of every column its headings from the top down, each with whether it stands in this very column.

    A heading with another below it also counts for the columns to its right up to the next one in its row: it is
    merged over them. A heading that is repeated counts once.
    """
    width = max(len(row) for row in rows)
    paths: list[list[tuple[str, bool]]] = [[] for _ in range(width)]
    for number, row in enumerate(rows):
        below = rows[number + 1 :]
        over, spans = "", False
        for position in range(width):
            text = _cell(row, position).strip()
            if text:
                over, spans = text, any(_cell(other, position).strip() not in ("", text) for other in below)
            is_own = bool(text)
            if not is_own and not (spans and any(_cell(other, position).strip() for other in below)):
                continue
            if not paths[position] or paths[position][-1][0] != over:
                paths[position].append((over, is_own))
    return paths


def _with_birth_dates(wanted: Layout, paths: list[list[tuple[str, bool]]]) -> list[list[tuple[str, bool]]]:
    """The headings with day, month and year side by side put below one of birth dates, where nothing stands above them."""
    if "birth_date" not in wanted.pieces:
        return paths
    words = [name_fold(path[0][0]).removesuffix(" sinh") if len(path) == 1 else "" for path in paths]
    made = list(paths)
    for position in range(len(words) - 2):
        if words[position : position + 3] == ["ngay", "thang", "nam"]:
            for place, part in enumerate(("Ngày", "Tháng", "Năm"), start=position):
                made[place] = [("Ngày sinh", False), (part, True)]
    return made


def _target(wanted: Layout, path: list[tuple[str, bool]]) -> Target | None:
    found = _target_of(wanted, path)
    if found is None and not all(text.isascii() for text, _ in path):
        found = _target_of(wanted, [(from_tcvn3(text), is_own) for text, is_own in path])
    return found


def _target_of(wanted: Layout, path: list[tuple[str, bool]]) -> Target | None:
    texts = [text for text, _ in path]
    target = wanted.target(texts)
    if target is not None:
        return target
    for level in range(len(path) - 2, -1, -1):
        higher = wanted.target(texts[: level + 1])
        if higher is not None and higher.tick is not None:
            return higher
        if higher is not None and higher.column and higher.place is None:
            if wanted.columns[higher.column].ticks_below:
                return Target(higher.column, tick=Tick(higher.column, texts[-1]))
            return higher if path[level][1] else None
    return None


def is_column_numbers(row: Sequence[str]) -> bool:
    """Whether a row numbers the columns: 1, 2, 3 or (1), (2), (3) or A, B, 1."""
    cells = [cell.strip() for cell in row if cell.strip()]
    return len(set(cells)) >= 3 and all(_COLUMN_NUMBER.fullmatch(cell) for cell in cells)


def _with_numbers(header: Header, head: Sequence[Sequence[str]]) -> Header:
    end = header.end
    for row in head[header.end : header.end + 2]:
        if is_column_numbers(row):
            rows = (*header.rows, *(tuple(row) for row in head[header.end : end + 1]))
            return replace(header, end=end + 1, rows=rows)
        if any(cell.strip() for cell in row):
            break
        end += 1
    return header
