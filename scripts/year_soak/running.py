"""The year through the whole stack: its own PostgreSQL, mail catcher and Airflow, whose clocks are moved from outside.

Airflow's processes take their time from ahead.c, which adds what stands in a file; PostgreSQL is asked by Airflow for `now()`,
so its role finds a function of that name before the server's own, with the same distance. Nothing of Airflow is
replaced: its scheduler starts the runs when their time has come.
"""

from __future__ import annotations

import email
import email.policy
import json
import math
import os
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from sangloc import clock, provinces
from sangloc.stack import files, ports, postgres, processes
from sangloc.stack.api import Airflow, wait_until
from sangloc.stack.environment import database_url, environment, outside
from sangloc.stack.supervisor import down, up
from year_soak import handed_in
from year_soak.direct import STATES, landing, lay_forms, mail_of, settle, take_in
from year_soak.drive import Mail
from year_soak.model import Event, Moment, Owed, Trouble, Year
from year_soak.scenario import Input, Sent

AHEAD = struct.Struct("=q")
# How long Airflow may take for what is due at one moment, in seconds.
PATIENCE = 600.0
# An answer that follows its question at once meets a task whose process has not ended (see sangloc.stack.api).
SETTLED = 6.0
COMMANDS = {
    "scheduler": ("sangloc.stack.scheduler", "--skip-serve-logs"),
    "dag-processor": ("airflow", "dag-processor"),
    "triggerer": ("airflow", "triggerer", "--skip-serve-logs"),
}
# Nobody has reported for hours when the clock has been moved on: the scheduler would take itself for dead and its tasks for
# orphans.
PATIENT = {
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "100000000",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "100000000",
}
LONG_AGO = {"created_at": "2000-01-01T00:00:00+00:00"}
NOW = """
CREATE SCHEMA simulated;
CREATE TABLE simulated.clock (ahead interval NOT NULL);
INSERT INTO simulated.clock VALUES ('0');
CREATE FUNCTION simulated.now() RETURNS timestamptz LANGUAGE sql STABLE
AS 'SELECT pg_catalog.now() + ahead FROM simulated.clock';
ALTER ROLE airflow SET search_path = simulated, pg_catalog, public;
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'airflow' AND pid <> pg_backend_pid();
"""
RUNS = """
SELECT r.dag_id, r.run_id, r.run_type, r.state, (r.data_interval_start AT TIME ZONE 'Asia/Ho_Chi_Minh')::date,
    (r.data_interval_end AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, (d.deadline_time AT TIME ZONE 'Asia/Ho_Chi_Minh')::timestamp
FROM dag_run AS r LEFT JOIN deadline AS d ON r.id = d.dagrun_id
"""
# A run that the timetable had planned for an earlier morning goes first; either one tells what there is to tell.
WATCHED = """
SELECT task_id, state FROM task_instance
WHERE dag_id = %s AND task_id IN ('remind', 'send_board', 'each_hour') AND start_date >= %s AND state IN ('success', 'failed')
"""
TAKEN_IN = """
SELECT r.run_id FROM dag_run AS r
WHERE r.dag_id = %s AND r.run_type = 'scheduled' AND r.start_date >= %s AND r.state IN ('success', 'failed')
"""
# Runs that are still on their way: not ended, and neither at the question to the officer nor waiting to try again.
ON_THE_WAY = """
SELECT r.dag_id FROM dag_run AS r INNER JOIN dag AS d ON r.dag_id = d.dag_id
WHERE r.state IN ('queued', 'running') AND NOT d.is_paused AND (
    SELECT count(*) FILTER (WHERE t.state IN ('awaiting_input', 'deferred', 'up_for_retry')) = 0
        OR count(*) FILTER (WHERE t.state IN ('scheduled', 'queued', 'running')) > 0
    FROM task_instance AS t
    WHERE t.run_id = r.run_id AND t.dag_id = r.dag_id
)
"""


def preload(folder: Path) -> dict[str, str]:
    """Build ahead.c; what a process needs in its environment to take its time from it.

    Raises:
        SystemExit: without a C compiler.
    """
    library = folder / "ahead.so"
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise SystemExit("the simulated year needs a C compiler (cc) to move Airflow's clock")
    source = Path(__file__).with_name("ahead.c")
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return {"LD_PRELOAD": str(library), "CLOCK_AHEAD": str(folder / "ahead")}


