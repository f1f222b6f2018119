"""What a document says: templates and figures to one structure of blocks that both PDF and DOCX are drawn from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sangloc import provinces, settings
from sangloc.clock import VIETNAM
from sangloc.errors import ConfigurationError
from sangloc.reporting import annex, words
from sangloc.reporting.figures import Published
from sangloc.reporting.incident import OPTIONAL_TEXTS
from sangloc.reporting.submissions import Submission
from sangloc.reporting.wording import BEFORE, Beside, Block, Commune, Replaced, Words, labels

KINDS = {"one_off": "milestone", "ad_hoc": "incident"}
# What the fonts of include/fonts have no sign for: in PDF/A one such sign, pasted into a form, keeps the whole report from
# being written, and no DOCX takes a control character.
_UNDRAWABLE = re.compile(
    "[^ -~\u00a0-\u036f\u0391-\u03a1\u03a3-\u03c9\u1e00-\u1e99\u1ea0-\u1ef9\u2000-\u2010\u2012-\u2022\u2026\u2030\u2032\u2033"
    "\u2039\u203a\u20ab\u20ac\u2122\u2190-\u2195\u2206\u2212\u2248\u2260\u2264\u2265\u25a0\u25a1\u25cf]+"
)
INSTEAD = "\u25a1"


@dataclass(frozen=True)
class Seal:
    """What ties a document to its figures: printed at its end."""

    snapshot: int
    taken_at: datetime
    figures_hash: str
    audit_head: str | None


def incident_kinds() -> dict[str, str]:
    """The kinds of incident an ad-hoc report may be about, with their Vietnamese names."""
    return labels()["incident_kind"]


def incident_urgencies() -> dict[str, str]:
    """How urgent an ad-hoc report may be, with the Vietnamese names of NĐ 30/2020/NĐ-CP."""
    return labels()["incident_urgency"]


def build(
    submission: Submission, figures: Published, communes: Sequence[Commune], seal: Seal, beside: Beside | None = None
) -> dict[str, Any]:
    """The document of a submission as data: letterhead, blocks, appendices, signature, seal, and the annex's sheets.

    Args:
        communes: those in force, in the order of tables.
        beside: names, the report before and words of units; None for a document that mentions none of them.

    Raises:
        ConfigurationError: when a template is missing or wrong; names file and line.
    """
    profile, obligation = provinces.load(submission.slug), submission.duty
    helper = Words(submission, figures, communes, profile, beside or Beside())
    context = _context(submission, profile, helper, seal)
    kind = KINDS.get(obligation.cadence, "periodic")
    folder = settings.include() / "templates" / "reports"
    name = f"{obligation.id}.md.j2" if (folder / f"{obligation.id}.md.j2").is_file() else f"{kind}.md.j2"
    head, text = _front(name, _fill("reports", name, context))
    main, *further = re.split(r"^=== (.+)$", text, flags=re.MULTILINE)
    body = _parse(main, helper.blocks)
    appendices: list[dict[str, Any]] = [
        {"title": title.strip(), "blocks": _parse(part, helper.blocks)}
        for title, part in zip(further[::2], further[1::2], strict=True)
    ]
    _number_headings(body)
    replaced = helper.beside.replaced
    if replaced is not None:
        body[1:1] = _correction(replaced, figures_printed=bool(obligation.contents))
    for place, appendix in enumerate(appendices, start=1):
        appendix["name"] = "Phụ lục" if len(appendices) == 1 else f"Phụ lục {words.roman(place)}"
    department = profile.health_department
    local = seal.taken_at.astimezone(VIETNAM)
    compared = f" (so với bản {helper.beside.before.snapshot})" if helper.beside.before else ""
    sealed = (
        f"Bản số liệu {seal.snapshot}{compared}, bản trình {submission.version}, chốt lúc {words.instant(seal.taken_at)}; "
        f"mã kiểm số liệu {seal.figures_hash[:12]}; sổ kiểm toán {(seal.audit_head or 'chưa có')[:12]}"
    )
    document: dict[str, Any] = {
        "superior": _two_lines(department.superior.upper()),
        "issuer": department.name.upper(),
        "number": f"Số:          /BC-{department.symbol}",
        "attached": f"(Kèm theo Báo cáo số          /BC-{department.symbol} của {department.name})",
        "place_and_date": f"{department.place}, ngày        tháng {words.month(local.date())} năm {local.year}",
        "title": head["title"][0].upper(),
        "subject": head["subject"][0],
        "version": f"(Bản số {submission.version}, thay thế bản số {replaced.version} đã gửi lúc {replaced.sent_on})"
        if replaced
        else "",
        "to": [recipient.name for recipient in obligation.recipients],
        "blocks": body,
        "appendices": appendices,
        "receivers": head.get("receiver", []),
        "signer": department.signer_title.upper(),
        "seal": sealed,
    }
    document = drawable(document)
    return document | {"annex": annex.build(head["annex"][0], helper, sealed) if "annex" in head else None}


def _correction(replaced: Replaced, figures_printed: bool) -> list[Block]:
    """Why the document replaces the version that its recipients have, and what changed: stands after the opening sentence."""
    said = f"Báo cáo này thay thế bản số {replaced.version} đã gửi lúc {replaced.sent_on}."
    if replaced.reason:
        said += f" Lý do đính chính: {replaced.reason.rstrip('.')}."
    if replaced.changes:
        said += " Số liệu thay đổi so với bản đã gửi:"
    elif figures_printed:
        said += " Các số liệu không thay đổi so với bản đã gửi."
    return [{"type": "paragraph", "text": said}, *({"type": "item", "text": f"{change}."} for change in replaced.changes)]


def drawable(part: Any) -> Any:
    """A part of a document with `INSTEAD` for every run of signs that cannot be drawn, such as emoji or control characters.

    A sign that only is another writing of drawable ones becomes those.
    """
    if isinstance(part, str):
        return _UNDRAWABLE.sub(_other_writing, unicodedata.normalize("NFC", part))
    if isinstance(part, dict):
        return {key: drawable(value) for key, value in part.items()}
    return [drawable(value) for value in part] if isinstance(part, list | tuple) else part


def _other_writing(found: re.Match[str]) -> str:
    return _UNDRAWABLE.sub(INSTEAD, unicodedata.normalize("NFKC", found[0]))


def _two_lines(superior: str) -> list[str]:
    """Breaks "ỦY BAN NHÂN DÂN TỈNH LẠNG SƠN" before the name of the place."""
    return [part for part in re.split(r"\s+(?=TỈNH |THÀNH PHỐ )", superior) if part]


def _context(submission: Submission, profile: provinces.Profile, helper: Words, seal: Seal) -> dict[str, Any]:
    obligation = submission.duty
    codes = [commune.code for commune in helper.communes]
    counted = set(helper.figures.keys("examined_share", "commune"))
    incident = None
    if submission.incident is not None:
        kinds, names = helper.labels["incident_kind"], helper.labels["commune"] | {profile.code: profile.name}
        area = [names.get(code, f"mã {code}") for code in submission.incident["area"]]
        kind = submission.incident["kind"]
        incident = dict.fromkeys(OPTIONAL_TEXTS, "") | submission.incident
        incident |= {"kind_vi": kinds.get(kind, kind), "area_vi": ", ".join(area)}
        incident["urgency_vi"] = helper.labels["incident_urgency"][submission.incident.get("urgency", "normal")]
    orders = [profile.order(identifier) for identifier in obligation.orders]
    bases = "; ".join(_basis(order) for order in orders)
    # A figure that a target is measured by stands in the table of targets.
    aims = {target.indicator for target in profile.targets}
    functions = {
        name: getattr(helper, name)
        for name in (
            "n", "d", "rate", "people", "change", "has", "known", "rate_known", "told", "is_zero", "keys", "names",
            "names_with_rate", "highest", "lowest", "none_yet",
            "table", "grid", "chart", "commune_map", "weeks", "targets_chart", "reported", "texts",
            "shows",
        )
    }  # fmt: skip
    return functions | {
        "profile": profile,
        "obligation": obligation,
        "submission": submission,
        "incident": incident,
        "issuer": obligation.issuer,
        "area": profile.name[0].lower() + profile.name[1:],
        "bases": bases,
        "communes": codes,
        "communes_without_roster": [code for code in codes if code not in counted],
        "all_sources": list(helper.labels["source"]),
        "priority_ids": [group.id for group in profile.priority_groups],
        "targets": helper.targets(),
        "inputs": helper.inputs(),
        "facilities_shown": helper.shows("timeliness_facility") and bool(helper.keys("timeliness_facility", "facility")),
        "first_report": helper.beside.before is None and obligation.cadence in BEFORE,
        "manual_numbers": [
            figure.id for figure in obligation.manual_figures if figure.kind == "number" and figure.id not in aims
        ],
        "manual_text_ids": [figure.id for figure in obligation.manual_figures if figure.kind == "text"],
        "date": lambda value: words.day(value.astimezone(VIETNAM).date()),
        "period": {
            "label": submission.label,
            # Without its days, which the opening sentence gives.
            "name": submission.label.partition(" (")[0],
            "year": submission.period_to.year,
            "from": words.day(submission.period_from),
            "to": words.day(submission.period_to),
            "taken": words.instant(seal.taken_at),
        },
    }


def _basis(order: provinces.Order) -> str:
    """An order as the opening of a report names it; by its title where the copy at hand has no number."""
    if order.number.startswith("("):
        return f"{order.title} của {order.issuer}"
    signs = (("-NQ/", "Nghị quyết"), ("/CT-", "Chỉ thị"), ("-HD/", "Hướng dẫn"), ("-CTr/", "Chương trình hành động"))
    kind = next((kind for sign, kind in signs if sign in order.number), "Công văn")
    date = "" if order.date_text.startswith("(") else f" {order.date_text}"
    return f"{kind} số {order.number}{date} của {order.issuer}"


def fill_mail(name: str, context: dict[str, Any]) -> tuple[str, str]:
    """Subject and body of a mail, from `include/templates/mails/<name>.txt.j2`, whose first line is the subject.

    Raises:
        ConfigurationError: when the template is missing or wrong.
    """
    subject, _, body = _fill("mails", f"{name}.txt.j2", context).strip().partition("\n")
    return subject.strip(), body.strip() + "\n"


def _fill(folder: str, name: str, context: dict[str, Any]) -> str:
    from jinja2 import FileSystemLoader, StrictUndefined, TemplateError
    from jinja2.sandbox import SandboxedEnvironment

    environment = SandboxedEnvironment(
        loader=FileSystemLoader(settings.include() / "templates" / folder),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    try:
        return environment.get_template(name).render(context)
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        where = f"include/templates/{folder}/{name}" + (f", line {line}" if line else "")
        raise ConfigurationError(f"{where}: {type(error).__name__}: {error.message}") from None


def _front(name: str, text: str) -> tuple[dict[str, list[str]], str]:
    """The lines between the two `---` at the top, and the rest."""
    found = re.match(r"---\n(.*?)\n---\n(.*)", text.lstrip(), re.DOTALL)
    head: dict[str, list[str]] = {}
    for line in found.group(1).splitlines() if found else []:
        key, _, value = line.partition(":")
        head.setdefault(key.strip(), []).append(value.strip())
    if found is None or "title" not in head or "subject" not in head:
        raise ConfigurationError(f"include/templates/reports/{name}: expected title and subject between --- lines at the top")
    return head, found.group(2)


def _parse(text: str, blocks: Sequence[Block]) -> list[Block]:
    parsed: list[Block] = []
    for part in re.split(r"\n\s*\n", text):
        paragraph: list[str] = []
        for line in part.strip().splitlines():
            line = line.strip()
            found = re.fullmatch(r"@@(\d+)@@", line)
            kind = re.match(r"(# |## |- )", line)
            if found or kind:
                _close(paragraph, parsed)
            if found:
                parsed.append(blocks[int(found.group(1))])
            elif kind and kind.group(1) == "- ":
                parsed.append({"type": "item", "text": line[2:]})
            elif kind:
                parsed.append({"type": "heading", "level": len(kind.group(1)) - 1, "text": line[len(kind.group(1)) :]})
            else:
                paragraph.append(line)
        _close(paragraph, parsed)
    return parsed


def _close(paragraph: list[str], parsed: list[Block]) -> None:
    text = " ".join(line for line in paragraph if line)
    paragraph.clear()
    if text:
        parsed.append({"type": "paragraph", "text": text})


def _number_headings(blocks: Sequence[Block]) -> None:
    section = subsection = 0
    for block in blocks:
        if block["type"] == "heading" and block["level"] == 1:
            section, subsection = section + 1, 0
            block["text"] = f"{words.roman(section)}. {block['text'].upper()}"
        elif block["type"] == "heading":
            subsection += 1
            block["text"] = f"{subsection}. {block['text']}"
