"""The year without a scheduler: the areas' public functions in this process, the clock moved by its variable."""

from __future__ import annotations

import email
import email.policy
import os
from contextlib import suppress
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import psycopg
from airflow.timetables.base import DataInterval, TimeRestriction

from sangloc import clock, deadlines, forms, provinces, reporting, settings
from sangloc.deadlines.airflow import ReportTimetable
from sangloc.errors import RefusedInputError, SanglocError
from year_soak import handed_in
from year_soak.drive import Mail
from year_soak.model import ANSWER_WITHIN, Event, Moment, Owed, Trouble, moment
from year_soak.scenario import Input, Sent

STATES = """
SELECT slug, obligation, CASE WHEN cadence = 'ad_hoc' THEN split_part(period_key, '-', 1) ELSE period_key END, state, version
FROM reporting.board WHERE state <> 'expected'
"""


def mail_of(content: bytes, to: list[str]) -> Mail:
    """What the mail server was given."""
    head = email.message_from_bytes(content, policy=email.policy.default)
    written = parsedate_to_datetime(str(head["Date"])).astimezone(clock.VIETNAM)
    return Mail(written.date(), str(head["Message-ID"]).strip().strip("<>").partition("@")[0], tuple(to), written.hour)


def landing() -> Path:
    """The landing zone."""
    return Path(settings.landing().removeprefix("file://"))


def lay_forms(slug: str) -> None:
    """What `figures_from_below` does first."""
    reporting.expect(slug)
    forms.issue_forms(slug)


def take_in(slug: str) -> None:
    """What `figures_from_below` does then: the folders that have something new, each by itself."""
    for unit in forms.new_units(slug):
        # A refused form turns its unit's task red and holds nobody else's.
        with suppress(RefusedInputError):
            forms.take_in(slug, unit["folder"], "soak")


def settle(slug: str, one: Owed) -> None:
    """A person has asked: the report's mail has reached its recipient (docs/operations.md)."""
    own = [mail for mail in reporting.mails_in_trouble() if f"{slug}.{one.obligation}.{one.key}." in mail["message_id"]]
    assert len(own) == 1, f"{slug} {one.obligation} {one.key}: {len(own)} mails wait for a person"
    reporting.settle_mail(own[0]["outbox_id"], True, "officer")