class Running:
    """A stack in `home` with clocks of its own.

    Args:
        home: an empty folder for its state.
        first: when the simulated time begins.
    """

    def __init__(self, home: Path, first: Moment) -> None:
        self.home = home
        home.mkdir(parents=True, exist_ok=True)
        os.environ["SANGLOC_HOME"] = str(home)
        os.environ.pop(clock.VARIABLE, None)
        moved = preload(home)
        self.ahead = Path(moved["CLOCK_AHEAD"])
        self.ahead.write_bytes(AHEAD.pack(0))
        os.environ.update(moved)
        up(home)
        ours = environment(home)
        self.components = outside() | ours | PATIENT
        scripts = [str(Path(__file__).parents[1]), self.components.get("PYTHONPATH", "")]
        self.components["PYTHONPATH"] = os.pathsep.join(filter(None, scripts))
        for name in moved:
            os.environ.pop(name)
        # For the watch that is called here, without Airflow.
        os.environ.update({name: value for name, value in ours.items() if name.startswith("AIRFLOW_CONN_")})
        secrets, port = files.read_json(home / "secrets.json"), files.state(home)["ports"]["warehouse"]
        self.metadata = postgres.connect(port, secrets["airflow"], postgres.METADATA, postgres.METADATA)
        with postgres.connect(port, secrets["superuser"], "postgres", postgres.METADATA) as superuser:
            superuser.execute("GRANT CREATE ON DATABASE airflow TO airflow; GRANT pg_signal_backend TO airflow")
        self.metadata.execute(NOW)
        self.warehouse = psycopg.connect(database_url(home, "owner"), autocommit=True)
        self.engineer, self.officer = Airflow(home), Airflow(home, "officer")
        self.shown: Moment | None = None
        self.watching: dict[str, Moment] = {}
        self.asked: dict[str, float] = {}
        self.due: dict[tuple[str, str], str] = {}
        self.taking: set[str] = set()
        self.stopped = False
        self.away, self.orders = False, home / "post_office.json"
        port = files.state(home)["ports"]["mail"]
        self.commands = {"mail": ("year_soak.post_office", str(port), str(home / "mails"), str(self.orders)), **COMMANDS}
        self.post_office(None)
        self.at(first)
        self._show()
        # What they have planned and noted until now lies in the machine's time, perhaps far ahead.
        for name in self.commands:
            self._stop(name)
            self._start(name)
        self._wait(self._read, "Airflow to read the DAGs")

    def _read(self) -> bool:
        """Whether every DAG was read at the simulated time, and its next run planned from then."""
        read = {dag["dag_id"]: datetime.fromisoformat(dag["last_parsed_time"]) for dag in self.engineer.dags()}
        needed = {
            dag for slug in provinces.slugs() for dag in (*self._own(slug), f"{slug}__deadline_watch", f"{slug}__hourly_watch")
        }
        return needed <= read.keys() and all(abs(at - clock.now()) < timedelta(hours=12) for at in read.values())

    def _own(self, slug: str) -> list[str]:
        """The DAGs that a province lets go when it joins; the watch goes by the morning."""
        rules = provinces.load(slug).obligations
        return [f"{slug}__acknowledgement", *dict.fromkeys(self._dag(slug, rule.id) for rule in rules)]

    def close(self) -> None:
        """Stop every process."""
        self.metadata.close()
        self.warehouse.close()
        down(self.home)

    def at(self, now: Moment) -> None:
        self.now = now
        os.environ[clock.VARIABLE] = f"{now.isoformat()}+07:00"

    def _show(self) -> None:
        """Let Airflow see the time; on days on which nothing is due it need not."""
        if self.shown != self.now:
            self.shown = self.now
            # Never before the moment: a run that starts at once would not count as one of it.
            ahead = math.ceil(clock.now().timestamp() - time.time())
            with self.ahead.open("r+b", buffering=0) as file:
                file.write(AHEAD.pack(ahead))
            self.metadata.execute("UPDATE simulated.clock SET ahead = make_interval(secs => %s)", [ahead])

    def join(self, slug: str) -> None:
        self._show()
        for dag in self._own(slug):
            self.engineer.unpause(dag)

    def _wait(self, condition: Callable[[], bool], what: str) -> None:
        if not wait_until(condition, PATIENCE, 0.3):
            runs = [row[:4] for row in self.metadata.execute(RUNS) if row[3] in ("running", "queued", "failed")]
            raise AssertionError(f"{self.now}: waited in vain for {what}; runs {runs[-12:]}")

    def hold(self, dag: str, on: bool) -> None:
        self._show()
        if dag:
            self.engineer.call("PATCH", f"/dags/{dag}?update_mask=is_paused", {"is_paused": on})
            return
        self.stopped = on
        if on:
            self._stop("scheduler")
        else:
            self._start("scheduler")

    def post_office(self, trouble: Trouble | None) -> None:
        away = bool(trouble and trouble.what == "away")
        if away:
            self._stop("mail")
        elif self.away:
            self._start("mail")
            self._wait(lambda: ports.answers(files.state(self.home)["ports"]["mail"]), "the mail server")
        self.away = away
        order = {"what": trouble.what, "recipient": trouble.recipient} if trouble else {"what": ""}
        self.orders.write_text(json.dumps(order), encoding="utf-8")

    def retry(self, slug: str) -> None:
        # The task that could not send is tried again by itself.
        self._show()

    def _stop(self, name: str) -> None:
        processes.terminate([files.state(self.home)["processes"][name]["pid"]])

    def _start(self, name: str) -> None:
        pid = processes.start(self.home, name, [sys.executable, "-m", *self.commands[name]], self.components)
        known = files.state(self.home)["processes"]
        known[name] |= {"pid": pid, "since": processes.started_at(pid)}
        files.update_state(self.home, processes=known)

    def settle(self, states: dict[tuple[str, str, str], tuple[str, int]]) -> None:
        def found() -> dict[tuple[str, str, str], tuple[str, int]]:
            return {(row[0], row[1], row[2]): (row[3], row[4]) for row in self.warehouse.execute(STATES)}

        if self.watching:
            self._wait(self._watched, f"the watch of {', '.join(self.watching)}")
        self._take_in()
        before = found()
        if before != states:
            self._show()
            if not wait_until(lambda: found() == states, PATIENCE, 0.3):
                wanted, got = sorted(states.items() - found().items()), sorted(found().items() - states.items())
                raise AssertionError(f"{self.now}: reports stand {got}; expected {wanted}")
            self._wait(lambda: self.stopped or self.metadata.execute(ON_THE_WAY).fetchone() is None, "the runs to end")
            # Airflow forgets the deadline of a run that has ended in time.
            self.due |= {(row[0], row[1]): str(row[6]) for row in self.metadata.execute(RUNS) if row[6]}
            changed = {key for key, value in states.items() if before.get(key) != value and value[0] == "in_review"}
            self.asked |= {self._dag(slug, obligation): time.monotonic() for slug, obligation, _ in changed}

    def _dag(self, slug: str, obligation: str) -> str:
        return f"{slug}__" + ("incident_report" if obligation == "incident" else f"report_{obligation}")

    def watch(self, slug: str, silent: bool, hourly: bool) -> None:
        from sangloc import reporting

        if not silent:
            # By its own timetable, on the mornings on which it has something to tell.
            self._show()
            dag = f"{slug}__{'hourly' if hourly else 'deadline'}_watch"
            self.engineer.unpause(dag)
            self.watching[dag] = self.now
            return
        if hourly:
            counts = reporting.each_hour(slug)
            assert not counts["sent"] and not counts["retried"], f"{self.now} {slug}: {counts}; nothing was to be told"
            return
        reporting.expect(slug)
        sent, posted = reporting.remind(slug)["sent"], reporting.send_board(slug)["sent"]
        assert not sent and not posted, f"{self.now} {slug}: {sent} notices, board {posted}; nothing was to be told"

    def _watched(self) -> bool:
        for dag, since in list(self.watching.items()):
            ended: dict[str, str] = dict(self.metadata.execute(WATCHED, [dag, f"{since.isoformat()}+07:00"]).fetchall())
            assert "failed" not in ended.values(), f"{self.now}: {dag} failed"
            if len(ended) == (1 if dag.endswith("hourly_watch") else 2):
                self.engineer.call("PATCH", f"/dags/{dag}?update_mask=is_paused", {"is_paused": True})
                del self.watching[dag]
        return not self.watching

    def act(self, slug: str, one: Owed, event: Event) -> None:
        self._show()
        dag = self._dag(slug, one.obligation)
        if event.what in ("approve", "send_back"):
            time.sleep(max(0.0, self.asked.get(dag, 0.0) + SETTLED - time.monotonic()))
            (question,) = self.officer.approvals([dag])
            note = "Cần bổ sung." if event.what == "send_back" else None
            self.officer.answer(question | LONG_AGO, yes=event.what == "approve", note=note)
        elif event.what == "settle":
            settle(slug, one)
        elif event.what == "acknowledge":
            conf = {"obligation": one.obligation, "period": one.key, "note": "Số đến 1234"}
            self.officer.trigger(f"{slug}__acknowledgement", conf)
        else:
            correction = {"correction": "Bổ sung kết quả gửi muộn"} if event.what == "correct" else {}
            self.engineer.trigger(dag, {"period": one.key} | correction)

    def open_incident(self, slug: str) -> None:
        self._show()
        code = provinces.load(slug).code
        facts = {"kind": "misinformation", "area": code, "summary": "Diễn tập: tin sai sự thật trên mạng xã hội."}
        self.officer.trigger(f"{slug}__incident_report", facts)

    def lay_forms(self, slug: str) -> None:
        lay_forms(slug)

    def receive(self, owed: Input, sent: Sent) -> None:
        handed_in.send(landing(), owed, sent, self.now)
        if sent.scheduled:
            self.taking.add(owed.slug)
        else:
            take_in(owed.slug)

    def _take_in(self) -> None:
        """Let the DAGs that take forms in run by their own timetable, until they have none left."""
        if not self.taking:
            return
        self._show()
        dags = {slug: f"{slug}__figures_from_below" for slug in self.taking}
        for dag in dags.values():
            self.engineer.unpause(dag)
        since = f"{self.now.isoformat()}+07:00"
        self._wait(
            lambda: all(self.metadata.execute(TAKEN_IN, [dag, since]).fetchone() for dag in dags.values()),
            "forms to be taken in",
        )
        for dag in dags.values():
            self.engineer.call("PATCH", f"/dags/{dag}?update_mask=is_paused", {"is_paused": True})
        self.taking.clear()

    def mails(self) -> list[Mail]:
        found = []
        for path in sorted((self.home / "mails").glob("*.eml")):
            content = path.read_bytes()
            to = str(email.message_from_bytes(content, policy=email.policy.default)["X-Envelope-To"]).split(", ")
            found.append(mail_of(content, to))
        return found

    def query(self, statement: str) -> list[Any]:
        return list(self.warehouse.execute(statement.encode()).fetchall())

    def wrong_runs(self, plan: list[Year]) -> list[str]:
        """What Airflow's own runs have otherwise than they should: one of the timetable for each period, with its due time."""
        rows = [tuple(row) for row in self.metadata.execute(RUNS)]
        found = []
        for year in plan:
            slug = year.province.slug
            expected = sorted(
                (self._dag(slug, one.obligation), str(one.ends + timedelta(days=1)), str(one.due_at))
                for one, states in year.reports.items()
                if one.begun_at is None and len(states) > 1
            )
            got = sorted(
                (row[0], str(row[5]), self.due.get((row[0], row[1]), "without a due time"))
                for row in rows
                if row[0].startswith(f"{slug}__report_") and row[2] == "scheduled"
            )
            found += [f"{slug}: run {run} is missing or not right" for run in expected if run not in got]
            found += [f"{slug}: run {run} was not to be" for run in got if run not in expected]
            found += [f"{slug}: {run} twice" for run in set(got) if got.count(run) > 1]
        return found
