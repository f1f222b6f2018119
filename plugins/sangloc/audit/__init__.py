"""The tamper-evident ledger: one event for every try of every task, each sealed with the hash of the one before."""

from sangloc.audit.facts import collect, note, reset
from sangloc.audit.ledger import Event, append, by_person, code_version, flush_spool, head, seal, verify

__all__ = ["Event", "append", "by_person", "code_version", "collect", "flush_spool", "head", "note", "reset", "seal", "verify"]
