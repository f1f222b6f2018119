"""Reading exams from JSON: the twin of `<KHAMSUCKHOE>`, documents of QĐ 1551/QĐ-BYT, and the request they are sent in.

Names are the same as in XML, in capitals or not. The request (`header`, `data`, `signature`) and that of the insurance
(`fileName`, `fileContent`) hold the message in Base64, or as an object.
"""

from __future__ import annotations

import binascii
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from sangloc.exams.envelope import (
    DOCUMENT,
    HEALTH_CHECK,
    INSURANCE_CLAIM,
    Leaf,
    RawExam,
    Readable,
    Signature,
    UnreadableFileError,
    part_text,
    refuse_announced,
)
from sangloc.exams.fields import SIGNATURES, tables
from sangloc.exams.json_stream import JsonSource, Pairs, decode

_Record = RawExam | Signature
_Read = Callable[[Readable, int], Iterator[_Record]]

_BASE64 = ("DATA", "FILECONTENT", "FILE_CONTENT")
_ENVELOPE = ("THONGTINDONVI", "THONGTINHOSO", SIGNATURES)
_OWN_SIGNATURES = ("CKS_NGUOI_KET_LUAN", "CKS_BENH_VIEN", "SIGNATURES")
# A request may hold a request's content, as implementers do with file_content; no more than that.
_MOST_WRAPPED = 3
# PostgreSQL's text has no NUL, UTF-8 no halves of surrogate pairs.
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")
_NO_NAME = re.compile(r"[^\w.\-]", re.ASCII)
_LONGEST_NAME = 255


class _Base64:
    """The bytes that a JSON string of any length is the Base64 of."""

    def __init__(self, pieces: Iterator[str]) -> None:
        self._pieces = pieces
        self._rest = ""
        self._bytes = b""

    def read(self, size: int, /) -> bytes:
        while len(self._bytes) < size:
            piece = next(self._pieces, None)
            text = self._rest + "".join((piece or "").split())
            whole = len(text) if piece is None else len(text) // 4 * 4
            self._rest = text[whole:]
            try:
                self._bytes += binascii.a2b_base64(text[:whole].encode("ascii"), strict_mode=bool(text[:whole]))
            except (binascii.Error, ValueError):
                raise UnreadableFileError("base64_invalid") from None
            if piece is None:
                break
        taken, self._bytes = self._bytes[:size], self._bytes[size:]
        return taken


def read_json(source: bytes | Readable, read: _Read, depth: int = 0) -> Iterator[_Record]:
    """The exams of a JSON file in order, then its signature when it has one.

    Args:
        source: the file's bytes, or what they are read from.
        read: reads what a request holds: XML or JSON, and how deep it lies.
        depth: how many requests this lies in.

    Raises:
        UnreadableFileError: `json_invalid` (no JSON, cut off, nested too deeply), `base64_invalid`, `format_unknown` (no
            message of exams), `record_too_large`, `exams_not_found`.
    """
    walk = _Walk(JsonSource(source), read, depth)
    try:
        yield from walk.messages()
    except RecursionError:
        raise UnreadableFileError("json_invalid") from None
    walk.source.end()
    if not walk.known:
        raise UnreadableFileError("format_unknown")
    if not walk.ordinal:
        refuse_announced(walk.announced)


class _Walk:
    def __init__(self, source: JsonSource, read: _Read, depth: int) -> None:
        self.source, self.read, self.depth = source, read, depth
        self.known = False
        self.ordinal = 0
        self.facility = self.made_on = self.announced = ""

    def messages(self) -> Iterator[_Record]:
        for _ in self.source.items():
            if self.source.peek() != "{":
                raise UnreadableFileError("format_unknown" if self.source.peek() else "json_invalid")
            yield from self._message()

    def _message(self) -> Iterator[_Record]:
        source = self.source
        for name in source.members():
            if name in (HEALTH_CHECK, INSURANCE_CLAIM) and source.peek() == "{":
                self.known = True
                for inner in source.members():
                    yield from self._member(name, inner)
            elif name in _ENVELOPE:
                self.known = True
                yield from self._member(HEALTH_CHECK, name)
            elif name in _BASE64:
                self.known = True
                yield from self._content()
            elif (form := tables().document_form(name)) and source.peek() in ("{", "["):
                self.known = True
                for _ in source.items():
                    yield self._document(form, name, source.value())
            else:
                source.value()

    def _content(self) -> Iterator[_Record]:
        if self.depth >= _MOST_WRAPPED or self.source.peek() not in ("{", '"'):
            raise UnreadableFileError("format_unknown")
        self.depth += 1
        if self.source.peek() == "{":
            yield from self._message()
        else:
            held = _Base64(self.source.string_pieces())
            for record in self.read(held, self.depth):
                if isinstance(record, RawExam):
                    self.ordinal += 1
                    record.ordinal = self.ordinal
                yield record
            # What follows the message is refused there; the string has been read to its end.
            while held.read(1 << 16):
                pass
        self.depth -= 1

    def _member(self, kind: str, name: str) -> Iterator[_Record]:
        source = self.source
        if name == "THONGTINDONVI":
            self.facility = _first(source.value(), "MACSKCB")
        elif name == "THONGTINHOSO" and source.peek() == "{":
            for inner in source.members():
                if inner == "NGAYLAP":
                    made_on = _scalar(source.value()) or ""
                    if self.ordinal and not self.made_on:
                        yield Signature([], made_on)
                    self.made_on = made_on
                elif inner == "DANHSACHHOSO":
                    yield from self._exams(kind)
                elif inner == "SOLUONGHOSO":
                    self.announced = _scalar(source.value()) or ""
                elif inner == SIGNATURES:
                    yield _signature(source.value())
                else:
                    source.value()
        elif name == SIGNATURES:
            yield _signature(source.value())
        else:
            source.value()

    def _exams(self, kind: str) -> Iterator[_Record]:
        """DANHSACHHOSO: {"HOSO": […]}, {"HOSO": {…}} or the list itself."""
        source = self.source
        if source.peek() == "{":
            for name in source.members():
                if name == "HOSO":
                    for _ in source.items():
                        yield self._exam(kind, source.value())
                else:
                    source.value()
            return
        for _ in source.items():
            value = source.value()
            inner = _member(value, "HOSO")
            yield self._exam(kind, value if inner is None else inner)

    def _exam(self, kind: str, value: Any) -> RawExam:
        self.ordinal += 1
        exam = RawExam(self.ordinal, kind, facility=self.facility, made_on=self.made_on)
        files = _member(value, "FILEHOSO")
        for file in _listed(value if files is None else files):
            number = (_scalar(_member(file, "LOAIHOSO")) or "").upper()
            content = _member(file, "NOIDUNGFILE")
            if isinstance(content, str):
                if text := _NO_TEXT.sub("", content).strip():
                    part_text(number, text, exam, read_part)
            elif content is not None:
                _part_leaves(number, content, exam.leaves)
        return exam

    def _document(self, form: str, root: str, value: Any) -> RawExam:
        self.ordinal += 1
        exam = RawExam(self.ordinal, DOCUMENT, form=form)
        _sections(root, value, exam)
        return exam


