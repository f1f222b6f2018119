"""What a reader of files hands on: a sheet whose first rows are known and whose columns are read when they are wanted."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sangloc.intake.layouts import Cells

if TYPE_CHECKING:
    import polars as pl

# Marks that steer the direction of writing or have no width: what looks like one text must be one.
FORMAT_MARKS = "\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff"
_FORMAT_MARKS = re.compile(f"[{FORMAT_MARKS}\0]")


@dataclass(frozen=True)
class Sheet:
    """A sheet of a spreadsheet, or a CSV file (`name` is None).

    `head` are its first rows as text. `body` reads the columns at the given positions, each as its kind of cells says,
    of the rows from the given one (counted from 0) on: a frame (polars) with `row_number` (as the sender's program
    shows it) and, named by `at`, the columns as text, empty where there is nothing. It is called once.
    `tcvn3` says that all text is TCVN3 read as Latin-1. `separator` is that of a CSV's cells.
    """

    name: str | None
    head: list[list[str]]
    body: Callable[[int, Mapping[int, Cells]], pl.DataFrame]
    tcvn3: bool = False
    separator: str = ""


def at(position: int) -> str:
    """The name of the column at a position of the file, in the frame of `Sheet.body`."""
    return f"@{position}"


def without_format_marks(text: str) -> str:
    """`text` without NUL and marks that have no width or steer the direction of writing."""
    return _FORMAT_MARKS.sub("", text)


def is_panic(error: BaseException) -> bool:
    """Whether a reader written in Rust broke down over its input. Its exception is no `Exception` and has no module."""
    return type(error).__name__ == "PanicException"
