"""Links against the truth: precision, recall, the queue, and what a perfect officer would make of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    import psycopg

AGES = (6, 18, 60)
AGE_LABELS = ["under 6", "6 to under 18", "18 to under 60", "60 and over"]


@dataclass(frozen=True)
class Quality:
    """How records were linked.

    Attributes:
        records, on_roster: how many, and how many of them are of people on the roster.
        linked, right: links made, and those to the right person.
        queue: records put before a person with candidates.
        offered: of these, how many have the right person among the candidates.
    """

    records: int
    on_roster: int
    linked: int
    right: int
    queue: int
    offered: int

    @property
    def precision(self) -> float:
        return self.right / self.linked if self.linked else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.on_roster if self.on_roster else 1.0

    @property
    def f1(self) -> float:
        return 2 * self.right / max(self.linked + self.on_roster, 1)

    @property
    def queue_share(self) -> float:
        return self.queue / max(self.records, 1)

    @property
    def reviewed_f1(self) -> float:
        """F1 when whoever reviews picks the right candidate where there is one."""
        return 2 * (self.right + self.offered) / max(self.linked + self.offered + self.on_roster, 1)

    def cells(self) -> list[str]:
        """For a table."""
        return [
            f"{self.records:,}", f"{self.linked - self.right:,}", f"{self.precision:.6f}", f"{self.recall:.5f}",
            f"{self.f1:.5f}", f"{self.queue_share:.2%}", f"{self.reviewed_f1:.5f}",
        ]  # fmt: skip


HEADINGS = ("records", "wrong links", "precision", "recall", "F1", "queue", "F1 after review")


def outcome(db: psycopg.Connection, exams: pl.DataFrame) -> pl.DataFrame:
    """Records with what linkage made of them: `linked_to`, `method`, `candidates`, `right`, `queued`, `offered`."""
    entries = _frame(
        db,
        "SELECT n.encounter_id, b.person_id AS linked_to, n.method FROM health_book.entry AS n "
        "JOIN health_book.book AS b USING (book_id)",
        {"encounter_id": pl.Int64, "linked_to": pl.Int64, "method": pl.String},
    )
    reviews = _frame(
        db,
        "SELECT encounter_id, candidate_person_ids AS candidates FROM health_book.review WHERE state = 'open'",
        {"encounter_id": pl.Int64, "candidates": pl.List(pl.Int64)},
    )
    return (
        exams.join(entries, on="encounter_id", how="left")
        .join(reviews, on="encounter_id", how="left")
        .with_columns(
            right=(pl.col("linked_to") == pl.col("truth")).fill_null(False),
            queued=pl.col("candidates").list.len().fill_null(0) > 0,
            offered=pl.col("candidates").list.contains(pl.col("truth")).fill_null(False),
            age_group=pl.col("age").cut(list(AGES), labels=AGE_LABELS, left_closed=True).cast(pl.String),
        )
    )


def measure(found: pl.DataFrame) -> Quality:
    """The figures of some records."""
    sums = found.select(
        on_roster=pl.col("truth").is_not_null().sum(),
        linked=pl.col("linked_to").is_not_null().sum(),
        right=pl.col("right").sum(),
        queue=pl.col("queued").sum(),
        offered=pl.col("offered").sum(),
    ).row(0)
    return Quality(found.height, *sums)


def breakdowns(found: pl.DataFrame) -> dict[str, dict[str, Quality]]:
    """By source, age group, ethnic group and kind of mistake; ordinary records."""
    mistakes = found.with_columns(pl.col("mistakes").str.split(";")).explode("mistakes")
    tables = {"source": found, "age_group": found, "ethnic_code": found, "mistakes": mistakes}
    return {
        name: {
            str(key[0]) or "none": measure(part) for key, part in sorted(frame.group_by(name), key=lambda each: str(each[0][0]))
        }
        for name, frame in tables.items()
    }


def guardians(found: pl.DataFrame, persons: pl.DataFrame) -> int:
    """Children linked to their guardian: to whoever has the number given as the guardian's, on record or roster."""
    number = persons.select(linked_to="person_id", linked_number="citizen_id")
    own = persons.select(truth="person_id", roster_guardian="guardian_citizen_id")
    joined = found.filter((pl.col("age") < 18) & pl.col("linked_to").is_not_null() & ~pl.col("right"))
    joined = joined.join(number, on="linked_to", how="left").join(own, on="truth", how="left")
    wrong = (pl.col("linked_number") == pl.col("guardian_citizen_id")) | (pl.col("linked_number") == pl.col("roster_guardian"))
    return int(joined.select(wrong.fill_null(False).sum()).item())


def _frame(db: psycopg.Connection, statement: str, schema: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame(db.execute(statement).fetchall(), schema=schema, orient="row")  # type: ignore[arg-type]
