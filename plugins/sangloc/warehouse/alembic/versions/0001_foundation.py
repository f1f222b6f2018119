"""The schema's first version."""

from sangloc.warehouse.migrations import run_file

revision = "0001"
down_revision = None


def upgrade() -> None:
    run_file("0001_foundation.sql")
