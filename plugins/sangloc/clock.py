"""The one clock. Everything that asks for the time or the date asks here."""

from __future__ import annotations

import os
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sangloc.errors import ConfigurationError

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
VARIABLE = "SANGLOC_NOW"


def now() -> datetime:
    """The current instant in Vietnam time.

    `SANGLOC_NOW` (ISO 8601, taken as Vietnam time when it has no offset) stops the clock at that instant, so that
    tests and demonstrations do not depend on the day they run.

    Raises:
        ConfigurationError: when `SANGLOC_NOW` is not an ISO 8601 date or time.
    """
    fixed = os.environ.get(VARIABLE)
    if not fixed:
        return datetime.now(VIETNAM)
    try:
        instant = datetime.fromisoformat(fixed)
    except ValueError:
        raise ConfigurationError(
            f"{VARIABLE}={fixed!r} is not a date or time; expected for example 2026-12-01T08:00:00+07:00"
        ) from None
    return instant.replace(tzinfo=VIETNAM) if instant.tzinfo is None else instant.astimezone(VIETNAM)


def today() -> date:
    """The current date in Vietnam."""
    return now().date()
