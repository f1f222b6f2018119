"""Decisions, history of entries, people who are one, books for everyone, yearly coverage."""

from sangloc.warehouse.migrations import run_file

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    run_file("0008_books_and_decisions.sql")
