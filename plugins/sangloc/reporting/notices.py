"""Mails that belong to no report, such as the news of a list that waits: through the same outbox, by the same steps."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import Connection, RowMapping

from sangloc import audit, clock, provinces
from sangloc.errors import DeliveryUncertainError, RefusedInputError
from sangloc.reporting.content import fill_mail
from sangloc.reporting.mail import Attachment, compose
from sangloc.reporting.outbox import hand_over, in_doubt, mark, move, sha256
from sangloc.warehouse import advisory_lock, sql, transaction


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
    """Send a mail once for its topic, in the sense of docs/decisions/0006: what a crash leaves in doubt is not repeated.

    A mail that has not gone out yet gets the recipients, words and attachments of now.

    Args:
        slug: the province's folder name; its profile names the sender.
        topic: what the mail is about, in letters, digits, `-` and `.`; part of the Message-ID.
        template: name of a file of include/templates/mails, without `.txt.j2`.
        context: fills the template; no personal data.
        attachments: files it carries; no personal data.

    Returns:
        Whether it was sent now; False when it had been sent before.

    Raises:
        DeliveryUncertainError: when the mail may or may not have gone out; never retried.
        DeliveryFailedError: when it did not go out and a retry may help.
        ConfigurationError: when the connection, an address, the mail or the template is refused for good.
    """
    sender = provinces.load(slug).contacts.sender
    message_id = notice_id(slug, topic)
    uncertain = partial(_uncertain, slug, topic)
    # Held by a connection of its own while the mail is sent: a second task waits, and a killed one lets go.
    with transaction("report") as guard:
        advisory_lock(guard, f"reporting.notice:{message_id}")
        with transaction("report") as conn:
            subject, body = fill_mail(template, context)
            values = {"message_id": message_id, "recipients": list(recipients), "subject": subject, "body": body}
            conn.execute(sql("reporting/put_notice"), values | {"now": clock.now()})
            row = _find(conn, message_id)
            assert row is not None
            if row["state"] == "sent":
                return False
            if row["state"] == "pending":
                _keep_files(conn, row["outbox_id"], attachments)
                mark(conn, row["outbox_id"], "sending", None, attempts=1, sent_at=clock.now())
        if row["state"] == "uncertain":
            raise uncertain("nobody has decided on it yet")
        if row["state"] == "sending":
            reason = "an earlier attempt ended while it was sending"
            move(row["outbox_id"], "uncertain", reason)
            raise uncertain(reason)
        message = compose(sender, row["recipients"], row["subject"], row["body"], message_id, row["created_at"], attachments)
        hand_over(message, sender, row, uncertain)
        move(row["outbox_id"], "sent", None, sent_at=clock.now())
    audit.note(mails=1, recipients=len(row["recipients"]), documents=[sha256(item.content) for item in attachments])
    return True


def _keep_files(conn: Connection, outbox_id: int, attachments: Sequence[Attachment]) -> None:
    conn.execute(sql("reporting/forget_notice_files"), {"outbox": outbox_id})
    for item in attachments:
        values = {"outbox": outbox_id, "file_name": item.file_name, "kind": item.kind, "content": item.content}
        conn.execute(sql("reporting/put_notice_file"), values | {"sha256": sha256(item.content)})


def resolve_uncertain_notice(slug: str, topic: str, went_out: bool) -> None:
    """A person's word on a mail in doubt: it went out, or it did not and may be sent.

    Raises:
        RefusedInputError: when no mail on this topic is uncertain.
    """
    with transaction("report") as conn:
        row = _find(conn, notice_id(slug, topic))
        if row is None or row["state"] != "uncertain":
            raise RefusedInputError(f"{slug} has no mail about {topic} in doubt")
        answer = "it went out" if went_out else "it did not go out"
        mark(conn, row["outbox_id"], "sent" if went_out else "pending", f"a person decided: {answer}")


def notice_id(slug: str, topic: str) -> str:
    """The Message-ID of the mail about this topic."""
    return f"<{slug}.{topic}@{provinces.load(slug).contacts.sender.partition('@')[2]}>"


def _find(conn: Connection, message_id: str) -> RowMapping | None:
    return conn.execute(sql("reporting/notice"), {"message_id": message_id}).mappings().one_or_none()


def _uncertain(slug: str, topic: str, reason: str) -> DeliveryUncertainError:
    return in_doubt(
        f"{slug}: the mail {notice_id(slug, topic)}",
        reason,
        f"reporting.resolve_uncertain_notice({slug!r}, {topic!r}, went_out=True or False)",
    )
