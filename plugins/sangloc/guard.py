"""Keeps personal data out of error messages: every task's work runs inside this guard."""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from sangloc.errors import SanglocError, UnexpectedError

P = ParamSpec("P")
R = TypeVar("R")


def guarded(work: Callable[P, R]) -> Callable[P, R]:
    """Let only messages written by this project out of `work`.

    A library's error may quote the value it choked on ("invalid literal ...", "Key (citizen_id)=(...) already
    exists"). Such an error is replaced by an `UnexpectedError` that names its type and the line it came from; the
    original is dropped, chain included, because Airflow writes chains into the task log. Airflow's own control-flow
    exceptions (skip, deferral, time-out) pass through.

    Raises:
        UnexpectedError: in place of any exception that is neither the project's nor Airflow's.
    """

    @functools.wraps(work)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return work(*args, **kwargs)
        except SanglocError as error:
            error.__cause__ = None
            error.__context__ = None
            raise
        except Exception as error:
            if type(error).__module__.split(".")[0] == "airflow":
                raise
            places = [
                f"{Path(frame.filename).name}:{frame.lineno}"
                for frame in traceback.extract_tb(error.__traceback__)
                if "sangloc" in frame.filename
            ]
            message = f"{type(error).__name__} at {' < '.join(reversed(places[-4:])) or 'unknown place'}"
        raise UnexpectedError(message)

    return wrapper
