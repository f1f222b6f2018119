"""What indicators read, figures that units report by themselves, and manifests of documents."""

from sangloc.warehouse.migrations import run_file

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    run_file("0010_figures.sql")
