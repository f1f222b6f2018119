"""Great Expectations on a real PostgreSQL: verdicts, gate, quarantine, and nothing personal anywhere."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import date

import psycopg
import pytest

from people import add_file, add_group_set, add_person
from sangloc.errors import QualityGateError, WarehouseError
from sangloc.planning import plan_commune
from sangloc.quality import run_suite_group, run_suites
from sangloc.quality.predicates import EXPECTATIONS

NAME, NUMBER, PHONE, ADDRESS = "Vy Rò Rỉ", "020085987654", "0987654321", "Số 77 ngõ Lộ Tin"


def add_people(db: psycopg.Connection, count: int = 5) -> list[int]:
    return [add_person(db, citizen_id=f"020085{n:06d}", insurance_no=f"{n:010d}", phone=f"09{n:08d}") for n in range(count)]


def findings(db: psycopg.Connection, suite: str, run_id: str = "run-1") -> dict[str, tuple[str, int | None, int | None]]:
    rows = db.execute(
        "SELECT f.rule_id, f.state, f.element_count, f.unexpected_count FROM quality.finding AS f"
        " JOIN quality.validation AS v USING (validation_id) WHERE v.suite = %s AND v.run_id = %s",
        (suite, run_id),
    )
    return {row[0]: tuple(row[1:]) for row in rows}


def validation(db: psycopg.Connection, suite: str, run_id: str = "run-1") -> tuple[object, ...]:
    return db.execute(
        "SELECT state, max_severity, evaluated, unsuccessful FROM quality.validation WHERE suite = %s AND run_id = %s",
        (suite, run_id),
    ).fetchone()


def quarantine(db: psycopg.Connection, *, released: bool = False) -> set[tuple[str, str]]:
    rows = db.execute("SELECT rule_id, row_key FROM quality.quarantine WHERE (released_at IS NOT NULL) = %s", (released,))
    return set(rows.fetchall())


def test_good_rows_pass_and_empty_tables_are_not_applicable(warehouse: psycopg.Connection, province: str) -> None:
    add_people(warehouse)
    counts = run_suite_group(province, "roster", "run-1")
    assert validation(warehouse, "roster_person")[:2] == ("passed", None)
    assert findings(warehouse, "roster_person")["citizen_id_unique"] == ("passed", 5, 0)
    assert validation(warehouse, "roster_person_group") == ("not_applicable", None, 0, 0)
    assert {state for state, *_ in findings(warehouse, "roster_person_group").values()} == {"not_applicable"}
    # 64 of the 65 communes have nobody on the roster: a warning, which does not stop anything.
    assert validation(warehouse, "ref_commune")[:2] == ("failed", "warning")
    assert findings(warehouse, "ref_commune")["has_people"] == ("failed", 65, 64)
    assert (counts["passed"], counts["failed"], counts["errors"], counts["not_applicable"]) == (1, 1, 0, 1)
    assert counts["unsuccessful"] == 1 and counts["quarantined"] == 64


def test_column_without_values_is_not_applicable(warehouse: psycopg.Connection, province: str) -> None:
    add_person(warehouse)
    run_suites(province, ["roster_person"], "run-1")
    found = findings(warehouse, "roster_person")
    assert found["phone_shape"] == ("not_applicable", 0, 0)
    assert found["citizen_id_share"] == ("failed", 1, 1)


def test_planted_bad_row_is_found_quarantined_and_released(warehouse: psycopg.Connection, province: str) -> None:
    add_people(warehouse)
    warehouse.execute("ALTER TABLE roster.person DROP CONSTRAINT person_sex_check")
    bad = add_person(warehouse, sex=7, citizen_id="020085999999")
    with pytest.raises(QualityGateError, match=r"roster\.person: sex_known \(failed\)"):
        run_suites(province, ["roster_person"], "run-1")
    assert findings(warehouse, "roster_person")["sex_known"] == ("failed", 6, 1)
    state, severity, _, unsuccessful = validation(warehouse, "roster_person")
    assert (state, severity) == ("failed", "critical") and unsuccessful == 2  # with citizen_id_agrees
    assert quarantine(warehouse) == {("sex_known", str(bad))}

    warehouse.execute("UPDATE roster.person SET sex = 1 WHERE person_id = %s", (bad,))
    counts = run_suites(province, ["roster_person"], "run-2")
    assert counts["released"] == 1 and counts["quarantined"] == 0
    assert quarantine(warehouse) == set() and quarantine(warehouse, released=True) == {("sex_known", str(bad))}

    warehouse.execute("UPDATE roster.person SET sex = 7 WHERE person_id = %s", (bad,))
    with pytest.raises(QualityGateError):
        run_suites(province, ["roster_person"], "run-3")
    assert quarantine(warehouse) == {("sex_known", str(bad))}


def test_a_row_that_is_gone_is_released(warehouse: psycopg.Connection, province: str) -> None:
    add_people(warehouse)
    bad = add_person(warehouse, citizen_id="020085000001")
    run_suites(province, ["roster_person"], "run-1")
    assert {rule for rule, _ in quarantine(warehouse)} == {"citizen_id_unique"} and len(quarantine(warehouse)) == 2
    warehouse.execute("DELETE FROM roster.person WHERE person_id = %s", (bad,))
    assert run_suites(province, ["roster_person"], "run-2")["released"] == 2


def test_people_without_list_or_groups_and_unknown_groups_are_found(warehouse: psycopg.Connection, province: str) -> None:
    """What foreign keys would refuse, had the roster any."""
    people = add_people(warehouse)
    nowhere, groupless = add_person(warehouse, refresh_id=9_999), add_person(warehouse, group_set_id=9_999)
    ids = []
    for name, code in (("QD2062", "16"), ("QD2062", "17"), ("QD1551", "15"), ("PRIORITY", "children"), ("QD9999", "1")):
        ids.append(add_group_set(warehouse, [(name, code)]))
        warehouse.execute("UPDATE roster.person SET group_set_id = %s WHERE person_id = %s", (ids[-1], people[len(ids) - 1]))
    with pytest.raises(QualityGateError, match="group_code_known"):
        run_suites(province, ["roster_person", "roster_person_group"], "run-1")
    assert quarantine(warehouse) == {
        ("refresh_known", str(nowhere)),
        ("groups_known", str(groupless)),
        ("group_code_known", f"{ids[1]} QD2062 17"),
        ("group_code_known", f"{ids[2]} QD1551 15"),
        ("group_code_known", f"{ids[4]} QD9999 1"),
    }


def test_missing_column_is_an_error(warehouse: psycopg.Connection, province: str) -> None:
    add_people(warehouse)
    warehouse.execute("ALTER TABLE roster.person DROP COLUMN phone CASCADE")
    with pytest.raises(QualityGateError, match=r"phone_shape \(error\)"):
        run_suites(province, ["roster_person"], "run-1")
    found = findings(warehouse, "roster_person")
    assert found["phone_shape"][0] == "error" and found["sex_known"] == ("passed", 5, 0)
    assert validation(warehouse, "roster_person")[:2] == ("error", "info")


def test_unreadable_rows_are_an_error_of_every_rule(warehouse: psycopg.Connection, province: str) -> None:
    add_people(warehouse)
    warehouse.execute("REVOKE SELECT ON roster.person FROM sangloc_loader")
    with pytest.raises(QualityGateError, match=r"roster\.person: person_unique \(error\)"):
        run_suites(province, ["roster_person", "planning_plan"], "run-1")
    assert {state for state, *_ in findings(warehouse, "roster_person").values()} == {"error"}
    assert validation(warehouse, "planning_plan")[0] == "not_applicable", "other suites are stored all the same"


def test_running_again_replaces_the_outcome(warehouse: psycopg.Connection, province: str) -> None:
    add_people(warehouse)
    first = run_suites(province, ["roster_person"], "run-1")
    assert run_suites(province, ["roster_person"], "run-1") == first
    assert warehouse.execute("SELECT count(*) FROM quality.validation").fetchone() == (1,)
    assert warehouse.execute("SELECT count(*) FROM quality.finding").fetchone() == (first["rules"],)


def test_rows_of_another_province_are_not_seen(warehouse: psycopg.Connection, province: str) -> None:
    warehouse.execute("INSERT INTO ref.province VALUES ('31', 'hai_phong', 'Hải Phòng', 1, 'x', '2026-01-01')")
    add_people(warehouse, 3)
    add_person(warehouse, province_code="31", commune_code="11914", full_name=" ")
    run_suites(province, ["roster_person"], "run-1")
    assert findings(warehouse, "roster_person")["name_given"] == ("passed", 3, 0)
    with pytest.raises(QualityGateError, match="hai_phong"):
        run_suites("hai_phong", ["roster_person"], "run-1")
    assert warehouse.execute("SELECT count(*) FROM quality.validation").fetchone() == (2,)


def test_quarantine_holds_exactly_the_rows_great_expectations_counts(warehouse: psycopg.Connection, province: str) -> None:
    """Each kind of expectation, judged by both: the count of one equals the rows of the other."""
    people = add_people(warehouse, 4)
    for constraint in ("result_class", "source", "birth_precision"):
        warehouse.execute(f"ALTER TABLE exam.encounter DROP CONSTRAINT encounter_{constraint}_check")
    warehouse.execute("DROP INDEX exam.encounter_one_current")
    rows = [
        ("LK1", "screening", "2026-03-01", "1985-05-05", 2, "1", "020085000001", "I10"),
        ("LK1", "screening", "2026-03-02", "1985-05-05", 2, "1", None, None),
        ("LK2", "other", "2026-12-30", "1985-05-05", 9, "8", "12", "xx"),
        ("LK3", "school", "2026-03-01", "2026-04-05", None, None, "", "I10.1"),
        (" ", "school", "2011-03-01", "1980-04-05", 0, None, None, "A1"),
    ]
    file = add_file(warehouse, kind="exam")
    for number, row in enumerate(rows):
        warehouse.execute(
            "INSERT INTO exam.encounter (province_code, file_id, source, facility_code, ma_lk, version, is_current,"
            " content_hash, form, code_set_version, exam_date, concluded_at, received_at, full_name, name_key,"
            " name_fold, birth_date, birth_precision, result_class, payer_code, citizen_id, main_icd, group_codes)"
            " VALUES ('20', %s, %s, '20001', %s, 1, true, %s, 'a', '2062', %s, now(), now(), 'n', 'k', 'f', %s, 'day',"
            " %s, %s, %s, %s, '{1,99}')",
            (file, row[1], row[0], str(number), row[2], row[3], *row[4:]),
        )
    for number, person in enumerate(people[:2]):
        book = warehouse.execute(
            "INSERT INTO health_book.book (person_id, province_code, created_at) VALUES (%s, '20', now()) RETURNING book_id",
            (person,),
        ).fetchone()[0]
        warehouse.execute(
            "INSERT INTO health_book.entry (book_id, encounter_id, method, match_probability, model_version,"
            " linked_at, run_id) SELECT %s, encounter_id, '', 1, '1', now(), 'r'"
            " FROM exam.encounter WHERE content_hash = %s",
            (book, str(number)),
        )
    with pytest.raises(QualityGateError):
        run_suite_group(province, "exams", "run-1")
    with pytest.raises(QualityGateError, match="method_given"):
        run_suite_group(province, "health_books", "run-1")
    counted = warehouse.execute(
        "SELECT v.table_name, f.rule_id, f.unexpected_count, f.expectation FROM quality.finding AS f"
        " JOIN quality.validation AS v USING (validation_id)"
        " WHERE f.state = 'failed' AND f.severity <> 'info' AND f.rule_id NOT LIKE '%%share'"
    ).fetchall()
    held = {
        (table, rule): count
        for table, rule, count in warehouse.execute(
            "SELECT table_name, rule_id, count(*) FROM quality.quarantine WHERE released_at IS NULL GROUP BY 1, 2"
        )
    }
    assert {(table, rule): count for table, rule, count, _ in counted} == held
    failed = {rule for _, rule, _, _ in counted}
    assert {
        "current_once", "ma_lk_given", "source_known", "exam_not_in_future", "exam_after_birth", "result_class_known",
        "payer_known", "groups_known", "citizen_id_twelve_digits", "main_icd_shape", "exam_date_plausible",
        "method_given",
    } <= failed  # fmt: skip
    shares = {"expect_column_values_to_be_null", "expect_column_values_to_not_be_null"}
    assert {expectation for *_, expectation in counted} == set(EXPECTATIONS) - shares - {
        "expect_column_values_to_be_unique"  # found by test_a_row_that_is_gone_is_released
    }


def test_a_plan_passes_and_a_broken_one_does_not(warehouse: psycopg.Connection, province: str) -> None:
    add_people(warehouse, 8)
    plan_commune(province, "05983", "run-1")
    counts = run_suite_group(province, "plan", "run-1")
    assert (counts["passed"], counts["failed"], counts["errors"], counts["not_applicable"]) == (3, 0, 0, 0)
    warehouse.execute("DELETE FROM planning.invitation WHERE person_id = (SELECT min(person_id) FROM planning.invitation)")
    with pytest.raises(QualityGateError) as stopped:
        run_suite_group(province, "plan", "run-2")
    assert "everybody_accounted_for" in str(stopped.value) and "booked_agrees" in str(stopped.value)


def test_no_session_is_left_open(warehouse: psycopg.Connection, province: str) -> None:
    add_people(warehouse)
    run_suites(province, ["roster_person"], "run-1")
    query = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'sangloc_loader'"
    # The server notices that a client has gone a moment later.
    until = time.monotonic() + 10
    while (left := warehouse.execute(query).fetchone()) != (0,) and time.monotonic() < until:
        time.sleep(0.1)
    assert left == (0,)


def test_wrong_password_is_reported_without_the_address(
    warehouse: psycopg.Connection, province: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sangloc.quality import checker

    add_people(warehouse)

    class Elsewhere:
        """The engine's address with a password the server refuses."""

        def __enter__(self) -> Elsewhere:
            self.real = real()
            self.connection = self.real.__enter__()
            self.engine = type("Engine", (), {"url": self.connection.engine.url.set(password="not-the-password")})
            self.execute = self.connection.execute
            return self

        def __exit__(self, *problem: object) -> None:
            self.real.__exit__(None, None, None)

    real = checker.transaction
    monkeypatch.setattr(checker, "transaction", Elsewhere)
    with pytest.raises(WarehouseError, match="cannot connect") as refused:
        run_suites(province, ["roster_person"], "run-1")
    assert "not-the-password" not in str(refused.value) and "127.0.0.1" not in str(refused.value)


