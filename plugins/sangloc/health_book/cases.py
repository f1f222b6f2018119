"""Cases that wait for an officer: the list, without people, and one case with both sides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from sangloc.errors import RefusedInputError
from sangloc.health_book.compare import Field, compare, lines
from sangloc.health_book.decisions import fingerprint


@dataclass(frozen=True)
class Waiting:
    """A case as the list shows it: nothing about people."""

    review_id: int
    reason_code: str
    since: datetime
    candidates: int
    source: str
    facility_code: str
    slug: str
    province: str


@dataclass(frozen=True)
class Candidate:
    """A person who may be meant, beside the record. `excluded`: an officer said that it is not this person."""

    person_id: int
    place: int | None
    probability: float | None
    excluded: bool
    relation: str | None = field(repr=False)
    entries: int
    fields: list[Field] = field(repr=False)


@dataclass(frozen=True)
class Decided:
    """An earlier decision about the exam."""

    answer: str
    by: str
    at: datetime
    version: int


@dataclass(frozen=True)
class Case:
    """One case with both sides. Its representation holds nothing personal; its fields do.

    `left_roster`: who came into question too and is on the roster no more.
    """

    review_id: int
    state: str
    reason_code: str
    since: datetime
    slug: str
    province: str
    province_code: str
    encounter_id: int
    version: int
    is_current: bool
    source: str
    facility: str
    exam_date: date
    record: list[tuple[str, str]] = field(repr=False)
    candidates: list[Candidate]
    left_roster: list[int]
    decided: list[Decided]
    seen: str


def waiting(
    slugs: Iterable[str], reason: str | None = None, with_candidates: bool = False, most: int = 50, skipped: int = 0
) -> tuple[list[Waiting], int]:
    """Cases that wait, the oldest first.

    Args:
        slugs: of these provinces.
        reason: of this reason only.
        with_candidates: leave out those for which nobody on the roster came into question.
        most: how many at most.
        skipped: how many to leave out at the beginning.

    Returns:
        The cases, and how many there are in all; 0 also when all are left out at the beginning.
    """
    from sangloc.warehouse import sql, transaction

    values = {"slugs": sorted(slugs), "reason": reason, "with_candidates": with_candidates, "most": most, "skipped": skipped}
    with transaction() as conn:
        rows = [dict(row) for row in conn.execute(sql("health_book/cases"), values).mappings()]
    total = rows[0]["waiting"] if rows else 0
    return [Waiting(**{name: value for name, value in row.items() if name != "waiting"}) for row in rows], total


def province_of_case(review_id: int) -> str | None:
    """The folder name of the province that a case is of; None when there is no such case."""
    from sangloc.warehouse import sql, transaction

    with transaction() as conn:
        slug = conn.execute(sql("health_book/slug_of_review"), {"review_id": review_id}).scalar()
    return None if slug is None else str(slug)


def case(review_id: int) -> Case:
    """One case with both sides, open or decided.

    Whoever calls this shows personal data: first note who looks at what (`note_view`).

    Raises:
        RefusedInputError: when there is no such case.
    """
    from sangloc.warehouse import sql, transaction

    key = {"review_id": review_id}
    with transaction(isolation="REPEATABLE READ") as conn:
        found = conn.execute(sql("health_book/case_record"), key).mappings().one_or_none()
        if found is None:
            raise RefusedInputError(f"there is no case {review_id}")
        shown = [dict(row) for row in conn.execute(sql("health_book/shown"), key).mappings()]
        ids = {"person_ids": [one["person_id"] for one in shown]}
        people = {row["person_id"]: dict(row) for row in conn.execute(sql("health_book/case_people"), ids).mappings()}
        decided = [
            Decided(row.answer, row.decided_by, row.decided_at, row.encounter_version)
            for row in conn.execute(sql("health_book/decisions_of_case"), key)
        ]
    record = dict(found)
    candidates = [
        Candidate(
            one["person_id"],
            one["place"],
            one["probability"],
            one["excluded"],
            people[one["person_id"]]["relation"],
            people[one["person_id"]]["entries"],
            compare(record, people[one["person_id"]]),
        )
        for one in shown
        if one["person_id"] in people
    ]
    kept = (
        "review_id", "state", "reason_code", "since", "slug", "province", "province_code", "encounter_id", "version",
        "is_current", "source", "exam_date",
    )  # fmt: skip
    return Case(
        **{name: record[name] for name in kept},
        facility=record["facility"] or record["facility_code"],
        record=lines(record),
        candidates=candidates,
        left_roster=[one["person_id"] for one in shown if one["person_id"] not in people and not one["excluded"]],
        decided=decided,
        seen=fingerprint(found, shown),
    )
