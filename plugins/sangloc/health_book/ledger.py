"""Events of the ledger that a person causes, beside those of tasks: who looked at which case, who decided what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from sangloc import audit, clock

if TYPE_CHECKING:
    from sqlalchemy import Connection

# What stands in the ledger where a task's event has its DAG.
BOOKS = "health_book"


def event(by: str, what: str, outcome: str, subject: str, **facts: int | str | None) -> audit.Event:
    """An event of the ledger for something a person did.

    Args:
        by: user name.
        what: the action, in the place of a task's id.
        outcome: how it ended or what was answered.
        subject: what it was done to, by number (review-7), in the place of a run's id.
        facts: numbers and codes; nothing personal.
    """
    return audit.Event(
        happened_at=clock.now(),
        dag_id=BOOKS,
        task_id=what,
        map_index=-1,
        run_id=subject,
        try_number=1,
        outcome=outcome,
        actor=by,
        code_version=audit.code_version(),
        facts=dict(facts),
    )


def seal(conn: Connection, sealed: audit.Event) -> None:
    """Write an event in the transaction of what it tells about: both are kept, or neither. Call it last."""
    audit.seal(conn, sealed)


def note_view(kind: Literal["review", "person"], number: int, by: str, outcome: str = "shown") -> None:
    """Put into the ledger that somebody was shown a case or a person's book, or was refused it.

    Args:
        kind: what was looked at.
        number: the case's, or the person's in the system.
        by: user name.
        outcome: shown or refused.
    """
    audit.append(event(by, "view", outcome, f"{kind}-{number}", **{kind: number}))


def note_search(by: str, found: int) -> None:
    """Put into the ledger that somebody looked for the people a number means; the number itself stays out.

    Args:
        by: user name.
        found: how many people it may mean.
    """
    audit.append(event(by, "search", "found" if found else "nothing", "people", found=found))
