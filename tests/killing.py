"""Processes that end in the middle of their work, as by a power cut."""

from __future__ import annotations

import itertools
import os
import smtplib
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, event

KILLED = 9


def die_at(step: int) -> None:
    """Let this process end, as by a power cut, when it comes to a statement, a commit or a step of SMTP for the nth time."""
    left = itertools.count(step - 1, -1)

    def tick(*_: Any, **__: Any) -> None:
        if next(left) == 0:
            os._exit(KILLED)

    def ticking(work: Callable[..., Any]) -> Callable[..., Any]:
        def ticked(*arguments: Any, **more: Any) -> Any:
            tick()
            return work(*arguments, **more)

        return ticked

    # What ends before a step ends after the one before it.
    event.listen(Engine, "before_cursor_execute", tick)
    event.listen(Engine, "commit", tick)
    for name in ("connect", "send", "getreply", "close"):
        setattr(smtplib.SMTP, name, ticking(getattr(smtplib.SMTP, name)))


def counted(work: Callable[[], Any]) -> int:
    """How many statements and commits `work` takes."""
    steps = itertools.count()

    def tick(*_: Any, **__: Any) -> None:
        next(steps)

    for name in ("before_cursor_execute", "commit"):
        event.listen(Engine, name, tick)
    try:
        work()
    finally:
        for name in ("before_cursor_execute", "commit"):
            event.remove(Engine, name, tick)
    return next(steps)
