"""Connections, statements and bulk copy."""

from __future__ import annotations

import functools
import io
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import Connection, Engine, TextClause, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from sangloc import settings
from sangloc.errors import ConfigurationError, WarehouseError

if TYPE_CHECKING:
    import pandas as pd

Role = Literal["loader", "report"]

_allowed: timedelta | None = None

# Rows of a frame that are turned into text before they are sent.
_COPIED_AT_ONCE = 20_000

# The server refuses the password or the role: no retry mends that.
_REFUSED_LOGIN = ("password authentication failed", "does not exist", "no pg_hba.conf entry", "no password supplied")

# SQLSTATE of every statement for which the server finds no room. Where its log has none left, it ends after the answer.
_DISK_FULL = "53100"
_MAKE_ROOM = f"the disk of the warehouse's server is full (SQLSTATE {_DISK_FULL}); make room on it and try again"


def allow(duration: timedelta | None) -> None:
    """Give every later transaction of this process the time the running task has (`statement_timeout`).

    Args:
        duration: the task's execution timeout; None takes the limit away.
    """
    global _allowed
    _allowed = duration


@functools.cache
def _engine(role: Role) -> Engine:
    from sangloc.warehouse.hook import engine

    return engine(f"sangloc_{role}")


@functools.cache
def sql(name: str) -> TextClause:
    """The statement of `include/sql/<name>.sql`, with named parameters (`:name`).

    Raises:
        ConfigurationError: when there is no such file.
    """
    path = settings.include() / "sql" / f"{name}.sql"
    try:
        return text(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(f"{path} is missing; the installation is not complete") from None


def _describe(error: DBAPIError) -> str:
    """SQLSTATE, table, column and constraint of a database error; never its text, which may quote a row."""
    original = error.orig
    if getattr(original, "sqlstate", None) == _DISK_FULL:
        return _MAKE_ROOM
    diagnostics = getattr(original, "diag", None)
    parts = [type(original).__name__]
    state = getattr(original, "sqlstate", None)
    if state:
        parts.append(f"SQLSTATE {state}")
    for label, attribute in (
        ("table", "table_name"),
        ("column", "column_name"),
        ("constraint", "constraint_name"),
        ("statement position", "statement_position"),
    ):
        value = getattr(diagnostics, attribute, None)
        if value:
            parts.append(f"{label} {value}")
    return ", ".join(parts)


class _Kept(threading.local):
    """What `kept_open` keeps of this thread: connections by role that are free to be used again; None outside of it."""

    free: dict[Role, list[Connection]] | None = None


_kept = _Kept()


@contextmanager
def kept_open() -> Iterator[None]:
    """Within this block a connection that is done with is used again, and all are closed at its end.

    A login takes the server and this process together as long as reading some thousand rows, and one merge of a list
    has half a dozen transactions. When one fails, no connection from before it is used again.
    """
    if _kept.free is not None:
        yield
        return
    free = _kept.free = defaultdict(list)
    try:
        yield
    finally:
        _kept.free = None
        for connection in (one for each in free.values() for one in each):
            connection.close()


@contextmanager
def _connection(role: Role) -> Iterator[Connection]:
    free = _kept.free[role] if _kept.free is not None else []
    connection = free.pop() if free else _engine(role).connect()
    try:
        yield connection
    except BaseException:
        # The others may have been lost with it, when the server ended.
        for each in (connection, *free):
            each.close()
        free.clear()
        raise
    if _kept.free is None:
        connection.close()
    else:
        connection.rollback()
        free.append(connection)


@contextmanager
def connect(role: Role = "loader") -> Iterator[Connection]:
    """A connection in autocommit off; the caller begins and ends transactions.

    Raises:
        ConfigurationError: when the server refuses the login.
        WarehouseError: when the server cannot be reached or refuses a statement.
    """
    try:
        with _connection(role) as connection:
            yield connection
    except (OperationalError, InterfaceError) as error:
        message = str(error.orig)
        lost = error.connection_invalidated or "connection failed" in message or "could not connect" in message
        if lost and getattr(error.orig, "sqlstate", None) != _DISK_FULL:
            if any(sign in message for sign in _REFUSED_LOGIN):
                raise ConfigurationError(
                    f"the warehouse refuses the login of connection sangloc_{role}; check its user, password and database"
                ) from None
            raise WarehouseError(
                f"the warehouse of connection sangloc_{role} cannot be reached; is the database running?"
            ) from None
        raise WarehouseError(_describe(error)) from None
    except DBAPIError as error:
        raise WarehouseError(_describe(error)) from None


@contextmanager
def transaction(
    role: Role = "loader", isolation: Literal["READ COMMITTED", "REPEATABLE READ"] = "READ COMMITTED"
) -> Iterator[Connection]:
    """One transaction: committed when the block ends, rolled back when it raises.

    Its statements may take as long as the running task may (see `allow`), so that the server gives up when the task
    does.

    Raises:
        ConfigurationError, WarehouseError: as `connect`; no message holds a row's values.
    """
    with connect(role) as connection:
        connection.execution_options(isolation_level=isolation)
        with connection.begin():
            if _allowed is not None:
                connection.execute(
                    text("SELECT set_config('statement_timeout', :limit, true)"),
                    {"limit": str(int(_allowed.total_seconds() * 1000))},
                )
            yield connection


def advisory_lock(connection: Connection, name: str, shared: bool = False) -> None:
    """Wait for, and hold until the transaction ends, the lock called `name`; alone, or with others who ask for it shared."""
    kind = "_shared" if shared else ""
    connection.execute(text(f"SELECT pg_advisory_xact_lock{kind}(hashtextextended(:name, 0))"), {"name": name})


def copy_rows(connection: Connection, table: str, columns: Sequence[str], rows: Any) -> int:
    """COPY `rows` into `table` within the connection's transaction.

    Args:
        table: `schema.table` or the name of a temporary table.
        columns: names of the columns, in the order of the rows' values.
        rows: an iterable of tuples, or a polars DataFrame whose columns are taken by name.

    Returns:
        The number of rows copied.

    Raises:
        WarehouseError: when the server refuses the rows; the message holds no value.
    """
    import psycopg
    from psycopg import sql as compose

    is_frame = hasattr(rows, "iter_slices")
    statement = compose.SQL("COPY {} ({}) FROM STDIN" + (" (FORMAT csv)" if is_frame else "")).format(
        compose.Identifier(*table.split(".")), compose.SQL(", ").join(map(compose.Identifier, columns))
    )
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    count = 0
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            if is_frame:
                for part in rows.select(columns).iter_slices(_COPIED_AT_ONCE):
                    buffer = io.BytesIO()
                    part.write_csv(buffer, include_header=False)
                    copy.write(buffer.getbuffer())
                    count += part.height
            else:
                for record in rows:
                    copy.write_row(record)
                    count += 1
    except psycopg.Error as error:
        raise WarehouseError(f"COPY into {table}: {_describe_driver(error)}") from None
    return count


def _describe_driver(error: Any) -> str:
    if error.sqlstate == _DISK_FULL:
        return _MAKE_ROOM
    return f"{type(error).__name__}, SQLSTATE {error.sqlstate}, column {error.diag.column_name or 'unknown'}"


def fetch_frame(connection: Connection, statement: TextClause, parameters: dict[str, Any] | None = None) -> pd.DataFrame:
    """The result of `statement` as a pandas frame. For small results; bulk data stays in the database."""
    import pandas as pd

    return pd.read_sql_query(statement, connection, params=parameters)
