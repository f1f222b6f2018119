"""The roster for millions of people and for lists of every kind."""

from alembic import op
from sqlalchemy import text

from sangloc.intake import name_fold, name_key
from sangloc.warehouse.migrations import run_file

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run_file("0002_roster_at_full_strength.sql")
    # States that ended get the keys of their names, which the database cannot make.
    bind = op.get_bind()
    for past_id, full_name in bind.execute(text("SELECT past_id, full_name FROM roster.person_past")).all():
        bind.execute(
            text("UPDATE roster.person_past SET name_key = :key, name_fold = :fold WHERE past_id = :past_id"),
            {"key": name_key(full_name), "fold": name_fold(full_name), "past_id": past_id},
        )
