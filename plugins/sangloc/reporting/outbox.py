"""Mails leave through a table: one row for each recipient, pending, sending, sent. What a crash leaves in doubt and what the
server refuses for good goes to a person. Rules: docs/decisions/0006-outbox.md."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from sangloc import audit, clock, provinces
from sangloc.errors import ConfigurationError, DeliveryUncertainError, RefusedInputError, SanglocError
from sangloc.reporting.hook import connected
from sangloc.reporting.mail import Attachment, DeliveryFailedError, MailRefusedError, ServerAwayError, compose, send
from sangloc.warehouse import advisory_lock, sql, transaction

LEFT_BY_A_CRASH = "an earlier attempt ended while it was sending"
# How long a mail waits after its first, second, … try that failed; the last of them from then on.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (5, 10, 20, 40, 80, 160, 240))


class AlteredError(RefusedInputError):
    """What is stored is not what was shown and approved; `version` is the report's."""

    def __init__(self, message: str, version: int | None) -> None:
        super().__init__(message)
        self.version = version


def sha256(content: bytes) -> str:
    """The hash a file is known by."""
    return hashlib.sha256(content).hexdigest()


def files_hash(files: Iterable[tuple[str, str]]) -> str:
    """One hash for several files, whatever their order.

    Args:
        files: names and SHA-256 of each.
    """
    return sha256("\n".join(_lines(files)).encode())


def content_hash(subject: str, body: str, files: Iterable[tuple[str, str]]) -> str:
    """The hash of what a recipient gets: subject, body and files (names and SHA-256)."""
    return sha256("\n".join([subject, body, *_lines(files)]).encode())


