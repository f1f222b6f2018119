"""The watch over what is owed: which periods are expected, and who is told of what has not gone out.

It compares `reporting.submission` with the profile's obligations and needs no run of any report: a report whose DAG is
paused, failed or never ran is seen here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from sangloc import audit, clock, deadlines, provinces
from sangloc.clock import VIETNAM
from sangloc.errors import ConfigurationError, DeliveryUncertainError, SanglocError
from sangloc.provinces import Approval, Contact, Input, Obligation, Profile
from sangloc.reporting import words
from sangloc.reporting.delivery import deliver
from sangloc.reporting.mail import DeliveryFailedError, ServerAwayError
from sangloc.reporting.notices import send_notice, send_waiting_notice
from sangloc.reporting.outbox import raise_first
from sangloc.reporting.submissions import approval_page, dag_of, expected_row
from sangloc.warehouse import kept_open, sql, transaction

# A report is compiled in the hour after its period and goes on by itself but for the officer's answer. What has not moved
# for so long stands still.
STANDSTILL = timedelta(hours=5)
# No mail server is asked for longer: what still stands as being sent was left so by a crash.
LONGEST_SENDING = timedelta(hours=1)
UNITS = {"communes": "commune", "facilities": "facility", "departments": "department"}
WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")


def expect(slug: str) -> dict[str, int]:
    """Note every period for which a report is owed, and who owes figures for it, before anything runs.

    Periods are those whose report was not yet due when the province joined, up to the end of the current year and the
    ones that have begun. A period nothing was done about follows the profile when that changes.

    Returns:
        periods: how many are owed so far; inputs: how many units' figures are owed for reports that have not gone out.

    Raises:
        ConfigurationError: when profile or commune file is wrong.
        WarehouseError: when the database refuses a statement.
    """
    profile, now = provinces.load(slug), clock.now()
    with transaction() as conn:
        provinces.register(conn, slug)
    periods = [
        expected_row(obligation, period, profile.joined)
        for obligation in profile.obligations
        for period in _owed(obligation, profile.joined, now.date())
    ]
    known = {"province": profile.code, "periods": json.dumps(periods)}
    with transaction("report") as conn:
        conn.execute(sql("reporting/expect"), known | {"now": now})
        conn.execute(sql("reporting/forget_expected"), known)
        open_rows = conn.execute(sql("reporting/undelivered"), {"province": profile.code, "today": now.date()}).all()
        facilities = [(row.code, row.name) for row in conn.execute(sql("reporting/facilities"), {"province": profile.code})]
        inputs = list(_inputs(profile, [(row.obligation, row.period_key) for row in open_rows], facilities))
        owed = {"province": profile.code, "inputs": json.dumps(inputs)}
        conn.execute(sql("reporting/expect_inputs"), owed)
        conn.execute(sql("reporting/forget_inputs"), owed)
        conn.execute(sql("reporting/note_watched"), {"province": profile.code, "now": now})
    counts = {"periods": len(periods), "inputs": len(inputs)}
    audit.note(**counts)
    return counts


def _owed(obligation: Obligation, joined: date, today: date) -> Iterator[deadlines.Period]:
    period = deadlines.first_period(obligation)
    while period is not None and (period.ends.year <= today.year or period.starts <= today):
        if deadlines.due(obligation, period).legal_on >= joined:
            yield period
        period = deadlines.next_period(obligation, period)


def _inputs(profile: Profile, rows: list[tuple[str, str]], facilities: list[tuple[str, str]]) -> Iterator[dict[str, str]]:
    known = {obligation.id: obligation for obligation in profile.obligations}
    for identifier, key in rows:
        obligation = known.get(identifier)
        # An ad-hoc report asks nobody below, and its key names no period.
        if obligation is None or not obligation.inputs:
            continue
        period = deadlines.period_of_key(obligation, key)
        for owed in obligation.inputs:
            due_at = deadlines.input_due(owed, obligation, period).isoformat()
            for unit, name in _units(profile, owed, period, facilities):
                yield {
                    "obligation": identifier,
                    "period_key": key,
                    "input": owed.id,
                    "unit_kind": UNITS[owed.owed_by],
                    "unit": unit,
                    "unit_name": name,
                    "due_at": due_at,
                }


def _units(profile: Profile, owed: Input, period: deadlines.Period, facilities: list[tuple[str, str]]) -> list[tuple[str, str]]:
    if owed.owed_by == "communes":
        return [(commune.code, commune.name) for commune in provinces.communes(profile.slug, period.ends)]
    return facilities if owed.owed_by == "facilities" else [(unit.id, unit.name) for unit in owed.units]


@dataclass(frozen=True)
class Notice:
    """A mail of the watch: once for its topic. `hourly`: it does not wait for the morning."""

    topic: str
    template: str
    to: list[str]
    context: dict[str, Any]
    hourly: bool = False


def remind(slug: str) -> dict[str, int]:
    """Mail what has to be told today about reports that have not gone out; each thing once.

    For each period the last step of its ladder that has come, so that a watch that was down tells once where a report
    stands, however many steps it missed. Beside it: work that stands still, an officer who has not answered for the
    profile's `deputy_after_hours`, mails in doubt and mails refused for good. What still waits in the outbox and is no longer
    true is withdrawn.

    Returns:
        overdue: how many reports are; notices: how many things stand to be told; sent: how many mails went out now.

    Raises:
        DeliveryFailedError: when a mail did not go out and a retry may help. The others were sent all the same.
        ConfigurationError, DeliveryUncertainError: for a mail that a person has to see to; likewise.
    """
    problems = list[SanglocError]()
    with kept_open():
        counts = _tell(slug, problems, hourly=False)
    raise_first(problems)
    audit.note(**counts)
    return counts


def each_hour(slug: str) -> dict[str, int]:
    """What does not wait for the morning: steps of ad-hoc reports, the deputy's turn, mails that wait to be tried again.

    A mail that the server refused for now, or could not be asked about, is tried again after growing pauses, whatever became
    of the task that made it.

    Returns:
        As `remind`; and retried: how many mails that waited went out now.

    Raises:
        As `remind`.
    """
    problems = list[SanglocError]()
    with kept_open():
        counts = _tell(slug, problems, hourly=True)
        counts["retried"] = _try_again(slug, problems)
    raise_first(problems)
    audit.note(**counts)
    return counts


def _try_again(slug: str, problems: list[SanglocError]) -> int:
    """Send what waits in the outbox and is due, unless the mail server is known to be away; how many mails went out."""
    known = {"province": provinces.load(slug).code, "slug": slug, "now": clock.now()}
    with transaction("report") as conn:
        conn.execute(sql("reporting/note_watched"), known)
        waiting = list(conn.execute(sql("reporting/waiting_mails"), known).mappings())
    sent = 0
    for row in waiting:
        if any(isinstance(problem, ServerAwayError) for problem in problems):
            break
        try:
            if row["submission_id"] is None:
                sent += send_waiting_notice(slug, row["topic"].removeprefix(f"{slug}."))
            else:
                sent += deliver(row["submission_id"], row["purpose"]).get("recipients", 0)
        except SanglocError as problem:
            problems.append(problem)
    return sent


def _tell(slug: str, problems: list[SanglocError], hourly: bool) -> dict[str, int]:
    profile, now = provinces.load(slug), clock.now()
    known = {"province": profile.code, "slug": slug}
    with transaction("report") as conn:
        conn.execute(sql("reporting/doubt_left_mails"), known | {"stale": now - LONGEST_SENDING})
        rows = [dict(row) for row in conn.execute(sql("reporting/to_watch"), known).mappings()]
        notices = list(_about_reports(conn, profile, rows, now))
        current = [f"{slug}.{notice.topic}" for notice in [*notices, *_troubles(conn, profile)]]
        conn.execute(sql("reporting/withdraw_notices"), known | {"current": current})
    sent = _send(slug, [notice for notice in notices if notice.hourly or not hourly], problems)
    # Last, so that a mail that has just come into doubt is told of at once.
    with transaction("report") as conn:
        troubled = _troubles(conn, profile)
    sent += _send(slug, troubled, problems)
    overdue = sum(row["delivered_at"] is None and not row["before_joining"] and now > row["due_at"] for row in rows)
    return {"overdue": overdue, "notices": len(notices) + len(troubled), "sent": sent}


def _send(slug: str, notices: list[Notice], problems: list[SanglocError]) -> int:
    sent = 0
    for notice in notices:
        try:
            sent += send_notice(slug, notice.topic, notice.to, notice.template, notice.context)
        except ServerAwayError as problem:
            # It is away for all of them.
            problems.append(problem)
            break
        except (DeliveryFailedError, DeliveryUncertainError, ConfigurationError) as problem:
            problems.append(problem)
    return sent


def _about_reports(conn: Connection, profile: Profile, rows: Sequence[Mapping[str, Any]], now: datetime) -> Iterator[Notice]:
    duties = {obligation.id: obligation for obligation in profile.obligations}
    rows = [row for row in rows if row["obligation"] in duties]
    inputs: dict[int, list[Any]] = {}
    for owed in conn.execute(sql("reporting/board_inputs"), {"submissions": [row["submission_id"] for row in rows]}):
        inputs.setdefault(owed.submission_id, []).append(owed)
    for row in rows:
        duty = duties[row["obligation"]]
        context = _context(profile, duty, row, inputs.get(row["submission_id"], []), now)
        topic = f"watch.{row['obligation']}.{row['period_key']}"
        since = _standing_still_since(row, profile.approval)
        still = now >= since + STANDSTILL
        step = None
        if row["delivered_at"] is None and not row["before_joining"]:
            step = deadlines.current_step(duty, row["due_at"], now)
        if step is not None and f"{profile.slug}.{topic}.{step.name}" not in row["told"]:
            # This mail says too that the work stands still; nobody needs two on one day.
            to: list[Contact] = [*step.to]
            if still:
                to.append("engineer")
            kind = "overdue" if step.overdue else "reminder"
            addresses, hourly = profile.contacts.addresses(to), duty.watch.in_hours
            yield Notice(f"{topic}.{step.name}", "watch", addresses, context | {"kind": kind}, hourly)
        elif still and (row["told_at"] is None or row["told_at"] < since + STANDSTILL):
            yield Notice(
                f"{topic}.v{row['version']}.{row['state']}",
                "watch",
                profile.contacts.addresses(["engineer", "officer"]),
                context | {"kind": "standstill"},
                duty.watch.in_hours,
            )
        waited = now - row["state_since"]
        if row["state"] == "in_review" and waited >= timedelta(hours=profile.approval.deputy_after_hours):
            yield Notice(
                f"{topic}.v{row['version']}.deputy",
                "watch",
                profile.contacts.addresses(["deputy", "officer"]),
                context | {"kind": "waiting"},
                hourly=True,
            )


def _standing_still_since(row: Mapping[str, Any], approval: Approval) -> datetime:
    """Since when somebody other than the officer has to move the report."""
    if row["state"] == "expected":
        return datetime.combine(row["period_to"] + timedelta(days=1), datetime.min.time(), VIETNAM)
    since: datetime = row["state_since"]
    # The question to the officer no longer stands then; only a new run asks again.
    return since + timedelta(days=approval.timeout_days) if row["state"] == "in_review" else since


def _troubles(conn: Connection, profile: Profile) -> list[Notice]:
    """News of mails that a person has to see to, as far as nobody has been told."""
    known = {"province": profile.code, "slug": profile.slug}
    return [_trouble(profile, dict(row)) for row in conn.execute(sql("reporting/mails_for_a_person"), known).mappings()]


def _trouble(profile: Profile, row: Mapping[str, Any]) -> Notice:
    """The news of a mail in doubt, or refused for good, to people other than the one it could not reach."""
    code = re.search(r"code (\d+)", row["last_error"] or "")
    context = {
        "province": profile.name,
        "subject": row["subject"],
        "recipient": row["recipient"],
        "code": code[1] if code else "",
        "sent": words.instant(row["sent_at"]) if row["sent_at"] else "không rõ",
        "message_id": row["message_id"],
        "number": row["outbox_id"],
    }
    kind = {"uncertain": "in-doubt", "refused": "refused"}[row["state"]]
    to = profile.contacts.addresses(["engineer", "officer"])
    if row["state"] == "refused":
        to = [address for address in to if address != row["recipient"]] or to
    return Notice(f"watch.{kind}.{row['outbox_id']}.{row['attempts']}", kind.replace("-", "_"), to, context, hourly=True)


def _context(profile: Profile, duty: Obligation, row: Mapping[str, Any], inputs: list[Any], now: datetime) -> dict[str, Any]:
    due, today = row["due_at"].astimezone(VIETNAM), now.date()
    names = {owed.id: owed.name_vi for owed in duty.inputs}
    return {
        "province": profile.name,
        "name": duty.name_vi,
        "label": label(duty, row),
        "due": f"{words.instant(due)} ({WEEKDAYS[due.weekday()]})",
        "due_today": due.date() == today,
        "hours_left": max(int((due - now).total_seconds() // 3600), 0),
        "working_days_left": deadlines.working_days_left(today, due.date()),
        "aim": f"{words.day(row['aim_on'])} ({WEEKDAYS[row['aim_on'].weekday()]})",
        "late_by": duration(now - due),
        "is_incident": row["is_incident"],
        "correcting": row["delivered_at"] is not None,
        "before_joining": row["before_joining"],
        "recipients": "; ".join(recipient.name for recipient in duty.recipients),
        "legal_basis": duty.legal_basis,
        "certainty": duty.certainty,
        "state": row["state"],
        "since": words.instant(row["state_since"]),
        "waited": duration(now - row["state_since"]),
        "expired": row["state"] == "in_review" and now >= _standing_still_since(row, profile.approval),
        "version": row["version"],
        "period_over": row["period_to"] < today,
        "period_to": words.day(row["period_to"]),
        "error": row["last_error"],
        "inputs": [
            {
                "name": names.get(owed.input, owed.input),
                "due": words.day(owed.due_at.astimezone(VIETNAM).date()),
                "overdue": now > owed.due_at,
                "expected": words.number(owed.expected),
                "received": words.number(owed.received),
                "missing": words.number(owed.expected - owed.received),
                "complete": owed.expected == owed.received,
            }
            for owed in inputs
        ],
        "dag": dag_of(profile.slug, duty),
        "page": approval_page(profile.slug, duty, row["run_id"]),
    }


def label(duty: Obligation, row: Mapping[str, Any]) -> str:
    """The period in Vietnamese; its key where the profile no longer has it."""
    if duty.cadence == "ad_hoc":
        return deadlines.ad_hoc_period(row["opened_at"]).label
    try:
        return deadlines.period_of_key(duty, row["period_key"]).label
    except ConfigurationError:
        return str(row["period_key"])


def duration(span: timedelta) -> str:
    """Days and hours in Vietnamese, for example "2 ngày 7 giờ"; "dưới 1 giờ" for less than an hour."""
    days, hours = span.days, span.seconds // 3600
    parts = [f"{words.number(days)} ngày"] if days > 0 else []
    parts += [f"{hours} giờ"] if hours else []
    return " ".join(parts) or "dưới 1 giờ"
