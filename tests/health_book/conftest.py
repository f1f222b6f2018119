"""People, their exams and cases of Lạng Sơn, written straight into the tables."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg
import pytest

from people import add_file, add_person
from sangloc.intake import name_fold, name_key

BORN = date(1988, 5, 20)
NUMBER = "020088000003"
NAME = "Hoàng Văn Thí"


class World:
    """What the tests of this folder put into the warehouse and read from it."""

    def __init__(self, warehouse: psycopg.Connection) -> None:
        self.db = warehouse
        self.exams = 0

    def one(self, statement: str, *values: Any) -> Any:
        row = self.db.execute(statement, values).fetchone()
        return None if row is None else row[0] if len(row) == 1 else row

    def all(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.db.execute(statement, values).fetchall()

    def person(self, name: str = NAME, number: str | None = NUMBER, born: date = BORN, **more: Any) -> int:
        return add_person(
            self.db, **({"commune_code": "05977", "citizen_id": number, "full_name": name, "birth_date": born} | more)
        )

    def exam(
        self, name: str = NAME, number: str | None = None, born: date = BORN, ma_lk: str | None = None, **more: Any
    ) -> int:
        """A new current version of the exam `ma_lk`, or a new exam."""
        self.exams += 1
        ma_lk = ma_lk or f"L-{self.exams}"
        self.db.execute("UPDATE exam.encounter SET is_current = FALSE WHERE ma_lk = %s", [ma_lk])
        version = self.one("SELECT count(*) + 1 FROM exam.encounter WHERE ma_lk = %s", ma_lk)
        row = {
            "province_code": "20", "file_id": add_file(self.db, kind="exam", commune_code=str(self.exams)),
            "source": "screening", "facility_code": "20001", "ma_lk": ma_lk, "version": version, "is_current": True,
            "content_hash": str(self.exams), "form": "18_plus", "code_set_version": "QD2062",
            "exam_date": "2026-08-10", "concluded_at": "2026-08-10T10:00:00+07:00",
            "received_at": "2026-08-10T20:00:00+07:00", "full_name": name, "name_key": name_key(name),
            "name_fold": name_fold(name), "birth_date": born, "birth_precision": "day", "citizen_id": number, **more,
        }  # fmt: skip
        columns, marks = ", ".join(row), ", ".join(["%s"] * len(row))
        return int(
            self.one(f"INSERT INTO exam.encounter ({columns}) VALUES ({marks}) RETURNING encounter_id", *row.values())  # noqa: S608
        )

    def case(self, encounter: int) -> int:
        """The number of an exam's case."""
        found = self.one("SELECT review_id FROM health_book.review WHERE encounter_id = %s", encounter)
        assert found is not None
        return int(found)

    def review(self, encounter: int) -> tuple[str, list[int]]:
        state, candidates = self.one(
            "SELECT state, candidate_person_ids FROM health_book.review WHERE encounter_id = %s", encounter
        )
        return state, candidates

    def entries(self) -> dict[int, int]:
        """Exam -> person, of every entry."""
        return dict(
            self.all(
                "SELECT n.encounter_id, b.person_id FROM health_book.entry AS n JOIN health_book.book AS b USING (book_id)"
            )  # type: ignore[arg-type]
        )

    def book(self, person: int) -> int:
        return int(self.one("SELECT book_id FROM health_book.book WHERE person_id = %s", person))

    def never(self) -> list[tuple[str, int]]:
        return self.all("SELECT ma_lk, person_id FROM health_book.never ORDER BY 1, 2")  # type: ignore[return-value]

    def put(self, encounter: int, person: int) -> None:
        """An entry as linkage makes it, whatever the rules say."""
        self.db.execute(
            "INSERT INTO health_book.book (person_id, province_code, created_at) VALUES (%s, '20', '2026-08-11')"
            " ON CONFLICT DO NOTHING",
            [person],
        )
        self.db.execute(
            "INSERT INTO health_book.entry (book_id, encounter_id, method, match_probability, model_version, linked_at, run_id)"
            " SELECT book_id, %s, 'model', 0.97, 'm-1', '2026-08-11', 'r' FROM health_book.book WHERE person_id = %s",
            [encounter, person],
        )


@pytest.fixture
def world(warehouse: psycopg.Connection, province: str) -> World:
    return World(warehouse)
