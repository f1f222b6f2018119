"""A report is proved by its content, and a figure leads to the rows behind it."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import docx
import psycopg
import pytest

from reporting.conftest import Rows
from sangloc import audit, clock, provinces, reporting
from sangloc.errors import RefusedInputError
from sangloc.reporting import manifest

DELIVERED = "template_delivered"


def noted(task: str, run: str = "run") -> None:
    """What the listener does when a task has ended."""
    facts = audit.collect()
    audit.reset()
    audit.append(
        audit.Event(
            clock.now(), "lang_son__report_monthly_byt", task, -1, run, 1, "success", "airflow", audit.code_version(), facts
        )
    )


@pytest.fixture(scope="module")
def delivered(prepare: Any) -> tuple[int, Path, Path]:
    """A delivered report of three people, made once; its warehouse is a template.

    The submission, the folder of everything that it left, and the report's own folder below.
    """
    with prepare(DELIVERED) as beginning:
        rows = Rows(beginning.connection)
        people = [rows.person(rows.communes[0]) for _ in range(3)]
        rows.exam(people[0], "2026-10-05")
        rows.exam(people[1], "2026-10-06", hours=30)
        audit.reset()
        noted("before")
        submission = reporting.open_submission("lang_son", "monthly_byt", "run")
        reporting.take_snapshot(submission)
        noted("snapshot")
        written = reporting.render(submission)
        noted("render")
        reporting.request_review(submission)
        reporting.record_decision(submission, "approve", "officer", None)
        noted("record_decision")
        rows.connection.execute("UPDATE reporting.submission SET state = 'acknowledged', delivered_at = now()")
    return submission, beginning.folder, Path(written["folder"]).relative_to(beginning.folder)


@pytest.fixture
def template(request: pytest.FixtureRequest, template: str) -> str:
    if "report" not in request.fixturenames:
        return template
    request.getfixturevalue("delivered")
    return DELIVERED


@pytest.fixture
def report(delivered: tuple[int, Path, Path], warehouse: psycopg.Connection, tmp_path: Path) -> tuple[int, Path]:
    """A delivered report of three people, as it was mailed."""
    submission, folder, written = delivered
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    return submission, next((tmp_path / written).glob("*.pdf"))


def test_an_untouched_report_is_equal(report: tuple[int, Path], warehouse: psycopg.Connection) -> None:
    verdict = reporting.verify_report(report[1])
    assert (verdict.equal, verdict.differences, verdict.notes) == (True, [], [])
    assert reporting.verify_report(next(report[1].parent.glob("*.docx"))).equal
    content = verdict.manifest
    assert content is not None
    assert (
        verdict.said[0]
        == f"report lang_son monthly_byt 2026-10, version 1 (submission {report[0]}, now version 1 acknowledged)"
    )
    hashes = warehouse.execute("SELECT sha256 FROM reporting.document ORDER BY kind").fetchall()
    assert [(line.rpartition(" ")[2],) for line in verdict.said[1:4]] == hashes
    assert verdict.said[4].startswith("approved by officer at 20")
    assert content["document"]["sha256"] == verdict.sha256
    assert content["approver"] == "officer"
    assert content["dag_run"] == "run"
    assert content["code_version"] == audit.code_version()
    assert set(content["definitions"]["indicators"]) == set(reporting.indicators())
    assert {"periodic.md.j2", "layout.typ"} <= set(content["definitions"]["templates"])
    hashes = warehouse.execute("SELECT file_id, kind, sha256 FROM intake.file WHERE status = 'loaded' ORDER BY 1").fetchall()
    assert [tuple(source) for source in content["sources"]] == hashes
    assert content["audit_head"] == warehouse.execute("SELECT hash FROM audit.event ORDER BY seq LIMIT 1").fetchone()[0]  # type: ignore[index]
    assert content["snapshot"]["figures"] == warehouse.execute("SELECT count(*) FROM reporting.figure").fetchone()[0]  # type: ignore[index]


CHANGES = {
    "figures": (
        "UPDATE reporting.figure SET numerator = numerator + 1 WHERE indicator = 'roster_people'",
        "stored figures are not",
    ),
    "snapshot": ("UPDATE reporting.snapshot SET figures_hash = repeat('0', 64)", "stored figures are not"),
    "manifest": ('UPDATE reporting.manifest SET content = content || \'{"dag_run": "x"}\'', "manifest was changed"),
    "document": ("UPDATE reporting.document SET content = 'other'", "stored document is not"),
    "source": ("UPDATE intake.file SET sha256 = repeat('0', 64) WHERE file_id = 1", "1 of 2 files"),
    "ledger": ("UPDATE audit.event SET run_id = 'x' WHERE task_id = 'snapshot'", "ledger does not hold"),
    "event": ("DELETE FROM audit.event WHERE task_id = 'render'", "does not have the task that wrote the document"),
    "gone": ("DELETE FROM reporting.manifest", "not stored"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_every_change_is_found(report: tuple[int, Path], warehouse: psycopg.Connection, what: str) -> None:
    statement, told = CHANGES[what]
    warehouse.execute(statement)  # type: ignore[call-overload]
    verdict = reporting.verify_report(report[1])
    assert not verdict.equal
    assert any(told in line for line in verdict.differences), verdict.differences


APPROVALS = {
    "the manifest says that deputy approved it, the audit ledger says officer": (
        "UPDATE reporting.submission SET approved_by = 'deputy'",
        "UPDATE reporting.submission SET approved_by = 'officer'",
    ),
    "the audit ledger has the approval at 20": (
        "UPDATE reporting.submission SET approved_at = approved_at + interval '1 day'",
        "UPDATE reporting.submission SET approved_at = approved_at - interval '1 day'",
    ),
    "are not those that were approved": (
        "UPDATE reporting.document SET file_name = 'x' || file_name WHERE kind = 'docx'",
        "UPDATE reporting.document SET file_name = substr(file_name, 2) WHERE kind = 'docx'",
    ),
    "the manifest names nobody": (
        "UPDATE reporting.submission SET state = 'in_review'; UPDATE reporting.submission_step SET version = 9",
        "UPDATE reporting.submission SET state = 'delivered'; UPDATE reporting.submission_step SET version = 1",
    ),
}


def test_who_approved_is_compared_with_the_ledger(report: tuple[int, Path], warehouse: psycopg.Connection) -> None:
    for told, (forge, undo) in APPROVALS.items():
        warehouse.execute(forge)  # type: ignore[call-overload]
        assert [told in line for line in reporting.verify_report(report[1]).differences] == [True], told
        warehouse.execute(undo)  # type: ignore[call-overload]
    assert reporting.verify_report(report[1]).equal
    warehouse.execute("DELETE FROM audit.event WHERE task_id = 'decision'")
    verdict = reporting.verify_report(report[1])
    assert [line for line in verdict.differences if "approv" in line] == []
    assert "but not by whom: earlier release" in verdict.notes[-1]
    warehouse.execute("DELETE FROM audit.event WHERE task_id = 'record_decision'")
    assert "the audit ledger has no approval of this version" in reporting.verify_report(report[1]).differences


def test_a_replaced_version_still_names_who_approved_it(report: tuple[int, Path], warehouse: psycopg.Connection) -> None:
    reporting.open_submission("lang_son", "monthly_byt", "another", "2026-10", correction="Sai số liệu")
    verdict = reporting.verify_report(report[1])
    assert (verdict.differences, verdict.notes) == ([], ["version 1 was replaced: the newest is 2"])
    assert verdict.manifest is not None and verdict.manifest["approver"] == "officer"


def test_a_document_that_says_something_else_is_found_though_every_hash_of_it_is_right(
    report: tuple[int, Path], warehouse: psycopg.Connection
) -> None:
    forged = report[1].read_bytes() + b"%"
    warehouse.execute(
        "UPDATE reporting.document SET content = %s, sha256 = encode(sha256(%s), 'hex') WHERE kind = 'pdf'", (forged,) * 2
    )
    report[1].write_bytes(forged)
    audit.note(documents={"pdf": hashlib.sha256(forged).hexdigest()})
    noted("render")
    verdict = reporting.verify_report(report[1])
    assert ["other content" in line for line in verdict.differences if "approved" not in line] == [True]


def test_a_changed_file_is_no_report(report: tuple[int, Path], tmp_path: Path) -> None:
    report[1].write_bytes(report[1].read_bytes() + b" ")
    assert reporting.verify_report(report[1]).differences == [
        "a report of this name was made here, but with other content: the file was changed after it was made"
    ]
    word = next(report[1].parent.glob("*.docx"))
    opened = docx.Document(str(word))
    cell = next(cell for table in opened.tables for row in table.rows for cell in row.cells if cell.text == "3")
    cell.paragraphs[0].runs[0].text = "4711"
    opened.save(str(word))
    _, *changed = reporting.verify_report(word).differences
    assert len(changed) == 1 and "4711" in changed[0] and " was changed to " in changed[0]
    word.write_bytes(word.read_bytes()[:-50])
    assert reporting.verify_report(word).differences[1:] == ["the file cannot be read as DOCX any more"]
    stranger = tmp_path / "report.pdf"
    stranger.write_bytes(b"x")
    assert "comes from elsewhere" in reporting.verify_report(stranger).differences[0]
    with pytest.raises(RefusedInputError):
        reporting.verify_report(tmp_path / "missing.pdf")


def test_changed_definitions_are_a_note(report: tuple[int, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    today = manifest.definitions("lang_son")
    today["indicators"]["sessions"] = "0" * 64
    monkeypatch.setattr(manifest, "definitions", lambda _slug: today)
    verdict = reporting.verify_report(report[1])
    assert verdict.equal
    assert verdict.notes == [f"indicators: 1 of {len(reporting.indicators())} definitions were changed since: sessions"]


def test_command_says_equal_or_what_differs(
    report: tuple[int, Path], warehouse: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    from sangloc.cli import main

    assert main(["verify-report", "--manifest", str(report[1])]) == 0
    printed = capsys.readouterr().out
    assert "\napproved by officer at 20" in printed
    assert printed.endswith(f"equal: SHA-256 {reporting.verify_report(report[1]).sha256}\n")
    assert json.loads(printed[printed.index("\n{") : printed.rindex("equal:")])["approver"] == "officer"
    warehouse.execute("DELETE FROM reporting.manifest")
    assert main(["verify-report", str(report[1])]) == 1
    assert "NOT equal" in capsys.readouterr().out


def test_a_snapshot_repeated_after_its_task_died_is_in_the_ledger(
    report: tuple[int, Path], warehouse: psycopg.Connection
) -> None:
    warehouse.execute("UPDATE reporting.submission SET state = 'compiled'")
    audit.reset()
    reporting.take_snapshot(report[0])
    sealed = warehouse.execute("SELECT sha256 FROM reporting.manifest").fetchone()
    assert sealed is not None and audit.collect()["manifest"] == sealed[0]


def test_figures_lead_to_their_rows(report: tuple[int, Path], warehouse: psycopg.Connection) -> None:
    first, empty, *_ = (unit.code for unit in provinces.communes("lang_son"))
    submission = report[0]

    def count(indicator: str, breakdown: str = "total", key: str = "") -> int:
        return len(reporting.rows_behind(submission, indicator, breakdown, key, "officer")[1])

    shares = ["examined_share", "examined_share_period", "people_examined_year", "health_book_share"]
    stored = dict(
        warehouse.execute(
            "SELECT indicator, numerator FROM reporting.figure WHERE breakdown = 'total' AND indicator = ANY(%s)", [shares]
        ).fetchall()
    )
    assert {name: count(name) for name in shares} == stored == dict.fromkeys(shares, 2)
    assert count("examined_share", "commune", first) == 2
    assert count("examined_share", "commune", empty) == 0
    assert count("examined_commune_age", "commune_age", f"{first}/18_59") == 2
    assert count("examined_commune_source", "commune_source", f"{first}/school") == 0
    assert count("timeliness") == 1
    columns, found = reporting.rows_behind(submission, "timeliness_facility", "facility", "F", "officer")
    assert columns == ["encounter_id", "facility_code", "source", "exam_date", "hours_late", "review_reason"]
    assert len(found) == 1
    assert count("rows_rejected") == count("paid_twice") == count("review_reasons") == 0
    assert warehouse.execute(
        "SELECT count(*) FROM audit.event WHERE task_id = 'figure_rows' AND actor = 'officer'"
    ).fetchone() == (4 + 4 + 1 + 1 + 3,)
    for wrong in (
        ("sessions", "total", ""),
        ("examined_share", "facility", "x"),
        ("examined_commune_age", "commune_age", first),
    ):
        with pytest.raises(RefusedInputError):
            reporting.rows_behind(submission, *wrong, "officer")
    with pytest.raises(RefusedInputError):
        reporting.rows_behind(999, "timeliness", "total", "", "officer")
