"""A mail server that refuses, stalls, breaks off and is away; and one with TLS. Real sockets all the way."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from aiosmtpd.smtp import AuthResult

from postbox import Postbox, free_port, serving
from sangloc import reporting
from sangloc.errors import ConfigurationError, DeliveryUncertainError
from sangloc.reporting import DeliveryFailedError, hook

TOPIC, TO = "trial.1", ["a@x.example"]
CONTEXT = {
    "province": "Tỉnh Lạng Sơn", "name": "Báo cáo", "label": "tháng 11", "version": 1, "by": "officer", "at": "08:00",
    "due": "x", "note": "x", "dag": "x", "period": "x", "incident": False,
}  # fmt: skip


def send() -> bool:
    return reporting.send_notice("lang_son", TOPIC, TO, "sent_back", CONTEXT)


def row(warehouse: psycopg.Connection) -> Any:
    return warehouse.execute("SELECT state, attempts, last_error FROM reporting.outbox").fetchone()


@pytest.fixture
def impatient(province: str, postbox: Postbox, monkeypatch: pytest.MonkeyPatch) -> Postbox:
    """The server, and a client that waits for it no longer than a second."""
    options = "disable_ssl=true&disable_tls=true&retry_limit=0&timeout=1"
    monkeypatch.setenv("AIRFLOW_CONN_SANGLOC_SMTP", f"smtp://127.0.0.1:{postbox.port}?{options}")
    return postbox


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("trouble", ["421 closing", "450 busy", "451 later", "hang up", "stall"])
def test_before_the_end_of_the_text_nothing_can_have_gone_out(
    impatient: Postbox, warehouse: psycopg.Connection, stage: str, trouble: str
) -> None:
    impatient.trouble = {stage: trouble}
    with pytest.raises(DeliveryFailedError):
        send()
    assert row(warehouse)[:2] == ("pending", 1)
    assert impatient.mails == []
    impatient.trouble = {}
    assert send() and not send()
    assert row(warehouse) == ("sent", 2, None)
    assert [to for _, to in impatient.arrived] == TO


# A server that falls silent in the middle of the text is, to whoever writes to it, one that falls silent after it.
@pytest.mark.parametrize(("stage", "trouble", "arrived"), [("END", "hang up", 1), ("END", "stall", 1), ("TEXT", "stall", 0)])
def test_after_the_end_of_the_text_a_person_decides(
    impatient: Postbox, warehouse: psycopg.Connection, stage: str, trouble: str, arrived: int
) -> None:
    impatient.trouble = {stage: trouble}
    for _ in range(2):
        with pytest.raises(DeliveryUncertainError):
            send()
    assert row(warehouse)[:2] == ("uncertain", 1)
    assert len(impatient.arrived) == arrived


@pytest.mark.parametrize(
    ("stage", "error", "left"),
    [
        ("RCPT", DeliveryFailedError, "pending"),
        ("END", DeliveryUncertainError, "uncertain"),
    ],
)
def test_a_server_that_answers_letter_by_letter_is_left_in_time(
    impatient: Postbox, warehouse: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, stage: str, error: type[Exception],
    left: str,
) -> None:  # fmt: skip
    # Each letter comes well within the second that the connection waits for one.
    monkeypatch.setattr(hook, "LONGEST", 2.0)
    impatient.trouble = {stage: "drip"}
    began = time.monotonic()
    with pytest.raises(error):
        send()
    assert time.monotonic() - began < 20
    assert row(warehouse)[:2] == (left, 1)


# 354 once more is what a server that answered DATA twice seems to say; it may have taken the mail.
@pytest.mark.parametrize("answer", ["what mail?", "354 go on", "100 wait", "999 odd"])
def test_an_answer_that_makes_no_sense_is_no_answer(impatient: Postbox, warehouse: psycopg.Connection, answer: str) -> None:
    impatient.trouble = {"END": answer}
    with pytest.raises(DeliveryUncertainError, match="makes no sense"):
        send()
    assert row(warehouse)[:2] == ("uncertain", 1)


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA", "END"])
def test_a_refusal_for_good_is_final_at_every_stage(impatient: Postbox, warehouse: psycopg.Connection, stage: str) -> None:
    impatient.trouble = {stage: "554 never"}
    if stage == "END":
        impatient.trouble, impatient.answer = {}, "554 never"
    for reason in ("refuses", "was refused"):
        with pytest.raises(ConfigurationError, match=f"{reason}.*code 554|{reason} for good"):
            send()
    assert row(warehouse)[:2] == ("refused", 1)
    assert impatient.mails == []


@contextmanager
def greeting(line: bytes | None) -> Iterator[int]:
    """A server that says one line and hangs up, or nothing at all; or, for an empty one, letter by letter and without end."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            with suppress(OSError):
                while True:
                    peer, _ = listening.accept()
                    while line == b"":
                        peer.sendall(b"2")
                        time.sleep(0.1)
                    if line is not None:
                        peer.sendall(line + b"\r\n")
                        peer.close()

        threading.Thread(target=answer, daemon=True).start()
        yield listening.getsockname()[1]


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b"421 too many", DeliveryFailedError),
        (b"554 go away", ConfigurationError),
        (b"what?", DeliveryFailedError),
        (None, DeliveryFailedError),
        (b"", DeliveryFailedError),
    ],
)
def test_a_server_that_does_not_let_anybody_in(
    province: str, warehouse: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, line: bytes | None, error: type[Exception]
) -> None:
    monkeypatch.setattr(hook, "LONGEST", 2.0)
    with greeting(line) as port:
        options = "disable_ssl=true&disable_tls=true&retry_limit=0&timeout=1"
        monkeypatch.setenv("AIRFLOW_CONN_SANGLOC_SMTP", f"smtp://127.0.0.1:{port}?{options}")
        with pytest.raises(error):
            send()
    assert row(warehouse)[:2] == ("pending", 1)


