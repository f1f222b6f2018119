"""A person's decision: the review is asked for, answered, and what is sent back becomes the engineer's task."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection

from sangloc import audit, clock, provinces
from sangloc.clock import VIETNAM
from sangloc.errors import ConfigurationError, DeliveryUncertainError, RefusedInputError
from sangloc.reporting import words
from sangloc.reporting.delivery import REVIEWED, documents_hash, put, read_documents, refuse_changed, topic_of
from sangloc.reporting.mail import DeliveryFailedError
from sangloc.reporting.notices import put_notice, send_waiting_notice
from sangloc.reporting.submissions import AREA, LONGEST_NOTE, OUT, Submission, checked_note, load, set_state
from sangloc.warehouse import sql, transaction


class AnswerRefusedError(RefusedInputError):
    """An answer cannot be taken, though the question stands; `told` says why to the person, in Vietnamese."""

    def __init__(self, message: str, told: str) -> None:
        super().__init__(message)
        self.told = told


def request_review(submission_id: int) -> dict[str, Any]:
    """Hand a compiled report to the officer: state in_review, and a mail with the PDF in the outbox.

    From here on the version's documents are held by their hash: only these can be approved and sent.

    Returns:
        submission, version, state; `queued` how many mails were put in the outbox; or `skipped` with the state of a
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
        documents = read_documents(conn, submission)
        shown = documents_hash(documents)
        if submission.state == "compiled":
            conn.execute(sql("reporting/documents_hash"), {"submission": submission_id, "documents_hash": shown})
        officer = provinces.load(submission.slug).contacts.officer
        queued = put(conn, submission, "review", [officer], [row for row in documents if row["kind"] in REVIEWED])
        conn.execute(sql("reporting/withdraw_recipients"), {"topic": topic_of(submission, "review"), "recipients": [officer]})
        set_state(conn, submission_id, "in_review")
    audit.note(shown=shown)
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


def record_decision(
    submission_id: int, decision: Literal["approve", "send_back"], by: str, note: str | None, version: int | None = None
) -> dict[str, Any]:
    """Write down what an officer decided on the version in review.

    The UI's answer is not validated by Airflow, so it is here. What is sent back becomes the engineer's task: state
    sent_back, and a mail with the officer's words, put in the outbox in the same transaction.

    Args:
        decision: `approve` or `send_back`.
        by: the user name in the UI; must be among the profile's approval users or, once the officer has had the profile's
            `deputy_after_hours`, among its deputies.
        note: the officer's words, at most 1000 characters; required to send back.
        version: the one that the answered question was about; None where nothing but the submission's own is shown.

    Returns:
        submission, state and version.

    Raises:
        RefusedInputError: when the decision is not one of the two, the person may not decide, the note is missing, too
            long or holds personal numbers, the submission is not in review, a newer version has taken the place of the one
            that was asked about, or the documents are not those that were shown.
    """
    note = _checked_answer(decision, note)
    state = {"approve": "approved", "send_back": "sent_back"}[decision]
    with transaction("report") as conn:
        submission = load(conn, submission_id)
        if version is not None and version != submission.version:
            # The question of another run is still open beside this one's.
            raise RefusedInputError(
                f"submission {submission_id}: the question was about version {version}, which version {submission.version} has "
                "replaced; answer the question about that one"
            )
        decided = {"submission": submission_id, "state": state, "version": submission.version}
        if submission.approved_by == by and submission.approval_note == note and _follows(submission.state, state):
            return decided
        _refuse_person(submission, by)
        if submission.state != "in_review":
            raise RefusedInputError(
                f"submission {submission_id} is {submission.state}, not in review; the decision came too late"
            )
        if decision == "approve":
            refuse_changed(submission, read_documents(conn, submission))
        now = clock.now()
        conn.execute(sql("reporting/decide"), {"submission": submission_id, "state": state, "by": by, "note": note, "now": now})
        if decision == "send_back":
            _give_to_engineer(conn, submission, by, note or "")
        subject, shown = f"submission-{submission_id}", submission.documents_hash
        facts = {"version": submission.version, "documents": shown}
        audit.seal(conn, audit.by_person(AREA, by, "decision", state, subject, facts, now))
    audit.note(decided=submission.documents_hash)
    return decided


