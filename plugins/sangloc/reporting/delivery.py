"""A report's mails: to the officer who decides on it, and to its recipients once it is approved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping

from sangloc import audit, clock, provinces
from sangloc.clock import VIETNAM
from sangloc.errors import RefusedInputError
from sangloc.reporting import words
from sangloc.reporting.content import fill_mail
from sangloc.reporting.corrections import correction
from sangloc.reporting.documents import read_snapshot
from sangloc.reporting.mail import Attachment
from sangloc.reporting.notices import put_notice
from sangloc.reporting.outbox import AlteredError, alone, content_hash, files_hash, hand_over, mails, mark, message_id, sha256
from sangloc.reporting.since import since_last_time
from sangloc.reporting.submissions import AREA, OUT, Submission, load, set_state
from sangloc.reporting.wording import inputs_of, labels
from sangloc.warehouse import sql, transaction

Purpose = Literal["review", "delivery"]
# What the officer gets to read; recipients get every document of the version.
REVIEWED = ("pdf",)
# Why a version that was approved is replaced; officer and recipients read it.
NOT_AS_APPROVED = "nội dung lưu trong hệ thống của bản số {version} không còn đúng bản đã được phê duyệt"
KINDS = {"pdf": "PDF", "docx": "DOCX (Word)", "xlsx": "XLSX (phụ lục số liệu)"}


def enqueue_delivery(submission_id: int) -> dict[str, Any]:
    """Put the approved report in the outbox: exactly the bytes that were approved, to each of the profile's recipients.

    Mails that have not gone out to somebody who is no recipient any more are withdrawn.

    Returns:
        submission, version, state; `queued`: how many mails were put in the outbox now; or `skipped` with the state of a
        submission that is sent back or delivered.

    Raises:
        RefusedInputError: when there is no such submission, nobody approved it, or its documents are not those that were
            approved: then it is given back for a new version, and engineer and officer are told.
    """
    try:
        return _enqueue(submission_id)
    except AlteredError as problem:
        _give_back(submission_id, problem)
        raise


def _enqueue(submission_id: int) -> dict[str, Any]:
    with transaction("report") as conn:
        submission = load(conn, submission_id)
        known = {"submission": submission_id, "version": submission.version}
        if submission.state in ("sent_back", *OUT):
            return known | {"skipped": submission.state}
        if submission.state not in ("approved", "sending"):
            raise RefusedInputError(f"submission {submission_id} is {submission.state}; only an approved report is delivered")
        documents = read_documents(conn, submission)
        refuse_changed(submission, documents)
        recipients = [recipient.address for recipient in submission.duty.recipients]
        queued = put(conn, submission, "delivery", recipients, documents)
        set_state(conn, submission_id, "sending")
        topic = topic_of(submission, "delivery")
        conn.execute(sql("reporting/withdraw_recipients"), {"topic": topic, "recipients": recipients})
        # The one that was still missing may be no recipient any more.
        _complete(conn, submission, "delivery")
        return known | {"state": "sending", "queued": queued}


def read_documents(conn: Connection, submission: Submission) -> list[RowMapping]:
    """The documents of the submission's version.

    Raises:
        AlteredError: when it has none, or one's bytes do not match its SHA-256.
    """
    known = {"submission": submission.submission_id, "version": submission.version}
    rows = list(conn.execute(sql("reporting/documents"), known).mappings())
    if not rows:
        raise AlteredError(
            f"submission {submission.submission_id} has no documents in version {submission.version}. Nothing was sent",
            submission.version,
        )
    for row in rows:
        if sha256(bytes(row["content"])) != row["sha256"]:
            raise AlteredError(
                f"submission {submission.submission_id}: {row['file_name']} is not the document that was made; its bytes do "
                "not match their SHA-256. Nothing was sent",
                submission.version,
            )
    return rows


def documents_hash(documents: Sequence[RowMapping]) -> str:
    """One hash for all documents of a version: what is put before the officer, approved and sent."""
    return files_hash((document["file_name"], sha256(bytes(document["content"]))) for document in documents)


def refuse_changed(submission: Submission, documents: Sequence[RowMapping]) -> None:
    """Make sure that these are the documents that the officer was shown.

    Raises:
        AlteredError: when they are not.
    """
    if documents_hash(documents) != submission.documents_hash:
        raise AlteredError(
            f"submission {submission.submission_id}: the documents of version {submission.version} are not those that the "
            "officer was shown. Nothing is approved or sent; run the report's DAG again for a new version",
            submission.version,
        )


def _give_back(submission_id: int, problem: AlteredError) -> None:
    """An approved version that is not what was approved is never sent: its mails are withdrawn, its next version goes through
    review, and engineer and officer are told."""
    with transaction("report") as conn:
        submission = load(conn, submission_id)
        if submission.version != problem.version or submission.state not in ("approved", "sending"):
            return
        known = {"submission": submission_id, "version": submission.version, "purpose": "delivery"}
        rows = mails(conn, topic_of(submission, "delivery"))
        conn.execute(sql("reporting/withdraw_mails"), known)
        note = NOT_AS_APPROVED.format(version=submission.version)
        conn.execute(sql("reporting/give_back"), {"submission": submission_id, "now": clock.now(), "note": note})
        profile, duty = provinces.load(submission.slug), submission.duty
        context = {
            "province": profile.name,
            "name": duty.name_vi,
            "label": submission.label,
            "version": submission.version,
            "due": words.instant(submission.due_at),
            "arrived": [row["recipient"] for row in rows if row["state"] in ("sending", "sent", "uncertain")],
            "dag": submission.dag_id,
            "period": submission.period_key,
            "incident": submission.incident is not None,
        }
        topic = f"altered.{submission.obligation}.{submission.period_key.replace('/', '-')}.v{submission.version}"
        put_notice(conn, submission.slug, topic, profile.contacts.addresses(["engineer", "officer"]), "altered", context)


def topic_of(submission: Submission, purpose: Purpose) -> str:
    """What the mails of a submission's version and purpose are about, the same for all their recipients."""
    period = submission.period_key.replace("/", "-")
    return f"{submission.slug}.{submission.obligation}.{period}.v{submission.version}.{purpose}"


