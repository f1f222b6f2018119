"""One walk down the whole road, which the tests of this folder look at."""

# ruff: noqa: S608 - the statements are put together from constants of this file
from __future__ import annotations

import csv
import json
import re
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from road.planting import CITIZEN, TWIN, plant, plant_refused
from sangloc.errors import SanglocError
from sangloc.stack import environment
from sangloc.stack.api import Airflow

SLUG = "lang_son"
PEOPLE = "2500"
INCIDENT = {"kind": "misinformation", "area": "20", "summary": "Diễn tập: tin đồn sai về việc thu phí khám."}


@dataclass
class Road:
    """What the passes left behind."""

    stack: Any
    warehouse_url: str
    metadata_url: str
    counts: dict[str, Any] = field(default_factory=dict)
    unchanged: bool = False
    results: dict[str, subprocess.CompletedProcess[str]] = field(default_factory=dict)
    refused_commune: str = ""
    pages: dict[str, tuple[int, str]] = field(default_factory=dict)
    subjects: list[str] = field(default_factory=list)

    def query(self, statement: str, *parameters: object) -> list[Any]:
        with psycopg.connect(self.warehouse_url, autocommit=True) as connection:
            return connection.execute(statement, parameters or None).fetchall()

    def one(self, statement: str, *parameters: object) -> Any:
        return self.query(statement, *parameters)[0][0]

    @property
    def truth(self) -> Path:
        return self.stack.home / "truth" / SLUG

    def rows(self, name: str) -> list[dict[str, str]]:
        with (self.truth / name).open(encoding="utf-8") as file:
            return list(csv.DictReader(file))


# The planted people stand aside: the sample's truth does not know of them.
OTHERS = f"coalesce(p.citizen_id, '') NOT IN ('{CITIZEN}', '{TWIN}')"
COUNTS = {
    "roster": f"SELECT count(*) FROM roster.person p WHERE {OTHERS}",
    "roster_numbers": "SELECT coalesce(array_agg(citizen_id ORDER BY citizen_id), '{}') FROM roster.person p"
    f" WHERE citizen_id IS NOT NULL AND {OTHERS}",
    "rejects": "SELECT jsonb_object_agg(code, n) FROM (SELECT r.reason_code AS code, count(*) AS n FROM intake.reject r"
    " JOIN intake.file f USING (file_id) WHERE f.kind = 'roster' AND f.status = 'loaded'"
    f" AND r.raw::text NOT LIKE '%{CITIZEN[:-1]}%' AND r.raw::text NOT LIKE '%{TWIN}%' GROUP BY 1) AS x",
    "encounters": "SELECT jsonb_object_agg(source, n) FROM (SELECT source, count(*) AS n FROM exam.encounter"
    " WHERE is_current AND ma_lk NOT LIKE '%PLANT%' GROUP BY 1) AS x",
    "people": "SELECT coalesce(jsonb_agg(jsonb_build_array(person_id, citizen_id, commune_code, name_key, birth_date)), '[]')"
    f" FROM roster.person p WHERE {OTHERS}",
    "links": "SELECT jsonb_object_agg(e.ma_lk || '/' || e.facility_code, jsonb_build_array(b.person_id, n.method))"
    " FROM health_book.entry n JOIN health_book.book b USING (book_id) JOIN exam.encounter e USING (encounter_id)"
    " WHERE e.is_current AND e.ma_lk NOT LIKE '%PLANT%'",
    "in_review": "SELECT jsonb_object_agg(e.ma_lk || '/' || e.facility_code, cardinality(r.candidate_person_ids))"
    " FROM health_book.review r JOIN exam.encounter e USING (encounter_id)"
    " WHERE r.state = 'open' AND e.ma_lk NOT LIKE '%PLANT%'",
    "unlisted": "SELECT coalesce(jsonb_agg(e.ma_lk || '/' || e.facility_code), '[]') FROM roster.unlisted u"
    " JOIN exam.encounter e USING (encounter_id) WHERE e.ma_lk NOT LIKE '%PLANT%'",
    "coverage": "SELECT jsonb_agg(jsonb_build_array(c.person_id, c.source, c.exam_date, c.records, c.paid_twice, c.repeated))"
    " FROM stats.coverage c JOIN roster.person p USING (person_id)"
    f" WHERE c.year = 2026 AND {OTHERS}",
    "books": "SELECT jsonb_object_agg(opened_by, n)"
    " FROM (SELECT opened_by, count(*) AS n FROM health_book.book GROUP BY 1) AS x",
    "bookless": "SELECT count(*) FROM roster.person p WHERE NOT EXISTS"
    " (SELECT FROM health_book.book b WHERE b.person_id = p.person_id)",
    "sessions": "SELECT count(*) FROM planning.session",
    "invited": "SELECT count(*) FROM planning.invitation WHERE session_id IS NOT NULL",
    "validations": "SELECT jsonb_object_agg(suite, state) FROM quality.validation",
}


