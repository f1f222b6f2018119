"""Starting, checking and stopping the whole stack: PostgreSQL, the mail catcher and Airflow's four components."""

from __future__ import annotations

import hashlib
import json
import os
import secrets as random
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sangloc.errors import SanglocError
from sangloc.stack import files, ports, postgres, processes
from sangloc.stack.environment import database_url, environment, outside, ui_url
from sangloc.stack.users import USERS, extra_roles, roles_of

# How long a slow machine may take from the start of Airflow's components until all of them have reported.
PATIENCE = 180.0
_AIRFLOW = {
    "api-server": ("airflow", "api-server"),
    "scheduler": ("sangloc.stack.scheduler", "--skip-serve-logs"),
    "dag-processor": ("airflow", "dag-processor"),
    "triggerer": ("airflow", "triggerer", "--skip-serve-logs"),
}
_HEALTH_NAMES = {"scheduler": "scheduler", "dag-processor": "dag_processor", "triggerer": "triggerer"}

# Shows one step while it runs: called with its title, entered around the work.
Step = Callable[[str], AbstractContextManager[None]]


@dataclass(frozen=True)
class Component:
    """What `status` knows about one component: `problem` is empty when it is healthy."""

    name: str
    pid: int | None
    port: int | None
    problem: str


@contextmanager
def silent(_title: str) -> Iterator[None]:
    """A step that shows nothing."""
    yield


def up(home: Path, step: Step = silent) -> None:
    """Start whatever of the stack in `home` does not run, repair what is half done, and wait until all is healthy.

    Running it again is quick and leaves a healthy component alone; a component whose configuration has changed since
    it was started is started anew.

    Args:
        step: shows the progress.

    Raises:
        ConfigurationError: when the disk is full or a chosen port is taken.
        SanglocError: when a component does not become healthy; the message ends with its log.
    """
    files.check_disk(home)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with files.locked(home), ports.claiming():
        with step("PostgreSQL"):
            _start_postgres(home)
        users = _ensure_users(home)
        _choose_ports(home)
        for name in ("airflow", "logs", "run", "mails"):
            (home / name).mkdir(exist_ok=True, mode=0o700)
        processes.kill_strays(home, _alive(home))
        with step("Warehouse schema, Airflow's tables and users"):
            _prepare(home, users)
        with step("Airflow and the mail catcher"):
            _start_components(home)
            _wait_until_healthy(home)


def _start_postgres(home: Path) -> None:
    secrets, fresh = files.ensure_secrets(home)
    known = files.state(home).get("ports", {})
    wish = os.environ.get("SANGLOC_DB_PORT")
    if postgres.running(home) and not fresh and known.get("warehouse") and wish in (None, "", str(known["warehouse"])):
        try:
            postgres.ensure_databases(known["warehouse"], secrets)
            return
        except SanglocError:
            # It runs but does not let us in (a damaged state): start it anew, with our password.
            fresh = True
    postgres.stop(home)
    port = ports.choose("warehouse", known.get("warehouse"))
    files.update_state(home, ports=known | {"warehouse": port})
    postgres.start(home, port, secrets["superuser"], fresh)
    postgres.ensure_databases(port, secrets)


def _ensure_users(home: Path) -> dict[str, str]:
    """The demo users' passwords, made on first use; `users_shown` in the state tells whether a person has seen them."""
    kept = files.read_json(home / "users.json")
    users: dict[str, str] = {name: kept.get(name) or random.token_urlsafe(12) for name in USERS}
    if users != kept:
        files.write_json(home / "users.json", users)
        files.update_state(home, users_shown=False)
    return users


def _choose_ports(home: Path) -> None:
    chosen = dict(files.state(home)["ports"])
    for service, component in (("ui", "api-server"), ("mail", "mail")):
        wish = os.environ.get(ports.PREFERRED[service][0])
        current = chosen.get(service)
        if current and _pid(home, component) and wish in (None, "", str(current)):
            continue
        # The one that runs on another port than the one wished for now is replaced later.
        chosen[service] = ports.choose(service, current)
    files.update_state(home, ports=chosen)