def _lines(files: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{digest}  {name}" for name, digest in sorted(files)]


def message_id(slug: str, topic: str, recipient: str) -> str:
    """The Message-ID of the mail about a topic to a recipient: always the same, and its recipient's address is not in it."""
    return f"<{topic}.{sha256(recipient.encode())[:12]}@{provinces.load(slug).contacts.sender.partition('@')[2]}>"


@contextmanager
def alone(topic: str) -> Iterator[None]:
    """Nobody else sends mails of this topic meanwhile: a second task waits, and a killed one lets go.

    The lock is held by a connection of its own, because what happens to a mail is committed step by step.
    """
    with transaction("report") as guard:
        advisory_lock(guard, f"reporting.mail:{topic}")
        yield


def mails(conn: Connection, topic: str) -> list[dict[str, Any]]:
    """The mails of a topic that were not withdrawn, held until the transaction ends."""
    return [dict(row) for row in conn.execute(sql("reporting/mails_of_topic"), {"topic": topic}).mappings()]


def hand_over(
    slug: str,
    rows: Sequence[Mapping[str, Any]],
    attachments: Sequence[Attachment],
    sent: Callable[[Connection, datetime], None],
) -> int:
    """Send the mails that wait, each once. The caller is `alone` with their topic.

    A mail is marked as being sent when all of it but its end has been handed over, and as sent after the server has taken
    it, each in a transaction of its own. A row that is found as being sent was left by a crash: nobody knows whether the
    mail went out, so it becomes uncertain. One recipient's trouble keeps no other mail back.

    Args:
        rows: of `mails`, as they stand now.
        sent: called in the transaction that marks one as sent, with the instant.

    Returns:
        How many went out now.

    Raises:
        DeliveryFailedError: when one did not go out and a retry may help; the same of the others follow only if none did.
        DeliveryUncertainError: when one may or may not have gone out; a retry does not change that.
        ConfigurationError: when connection, sender, a recipient or a mail is refused for good.
    """
    count, problems, away = 0, list[SanglocError](), ""
    for row in rows:
        if row["state"] == "sent":
            continue
        if away and row["state"] == "pending":
            # It is away for all of them; nobody waits for it again and again.
            _try_later(row, away, attempts=1)
            continue
        try:
            _hand_over(slug, row, attachments, sent)
        except ServerAwayError as problem:
            away = str(problem)
            problems.append(problem)
            continue
        except (DeliveryFailedError, DeliveryUncertainError, ConfigurationError) as problem:
            problems.append(problem)
            continue
        count += 1
        audit.note(mails=1, documents=[sha256(item.content) for item in attachments])
    raise_first(problems)
    return count


def raise_first(problems: Sequence[SanglocError]) -> None:
    """Raise one of several problems, if there is any: first what a retry may mend, because it brings the retry."""
    for problem in sorted(problems, key=lambda each: not isinstance(each, DeliveryFailedError)):
        raise problem


def _hand_over(
    slug: str,
    row: Mapping[str, Any],
    attachments: Sequence[Attachment],
    sent: Callable[[Connection, datetime], None],
) -> None:
    number = row["outbox_id"]
    if row["state"] == "refused":
        raise MailRefusedError(f"the mail {row['message_id']} to {row['recipient']} was refused for good. {_answer(row)}")
    if row["state"] == "sending":
        _move(number, "uncertain", LEFT_BY_A_CRASH)
    if row["state"] in ("sending", "uncertain"):
        reason = LEFT_BY_A_CRASH if row["state"] == "sending" else "nobody has decided on it yet"
        raise _in_doubt(row, reason)
    files = [(item.file_name, sha256(item.content)) for item in attachments]
    if content_hash(row["subject"], row["body"], files) != row["content_hash"]:
        raise AlteredError(
            f"the mail {row['message_id']} is not what was put in the outbox: its words or files do not match their hash. "
            "Nothing was sent",
            row["version"],
        )
    sender = provinces.load(slug).contacts.sender
    message = compose(sender, row["recipient"], row["subject"], row["body"], row["message_id"], row["created_at"], attachments)
    brink = _Brink(number)
    try:
        with connected() as client:
            send(client, message, sender, row["recipient"], brink)
    except DeliveryUncertainError as error:
        _move(number, "uncertain", str(error))
        raise _in_doubt(row, str(error)) from None
    except MailRefusedError as error:
        _move(number, "refused", str(error), attempts=brink.missed)
        raise MailRefusedError(f"{error}: {row['message_id']}. {_answer(row)}") from None
    except (DeliveryFailedError, ConfigurationError) as error:
        _try_later(row, str(error), attempts=brink.missed)
        raise
    with transaction("report") as conn:
        now = clock.now()
        mark(conn, number, "sent", None, sent_at=now)
        sent(conn, now)


def _try_later(row: Mapping[str, Any], error: str, attempts: int) -> None:
    pause = PAUSES[min(row["attempts"], len(PAUSES) - 1)]
    _move(row["outbox_id"], "pending", error, attempts, next_try_at=clock.now() + pause)


class _Brink:
    """Marks a mail as being sent at the last moment at which it certainly is still here."""

    def __init__(self, outbox_id: int) -> None:
        self.outbox_id, self.missed = outbox_id, 1

    def __call__(self) -> None:
        with transaction("report") as conn:
            known = {"outbox": self.outbox_id, "now": clock.now()}
            if conn.execute(sql("reporting/mail_on_the_brink"), known).scalar_one_or_none() is None:
                raise RefusedInputError(f"mail {self.outbox_id} of the outbox does not wait any more. Nothing was sent")
        # The try is counted.
        self.missed = 0


def mark(
    conn: Connection,
    outbox_id: int,
    state: str,
    error: str | None,
    attempts: int = 0,
    sent_at: datetime | None = None,
    next_try_at: datetime | None = None,
) -> None:
    """Bring a mail of the outbox into another state.

    Args:
        error: why it is there, without personal data.
        attempts: how many tries are counted now.
        sent_at: when it was handed over.
        next_try_at: before which it is not tried again by itself.
    """
    conn.execute(
        sql("reporting/outbox_state"),
        {
            "outbox": outbox_id,
            "state": state,
            "error": error,
            "attempts": attempts,
            "sent_at": sent_at,
            "next_try_at": next_try_at,
        },
    )


def _move(outbox_id: int, state: str, error: str, attempts: int = 0, next_try_at: datetime | None = None) -> None:
    with transaction("report") as conn:
        mark(conn, outbox_id, state, error, attempts, next_try_at=next_try_at)


def _in_doubt(row: Mapping[str, Any], reason: str) -> DeliveryUncertainError:
    return DeliveryUncertainError(
        f"the mail {row['message_id']} may or may not have gone out ({reason}). Look for this Message-ID in the mail server's "
        f"log or ask the recipient. {_answer(row)}"
    )


def _answer(row: Mapping[str, Any]) -> str:
    number = row["outbox_id"]
    return f"Say what became of it: `sangloc mails {number} --arrived`, or `sangloc mails {number} --again` to have it sent"
