"""What a document says: templates and figures to one structure of blocks that both PDF and DOCX are drawn from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sangloc import provinces, settings
from sangloc.clock import VIETNAM
from sangloc.errors import ConfigurationError
from sangloc.reporting import words
from sangloc.reporting.figures import MISSING, Published, Value
from sangloc.reporting.submissions import Submission

KINDS = {"one_off": "milestone", "ad_hoc": "incident"}
SUPPRESSED = "*"
UNKNOWN = "–"
NOTE = "Ghi chú: (*) số liệu nhỏ hoặc có thể suy ra số liệu nhỏ, không công bố để bảo vệ thông tin cá nhân."

Block = dict[str, Any]


@dataclass(frozen=True)
class Commune:
    """Code and name of a commune-level unit."""

    code: str
    name: str


@dataclass(frozen=True)
class Seal:
    """What ties a document to its figures: printed at its end."""

    snapshot: int
    taken_at: datetime
    figures_hash: str
    audit_head: str | None


@lru_cache(maxsize=4)
def _labels(text: str) -> dict[str, dict[str, str]]:
    import yaml

    found: dict[str, dict[str, str]] = yaml.safe_load(text)
    return found


def labels() -> dict[str, dict[str, str]]:
    """Labels of codes by breakdown, from `include/templates/reports/labels.yaml`."""
    return _labels((settings.include() / "templates" / "reports" / "labels.yaml").read_text(encoding="utf-8"))


def incident_kinds() -> dict[str, str]:
    """The kinds of incident an ad-hoc report may be about, with their Vietnamese names."""
    return labels()["incident_kind"]


def incident_urgencies() -> dict[str, str]:
    """How urgent an ad-hoc report may be, with the Vietnamese names of NĐ 30/2020/NĐ-CP."""
    return labels()["incident_urgency"]


class _Words:
    """The functions a template may call. Collects the tables and charts it asks for."""

    def __init__(
        self, submission: Submission, figures: Published, communes: Sequence[Commune], profile: provinces.Profile
    ) -> None:
        self.figures, self.submission, self.profile = figures, submission, profile
        self.communes = list(communes)
        self.blocks: list[Block] = []
        self.tables = 0
        self.charts = 0
        self.labels = labels() | {
            "commune": {commune.code: commune.name for commune in communes},
            "priority": {group.id: group.name_vi for group in profile.priority_groups},
        }

    # what templates call -----------------------------------------------------------------------------------------

    def n(self, indicator: str, breakdown: str = "total", key: str = "") -> str:
        """The numerator, for a sentence."""
        value = self.figures.get(indicator, breakdown, key)
        if value is MISSING and key and self.figures.get(indicator).numerator is not None:
            # The whole was counted and this key did not occur in it.
            return "0"
        return words.HIDDEN[value.hidden_as] if value.hidden_as else _count(value.numerator, value.numerator_hidden)

    def d(self, indicator: str, breakdown: str = "total", key: str = "") -> str:
        """The denominator, for a sentence."""
        value = self.figures.get(indicator, breakdown, key)
        return "dưới 5" if value.denominator_hidden and not key else _count(value.denominator, value.denominator_hidden)

    def rate(self, indicator: str, breakdown: str = "total", key: str = "") -> str:
        """The share in per cent."""
        return _rate(self.figures.get(indicator, breakdown, key))

    def people(self, indicator: str, breakdown: str = "total", key: str = "") -> str:
        """The numerator as a part of a sentence."""
        value = self.figures.get(indicator, breakdown, key)
        if value.numerator_hidden:
            return f"{words.HIDDEN[value.hidden_as]} người" if value.hidden_as else "một số ít người"
        if value.numerator is None:
            return "chưa có số liệu người"
        return f"{words.number(value.numerator)} người"

    def has(self, indicator: str, breakdown: str = "total", key: str = "") -> bool:
        """Whether there is anything to take a share of."""
        value = self.figures.get(indicator, breakdown, key)
        return value.denominator_hidden or bool(value.denominator)

    def rate_known(self, indicator: str, breakdown: str = "total", key: str = "") -> bool:
        """Whether the share can be computed and published."""
        return bool(re.match(r"\d", _rate(self.figures.get(indicator, breakdown, key))))

    def is_zero(self, indicator: str, part: str = "n") -> bool:
        """Whether the whole counts nobody or nothing, or was never counted."""
        value = self.figures.get(indicator)
        if part == "n":
            return not value.numerator_hidden and not value.numerator
        return not value.denominator_hidden and not value.denominator

    def keys(self, indicator: str, breakdown: str) -> list[str]:
        """The keys the snapshot has for a breakdown, in the order of the labels."""
        order = {key: place for place, key in enumerate(self.labels.get(breakdown, {}))}
        return sorted(self.figures.keys(indicator, breakdown), key=lambda key: (order.get(key, len(order)), key))

    def names(self, breakdown: str, keys: Sequence[str]) -> str:
        """Labels in a row."""
        return ", ".join(self.label(breakdown, key) for key in keys)

    def names_with_rate(self, indicator: str, breakdown: str, keys: Sequence[str]) -> str:
        """Labels with their shares in a row."""
        return ", ".join(f"{self.label(breakdown, key)} ({self.rate(indicator, breakdown, key)})" for key in keys)

    def highest(self, indicator: str, breakdown: str, count: int) -> list[str]:
        """The keys with the highest published shares."""
        return self._ranked(indicator, breakdown)[::-1][:count]

    def lowest(self, indicator: str, breakdown: str, count: int) -> list[str]:
        """The keys with the lowest published shares."""
        return self._ranked(indicator, breakdown)[:count]

    def table(
        self,
        caption: str,
        first: str,
        breakdown: str,
        columns: Sequence[Sequence[str]],
        keys: Sequence[str] | None = None,
        total: bool = True,
    ) -> str:
        """A table of one breakdown, a column for each `[title, indicator, n | d | rate]`."""
        if keys is None:
            keys = [key for _, indicator, _ in columns for key in self.keys(indicator, breakdown)]
        shown = list(dict.fromkeys(keys))
        rows = [
            [str(place), self.label(breakdown, key), *(self._cell(column, breakdown, key) for column in columns)]
            for place, key in enumerate(shown, start=1)
        ]
        if total:
            rows.append(["", "Tổng số", *(self._cell(column, "total", "") for column in columns)])
        heads = [["STT", "center", 1.1], [first, "left", 5.4], *([column[0], "right", 2.2] for column in columns)]
        return self._table(caption, heads, rows, total)

    def grid(self, caption: str, columns: Sequence[Sequence[Any]], rows: Sequence[Sequence[str]]) -> str:
        """A table of given rows; columns are `[title, left | center | right, relative width]`."""
        numbered = [[str(place), *row] for place, row in enumerate(rows, start=1)]
        return self._table(caption, [["STT", "center", 1.1], *columns], numbered, False)

    def chart(self, caption: str, indicator: str, breakdown: str, keys: Sequence[str] | None = None) -> str:
        """A bar chart of published shares, highest first."""
        bars = []
        for key in keys if keys is not None else self.keys(indicator, breakdown):
            value = self.figures.get(indicator, breakdown, key)
            known = value.numerator is not None and bool(value.denominator)
            share = float(value.numerator / value.denominator * 100) if known else -1.0  # type: ignore[operator]
            text = _rate(value).removesuffix("%")
            bars.append({"label": self.label(breakdown, key), "value": round(share, 4), "text": text})
        bars.sort(key=lambda bar: -float(str(bar["value"])))
        self.charts += 1
        drawn = [bar | {"value": max(float(str(bar["value"])), 0.0)} for bar in bars]
        hidden = any(bar["text"] == SUPPRESSED for bar in drawn)
        return self._add(
            {
                "type": "chart",
                "caption": f"Biểu đồ {self.charts}. {caption}",
                "bars": drawn,
                "note": NOTE if hidden else "",
            }
        )

    def fill(self, label: str) -> str:
        """A place for what a person has to write before signing."""
        return self._add({"type": "fill", "text": label})

    def shows(self, *indicators: str) -> bool:
        """Whether the obligation's contents name one of these indicators."""
        return not set(indicators).isdisjoint(self.submission.duty.contents)

    def manual(self, ids: Sequence[str]) -> list[list[str]]:
        """Rows for the figures of the obligation that units report, those of `ids`; a place to fill where none did."""
        return [
            [figure.name_vi, self._measured(figure.id) or "…………"]
            for figure in self.submission.duty.manual_figures
            if figure.id in ids
        ]

    def _measured(self, indicator: str) -> str:
        """The whole as a number in the indicator's own unit: a sum, a mean, or a share in per cent."""
        value, unit = self.figures.get(indicator), self.figures.units.get(indicator)
        if value.numerator is None or value.numerator_hidden or value.denominator_hidden:
            return ""
        if unit == "người" and value.denominator:
            return _rate(value)
        if unit == "%":
            return f"{_shortest(value.numerator)}%"
        return _shortest(value.numerator / value.denominator if value.denominator else value.numerator)

    def manual_texts(self, ids: Sequence[str]) -> list[str]:
        """Names of the texts of the obligation that a person writes, those of `ids`."""
        return [figure.name_vi for figure in self.submission.duty.manual_figures if figure.id in ids]

    def reported(self, label: str) -> str:
        """What units wrote under a text of the obligation: how many, and where it stands; a place to write a summary."""
        found = self._texts(label)
        said = f"Có {words.number(len(found))} đơn vị báo cáo nội dung này (xem phụ lục). " if found else ""
        return f"{said}{self.fill('')}"

    def unit_texts(self, label: str) -> list[list[str]]:
        """Rows of unit and text, for a table."""
        return [[unit, " ".join(text.split("\n"))] for unit, text in self._texts(label)]

    def _texts(self, label: str) -> Sequence[tuple[str, str]]:
        name = next((figure.id for figure in self.submission.duty.manual_figures if figure.name_vi == label), "")
        return self.figures.below.texts.get(name, ())

    def inputs(self) -> list[dict[str, Any]]:
        """Who owed figures for the report: name of the input, expected, received, in_time, names of who is missing."""
        names = {owed.id: owed.name_vi for owed in self.submission.duty.inputs}
        return [
            {
                "name": names.get(one.input, one.input),
                "expected": words.number(one.expected),
                "received": words.number(one.received),
                "in_time": words.number(one.in_time),
                "missing": list(one.missing),
            }
            for one in self.figures.below.inputs
        ]

    def targets(self) -> list[list[str]]:
        """Rows target, value, year, result, judgement for every target of the profile."""
        manual = {figure.id for figure in self.submission.duty.manual_figures}
        rows = []
        for target in self.profile.targets:
            sign = {">": "Trên ", ">=": "Từ ", "=": ""}[target.comparison]
            unit = target.unit if target.unit == "%" else f" {target.unit}"
            decimals = 0 if float(target.value).is_integer() else 1
            goal = f"{sign}{words.number(target.value, decimals)}{unit}"
            value = self.figures.get(target.indicator) if target.indicator else MISSING
            if value.numerator is not None and (value.denominator or target.unit != "%"):
                result = self._measured(target.indicator or "") + ("" if target.unit == "%" else f" {target.unit}")
                measured = value.numerator / (value.denominator or 1) * (100 if target.unit == "%" else 1)
                wanted = Decimal(str(target.value))
                reached = measured > wanted if target.comparison == ">" else measured >= wanted
                later = target.by_year > self.submission.period_to.year
                judged = "Đạt" if reached else "Đang thực hiện" if later else "Chưa đạt"
            elif value.numerator_hidden:
                result, judged = SUPPRESSED, UNKNOWN
            elif target.indicator in manual:
                result, judged = "…………", "…………"
            else:
                result, judged = "Chưa có số liệu", UNKNOWN
            rows.append([target.name_vi, goal, str(target.by_year), result, judged])
        return rows

    # -------------------------------------------------------------------------------------------------------------

    def label(self, breakdown: str, key: str) -> str:
        return self.labels.get(breakdown, {}).get(key) or f"Mã {key}"

    def _ranked(self, indicator: str, breakdown: str) -> list[str]:
        shares = {}
        for key in self.keys(indicator, breakdown):
            value = self.figures.get(indicator, breakdown, key)
            if value.numerator is not None and value.denominator:
                shares[key] = value.numerator / value.denominator
        return sorted(shares, key=lambda key: (shares[key], key))

    def _cell(self, column: Sequence[str], breakdown: str, key: str) -> str:
        _, indicator, part = column
        value = self.figures.get(indicator, breakdown, key)
        whole = self.figures.get(indicator)
        if value is MISSING and breakdown not in ("commune", "priority") and whole.numerator is not None:
            # The whole was counted and this key did not occur in it.
            return ("0%" if whole.numerator else UNKNOWN) if part == "rate" else "0"
        if part == "rate":
            return _rate(value)
        if part == "n":
            return _count(value.numerator, value.numerator_hidden)
        return _count(value.denominator, value.denominator_hidden)

    def _table(self, caption: str, columns: Sequence[Sequence[Any]], rows: list[list[str]], total: bool) -> str:
        self.tables += 1
        note = NOTE if any(cell == SUPPRESSED for row in rows for cell in row) else ""
        return self._add(
            {
                "type": "table",
                "caption": f"Bảng {self.tables}. {caption}",
                "columns": [{"title": title, "align": align, "width": width} for title, align, width in columns],
                "rows": rows,
                "total": total,
                "note": note,
            }
        )

    def _add(self, block: Block) -> str:
        self.blocks.append(block)
        return f"\n\n@@{len(self.blocks) - 1}@@\n\n"


