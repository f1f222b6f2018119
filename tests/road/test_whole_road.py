"""The whole road on real components: files in, tables, documents and mails out, and nothing personal anywhere else.

An unmistakable person is planted into every file of a sample province, files that are refused are added, and the warehouse is
broken for a moment so that tasks fail and are tried again. What arrives is compared with the sample's truth. Then the refused
files are taken away and everything runs once more, the reports go out, and all that is outside the warehouse and the landing
zone is searched for the planted person.
"""

# ruff: noqa: S608 - the statements are put together from constants of this file
from __future__ import annotations

import email
import email.policy
import io
import zipfile
from collections import Counter
from typing import Any

import docx
import psycopg
import pymupdf
import pytest
from python_calamine import CalamineWorkbook

from road.planting import CITIZEN, NAME, TRACES
from road.truth import newest_exams

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

SLUG = "lang_son"


def test_every_accepted_row_is_one_person(road: Any) -> None:
    rows = road.rows("roster_rows.csv")
    rejected = Counter(row["reject_code"] for row in rows if row["reject_code"])
    accepted = {row["truth_id"] for row in rows if not row["reject_code"]}
    assert rejected and accepted
    assert road.counts["rejects"] == dict(rejected)
    assert road.counts["roster"] == len(accepted)
    people = {row["truth_id"]: row for row in road.rows("people.csv")}
    found = road.counts["roster_numbers"]
    # Some rows come without a number and a few with a mistyped one; no number stands twice or is somebody else's.
    # Only counts stand in the assertions: pytest prints what a failing one holds.
    numbers, different = len(found), len(set(found))
    assert numbers == different and numbers > 0.9 * len(accepted)
    own = {people[key]["citizen_id"] for key in accepted}
    strays = set(found) - own
    mistyped, of_others = len(strays), len(strays & {row["citizen_id"] for row in people.values()})
    assert of_others == 0 and mistyped < 0.01 * len(accepted)


def test_everyone_due_is_planned_within_capacity_or_has_a_reason(road: Any) -> None:
    assert road.counts["sessions"] > 0 and road.counts["invited"] > 0
    assert road.one("SELECT count(*) FROM planning.session WHERE booked > capacity") == 0
    assert (
        road.query(
            "SELECT s.session_id FROM planning.session s LEFT JOIN planning.invitation i USING (session_id)"
            " GROUP BY s.session_id, s.booked HAVING count(i.person_id) <> s.booked"
        )
        == []
    )
    assert (
        road.query(
            "SELECT p.plan_id FROM planning.plan p LEFT JOIN planning.invitation i USING (plan_id)"
            " GROUP BY p.plan_id, p.due_people HAVING count(i.person_id) <> p.due_people"
        )
        == []
    )


def test_a_second_run_changes_no_row(road: Any) -> None:
    assert road.unchanged


def test_checks_pass_on_the_clean_sample(road: Any) -> None:
    states = Counter(road.counts["validations"].values())
    assert states["passed"] >= 6
    assert states["error"] == 0


def test_reports_show_the_truth(road: Any) -> None:
    figures = dict(
        road.query(
            "SELECT f.indicator, f.numerator::int FROM reporting.figure f JOIN reporting.snapshot s USING (snapshot_id)"
            " JOIN reporting.submission m USING (submission_id)"
            " WHERE m.obligation = 'annual_dang_uy' AND f.breakdown = 'total'"
        )
    )
    planted = (
        road.one(
            "SELECT count(*) FROM health_book.entry n JOIN exam.encounter e USING (encounter_id) WHERE e.citizen_id = %s",
            CITIZEN,
        )
        > 0
    )
    examined = {
        row["truth_id"]
        for key, row in newest_exams(road).items()
        if key in road.counts["links"] and row["exam_date"] <= "2026-11-14"
    }
    assert figures["roster_people"] == road.counts["roster"] + 2
    assert figures["people_examined_year"] == len(examined) + planted


def _mails(road: Any) -> list[Any]:
    return [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in sorted((road.stack.home / "mails").glob("*.eml"))
    ]


def test_each_report_was_mailed_once_as_it_was_approved(road: Any) -> None:
    delivered = road.query("SELECT obligation, late, approved_by FROM reporting.submission WHERE state = 'delivered'")
    assert {row[0] for row in delivered} == {"annual_dang_uy", "incident", "monthly_byt"}
    assert all(not late and by == "officer" for _, late, by in delivered)
    known = {row[0]: bytes(row[1]) for row in road.query("SELECT file_name, content FROM reporting.document")}
    identifiers = Counter(mail["Message-ID"] for mail in _mails(road))
    assert identifiers and set(identifiers.values()) == {1}
    attached = 0
    for mail in _mails(road):
        for part in mail.iter_attachments():
            assert part.get_payload(decode=True) == known[part.get_filename()]
            attached += 1
    assert attached >= 6


def test_documents_open_and_carry_the_letterhead(road: Any) -> None:
    for kind, content in road.query("SELECT kind, content FROM reporting.document"):
        if kind == "pdf":
            document = pymupdf.open(stream=bytes(content), filetype="pdf")
            text = document[0].get_text()
            assert document.page_count >= 1
        elif kind == "xlsx":
            sheets = CalamineWorkbook.from_filelike(io.BytesIO(bytes(content))).sheet_names
            assert sheets[0] == "Thông tin" and "Khám sức khỏe" in sheets
            continue
        else:
            opened = docx.Document(io.BytesIO(bytes(content)))
            text = "\n".join(
                [paragraph.text for paragraph in opened.paragraphs]
                + [cell.text for table in opened.tables for row in table.rows for cell in row.cells]
            )
        assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in " ".join(text.split())


