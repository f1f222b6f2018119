"""Versions of exams: source class, signature, order of arrival; the 24 hours."""

from sangloc.warehouse.migrations import run_file

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    run_file("0006_exams.sql")
