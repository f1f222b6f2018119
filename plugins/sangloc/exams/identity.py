"""Whether two records under one MA_LK are about the same exam of the same person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

# Facility, MA_LK, source class.
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a record says was examined, and through which source it came."""

    source: str
    name_fold: str
    birth_date: date
    birth_precision: str
    citizen_id: str | None
    guardian_citizen_id: str | None

    @classmethod
    def of(cls, source: str, columns: Mapping[str, Any]) -> Identity:
        """From the columns of `exam.encounter`."""
        return cls(source, *(columns[name] for name in cls.__slots__[1:]))

    def agrees(self, other: Identity) -> bool:
        """Same source, and at least two of name, birth date and number: one of the three may be a corrected mistake."""
        agreeing = (
            self.name_fold == other.name_fold,
            _same_birth(self, other),
            _same_number(self, other),
        )
        return self.source == other.source and sum(agreeing) >= 2


def _same_birth(one: Identity, other: Identity) -> bool:
    """Equal, day and month swapped, or equal as far as the less precise of the two goes."""
    a, b = one.birth_date, other.birth_date
    precisions = {one.birth_precision, other.birth_precision}
    if a.year != b.year:
        return False
    if "year" in precisions:
        return True
    if "month" in precisions:
        return a.month == b.month
    return (a.month, a.day) in ((b.month, b.day), (b.day, b.month))


def _same_number(one: Identity, other: Identity) -> bool:
    """The person's own number where both have one; the guardian's only for the same name, because twins share it."""
    if one.citizen_id and other.citizen_id:
        return one.citizen_id == other.citizen_id
    same_guardian = one.guardian_citizen_id is not None and one.guardian_citizen_id == other.guardian_citizen_id
    return same_guardian and one.name_fold == other.name_fold


@dataclass(slots=True)
class Known:
    """The versions of exams that are accepted: by key their contents and identities."""

    contents: set[tuple[str, str, str, str]] = field(default_factory=set)
    identities: dict[Key, set[Identity]] = field(default_factory=dict)

    def add(self, key: Key, content_hash: str, identity: Identity) -> None:
        """Remember an accepted version."""
        self.contents.add((*key, content_hash))
        self.identities.setdefault(key, set()).add(identity)

    def accept(self, key: Key, content_hash: str, identity: Identity, *, has_own_key: bool) -> bool:
        """Whether a record is the first of its key, one that is known, or a version of one; if so it is remembered.

        A key made here (`has_own_key`) is name and birth date themselves: then no two numbers may differ.
        """
        others = self.identities.get(key, set())
        if others and (*key, content_hash) not in self.contents:
            if not any(map(identity.agrees, others)):
                return False
            numbers = {other.citizen_id for other in (identity, *others)} - {None}
            if has_own_key and len(numbers) > 1:
                return False
        self.add(key, content_hash, identity)
        return True
