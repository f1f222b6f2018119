"""What linkage has seen, weights of candidates, bulk tables without foreign keys."""

from sangloc.warehouse.migrations import run_file

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    run_file("0007_linkage.sql")
