"""Killed before and after every statement, commit and step of SMTP: the same bytes come out, and each mail arrives once, or
stands in doubt with a person told."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from killing import KILLED, counted, die_at
from postbox import Postbox
from sangloc import provinces, reporting, settings
from sangloc.errors import DeliveryUncertainError
from sangloc.warehouse import kept_open


def killed(step: int, work: Callable[[], Any]) -> bool:
    """Do `work` in a process of its own that dies at a step; whether it came to that."""
    child = os.fork()
    if child == 0:
        try:
            # The watcher over tests has taken the signal for itself.
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(60)
            die_at(step)
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED


def every_step(work: Callable[[], Any], begin: Callable[[], Any], stride: int = 1) -> Iterator[int]:
    """After `begin`, `work` killed at its first, second, … step, until it is through."""
    for step in itertools.count(1, stride):
        begin()
        if not killed(step, work):
            return
        yield step


@pytest.fixture
def compiled(rows: Any) -> int:
    for _ in range(12):
        rows.exam(rows.person(rows.communes[0]), "2026-10-05")
    number = reporting.open_submission("lang_son", "monthly_byt", "run")
    reporting.take_snapshot(number)
    reporting.render(number)
    return number


def road(number: int) -> None:
    """The tasks of a run, from the question to the delivery; each repeats what Airflow repeats."""
    with kept_open():
        reporting.request_review(number)
        reporting.deliver(number, "review")
        reporting.record_decision(number, "approve", "officer", None)
        reporting.enqueue_delivery(number)
        reporting.deliver(number, "delivery")


def test_killed_anywhere_between_question_and_delivery(
    compiled: int, warehouse: psycopg.Connection, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SANGLOC_NOW", "2026-11-03T08:00:00+07:00")
    road(compiled)
    expected = [mail.content for mail in postbox.mails]
    assert len(expected) == 2

    def begin() -> None:
        warehouse.execute("DELETE FROM reporting.outbox")
        warehouse.execute(
            "UPDATE reporting.submission SET state = 'compiled', approved_by = NULL, approved_at = NULL, delivered_at = NULL,"
            " documents_hash = NULL, late = FALSE"
        )
        postbox.mails.clear()

    steps, doubts = 0, list[str]()
    for step in every_step(lambda: road(compiled), begin):
        steps = step
        # What the dead process had sent is with the server, or is not.
        until = time.monotonic() + 10
        while postbox.open and time.monotonic() < until:
            time.sleep(0.005)
        for _ in range(3):
            try:
                road(compiled)
                break
            except DeliveryUncertainError:
                doubts.append(doubtful(warehouse, postbox, doubts))
        assert [mail.content for mail in postbox.mails] == expected, step
        state = warehouse.execute("SELECT state FROM reporting.submission").fetchone()
        sent = warehouse.execute("SELECT DISTINCT state FROM reporting.outbox WHERE purpose <> 'notice'").fetchall()
        assert (state, sent) == (("delivered",), [("sent",)]), step
    # For each of the two mails the few steps from its being marked to the server's answer being written down.
    assert set(doubts) == {"review", "delivery"} and len(doubts) < steps / 2, (steps, doubts)


def doubtful(warehouse: psycopg.Connection, postbox: Postbox, before: list[str]) -> str:
    """A mail is in doubt: officer and engineer are told, and a person looks into the server's log. Returns its purpose."""
    found = warehouse.execute(
        "SELECT outbox_id, purpose, message_id, recipient FROM reporting.outbox WHERE state = 'uncertain'"
    ).fetchall()
    ((mail, purpose, message_id, recipient),) = found
    came = (message_id, recipient) in postbox.arrived
    assert postbox.arrived.count((message_id, recipient)) <= 1
    if purpose not in before:
        arrived = list(postbox.mails)
        reporting.each_hour("lang_son")
        told = [to for mail_id, to in postbox.arrived if ".watch.in-doubt." in mail_id]
        contacts = provinces.load("lang_son").contacts
        assert told == [contacts.engineer, contacts.officer]
        postbox.mails[:] = arrived
    reporting.settle_mail(mail, came, "engineer")
    return str(purpose)


def test_killed_while_the_documents_are_made(compiled: int, warehouse: psycopg.Connection) -> None:
    """Each in a Python of its own: what draws the documents has threads, which a fork does not get."""

    def documents() -> Any:
        return warehouse.execute("SELECT kind, sha256, content FROM reporting.document ORDER BY kind").fetchall()

    def begin() -> None:
        warehouse.execute("DELETE FROM reporting.document")
        warehouse.execute("UPDATE reporting.submission SET state = 'collecting'")

    expected = documents()
    begin()
    steps = counted(lambda: reporting.render(compiled))
    assert documents() == expected
    # Before the first document is kept, between the documents, and before all of it stands.
    for step in (steps - 4, steps - 2, steps):
        begin()
        code = f"from killing import die_at; die_at({step}); from sangloc import reporting; reporting.render({compiled})"
        paths = {"PYTHONPATH": os.pathsep.join(["plugins", "tests"])}
        done = subprocess.run([sys.executable, "-c", code], cwd=settings.root(), env=os.environ | paths, check=False)
        assert done.returncode == KILLED
        assert documents() == []
        reporting.render(compiled)
        assert documents() == expected, step


def test_killed_while_the_figures_are_taken(rows: Any, warehouse: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(12):
        rows.exam(rows.person(rows.communes[0]), "2026-10-05")
    monkeypatch.setenv("SANGLOC_NOW", "2026-11-03T08:00:00+07:00")
    number = reporting.open_submission("lang_son", "monthly_byt", "run")
    expected, steps = reporting.take_snapshot(number)["figures_hash"], 0

    def begin() -> None:
        warehouse.execute("DELETE FROM reporting.snapshot")

    for step in every_step(lambda: reporting.take_snapshot(number), begin, stride=31):
        steps = step
        assert reporting.take_snapshot(number)["figures_hash"] == expected, step
        assert warehouse.execute("SELECT count(*) FROM reporting.snapshot").fetchone() == (1,)
    assert steps > 60
