"""Reading the official XML as a stream, one exam at a time.

`<KHAMSUCKHOE>` (QĐ 2062/QĐ-BYT) and `<GIAMDINHHS>` (QĐ 3176/QĐ-BYT) have the same skeleton: a sender, a day, and HOSO
(exams) of FILEHOSO (parts), whose content is nested XML, with or without its own declaration, or the same in Base64. A
document of QĐ 1551/QĐ-BYT is one exam, and its root names the form.

A file may be of any size: what is held is one exam, of at most `MOST_BYTES` and `MOST_TAGS`.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import contextlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Protocol

from lxml import etree

from sangloc.exams.fields import SIGNATURES, tables

HEALTH_CHECK = "KHAMSUCKHOE"
INSURANCE_CLAIM = "GIAMDINHHS"
# A document of QĐ 1551/QĐ-BYT.
DOCUMENT = "QD1551"
SHEET = "SHEET"

# One exam, whatever the size of its file: a check-up has some 10 kB, a long stay in hospital some hundred.
MOST_BYTES = 16 << 20
MOST_TAGS = 500_000

_CHUNK = 1 << 16
# Some systems put a part into Base64 that already is.
_MOST_WRAPPED = 3
# How UTF-16 begins: with its mark, or with the first character of a message.
_UTF16 = {
    b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"<\0": "utf-16-le", b"\0<": "utf-16-be",
    b"{\0": "utf-16-le", b"\0{": "utf-16-be", b"[\0": "utf-16-le", b"\0[": "utf-16-be",
}  # fmt: skip
_DECLARATION = re.compile(rb"<\?xml\s[^>]*\?>")
_HEAD = re.compile(rb"(?:\xef\xbb\xbf)?\s*(<\?xml\s[^>]*\?>)?")
# Nothing outside the bytes at hand is ever read, and no entity is replaced.
_SAFE: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "huge_tree": False,
}

Leaf = tuple[str, str, str]


class Readable(Protocol):
    """Bytes to be read in pieces; an empty piece is the end."""

    def read(self, size: int, /) -> bytes: ...


class UnreadableFileError(Exception):
    """The file is refused as a whole; `reason` is the code written into `intake.file`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(slots=True)
class RawExam:
    """One exam as it stands in a file.

    Attributes:
        ordinal: place in the file, from 1 (the HOSO's place, or the sheet's row).
        kind: `KHAMSUCKHOE`, `GIAMDINHHS`, `QD1551` or `SHEET`.
        leaves: (part, code, value) in document order, values trimmed, empty ones left out; in a document of QĐ 1551 the
            part is the tag of the section next to the field.
        unreadable: parts whose content is neither XML nor JSON nor Base64 of one of them; (part, content).
        facility: the envelope's MACSKCB, or empty.
        made_on: the envelope's NGAYLAP as text, or empty.
        sheet: the workbook's sheet, for a table.
        form: of a document of QĐ 1551, else empty.
        signatures: of a document of QĐ 1551, as leaves of part `CHUKYDONVI`; envelopes are signed as a whole.
        own_key: the MA_LK made for a row of a list that has no column for it, else empty.
        ambiguous: another row of the list has the same `own_key` and says something else.
    """

    ordinal: int
    kind: str
    leaves: list[Leaf] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    facility: str = ""
    made_on: str = ""
    sheet: str | None = None
    form: str = ""
    signatures: list[Leaf] = field(default_factory=list)
    own_key: str = ""
    ambiguous: bool = False


@dataclass(slots=True)
class Signature:
    """The signatures over the whole file (CHUKYDONVI), as leaves; they come after the last exam, or before the first.

    `made_on` is a NGAYLAP that came after the exams it is about: members of JSON have no order.
    """

    leaves: list[Leaf]
    made_on: str = ""


def _refuse_definitions(element: etree._Element) -> None:
    info = element.getroottree().docinfo
    if info.internalDTD is not None or info.externalDTD is not None:
        raise UnreadableFileError("xml_dtd")