class Direct:
    """Does by itself what scheduler and DAGs do: one run of a report at a time, the next when its period is over.

    Args:
        warehouse: an owner's connection.
        postbox: the tests' SMTP server, which can be told how to fail.
    """

    def __init__(self, warehouse: psycopg.Connection[Any], postbox: Any) -> None:
        self.warehouse, self.postbox = warehouse, postbox
        self.trouble: Trouble | None = None
        self.joined: list[str] = []
        self.held: set[str] = set()
        self.last: dict[tuple[str, str], DataInterval] = {}
        self.waiting: dict[tuple[str, str], tuple[int, Moment]] = {}
        self.incident = 0
        self.now = moment("2026-01-01")

    def at(self, now: Moment) -> None:
        self.now = now
        os.environ[clock.VARIABLE] = f"{now.isoformat()}+07:00"

    def join(self, slug: str) -> None:
        self.joined.append(slug)

    def hold(self, dag: str, on: bool) -> None:
        (self.held.add if on else self.held.discard)(dag)

    def settle(self, states: dict[tuple[str, str, str], tuple[str, int]]) -> None:
        for slug in self.joined:
            for rule in provinces.load(slug).obligations:
                if rule.cadence != "ad_hoc" and not self.held & {"", f"{slug}__report_{rule.id}"}:
                    self._scheduled(slug, rule.id)
        rows = self.warehouse.execute(STATES)
        found = {(row[0], row[1], row[2]): (row[3], row[4]) for row in rows}
        assert found == states, f"{self.now}: {found.items() ^ states.items()}"

    def _scheduled(self, slug: str, obligation: str) -> None:
        """Start the runs whose time has come, one after the other."""
        lane = (slug, obligation)
        while True:
            if lane in self.waiting:
                if self.now < self.waiting[lane][1] + ANSWER_WITHIN:
                    return
                del self.waiting[lane]
            info = ReportTimetable(slug, obligation).next_dagrun_info(
                last_automated_data_interval=self.last.get(lane), restriction=TimeRestriction(None, None, True)
            )
            if info is None or info.run_after > clock.now():
                return
            assert info.data_interval is not None
            self.last[lane] = info.data_interval
            rule = provinces.load(slug).obligation(obligation)
            period = deadlines.period_for_run(rule, info.data_interval.start, info.data_interval.start)
            self.waiting[lane] = (self._run(slug, obligation, f"scheduled {period.key}", period.key), self.now)

    def _run(self, slug: str, obligation: str, run: str, key: str | None, **more: Any) -> int:
        number = reporting.open_submission(slug, obligation, run, key, **more)
        reporting.take_snapshot(number)
        reporting.render(number)
        reporting.request_review(number)
        reporting.deliver(number, "review")
        return number

    def watch(self, slug: str, silent: bool, hourly: bool) -> None:
        if hourly:
            counts = reporting.each_hour(slug)
            assert not (silent and (counts["sent"] or counts["retried"])), (
                f"{self.now} {slug}: {counts}; nothing was to be told"
            )
            return
        reporting.expect(slug)
        sent = reporting.remind(slug)["sent"]
        posted = reporting.send_board(slug)["sent"]
        assert not (silent and (sent or posted)), f"{self.now} {slug}: {sent} notices, board {posted}; nothing was to be told"

    def act(self, slug: str, one: Owed, event: Event) -> None:
        lane = (slug, one.obligation)
        if event.what in ("approve", "send_back"):
            number, _ = self.waiting.pop(lane)
            reporting.record_decision(number, event.what, "officer", "Cần bổ sung." if event.what == "send_back" else None)
            if event.what == "approve":
                reporting.enqueue_delivery(number)
                with suppress(*([SanglocError] if self.trouble else [])):
                    reporting.deliver(number, "delivery")
            else:
                reporting.tell_engineer(number)
        elif event.what == "settle":
            settle(slug, one)
        elif event.what == "acknowledge":
            reporting.acknowledge(slug, one.obligation, one.key, "officer", "Số đến 1234")
        else:
            correction = {"correction": "Bổ sung kết quả gửi muộn", "by": "officer"} if event.what == "correct" else {}
            number = self._run(slug, one.obligation, f"by hand {self.now}", one.key, **correction)
            self.waiting[lane] = (number, self.now)

    def post_office(self, trouble: Trouble | None) -> None:
        self.trouble, what = trouble, trouble.what if trouble else ""
        self.postbox.trouble = {"away": {"MAIL": "hang up"}, "421": {"MAIL": "421 4.3.2 Service not available"}}.get(what, {})
        self.postbox.answer = "451 4.3.0 Try again later" if what == "451" else "250 OK"
        self.postbox.hang_up = what == "hang up"
        self.postbox.refuse = {trouble.recipient: "550 5.1.1 No such mailbox"} if trouble and what == "refused" else {}

    def retry(self, slug: str) -> None:
        assert reporting.each_hour(slug)["retried"], f"{self.now} {slug}: nothing waited"

    def open_incident(self, slug: str) -> None:
        self.incident += 1
        code = provinces.load(slug).code
        facts = {"kind": "misinformation", "area": code, "summary": "Diễn tập: tin sai sự thật trên mạng xã hội."}
        number = self._run(slug, "incident", f"incident {self.incident}", None, incident=facts)
        self.waiting[slug, "incident"] = (number, self.now)

    def lay_forms(self, slug: str) -> None:
        lay_forms(slug)

    def receive(self, owed: Input, sent: Sent) -> None:
        handed_in.send(landing(), owed, sent, self.now)
        take_in(owed.slug)

    def mails(self) -> list[Mail]:
        return [mail_of(envelope.content, envelope.rcpt_tos) for envelope in self.postbox.mails]

    def query(self, statement: str) -> list[Any]:
        return list(self.warehouse.execute(statement.encode()).fetchall())
