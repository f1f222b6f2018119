"""A document's manifest names who approved its version, whatever became of the report since."""

from sangloc.warehouse.migrations import run_file

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    run_file("0014_approvers.sql")