def put(
    conn: Connection,
    submission: Submission,
    purpose: Purpose,
    recipients: Sequence[str],
    documents: Sequence[RowMapping],
) -> int:
    """Put a mail of the submission's version for each recipient in the outbox, once; returns how many are new."""
    topic = topic_of(submission, purpose)
    standing = mails(conn, topic)
    # All recipients read the same words, also one who is added later.
    subject, body = (standing[0]["subject"], standing[0]["body"]) if standing else _text(conn, submission, purpose, documents)
    values = {
        "submission": submission.submission_id,
        "version": submission.version,
        "purpose": purpose,
        "topic": topic,
        "subject": subject,
        "body": body,
        "documents": [document["document_id"] for document in documents],
        "content_hash": content_hash(subject, body, ((item["file_name"], item["sha256"]) for item in documents)),
        "now": clock.now(),
    }
    queued = 0
    for recipient in dict.fromkeys(recipients):
        own = {"recipient": recipient, "message_id": message_id(submission.slug, topic, recipient)}
        queued += bool(conn.execute(sql("reporting/put_in_outbox"), values | own).scalar_one_or_none())
    return queued


def _text(conn: Connection, submission: Submission, purpose: Purpose, documents: Sequence[RowMapping]) -> tuple[str, str]:
    seal, figures, _ = read_snapshot(conn, submission)
    profile, obligation = provinces.load(submission.slug), submission.duty
    due = submission.due_at.astimezone(VIETNAM)

    def people(indicator: str) -> str:
        value = figures.get(indicator)
        return words.HIDDEN[value.hidden_as] if value.hidden_as else words.number(value.numerator or 0)

    urgency = (submission.incident or {}).get("urgency", "normal")
    corrected = correction(conn, submission)
    # What a correction changes stands with it; what is new since one that was sent back does not.
    compared = purpose == "review" and (corrected is None or corrected.replaces < submission.version - 1)
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
            "correction": corrected,
            "since": since_last_time(conn, submission) if compared else None,
            "overdue": not submission.before_joining and submission.delivered_at is None and clock.now() > submission.due_at,
            "on_roster": people("roster_people"),
            "examined_period": people("people_examined_period"),
            "examined_year": people("people_examined_year"),
            "with_book": people("health_book_share"),
            "inputs": inputs_of(submission, figures),
            "incident": submission.incident is not None,
            "urgency": "" if urgency == "normal" else labels()["incident_urgency"][urgency],
            "attached": [KINDS.get(document["kind"], document["kind"].upper()) for document in documents],
            "recipients": "; ".join(recipient.name for recipient in obligation.recipients),
            "page": submission.approval_page,
            "report_page": submission.page,
            "legal_basis": obligation.legal_basis,
            "snapshot": seal.snapshot,
            "figures_hash": seal.figures_hash[:12],
        },
    )


def deliver(submission_id: int, purpose: Purpose) -> dict[str, Any]:
    """Send the submission's waiting mails of this purpose, each once, as `sangloc.reporting.outbox.hand_over` does.

    A report is delivered when the last of its recipients has it.

    Returns:
        submission, version, purpose, `recipients` (how many were sent to now) and, for a delivery, `late`; or `skipped`
        with the reason when there was nothing to send.

    Raises:
        DeliveryUncertainError: when a mail may or may not have gone out; never retried.
        DeliveryFailedError: when a mail did not go out and a retry may help.
        ConfigurationError: when the connection, a recipient or the mail is refused for good.
        RefusedInputError: when there is no such mail, the version is not approved, or a document or a mail's words were
            changed: then an approved version is given back, as by `enqueue_delivery`.
    """
    try:
        return _deliver(submission_id, purpose)
    except AlteredError as problem:
        _give_back(submission_id, problem)
        raise


