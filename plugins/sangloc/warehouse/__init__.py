"""The warehouse: connections by role, statements from `include/sql`, bulk copy, migrations."""

from sangloc.warehouse.database import (
    Role,
    advisory_lock,
    allow,
    connect,
    copy_rows,
    fetch_frame,
    kept_open,
    sql,
    transaction,
)
from sangloc.warehouse.migrations import head_revision, migrate

__all__ = [
    "Role",
    "advisory_lock",
    "allow",
    "connect",
    "copy_rows",
    "fetch_frame",
    "head_revision",
    "kept_open",
    "migrate",
    "sql",
    "transaction",
]
