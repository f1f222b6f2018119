"""Rows written by hand, so that every expected figure can be counted on paper."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
import pytest

from people import add_person
from postbox import Postbox, serving

SEEN = dt.datetime(2026, 9, 1, 8, 0, tzinfo=dt.timezone(dt.timedelta(hours=7)))


class Rows:
    """Inserts people, examinations, plans and checks of one province."""

    def __init__(self, connection: psycopg.Connection, province: str = "20") -> None:
        self.connection, self.province = connection, province
        self.numbers = itertools.count(1)
        self.file_id = self.file()
        found = connection.execute("SELECT code FROM ref.commune WHERE province_code = %s ORDER BY code", [province])
        self.communes: list[str] = [row[0] for row in found]

    def one(self, statement: str, values: Sequence[Any]) -> Any:
        row = self.connection.execute(statement, list(values)).fetchone()
        assert row is not None
        return row[0]

    def file(self, kind: str = "roster", read: int = 0, rejected: int = 0) -> int:
        return int(
            self.one(
                "INSERT INTO intake.file (province_code, kind, path, sha256, size_bytes, status, rows_read,"
                " rows_accepted, rows_rejected, received_at) VALUES (%s, %s, 'x', %s, 1, 'loaded', %s, %s, %s, %s)"
                " RETURNING file_id",
                [self.province, kind, f"{next(self.numbers):064x}", read, read - rejected, rejected, SEEN],
            )
        )

    def reject(self, file_id: int, reason: str) -> None:
        self.connection.execute(
            "INSERT INTO intake.reject (file_id, row_number, column_name, reason_code, message, raw)"
            " VALUES (%s, 1, 'x', %s, 'x', '{}')",
            [file_id, reason],
        )

    def person(
        self,
        commune: str,
        birth_year: int = 1980,
        sex: int = 1,
        residence: str = "permanent",
        insured: bool = False,
        groups: Sequence[str | tuple[str, str]] = (),
        reason: str = "label:other",
    ) -> int:
        return add_person(
            self.connection,
            province_code=self.province,
            commune_code=commune,
            insurance_no="0000000001" if insured else None,
            birth_date=dt.date(birth_year, 6, 1),
            sex=sex,
            residence=residence,
            groups=groups,
            reason=reason,
            seen=SEEN,
        )

    def moved_away(self, person: int, commune: str) -> None:
        """The person was on the list of that commune before."""
        self.connection.execute(
            "INSERT INTO roster.person_past (person_id, province_code, commune_code, full_name, name_key, name_fold,"
            " birth_date, birth_precision, sex, residence, change, refresh_id, end_reason, end_refresh_id)"
            " SELECT person_id, province_code, %s, full_name, name_key, name_fold, birth_date, birth_precision, sex, residence,"
            " 'new', refresh_id, 'moved', refresh_id FROM roster.person WHERE person_id = %s",
            [commune, person],
        )

    def exam(
        self,
        person: int | None,
        day: str,
        source: str = "screening",
        payer: str | None = "2",
        result: int | None = 2,
        hours: float = 5,
        candidates: list[int] | None = None,
    ) -> int:
        concluded = dt.datetime.fromisoformat(f"{day}T10:00:00+07:00")
        encounter = int(
            self.one(
                "INSERT INTO exam.encounter (province_code, file_id, source, facility_code, ma_lk, version, is_current,"
                " content_hash, form, code_set_version, exam_date, concluded_at, received_at, payer_code, result_class,"
                " full_name, name_key, name_fold, birth_date, birth_precision)"
                " VALUES (%s, %s, %s, 'F', %s, 1, TRUE, 'x', 'adult', '2062', %s, %s, %s, %s, %s, 'x', 'x', 'x',"
                " '1980-06-01', 'day') RETURNING encounter_id",
                [
                    self.province,
                    self.file_id,
                    source,
                    str(next(self.numbers)),
                    day,
                    concluded,
                    concluded + dt.timedelta(hours=hours),
                    payer,
                    result,
                ],
            )
        )
        if person is not None:
            self.link(person, encounter)
        elif candidates is not None:
            self.connection.execute(
                "INSERT INTO health_book.review (encounter_id, province_code, candidate_person_ids, reason_code, created_at)"
                " VALUES (%s, %s, %s, 'no_number', %s)",
                [encounter, self.province, candidates, SEEN],
            )
        return encounter

    def corrected(self, encounter: int) -> int:
        """A newer version of the examination came in; linkage has not run yet."""
        self.connection.execute("UPDATE exam.encounter SET is_current = FALSE WHERE encounter_id = %s", [encounter])
        return int(
            self.one(
                "INSERT INTO exam.encounter (province_code, file_id, source, facility_code, ma_lk, version, is_current,"
                " content_hash, form, code_set_version, exam_date, concluded_at, received_at, payer_code, result_class,"
                " full_name, name_key, name_fold, birth_date, birth_precision)"
                " SELECT province_code, file_id, source, facility_code, ma_lk, version + 1, TRUE, 'newer', form,"
                " code_set_version, exam_date, concluded_at, received_at, payer_code, result_class, full_name, name_key,"
                " name_fold, birth_date, birth_precision FROM exam.encounter WHERE encounter_id = %s RETURNING encounter_id",
                [encounter],
            )
        )

    def link(self, person: int, encounter: int) -> None:
        book = self.one(
            "INSERT INTO health_book.book (person_id, province_code, created_at) VALUES (%s, %s, %s)"
            " ON CONFLICT (person_id) DO UPDATE SET person_id = excluded.person_id RETURNING book_id",
            [person, self.province, SEEN],
        )
        self.connection.execute(
            "INSERT INTO health_book.entry (book_id, encounter_id, method, match_probability, model_version, linked_at,"
            " run_id) VALUES (%s, %s, 'exact', 1, '1', %s, 'r')",
            [book, encounter, SEEN],
        )

    def plan(self, commune: str, sessions: Sequence[tuple[str, int, int]], invited: Sequence[int], left: Sequence[int]) -> None:
        """A plan with sessions (day, capacity, booked); the invited all stand in the first session."""
        plan = self.one(
            "INSERT INTO planning.plan (province_code, commune_code, year, starts_on, ends_on, due_people,"
            " planned_people, unplanned_people, input_hash, planned_at, run_id)"
            " VALUES (%s, %s, 2026, '2026-01-01', '2026-12-31', %s, %s, %s, 'x', %s, 'r') RETURNING plan_id",
            [self.province, commune, len(invited) + len(left), len(invited), len(left), SEEN],
        )
        site = self.one(
            "INSERT INTO planning.site (province_code, commune_code, name, kind) VALUES (%s, %s, 'x', 'fixed')"
            " RETURNING site_id",
            [self.province, commune],
        )
        team = self.one(
            "INSERT INTO planning.team (province_code, commune_code, name, persons_per_day)"
            " VALUES (%s, %s, 'x', 60) RETURNING team_id",
            [self.province, commune],
        )
        made = [
            self.one(
                "INSERT INTO planning.session (plan_id, province_code, commune_code, site_id, team_id, session_date,"
                " starts_at, ends_at, capacity, booked) VALUES (%s, %s, %s, %s, %s, %s, '07:30', '17:00', %s, %s)"
                " RETURNING session_id",
                [plan, self.province, commune, site, team, day, capacity, booked],
            )
            for day, capacity, booked in sessions
        ]
        for person in invited:
            self.connection.execute(
                "INSERT INTO planning.invitation (plan_id, person_id, session_id, priority) VALUES (%s, %s, %s, 1)",
                [plan, person, made[0]],
            )
        for person in left:
            self.connection.execute(
                "INSERT INTO planning.invitation (plan_id, person_id, priority, reason_code)"
                " VALUES (%s, %s, 1, 'capacity_exhausted')",
                [plan, person],
            )

    def validation(self, suite: str, state: str, run: str = "r", when: dt.datetime = SEEN, severity: str | None = None) -> None:
        self.connection.execute(
            "INSERT INTO quality.validation (province_code, suite, table_name, run_id, state, max_severity, evaluated,"
            " unsuccessful, validated_at) VALUES (%s, %s, 'roster.person', %s, %s, %s, 1, 0, %s)",
            [self.province, suite, run, state, severity, when],
        )


@pytest.fixture
def rows(warehouse: psycopg.Connection, province: str) -> Rows:
    return Rows(warehouse)


@pytest.fixture(autouse=True)
def plain_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests' servers are without TLS, but for those that are about it."""
    monkeypatch.setenv("SANGLOC_SMTP_PLAIN", "true")


@pytest.fixture
def postbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Postbox]:
    box = Postbox()
    with serving(box) as port:
        options = "disable_ssl=true&disable_tls=true&retry_limit=0&timeout=5"
        monkeypatch.setenv("AIRFLOW_CONN_SANGLOC_SMTP", f"smtp://127.0.0.1:{port}?{options}")
        yield box
