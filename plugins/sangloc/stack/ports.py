"""Ports on the loopback interface: the wished one, the remembered one, or the next free one."""

from __future__ import annotations

import os
import socket

from sangloc.errors import ConfigurationError

HOST = "127.0.0.1"
# service -> (variable with which a person chooses the port, where the search starts otherwise)
PREFERRED = {
    "ui": ("SANGLOC_UI_PORT", 8080),
    "warehouse": ("SANGLOC_DB_PORT", 5442),
    "mail": ("SANGLOC_SMTP_PORT", 1025),
}


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
    """The port for a `service` that is not running.

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
        if not is_free(int(wish)):
            raise ConfigurationError(
                f"port {wish} is in use by another program; choose another with {variable}, or leave {variable} unset "
                "to take the next free one"
            )
        return int(wish)
    if remembered and is_free(remembered):
        return remembered
    for port in range(first, first + 200):
        if is_free(port):
            return port
    raise ConfigurationError(f"no port from {first} to {first + 199} is free; choose one with {variable}")