def _deliver(submission_id: int, purpose: Purpose) -> dict[str, Any]:
    with transaction("report") as conn:
        submission = load(conn, submission_id)
    topic = topic_of(submission, purpose)
    with alone(topic):
        with transaction("report") as conn:
            submission = load(conn, submission_id)
            known = {"submission": submission_id, "version": submission.version, "purpose": purpose}
            rows = mails(conn, topic_of(submission, purpose))
            nothing = _nothing_to_send(submission, purpose, rows)
            if nothing:
                if purpose == "review":
                    # The officer has decided without it.
                    conn.execute(sql("reporting/withdraw_mails"), known)
                return known | {"skipped": nothing}
            attachments = _attachments(conn, submission, rows)
        sent = hand_over(submission.slug, rows, attachments, partial(_sent, submission, purpose))
        with transaction("report") as conn:
            late = load(conn, submission_id).late
    return known | {"recipients": sent} | ({"late": late} if purpose == "delivery" else {})


def _nothing_to_send(submission: Submission, purpose: Purpose, rows: Sequence[dict[str, Any]]) -> str:
    """Why there is nothing to send; empty when there is.

    Raises:
        RefusedInputError: when there ought to be mails and are none, or the report is not approved.
    """
    if purpose == "delivery" and submission.state == "sent_back":
        return "sent_back"
    if rows and all(row["state"] == "sent" for row in rows):
        return "sent"
    if purpose == "review" and submission.state in ("approved", "sending", "sent_back", *OUT):
        return submission.state
    if not rows:
        if submission.state in OUT:
            return submission.state
        raise RefusedInputError(
            f"submission {submission.submission_id} has no {purpose} mail in the outbox; put it there first"
        )
    if purpose == "delivery" and submission.state != "sending":
        raise RefusedInputError(
            f"submission {submission.submission_id} is {submission.state}; only an approved report is delivered"
        )
    return ""


def _attachments(conn: Connection, submission: Submission, rows: Sequence[dict[str, Any]]) -> list[Attachment]:
    """What the mails carry, byte for byte what the officer was shown."""
    documents = read_documents(conn, submission)
    refuse_changed(submission, documents)
    wanted = set(rows[0]["document_ids"])
    return [
        Attachment(document["kind"], document["file_name"], bytes(document["content"]))
        for document in documents
        if document["document_id"] in wanted
    ]


def _sent(submission: Submission, purpose: Purpose, conn: Connection, _at: datetime) -> None:
    _complete(conn, submission, purpose)


def _complete(conn: Connection, submission: Submission, purpose: Purpose) -> None:
    """Write down that a report is delivered when none of its mails is missing any more: at the instant of the last one."""
    rows = mails(conn, topic_of(submission, purpose))
    if purpose == "delivery" and rows and all(row["state"] == "sent" for row in rows):
        at = max(row["sent_at"] for row in rows)
        known = {"submission": submission.submission_id, "version": submission.version}
        conn.execute(sql("reporting/delivered"), known | {"at": at})


def mails_in_trouble() -> list[dict[str, Any]]:
    """The mails that a person has to see to: nobody knows whether they went out, or the server refuses them for good.

    Returns:
        One dict per mail: outbox_id, state (uncertain, refused), subject, recipient, message_id, sent_at.
    """
    with transaction("report") as conn:
        return [dict(row) for row in conn.execute(sql("reporting/mails_in_trouble")).mappings()]


def settle_mail(outbox_id: int, arrived: bool, by: str) -> str:
    """A person's word on a mail in doubt, or refused for good: it arrived, or it did not and is to be sent again.

    The ledger keeps who said so. A report whose last mail it is was delivered when the last attempt of that mail began, however
    late the person decides. What is to be sent goes out with the next hourly watch; a report's mail that a newer version has
    replaced does not.

    Args:
        outbox_id: the mail's number, as the news of it and `mails_in_trouble` name it.
        by: user name, for the ledger.

    Returns:
        The mail's new state: sent, pending or withdrawn.

    Raises:
        RefusedInputError: when there is no such mail, or it is neither in doubt nor refused.
    """
    known = {"outbox": outbox_id}
    with transaction("report") as conn:
        number = conn.execute(sql("reporting/submission_of_mail"), known).scalar_one_or_none()
        submission = load(conn, number) if number is not None else None
        row = conn.execute(sql("reporting/mail"), known).mappings().one_or_none()
        if row is None or row["state"] not in ("uncertain", "refused"):
            raise RefusedInputError(
                f"mail {outbox_id} of the outbox is not in doubt or refused; `sangloc mails` lists those that are"
            )
        standing = submission is None or (
            submission.version == row["version"] and (row["purpose"] == "review" or submission.state == "sending")
        )
        state = "sent" if arrived else "pending" if standing else "withdrawn"
        now = clock.now()
        # A refused mail that reached its recipient did so by another way, and nobody knows exactly when.
        answer = f"a person decided: {'it arrived' if arrived else 'it did not go out'}"
        mark(conn, outbox_id, state, answer, sent_at=row["sent_at"] or now)
        if submission is not None and standing:
            _complete(conn, submission, row["purpose"])
        facts = {
            "submission": row["submission_id"],
            "version": row["version"],
            "was": row["state"],
            "attempts": row["attempts"],
        }
        outcome = "arrived" if arrived else "again"
        audit.seal(conn, audit.by_person(AREA, by, "settle_mail", outcome, f"mail-{outbox_id}", facts, now))
    return state