def _prepare(home: Path, users: dict[str, str]) -> None:
    """Migrate the warehouse and, beside it, Airflow's metadata; each is left alone when it is right already."""
    port = files.state(home)["ports"]["warehouse"]
    secret = files.read_json(home / "secrets.json")["airflow"]
    wanted = json.dumps(
        [users, USERS, [roles_of(name) for name in USERS], extra_roles()]
        + [version(name) for name in ("apache-airflow-core", "apache-airflow-providers-fab")]
    )
    mark = hashlib.sha256(wanted.encode()).hexdigest()
    with (
        ThreadPoolExecutor(1) as pool,
        postgres.connect(port, secret, postgres.METADATA, postgres.METADATA) as database,
    ):
        warehouse = pool.submit(_migrate_warehouse, home)
        # The mark lives in the database itself: a new or restored database never passes for a prepared one.
        row = database.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
        ).fetchone()
        if row != (mark,):
            _prepare_metadata(home, users)
            database.execute(f"COMMENT ON DATABASE {postgres.METADATA} IS '{mark}'")
        warehouse.result()


def _migrate_warehouse(home: Path) -> None:
    """Bring the schema to its newest version and register every province that has a profile."""
    from sqlalchemy import create_engine

    from sangloc import provinces
    from sangloc.warehouse import migrate

    migrate(database_url(home, "owner", "postgresql+psycopg"))
    joined = environment(home).get("SANGLOC_JOINED_ON")
    if joined:
        # The profile reads it from here; Airflow's components get it with their environment.
        os.environ["SANGLOC_JOINED_ON"] = joined
    engine = create_engine(database_url(home, "loader", "postgresql+psycopg"), hide_parameters=True)
    with engine.begin() as connection:
        for slug in provinces.slugs():
            provinces.register(connection, slug)
    engine.dispose()


def _prepare_metadata(home: Path, users: dict[str, str]) -> None:
    log = home / "logs" / "metadata.log"
    with log.open("w") as output:
        done = subprocess.run(
            [sys.executable, "-m", "sangloc.stack.metadata"],
            input=json.dumps([{"username": name, "password": password} for name, password in users.items()]),
            text=True,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=processes.folder(home),
            env=outside() | environment(home) | {processes.MARKER: str(home)},
        )
    if done.returncode:
        raise SanglocError(f"Airflow's database could not be prepared; the end of {log}:\n{processes.tail(log)}")


def _commands(home: Path) -> dict[str, list[str]]:
    port = files.state(home)["ports"]["mail"]
    catcher = [sys.executable, "-m", "sangloc.stack.mailcatcher", str(port), str(home / "mails")]
    airflow = {name: [sys.executable, "-m", *arguments] for name, arguments in _AIRFLOW.items()}
    return {"mail": catcher} | airflow


def _start_components(home: Path) -> None:
    ours = environment(home)
    everything = outside() | ours
    known = files.state(home).get("processes", {})
    started: dict[str, dict[str, Any]] = {}
    to_start: dict[str, list[str]] = {}
    prints = {}
    for name, command in _commands(home).items():
        # The mail catcher depends on its command line alone, Airflow's components on the whole configuration.
        facts = json.dumps([command, {} if name == "mail" else ours], sort_keys=True)
        prints[name] = hashlib.sha256(facts.encode()).hexdigest()
        if _pid(home, name) and known[name]["fingerprint"] == prints[name]:
            started[name] = known[name]
        else:
            to_start[name] = command
    outdated = [known[name]["pid"] for name in to_start if _pid(home, name)]
    if outdated:
        keep = [entry["pid"] for entry in started.values()]
        _replace(home, outdated, keep)
    for name, command in to_start.items():
        pid = processes.start(home, name, command, everything)
        started[name] = {"pid": pid, "since": processes.started_at(pid), "fingerprint": prints[name]}
        files.update_state(home, processes=known | started)
    files.update_state(home, processes=started)


