from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from sangloc import reporting
from sangloc.errors import QualityGateError, RefusedInputError


@pytest.fixture
def counted(rows: Any, warehouse: psycopg.Connection) -> dict[tuple[str, str, str], tuple[Any, Any]]:
    """Eight people in two communes and what happened to them by October 2026; the figures of the October report."""
    first, second = rows.communes[0], rows.communes[1]
    people = [
        rows.person(first, 1950, 1, insured=True, groups=["1", "3"]),
        rows.person(first, 1950, 2, groups=["1"]),
        # Codes of another code set, which the figures must not take for theirs.
        rows.person(first, 1980, 1, insured=True, groups=[("QD1551", "2"), ("QD1551", "14"), ("PRIORITY", "older_people")]),
        rows.person(first, 2015, 2, groups=["11"]),
        rows.person(second, 2022, 1),
        # 60 on the day the roster was looked at, 59 in the year of the report.
        rows.person(second, 1967, 2, insured=True, groups=["1"], reason="age"),
        rows.person(second, 1980, 2, residence="temporary_12m"),
        rows.person(second, 1980, 2, residence="temporary_short", insured=True),
    ]
    rows.exam(people[0], "2026-10-05", "screening", "2", 3)
    rows.exam(people[0], "2026-10-20", "insurance", "3", None)  # counts once, by the first
    rows.exam(people[1], "2026-03-01", "periodic", "2", 2)  # before the period
    rows.exam(people[1], "2026-10-02", "insurance", "3", 1, hours=30)
    rows.exam(people[2], "2025-12-30", "worker", "4", 2)  # another year
    rows.exam(people[3], "2026-10-31", "school", None, 1)
    rows.exam(people[4], "2026-11-01", "screening", "2", 1)  # after the period
    rows.exam(people[7], "2026-10-09", "screening", "2", 4)  # not a resident, yet examined
    rows.exam(None, "2026-10-10", "insurance", "3", None, candidates=people[:1])
    rows.exam(None, "2026-10-11", "insurance", "3", None, candidates=[])
    rows.exam(None, "2026-10-11", "insurance", "3", None)
    rows.plan(first, [("2026-10-01", 60, 2), ("2026-12-01", 30, 0)], people[:2], people[2:4])
    failed = rows.file("exam", read=100, rejected=2)
    rows.reject(failed, "name_missing")
    rows.reject(failed, "name_missing")
    rows.validation("roster_person", "failed", "r1", dt.datetime(2026, 9, 1, tzinfo=dt.UTC))
    rows.validation("roster_person", "passed", "r2", dt.datetime(2026, 9, 2, tzinfo=dt.UTC))
    rows.validation("exam_encounter", "not_applicable")
    submission = reporting.open_submission("lang_son", "monthly_byt", "run")
    result = reporting.take_snapshot(submission)
    found = warehouse.execute("SELECT indicator, breakdown, key, numerator, denominator FROM reporting.figure").fetchall()
    assert result["figures"] == len(found)
    return {(row[0], row[1], row[2]): (row[3], row[4]) for row in found}