def _count(value: Decimal | None, hidden: bool) -> str:
    if hidden:
        return SUPPRESSED
    return UNKNOWN if value is None else words.number(value)


def _shortest(value: Decimal) -> str:
    """A number with the decimals it has, at most two."""
    rounded = round(value, 2).normalize()
    exponent = rounded.as_tuple().exponent
    return words.number(rounded, max(-exponent, 0) if isinstance(exponent, int) else 0)


def _rate(value: Value) -> str:
    if value.numerator_hidden or value.denominator_hidden:
        return SUPPRESSED
    if value.numerator is None or not value.denominator:
        return UNKNOWN
    return words.percent(int(value.numerator), int(value.denominator))


def build(submission: Submission, figures: Published, communes: Sequence[Commune], seal: Seal) -> dict[str, Any]:
    """The document of a submission as data: letterhead, blocks, appendices, signature, seal.

    Raises:
        ConfigurationError: when a template is missing or wrong; names file and line.
    """
    profile, obligation = provinces.load(submission.slug), submission.duty
    helper = _Words(submission, figures, communes, profile)
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
    for place, appendix in enumerate(appendices, start=1):
        appendix["name"] = "Phụ lục" if len(appendices) == 1 else f"Phụ lục {words.roman(place)}"
    department = profile.health_department
    local = seal.taken_at.astimezone(VIETNAM)
    return {
        "superior": _two_lines(department.superior.upper()),
        "issuer": department.name.upper(),
        "number": f"Số:          /BC-{department.symbol}",
        "attached": f"(Kèm theo Báo cáo số          /BC-{department.symbol} của {department.name})",
        "place_and_date": f"{department.place}, ngày        tháng {words.month(local.date())} năm {local.year}",
        "title": head["title"][0].upper(),
        "subject": head["subject"][0],
        "version": f"(Bản số {submission.version}, thay thế bản đã trình trước đó)" if submission.version > 1 else "",
        "to": [recipient.name for recipient in obligation.recipients],
        "blocks": body,
        "appendices": appendices,
        "receivers": head.get("receiver", []),
        "signer": department.signer_title.upper(),
        "seal": (
            f"Bản số liệu {seal.snapshot} (bản trình {submission.version}), chốt lúc {words.instant(seal.taken_at)}; "
            f"mã kiểm số liệu {seal.figures_hash[:12]}; sổ kiểm toán {(seal.audit_head or 'chưa có')[:12]}"
        ),
    }


