"""What a kind of list holds and how senders name it: `include/intake/<name>.yaml` and `include/intake/lists.yaml`."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

import yaml

from sangloc import settings
from sangloc.errors import ConfigurationError
from sangloc.intake.text import name_fold, name_key

Cells = Literal["text", "date", "citizen_id"]

# No heading is longer; whoever writes an essay into a cell does not get it folded for every row.
_LONGEST_HEADING = 300

_SIGNS = (
    (re.compile("≥|>=|=>"), " từ "),
    (re.compile("≤|<=|=<"), " đến "),
    (re.compile(">"), " trên "),
    (re.compile("<"), " dưới "),
)
_BRACKETS = re.compile(r"[(\[][^()\[\]]*[)\]]")
_NUMBERING = re.compile(
    r"^\s*(?:(?:\(\d{1,2}\)|\d{1,2}\s*[.)]|[IVX]{1,4}\s*[.)]|[a-z]\))\s*|nh[oó]́?m\s*\d+\s*[:.\-–]\s*)+", re.IGNORECASE
)


@dataclass(frozen=True)
class Column:
    """A column of a layout.

    `kind` says how number cells are read, `headings` the names it is known by (the first one is preferred). When
    `ticks_below`, a heading of this name over several others makes each of them a tick column whose label is its own
    heading. When `several`, the labels of ticks join what stands in the column itself, else they only stand in for it.
    """

    kind: Cells
    headings: tuple[str, ...]
    ticks_below: bool = False
    several: bool = False


@dataclass(frozen=True)
class Tick:
    """A column of the file in which a mark says that `label` holds for `column`.

    A cell with more than a mark says so too, and its text goes to the column `text_to`. `blank` is what an empty cell
    says in a list that has no other column of this kind (a column “Nữ” alone: the others are male).
    """

    column: str
    label: str
    text_to: str = ""
    blank: str = ""


@dataclass(frozen=True)
class Pieces:
    """How a column is put together from several of the file: joined by `join`, an empty one standing as `blank`."""

    join: str
    blank: str


class Target(NamedTuple):
    """What a column of the file is for. `place` counts the pieces of a column from 0."""

    column: str = ""
    place: int | None = None
    tick: Tick | None = None


IGNORED = Target()


@dataclass(frozen=True)
class Layout:
    """What a kind of list holds: `include/intake/<name>.yaml`.

    `required` are the columns that a list must have, `required_of_changes` those of a list of changes: of each group
    one. `by_heading` leads from a heading, with and without its diacritics, to its targets, each with the folded words
    of which one must stand in a heading above it (none: anywhere). When it `keeps_others`, columns with a heading of no
    column of the layout are read too.
    """

    columns: Mapping[str, Column]
    required: tuple[str, ...]
    required_of_changes: tuple[tuple[str, ...], ...] = ()
    pieces: Mapping[str, Pieces] = field(default_factory=dict)
    by_heading: Mapping[str, Sequence[tuple[tuple[str, ...], Target]]] = field(default_factory=dict)
    keeps_others: bool = False

    def target(self, headings: Sequence[str]) -> Target | None:
        """What a column with these headings, from the top down, is for; None when nothing is known of them.

        The lowest counts, best together with all those above it. Without diacritics they are looked for at last.
        """
        for marked in (True, False):
            for start in range(len(headings)):
                above, heading = headings[:start], " ".join(headings[start:])
                for key in _keys(heading, marked=marked):
                    found = self._claimed(key, above)
                    if found is not None:
                        return found
        return None

    def _claimed(self, key: str, above: Sequence[str]) -> Target | None:
        found = None
        for under, target in self.by_heading.get(key, ()):
            if not under:
                found = target
            elif any(word in _plain(text) for word in under for text in above):
                return target
        return found


@functools.lru_cache(maxsize=20_000)
def _plain(heading: str, *, marked: bool = False) -> str:
    """A heading without case, spacing and punctuation, and without diacritics unless `marked`."""
    if len(heading) > _LONGEST_HEADING:
        return ""
    for sign, word in _SIGNS:
        heading = sign.sub(word, heading)
    # A full stop keeps the key with diacritics apart from the one without.
    return "." + name_key(heading).replace(" ", "") if marked else name_fold(heading).replace(" ", "")


@functools.lru_cache(maxsize=20_000)
def _keys(heading: str, *, marked: bool) -> tuple[str, ...]:
    """The heading as it is, without what stands in brackets, and without its number."""
    if len(heading) > _LONGEST_HEADING:
        return ()
    bare = _BRACKETS.sub(" ", heading)
    texts = dict.fromkeys((heading, bare, _NUMBERING.sub("", heading), _NUMBERING.sub("", bare)))
    return tuple(_plain(text, marked=marked) for text in texts if _plain(text))


def read_words(name: str) -> tuple[dict[str, Any], Path]:
    """What stands in `include/intake/<name>.yaml`, and its path for what is said of it.

    Raises:
        ConfigurationError: when it cannot be read or is not a mapping.
    """
    path = settings.include() / "intake" / f"{name}.yaml"
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError):
        raise ConfigurationError(f"{path}: expected a readable YAML file") from None
    if not isinstance(data, dict):
        raise ConfigurationError(f"{path}: expected a mapping")
    return data, path


class _Claim(NamedTuple):
    heading: str
    under: tuple[str, ...]
    target: Target


def _by_heading(claims: Iterable[_Claim], path: Path) -> dict[str, list[tuple[tuple[str, ...], Target]]]:
    found: dict[str, dict[tuple[str, ...], Target | None]] = {}
    for heading, under, target in claims:
        exact = found.setdefault(_plain(heading, marked=True), {})
        if exact.setdefault(under, target) != target:
            raise ConfigurationError(f"{path}: {heading!r} is a heading of two columns")
        folded = found.setdefault(_plain(heading), {})
        # Without diacritics “Họ” and “Hộ” are one heading: of which column, nobody can tell.
        folded[under] = target if folded.get(under, target) == target else None
    return {key: [(under, target) for under, target in targets.items() if target is not None] for key, targets in found.items()}


@functools.cache
def layout(name: str) -> Layout:
    """The layout `name` (`roster`, `exam`).

    Raises:
        ConfigurationError: when its file is missing or malformed, or two columns claim one heading.
    """
    data, path = read_words(name)
    claims: list[_Claim] = []

    def claim(entry: dict[str, Any], target: Target) -> None:
        under = tuple(_plain(text) for text in entry.get("under", ()))
        claims.extend(_Claim(heading, under, target) for heading in entry["headings"])

    try:
        columns = {
            key: Column(
                entry.get("kind", "text"),
                tuple(entry["headings"]),
                entry.get("ticks_below", False),
                entry.get("several", False),
            )
            for key, entry in data["columns"].items()
        }
        required = tuple(data["required"])
        of_changes = tuple(tuple(group) for group in data.get("required_of_changes", ()))
        for key, entry in data["columns"].items():
            claim(entry, Target(key))
        pieces = {}
        for key, entry in data.get("pieces", {}).items():
            pieces[key] = Pieces(entry["join"], entry.get("blank", ""))
            for place, piece in enumerate(entry["of"]):
                claim(piece, Target(key, place))
        for entry in data.get("ticks", ()):
            tick = Tick(entry["column"], entry["label"], entry.get("text_to", ""), entry.get("blank", ""))
            claim(entry, Target(tick.column, tick=tick))
        for entry in data.get("below", ()):
            claim(entry, Target(entry["column"]) if "column" in entry else IGNORED)
        claim({"headings": data.get("ignored", ())}, IGNORED)
        by_heading = _by_heading(claims, path)
    except (KeyError, TypeError, AttributeError, ValueError):
        raise ConfigurationError(
            f"{path}: expected 'required' (a list) and 'columns' (each with 'headings'); 'pieces', 'ticks', 'below' and "
            "'ignored' as in roster.yaml"
        ) from None
    named = {entry.target.column for entry in claims} | {entry.target.tick.text_to for entry in claims if entry.target.tick}
    if unknown := sorted(({*named, *required} | {key for group in of_changes for key in group}) - {"", *columns}):
        raise ConfigurationError(f"{path}: expected an entry of 'columns' for {', '.join(unknown)}")
    return Layout(columns, required, of_changes, pieces, by_heading, data.get("keeps_others", False) is True)


class Total(NamedTuple):
    """How a total row begins, without and with diacritics. A single word must be all that its cell says."""

    folded: str
    marked: str
    is_word: bool


@dataclass(frozen=True)
class ListWords:
    """What stands in lists beside people, folded: marks and their opposite, total rows, what follows the last person."""

    marks: frozenset[str]
    no_marks: frozenset[str]
    totals: tuple[Total, ...]
    after_last: tuple[str, ...]
    changes: tuple[str, ...]


def folded_words(text: str) -> str:
    """`text` without case, diacritics, spacing and punctuation; of a mark such as ✓ the mark itself."""
    return name_fold(text).replace(" ", "") or text.strip()


def marked_words(text: str) -> str:
    """`text` without case, spacing and punctuation, but with its diacritics."""
    return name_key(text).replace(" ", "")


@functools.cache
def list_words() -> ListWords:
    """The words of `include/intake/lists.yaml`.

    Raises:
        ConfigurationError: when the file is missing or malformed.
    """
    data, path = read_words("lists")

    def folded(key: str) -> Iterable[str]:
        return (folded_words(text) for text in data[key])

    try:
        return ListWords(
            frozenset(folded("marks")),
            frozenset(folded("no_marks")),
            tuple(Total(folded_words(text), marked_words(text), " " not in text) for text in data["totals"]),
            tuple(folded("after_last")),
            tuple(folded("changes")),
        )
    except (KeyError, TypeError, AttributeError):
        raise ConfigurationError(f"{path}: expected lists of words: marks, no_marks, totals, after_last, changes") from None