def _replace(home: Path, outdated: list[int], keep: list[int]) -> None:
    processes.terminate(outdated)
    processes.kill_strays(home, keep)


def _pid(home: Path, name: str) -> int | None:
    """The process id of a component that was started and still runs (and is not another program with its old id)."""
    entry = files.state(home).get("processes", {}).get(name)
    if entry and processes.started_at(entry["pid"]) == entry["since"]:
        return int(entry["pid"])
    return None


def _alive(home: Path) -> list[int]:
    names = files.state(home).get("processes", {})
    return [pid for name in names if (pid := _pid(home, name))]


def _health(home: Path) -> dict[str, str]:
    """What is wrong with each of Airflow's components, by its name; an empty text when it is healthy."""
    try:
        with urllib.request.urlopen(f"{ui_url(home)}/api/v2/monitor/health", timeout=10) as answer:
            report = json.load(answer)
    except (OSError, ValueError):
        return dict.fromkeys(_AIRFLOW, "waiting for the API server") | {"api-server": "does not answer"}
    problems = {"api-server": ""}
    if report["metadatabase"]["status"] != "healthy":
        problems["api-server"] = "cannot reach its database"
    known = files.state(home).get("processes", {})
    for name, key in _HEALTH_NAMES.items():
        beat = report[key].get(f"latest_{key}_heartbeat")
        since = known.get(name, {}).get("since") or 0
        if report[key]["status"] != "healthy" or not beat:
            problems[name] = "does not report"
        elif datetime.fromisoformat(beat).timestamp() < since:
            problems[name] = "has not reported yet"
        else:
            problems[name] = ""
    return problems


def status(home: Path) -> list[Component]:
    """Every component of the stack in `home`, with what is wrong with it."""
    chosen = files.state(home).get("ports", {})
    server = postgres.running(home)
    trouble = "not running"
    if server:
        try:
            postgres.connect(
                chosen["warehouse"],
                files.read_json(home / "secrets.json")["loader"],
                postgres.ROLES["loader"],
                "sangloc",
            ).close()
            trouble = ""
        except (SanglocError, KeyError) as error:
            trouble = str(error)
    found = [Component("postgres", server.pid if server else None, chosen.get("warehouse"), trouble)]
    pids = {name: _pid(home, name) for name in ("mail", *_AIRFLOW)}
    health = _health(home) if pids["api-server"] else dict.fromkeys(_AIRFLOW, "unknown: the API server does not run")
    health["mail"] = "" if chosen.get("mail") and ports.answers(chosen["mail"]) else "does not answer"
    at = {"mail": chosen.get("mail"), "api-server": chosen.get("ui")}
    for name, pid in pids.items():
        found.append(Component(name, pid, at.get(name), health[name] if pid else "not running"))
    return found


def _wait_until_healthy(home: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while unhealthy := [component for component in status(home) if component.problem]:
        for component in unhealthy:
            if component.pid is None or time.monotonic() > deadline:
                log = home / "logs" / f"{component.name}.log"
                raise SanglocError(
                    f"{component.name} {'has ended' if component.pid is None else component.problem}; "
                    f"the end of {log}:\n{processes.tail(log)}\n`sangloc up` tries again, `sangloc down` stops the rest"
                )
        time.sleep(0.3)


def down(home: Path) -> int:
    """Stop every process of the stack in `home`, its orphans included.

    Returns:
        How many components were running.
    """
    if not home.exists():
        return 0
    with files.locked(home):
        leaders = _alive(home)
        count = len(leaders) + (postgres.running(home) is not None)
        processes.stop(home, leaders)
        postgres.stop(home)
        if (home / "state.json").exists():
            files.update_state(home, processes={})
    return count