def test_every_try_is_in_the_unbroken_ledger(road: Any) -> None:
    assert road.one("SELECT count(*) FROM audit.broken") == 0
    with psycopg.connect(road.metadata_url, autocommit=True) as metadata:
        tries = metadata.execute(
            "SELECT dag_id, task_id, run_id, map_index, try_number FROM task_instance"
            " WHERE state IN ('success', 'failed', 'skipped') AND start_date IS NOT NULL AND try_number > 0"
        ).fetchall()
    events = set(road.query("SELECT dag_id, task_id, run_id, map_index, try_number FROM audit.event"))
    assert tries and [item for item in tries if item not in events] == []
    assert road.one("SELECT count(*) FROM audit.event WHERE facts ? 'files'") > 0
    assert road.one("SELECT count(*) FROM audit.event WHERE code_version = ''") == 0


def test_a_refused_file_holds_its_own_commune_only(road: Any) -> None:
    for dag in ("roster_refresh", "exam_intake"):
        assert road.results[f"first {dag}"].returncode != 0
        assert road.results[f"second {dag}"].returncode == 0
    with psycopg.connect(road.metadata_url, autocommit=True) as metadata:
        failed = metadata.execute(
            "SELECT rendered_map_index, try_number FROM task_instance WHERE dag_id = %s AND task_id = 'refresh'"
            " AND state = 'failed'",
            (f"{SLUG}__roster_refresh",),
        ).fetchall()
    names = [name for name, _ in failed]
    assert names == [road.one("SELECT name FROM ref.commune WHERE code = %s", road.refused_commune)]
    # The planted person stands in every commune's file and is one person all the same.
    assert road.one("SELECT count(*) FROM roster.person WHERE citizen_id = %s", CITIZEN) == 1


def test_tasks_that_failed_for_a_moment_finished_on_their_retry(road: Any) -> None:
    assert (
        road.one(
            "SELECT count(*) FROM audit.event s WHERE task_id = 'refresh' AND outcome = 'success' AND EXISTS ("
            " SELECT FROM audit.event f WHERE f.run_id = s.run_id AND f.task_id = s.task_id AND f.map_index = s.map_index"
            " AND f.outcome = 'failed' AND f.try_number < s.try_number)"
        )
        >= 1
    )


def _texts(road: Any) -> dict[str, str]:
    """Everything outside the warehouse and the landing zone, by where it is."""
    texts: dict[str, str] = {}
    for path in road.stack.home.rglob("*"):
        relative = path.relative_to(road.stack.home)
        if not path.is_file() or relative.parts[0] in ("landing", "truth"):
            continue
        # The server's tables are the warehouse; its log is outside.
        if relative.parts[0] == "postgres" and path.suffix != ".log":
            continue
        data = path.read_bytes()
        if path.suffix == ".pdf":
            data = "".join(page.get_text() for page in pymupdf.open(stream=data, filetype="pdf")).encode()
        elif path.suffix == ".docx":
            data = "\n".join(paragraph.text for paragraph in docx.Document(io.BytesIO(data)).paragraphs).encode()
        elif path.suffix == ".xlsx":
            with zipfile.ZipFile(io.BytesIO(data)) as packed:
                data = b"\n".join(packed.read(name) for name in packed.namelist())
        texts[str(relative)] = data.decode("utf-8", "replace")
    for number, mail in enumerate(_mails(road)):
        body = mail.get_body(("plain", "html"))
        texts[f"mail {number}"] = f"{mail['Subject']} {mail['To']} {body.get_content() if body else ''}"
    with psycopg.connect(road.metadata_url, autocommit=True) as metadata:
        tables = metadata.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        assert {"xcom", "rendered_task_instance_fields", "dag_run", "asset_event", "log"} <= {name for (name,) in tables}
        for (table,) in tables:
            rows = metadata.execute(f'SELECT t::text FROM "{table}" AS t').fetchall()
            texts[f"metadata {table}"] = "\n".join(row[0] for row in rows)
    for schema, table in road.query(
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('audit', 'quality', 'reporting')"
    ):
        if table != "document":
            rows = road.query(f"SELECT t::text FROM {schema}.{table} AS t")
            texts[f"warehouse {schema}.{table}"] = "\n".join(row[0] for row in rows)
    for name, result in road.results.items():
        texts[f"output of {name}"] = result.stdout + result.stderr
    return texts


def test_nothing_personal_left_the_warehouse(road: Any) -> None:
    # The scan can find: the planted person did go through the warehouse, on the good way and on the rejects' way.
    assert road.one("SELECT count(*) FROM exam.encounter WHERE citizen_id = %s", CITIZEN) > 0
    assert road.one("SELECT count(*) FROM intake.reject WHERE raw::text LIKE %s", f"%{CITIZEN[:-1]}%") > 0
    assert NAME.upper() in road.pages["case"][1] and CITIZEN in road.pages["book"][1]
    texts = _texts(road)
    assert sum("log" in name for name in texts) > 50
    assert any(name.startswith("postgres") for name in texts)
    found = {(trace, name) for name, text in texts.items() for trace in TRACES if trace in text}
    # The number names which trace it was; the trace itself would be a leak into the test's output.
    assert sorted((TRACES.index(trace), name) for trace, name in found) == []
