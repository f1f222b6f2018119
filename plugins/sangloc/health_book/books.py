"""One person's book as an officer sees it, alone or beside another person's; and finding the people a number means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sangloc.errors import RefusedInputError
from sangloc.health_book.compare import Field, compare, lines
from sangloc.health_book.decisions import _sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

# What of an exam is shown beside the person whose book it is in.
_SHOWN = ("full_name", "birth_date", "sex", "citizen_id")


@dataclass(frozen=True)
class Found:
    """A person whom a number may mean, without anything personal."""

    person_id: int
    province: str
    commune: str | None


@dataclass(frozen=True)
class Exam:
    """An exam in a book. `fields` compare what it says with the person; empty when the person left the roster."""

    encounter_id: int
    source: str
    facility: str
    exam_date: date
    method: str
    linked_at: datetime
    record: list[tuple[str, str]] = field(repr=False)
    fields: list[Field] = field(repr=False)


@dataclass(frozen=True)
class Book:
    """A person and the book. `record` is empty when the person left the roster; `opened_at`, while there is no book.

    `kept_person_id`: who stands for this person; `dropped_person_ids`: for whom this person stands.
    """

    person_id: int
    slug: str
    province: str
    opened_at: datetime | None
    kept_person_id: int | None
    dropped_person_ids: list[int]
    record: list[tuple[str, str]] = field(repr=False)
    exams: list[Exam]


def find_people(number: str, slugs: Iterable[str]) -> list[Found]:
    """The people a number may mean, 20 at most.

    Args:
        number: digits: a personal number, or a person's number in the system. A personal number also finds the people in
            whose book an exam with this number is.
        slugs: only of these provinces.
    """
    from sangloc.warehouse import transaction

    # A personal number of 12 digits is no number of the system: those have fewer.
    person = int(number) if len(number) < 12 else None
    with transaction() as conn:
        rows = conn.execute(_sql("find_people"), {"number": number, "person_id": person, "slugs": sorted(slugs)})
        return [Found(**row) for row in rows.mappings()]


def province_of_person(person_id: int) -> str | None:
    """The folder name of the province on whose roster a person is, or, of who left it, was; None for nobody."""
    from sangloc.warehouse import transaction

    with transaction() as conn:
        found = conn.execute(_sql("book_owner"), {"person_id": person_id}).one_or_none()
    return None if found is None else str(found.slug)


def book(person_id: int) -> Book:
    """A person with the exams in the book.

    Whoever calls this shows personal data: first note who looks at what (`note_view`).

    Raises:
        RefusedInputError: when there is no such person.
    """
    from sangloc.warehouse import transaction

    with transaction(isolation="REPEATABLE READ") as conn:
        return _book(conn, person_id, _person(conn, person_id))


def beside(person_id: int, other: int) -> tuple[Book, Book, list[Field]]:
    """Two people with their books, and how their fields agree (empty unless both are on the roster).

    Whoever calls this shows personal data of both: first note who looks at what.

    Raises:
        RefusedInputError: when one of them does not exist, or both are the same number.
    """
    from sangloc.warehouse import transaction

    if person_id == other:
        raise RefusedInputError("expected two different people")
    with transaction(isolation="REPEATABLE READ") as conn:
        one, two = (_person(conn, number) for number in (person_id, other))
        agreement = compare(one, two) if one and two else []
        return _book(conn, person_id, one), _book(conn, other, two), agreement


def _person(conn: Connection, person_id: int) -> dict[str, Any] | None:
    row = conn.execute(_sql("case_people"), {"person_ids": [person_id]}).mappings().one_or_none()
    if row is None:
        return None
    return {**row, "address": ", ".join(part for part in (row["household_no"], row["village"]) if part)}


def _book(conn: Connection, person_id: int, person: Mapping[str, Any] | None) -> Book:
    owner = conn.execute(_sql("book_owner"), {"person_id": person_id}).mappings().one_or_none()
    if owner is None:
        raise RefusedInputError(f"there is no person {person_id}")
    exams = []
    for row in map(dict, conn.execute(_sql("book_exams"), {"person_id": person_id}).mappings()):
        kept = {name: row[name] for name in ("encounter_id", "source", "facility", "exam_date", "method", "linked_at")}
        said = [line for line in lines(row) if line[0] in _SHOWN]
        agreement = [one for one in compare(row, person) if one.name in _SHOWN] if person else []
        exams.append(Exam(**kept, record=said, fields=agreement))
    return Book(person_id, **owner, record=lines(person) if person else [], exams=exams)
