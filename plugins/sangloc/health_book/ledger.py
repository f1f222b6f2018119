"""Events of the ledger that a person causes, beside those of tasks: who looked at which case, who decided what."""

from __future__ import annotations

from typing import Literal

from sangloc import audit

# What stands in the ledger where a task's event has its DAG.
BOOKS = "health_book"


def event(by: str, what: str, outcome: str, subject: str, **facts: int | str | None) -> audit.Event:
    """An event for something a person did with cases or books; arguments as `audit.by_person`."""
    return audit.by_person(BOOKS, by, what, outcome, subject, facts)


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
