"""Mails that belong to no report, such as the news of a list that waits: through the same outbox, by the same steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from sangloc import clock
from sangloc.reporting.content import fill_mail
from sangloc.reporting.mail import Attachment
from sangloc.reporting.outbox import alone, content_hash, hand_over, mails, message_id, sha256
from sangloc.warehouse import sql, transaction


def notice_text(template: str, context: dict[str, Any]) -> tuple[str, str]:
    """Subject and body that `send_notice` would send, for other places that say the same.

    Raises:
        ConfigurationError: when the template is missing or wrong.
    """
    return fill_mail(template, context)


def send_notice(
    slug: str,
    topic: str,
    recipients: Sequence[str],
    template: str,
    context: dict[str, Any],
    attachments: Sequence[Attachment] = (),
) -> bool:
    """Send a mail once for its topic to each recipient, in the sense of docs/decisions/0006.

    A mail that has not gone out yet gets the words and attachments of now; one to somebody who is no recipient any more is
    withdrawn.

    Args:
        slug: the province's folder name; its profile names the sender.
        topic: what the mail is about, in letters, digits, `-` and `.`; part of the Message-ID.
        template: name of a file of include/templates/mails, without `.txt.j2`.
        context: fills the template; no personal data.
        attachments: files it carries; no personal data.

    Returns:
        Whether any was sent now; False when all had been sent before.

    Raises:
        DeliveryUncertainError: when a mail may or may not have gone out; never retried.
        DeliveryFailedError: when one did not go out and a retry may help.
        ConfigurationError: when the connection, a recipient, the mail or the template is refused for good.
    """
    with alone(f"{slug}.{topic}"):
        with transaction("report") as conn:
            put_notice(conn, slug, topic, recipients, template, context, attachments)
        return _send(slug, topic) > 0


def put_notice(
    conn: Connection,
    slug: str,
    topic: str,
    recipients: Sequence[str],
    template: str,
    context: dict[str, Any],
    attachments: Sequence[Attachment] = (),
) -> None:
    """Put a mail in the outbox as `send_notice` does, in the transaction that decides on it; it is sent afterwards."""
    subject, body = fill_mail(template, context)
    files = [(item.file_name, sha256(item.content)) for item in attachments]
    values = {
        "topic": f"{slug}.{topic}",
        "subject": subject,
        "body": body,
        "content_hash": content_hash(subject, body, files),
        "now": clock.now(),
    }
    for recipient in dict.fromkeys(recipients):
        own = {"recipient": recipient, "message_id": message_id(slug, f"{slug}.{topic}", recipient)}
        number = conn.execute(sql("reporting/put_notice"), values | own).scalar_one_or_none()
        if number is not None:
            _keep_files(conn, number, attachments)
    conn.execute(sql("reporting/withdraw_recipients"), {"topic": values["topic"], "recipients": list(recipients)})


def _keep_files(conn: Connection, outbox_id: int, attachments: Sequence[Attachment]) -> None:
    conn.execute(sql("reporting/forget_notice_files"), {"outbox": outbox_id})
    for item in attachments:
        values = {"outbox": outbox_id, "file_name": item.file_name, "kind": item.kind, "content": item.content}
        conn.execute(sql("reporting/put_notice_file"), values | {"sha256": sha256(item.content)})


def send_waiting_notice(slug: str, topic: str) -> int:
    """Send what waits in the outbox about a topic as it was written; returns how many mails went out.

    Raises:
        DeliveryUncertainError, DeliveryFailedError, ConfigurationError: as `send_notice`.
    """
    with alone(f"{slug}.{topic}"):
        return _send(slug, topic)


def _send(slug: str, topic: str) -> int:
    with transaction("report") as conn:
        rows = mails(conn, f"{slug}.{topic}")
        # All recipients' mails carry the same files; what has gone out keeps those it went with.
        waiting = next((row["outbox_id"] for row in rows if row["state"] == "pending"), None)
        found = conn.execute(sql("reporting/notice_files"), {"outbox": waiting}).mappings()
        attachments = [Attachment(row["kind"], row["file_name"], bytes(row["content"])) for row in found]
    return hand_over(slug, rows, attachments, lambda _conn, _at: None)
