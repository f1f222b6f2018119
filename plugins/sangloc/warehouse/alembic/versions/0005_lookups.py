"""A person's last ended state by index."""

from sangloc.warehouse.migrations import run_file

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    run_file("0005_lookups.sql")
