"""One mail for each recipient, and what an officer was shown held by its hash."""

from sangloc.warehouse.migrations import run_file

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    run_file("0013_delivery.sql")
