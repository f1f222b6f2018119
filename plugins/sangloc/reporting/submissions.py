"""A submission: one obligation and period from the day it is expected to the day its recipient has acknowledged it."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection

from sangloc import clock, deadlines, provinces, settings
from sangloc.errors import RefusedInputError
from sangloc.reporting.incident import checked_facts, one_line, refuse_personal
from sangloc.warehouse import advisory_lock, sql, transaction

# Somebody has seen this version, or decided on it: its figures and documents no longer change.
SETTLED = ("in_review", "approved", "sent_back", "sending", "delivered", "acknowledged")
# Its recipients have it: from here on only a correction makes another version.
OUT = ("delivered", "acknowledged")
LONGEST_NOTE = 1000
# What stands in the ledger where a task's event has its DAG, for what a person does.
AREA = "reporting"


@dataclass(frozen=True)
class Submission:
    """A row of reporting.submission with the province it belongs to."""

    submission_id: int
    slug: str
    province: str
    obligation: str
    period_key: str
    period_from: date
    period_to: date
    due_at: datetime
    aim_on: date
    state: str
    before_joining: bool
    late: bool
    version: int
    incident: dict[str, Any] | None
    approved_by: str | None
    approved_at: datetime | None
    approval_note: str | None
    delivered_at: datetime | None
    run_id: str | None
    opened_at: datetime
    documents_hash: str | None = None
    state_since: datetime | None = None

    @property
    def dag_id(self) -> str:
        """The DAG that makes the report."""
        return dag_of(self.slug, self.duty)

    @property
    def approval_page(self) -> str:
        """The page on which an officer answers."""
        return approval_page(self.slug, self.duty, self.run_id)

    @property
    def page(self) -> str:
        """The page with the report's way, documents and figures; empty when Airflow's address is not known."""
        ui = _ui()
        return f"{ui}{settings.REPORT_PAGES}/{self.submission_id}" if ui else ""

    @property
    def label(self) -> str:
        """The period in Vietnamese, for titles and mails."""
        if self.incident is not None:
            return deadlines.ad_hoc_period(self.opened_at).label
        return deadlines.period_of_key(self.duty, self.period_key).label

    @property
    def duty(self) -> provinces.Obligation:
        """What the profile says of the obligation."""
        return provinces.load(self.slug).obligation(self.obligation)


def dag_of(slug: str, obligation: provinces.Obligation) -> str:
    """The DAG that makes an obligation's reports."""
    return f"{slug}__" + ("incident_report" if obligation.cadence == "ad_hoc" else f"report_{obligation.id}")


def approval_page(slug: str, obligation: provinces.Obligation, run_id: str | None) -> str:
    """The address of the page on which an officer answers for a report; empty when Airflow's is not known."""
    ui = _ui()
    if not ui or not run_id:
        return ui
    return f"{ui}/dags/{dag_of(slug, obligation)}/runs/{quote(run_id, safe='')}/tasks/approval/required_actions"


def _ui() -> str:
    return (os.environ.get("AIRFLOW__API__BASE_URL") or "").rstrip("/")


def load(conn: Connection, submission_id: int) -> Submission:
    """Read a submission and hold it until the transaction ends, so that two tasks never move it at once.

    Raises:
        RefusedInputError: when there is none with this number.
    """
    advisory_lock(conn, f"reporting.submission:{submission_id}")
    return look_at(conn, submission_id)


def look_at(conn: Connection, submission_id: int) -> Submission:
    """Read a submission for whoever changes nothing.

    Raises:
        RefusedInputError: when there is none with this number.
    """
    row = conn.execute(sql("reporting/submission"), {"submission": submission_id}).mappings().one_or_none()
    if row is None:
        raise RefusedInputError(f"there is no submission {submission_id}")
    return Submission(**row)


def set_state(conn: Connection, submission_id: int, state: str) -> None:
    """Move a submission on."""
    conn.execute(sql("reporting/set_state"), {"submission": submission_id, "state": state, "now": clock.now()})


def expected_row(obligation: provinces.Obligation, period: deadlines.Period, joined: date) -> dict[str, Any]:
    """A period as `reporting/expect` takes it."""
    due = deadlines.due(obligation, period)
    return {
        "obligation": obligation.id,
        "period_key": period.key,
        "period_from": period.starts.isoformat(),
        "period_to": period.ends.isoformat(),
        "due_at": due.legal_at.isoformat(),
        "aim_on": due.aim_on.isoformat(),
        "before_joining": deadlines.before_joining(period, joined),
    }


