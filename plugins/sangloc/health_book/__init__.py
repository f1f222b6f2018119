"""People's health books: what officers decide, entries with their history, books for everyone, one book for export."""

from sangloc.health_book.books import Book, Exam, Found, beside, book, find_people, province_of_person
from sangloc.health_book.cases import Candidate, Case, Waiting, case, province_of_case, waiting
from sangloc.health_book.creation import open_books, summarise_creation
from sangloc.health_book.decisions import Answer, decide, reopen, unlink
from sangloc.health_book.export import bundle, export_book
from sangloc.health_book.ledger import note_search, note_view
from sangloc.health_book.people import merge_people, split_person

__all__ = [
    "Answer",
    "Book",
    "Candidate",
    "Case",
    "Exam",
    "Found",
    "Waiting",
    "beside",
    "book",
    "bundle",
    "case",
    "decide",
    "export_book",
    "find_people",
    "merge_people",
    "note_search",
    "note_view",
    "open_books",
    "province_of_case",
    "province_of_person",
    "reopen",
    "split_person",
    "summarise_creation",
    "unlink",
    "waiting",
]
