"""Target groups by rules, and the tables that show who is missing."""

from sangloc.warehouse.migrations import run_file

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run_file("0003_nobody_left_out.sql")