def _two_lines(superior: str) -> list[str]:
    """Breaks "ỦY BAN NHÂN DÂN TỈNH LẠNG SƠN" before the name of the place."""
    return [part for part in re.split(r"\s+(?=TỈNH |THÀNH PHỐ )", superior) if part]


def _context(submission: Submission, profile: provinces.Profile, helper: _Words, seal: Seal) -> dict[str, Any]:
    obligation = submission.duty
    codes = [commune.code for commune in helper.communes]
    counted = set(helper.figures.keys("examined_share", "commune"))
    incident = None
    if submission.incident is not None:
        kinds, names = helper.labels["incident_kind"], helper.labels["commune"] | {profile.code: profile.name}
        area = [names.get(code, f"mã {code}") for code in submission.incident["area"]]
        kind = submission.incident["kind"]
        incident = {"assessment": ""} | submission.incident
        incident |= {"kind_vi": kinds.get(kind, kind), "area_vi": ", ".join(area)}
        incident["urgency_vi"] = helper.labels["incident_urgency"][submission.incident.get("urgency", "normal")]
    orders = [profile.order(identifier) for identifier in obligation.orders]
    bases = "; ".join(_basis(order) for order in orders)
    # A figure that a target is measured by stands in the table of targets.
    aims = {target.indicator for target in profile.targets}
    functions = {
        name: getattr(helper, name)
        for name in (
            "n", "d", "rate", "people", "has", "rate_known", "is_zero", "keys", "names", "names_with_rate", "highest",
            "lowest", "table", "grid", "chart", "fill", "manual", "manual_texts", "reported", "unit_texts", "shows",
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
        "has_unit_texts": bool(helper.figures.below.texts),
        "manual_numbers": [
            figure.id for figure in obligation.manual_figures if figure.kind == "number" and figure.id not in aims
        ],
        "manual_text_ids": [figure.id for figure in obligation.manual_figures if figure.kind == "text"],
        "date": lambda value: words.day(value.astimezone(VIETNAM).date()),
        "period": {
            "label": submission.label,
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
