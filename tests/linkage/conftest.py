"""People on the roster and their exams, written straight into the tables."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

import psycopg
import pytest

from people import add_person
from sangloc.intake import name_fold, name_key
from sangloc.linkage import link

BORN = date(1988, 5, 20)
NUMBER = "020088000003"
NAME = "Hoàng Văn Thí"
PHONE = "0301234567"
VILLAGE = "Thôn Nà Pát"
ADDRESS = "Thôn Nà Pát, Xã Thí Dụ, Lạng Sơn"
COMMUNE = "05977"


class World:
    """What a test needs to fill roster and exams and to see what linkage made of them."""

    def __init__(self, warehouse: psycopg.Connection) -> None:
        self.warehouse = warehouse
        self.made = 0

    def _id(self, statement: str, values: Any = None) -> int:
        row = self.warehouse.execute(statement, values).fetchone()
        assert row is not None
        return int(row[0])

    def file(self, kind: str = "exam", province: str = "20") -> int:
        """A new loaded file."""
        self.made += 1
        return self._id(
            "INSERT INTO intake.file (province_code, kind, commune_code, path, sha256, size_bytes, status, received_at) "
            "VALUES (%s, %s, %s, 'x', %s, 1, 'loaded', now()) RETURNING file_id",
            [province, kind, COMMUNE, hashlib.sha256(f"{kind} {self.made}".encode()).hexdigest()],
        )

    def refresh(self, province: str = "20") -> int:
        """A new list of the commune."""
        return self._id(
            "INSERT INTO roster.refresh (province_code, commune_code, file_id, run_id, inserted, updated, moved_in, closed, "
            "unchanged, rejected, refreshed_at) VALUES (%s, %s, %s, 'x', 0, 0, 0, 0, 0, 0, now()) RETURNING refresh_id",
            [province, COMMUNE, self.file("roster", province)],
        )

    def person(
        self,
        name: str = NAME,
        number: str | None = NUMBER,
        born: date = BORN,
        precision: str = "day",
        guardian: str | None = None,
        province: str = "20",
        **values: Any,
    ) -> int:
        """Somebody who comes on the roster with a new list."""
        plain = {"phone": PHONE, "village": VILLAGE, "household_no": "12", "sex": 1}
        return add_person(
            self.warehouse,
            **{
                **plain, "province_code": province, "commune_code": COMMUNE, "citizen_id": number, "full_name": name,
                "birth_date": born, "birth_precision": precision, "guardian_citizen_id": guardian,
                "refresh_id": self.refresh(province), **values,
            },
        )  # fmt: skip

    def change(self, person_id: int, what: str) -> None:
        """A new list says something else about a person."""
        self.warehouse.execute(
            f"UPDATE roster.person SET {what}, refresh_id = %s WHERE person_id = %s",  # noqa: S608
            [self.refresh(), person_id],
        )

    def exam(
        self,
        name: str = NAME,
        number: str | None = NUMBER,
        born: date = BORN,
        precision: str = "day",
        guardian: str | None = None,
        ma_lk: str | None = None,
        province: str = "20",
        **values: Any,
    ) -> int:
        """A new current version of the exam `ma_lk`, or a new exam, in a file of its own."""
        file_id = self.file("exam", province)
        ma_lk = ma_lk or f"L-{self.made}"
        self.warehouse.execute(
            "UPDATE exam.encounter SET is_current = FALSE WHERE ma_lk = %s AND province_code = %s", [ma_lk, province]
        )
        row = {
            "province_code": province, "file_id": file_id, "source": "screening", "facility_code": "20001", "ma_lk": ma_lk,
            "version": self._id("SELECT count(*) + 1 FROM exam.encounter WHERE ma_lk = %s", [ma_lk]), "is_current": True,
            "content_hash": str(self.made), "form": "18_plus", "code_set_version": "QD2062", "exam_date": date(2026, 8, 10),
            "concluded_at": date(2026, 8, 10), "received_at": date(2026, 8, 10), "full_name": name, "name_key": name_key(name),
            "name_fold": name_fold(name), "birth_date": born, "birth_precision": precision, "sex": 1, "citizen_id": number,
            "guardian_citizen_id": guardian, "phone": PHONE, "address": ADDRESS, "commune_code": COMMUNE, **values,
        }  # fmt: skip
        return self._id(
            f"INSERT INTO exam.encounter ({', '.join(row)}) VALUES ({', '.join(['%s'] * len(row))}) RETURNING encounter_id",  # noqa: S608
            list(row.values()),
        )

    def again(self, encounter_id: int) -> None:
        """A file brings an earlier version back."""
        self.warehouse.execute(
            "UPDATE exam.encounter SET is_current = FALSE WHERE ma_lk = "
            "(SELECT ma_lk FROM exam.encounter WHERE encounter_id = %s)",
            [encounter_id],
        )
        self.warehouse.execute(
            "UPDATE exam.encounter SET is_current = TRUE, file_id = %s WHERE encounter_id = %s", [self.file(), encounter_id]
        )

    def entries(self) -> dict[int, int]:
        """Exam -> person, of every entry."""
        return dict(
            self.warehouse.execute(
                "SELECT n.encounter_id, b.person_id FROM health_book.entry AS n JOIN health_book.book AS b USING (book_id)"
            ).fetchall()
        )

    def method(self, encounter_id: int) -> str:
        """How an exam was linked."""
        row = self.warehouse.execute("SELECT method FROM health_book.entry WHERE encounter_id = %s", [encounter_id]).fetchone()
        return str(row[0]) if row else ""

    def review(self, encounter_id: int) -> tuple[str, str, list[int]]:
        """(state, reason, candidates) of an exam's review; empty when there is none."""
        row = self.warehouse.execute(
            "SELECT state, reason_code, candidate_person_ids FROM health_book.review WHERE encounter_id = %s",
            [encounter_id],
        ).fetchone()
        return row or ("", "", [])

    def case(self, encounter_id: int) -> int:
        """The number of an exam's case."""
        return self._id("SELECT review_id FROM health_book.review WHERE encounter_id = %s", [encounter_id])

    def dump(self) -> list[Any]:
        """Everything linkage keeps, with the transaction that wrote each row."""
        return [
            self.warehouse.execute(f"SELECT *, xmin FROM health_book.{table} ORDER BY 1").fetchall()  # noqa: S608
            for table in ("book", "entry", "review")
        ]

    def run(self, run_id: str = "run-1") -> dict[str, int]:
        """One linkage run of Lạng Sơn."""
        return link("lang_son", run_id)


@pytest.fixture
def world(warehouse: psycopg.Connection, province: str) -> World:
    return World(warehouse)
