"""People's health books: what officers decide, entries with their history, books for everyone, one book for export."""

from sangloc.health_book.cases import Candidate, Case, Waiting, case, waiting
from sangloc.health_book.creation import open_books, summarise_creation
from sangloc.health_book.decisions import Answer, decide, reopen, unlink
from sangloc.health_book.export import bundle, export_book
from sangloc.health_book.ledger import note_view
from sangloc.health_book.people import merge_people, split_person

__all__ = [
    "Answer",
    "Candidate",
    "Case",
    "Waiting",
    "bundle",
    "case",
    "decide",
    "export_book",
    "merge_people",
    "note_view",
    "open_books",
    "reopen",
    "split_person",
    "summarise_creation",
    "unlink",
    "waiting",
]
