"""How long all indicators of a report take (`make bench-reports`; SCALE=0.1 for a quick look).

Hải Phòng at full size: 4.66 million people, nearly as many health books and invitations, one million exam records, plans with
sessions on every working day, files and rejected rows. Each run takes all figures of October's report as the snapshot task
does: one repeatable-read transaction of the report role. The unit is one sequential scan by one process of the tables the
figures are counted from, before each run: every row and the columns they use, nothing counted and nothing sent. Beside it the
same scan without looking into the rows (count(*)).

Figures are compared with plain counts; when they differ there is no ratio and the exit status is 1.

    SCALE=0.1               share of the people and records; RUNS=3
    BENCH_WORK=DIR          keeps the filled server for the next call; without it everything is removed at the end
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
import psycopg
from reports_bench import warehouse
from roster_bench import server

from sangloc import clock
from sangloc.errors import SanglocError
from sangloc.reporting import figures
from sangloc.reporting.submissions import Submission
from sangloc.stack import postgres

SLUG, CODE = "hai_phong", "31"
PEOPLE, RECORDS = 4_664_124, 1_000_000
DATABASE = "reports"
GOAL = 6
SIZE = "SELECT reltuples::bigint, pg_relation_size(oid) FROM pg_class WHERE oid = %s::regclass"
MIB = 1 << 20
SETTINGS = ("shared_buffers", "work_mem", "max_parallel_workers_per_gather", "random_page_cost")
# What the indicators look at, by table.
READ = {
    "roster.person": "province_code, commune_code, sex, birth_date, residence, group_set_id, citizen_id, insurance_no",
    "health_book.book": "book_id, person_id, province_code, created_at",
    "health_book.entry": "entry_id, book_id, encounter_id",
    "health_book.review": "review_id, encounter_id, state, reason_code",
    "exam.encounter": "province_code, source, facility_code, version, is_current, form, exam_date, concluded_at, received_at, "
    "payer_code, result_class, main_icd, signed",
    "planning.invitation": "plan_id, person_id, session_id, reason_code",
    "planning.session": "plan_id, commune_code, session_date, capacity, booked",
    "intake.file": "province_code, kind, status, rows_read, rows_rejected, received_at",
    "intake.reject": "file_id, reason_code, corrected_in",
}
# Figures counted another way: indicator, breakdown, key, and a statement for its numerator.
CHECKS = (
    ("roster_people", "total", "", "SELECT count(*) FROM roster.person"),
    (
        "health_book_share", "total", "",
        "SELECT count(*) FROM roster.person p JOIN health_book.book b USING (person_id) WHERE p.residence <> 'temporary_short'",
    ),
    (
        "examined_share", "total", "",
        "SELECT count(DISTINCT p.person_id) FROM roster.person p JOIN health_book.book b USING (person_id)"
        " JOIN health_book.entry n USING (book_id) JOIN exam.encounter e USING (encounter_id)"
        " WHERE p.residence <> 'temporary_short' AND e.exam_date BETWEEN '2026-01-01' AND '2026-10-31'",
    ),
    (
        "people_examined_period", "total", "",
        "SELECT count(*) FROM (SELECT b.person_id, min(e.exam_date) AS first FROM health_book.book b"
        " JOIN health_book.entry n USING (book_id) JOIN exam.encounter e USING (encounter_id) WHERE e.exam_date >= '2026-01-01'"
        " GROUP BY b.person_id) AS x WHERE first BETWEEN '2026-10-01' AND '2026-10-31'",
    ),
    (
        "records_counted", "total", "",
        "SELECT count(DISTINCT b.person_id) FROM health_book.book b JOIN health_book.entry n USING (book_id)"
        " JOIN exam.encounter e USING (encounter_id) WHERE e.exam_date BETWEEN '2026-01-01' AND '2026-10-31'",
    ),
    ("invitations", "total", "", "SELECT count(session_id) FROM planning.invitation"),
    (
        "timeliness", "total", "",
        "SELECT count(*) FROM exam.encounter WHERE exam_date BETWEEN '2026-10-01' AND '2026-10-31'"
        " AND received_at <= concluded_at + interval '24 hours'",
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Run:
    """Seconds of one run, of the tables made within it, and of the scans before it."""

    scan: float
    count: float
    seconds: float
    tables: float
    figures: int


def say(line: str = "") -> None:
    print(line, flush=True)


def _submission() -> Submission:
    now = datetime(2026, 11, 1, 8, tzinfo=clock.VIETNAM)
    period = (date(2026, 10, 1), date(2026, 10, 31))
    return Submission(
        1, SLUG, CODE, "monthly_byt", "2026-10", *period, now, now.date(), "collecting", False, False, 1, None, None, None,
        None, None, None, now,
    )  # fmt: skip


@contextmanager
def _cluster(people: int, records: int) -> Iterator[server.Cluster]:
    """A server with the filled warehouse: the one that an earlier call kept, or a new one."""
    kept = Path(os.environ["BENCH_WORK"]) / f"reports-{people}" if "BENCH_WORK" in os.environ else None
    home = kept or Path(tempfile.mkdtemp(prefix="sangloc-bench-"))
    home.mkdir(parents=True, exist_ok=True)
    passwords = home / "passwords.json"
    try:
        if passwords.exists():
            cluster = server.start(home, json.loads(passwords.read_text()))
        else:
            cluster = server.start(home)
            begun = time.perf_counter()
            _fill(cluster, people, records)
            say(f"filled in {time.perf_counter() - begun:.0f} s")
            passwords.touch(mode=0o600)
            passwords.write_text(json.dumps(cluster.passwords))
        yield cluster
    finally:
        postgres.stop(home)
        if kept is None or not passwords.exists():
            shutil.rmtree(home, ignore_errors=True)


def _fill(cluster: server.Cluster, people: int, records: int) -> None:
    from sqlalchemy import create_engine

    from sangloc import provinces
    from sangloc.warehouse import migrate

    cluster.create(DATABASE)
    migrate(cluster.url("owner", DATABASE, "postgresql+psycopg"))
    engine = create_engine(cluster.url("loader", DATABASE, "postgresql+psycopg"))
    with engine.begin() as connection:
        provinces.register(connection, SLUG)
    engine.dispose()
    with cluster.connect(DATABASE) as db:
        warehouse.fill(db, CODE, people, records)


def _scan(db: psycopg.Connection, look: bool) -> float:
    begun = time.perf_counter()
    for table, columns in READ.items():
        what = f"EXPLAIN (ANALYZE, TIMING OFF) SELECT {columns}" if look else "SELECT count(*)"
        db.execute(f"{what} FROM {table}")  # type: ignore[arg-type]
    return time.perf_counter() - begun


def _run(cluster: server.Cluster) -> tuple[Run, list[figures.Figure]]:
    from sqlalchemy import create_engine, event

    with cluster.connect(DATABASE) as db:
        db.execute("SET max_parallel_workers_per_gather = 0")
        count, scan = _scan(db, look=False), _scan(db, look=True)
    engine = create_engine(cluster.url("report", DATABASE, "postgresql+psycopg"))
    took: dict[str, float] = {}

    @event.listens_for(engine, "before_cursor_execute")
    def _before(_c: object, _k: object, _s: str, _p: object, context: Any, _m: bool) -> None:
        context.begun = time.perf_counter()

    @event.listens_for(engine, "after_cursor_execute")
    def _after(_c: object, _k: object, statement: str, _p: object, context: Any, _m: bool) -> None:
        took[statement] = time.perf_counter() - context.begun

    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection, connection.begin():
        begun = time.perf_counter()
        found = figures.compute(connection, _submission(), datetime(2026, 11, 1, 8, tzinfo=clock.VIETNAM).isoformat())
        seconds = time.perf_counter() - begun
    tables = sum(each for statement, each in took.items() if "TEMPORARY TABLE" in statement)
    engine.dispose()
    return Run(scan, count, seconds, tables, len(found)), found


def _wrong(cluster: server.Cluster, found: list[figures.Figure]) -> list[str]:
    values = {(each.indicator, each.breakdown, each.key): each.numerator for each in found}
    problems = []
    with cluster.connect(DATABASE) as db:
        for *name, statement in CHECKS:
            ((right,),) = db.execute(statement).fetchall()  # type: ignore[arg-type]
            if values.get((name[0], name[1], name[2])) != right:
                problems.append(f"{name[0]}: {values.get((name[0], name[1], name[2]))}, counted plainly {right}")
    return problems


def main() -> int:
    """Measure and print; exit with 1 when a figure is wrong."""
    scale, runs = float(os.environ.get("SCALE", "1")), int(os.environ.get("RUNS", "3"))
    people, records = round(PEOPLE * scale), round(RECORDS * scale)
    memory = psutil.virtual_memory().total / (1 << 30)
    names = ", ".join(f"{name} {version(name)}" for name in ("psycopg", "sqlalchemy"))
    say(f"{os.cpu_count()} cores, {memory:.0f} GiB; Python {platform.python_version()}, {names}")
    with _cluster(people, records) as cluster:
        say(f"{cluster.version()}: {cluster.settings(*SETTINGS)}; work_mem of the snapshot {figures.WORK_MEMORY}")
        with cluster.connect(DATABASE) as db:
            sizes = [(table, *db.execute(SIZE, [table]).fetchall()[0]) for table in READ]
        say("input: " + "; ".join(f"{table} {rows:,} rows, {size / MIB:,.0f} MB" for table, rows, size in sizes))
        say(f"{len(figures.indicators())} indicators")
        done: list[Run] = []
        for number in range(1, runs + 1):
            run, found = _run(cluster)
            done.append(run)
            say(
                f"  run {number}/{runs}: {run.figures:,} figures in {run.seconds:.2f} s, {run.tables:.2f} s of it for what "
                f"they are counted from; scan {run.scan:.2f} s, ratio {run.seconds / run.scan:.2f}; count(*) "
                f"{run.count:.2f} s, ratio {run.seconds / run.count:.2f}"
            )
        problems = _wrong(cluster, found)
    for problem in problems:
        say(f"WRONG: {problem}")
    if problems:
        return 1
    say(f"FIGURE reports.all_indicators {statistics.median(run.seconds / run.scan for run in done):.2f} x goal <={GOAL}")
    say(f"FIGURE reports.against_count {statistics.median(run.seconds / run.count for run in done):.2f} x")
    say(f"FIGURE reports.seconds {statistics.median(run.seconds for run in done):.2f} s")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SanglocError as error:
        print(f"bench_reports: {error}", file=sys.stderr)
        sys.exit(2)
