"""The exams of a message, whatever it is written in."""

from __future__ import annotations

from collections.abc import Iterator

from sangloc.exams.envelope import RawExam, Readable, Signature, UnreadableFileError, pieces_of, read_xml
from sangloc.exams.json_envelope import read_json

# Spaces of UTF-8 and UTF-16, and how many of them may stand before a message.
_BLANK = b" \t\r\n\x00"
_MOST_BLANK = 1 << 20
_BYTE_ORDER = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


class _Rejoined:
    """A source of which the beginning has been looked at."""

    def __init__(self, head: bytes, pieces: Iterator[bytes]) -> None:
        self._rest, self._pieces = head, pieces

    def read(self, size: int, /) -> bytes:
        if not self._rest:
            self._rest = next(self._pieces, b"")
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken


def read_message(source: bytes | Readable, depth: int = 0) -> Iterator[RawExam | Signature]:
    """The exams of an XML or JSON file in order, then the signature over all of them when it has one.

    The kind is told by the content's first character, whatever the file's name. What is held in memory is one exam.

    Args:
        source: the file's bytes, or what they are read from.
        depth: how many requests it lies in; 0 for a file.

    Raises:
        UnreadableFileError: as `read_xml` and `read_json`.
    """
    pieces = pieces_of(source)
    head = b""
    # The first piece of a stream may be a few bytes.
    for piece in pieces:
        head += piece
        if head.strip(_BLANK):
            break
        if len(head) > _MOST_BLANK:
            raise UnreadableFileError("xml_invalid")
    start = head
    for mark in _BYTE_ORDER:
        start = start.removeprefix(mark)
    is_json = start.lstrip(_BLANK)[:1] in (b"{", b"[")
    rejoined = _Rejoined(head, pieces)
    return read_json(rejoined, read_message, depth) if is_json else read_xml(rejoined)
