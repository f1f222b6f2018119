"""Decisions, history of entries, people who are one, books for everyone, yearly coverage."""

from sangloc.warehouse.migrations import run_file

revision = "0008"
# 0006 and 0007 come between when they land.
down_revision = "0005"


def upgrade() -> None:
    run_file("0008_books_and_decisions.sql")
