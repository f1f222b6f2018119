"""Mails about lists that wait for an officer."""

from sangloc.warehouse.migrations import run_file

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    run_file("0004_held_lists.sql")
