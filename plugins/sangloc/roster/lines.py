"""A long CSV list line by line: those that stand word for word in the commune's last list need not be read at all."""

from __future__ import annotations

import dataclasses
import io
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sangloc.intake import NOT_VIETNAMESE, FileRefused, Table, read_table
from sangloc.roster import state

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Lines that are read again whatever they say, so that the header is recognised by the people below it.
_ALWAYS = 3


@dataclass(frozen=True)
class Lines:
    """A list whose every line ends with a newline: `head` of them down to the end of the header, and a hash of each other."""

    content: bytes
    head: int
    hashes: NDArray[np.uint64]
    made_with: str

    def only(self, mask: NDArray[np.bool_]) -> bytes:
        """The lines of the header and those of the others where `mask` holds."""
        return b"".join(itertools.compress(io.BytesIO(self.content), [*[True] * self.head, *mask.tolist()]))


@dataclass(frozen=True)
class Seen:
    """What a list has in common with the commune's last one, when only the rest of it was read.

    Attributes:
        old: the list it was compared with.
        refresh_id: of that list.
        found: which rows of that list are on this one.
        unchanged: how many lines were not read.
        hashes: (n, 2) of the table's rows.
    """

    old: state.ListState
    refresh_id: int
    found: NDArray[np.bool_]
    unchanged: int
    hashes: NDArray[np.uint64]


def cut(content: bytes, head: int, running: bytes, rules: str) -> Lines | None:
    """The lines of a CSV; None when a line is no row (quotation marks) or not the text itself (UTF-16).

    Args:
        head: number of lines down to the end of the header.
        running: the separator, when each line begins with a running number, which says nothing of the person.
        rules: what rows are read with, as `state.rules` gives it.
    """
    import numpy as np
    import xxhash

    if b"\0" in content[:4096]:
        return None
    if not content.endswith(b"\n"):
        content += b"\r\n" if content.rpartition(b"\n")[0].endswith(b"\r") else b"\n"
    lines = io.BytesIO(content)
    top = b"".join(itertools.islice(lines, head))
    if len(top) == len(content) or content.find(b'"', len(top)) >= 0:
        return None
    digest = xxhash.xxh3_128_digest
    digests = [digest(line.partition(running)[2][:-1]) for line in lines] if running else [digest(line[:-1]) for line in lines]
    hashes = np.frombuffer(b"".join(digests), "<u8").reshape(-1, 2)
    made_with = f"lines|{rules}|{head}|{running.decode()}|{xxhash.xxh3_64_hexdigest(top[:-1])}"
    return Lines(content, head, hashes, made_with)


def cut_as(content: bytes, made_with: str, rules: str) -> Lines | None:
    """The lines of a CSV cut as those of an earlier list were; None when they cannot be compared with it."""
    kind, *rest = made_with.split("|")
    if kind != "lines":
        return None
    _, head, running, _ = rest
    found = cut(content, int(head), running.encode(), rules)
    return found if found is not None and found.made_with == made_with else None


def read_rest(content: bytes, filename: str, old: state.ListState, refresh_id: int, rules: str) -> tuple[Table, Seen] | None:
    """Read only the lines of a CSV that the commune's last list did not have; None when it has to be read as a whole.

    Only lists whose rows are read each by itself (`Table.head_rows`) are cut: what the others mean depends on all rows.
    """
    import numpy as np
    import polars as pl

    found = cut_as(content, old.made_with, rules)
    if found is None:
        return None
    at, kept = state.compare(old, found.hashes)
    again = at[:_ALWAYS]
    kept[again[again >= 0]] = False
    at[:_ALWAYS] = -1
    rest = np.flatnonzero(at < 0)
    small = found.only(at < 0)
    try:
        if pl.Series([small.decode()]).str.contains(NOT_VIETNAMESE).any():
            return None
        table = read_table(small, filename, "roster")
    except (UnicodeDecodeError, FileRefused):
        return None
    head = found.head
    if table.kind != "full" or table.head_rows != head:
        return None
    rows = rest[table.frame["row_number"].to_numpy() - 1 - head]
    # What is no person shows by what stands below it: only a foot of the list can be told without the lines left out.
    no_people = np.setdiff1d(rest, rows)
    people = np.concatenate((rows, np.flatnonzero(at >= 0)))
    if len(no_people) and len(people) and no_people.min() < people.max():
        return None
    frame = table.frame.with_columns(pl.Series("row_number", rows + 1 + head))
    return dataclasses.replace(table, frame=frame), Seen(old, refresh_id, kept, len(at) - len(rest), found.hashes[rows])


def hashes_of(table: Table, content: bytes | None, rules: str) -> tuple[str, NDArray[np.uint64]]:
    """What a complete list of one file is kept as: what its rows were read with, and a hash of each."""
    if content is not None and table.head_rows is not None:
        found = cut(content, table.head_rows, table.running, rules)
        if found is not None:
            return found.made_with, found.hashes[table.frame["row_number"].to_numpy() - 1 - table.head_rows]
    return state.made_with(table.present, rules), state.row_hashes(table)
