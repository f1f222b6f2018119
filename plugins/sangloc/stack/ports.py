"""Ports on the loopback interface: the wished one, the remembered one, or the next free one."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from sangloc.errors import ConfigurationError

HOST = "127.0.0.1"
# service -> (variable with which a person chooses the port, where the search starts otherwise)
PREFERRED = {
    "ui": ("SANGLOC_UI_PORT", 8080),
    "warehouse": ("SANGLOC_DB_PORT", 5442),
    "mail": ("SANGLOC_SMTP_PORT", 1025),
}

# Ports this process has chosen and on which nothing listens yet. Each is held by a socket with a name that the machine
# has once; a process that ends, however it ends, gives its names back.
_claims: dict[int, socket.socket] = {}


@contextmanager
def claiming() -> Iterator[None]:
    """Keep what `choose` returns from every other stack of this machine until the block ends and servers listen."""
    try:
        yield
    finally:
        while _claims:
            _claims.popitem()[1].close()


def _claim(port: int) -> bool:
    """Whether `port` is now this process's: no other stack has chosen it, and a server could listen on it."""
    if port in _claims:
        return False
    name = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        name.bind(f"\0sangloc-port-{port}")
    except OSError:
        name.close()
        return False
    # Asked after the claim: whoever had claimed it before listens by now.
    if not is_free(port):
        name.close()
        return False
    _claims[port] = name
    return True


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` of the loopback interface now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return not answers(port)


def answers(port: int) -> bool:
    """Whether a server accepts connections on `port` (also one that listens on every interface)."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((HOST, port)) == 0


def choose(service: str, remembered: int | None) -> int:
    """The port for a `service` that is not running; call it within `claiming`.

    Args:
        service: a key of `PREFERRED`.
        remembered: the port it had last time.

    Raises:
        ConfigurationError: when the port that a person chose by the service's variable is in use or is no port.
    """
    variable, first = PREFERRED[service]
    wish = os.environ.get(variable)
    if wish:
        if not wish.isdigit() or not 0 < int(wish) < 65536:
            raise ConfigurationError(f"{variable}={wish!r} is not a port; expected a number from 1 to 65535")
        if not _claim(int(wish)):
            raise ConfigurationError(
                f"port {wish} is in use by another program; choose another with {variable}, or leave {variable} unset "
                "to take the next free one"
            )
        return int(wish)
    if remembered and _claim(remembered):
        return remembered
    for port in range(first, first + 200):
        if _claim(port):
            return port
    raise ConfigurationError(f"no port from {first} to {first + 199} is free; choose one with {variable}")
