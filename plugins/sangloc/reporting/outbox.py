"""Mails leave through a table: pending, sending, sent. What a crash leaves in doubt goes to a person."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from functools import partial
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping

from sangloc import audit, clock, provinces
from sangloc.clock import VIETNAM
from sangloc.errors import DeliveryUncertainError, RefusedInputError, SanglocError
from sangloc.reporting import words
from sangloc.reporting.content import fill_mail
from sangloc.reporting.corrections import correction
from sangloc.reporting.documents import read_snapshot
from sangloc.reporting.mail import Attachment, compose, send
from sangloc.reporting.submissions import OUT, Submission, load, set_state
from sangloc.warehouse import advisory_lock, sql, transaction

Purpose = Literal["review", "delivery"]


def request_review(submission_id: int) -> dict[str, Any]:
    """Hand a compiled report to the officer: state in_review, and a mail with the PDF in the outbox.

    Returns:
        submission, version, state; `queued` whether a mail was put in the outbox; or `skipped` with the state of a
        submission that is past its review.

    Raises:
        RefusedInputError: when there is no such submission or it has no documents yet.
    """
    with transaction("report") as conn:
        submission = load(conn, submission_id)
        known = {"submission": submission_id, "version": submission.version}
        if submission.state not in ("compiled", "in_review"):
            if submission.state in ("expected", "collecting"):
                raise RefusedInputError(f"submission {submission_id} has no documents yet; render them first")
            return known | {"skipped": submission.state}
        documents = [row for row in _documents(conn, known) if row["kind"] == "pdf"]
        contacts = provinces.load(submission.slug).contacts
        queued = _put(conn, submission, "review", [contacts.officer], documents)
        set_state(conn, submission_id, "in_review")
        return known | {"state": "in_review", "queued": queued}


def review_text(submission_id: int) -> dict[str, str]:
    """What the officer is told, for the approval screen: `subject` and `summary`, the same words as in the review mail.

    Raises:
        RefusedInputError: when there is no such submission or its review was not requested.
    """
    with transaction("report") as conn:
        submission = load(conn, submission_id)
        known = {"submission": submission_id, "version": submission.version, "purpose": "review"}
        row = conn.execute(sql("reporting/mail_text"), known).mappings().one_or_none()
    if row is None:
        raise RefusedInputError(f"submission {submission_id}: no review was requested for version {submission.version}")
    return {"subject": row["subject"], "summary": row["body"]}


def enqueue_delivery(submission_id: int) -> dict[str, Any]:
    """Put the approved report in the outbox: exactly the bytes that were approved, to the profile's recipients.

    A mail that still waits gets the recipients the profile has now.

    Returns:
        submission, version, state; `queued` whether a new mail was put in the outbox; or `skipped` with the state of a
        submission that is sent back or delivered.

    Raises:
        RefusedInputError: when there is no such submission or nobody approved it.
    """
    with transaction("report") as conn:
        submission = load(conn, submission_id)
        known = {"submission": submission_id, "version": submission.version}
        if submission.state in ("sent_back", *OUT):
            return known | {"skipped": submission.state}
        if submission.state not in ("approved", "sending"):
            raise RefusedInputError(f"submission {submission_id} is {submission.state}; only an approved report is delivered")
        recipients = [recipient.address for recipient in submission.duty.recipients]
        queued = _put(conn, submission, "delivery", recipients, _documents(conn, known))
        set_state(conn, submission_id, "sending")
        return known | {"state": "sending", "queued": queued}


def _documents(conn: Connection, known: dict[str, Any]) -> list[RowMapping]:
    rows = list(conn.execute(sql("reporting/documents"), known).mappings())
    if not rows:
        raise RefusedInputError(f"submission {known['submission']} has no documents in version {known['version']}")
    return rows


def _put(
    conn: Connection, submission: Submission, purpose: Purpose, recipients: list[str], documents: list[RowMapping]
) -> bool:
    subject, body = _text(conn, submission, purpose)
    profile = provinces.load(submission.slug)
    domain = profile.contacts.sender.partition("@")[2]
    period = submission.period_key.replace("/", "-")
    identity = f"{submission.slug}.{submission.obligation}.{period}.v{submission.version}.{purpose}"
    row = conn.execute(
        sql("reporting/put_in_outbox"),
        {
            "submission": submission.submission_id,
            "version": submission.version,
            "purpose": purpose,
            "message_id": f"<{identity}@{domain}>",
            "recipients": recipients,
            "subject": subject,
            "body": body,
            "documents": [document["document_id"] for document in documents],
            "now": clock.now(),
        },
    ).scalar_one_or_none()
    return bool(row)


def _text(conn: Connection, submission: Submission, purpose: Purpose) -> tuple[str, str]:
    seal, figures, _ = read_snapshot(conn, submission)
    profile, obligation = provinces.load(submission.slug), submission.duty
    due = submission.due_at.astimezone(VIETNAM)

    def people(indicator: str) -> str:
        value = figures.get(indicator)
        return words.HIDDEN[value.hidden_as] if value.hidden_as else words.number(value.numerator or 0)

    return fill_mail(
        purpose,
        {
            "name": obligation.name_vi,
            "label": submission.label,
            "issuer": obligation.issuer,
            "province": profile.name,
            "version": submission.version,
            "due": words.instant(due),
            "aim": words.day(submission.aim_on),
            "before_joining": submission.before_joining,
            "correction": correction(conn, submission),
            "overdue": not submission.before_joining and submission.delivered_at is None and clock.now() > submission.due_at,
            "on_roster": people("roster_people"),
            "examined_period": people("people_examined_period"),
            "examined_year": people("people_examined_year"),
            "with_book": people("health_book_share"),
            "incident": submission.incident is not None,
            "ui": (os.environ.get("AIRFLOW__API__BASE_URL") or "").rstrip("/"),
            "legal_basis": obligation.legal_basis,
            "snapshot": seal.snapshot,
            "figures_hash": seal.figures_hash[:12],
        },
    )


def deliver(submission_id: int, purpose: Purpose) -> dict[str, Any]:
    """Send the submission's waiting mail of this purpose, once.

    The row goes from pending to sending before the mail server is asked and to sent after it has accepted, each in a
    transaction of its own. A row that is found in sending was left by a crash: nobody knows whether the mail went out,
    so it becomes uncertain and a person decides (`resolve_uncertain`).

    Returns:
        submission, version, purpose, `recipients` (their number) and, for a delivery, `late`; or `skipped` with the
        reason when there was nothing to send.

    Raises:
        DeliveryUncertainError: when a mail may or may not have gone out; never retried.
        DeliveryFailedError: when the mail did not go out and a retry may help.
        ConfigurationError: when the connection, an address or the mail is refused for good.
        RefusedInputError: when there is no such mail, the version is not approved, or a document was changed.
    """
    # Held by a connection of its own while the mail is sent: a second task waits, and a killed one lets go.
    with transaction("report") as guard:
        advisory_lock(guard, f"reporting.deliver:{submission_id}:{purpose}")
        with transaction("report") as conn:
            claimed = _claim(conn, submission_id, purpose)
        if isinstance(claimed, dict):
            return claimed
        submission, row, documents = claimed
        known = {"submission": submission_id, "version": submission.version, "purpose": purpose}
        uncertain = partial(_uncertain, submission_id, purpose, row["message_id"])
        if row["state"] == "sending":
            raise uncertain("an earlier attempt ended while it was sending")
        sender = provinces.load(submission.slug).contacts.sender
        message = compose(
            sender, row["recipients"], row["subject"], row["body"], row["message_id"], row["created_at"], documents
        )
        hand_over(message, sender, row, uncertain)
        late = _sent(submission_id, row["outbox_id"], purpose)
    audit.note(mails=1, recipients=len(row["recipients"]), documents=[sha256(item.content) for item in documents])
    return known | {"recipients": len(row["recipients"])} | ({"late": late} if late is not None else {})


def _claim(
    conn: Connection, submission_id: int, purpose: Purpose
) -> dict[str, Any] | tuple[Submission, RowMapping, list[Attachment]]:
    """The mail to send, now marked as being sent; or why there is nothing to send.

    A row left in sending by a crash is marked uncertain and returned as it was found.
    """
    submission = load(conn, submission_id)
    known = {"submission": submission_id, "version": submission.version, "purpose": purpose}
    row = conn.execute(sql("reporting/outbox"), known).mappings().one_or_none()
    if row is None:
        if submission.state in ("sent_back", *OUT):
            return known | {"skipped": submission.state}
        raise RefusedInputError(f"submission {submission_id} has no {purpose} mail in the outbox; put it there first")
    if row["state"] == "sent":
        return known | {"skipped": "sent"}
    if row["state"] == "uncertain":
        raise _uncertain(submission_id, purpose, row["message_id"], "nobody has decided on it yet")
    if row["state"] == "sending":
        mark(conn, row["outbox_id"], "uncertain", "an earlier attempt ended while it was sending")
        return submission, row, []
    if purpose == "delivery" and submission.state != "sending":
        raise RefusedInputError(f"submission {submission_id} is {submission.state}; only an approved report is delivered")
    attachments = []
    for document in conn.execute(sql("reporting/documents_by_id"), {"documents": row["document_ids"]}).mappings():
        content = bytes(document["content"])
        if sha256(content) != document["sha256"] or document["version"] != submission.version:
            raise RefusedInputError(
                f"submission {submission_id}: {document['file_name']} is not the document that was approved; "
                "its bytes do not match their SHA-256. Nothing was sent"
            )
        attachments.append(Attachment(document["kind"], document["file_name"], content))
    if len(attachments) != len(row["document_ids"]) or not attachments:
        raise RefusedInputError(f"submission {submission_id}: a document of the mail is gone. Nothing was sent")
    mark(conn, row["outbox_id"], "sending", None, attempts=1, sent_at=clock.now())
    return submission, row, attachments


def sha256(content: bytes) -> str:
    """The hash a file is known by."""
    return hashlib.sha256(content).hexdigest()


def hand_over(message: EmailMessage, sender: str, row: RowMapping, uncertain: Callable[[str], DeliveryUncertainError]) -> None:
    """Send a mail that is marked as being sent. When that fails, the mail is marked as uncertain or as pending again.

    Args:
        row: of the outbox: outbox_id and recipients.
        uncertain: makes the error that tells a person, from the reason, what to decide.

    Raises:
        DeliveryUncertainError, DeliveryFailedError, ConfigurationError: as `sangloc.reporting.mail.send`.
    """
    try:
        send(message, sender, row["recipients"])
    except DeliveryUncertainError as error:
        move(row["outbox_id"], "uncertain", str(error))
        raise uncertain(str(error)) from None
    except SanglocError as error:
        move(row["outbox_id"], "pending", str(error))
        raise


def mark(
    conn: Connection,
    outbox_id: int,
    state: str,
    error: str | None,
    attempts: int = 0,
    sent_at: datetime | None = None,
) -> None:
    """Bring a mail of the outbox into another state.

    Args:
        error: why it is there, without personal data.
        attempts: how many of them begin now.
        sent_at: when it is handed over.
    """
    conn.execute(
        sql("reporting/outbox_state"),
        {
            "outbox": outbox_id,
            "state": state,
            "error": error,
            "attempts": attempts,
            "sent_at": sent_at,
        },
    )


def move(outbox_id: int, state: str, error: str | None, sent_at: datetime | None = None) -> None:
    """`mark` in a transaction of its own."""
    with transaction("report") as conn:
        mark(conn, outbox_id, state, error, sent_at=sent_at)


def _sent(submission_id: int, outbox_id: int, purpose: Purpose) -> bool | None:
    """Write down that the mail went out; for a delivery also whether it was late."""
    with transaction("report") as conn:
        now = clock.now()
        mark(conn, outbox_id, "sent", None, sent_at=now)
        if purpose == "review":
            return None
        return bool(conn.execute(sql("reporting/delivered"), {"submission": submission_id, "at": now}).scalar_one())


def _uncertain(submission_id: int, purpose: Purpose, message_id: str, reason: str) -> DeliveryUncertainError:
    return in_doubt(
        f"submission {submission_id}: the {purpose} mail {message_id}",
        reason,
        f"reporting.resolve_uncertain({submission_id}, {purpose!r}, went_out=True or False)",
    )


def in_doubt(mail: str, reason: str, answer: str) -> DeliveryUncertainError:
    """The error that asks a person about a mail.

    Args:
        mail: whose it is, with its Message-ID.
        answer: the call by which the person says what happened.
    """
    return DeliveryUncertainError(
        f"{mail} may or may not have gone out ({reason}). Look for this Message-ID in the mail server's log or ask the "
        f"recipient, then say so with {answer} and run the task again"
    )


def resolve_uncertain(submission_id: int, purpose: Purpose, went_out: bool) -> dict[str, Any]:
    """A person's word on a mail in doubt: it went out, or it did not and may be sent.

    A report that went out was delivered when its last attempt began, however late the person decides.

    Returns:
        submission, purpose and the mail's new state.

    Raises:
        RefusedInputError: when no mail of this purpose is uncertain.
    """
    with transaction("report") as conn:
        submission = load(conn, submission_id)
        known = {"submission": submission_id, "version": submission.version, "purpose": purpose}
        row = conn.execute(sql("reporting/outbox"), known).mappings().one_or_none()
        if row is None or row["state"] != "uncertain":
            raise RefusedInputError(f"submission {submission_id} has no {purpose} mail in doubt")
        state = "sent" if went_out else "pending"
        mark(conn, row["outbox_id"], state, f"a person decided: {'it went out' if went_out else 'it did not go out'}")
        if went_out and purpose == "delivery":
            conn.execute(sql("reporting/delivered"), {"submission": submission_id, "at": row["sent_at"]})
    return {"submission": submission_id, "purpose": purpose, "state": state}
