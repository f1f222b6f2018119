"""What a task tells the ledger about its work: counts, keys and hashes, nothing that could be personal."""

from __future__ import annotations

import re
from typing import Any

from sangloc.errors import ConfigurationError

_KEY = re.compile(r"[A-Za-z0-9_.:+\-/ ]{0,160}")
_HASH = re.compile(r"[0-9a-f]{12,64}")
_IDENTIFIER = re.compile(r"\d{8,}")

_facts: dict[str, Any] = {}


def note(**facts: Any) -> None:
    """Add facts to the event of the running task.

    Args:
        facts: numbers, booleans, short keys and hashes, or lists and dicts of those. Numbers given twice are added
            up, lists are joined, anything else is replaced.

    Raises:
        ConfigurationError: when a value could be personal data (free text, or a run of eight digits or more).
    """
    for name, value in facts.items():
        _check(name, value)
        _facts[name] = _merged(_facts.get(name), value)


def _merged(old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{key: _merged(old.get(key), value) for key, value in new.items()}}
    if isinstance(old, list) and isinstance(new, list):
        return old + new
    if isinstance(old, int) and isinstance(new, int) and not isinstance(new, bool):
        return old + new
    return new


def _check(name: str, value: Any) -> None:
    if value is None or isinstance(value, bool | int | float):
        return
    if isinstance(value, str):
        if _HASH.fullmatch(value) and not value.isdigit():
            return
        if _KEY.fullmatch(value) and not _IDENTIFIER.search(value):
            return
    elif isinstance(value, list | tuple):
        for item in value:
            _check(name, item)
        return
    elif isinstance(value, dict):
        for key, item in value.items():
            _check(name, key)
            _check(name, item)
        return
    raise ConfigurationError(f"audit fact {name!r} may only hold numbers, short keys and hashes")


def collect() -> dict[str, Any]:
    """The facts noted since the task began."""
    return dict(_facts)


def reset() -> None:
    """Forget the facts; a new task begins."""
    _facts.clear()
