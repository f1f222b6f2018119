"""Airflow's SmtpHook to a connected client of smtplib. The only place where mail meets Airflow."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sangloc import settings
from sangloc.errors import ConfigurationError
from sangloc.reporting.mail import PERMANENT, ServerAwayError

CONNECTION = "sangloc_smtp"
# Seconds for one mail from the first greeting to the last answer. The connection's timeout is for each answer's next piece
# only: a server that says a letter now and then would hold a task for ever.
LONGEST = 300.0


class _Bound:
    """The end of a conversation: when it comes, the line is cut under whoever waits for the server."""

    def __init__(self, seconds: float) -> None:
        self.client: smtplib.SMTP | None = None
        self.passed = False
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def _cut(self) -> None:
        self.passed = True
        line: Any = getattr(self.client, "sock", None)
        if line is not None:
            with suppress(OSError):
                # Not SSLSocket's own, which first takes the encryption off.
                socket.socket.shutdown(line, socket.SHUT_RDWR)

    def stop(self) -> None:
        """The conversation is over in time."""
        self._timer.cancel()


class _Client(smtplib.SMTP):
    """A client of which nothing more is said or heard when its time is over."""

    def __init__(self, bound: _Bound, **options: Any) -> None:
        self.bound = bound
        bound.client = self
        super().__init__(**options)

    def send(self, s: Any) -> None:
        self._refuse_late()
        super().send(s)

    def getreply(self) -> tuple[int, bytes]:
        self._refuse_late()
        reply = super().getreply()
        # What had come when the line was cut looks like an answer.
        self._refuse_late()
        return reply

    def _refuse_late(self) -> None:
        # The line may also have been cut while it was being encrypted, when it was nobody's.
        if self.bound.passed:
            self.close()
            raise smtplib.SMTPServerDisconnected("the mail server takes too long")


class _TlsClient(_Client, smtplib.SMTP_SSL):
    """The same, with TLS from the first byte."""


@contextmanager
def connected() -> Iterator[smtplib.SMTP]:
    """The mail server of Airflow's connection `sangloc_smtp`, with TLS and logged in; closed after use.

    The whole use takes no longer than `LONGEST`: then client and server are parted, and what waits raises smtplib's error
    for a broken connection.

    Raises:
        ConfigurationError: when Airflow has no such connection, it is without TLS or checks no certificate, or the server
            refuses connection, login or certificate for good.
        ServerAwayError: when the server does not answer, or takes nothing for now.
    """
    bound = _Bound(LONGEST)
    try:
        client = _open(bound)
        try:
            yield client
        finally:
            client.close()
    finally:
        bound.stop()


def _open(bound: _Bound) -> smtplib.SMTP:
    from airflow.exceptions import AirflowException
    from airflow.providers.smtp.hooks.smtp import SmtpHook

    hook: Any = SmtpHook(smtp_conn_id=CONNECTION)
    try:
        hook.smtp_connection = hook.get_connection(CONNECTION)
    except AirflowException:
        raise ConfigurationError(
            f"Airflow has no connection {CONNECTION!r}; set AIRFLOW_CONN_{CONNECTION.upper()} or create it under "
            "Admin > Connections"
        ) from None
    _refuse_plain(hook)

    def build() -> smtplib.SMTP:
        return (_TlsClient if hook.use_ssl else _Client)(bound, **hook._build_client_kwargs(is_async=False))

    hook._build_client = build
    try:
        # SmtpHook's own sending repeats itself and tells nothing of where it failed.
        client: smtplib.SMTP = hook.get_conn()._smtp_client
    except ssl.SSLCertVerificationError:
        raise ConfigurationError(
            f"the mail server's certificate is not trusted; check host and TLS of connection {CONNECTION}"
        ) from None
    except smtplib.SMTPNotSupportedError:
        raise ConfigurationError(
            f"the mail server offers no TLS or no login; nothing is sent without. Check host and port of {CONNECTION}"
        ) from None
    except smtplib.SMTPResponseException as error:
        if error.smtp_code in PERMANENT:
            raise ConfigurationError(
                f"the mail server refuses the connection or login of {CONNECTION} (code {error.smtp_code}); check its host, "
                "user and password"
            ) from None
        raise ServerAwayError(f"the mail server takes nothing for now (code {error.smtp_code})") from None
    except (smtplib.SMTPException, OSError) as error:
        raise ServerAwayError(f"the mail server does not answer ({type(error).__name__}); nothing was sent") from None
    except AirflowException:
        raise ServerAwayError("the mail server does not answer; nothing was sent") from None
    return client


def _refuse_plain(hook: Any) -> None:
    """Keep passwords and reports off lines that anybody can read.

    Raises:
        ConfigurationError: when the connection is without TLS, or with TLS that asks for no certificate.
    """
    if settings.mail_may_go_plain():
        return
    if not hook.use_ssl and not hook.smtp_starttls:
        raise ConfigurationError(
            f"connection {CONNECTION} is without TLS (disable_ssl and disable_tls); mail leaves only with TLS. A demo's mail "
            f"catcher may be used without: {settings.PLAIN_MAIL}=true"
        )
    if hook.ssl_context == "none":
        raise ConfigurationError(f"connection {CONNECTION}: ssl_context none checks no certificate; take it out")
