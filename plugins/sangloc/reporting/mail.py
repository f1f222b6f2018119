"""One attempt to hand one mail to the mail server. Knows exactly whether the mail can have gone out.

The only file of this area that meets Airflow: the server and its login are Airflow's connection `sangloc_smtp`.
"""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from sangloc.errors import ConfigurationError, DeliveryUncertainError, SanglocError

CONNECTION = "sangloc_smtp"
# A long Message-ID on a line of its own, as folding would put it, is not found again in every server's log.
WIRE = SMTP.clone(max_line_length=998)
SUBTYPES = {
    "pdf": "pdf",
    "docx": "vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
PERMANENT = 500


class DeliveryFailedError(SanglocError):
    """The mail certainly did not go out; trying again later may help."""


@dataclass(frozen=True)
class Attachment:
    """A document as it goes out."""

    kind: str
    file_name: str
    content: bytes


def compose(
    sender: str,
    recipients: Sequence[str],
    subject: str,
    body: str,
    message_id: str,
    written_at: datetime,
    attachments: Sequence[Attachment],
) -> EmailMessage:
    """The mail with Vietnamese headers encoded and its documents attached."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = ", ".join(recipients)
    # EmailMessage's own folding loses the space where a long encoded header is broken.
    message.set_raw("Subject", Header(subject, "utf-8", header_name="Subject").encode())
    message["Date"] = format_datetime(written_at)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = "vi"
    message.set_content(body, charset="utf-8")
    for attachment in attachments:
        message.add_attachment(
            attachment.content, maintype="application", subtype=SUBTYPES[attachment.kind], filename=attachment.file_name
        )
    return message


def send(message: EmailMessage, sender: str, recipients: Sequence[str]) -> None:
    """Hand the mail over once, to every recipient or to none.

    The steps of SMTP are taken one by one, because only then it is known on which side of DATA a failure lies, and a
    recipient that is refused stops the mail before the others get theirs.

    Raises:
        ConfigurationError: when the connection is missing, the login or the mail is refused for good, or a recipient
            does not exist. The mail did not go out.
        DeliveryFailedError: when the server is away or refuses for now. The mail did not go out.
        DeliveryUncertainError: when the connection broke after the mail's text was on its way.
    """
    content = message.as_bytes(policy=WIRE)
    hook = _connected()
    # SmtpHook's own sending repeats itself and does not tell a partly refused mail from an accepted one.
    client: smtplib.SMTP = hook._smtp_client
    try:
        try:
            client.ehlo_or_helo_if_needed()
            _accepted("the sender", *client.mail(sender))
            for number, recipient in enumerate(recipients, start=1):
                _accepted(f"recipient {number} of {len(recipients)}", *client.rcpt(recipient))
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryFailedError(f"the mail server broke off before the mail was sent ({type(error).__name__})") from None
        try:
            _accepted("the mail", *client.data(content))
        except smtplib.SMTPDataError as error:
            _accepted("the mail", error.smtp_code, b"")
        except (smtplib.SMTPException, OSError) as error:
            raise DeliveryUncertainError(
                f"the connection to the mail server broke while the mail was on its way ({type(error).__name__})"
            ) from None
        # The server has taken the mail already.
        with contextlib.suppress(smtplib.SMTPException, OSError):
            client.quit()
    finally:
        client.close()


def _accepted(what: str, code: int, _answer: Any) -> None:
    if code in (250, 251):
        return
    if code >= PERMANENT:
        raise ConfigurationError(
            f"the mail server refuses {what} (code {code}); correct the addresses in profile.yaml or the connection "
            f"{CONNECTION}, then run the task again"
        )
    raise DeliveryFailedError(f"the mail server refuses {what} for now (code {code})")


def _connected() -> Any:
    from airflow.exceptions import AirflowException
    from airflow.providers.smtp.hooks.smtp import SmtpHook

    try:
        return SmtpHook(smtp_conn_id=CONNECTION).get_conn()
    except smtplib.SMTPAuthenticationError:
        raise ConfigurationError(
            f"the mail server refuses the login of connection {CONNECTION}; check its user and password"
        ) from None
    except ssl.SSLCertVerificationError:
        raise ConfigurationError(
            f"the mail server's certificate is not trusted; check host and TLS of connection {CONNECTION}"
        ) from None
    except (smtplib.SMTPException, OSError) as error:
        raise DeliveryFailedError(f"the mail server does not answer ({type(error).__name__}); nothing was sent") from None
    except AirflowException as error:
        if "not found" in str(error):
            raise ConfigurationError(
                f"Airflow has no connection {CONNECTION!r}; set AIRFLOW_CONN_{CONNECTION.upper()} or create it under "
                "Admin > Connections"
            ) from None
        raise DeliveryFailedError("the mail server does not answer; nothing was sent") from None