def test_every_indicator_against_rows_counted_by_hand(counted: dict[Any, Any], rows: Any) -> None:
    first, second = rows.communes[0], rows.communes[1]
    population = dict(rows.connection.execute("SELECT code, population FROM ref.commune").fetchall())
    expected = {
        ("roster_people", "total", ""): (8, None),
        ("roster_people", "residence", "resident"): (7, None),
        ("roster_people", "residence", "short_stay"): (1, None),
        ("people_examined_period", "total", ""): (3, 3),
        ("people_examined_period", "source", "screening"): (2, 3),
        ("people_examined_period", "source", "school"): (1, 3),
        ("people_examined_period", "payer", "2"): (2, 3),
        ("people_examined_period", "payer", "unknown"): (1, 3),
        ("people_examined_year", "total", ""): (4, 4),
        ("people_examined_year", "source", "periodic"): (1, 4),
        ("people_examined_year", "form", "adult"): (4, 4),
        ("examined_share", "total", ""): (3, 7),
        ("examined_share", "commune", first): (3, 4),
        ("examined_share", "commune", second): (0, 3),
        ("examined_share", "sex", "1"): (1, 3),
        ("examined_share", "sex", "2"): (2, 4),
        ("examined_share", "age", "under_6"): (0, 1),
        ("examined_share", "age", "6_17"): (1, 1),
        ("examined_share", "age", "18_59"): (0, 3),
        ("examined_share", "age", "60_plus"): (2, 2),
        ("examined_share", "group", "1"): (2, 3),
        ("examined_share", "group", "3"): (1, 1),
        ("examined_share_period", "total", ""): (2, 7),
        ("examined_share_period", "commune", first): (2, 4),
        ("priority_groups", "priority", "older_people"): (2, 2),
        ("priority_groups", "priority", "children"): (1, 2),
        ("priority_groups", "priority", "poor_households"): (1, 1),
        ("priority_groups", "priority", "difficult_areas"): (0, 0),
        ("priority_groups", "priority_part", "older_people/group/1"): (None, None),
        ("priority_groups", "priority_part", "older_people/age/60_plus"): (None, None),
        ("priority_groups", "priority_part", "children/age/under_6"): (None, None),
        ("priority_groups", "total", ""): (3, 4),
        ("records_counted", "total", ""): (4, 9),
        ("records_counted", "source", "insurance"): (0, 5),
        ("linkage", "total", ""): (6, 9),
        ("linkage", "state", "in_review"): (1, 9),
        ("linkage", "state", "not_on_roster"): (1, 9),
        ("linkage", "state", "waiting"): (1, 9),
        ("health_book_share", "total", ""): (5, 7),
        ("health_book_share", "commune", first): (4, 4),
        ("sessions", "total", ""): (2, 2),
        ("sessions", "state", "past"): (1, 2),
        ("sessions", "kind", "fixed"): (2, 2),
        ("session_capacity", "total", ""): (2, 90),
        ("invitations", "total", ""): (2, 4),
        ("invitations", "unplanned", "capacity_exhausted"): (2, 4),
        ("result_classes", "total", ""): (4, 4),
        ("result_classes", "class", "3"): (1, 4),
        ("result_classes", "class", "5"): (0, 4),
        ("rows_rejected", "total", ""): (2, 100),
        ("rows_rejected", "reason", "name_missing"): (2, 2),
        ("quality_checks", "total", ""): (1, 1),
        ("quality_checks", "state", "not_applicable"): (1, 2),
        ("insurance_known", "total", ""): (3, 7),
        ("timeliness", "total", ""): (7, 8),
        ("examined_share", "group", "11"): (1, 1),
        ("examined_share_period", "age", "60_plus"): (1, 2),
        ("examined_commune_age", "commune_age", f"{first}/60_plus"): (2, 2),
        ("examined_commune_age", "commune_age", f"{second}/under_6"): (0, 1),
        ("examined_commune_age_period", "commune_age", f"{first}/60_plus"): (1, 2),
        ("examined_commune_source", "commune_source", f"{first}/periodic"): (1, None),
        ("examined_commune_source_period", "commune_source", f"{first}/school"): (1, None),
        ("examined_sex_age", "sex_age", "2/6_17"): (1, 1),
        ("examined_sex_age_period", "sex_age", "1/60_plus"): (1, 1),
        ("priority_communes", "priority_commune", f"older_people/{first}"): (2, 2),
        ("priority_communes", "priority_commune", f"children/{second}"): (0, 1),
        ("examined_areas", "total", ""): (None, None),
        ("people_by_records", "total", ""): (4, 4),
        ("people_by_records", "times", "1"): (2, 4),
        ("people_by_records", "times", "2"): (2, 4),
        ("people_by_records", "times", "3_plus"): (0, 4),
        ("weekly_progress", "total", ""): (3, 7),
        ("weekly_progress", "week", "2026-W41"): (1, 7),
        ("result_classes_period", "class", "1"): (1, 3),
        ("result_classes_age", "class_age", "3/60_plus"): (1, 2),
        ("result_classes_age_period", "class_age", "4/18_59"): (1, 1),
        ("main_findings", "total", ""): (0, 4),
        ("first_books_year", "total", ""): (5, 7),
        ("first_books_period", "total", ""): (0, 7),
        ("health_book_share", "age", "60_plus"): (2, 2),
        ("citizen_id_known", "total", ""): (0, 7),
        ("insurance_known", "sex", "2"): (1, 4),
        ("population_listed", "commune", first): (4, population[first]),
        ("roster_changes", "total", ""): (0, None),
        ("lists_received", "total", ""): (0, 65),
        ("unlisted_people", "total", ""): (1, None),
        ("residence_conflicts", "total", ""): (0, 8),
        ("review_reasons", "review_reason", "no_number"): (1, 9),
        ("paid_twice", "total", ""): (0, 6),
        ("repeated_exams", "total", ""): (0, 6),
        ("timeliness", "source", "insurance"): (4, 5),
        ("timeliness_facility", "facility", "F"): (7, 8),
        ("arrival_delay", "delay", "within_48h"): (1, 8),
        ("arrival_delay", "delay", "later"): (0, 8),
        ("records_signed", "total", ""): (0, 8),
        ("facilities_reporting", "total", ""): (1, 0),
        ("facilities_reporting", "source", "school"): (1, 0),
        ("plan_coverage", "commune", first): (2, 4),
        ("sessions_held", "total", ""): (0, 1),
        ("sessions_period", "total", ""): (1, 2),
        ("rows_corrected", "kind", "exam"): (0, 2),
        ("files_received", "status", "loaded"): (2, 2),
        ("lists_held", "total", ""): (0, 0),
        ("rows_quarantined", "total", ""): (0, 0),
        ("conferences", "total", ""): (None, None),
        ("insurance_cover", "total", ""): (None, None),
        ("doctors_per_station", "total", ""): (None, None),
        ("communication_texts", "total", ""): (None, None),
        ("units_reporting", "total", ""): (None, None),
        ("target_progress", "total", ""): (0, 2),
        ("target_progress", "target", "examined_yearly"): (Decimal("42.86"), 100),
        ("target_progress", "target", "health_books"): (Decimal("71.43"), 100),
        # 2 of 7 in the last four weeks, 61 days to go.
        ("target_projection", "target", "examined_yearly"): (100, 100),
        ("target_projection", "target", "health_books"): (None, 100),
    }
    assert {key: counted.get(key) for key in expected} == {
        key: tuple(None if part is None else Decimal(part) for part in value) for key, value in expected.items()
    }
    assert {key[0] for key in counted} == set(reporting.indicators())
    assert {key[2] for key in counted if key[:2] == ("examined_share", "group")} == {"1", "3", "11"}