def test_nothing_personal_is_kept_or_printed(warehouse: psycopg.Connection, province: str) -> None:
    """In a process of its own with all logging on, so that the import of Great Expectations is heard too."""
    warehouse.execute("ALTER TABLE roster.person DROP CONSTRAINT person_sex_check")
    for _ in range(2):
        add_person(
            warehouse, full_name=NAME, citizen_id=NUMBER, phone="x" + PHONE, insurance_no=PHONE + "9", village=ADDRESS,
            sex=8, birth_date=date(2031, 7, 7),
        )  # fmt: skip
    warehouse.execute("ALTER TABLE roster.person DROP COLUMN ethnic_code CASCADE, DROP COLUMN residence CASCADE")
    program = (
        "import logging; logging.basicConfig(level=logging.DEBUG)\n"
        "from sangloc.quality import run_suite_group\n"
        "from sangloc.errors import QualityGateError\n"
        "try:\n    run_suite_group('lang_son', 'roster', 'run-1')\n"
        "except QualityGateError as stop:\n    print('STOPPED', stop)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0 and "STOPPED" in said and "residence_known (error)" in said
    assert "Calculating" not in said and "great_expectations" not in said
    tables = ("quality.validation", "quality.finding", "quality.quarantine")
    stored = " ".join(str(warehouse.execute(f"SELECT * FROM {table}").fetchall()) for table in tables)  # noqa: S608
    assert "sex_known" in stored and "citizen_id_unique" in stored
    for secret in (NAME, "Rò Rỉ", NUMBER, PHONE, ADDRESS, "2031-07-07", "2031, 7, 7"):
        assert secret not in said and secret not in stored
    assert warehouse.info.password not in said