def test_a_server_away_for_hours(province: str, warehouse: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    box = Postbox()
    box.port = free_port()
    options = "disable_ssl=true&disable_tls=true&retry_limit=0&timeout=1"
    monkeypatch.setenv("AIRFLOW_CONN_SANGLOC_SMTP", f"smtp://127.0.0.1:{box.port}?{options}")
    start = dt.datetime.fromisoformat("2026-10-05T08:15:00+07:00")
    monkeypatch.setenv("SANGLOC_NOW", start.isoformat())
    with pytest.raises(DeliveryFailedError):
        reporting.send_notice("lang_son", TOPIC, [*TO, "b@x.example"], "sent_back", CONTEXT)
    for hour in range(1, 9):
        monkeypatch.setenv("SANGLOC_NOW", (start + dt.timedelta(hours=hour)).isoformat())
        with suppress(DeliveryFailedError):
            reporting.each_hour("lang_son")
    # Not one try an hour: the pauses grow, for all recipients.
    waiting = warehouse.execute("SELECT DISTINCT state, attempts FROM reporting.outbox").fetchall()
    assert waiting == [("pending", 6)]
    with serving(box):
        for hour in range(9, 13):
            monkeypatch.setenv("SANGLOC_NOW", (start + dt.timedelta(hours=hour)).isoformat())
            reporting.each_hour("lang_son")
    assert row(warehouse)[0] == "sent"
    assert [to for _, to in box.arrived] == [*TO, "b@x.example"]


# TLS ----------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A throw-away certificate for 127.0.0.1, with its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2040, 1, 1, tzinfo=dt.UTC))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return file


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def connection(monkeypatch: pytest.MonkeyPatch, port: int, options: str, who: str = "") -> None:
    monkeypatch.delenv("SANGLOC_SMTP_PLAIN")
    monkeypatch.setenv("AIRFLOW_CONN_SANGLOC_SMTP", f"smtp://{who}127.0.0.1:{port}?retry_limit=0&timeout=5&{options}")


STARTTLS, SMTPS = "disable_ssl=true", "disable_tls=true"


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.parametrize("options", [STARTTLS, SMTPS])
def test_mail_goes_by_tls_with_the_connections_login(
    province: str, warehouse: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, tls: ssl.SSLContext, certificate: Path,
    options: str,
) -> None:  # fmt: skip
    logins = []

    def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"secret", handled=False)

    box = Postbox()
    how = {"tls_context": tls, "require_starttls": True} if options == STARTTLS else {"ssl_context": tls}
    with serving(box, authenticator=authenticate, auth_require_tls=options == STARTTLS, auth_required=True, **how) as port:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        connection(monkeypatch, port, options, "sangloc:wrong@")
        with pytest.raises(ConfigurationError, match=r"login .*code 535") as refused:
            send()
        assert "wrong" not in str(refused.value)
        connection_again = f"smtp://sangloc:secret@127.0.0.1:{port}?retry_limit=0&timeout=5&{options}"
        monkeypatch.setenv("AIRFLOW_CONN_SANGLOC_SMTP", connection_again)
        assert send()
    assert logins[-1] == (b"sangloc", b"secret")
    assert box.mails[0].rcpt_tos == TO


def test_a_certificate_that_nobody_vouches_for_is_refused(
    province: str, warehouse: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, tls: ssl.SSLContext
) -> None:
    box = Postbox()
    with serving(box, tls_context=tls) as port:
        connection(monkeypatch, port, STARTTLS)
        with pytest.raises(ConfigurationError, match="certificate is not trusted"):
            send()
        connection_without_check = f"smtp://127.0.0.1:{port}?retry_limit=0&timeout=5&ssl_context=none&{STARTTLS}"
        monkeypatch.setenv("AIRFLOW_CONN_SANGLOC_SMTP", connection_without_check)
        with pytest.raises(ConfigurationError, match="checks no certificate"):
            send()
    assert box.mails == [] and row(warehouse)[0] == "pending"


@pytest.mark.parametrize(
    ("options", "words"), [("disable_ssl=true&disable_tls=true", "without TLS"), (STARTTLS, "offers no TLS")]
)
def test_nothing_leaves_without_tls_outside_a_demo(
    province: str, warehouse: psycopg.Connection, postbox: Postbox, monkeypatch: pytest.MonkeyPatch, options: str, words: str
) -> None:
    connection(monkeypatch, postbox.port, options)
    with pytest.raises(ConfigurationError, match=words):
        send()
    assert postbox.mails == [] and row(warehouse)[0] == "pending"
