"""Which period a run reports, whatever the day it runs on."""

from __future__ import annotations

import psycopg
import pytest

from sangloc import reporting
from sangloc.errors import RefusedInputError


def _period(warehouse: psycopg.Connection, submission: int) -> str:
    row = warehouse.execute("SELECT period_key FROM reporting.submission WHERE submission_id = %s", [submission]).fetchone()
    assert row is not None
    return str(row[0])


def test_two_runs_that_catch_up_report_their_own_periods(
    warehouse: psycopg.Connection, province: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SANGLOC_NOW", "2026-12-02T01:00:00+07:00")
    october = reporting.open_submission(province, "monthly_byt", "scheduled october", "2026-10")
    november = reporting.open_submission(province, "monthly_byt", "scheduled november", "2026-11")
    assert [_period(warehouse, october), _period(warehouse, november)] == ["2026-10", "2026-11"]


def test_a_run_repeated_a_month_later_keeps_its_period(
    warehouse: psycopg.Connection, province: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SANGLOC_NOW", "2026-11-02T01:00:00+07:00")
    first = reporting.open_submission(province, "monthly_byt", "by hand")
    assert _period(warehouse, first) == "2026-10"
    monkeypatch.setenv("SANGLOC_NOW", "2026-12-02T01:00:00+07:00")
    assert reporting.open_submission(province, "monthly_byt", "by hand") == first


def test_an_incident_repeated_after_midnight_stays_one(
    warehouse: psycopg.Connection, province: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = {"kind": "misinformation", "area": "20", "summary": "Tin đồn sai về việc thu phí khám."}
    monkeypatch.setenv("SANGLOC_NOW", "2026-11-02T23:59:00+07:00")
    first = reporting.open_submission(province, "incident", "by hand", incident=facts)
    monkeypatch.setenv("SANGLOC_NOW", "2026-11-03T00:01:00+07:00")
    assert reporting.open_submission(province, "incident", "by hand", incident=facts) == first


def test_a_period_that_has_not_ended_is_refused(warehouse: psycopg.Connection, province: str) -> None:
    with pytest.raises(RefusedInputError, match="2027-05 of monthly_byt has not ended"):
        reporting.open_submission(province, "monthly_byt", "by hand", "2027-05")