def _elements(parser: etree.XMLPullParser) -> Iterator[etree._Element]:
    for _, element in parser.read_events():
        if isinstance(element, etree._Element):
            yield element


def _name(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def pieces_of(source: bytes | Readable) -> Iterator[bytes]:
    """The content in pieces of 64 kB."""
    if isinstance(source, bytes):
        view = memoryview(source)
        for offset in range(0, len(view), _CHUNK):
            yield bytes(view[offset : offset + _CHUNK])
        return
    while piece := source.read(_CHUNK):
        # Some sources give a few bytes at a time.
        while len(piece) < _CHUNK and (rest := source.read(_CHUNK - len(piece))):
            piece += rest
        yield piece


def _in_utf8(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The content in pieces, as UTF-8 without its declaration when it is UTF-16: what is looked for in it are bytes."""
    pieces = iter(pieces)
    head = next(pieces, b"")
    if head[:2] not in _UTF16:
        yield from chain([head], pieces)
        return
    decoder = codecs.getincrementaldecoder(_UTF16[head[:2]])()
    try:
        start = decoder.decode(head).encode()
        found = _HEAD.match(start)
        yield start[found.end() :] if found else start
        for piece in pieces:
            yield decoder.decode(piece).encode()
    except UnicodeError:
        raise UnreadableFileError("xml_invalid") from None


def _one_declaration(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The content in pieces, without the XML declarations of nested parts, which the decision's own sample prints."""
    rest, is_first = b"", True
    for each in _in_utf8(pieces):
        piece = rest + each
        if is_first:
            is_first = False
            head = _HEAD.match(piece)
            if head:
                if head[1]:
                    yield head[1]
                piece = piece[head.end() :]
        # What may be the beginning of a declaration waits for the next piece.
        cut = piece.rfind(b"<", max(0, len(piece) - 200))
        if cut > 0 and b">" not in piece[cut:]:
            piece, rest = piece[:cut], piece[cut:]
        else:
            rest = b""
        yield _DECLARATION.sub(b"", piece) if b"<?xml" in piece else piece
    yield rest


class _Measure:
    """Refuses an exam that is larger than any exam is, before a parser has made objects of it."""

    def __init__(self) -> None:
        self.bytes = self.tags = 0

    def add(self, piece: bytes) -> None:
        self.bytes += len(piece)
        self.tags += _tags(piece)
        if self.bytes > MOST_BYTES or self.tags > MOST_TAGS:
            raise UnreadableFileError("record_too_large")

    def start_anew(self) -> None:
        self.bytes = self.tags = 0


def _tags(content: bytes) -> int:
    """Elements and attributes, which cost far more memory than their text; opening and closing tags both count."""
    return content.count(b"<") + content.count(b'="') + content.count(b"='")


def _root_tag(head: bytes) -> str:
    """The tag of the file's root, from its first piece."""
    parser = etree.XMLPullParser(events=("start",), **_SAFE)
    # An error behind the root's start still leaves the root among the events.
    with contextlib.suppress(etree.XMLSyntaxError):
        for piece in _one_declaration([head]):
            parser.feed(piece)
    with contextlib.suppress(etree.XMLSyntaxError):
        for element in _elements(parser):
            _refuse_definitions(element)
            return _name(element)
    raise UnreadableFileError("xml_invalid")


def _leaves(part: str, element: etree._Element, into: list[Leaf]) -> None:
    for child in element.iterchildren(tag=etree.Element):
        if not len(child):
            text = child.text
        elif next(child.iterchildren(tag=etree.Element), None) is None:
            text = _text(child)
        else:
            _leaves(part, child, into)
            continue
        if text and (value := text.strip()):
            into.append((part, _name(child), value))


def _text(element: etree._Element) -> str:
    # A comment inside a value cuts it in two.
    text = element.text if not len(element) else etree.tostring(element, method="text", encoding="unicode", with_tail=False)
    return text.strip() if text else ""


# Made once: a claim has hundreds of parts, and making a parser costs more than reading one.
_NESTED = etree.XMLParser(**_SAFE)


def decoded_base64(text: str) -> bytes | None:
    """What `text` is the Base64 of; None when it is no Base64."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def part_root(content: str | bytes) -> etree._Element | None:
    """The root of a part's XML; None when it is none.

    Raises:
        UnreadableFileError: it defines a document type or entities, or is larger than any part.
    """
    if isinstance(content, str):
        # The text is Unicode by now, whatever encoding its declaration names.
        content = _DECLARATION.sub(b"", content.encode(), count=1).lstrip()
    if len(content) > MOST_BYTES or _tags(content) > MOST_TAGS:
        raise UnreadableFileError("record_too_large")
    try:
        element = etree.fromstring(content, _NESTED)
    except (etree.XMLSyntaxError, ValueError):
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
            raise UnreadableFileError("xml_dtd") from None
        return None
    _refuse_definitions(element)
    return element


def part_leaves(number: str, root: etree._Element, into: list[Leaf]) -> None:
    """The fields of a part; `number` is its number, or empty when only its tag says which it is."""
    _leaves(number or tables().parts.get(_name(root), ""), root, into)


def _unwrapped(text: str) -> str | bytes | None:
    """What a part's text is, or is the Base64 of, however often: XML, still in its own encoding, or JSON; None for neither."""
    for _ in range(_MOST_WRAPPED + 1):
        if text.startswith(("<", "{", "[")):
            return text
        content = decoded_base64(text)
        if not content:
            return None
        if content[:2] in _UTF16:
            encoding = _UTF16[content[:2]]
        elif content.startswith((b"<", b"\xef\xbb\xbf<")):
            return content
        else:
            encoding = "utf-8-sig"
        try:
            text = content.decode(encoding).strip()
        except UnicodeDecodeError:
            return None
    return None


def part_text(number: str, text: str, exam: RawExam, read_json: Callable[[str, str, RawExam], bool]) -> None:
    """The fields of a part that came as text: XML, JSON (by `read_json`), or Base64 of one of them."""
    content = _unwrapped(text)
    if content:
        if content[:1] in ("{", "["):
            if read_json(number, str(content), exam):
                return
        elif (root := part_root(content)) is not None:
            part_leaves(number, root, exam.leaves)
            return
    exam.unreadable.append((number, text))


def _exam(hoso: etree._Element, ordinal: int, kind: str) -> RawExam:
    from sangloc.exams.json_envelope import read_part

    exam = RawExam(ordinal, kind)
    for file in hoso.iterchildren("{*}FILEHOSO"):
        number, content = "", None
        for child in file.iterchildren(tag=etree.Element):
            name = _name(child)
            if name == "LOAIHOSO":
                number = _text(child).upper()
            elif name == "NOIDUNGFILE":
                content = child
        if content is None:
            continue
        root = next(content.iterchildren(tag=etree.Element), None)
        if root is not None:
            part_leaves(number, root, exam.leaves)
        elif text := _text(content):
            part_text(number, text, exam, read_part)
    return exam


def _signed(element: etree._Element) -> str:
    # A signature element is kept whole: its values mean nothing apart from each other.
    return etree.tostring(element, encoding="unicode", with_tail=False).strip() if len(element) else _text(element)


def _signature(element: etree._Element) -> Signature:
    signed = [(_name(child), _signed(child)) for child in element.iterchildren(tag=etree.Element)]
    if not signed:
        # A claim's is the text itself.
        signed = [(SIGNATURES, _text(element))]
    return Signature([(SIGNATURES, name, value) for name, value in signed if value])


def read_xml(source: bytes | Readable) -> Iterator[RawExam | Signature]:
    """The exams of an XML file in order, then its signature when it has one.

    Args:
        source: the file's bytes, or what they are read from.

    Raises:
        UnreadableFileError: `xml_invalid` (not well-formed, cut off), `xml_dtd` (it defines a document type or
            entities, which no exam file needs), `format_unknown` (another root than those of exams),
            `record_too_large` (one exam of more than `MOST_BYTES` or `MOST_TAGS`), `exams_not_found` (SOLUONGHOSO says that
            there are some).
    """
    pieces = pieces_of(source)
    head = next(pieces, b"")
    kind = _root_tag(head)
    content = _one_declaration(chain([head], pieces))
    try:
        if kind in (HEALTH_CHECK, INSURANCE_CLAIM):
            yield from _envelope(kind, content)
        elif form := tables().document_form(kind):
            yield _document(form, content)
        else:
            raise UnreadableFileError("format_unknown")
    except etree.XMLSyntaxError:
        raise UnreadableFileError("xml_invalid") from None


def _envelope(kind: str, content: Iterator[bytes]) -> Iterator[RawExam | Signature]:
    tags = [f"{{*}}{tag}" for tag in ("HOSO", "MACSKCB", "NGAYLAP", "SOLUONGHOSO", SIGNATURES)]
    parser = etree.XMLPullParser(events=("end",), tag=tags, **_SAFE)
    measure = _Measure()
    ordinal, facility, made_on, announced = 0, "", "", ""
    checked = False
    for piece in content:
        measure.add(piece)
        parser.feed(piece)
        for element in _elements(parser):
            if not checked:
                _refuse_definitions(element)
                checked = True
            name, parent = _name(element), element.getparent()
            above = _name(parent) if parent is not None else ""
            if name == "MACSKCB" and above == "THONGTINDONVI":
                facility = _text(element)
            elif name == "NGAYLAP" and above == "THONGTINHOSO":
                if ordinal and not made_on:
                    yield Signature([], _text(element))
                made_on = _text(element)
            elif name == "SOLUONGHOSO" and above == "THONGTINHOSO":
                announced = _text(element)
            elif name == SIGNATURES and above in (kind, "THONGTINHOSO"):
                yield _signature(element)
            elif name == "HOSO" and above == "DANHSACHHOSO":
                ordinal += 1
                exam = _exam(element, ordinal, kind)
                exam.facility, exam.made_on = facility, made_on
                element.clear()
                _forget_before(element)
                measure.start_anew()
                yield exam
    parser.close()
    if not ordinal:
        refuse_announced(announced)


def refuse_announced(count: str) -> None:
    """Refuse a message without an exam that says it has some: they stand where nobody looks for them."""
    if count.strip("0"):
        raise UnreadableFileError("exams_not_found")


def _forget_before(element: etree._Element) -> None:
    """Take everything that stands before an element, and before what it stands in, out of memory."""
    while (parent := element.getparent()) is not None:
        while element.getprevious() is not None:
            del parent[0]
        element = parent


def _document(form: str, content: Iterator[bytes]) -> RawExam:
    parser = etree.XMLParser(**_SAFE)
    measure = _Measure()
    for piece in content:
        measure.add(piece)
        parser.feed(piece)
    root = parser.close()
    _refuse_definitions(root)
    exam = RawExam(1, DOCUMENT, form=form)
    _sections(_name(root).upper(), root, exam)
    return exam


def _sections(section: str, element: etree._Element, exam: RawExam) -> None:
    """The fields of a document with the section each stands in, however sections are nested."""
    for child in element.iterchildren(tag=etree.Element):
        name = _name(child).upper()
        if name in ("CKS_NGUOI_KET_LUAN", "CKS_BENH_VIEN"):
            if signed := _signed(child):
                exam.signatures.append((SIGNATURES, name, signed))
        elif next(child.iterchildren(tag=etree.Element), None) is not None:
            _sections(name, child, exam)
        elif value := _text(child):
            exam.leaves.append((section, name, value))
