"""What the commands read from the warehouse; without Airflow, whose import takes seconds."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from sangloc.errors import ConfigurationError
from sangloc.stack.environment import database_url
from sangloc.warehouse import sql

# A session hands its counters over to PostgreSQL's statistics at the latest this many seconds after its last work.
_STATISTICS_DELAY = 1.5


def rows(home: Path, statement: str, **parameters: Any) -> list[dict[str, Any]]:
    """The result of `include/sql/<statement>.sql`, read as the loading role.

    Raises:
        ConfigurationError: when the warehouse does not answer or refuses the login.
    """
    engine = create_engine(database_url(home, "loader", "postgresql+psycopg"), hide_parameters=True)
    try:
        with engine.connect() as connection:
            return [dict(row) for row in connection.execute(sql(statement), parameters).mappings()]
    except OperationalError:
        raise ConfigurationError(
            "the warehouse does not answer or refuses the login; `sangloc status` tells which, `sangloc up` mends it"
        ) from None
    finally:
        engine.dispose()


def changes(home: Path) -> dict[str, int]:
    """How many rows were ever inserted, updated or deleted, by schema."""
    time.sleep(_STATISTICS_DELAY)
    return {row["area"]: int(row["changes"]) for row in rows(home, "stack/changes")}
