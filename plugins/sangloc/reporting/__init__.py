"""What the province owes upward: what is expected when, figures frozen in a snapshot, documents, a person's decision,
delivery by mail, and the watch over all of it."""

from sangloc.reporting.behind import rows_behind
from sangloc.reporting.board import board, send_board, workbook
from sangloc.reporting.content import incident_kinds
from sangloc.reporting.documents import render
from sangloc.reporting.figures import Indicator, indicators, take_snapshot
from sangloc.reporting.mail import DeliveryFailedError
from sangloc.reporting.notices import notice_text, resolve_uncertain_notice, send_notice
from sangloc.reporting.outbox import deliver, enqueue_delivery, request_review, resolve_uncertain, review_text
from sangloc.reporting.submissions import acknowledge, open_submission, record_decision, status
from sangloc.reporting.verify import Verdict, verify_report
from sangloc.reporting.watch import expect, remind

__all__ = [
    "DeliveryFailedError",
    "Indicator",
    "Verdict",
    "acknowledge",
    "board",
    "deliver",
    "enqueue_delivery",
    "expect",
    "incident_kinds",
    "indicators",
    "notice_text",
    "open_submission",
    "record_decision",
    "remind",
    "render",
    "request_review",
    "resolve_uncertain",
    "resolve_uncertain_notice",
    "review_text",
    "rows_behind",
    "send_board",
    "send_notice",
    "status",
    "take_snapshot",
    "verify_report",
    "workbook",
]
