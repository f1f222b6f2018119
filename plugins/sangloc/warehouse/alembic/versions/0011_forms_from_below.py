"""Forms in which units report their own figures, and which of them a snapshot counted."""

from sangloc.warehouse.migrations import run_file

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    run_file("0011_forms_from_below.sql")
