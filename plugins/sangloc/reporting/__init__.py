"""What the province owes upward: what is expected when, figures frozen in a snapshot, documents, a person's decision,
delivery by mail, and the watch over all of it."""

from sangloc.reporting.approval import record_decision, refuse_answer, request_review, review_text, tell_engineer
from sangloc.reporting.behind import note_refused, of_code, rows_behind
from sangloc.reporting.board import CERTAINTY, COLOURS, STANDINGS, STATES, board, send_board, workbook
from sangloc.reporting.content import incident_kinds, incident_urgencies
from sangloc.reporting.delivery import deliver, enqueue_delivery, mails_in_trouble, settle_mail
from sangloc.reporting.documents import render
from sangloc.reporting.figures import Indicator, indicators, take_snapshot
from sangloc.reporting.mail import DeliveryFailedError
from sangloc.reporting.notices import notice_text, send_notice
from sangloc.reporting.submissions import Submission, acknowledge, dag_of, open_submission, status
from sangloc.reporting.verify import Verdict, verify_report
from sangloc.reporting.view import document, figures_view, submission_of, view
from sangloc.reporting.watch import each_hour, expect, remind
from sangloc.reporting.wording import labels

__all__ = [
    "CERTAINTY",
    "COLOURS",
    "STANDINGS",
    "STATES",
    "DeliveryFailedError",
    "Indicator",
    "Submission",
    "Verdict",
    "acknowledge",
    "board",
    "dag_of",
    "deliver",
    "document",
    "each_hour",
    "enqueue_delivery",
    "expect",
    "figures_view",
    "incident_kinds",
    "incident_urgencies",
    "indicators",
    "labels",
    "mails_in_trouble",
    "note_refused",
    "notice_text",
    "of_code",
    "open_submission",
    "record_decision",
    "refuse_answer",
    "remind",
    "render",
    "request_review",
    "review_text",
    "rows_behind",
    "send_board",
    "send_notice",
    "settle_mail",
    "status",
    "submission_of",
    "take_snapshot",
    "tell_engineer",
    "verify_report",
    "view",
    "workbook",
]
