"""Writing exams in the official formats: what was read and stored, as XML or JSON again."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from sangloc.exams.envelope import DOCUMENT, HEALTH_CHECK, INSURANCE_CLAIM, SHEET, Leaf, RawExam, Signature
from sangloc.exams.fields import FORMS, INSURANCE, SIGNATURES, tables
from sangloc.exams.record import held_texts

if TYPE_CHECKING:
    from sqlalchemy import Connection

# The elements of a claim's parts that have a row for each service (QĐ 3176/QĐ-BYT; second-hand).
_ROWS = {
    "XML2": ("DSACH_CHI_TIET_THUOC", "CHI_TIET_THUOC"),
    "XML3": ("DSACH_CHI_TIET_DVKT", "CHI_TIET_DVKT"),
    "XML4": ("DSACH_CHI_TIET_CLS", "CHI_TIET_CLS"),
}
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def stored_exam(conn: Connection, encounter_id: int) -> tuple[RawExam, Signature]:
    """A stored version of an exam as it stood in its file: columns and findings together again.

    The identity fields stand in the order of the official table, everything else as it came. A record of a list is in the
    terms of QĐ 2062/QĐ-BYT.

    Raises:
        sqlalchemy.exc.NoResultFound: there is no such version.
    """
    from sangloc.warehouse import sql

    row = conn.execute(sql("exams/stored_exam"), {"encounter_id": encounter_id}).one()._asdict()
    found = conn.execute(sql("exams/stored_findings"), {"encounter_id": encounter_id}).all()
    form = row["form"]
    is_document = form in tables().documents
    kind = DOCUMENT if is_document else {INSURANCE: INSURANCE_CLAIM, "sheet": SHEET}.get(form, HEALTH_CHECK)
    exam = RawExam(1, kind, facility=row["gln"] or row["facility_code"], form=form if is_document else "")
    signed: list[Leaf] = []
    identity = tables().identity_part(form)
    texts = held_texts(row)
    leaves: list[Leaf] = [(identity, code, texts[code]) for code in row["held_codes"]]
    for part, code, value, problem in found:
        if (part, code) == ("THONGTINHOSO", "NGAYLAP"):
            exam.made_on = value
        elif part == SIGNATURES:
            (exam.signatures if is_document else signed).append((part, code, value))
        elif problem == "unreadable":
            exam.unreadable.append((part, value))
        else:
            leaves.append((part, code, value))
    table = tables().fields("18_plus" if kind == SHEET else form)
    order = {field.code: field.order for field in table if field.part == identity}
    last = max(order.values(), default=0) + 1
    own = sorted((leaf for leaf in leaves if leaf[0] == identity), key=lambda leaf: order.get(leaf[1], last))
    first = next((at for at, leaf in enumerate(leaves[len(row["held_codes"]) :]) if leaf[0] == identity), 0)
    others = [leaf for leaf in leaves if leaf[0] != identity]
    exam.leaves = [*others[:first], *own, *others[first:]]
    return exam, Signature(signed)


def _tag(kind: str, part: str) -> str:
    tags = tables().part_tags
    forms = (INSURANCE,) if kind == INSURANCE_CLAIM else FORMS
    return next((tags[form][part] for form in forms if part in tags[form]), "PHAN_KHAC")


def _runs(leaves: Iterable[Leaf]) -> Iterator[tuple[str, list[Leaf]]]:
    for part, run in groupby(leaves, key=lambda leaf: leaf[0]):
        yield part, list(run)


def _signed_xml(code: str, value: str) -> str:
    if value.startswith(f"<{code}"):
        return value
    return f"<{code}>{escape(value)}</{code}>"


def _part_xml(kind: str, part: str, leaves: Sequence[Leaf]) -> str:
    tag = _tag(kind, part)
    rows = _rows(leaves)
    if kind != INSURANCE_CLAIM or part not in _ROWS:
        return f"<{tag}>{''.join(map(_fields_xml, rows))}</{tag}>"
    several, one = _ROWS[part]
    return f"<{tag}><{several}>{''.join(f'<{one}>{_fields_xml(row)}</{one}>' for row in rows)}</{several}></{tag}>"


def _rows(leaves: Iterable[Leaf]) -> list[list[Leaf]]:
    """A field that repeats begins a further row."""
    rows: list[list[Leaf]] = [[]]
    seen: set[str] = set()
    for leaf in leaves:
        if leaf[1] in seen:
            rows.append([])
            seen.clear()
        seen.add(leaf[1])
        rows[-1].append(leaf)
    return rows


def _fields_xml(leaves: Iterable[Leaf]) -> str:
    return "".join(f"<{code}>{escape(value)}</{code}>" for _, code, value in leaves)


def write_xml(exams: Sequence[RawExam], signature: Signature | None = None, *, encoded: bool = False) -> bytes:
    """One XML file with these exams, in the format of the first: an envelope, or the document of QĐ 1551/QĐ-BYT.

    Args:
        exams: all of one kind; records of lists count as health checks; of documents there is one.
        signature: over the whole file.
        encoded: whether each part is Base64 instead of nested XML; a document has no parts.

    Raises:
        ValueError: no exam, or documents and other exams together.
    """
    kind = _kind(exams)
    if kind == DOCUMENT:
        exam = exams[0]
        root = tables().roots[exam.form]
        sections = "".join(
            _fields_xml(run) if section == root else f"<{section}>{_fields_xml(run)}</{section}>"
            for section, run in _runs(exam.leaves)
        )
        signed = "".join(_signed_xml(code, value) for _, code, value in exam.signatures)
        return f"{_DECLARATION}<{root}>{sections}{signed}</{root}>".encode()
    pieces = []
    for exam in exams:
        pieces.append("<HOSO>")
        for part, run in _runs(exam.leaves):
            inner = _part_xml(kind, part, run)
            content = base64.b64encode(inner.encode()).decode() if encoded else inner
            pieces.append(_file_xml(part, content))
        pieces += [_file_xml(part, escape(content)) for part, content in exam.unreadable]
        pieces.append("</HOSO>")
    signed = "".join(
        escape(value) if code == SIGNATURES else _signed_xml(code, value)
        for _, code, value in (signature.leaves if signature else [])
    )
    return (
        f"{_DECLARATION}<{kind}><THONGTINDONVI><MACSKCB>{escape(exams[0].facility)}</MACSKCB></THONGTINDONVI><THONGTINHOSO>"
        f"<NGAYLAP>{escape(exams[0].made_on)}</NGAYLAP><SOLUONGHOSO>{len(exams)}</SOLUONGHOSO><DANHSACHHOSO>"
        + "".join(pieces)
        + f"</DANHSACHHOSO></THONGTINHOSO><{SIGNATURES}>{signed}</{SIGNATURES}></{kind}>\n"
    ).encode()


def _file_xml(part: str, content: str) -> str:
    return f"<FILEHOSO><LOAIHOSO>{escape(part)}</LOAIHOSO><NOIDUNGFILE>{content}</NOIDUNGFILE></FILEHOSO>"


def write_json(exams: Sequence[RawExam], signature: Signature | None = None) -> bytes:
    """As `write_xml`, in JSON: names in lower case, a field that repeats begins a further object of a list.

    Documents of QĐ 1551/QĐ-BYT become a list of them.

    Raises:
        ValueError: no exam, or documents and other exams together.
    """
    kind = _kind(exams)
    if kind == DOCUMENT:
        documents = [_document_json(exam) for exam in exams]
        return _dump(documents[0] if len(documents) == 1 else documents)
    hoso = [
        {
            "filehoso": [
                *(
                    {"loaihoso": part, "noidungfile": {_tag(kind, part).lower(): _objects(run)}}
                    for part, run in _runs(exam.leaves)
                ),
                *({"loaihoso": part, "noidungfile": content} for part, content in exam.unreadable),
            ]
        }
        for exam in exams
    ]
    envelope: dict[str, Any] = {
        "thongtindonvi": {"macskcb": exams[0].facility},
        "thongtinhoso": {
            "ngaylap": exams[0].made_on,
            "soluonghoso": str(len(exams)),
            "danhsachhoso": {"hoso": hoso},
        },
    }
    signed = signature.leaves if signature else []
    if [code for _, code, _ in signed] == [SIGNATURES]:
        envelope[SIGNATURES.lower()] = signed[0][2]
    else:
        envelope[SIGNATURES.lower()] = {code.lower(): value for _, code, value in signed}
    return _dump({kind.lower(): envelope})


def _kind(exams: Sequence[RawExam]) -> str:
    kinds = {HEALTH_CHECK if exam.kind == SHEET else exam.kind for exam in exams}
    if len(kinds) != 1:
        raise ValueError("expected exams of one kind, and at least one")
    return kinds.pop()


def _document_json(exam: RawExam) -> dict[str, Any]:
    root = tables().roots[exam.form]
    content: dict[str, Any] = {}
    for section, run in _runs(exam.leaves):
        name, value = section.lower(), _objects(run)
        if section == root:
            content.update(value if isinstance(value, dict) else {name: value})
        elif name in content:
            # A section that comes again after others cannot be a second member of that name.
            content[name] = [*_listed(content[name]), *_listed(value)]
        else:
            content[name] = value
    content.update({code.lower(): _own(value) for _, code, value in exam.signatures})
    return {root.lower(): content}


def _own(value: str) -> Any:
    """A signature that came as an object is one again."""
    if value.startswith(("{", "[")):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _objects(leaves: Sequence[Leaf]) -> dict[str, str] | list[dict[str, str]]:
    found = [{code.lower(): value for _, code, value in row} for row in _rows(leaves)]
    return found[0] if len(found) == 1 else found


def _dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
