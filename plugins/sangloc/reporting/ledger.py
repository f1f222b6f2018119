"""Events of the ledger that a person causes: who decided what about a report or a mail."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from sangloc import audit


def seal(conn: Connection, at: datetime, by: str, what: str, outcome: str, subject: str, **facts: int | str | None) -> None:
    """Write down what a person did, in the transaction that does it: both are kept, or neither. Call it last.

    Args:
        at: when, by the project's clock.
        by: user name.
        what: the action, in the place of a task's id.
        outcome: what was decided.
        subject: on what, by number (submission-7), in the place of a run's id.
        facts: numbers, codes and hashes; nothing personal.
    """
    audit.seal(
        conn,
        audit.Event(
            happened_at=at,
            dag_id="reporting",
            task_id=what,
            map_index=-1,
            run_id=subject,
            try_number=1,
            outcome=outcome,
            actor=by,
            code_version=audit.code_version(),
            facts=dict(facts),
        ),
    )