def _fingerprint(road: Road) -> dict[str, Any]:
    """A hash of every table a load writes."""
    tables = road.query(
        "SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables WHERE table_type = 'BASE TABLE'"
        " AND table_schema IN ('ref', 'intake', 'roster', 'exam', 'health_book', 'planning')"
    )
    return {
        name: road.one(f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {name} AS t")
        for (name,) in tables
    }


DATA = ("roster_refresh", "exam_intake", "health_book_linkage", "campaign_planning", "data_quality")
# The books for everyone come before the plan, which would otherwise be made anew because of them.
WITH_BOOKS = (*DATA[:3], "health_book_creation", *DATA[3:])


def _load(road: Road, name: str, dags: tuple[str, ...], *, check: bool = True) -> None:
    """Run DAGs one after the other; `name` marks the pass."""
    for dag in dags:
        road.results[f"{name} {dag}"] = road.stack.run("run", f"{SLUG}__{dag}", check=check)


def _report(road: Road, wanted: dict[str, list[str]]) -> None:
    """Run reports (DAG and what more `sangloc run` is told) side by side; the officer approves each once it asks."""
    finished = threading.Event()
    waiting = Airflow(road.stack.home, "officer").approvals

    def officer() -> None:
        while not finished.wait(1.0):
            # The command starts a Python of its own; it is run when it has something to do.
            with suppress(SanglocError):
                if waiting():
                    road.stack.run("approve", "--all", check=False)

    with ThreadPoolExecutor() as pool:
        approving = pool.submit(officer)
        try:
            running = {dag: pool.submit(road.stack.run, "run", dag, *more) for dag, more in wanted.items()}
            road.results |= {dag: run.result() for dag, run in running.items()}
        finally:
            finished.set()
        approving.result()


@pytest.fixture(scope="session")
def road(stack: Any) -> Road:
    metadata = environment(stack.home)["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].replace("+psycopg2", "")
    made = Road(stack, stack.url("owner"), metadata)
    landing = stack.landing / SLUG
    stack.run("sample", SLUG, "--people", PEOPLE, "--seed", "7", "--out", str(stack.landing), "--as-of", "2026-11-21")
    plant(landing)
    made.refused_commune = made.rows("people.csv")[0]["commune_code"]
    refused = plant_refused(landing, made.refused_commune, min(landing.glob("exams/screening/*")).name)
    breaking = threading.Thread(target=_break_the_warehouse, args=(made,))
    breaking.start()
    _load(made, "first", WITH_BOOKS, check=False)
    breaking.join()
    made.counts = {name: made.one(statement) for name, statement in COUNTS.items()}

    for path in refused:
        path.unlink()
    before = _fingerprint(made)
    _load(made, "second", DATA)
    made.unchanged = _fingerprint(made) == before
    reports: dict[str, list[str]] = {f"{SLUG}__report_{obligation}": [] for obligation in ("annual_dang_uy", "monthly_byt")}
    _report(made, reports | {f"{SLUG}__incident_report": ["--conf", json.dumps(INCIDENT)]})
    _decide(made)
    return made


def _decide(road: Road) -> None:
    """Find the planted person's book and decide a planted case, as an officer does; `pages` keeps what came back.

    `subjects` are what the ledger calls them.
    """
    case = road.one(
        "SELECT min(r.review_id) FROM health_book.review r JOIN exam.encounter e USING (encounter_id)"
        " WHERE e.ma_lk LIKE '%PLANT%BARE' AND r.state = 'open' AND r.candidate_person_ids <> '{}'"
    )
    person = road.one("SELECT person_id FROM roster.person WHERE citizen_id = %s", CITIZEN)
    road.subjects = [f"review-{case}", f"person-{person}", "people"]
    with httpx.Client(base_url=road.stack.pages, timeout=60) as client:
        login = client.post("/auth/token", json={"username": "linker", "password": road.stack.password("linker")})
        client.headers["Authorization"] = f"Bearer {login.json()['access_token']}"

        def ask(name: str, path: str, form: dict[str, str] | None = None) -> str:
            url = f"/sangloc/review/{path}"
            answer = client.post(url, data=form) if form else client.get(url)
            road.pages[name] = (answer.status_code, answer.text)
            return answer.headers.get("location", answer.text)

        ask("list", f"?province={SLUG}")
        token = re.search('name="token" value="([^"]+)"', ask("case", str(case)))
        assert token
        ask("decision", str(case), {"answer": f"link-{person}", "token": token[1]})
        ask("decided", str(case))
        where = ask("search", "books", {"number": CITIZEN})
        ask("book", where.removeprefix("/sangloc/review/"))


def _break_the_warehouse(road: Road) -> None:
    """Take a table away until tasks have failed on it, then give it back: their retries have to finish the work."""
    with psycopg.connect(road.warehouse_url, autocommit=True) as owner:
        owner.execute("ALTER TABLE roster.former_identifier RENAME TO former_identifier_away")
        for _ in range(120):
            failed = "SELECT count(*) FROM audit.event WHERE outcome = 'failed' AND task_id = 'refresh'"
            if owner.execute(failed).fetchone()[0] >= 3:
                break
            time.sleep(1)
        owner.execute("ALTER TABLE roster.former_identifier_away RENAME TO former_identifier")