def test_snapshot_stays_when_the_data_moves_on(rows: Any, warehouse: psycopg.Connection) -> None:
    rows.person(rows.communes[0])
    submission = reporting.open_submission("lang_son", "monthly_byt", "run")
    before = reporting.take_snapshot(submission)
    rows.person(rows.communes[0])
    assert reporting.take_snapshot(submission) == before
    assert reporting.open_submission("lang_son", "monthly_byt", "run") == submission
    assert reporting.take_snapshot(submission) == before
    assert reporting.open_submission("lang_son", "monthly_byt", "another run") == submission
    after = reporting.take_snapshot(submission)
    assert after["version"] == 1
    assert after["figures_hash"] != before["figures_hash"]
    count = warehouse.execute("SELECT count(*), count(DISTINCT snapshot_id) FROM reporting.snapshot").fetchone()
    assert count == (1, 1)


def test_figures_hash_is_the_same_for_the_same_data(rows: Any) -> None:
    rows.person(rows.communes[0])
    submission = reporting.open_submission("lang_son", "monthly_byt", "run")
    first = reporting.take_snapshot(submission)["figures_hash"]
    reporting.open_submission("lang_son", "monthly_byt", "another run")
    assert reporting.take_snapshot(submission)["figures_hash"] == first


def test_due_and_before_joining(province: str, warehouse: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    reporting.open_submission("lang_son", "monthly_byt", "run")
    reporting.open_submission("lang_son", "monthly_byt", "by hand", period_key="2026-09")
    monkeypatch.setenv("SANGLOC_NOW", "2026-12-01T08:00:00+07:00")
    reporting.open_submission("lang_son", "monthly_byt", "later")
    found = warehouse.execute(
        "SELECT period_key, due_at AT TIME ZONE 'Asia/Ho_Chi_Minh', aim_on, before_joining, state"
        " FROM reporting.submission ORDER BY period_key"
    ).fetchall()
    end = dt.time.max
    assert found == [
        ("2026-09", dt.datetime.combine(dt.date(2026, 10, 4), end), dt.date(2026, 10, 2), True, "collecting"),
        ("2026-10", dt.datetime.combine(dt.date(2026, 11, 4), end), dt.date(2026, 11, 4), True, "collecting"),
        ("2026-11", dt.datetime.combine(dt.date(2026, 12, 4), end), dt.date(2026, 12, 4), False, "collecting"),
    ]


def incident(**changes: Any) -> dict[str, Any]:
    return {"kind": "sensitive", "area": ["05977"], "summary": "Có thông tin sai về phí khám."} | changes


def test_incident_is_opened_once_per_run(province: str, warehouse: psycopg.Connection) -> None:
    number = reporting.open_submission("lang_son", "incident", "manual__1", incident=incident())
    assert reporting.open_submission("lang_son", "incident", "manual__1", incident=incident()) == number
    assert reporting.open_submission("lang_son", "incident", "manual__2", incident=incident(area="20")) != number
    key, due = warehouse.execute("SELECT period_key, due_at FROM reporting.submission ORDER BY 1 LIMIT 1").fetchone() or ("", 0)
    assert key.startswith("20261121-")
    assert due == dt.datetime(2026, 11, 22, 1, 0, tzinfo=dt.UTC)


SECRET = "Nguyễn Văn Bí Mật"


REFUSED: list[Any] = [
    None,
    {},
    incident(kind="other thing"),
    incident(area=[]),
    incident(area=["99999"]),
    incident(area="20,31"),
    incident(summary=""),
    incident(summary="x" * 1001),
    incident(summary=f"{SECRET} 001099012345"),
    incident(summary=f"{SECRET} 001 099 012 345"),
    incident(summary=f"{SECRET} CMND 123456789"),
    incident(summary=f"{SECRET} gọi 0912.345.678"),
    incident(summary=f"{SECRET} +84912345678"),
    incident(summary=f"{SECRET} 001  099  012  345"),
    incident(summary=f"{SECRET} 001/099/012/345"),
    incident(summary=f"{SECRET} 0912 - 345 _ 678"),
    incident(summary=f"{SECRET} 0 0 1 0 9 9 0 1 2 3 4 5"),
    incident(summary=f"{SECRET} (0912)\u00a0345\u200b678"),
    incident(summary=f"{SECRET} 0912    345 \t\n\n 678"),
    incident(summary=f"{SECRET} 0912\u200b\u2060\u200b\u200b\u00ad345678"),
    incident(summary=f"{SECRET} ０９１２３４５６７８"),
    incident(summary=f"{SECRET} sinh 05/06/1980"),
    incident(summary=f"{SECRET} sinh 5-6-1980"),
    incident(summary=f"{SECRET} sinh 1980.06.05"),
    incident(summary=f"{SECRET} sinh ngày 5 tháng 6 năm 1980"),
    incident(summary=f"{SECRET} a.b@example.vn"),
    incident(summary=f"{SECRET} a.b @ example.vn"),
    incident(extra=SECRET),
]


def test_refused_incident_quotes_nothing(province: str, warehouse: psycopg.Connection) -> None:
    for facts in REFUSED:
        with pytest.raises(RefusedInputError) as caught:
            reporting.open_submission("lang_son", "incident", "manual__1", incident=facts)
        for part in (SECRET, "001", "123456", "0912", "84912", "1980", "example.vn", "99999"):
            assert part not in str(caught.value)
    assert warehouse.execute("SELECT count(*) FROM reporting.submission").fetchone() == (0,)


def test_harmless_numbers_in_an_incident_pass(province: str) -> None:
    text = "Ngày 20/11 có 1.200 lượt chia sẻ trong tháng 11/2026 tại 3 xã, 35.000.000 đồng, hotline 19009095."
    assert reporting.open_submission("lang_son", "incident", "manual__1", incident=incident(summary=text))


def test_nothing_to_report_before_the_first_period_ended(province: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANGLOC_NOW", "2026-09-15T08:00:00+07:00")
    with pytest.raises(RefusedInputError, match="no period of monthly_byt has ended"):
        reporting.open_submission("lang_son", "monthly_byt", "run")


def figure(warehouse: psycopg.Connection, indicator: str, breakdown: str = "total") -> dict[str, tuple[Any, Any]]:
    found = warehouse.execute(
        "SELECT key, numerator, denominator FROM reporting.figure WHERE indicator = %s AND breakdown = %s",
        [indicator, breakdown],
    ).fetchall()
    return {row[0]: (row[1], row[2]) for row in found}


@pytest.mark.parametrize(("state", "severity"), [("error", None), ("error", "warning"), ("failed", "critical")])
def test_bad_data_is_not_reported(rows: Any, warehouse: psycopg.Connection, state: str, severity: str | None) -> None:
    rows.validation("exam_encounter", "passed", "r1", dt.datetime(2026, 9, 1, tzinfo=dt.UTC))
    rows.validation("exam_encounter", state, "r2", dt.datetime(2026, 9, 2, tzinfo=dt.UTC), severity)
    rows.validation("roster_person", "passed")
    submission = reporting.open_submission("lang_son", "monthly_byt", "run")
    with pytest.raises(QualityGateError, match="lang_son__data_quality") as caught:
        reporting.take_snapshot(submission)
    assert "exam_encounter" in str(caught.value) and "roster_person" not in str(caught.value)
    assert warehouse.execute("SELECT count(*) FROM reporting.snapshot").fetchone() == (0,)
    # At the same instant the later row decides.
    rows.validation("exam_encounter", "passed", "r3", dt.datetime(2026, 9, 2, tzinfo=dt.UTC))
    assert reporting.take_snapshot(submission)["figures"]


@pytest.mark.parametrize(("state", "severity"), [("failed", "warning"), ("not_applicable", None), ("passed", None)])
def test_lesser_findings_do_not_stop_a_report(rows: Any, state: str, severity: str | None) -> None:
    rows.validation("exam_encounter", "error", "r1", dt.datetime(2026, 9, 1, tzinfo=dt.UTC), "critical")
    rows.validation("exam_encounter", state, "r2", dt.datetime(2026, 9, 2, tzinfo=dt.UTC), severity)
    assert reporting.take_snapshot(reporting.open_submission("lang_son", "monthly_byt", "run"))["figures"]


def test_a_period_over_new_year_counts_each_person_once(rows: Any, warehouse: psycopg.Connection, monkeypatch: Any) -> None:
    monkeypatch.setenv("SANGLOC_NOW", "2027-11-21T08:00:00+07:00")
    both = rows.person(rows.communes[0])
    rows.exam(both, "2026-12-01", "worker", "4")
    rows.exam(both, "2027-02-01", "screening", "2")
    rows.exam(rows.person(rows.communes[0]), "2027-03-01", "screening", "2")
    submission = reporting.open_submission("lang_son", "annual_dang_uy", "run")
    reporting.take_snapshot(submission)
    starts, ends = warehouse.execute("SELECT period_from, period_to FROM reporting.submission").fetchone() or (None, None)
    assert (starts, ends) == (dt.date(2026, 11, 15), dt.date(2027, 11, 14))
    assert figure(warehouse, "people_examined_period") == {"": (2, 2)}
    assert figure(warehouse, "people_examined_period", "source") == {"worker": (1, 2), "screening": (1, 2)}
    assert figure(warehouse, "people_examined_period", "payer") == {"4": (1, 2), "2": (1, 2)}
    assert figure(warehouse, "people_examined_period", "form") == {"adult": (2, 2)}
    assert figure(warehouse, "examined_share_period")[""] == (2, 2)
    assert figure(warehouse, "people_examined_year") == {"": (2, 2)}
    assert figure(warehouse, "result_classes") == {"": (2, 2)}
    assert figure(warehouse, "records_counted") == {"": (2, 2)}


def test_a_correction_waiting_for_linkage_takes_nobody_out(rows: Any, warehouse: psycopg.Connection) -> None:
    people = [rows.person(rows.communes[0]) for _ in range(2)]
    exams = [rows.exam(person, "2026-10-05") for person in people]
    rows.corrected(exams[0])
    reporting.take_snapshot(reporting.open_submission("lang_son", "monthly_byt", "run"))
    assert figure(warehouse, "people_examined_period") == {"": (2, 2)}
    assert figure(warehouse, "examined_share")[""] == (2, 2)
    assert figure(warehouse, "records_counted") == {"": (2, 2)}
    assert figure(warehouse, "timeliness") == {"": (2, 2)}


def test_who_stands_in_two_plans_is_invited_once(rows: Any, warehouse: psycopg.Connection) -> None:
    moved, other = (rows.person(rows.communes[1]) for _ in range(2))
    rows.moved_away(moved, rows.communes[0])
    rows.plan(rows.communes[0], [("2026-10-01", 60, 0)], [], [moved])
    rows.plan(rows.communes[1], [("2026-10-01", 60, 1)], [moved], [other])
    reporting.take_snapshot(reporting.open_submission("lang_son", "monthly_byt", "run"))
    assert figure(warehouse, "invitations") == {"": (1, 2)}
    assert figure(warehouse, "invitations", "unplanned") == {"capacity_exhausted": (1, 2)}


def test_double_payment_findings_and_sessions(rows: Any, warehouse: psycopg.Connection) -> None:
    first, second = rows.communes[0], rows.communes[1]
    people = [rows.person(first, 1980 + place) for place in range(4)]
    rows.exam(people[0], "2026-10-01", "worker", "4")
    rows.exam(people[0], "2026-10-05", "screening", "2")  # the same kind of examination, paid for already
    rows.exam(people[0], "2026-10-06", "insurance", "3")  # another kind
    rows.exam(people[1], "2026-10-02", "screening", "2")
    rows.exam(people[1], "2026-10-09", "screening", "2")  # again by the same source
    rows.exam(people[1], "2026-10-10", "worker", "4")  # paid for twice: another source is among the earlier ones
    rows.exam(people[2], "2026-10-02", "periodic", "3")
    codes = {people[0]: "I10", people[1]: "E11", people[2]: "K02"}
    for person, code in codes.items():
        warehouse.execute(
            "UPDATE exam.encounter SET main_icd = %s WHERE encounter_id IN (SELECT encounter_id FROM health_book.entry"
            " JOIN health_book.book USING (book_id) WHERE person_id = %s)",
            [code, person],
        )
    rows.plan(first, [("2026-10-02", 60, 2), ("2026-10-03", 60, 0), ("2026-10-05", 60, 0)], people[:2], [])
    rows.plan(second, [("2026-10-02", 60, 0)], [], [])
    warehouse.execute("UPDATE ref.commune SET area = 'III', border = TRUE WHERE code = %s", [first])
    warehouse.execute("UPDATE ref.commune SET area = 'II' WHERE code = %s", [second])
    reporting.take_snapshot(reporting.open_submission("lang_son", "monthly_byt", "run"))
    assert figure(warehouse, "paid_twice")[""] == (2, 7)
    assert figure(warehouse, "paid_twice", "source")["screening"] == (1, 3)
    assert figure(warehouse, "paid_twice", "source")["worker"] == (1, 2)
    assert figure(warehouse, "repeated_exams")[""] == (1, 7)
    assert figure(warehouse, "people_by_records", "times") == {"1": (1, 3), "2": (0, 3), "3_plus": (2, 3)}
    assert figure(warehouse, "main_findings", "finding") == {"hypertension": (1, 3), "diabetes": (1, 3), "oral": (1, 3)}
    # Somebody of the first commune was examined on two of its three days; nobody of the second.
    assert figure(warehouse, "sessions_held")[""] == (2, 4)
    assert figure(warehouse, "sessions_held", "commune") == {first: (2, 3), second: (0, 1)}
    assert figure(warehouse, "examined_areas", "area") == {"area_II": (0, 0), "area_III": (3, 4), "border": (3, 4)} or figure(
        warehouse, "examined_areas", "area"
    ) == {"area_III": (3, 4), "border": (3, 4)}
    parts = {f"area_III/{first}", f"border/{first}", f"area_II/{second}"}
    assert set(figure(warehouse, "examined_areas", "area_commune")) == parts


def form(
    rows: Any, submission: int, code: str, figures: dict[str, Any], kind: str = "commune", came: str = "2026-11-02"
) -> None:
    """A form of a unit, taken in at that moment."""
    warehouse = rows.connection
    warehouse.execute(
        "INSERT INTO reporting.input_due (submission_id, input, unit_kind, unit, unit_name, due_at, received_at)"
        " VALUES (%s, %s, %s, %s, %s, '2026-11-02 12:00+07', %s) ON CONFLICT DO NOTHING",
        [submission, f"of_{kind}", kind, code, code, came],
    )
    row = warehouse.execute(
        "INSERT INTO reporting.unit_form (submission_id, input, unit, version, file_id, form_version, received_at)"
        " SELECT %s, %s, %s, count(*) + 1, %s, 'x', %s FROM reporting.unit_form WHERE submission_id = %s AND unit = %s"
        " RETURNING form_id",
        [submission, f"of_{kind}", code, rows.file("form"), came, submission, code],
    ).fetchone()
    assert row is not None
    for name, value in figures.items():
        number, words = (None, value) if isinstance(value, str) else (value, None)
        warehouse.execute("INSERT INTO reporting.unit_figure VALUES (%s, %s, %s, %s)", [row[0], name, number, words])


def test_what_units_report_themselves(rows: Any, warehouse: psycopg.Connection) -> None:
    first, second = rows.communes[0], rows.communes[1]
    for commune, people in ((first, 3), (second, 1)):
        for _ in range(people):
            rows.person(commune)
    submission = reporting.open_submission("lang_son", "monthly_byt", "run")
    other = reporting.open_submission("lang_son", "monthly_byt", "before", period_key="2026-09")
    form(rows, submission, first, {"conferences": 4, "columns": 3})
    first_figures = {"conferences": 5, "difficulties": "Thiếu bác sĩ", "insurance_cover": 90, "immunisation": 90}
    # Takes the place of the form before, whole: no special pages are known any more.
    form(rows, submission, first, first_figures | {"doctors_per_station": 3}, came="2026-11-03")
    form(rows, submission, second, {"conferences": 0, "insurance_cover": 98, "doctors_per_station": 4}, came="2026-11-04")
    form(rows, submission, second, {"conferences": 100}, came="2026-12-01")  # not here yet
    form(rows, submission, "SNV", {"conferences": 7, "proposals": "Bổ sung kinh phí"}, kind="department")
    form(rows, submission, "SYT", {"immunisation": 96.5}, kind="department", came="2026-12-01")
    form(rows, submission, "BHXH", {"immunisation": 96.5}, kind="department")
    form(rows, other, second, {"conferences": 100})
    reporting.take_snapshot(submission)
    assert figure(warehouse, "conferences") == {"": (12, None)}
    assert figure(warehouse, "conferences", "unit_kind") == {"commune": (5, None), "department": (7, None)}
    assert figure(warehouse, "news_articles") == figure(warehouse, "columns") == {"": (None, None)}
    assert figure(warehouse, "communication_texts") == {"": (2, 4)}
    assert figure(warehouse, "communication_texts", "text") == {"difficulties": (1, 4), "proposals": (1, 4)}
    assert figure(warehouse, "units_reporting", "unit_kind") == {"commune": (2, None), "department": (2, None)}
    # Of five units one has not come yet and another came late.
    assert figure(warehouse, "inputs_received") == {"": (4, 5)}
    assert figure(warehouse, "inputs_received", "input") == {"of_commune": (2, 2), "of_department": (2, 3)}
    assert figure(warehouse, "inputs_in_time") == {"": (3, 5)}
    assert figure(warehouse, "inputs_in_time", "unit_kind") == {"commune": (1, 2), "department": (2, 3)}
    # Three of four residents live in the first commune.
    assert figure(warehouse, "insurance_cover") == {"": (92, 100)}
    assert figure(warehouse, "insurance_cover", "commune") == {first: (90, 100), second: (98, 100)}
    assert figure(warehouse, "immunisation") == {"": (Decimal("96.5"), 100)}
    assert figure(warehouse, "doctors_per_station") == {"": (7, 2)}
    assert figure(warehouse, "station_visits") == {"": (None, None)}
    names, found = reporting.rows_behind(submission, "conferences", "unit_kind", "commune", "officer")
    assert [(row[names.index("unit")], row[names.index("version")]) for row in found] == [(first, 2), (second, 2)]


def test_nobody_is_expected_where_nobody_is_asked(province: str, warehouse: psycopg.Connection) -> None:
    reporting.take_snapshot(reporting.open_submission("lang_son", "monthly_byt", "run"))
    assert figure(warehouse, "inputs_received") == figure(warehouse, "inputs_in_time") == {"": (None, None)}


def test_targets_follow_the_profile_and_the_pace(warehouse: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    from reporting.conftest import Rows
    from sangloc import provinces
    from sangloc.warehouse import transaction

    with transaction() as connection:
        provinces.register(connection, "thai_nguyen")
    rows = Rows(warehouse, "19")
    people = [rows.person(rows.communes[0]) for _ in range(20)]
    for person in people[:10]:
        rows.exam(person, "2026-03-01")
    targets = {target.id: target for target in provinces.load("thai_nguyen").targets}
    shares = {}
    for month, day in (("2026-10", "2026-11-21"), ("2026-11", "2026-12-02")):
        monkeypatch.setenv("SANGLOC_NOW", f"{day}T08:00:00+07:00")
        if month == "2026-11":
            for person in people[10:14]:
                rows.exam(person, "2026-11-20")
        submission = reporting.open_submission("thai_nguyen", "monthly_byt", month, period_key=month)
        reporting.take_snapshot(submission)
        shares[month] = dict(
            warehouse.execute(
                "SELECT indicator || ' ' || key, numerator FROM reporting.figure JOIN reporting.snapshot USING (snapshot_id)"
                " WHERE submission_id = %s AND breakdown = 'target'",
                [submission],
            ).fetchall()
        )
    assert set(shares["2026-11"]) == {
        f"{name} {target}" for name in ("target_progress", "target_projection") for target in targets
    }
    now = shares["2026-11"]
    assert now["target_progress examined_yearly"] == 70
    # 4 of 20 in 28 days, 31 days to go: 70 + 100 × 4 ÷ 28 × 31 ÷ 20.
    assert now["target_projection examined_yearly"] == Decimal("92.14")
    # Books: 50 per cent a month ago, 70 now: 20 in 30 days, 31 to go.
    assert shares["2026-10"]["target_projection health_books"] is None
    assert now["target_projection health_books"] == Decimal("90.67")
    assert now["target_progress station_visits"] is None
    stored = warehouse.execute(
        "SELECT key, denominator FROM reporting.figure WHERE indicator = 'target_progress' AND breakdown = 'target'"
    )
    assert all(float(value) == targets[key].value for key, value in stored.fetchall())


def test_the_pace_in_january_is_that_of_the_days_so_far(rows: Any, warehouse: psycopg.Connection, monkeypatch: Any) -> None:
    monkeypatch.setenv("SANGLOC_NOW", "2027-02-02T08:00:00+07:00")
    people = [rows.person(rows.communes[0]) for _ in range(100)]
    rows.exam(people[0], "2027-01-05")
    submission = reporting.open_submission("lang_son", "monthly_byt", "run")
    warehouse.execute("UPDATE reporting.submission SET period_to = '2027-01-14'")
    reporting.take_snapshot(submission)
    # 1 of 100 in 14 days, 351 to go.
    assert figure(warehouse, "target_projection", "target")["examined_yearly"][0] == Decimal("26.07")


def test_every_indicator_is_in_the_documentation() -> None:
    from sangloc import settings

    text = (settings.root() / "docs" / "indicators.md").read_text(encoding="utf-8")
    missing = [name for name, each in reporting.indicators().items() if f"| `{name}`<br>{each.name_vi} (" not in text]
    assert missing == []


def test_the_year_of_files_begins_at_midnight_in_vietnam(rows: Any, warehouse: psycopg.Connection) -> None:
    rows.reject(rows.file("exam", read=10, rejected=1), "name_missing")
    for came in ("2026-01-01 00:30+07", "2025-12-31 23:30+07"):
        file_id = rows.file("exam", read=10, rejected=1)
        warehouse.execute("UPDATE intake.file SET received_at = %s WHERE file_id = %s", [came, file_id])
        rows.reject(file_id, "name_missing")
    submission = reporting.open_submission("lang_son", "monthly_byt", "run")
    reporting.take_snapshot(submission)
    assert figure(warehouse, "rows_rejected") == {"": (2, 20)}
    assert figure(warehouse, "rows_rejected", "reason") == {"name_missing": (2, 2)}
    assert figure(warehouse, "rows_corrected") == {"": (0, 2)}
    assert figure(warehouse, "files_received", "kind")["exam"][0] == 2
    assert len(reporting.rows_behind(submission, "rows_rejected", "kind", "exam", "officer")[1]) == 2


def test_weeks_that_are_not_over_are_left_out_and_parts_that_totals_tell_are_known(
    rows: Any, warehouse: psycopg.Connection
) -> None:
    """Week 44 is of October but for its Sunday, week 40 of September up to Wednesday."""
    days = {"2026-09-29": 3, "2026-10-02": 6, "2026-10-15": 7, "2026-10-30": 8, "2026-11-01": 4}
    for day, number in days.items():
        for _ in range(number):
            rows.exam(rows.person(rows.communes[0]), day)
    reporting.take_snapshot(reporting.open_submission("lang_son", "monthly_byt", "run"))
    assert figure(warehouse, "weekly_progress", "week") == {"2026-W40": (9, 28), "2026-W42": (7, 28)}
    assert figure(warehouse, "weekly_progress")[""] == (24, 28)
    parts = {"2026-W40": (3, None), "2026-W42": (7, None), "2026-W44": (8, None)}
    assert figure(warehouse, "weekly_progress", "week_part") == parts


def test_sessions_of_the_day_are_not_past(rows: Any, warehouse: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    rows.plan(rows.communes[0], [("2026-10-29", 60, 0), ("2026-10-30", 60, 0), ("2026-10-31", 60, 0)], [], [])
    submission = reporting.open_submission("lang_son", "monthly_byt", "run")
    # Ten past midnight in Vietnam, still the day before elsewhere.
    monkeypatch.setenv("SANGLOC_NOW", "2026-10-29T17:10:00+00:00")
    reporting.take_snapshot(submission)
    assert figure(warehouse, "sessions", "state") == {"past": (1, 3), "to_come": (2, 3)}
    assert figure(warehouse, "sessions_held")[""] == (0, 1)
