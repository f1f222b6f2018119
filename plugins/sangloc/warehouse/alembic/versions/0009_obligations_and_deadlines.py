"""Periods before any run, states with history, figures owed from below, the board."""

from sangloc.warehouse.migrations import run_file

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    run_file("0009_obligations_and_deadlines.sql")
