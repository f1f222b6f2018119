"""The state files of the embedded stack: small JSON documents, replaced whole or not at all."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import sys
import tempfile
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sangloc.errors import ConfigurationError

# PostgreSQL's write-ahead log, Airflow's logs and a province of a million people fit in this.
NEEDED_BYTES = 3 * 1024**3
_PASSWORDS = ("superuser", "owner", "loader", "report", "airflow")


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Replace `path` by `content` atomically, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=2, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_json(path: Path) -> dict[str, Any]:
    """The content of `path`; an absent, empty or damaged file counts as empty and is made anew by its writer."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def state(home: Path) -> dict[str, Any]:
    """Ports, started processes and choices of the stack in `home`."""
    return read_json(home / "state.json")


def update_state(home: Path, **changes: Any) -> dict[str, Any]:
    """Merge `changes` into the state of the stack in `home` and return the whole."""
    merged = state(home) | changes
    write_json(home / "state.json", merged)
    return merged


def ensure_secrets(home: Path) -> tuple[dict[str, str], bool]:
    """The generated passwords and keys of the stack in `home`, made on first use and kept with mode 600.

    Returns:
        The secrets, and whether any of them had to be made now.
    """
    path = home / "secrets.json"
    kept: dict[str, str] = read_json(path)
    made = {name: secrets.token_urlsafe(24) for name in (*_PASSWORDS, "jwt_secret", "secret_key")}
    made["fernet_key"] = urlsafe_b64encode(secrets.token_bytes(32)).decode()
    complete = made | {name: value for name, value in kept.items() if name in made}
    if complete == kept:
        return kept, False
    write_json(path, complete)
    return complete, True


def check_disk(home: Path, needed: int = NEEDED_BYTES) -> None:
    """Refuse to start on a disk that would soon be full.

    Args:
        home: the state folder; it need not exist yet.
        needed: free bytes asked for.

    Raises:
        ConfigurationError: when less is free.
    """
    place = home
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if free < needed:
        raise ConfigurationError(
            f"only {free / 1024**3:.1f} GB are free on the disk of {home}, {needed / 1024**3:.1f} GB are needed; "
            "free some space, or put the state on another disk with SANGLOC_HOME"
        )


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Hold the stack in `home` alone; a second `up` or `down` waits until the first has ended."""
    with (home / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("another sangloc command is starting or stopping this stack; waiting until it is done", file=sys.stderr)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