def read_part(number: str, text: str, exam: RawExam) -> bool:
    """The fields of a part that is JSON text into `exam`; False when it is none."""
    try:
        value = decode(text)
    except UnreadableFileError as error:
        if error.reason != "json_invalid":
            raise
        return False
    if not isinstance(value, list):
        return False
    leaves: list[Leaf] = []
    try:
        _part_leaves(number, value, leaves)
    except RecursionError:
        return False
    exam.leaves += leaves
    return True


def _part_leaves(number: str, value: Any, into: list[Leaf]) -> None:
    if not number and isinstance(value, Pairs):
        for name, inner in value:
            _leaves(tables().parts.get(name.upper(), ""), [inner], into)
        return
    _leaves(number, value, into)


def _leaves(part: str, value: Any, into: list[Leaf]) -> None:
    if isinstance(value, Pairs):
        for name, inner in value:
            if isinstance(inner, list):
                _leaves(part, inner, into)
            if text := _codes(inner):
                into.append((part, _code(name), text))
    elif isinstance(value, list):
        for inner in value:
            _leaves(part, inner, into)


def _sections(section: str, value: Any, exam: RawExam) -> None:
    if not isinstance(value, Pairs):
        for inner in value if isinstance(value, list) else ():
            _sections(section, inner, exam)
        return
    for name, inner in value:
        code = _code(name)
        if code in _OWN_SIGNATURES:
            signed = json.dumps(_plain(inner), ensure_ascii=False) if isinstance(inner, list) else _scalar(inner)
            if signed:
                exam.signatures.append((SIGNATURES, code, signed))
        else:
            if isinstance(inner, list):
                _sections(code, inner, exam)
            if text := _codes(inner):
                exam.leaves.append((section, code, text))


def _codes(value: Any) -> str | None:
    """A value as text, a list of values joined as the decision joins several codes; None for nothing."""
    texts: list[str] = []
    rest = [value]
    while rest:
        one = rest.pop()
        if isinstance(one, list):
            rest += [] if isinstance(one, Pairs) else reversed(one)
        elif text := _scalar(one):
            texts.append(text)
    return ";".join(texts) or None


def _code(name: str) -> str:
    """A member's name as a tag can have it: what no tag may have is an underscore."""
    code = _NO_NAME.sub("_", _NO_TEXT.sub("", name).strip().upper())[:_LONGEST_NAME]
    return code if code[:1].isalpha() or code[:1] == "_" else f"_{code}"


def _scalar(value: Any) -> str | None:
    """A value as text; None for nothing."""
    if value is None or isinstance(value, list):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return _NO_TEXT.sub("", value).strip() or None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) and not isinstance(value, Pairs) else [value]


def _member(value: Any, name: str) -> Any:
    if isinstance(value, Pairs):
        return next((inner for key, inner in value if key.upper() == name), None)
    return None


def _first(value: Any, name: str) -> str:
    return _scalar(_member(value, name)) or ""


def _plain(value: Any) -> Any:
    if isinstance(value, Pairs):
        return {name: _plain(inner) for name, inner in value}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return _NO_TEXT.sub("", value) if isinstance(value, str) else value


def _signature(value: Any) -> Signature:
    signed: list[Leaf] = []
    for name, inner in value if isinstance(value, Pairs) else [(SIGNATURES, value)]:
        text = json.dumps(_plain(inner), ensure_ascii=False) if isinstance(inner, list) and inner else _scalar(inner)
        if text:
            signed.append((SIGNATURES, _code(name), text))
    return Signature(signed)
