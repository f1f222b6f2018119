"""Which rows of a list are people: not the totals, the signatures and the headings that stand among them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sangloc.intake.encodings import from_tcvn3
from sangloc.intake.headers import Header, is_column_numbers
from sangloc.intake.layouts import folded_words, list_words, marked_words
from sangloc.intake.sheets import at
from sangloc.intake.text import parse_date

if TYPE_CHECKING:
    import polars as pl

# Rows to look at closer: a name that is none or is one letter, and one that begins like a total. As one pattern they take
# longer than both.
_NO_NAME = r"^[^\pL]*\pL?[^\pL]*$"
_LIKE_TOTAL = r"^(?i)\W*(?:t\S{1,4}ng|c\S{1,4}ng)\b"
_NINE_DIGITS = re.compile(r"\d(?:[ .\-']?\d){8}")
_DAY = re.compile(r"\d{1,2}\s*[/.\-]\s*\d{1,2}\s*[/.\-]\s*\d{2,4}")
_DAY_OF_SIGNATURE = re.compile(r"ngay\d*thang\d*nam")
_DIGITS = re.compile(r"\d+")


def people_only(frame: pl.DataFrame, header: Header) -> pl.DataFrame:
    """The rows that may be people.

    Left out are blank rows (a running number alone is blank too), headings that a later page repeats, totals, and what
    stands below the last person. No row with a number or a birth date is ever left out, nor a name unless it is one of
    `include/intake/lists.yaml` or below a signature (a row with a running number never is).

    Args:
        frame: the layout's columns, and those of the file that are used, named by `at`.
    """

    frame = _without_blank(frame, header)
    used = header.positions
    names = frame["full_name"].str.strip_chars()
    titles = {row[position].strip() for position in used for row in header.rows if position < len(row)} - {""}
    is_odd = names.str.contains(_NO_NAME) | names.str.contains(_LIKE_TOTAL) | names.is_in(list(titles))
    odd = is_odd.arg_true().to_list()
    last = _last_person(frame)
    looked_at = sorted({*odd, *range(last + 1, frame.height)})
    if not looked_at:
        return frame
    cells = frame[looked_at].select(at(position) for position in used).rows()
    people = frame[looked_at].select("citizen_id", "birth_date").rows()
    left_out, is_below = [], False
    for number, row, person in zip(looked_at, cells, people, strict=True):
        if _is_person(*person):
            continue
        is_listed = _has_running_number(row, header)
        is_below = is_below or (number > last and not is_listed and _is_after_last(row))
        if (is_below and not is_listed) or _is_total(row) or _is_heading(row, header):
            left_out.append(number)
    return _without(frame, left_out) if left_out else frame


def _without(frame: pl.DataFrame, rows: Sequence[int] | pl.Series) -> pl.DataFrame:
    import polars as pl

    kept = pl.repeat(True, frame.height, dtype=pl.Boolean, eager=True)
    return frame.filter(kept.scatter(rows, False))


def _without_blank(frame: pl.DataFrame, header: Header) -> pl.DataFrame:
    import polars as pl

    nameless = (frame["full_name"].str.strip_chars() == "").arg_true()
    running = header.columns.get("stt")
    cells = [pl.col(at(position)).str.strip_chars() == "" for position in header.positions if position != running]
    blank = nameless.filter(frame[nameless].select(pl.all_horizontal(cells)).to_series())
    return _without(frame, blank) if len(blank) else frame


def _is_person(citizen_id: str, birth_date: str) -> bool:
    return bool(_NINE_DIGITS.search(citizen_id) or parse_date(birth_date) or _DAY.search(birth_date))


def _last_person(frame: pl.DataFrame) -> int:
    step = 256
    for end in range(frame.height, 0, -step):
        start = max(end - step, 0)
        people = frame[start:end].select("citizen_id", "birth_date").rows()
        for number in range(end - 1, start - 1, -1):
            if _is_person(*people[number - start]):
                return number
    return -1


def _is_total(row: Sequence[str]) -> bool:
    for cell in row:
        text = _DIGITS.sub("", cell)
        folded, marked = folded_words(text), marked_words(text)
        for total in list_words().totals:
            # Without diacritics Cộng is the surname Công too: then the cell has to say nothing else.
            if folded == total.folded or (not total.is_word and marked.startswith(total.marked)):
                return True
    return False


def _has_running_number(row: Sequence[str], header: Header) -> bool:
    running = header.columns.get("stt")
    return running is not None and row[header.positions.index(running)].strip().isdigit()


def _is_after_last(row: Sequence[str]) -> bool:
    keys = [folded_words(cell) for cell in row]
    return any(key.startswith(list_words().after_last) or _DAY_OF_SIGNATURE.search(key) for key in keys)


def _is_heading(row: Sequence[str], header: Header) -> bool:
    """Whether the row is one of the header's again: every heading in its place, at least two, and nothing else."""
    if is_column_numbers(row) and list(row) == _used(header.rows[-1], header):
        return True
    found = [" ".join(cell.split()) for cell in row]
    if sum(map(bool, found)) < 2:
        return False
    for heading in header.rows:
        ours = [" ".join(cell.split()) for cell in _used(heading, header)]
        # The column may have been turned from TCVN3 into Unicode.
        if all(cell in ("", mine, from_tcvn3(mine)) for cell, mine in zip(found, ours, strict=True)):
            return True
    return False


def _used(row: Sequence[str], header: Header) -> list[str]:
    return [row[position] if position < len(row) else "" for position in header.positions]