def refuse_answer(
    submission_id: int, decision: Literal["approve", "send_back"], by: str, note: str | None, version: int, at: datetime
) -> bool:
    """Whether an answer to the question cannot be taken although the question still stands; who answered is told why by mail.

    It is put in the outbox once; the hourly watch tries again when it does not go out now.

    Args:
        decision, by, note, version: as `record_decision`. The question about a version that was replaced stands no more.
        at: when it was answered.

    Raises:
        RefusedInputError: when there is no such submission.
        WarehouseError: when the database refuses a statement.
    """
    with transaction("report") as conn:
        submission = load(conn, submission_id)
        if submission.state != "in_review" or submission.version != version:
            return False
        try:
            _checked_answer(decision, note)
            _refuse_person(submission, by)
        except AnswerRefusedError as refusal:
            told = refusal.told
        else:
            return False
        profile = provinces.load(submission.slug)
        people: list[provinces.Contact] = ["officer", "deputy"] if by in profile.approval.deputies else ["officer"]
        period = submission.period_key.replace("/", "-")
        topic = f"answer.{submission.obligation}.{period}.v{submission.version}.{at.astimezone(VIETNAM):%Y%m%d%H%M%S}"
        context = {
            "province": profile.name,
            "name": submission.duty.name_vi,
            "label": submission.label,
            "version": submission.version,
            "by": by,
            "at": words.instant(at),
            "why": told,
            "due": words.instant(submission.due_at),
            "page": submission.approval_page,
        }
        put_notice(conn, submission.slug, topic, profile.contacts.addresses(people), "answer_refused", context)
    with suppress(DeliveryFailedError, DeliveryUncertainError, ConfigurationError):
        send_waiting_notice(submission.slug, topic)
    return True


def _checked_answer(decision: str, note: str | None) -> str | None:
    if decision not in ("approve", "send_back"):
        raise RefusedInputError("the decision has to be approve or send_back")
    try:
        note = checked_note("note", note)
    except RefusedInputError as refusal:
        raise AnswerRefusedError(
            str(refusal),
            f"Ý kiến dài quá {LONGEST_NOTE} ký tự, hoặc có ngày sinh, dãy số hay địa chỉ thư có thể là của một người; hãy viết "
            "lại không có những chi tiết đó.",
        ) from None
    if decision == "send_back" and note is None:
        raise AnswerRefusedError(
            "sending a report back needs a note that says what has to be changed",
            "Trả lại báo cáo cần có ý kiến nêu rõ phải sửa gì; ô Ý kiến đang để trống.",
        )
    return note


def _refuse_person(submission: Submission, by: str) -> None:
    approval = provinces.load(submission.slug).approval
    if by in approval.users:
        return
    if by not in approval.deputies:
        raise AnswerRefusedError(
            f"submission {submission.submission_id}: this user is not among approval.users of the profile",
            "Tài khoản đã trả lời không có trong danh sách người được phê duyệt của đơn vị (approval.users).",
        )
    assert submission.state_since is not None
    if clock.now() < submission.state_since + timedelta(hours=approval.deputy_after_hours):
        raise AnswerRefusedError(
            f"submission {submission.submission_id}: a deputy decides only after {approval.deputy_after_hours} hours without "
            "an answer",
            f"Cấp phó chỉ trả lời thay khi người phụ trách chưa trả lời sau {approval.deputy_after_hours} giờ.",
        )


def _follows(found: str, decided: str) -> bool:
    """Whether a submission now in state `found` has this decision behind it."""
    return found in {"approved": ("approved", "sending", *OUT), "sent_back": ("sent_back",)}[decided]


def _give_to_engineer(conn: Connection, submission: Submission, by: str, note: str) -> None:
    profile, duty = provinces.load(submission.slug), submission.duty
    context = {
        "province": profile.name,
        "name": duty.name_vi,
        "label": submission.label,
        "version": submission.version,
        "by": by,
        "at": words.instant(clock.now()),
        "note": note,
        "due": words.instant(submission.due_at),
        "dag": submission.dag_id,
        "period": submission.period_key,
        "incident": submission.incident is not None,
    }
    to = profile.contacts.addresses(["engineer"])
    put_notice(conn, submission.slug, _returned(submission), to, "sent_back", context)


def _returned(submission: Submission) -> str:
    return f"sent-back.{submission.obligation}.{submission.period_key.replace('/', '-')}.v{submission.version}"


def tell_engineer(submission_id: int) -> bool:
    """Send the mail about a version that was sent back, once; False when there is none or it went out before.

    Raises:
        DeliveryUncertainError, DeliveryFailedError, ConfigurationError: as `sangloc.reporting.notices.send_notice`.
    """
    with transaction("report") as conn:
        submission = load(conn, submission_id)
    return send_waiting_notice(submission.slug, _returned(submission)) > 0