def open_submission(
    slug: str,
    obligation_id: str,
    run_id: str,
    period_key: str | None = None,
    incident: dict[str, Any] | None = None,
    correction: str | None = None,
    by: str | None = None,
) -> int:
    """Open the submission of an obligation and period, or find the one that is open already.

    What is there already is treated so that nothing a person has seen changes under their eyes:
    nobody has seen it and another run asks: compiled afresh, same version · in review and another run asks, or sent
    back: next version · approved or sending: left alone, the following steps do nothing and say so · delivered or
    acknowledged: left alone, unless another run asks for a correction, which is the next version.

    Args:
        slug: the province.
        obligation_id: an obligation of its profile.
        run_id: the DAG run; a repeated task of the same run finds what the first one opened.
        period_key: which period (`2026-Q3`); None is the latest that has ended.
        incident: for the ad-hoc report only: `kind`, `area` (province or commune codes) and `summary`.
        correction: why the report that went out has to be replaced, at most 1000 characters without personal numbers;
            the recipients read it.
        by: who asks for the correction.

    Returns:
        The submission's number.

    Raises:
        ConfigurationError: when the profile has no such obligation or the obligation no such period.
        RefusedInputError: when no period has ended yet, the incident's facts are refused, or a correction is asked for of
            a report that never went out, or without a proper reason.
    """
    profile = provinces.load(slug)
    obligation = profile.obligation(obligation_id)
    correction = checked_note("correction", correction)
    with transaction("report") as conn:
        this_run = {"province": profile.code, "obligation": obligation_id, "run_id": run_id}
        of_run = conn.execute(sql("reporting/period_of_run"), this_run).scalar_one_or_none()
    # A run that is repeated days later still is about the period it opened.
    if obligation.cadence == "ad_hoc":
        if correction:
            raise RefusedInputError(f"{obligation_id}: what is new about an incident is reported as an incident of its own")
        return _open_incident(profile, obligation, run_id, of_run, checked_facts(slug, incident))
    if incident is not None:
        raise RefusedInputError(f"{obligation_id} is no ad-hoc report; the only parameters it knows are period and correction")
    period = _ended_period(slug, obligation, of_run or period_key)
    now = clock.now()
    where = {"province": profile.code, "obligation": obligation_id, "period_key": period.key}
    row = expected_row(obligation, period, profile.joined)
    with transaction("report") as conn:
        advisory_lock(conn, f"reporting.open:{profile.code}:{obligation_id}:{period.key}")
        conn.execute(sql("reporting/expect"), {"province": profile.code, "periods": json.dumps([row]), "now": now})
        found = conn.execute(sql("reporting/submission_of_period"), where).mappings().one()
        number, version, state = int(found["submission_id"]), int(found["version"]), found["state"]
        advisory_lock(conn, f"reporting.submission:{number}")
        another = found["run_id"] != run_id
        if correction and another and found["delivered_at"] is None:
            raise RefusedInputError(f"submission {number} is {state}; only a report that has gone out is corrected")
        if state == "sent_back" or (another and (state == "in_review" or (correction and state in OUT))):
            version += 1
        elif state in SETTLED or not another:
            return number
        else:
            conn.execute(sql("reporting/forget_documents"), {"submission": number, "version": version})
            conn.execute(sql("reporting/forget_snapshot"), {"submission": number, "version": version})
        _withdraw_mails(conn, number, version)
        conn.execute(
            sql("reporting/reopen_submission"),
            {"submission": number, "version": version, "run_id": run_id, "now": now}
            | {"by": by if correction else None, "note": correction},
        )
        return number


def _ended_period(slug: str, obligation: provinces.Obligation, key: str | None) -> deadlines.Period:
    ended = deadlines.latest_ended_period(obligation, clock.today())
    if ended is None:
        raise RefusedInputError(f"{slug}: no period of {obligation.id} has ended yet; there is nothing to report")
    if key:
        ended = deadlines.period_of_key(obligation, key)
    if ended.ends >= clock.today():
        raise RefusedInputError(f"{slug}: period {ended.key} of {obligation.id} has not ended yet")
    return ended


