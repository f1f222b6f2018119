"""Airflow's PostgresHook to a SQLAlchemy engine. The only place where the warehouse meets Airflow."""

from __future__ import annotations

from sqlalchemy import Engine
from sqlalchemy.pool import NullPool

from sangloc.errors import ConfigurationError


def engine(connection_id: str) -> Engine:
    """An engine for the Airflow connection `connection_id`.

    Without a pool: a task process lives seconds and must not keep a session longer than its work. Parameters stay
    out of SQLAlchemy's messages.

    Raises:
        ConfigurationError: when Airflow has no such connection.
    """
    from airflow.exceptions import AirflowNotFoundException
    from airflow.providers.postgres.hooks.postgres import PostgresHook

    try:
        made: Engine = PostgresHook(postgres_conn_id=connection_id).get_sqlalchemy_engine(
            engine_kwargs={"poolclass": NullPool, "hide_parameters": True}
        )
    except AirflowNotFoundException:
        raise ConfigurationError(
            f"Airflow has no connection {connection_id!r}; set AIRFLOW_CONN_{connection_id.upper()} "
            "or create it under Admin > Connections"
        ) from None
    return made
