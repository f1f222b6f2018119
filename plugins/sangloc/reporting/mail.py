"""One attempt to hand one mail to the mail server. Knows exactly whether the mail can have gone out."""

from __future__ import annotations

import contextlib
import hashlib
import re
import smtplib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from sangloc.errors import ConfigurationError, DeliveryUncertainError, SanglocError
from sangloc.reporting.letters import as_html

# A long Message-ID on a line of its own, as folding would put it, is not found again in every server's log.
WIRE = SMTP.clone(max_line_length=998)
SUBTYPES = {
    "pdf": "pdf",
    "docx": "vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
ACCEPTED, SEND_THE_TEXT, TEMPORARY, PERMANENT = range(200, 300), range(354, 355), range(400, 500), range(500, 600)


class DeliveryFailedError(SanglocError):
    """The mail certainly did not go out; trying again later may help."""


class ServerAwayError(DeliveryFailedError):
    """The mail server does not answer: no other mail goes out now either."""


class MailRefusedError(ConfigurationError):
    """The mail server refuses this mail to this recipient for good; a person has to see to it."""


@dataclass(frozen=True)
class Attachment:
    """A document as it goes out."""

    kind: str
    file_name: str
    content: bytes


def compose(
    sender: str,
    recipient: str,
    subject: str,
    body: str,
    message_id: str,
    written_at: datetime,
    attachments: Sequence[Attachment],
) -> EmailMessage:
    """The mail with Vietnamese headers encoded, its text plain and as HTML, and its documents attached.

    The same arguments give the same bytes, so that what is tried again is the same mail.
    """
    message = EmailMessage()
    message["From"] = sender
    message["To"] = recipient
    # EmailMessage's own folding loses the space where a long encoded header is broken.
    message.set_raw("Subject", Header(subject, "utf-8", header_name="Subject").encode())
    message["Date"] = format_datetime(written_at)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = "vi"
    # Not every server takes 8-bit text.
    message.set_content(body, charset="utf-8", cte="base64")
    message.add_alternative(as_html(subject, body), subtype="html", charset="utf-8", cte="base64")
    for attachment in attachments:
        message.add_attachment(
            attachment.content, maintype="application", subtype=SUBTYPES[attachment.kind], filename=attachment.file_name
        )
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"={hashlib.sha256(f'{message_id}/{number}'.encode()).hexdigest()[:40]}")
    return message


def send(client: smtplib.SMTP, message: EmailMessage, sender: str, recipient: str, on_the_brink: Callable[[], None]) -> None:
    """Hand the mail over once.

    The steps of SMTP are taken one by one, because only then it is known on which side of the end of the text a failure
    lies: a server that has not seen the end cannot have taken the mail.

    Args:
        client: connected (`sangloc.reporting.hook.connected`); good for this mail only.
        on_the_brink: called when everything but the end of the text has been sent; what it raises keeps the mail here.

    Raises:
        MailRefusedError: when the server refuses sender, recipient or text for good (5xx). The mail did not go out.
        DeliveryFailedError: when the server refuses for now (4xx) or broke off. Likewise.
        DeliveryUncertainError: when the connection broke after the end of the text was on its way.
    """
    content = message.as_bytes(policy=WIRE)
    try:
        client.ehlo_or_helo_if_needed()
        _accepted("the sender", client.mail(sender)[0])
        _accepted(recipient, client.rcpt(recipient)[0])
        _accepted(recipient, client.docmd("DATA")[0], SEND_THE_TEXT)
        client.send(re.sub(rb"(?m)^\.", b"..", content))
    except (smtplib.SMTPException, OSError) as error:
        raise DeliveryFailedError(f"the mail server broke off before the mail was sent ({type(error).__name__})") from None
    on_the_brink()
    try:
        client.send(b".\r\n")
        code = client.getreply()[0]
    except (smtplib.SMTPException, OSError) as error:
        raise DeliveryUncertainError(
            f"the connection to the mail server broke while the mail was on its way ({type(error).__name__})"
        ) from None
    if not any(code in answers for answers in (ACCEPTED, TEMPORARY, PERMANENT)):
        raise DeliveryUncertainError("the mail server's answer to the mail makes no sense")
    _accepted(recipient, code)
    # The server has taken the mail already.
    with contextlib.suppress(smtplib.SMTPException, OSError):
        client.quit()


def _accepted(what: str, code: int, wanted: range = ACCEPTED) -> None:
    """Pass an answer that takes `what`, the sender or a recipient's address; raise for any other."""
    if code in wanted:
        return
    if code in PERMANENT:
        raise MailRefusedError(f"the mail server refuses {what} for good (code {code})")
    raise DeliveryFailedError(f"the mail server refuses {what} for now (code {code})")
