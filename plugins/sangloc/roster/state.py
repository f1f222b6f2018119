"""What a commune's newest list said, row by row: enough to see which rows of the next list are new, and no more."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sangloc import settings
from sangloc.intake import Table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Rules that decide what a row comes to. Changing one makes every row of the next lists be looked at anew.
_RULES = tuple(
    f"intake/{name}.yaml"
    for name in ("roster", "lists", "residence", "ethnic_groups", "groups", "changes", "citizen_numbers", "provinces")
)
# Of this code: raise it when the same text comes to other values than before.
_NORMALISER = "2"
# Columns that say nothing of the person.
_IGNORED = frozenset({"sheet", "row_number", "stt", "note", "returned_ref"})


@dataclass(frozen=True)
class ListState:
    """The rows of a list that was merged, without their text.

    Attributes:
        made_with: what the rows were read with; rows of a list read with something else cannot be compared.
        hashes: (n, 2) unsigned 64-bit: XXH3-128 of each row as it was written.
        persons: (n,) whose rows they are.
        numbers: (n,) the personal number in each, 0 for none.
    """

    made_with: str
    hashes: NDArray[np.uint64]
    persons: NDArray[np.int64]
    numbers: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.persons)

    def content(self) -> bytes:
        """The arrays one after another, little-endian: hashes, persons, numbers."""
        return b"".join((self.hashes.tobytes(), self.persons.tobytes(), self.numbers.tobytes()))

    def only(self, mask: NDArray[np.bool_]) -> ListState:
        """The rows where `mask` holds."""
        return ListState(self.made_with, self.hashes[mask], self.persons[mask], self.numbers[mask])

    def with_rows(self, other: ListState) -> ListState:
        """These rows and those of `other`."""
        import numpy as np

        return ListState(
            self.made_with,
            np.concatenate((self.hashes, other.hashes)),
            np.concatenate((self.persons, other.persons)),
            np.concatenate((self.numbers, other.numbers)),
        )


def empty(made_with: str) -> ListState:
    """A state without rows."""
    return decode(made_with, 0, b"")


def decode(made_with: str, listed: int, content: bytes) -> ListState:
    """The state of `listed` rows that `ListState.content` gave."""
    import numpy as np

    hashes = np.frombuffer(content, "<u8", 2 * listed).reshape(-1, 2)
    persons = np.frombuffer(content, "<i8", listed, 16 * listed)
    numbers = np.frombuffer(content, "<i8", listed, 24 * listed)
    return ListState(made_with, hashes, persons, numbers)


@functools.cache
def _rules() -> str:
    digest = hashlib.sha256(_NORMALISER.encode())
    for name in _RULES:
        path = settings.include() / name
        if path.exists():
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def rules(groups: str) -> str:
    """What decides what a row comes to, apart from its list's columns.

    Args:
        groups: the rules of the target groups, as `groups.rules_hash` gives it.
    """
    return f"{_rules()}-{groups}"


def made_with(present: frozenset[str], rules: str) -> str:
    """What rows are read with: the rules, and the columns the list has (an absent column is not an empty one).

    Args:
        present: the layout's columns that the list has.
        rules: as `rules` gives it.
    """
    columns = hashlib.sha256(",".join(sorted(present - _IGNORED)).encode()).hexdigest()[:16]
    return f"rows|{rules}|{columns}"


def row_hashes(table: Table) -> NDArray[np.uint64]:
    """XXH3-128 of each row's cells joined by U+001F, as (n, 2); serial numbers and remarks do not count."""
    import numpy as np
    import polars as pl
    import xxhash

    columns = [pl.col(name) for name in table.frame.columns if name not in _IGNORED]
    rows = table.frame.select(pl.concat_str(columns, separator="\x1f").cast(pl.Binary)).to_series().to_list()
    digest = xxhash.xxh3_128_digest
    return np.frombuffer(b"".join([digest(row) for row in rows]), "<u8").reshape(-1, 2)


def compare(old: ListState, new: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Pair the rows of a new list with equal rows of the old one, one to one.

    Returns:
        For each new row the position of its old row or -1; for each old row whether it found its like.
    """
    import numpy as np

    at = np.full(len(new), -1, np.int64)
    found = np.zeros(len(old), np.bool_)
    if len(old) and len(new):
        # Equal hashes keep the order of their rows only in a stable sort, which takes far longer and is seldom needed.
        by_hash = np.argsort(old.hashes[:, 0])
        sorted_hashes = old.hashes[by_hash, 0]
        if (sorted_hashes[1:] == sorted_hashes[:-1]).any():
            by_hash = np.argsort(old.hashes[:, 0], kind="stable")
        # Looked for in their own order they are found much faster.
        new_by_hash = np.argsort(new[:, 0])
        place = np.empty(len(new), np.int64)
        place[new_by_hash] = np.searchsorted(sorted_hashes, new[new_by_hash, 0])
        candidate = by_hash[np.minimum(place, len(old) - 1)]
        rows = np.flatnonzero((old.hashes[candidate] == new).all(axis=1))
        # Of a row that is written twice the first is the one that was accepted before: it is written here last.
        first = np.full(len(old), -1, np.int64)
        first[candidate[rows[::-1]]] = rows[::-1]
        found = first >= 0
        at[first[found]] = np.flatnonzero(found)
    return at, found


def unspoken(persons: NDArray[np.int64]) -> ListState:
    """Rows of people whom the commune lists, in words that no next row can be equal to."""
    import numpy as np

    return ListState("", np.zeros((len(persons), 2), np.uint64), persons, np.zeros(len(persons), np.int64))
