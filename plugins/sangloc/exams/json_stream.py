"""Reading JSON in pieces: the frame is walked, what it holds is decoded value by value."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any

from sangloc.exams.envelope import MOST_BYTES, MOST_TAGS, Readable, UnreadableFileError, pieces_of

_SPACE = re.compile(r"[ \t\n\r\ufeff]*")
# Beginnings of a string's escapes that a piece may end in.
_OPEN_ESCAPE = re.compile(r"(?<!\\)(?:\\\\)*(\\(?:u[0-9a-fA-F]{0,3})?)$")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
# Below this size a text cannot hold enough brackets to matter.
_SMALL = 1 << 20


class Pairs(list[tuple[str, Any]]):
    """The members of a JSON object, in order, repeated names and all."""


# Numbers stay as they were written: 08 is no number, but 36.70 is one and has two decimals.
_DECODER = json.JSONDecoder(object_pairs_hook=Pairs, parse_int=str, parse_float=str, parse_constant=str, strict=False)


def decode(text: str) -> Any:
    """A whole JSON text; objects become `Pairs`, numbers stay text.

    Raises:
        UnreadableFileError: `json_invalid`, `record_too_large`.
    """
    text = text.lstrip("\ufeff").strip()
    _refuse_crowds(text)
    try:
        value, end = _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        raise UnreadableFileError("json_invalid") from None
    if end != len(text):
        raise UnreadableFileError("json_invalid")
    return value


def _refuse_crowds(text: str) -> None:
    if len(text) > MOST_BYTES or sum(map(text.count, "{[,")) > MOST_TAGS:
        raise UnreadableFileError("record_too_large")


def _text_of(pieces: Iterator[bytes]) -> Iterator[str]:
    head = next(pieces, b"")
    encoding = "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        yield decoder.decode(head)
        for piece in pieces:
            yield decoder.decode(piece)
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise UnreadableFileError("json_invalid") from None


class JsonSource:
    """JSON text that is asked for piece by piece.

    The caller walks arrays and objects (`items`, `members`) and takes the values in them (`value`, `string_pieces`, `skip`);
    each value must be taken before the next member is asked for. Every method raises `UnreadableFileError` with
    `json_invalid` or `record_too_large`.
    """

    def __init__(self, source: bytes | Readable) -> None:
        self._pieces = _text_of(pieces_of(source))
        self._text = ""
        self._at = 0
        self._ended = False

    def _more(self, wanted: int = 0) -> bool:
        """Read on until `wanted` characters are at hand, at least one further piece; False at the end."""
        held = [self._text[self._at :]]
        size = len(held[0])
        for piece in self._pieces:
            held.append(piece)
            size += len(piece)
            if piece and size >= wanted:
                break
        else:
            self._ended = True
        self._text, self._at = "".join(held), 0
        return not self._ended or len(held) > 1

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            space = _SPACE.match(self._text, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _take(self, expected: str) -> None:
        if self.peek() != expected:
            raise UnreadableFileError("json_invalid")
        self._at += 1

    def value(self) -> Any:
        """The next value as a whole."""
        self.peek()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except RecursionError:
                raise UnreadableFileError("json_invalid") from None
            except ValueError:
                pass
            else:
                # A number may go on in the next piece.
                if end < len(self._text) or self._ended:
                    self._at = end
                    return value
            if self._ended:
                raise UnreadableFileError("json_invalid")
            # Twice as much each time, so that a long value is not decoded over and over.
            wanted = 2 * (len(self._text) - self._at)
            if wanted > _SMALL:
                _refuse_crowds(self._text[self._at :])
            self._more(wanted)

    def members(self) -> Iterator[str]:
        """The names of an object's members in upper case."""
        self._take("{")
        if self.peek() == "}":
            self._at += 1
            return
        while True:
            name = self.value()
            if not isinstance(name, str):
                raise UnreadableFileError("json_invalid")
            self._take(":")
            yield name.upper()
            if self.peek() != ",":
                break
            self._at += 1
        self._take("}")

    def items(self) -> Iterator[None]:
        """Stops at each item of an array; at a value that is no array, once."""
        if self.peek() != "[":
            yield
            return
        self._at += 1
        if self.peek() == "]":
            self._at += 1
            return
        while True:
            yield
            if self.peek() != ",":
                break
            self._at += 1
        self._take("]")

    def string_pieces(self) -> Iterator[str]:
        """A string of any length, without its quotes and escapes."""
        self._take('"')
        while True:
            end = self._closing_quote()
            stop = len(self._text) if end < 0 else end
            # Half an escape waits for the next piece.
            tail = _OPEN_ESCAPE.search(self._text, self._at, stop) if end < 0 else None
            if tail:
                stop = tail.start(1)
            piece = self._text[self._at : stop]
            self._at = stop
            yield _ESCAPE.sub(_unescaped, piece) if "\\" in piece else piece
            if end >= 0:
                self._at += 1
                return
            if not self._more():
                raise UnreadableFileError("json_invalid")

    def _closing_quote(self) -> int:
        """Where the string ends within the text at hand; -1 when it goes on."""
        at = self._at
        while (quote := self._text.find('"', at)) >= 0:
            begin = quote
            while begin > self._at and self._text[begin - 1] == "\\":
                begin -= 1
            if (quote - begin) % 2 == 0:
                return quote
            at = quote + 1
        return -1

    def end(self) -> None:
        """Nothing may follow."""
        if self.peek():
            raise UnreadableFileError("json_invalid")


def _unescaped(match: re.Match[str]) -> str:
    code = match[1]
    return chr(int(code[1:], 16)) if code[0] == "u" and len(code) > 1 else _ESCAPED.get(code, code)