def _open_incident(
    profile: provinces.Profile, obligation: provinces.Obligation, run_id: str, of_run: str | None, facts: dict[str, Any]
) -> int:
    now = clock.now()
    period = deadlines.ad_hoc_period(now)
    key = of_run or f"{now:%Y%m%d}-{hashlib.sha256(run_id.encode()).hexdigest()[:8]}"
    where = {"province": profile.code, "obligation": obligation.id, "period_key": key}
    with transaction("report") as conn:
        advisory_lock(conn, f"reporting.open:{profile.code}:{obligation.id}:{key}")
        found = conn.execute(sql("reporting/submission_of_period"), where).mappings().one_or_none()
        if found is None:
            row = expected_row(obligation, period, profile.joined) | where
            opened = conn.execute(
                sql("reporting/open_incident"),
                row | {"incident": json.dumps(facts, ensure_ascii=False), "run_id": run_id, "now": now},
            )
            return int(opened.scalar_one())
        number = int(found["submission_id"])
        if found["state"] == "sent_back":
            version = int(found["version"]) + 1
            again = {"submission": number, "version": version, "run_id": run_id, "now": now}
            _withdraw_mails(conn, number, version)
            conn.execute(sql("reporting/reopen_submission"), again | {"by": None, "note": None})
        return number


def _withdraw_mails(conn: Connection, number: int, version: int) -> None:
    """Nobody needs to hear any more of versions before this one.

    Mails before the submission: who sends writes down first that one is sent, then that the report is delivered.
    """
    conn.execute(sql("reporting/withdraw_mails"), {"submission": number, "version": version, "purpose": "review"})


def checked_note(field: str, text: str | None) -> str | None:
    """A person's words on one line, or None when there are none.

    Raises:
        RefusedInputError: when they are no text, too long or hold personal numbers.
    """
    text = one_line(field, text) or None
    if text is not None and len(text) > LONGEST_NOTE:
        raise RefusedInputError(f"the {field} is longer than {LONGEST_NOTE} characters")
    refuse_personal(field, text or "")
    return text


def acknowledge(
    slug: str, obligation: str, period_key: str, by: str, note: str | None = None, at: datetime | None = None
) -> dict[str, Any]:
    """Write down that a recipient has acknowledged a report.

    Args:
        slug: the province.
        obligation: the id of what was owed.
        period_key: of a delivered report, as on the board.
        by: who writes it down.
        note: the recipient's words, such as the number under which the report was registered there.
        at: when the recipient said so, with a time zone; None is now.

    Returns:
        submission, state and version.

    Raises:
        RefusedInputError: when there is no such report or it is not delivered, `at` is not between its delivery and now,
            or the note is too long or holds personal numbers.
    """
    note, now = checked_note("note", note), clock.now()
    where = {"province": provinces.load(slug).code, "obligation": obligation, "period_key": period_key}
    with transaction("report") as conn:
        row = conn.execute(sql("reporting/submission_of_period"), where).mappings().one_or_none()
        if row is None:
            raise RefusedInputError(f"{slug} has no report of this obligation and period; the board shows which there are")
        submission = load(conn, int(row["submission_id"]))
        if submission.state == "delivered":
            if not row["state_since"] <= (at or now) <= now:
                raise RefusedInputError(f"submission {submission.submission_id}: expected a time between its delivery and now")
            values = {"submission": submission.submission_id, "at": at or now, "by": by, "note": note}
            conn.execute(sql("reporting/acknowledge"), values)
        elif submission.state != "acknowledged":
            found = f"submission {submission.submission_id} is {submission.state}"
            raise RefusedInputError(f"{found}; only a delivered report is acknowledged")
        return {"submission": submission.submission_id, "state": "acknowledged", "version": submission.version}


def status(slug: str) -> list[dict[str, Any]]:
    """How every active obligation of the province stands, in the profile's order.

    Returns:
        One dict per obligation: obligation, name_vi, cadence, period (newest opened) with state, version, due_at,
        delivered_at, late, before_joining (None where nothing was opened), and next_due: when the next report is due
        that has not been delivered (None for ad-hoc and finished one-off reports).
    """
    with transaction("report") as conn:
        rows = {row["obligation"]: row for row in conn.execute(sql("reporting/status"), {"slug": slug}).mappings()}
    found = []
    for obligation in provinces.load(slug).obligations:
        row = rows.get(obligation.id)
        delivered = row["period_key"] if row is not None and row["delivered_at"] is not None else None
        found.append(
            {
                "obligation": obligation.id,
                "name_vi": obligation.name_vi,
                "cadence": obligation.cadence,
                "next_due": _next_due(obligation, delivered),
            }
            | {
                column: row[column] if row is not None else None
                for column in (
                    "submission_id", "period_key", "state", "version", "due_at", "aim_on", "delivered_at", "late",
                    "before_joining",
                )
            }
        )  # fmt: skip
    return found


def _next_due(obligation: provinces.Obligation, delivered: str | None) -> datetime | None:
    today = clock.today()
    period = deadlines.latest_ended_period(obligation, today) or deadlines.period_at(obligation, today)
    if period is not None and period.key == delivered:
        period = deadlines.next_period(obligation, period)
    return deadlines.due(obligation, period).legal_at if period is not None else None
