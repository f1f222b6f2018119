"""Exam records: the official XML and JSON of health checks and insurance visits, and lists of schools and employers."""

from sangloc.exams.load import load_sender, new_senders, summarise

__all__ = ["load_sender", "new_senders", "summarise"]
