"""What the templates of reports can call: sentences, tables, charts and maps from published figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from sangloc import provinces, settings
from sangloc.reporting import geography, words
from sangloc.reporting.figures import MISSING, Published, Value, indicators
from sangloc.reporting.submissions import Submission

SUPPRESSED = "*"
UNKNOWN = "–"
NOT_REPORTED = "Chưa có báo cáo"
NOTE = "Ghi chú: (*) số liệu nhỏ hoặc có thể suy ra số liệu nhỏ, không công bố để bảo vệ thông tin cá nhân."
MAP_NOTE = (
    "Bản đồ vẽ theo vị trí trung tâm của từng xã, phường, đặc khu; đường phân chia các ô không phải địa giới hành chính. "
    "Số trong ô là số thứ tự trong bảng {table}."
)
# The first column of every table.
PLACE = ("STT", "center", 1.3)
BEFORE = {"monthly": "tháng trước", "quarterly": "quý trước", "annual": "năm trước", "school_year": "năm học trước"}
# Bounds of the map's five shades: the smallest step whose fifth multiple holds every published share.
STEPS = (1, 2, 4, 5, 10, 20)
SHADES = 5
# So many names have room in a sentence.
NAMED = 10
# Room for the map on the page, in mm.
MAP_WIDTH, MAP_HEIGHT = 162.0, 172.0

Block = dict[str, Any]


@dataclass(frozen=True)
class Commune:
    """Code and name of a commune-level unit."""

    code: str
    name: str


@dataclass(frozen=True)
class Before:
    """The report on the period before: what is compared with."""

    figures: Published
    snapshot: int
    period_to: date


@dataclass(frozen=True)
class Replaced:
    """The version that the document's recipients have of it: its number, when it went out, why it is replaced, what changed."""

    version: int
    sent_on: str
    reason: str
    changes: Sequence[str]


@dataclass(frozen=True)
class Beside:
    """What a document says beside the figures of its snapshot.

    Attributes:
        facilities: names by code.
        before: None for the first report of its kind.
        replaced: None where no version went out before.
    """

    facilities: Mapping[str, str] = field(default_factory=dict)
    before: Before | None = None
    replaced: Replaced | None = None


@lru_cache(maxsize=4)
def _labels(text: str) -> dict[str, dict[str, str]]:
    import yaml

    found: dict[str, dict[str, str]] = yaml.safe_load(text)
    return found


def labels() -> dict[str, dict[str, str]]:
    """Labels of codes by breakdown, from `include/templates/reports/labels.yaml`."""
    return _labels((settings.include() / "templates" / "reports" / "labels.yaml").read_text(encoding="utf-8"))


class Words:
    """The functions a template may call. Collects the tables and charts it asks for."""

    def __init__(
        self,
        submission: Submission,
        figures: Published,
        communes: Sequence[Commune],
        profile: provinces.Profile,
        beside: Beside,
    ) -> None:
        self.figures, self.submission, self.profile, self.beside = figures, submission, profile, beside
        self.communes = list(communes)
        self.blocks: list[Block] = []
        self.tables = 0
        self.charts = 0
        # The last table of communes, whose numbers the map repeats.
        self.numbered = 0
        self.labels = labels() | {
            "commune": {commune.code: commune.name for commune in communes},
            "facility": dict(beside.facilities),
            "priority": {group.id: group.name_vi for group in profile.priority_groups},
            "target": {target.id: target.name_vi for target in profile.targets},
        }

    # what templates call: sentences ------------------------------------------------------------------------------

    def n(self, indicator: str, breakdown: str = "total", key: str = "") -> str:
        """The numerator, for a sentence."""
        value = self.figures.get(indicator, breakdown, key)
        if value is MISSING and key and self.figures.get(indicator).numerator is not None:
            # The whole was counted and this key did not occur in it.
            return "0"
        return _said(value.numerator, value.numerator_hidden, value.hidden_as or "withheld")

    def d(self, indicator: str, breakdown: str = "total", key: str = "") -> str:
        """The denominator, for a sentence."""
        value = self.figures.get(indicator, breakdown, key)
        return _said(value.denominator, value.denominator_hidden, value.whole_hidden_as or "withheld")

    def rate(self, indicator: str, breakdown: str = "total", key: str = "") -> str:
        """The share in per cent."""
        return rate(self.figures.get(indicator, breakdown, key))

    def people(self, indicator: str, breakdown: str = "total", key: str = "") -> str:
        """The numerator as a part of a sentence."""
        value = self.figures.get(indicator, breakdown, key)
        if value.numerator_hidden:
            return f"{words.HIDDEN[value.hidden_as or 'withheld']} người"
        if value.numerator is None:
            return "chưa có số liệu người"
        return f"{words.number(value.numerator)} người"

    def change(self, indicator: str, part: str = "n", breakdown: str = "total", key: str = "", cumulative: bool = False) -> str:
        """How a figure stands to that of the period before, with the comma that joins it to a sentence.

        Rising, falling and equal in words; why there is nothing to compare where one of both is missing or hidden. Empty
        for the first report of its kind.

        Args:
            part: n (the count) or rate (in percentage points of the shares as both reports print them).
            cumulative: counted from 1 January, so that another year's figure says nothing (unless a report covers years).
        """
        before = self.beside.before
        yearly = self.submission.duty.cadence in ("annual", "school_year")
        if before is None or (cumulative and not yearly and before.period_to.year != self.submission.period_to.year):
            return ""
        new, old = self.figures.get(indicator, breakdown, key), before.figures.get(indicator, breakdown, key)
        hidden = (value.numerator_hidden or (part == "rate" and value.denominator_hidden) for value in (new, old))
        if any(hidden):
            return f", không so sánh với {self._before} do có số liệu không công bố"
        if part == "rate":
            if not (_complete(new) and _complete(old)):
                return f", {self._before} chưa có số liệu để so sánh"
            shares = [words.share(value.numerator or 0, value.denominator or 1) for value in (new, old)]
            difference = shares[0] - shares[1]
            by = f"{words.number(abs(difference), 1)} điểm phần trăm"
            was = f"{words.percent(old.numerator or 0, old.denominator or 1)}"
        else:
            if new.numerator is None or old.numerator is None:
                return f", {self._before} chưa có số liệu để so sánh"
            difference = new.numerator - old.numerator
            by = f"{words.number(abs(difference))} {indicators()[indicator].unit}"
            if old.numerator and difference:
                by += f" ({words.percent(abs(difference), old.numerator)})"
            was = words.number(old.numerator)
        if not difference:
            return f", bằng {self._before} ({was})"
        return f", {'tăng' if difference > 0 else 'giảm'} {by} so với {self._before} ({was})"

    @property
    def _before(self) -> str:
        """What the period before is called; by its day when reports between are missing."""
        found = self.beside.before
        if found is not None and found.period_to + timedelta(days=1) != self.submission.period_from:
            return f"kỳ báo cáo đến ngày {words.day(found.period_to)}"
        return BEFORE.get(self.submission.duty.cadence, "kỳ trước")

    def has(self, indicator: str, breakdown: str = "total", key: str = "") -> bool:
        """Whether there is anything to take a share of."""
        value = self.figures.get(indicator, breakdown, key)
        return value.denominator_hidden or bool(value.denominator)

    def known(self, indicator: str, breakdown: str = "total", key: str = "") -> bool:
        """Whether somebody counted it; hidden counts are known."""
        value = self.figures.get(indicator, breakdown, key)
        return value.numerator_hidden or value.numerator is not None

    def told(self, indicator: str, part: str = "n", breakdown: str = "total", key: str = "") -> bool:
        """Whether a sentence may say anything of a count, be it that it is small; so that a clause is left out otherwise.

        Args:
            part: n (numerator) or d (denominator).
        """
        value = self.figures.get(indicator, breakdown, key)
        if part == "d":
            return not value.denominator_hidden or value.whole_hidden_as == "few"
        return not value.numerator_hidden or value.hidden_as in ("few", "nearly_all")

    def rate_known(self, indicator: str, breakdown: str = "total", key: str = "") -> bool:
        """Whether the share can be computed and published."""
        return _complete(self.figures.get(indicator, breakdown, key))

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
        """The keys with the highest published shares; none where the next one's is the same, which would be left out."""
        return _first(self._ranked(indicator, breakdown)[::-1], count)

    def lowest(self, indicator: str, breakdown: str, count: int) -> list[str]:
        """The keys with the lowest published shares, as `highest`."""
        return _first(self._ranked(indicator, breakdown), count)

    def none_yet(self, indicator: str, breakdown: str) -> list[str]:
        """The keys of which a share is published and counts nobody, in the order of the labels."""
        published = {key for share, key in self._ranked(indicator, breakdown) if not share}
        return [key for key in self.keys(indicator, breakdown) if key in published]

    def shows(self, *wanted: str) -> bool:
        """Whether the obligation's contents name one of these indicators."""
        return not set(wanted).isdisjoint(self.submission.duty.contents)

    # what templates call: blocks ---------------------------------------------------------------------------------

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
        wide = 5.4 if len(columns) < 5 else 5.0
        heads = [[*PLACE], [first, "left", wide], *([column[0], "right", 2.2] for column in columns)]
        if breakdown == "commune":
            self.numbered = self.tables + 1
        return self._table(caption, heads, rows, total)

    def grid(self, caption: str, columns: Sequence[Sequence[Any]], rows: Sequence[Sequence[str]]) -> str:
        """A table of given rows; columns are `[title, left | center | right, relative width]`."""
        numbered = [[str(place), *row] for place, row in enumerate(rows, start=1)]
        return self._table(caption, [[*PLACE], *columns], numbered, False)

    def chart(self, caption: str, indicator: str, breakdown: str, keys: Sequence[str] | None = None) -> str:
        """A bar chart of published shares, highest first. Empty without any."""
        bars = []
        for key in keys if keys is not None else self.keys(indicator, breakdown):
            value = self.figures.get(indicator, breakdown, key)
            text = rate(value).removesuffix("%")
            bars.append({"label": self.label(breakdown, key), "value": share(value), "text": text})
        if all(bar["text"] in (SUPPRESSED, UNKNOWN) for bar in bars):
            return ""
        bars.sort(key=lambda bar: -1.0 if bar["text"] in (SUPPRESSED, UNKNOWN) else float(str(bar["value"])), reverse=True)
        hidden = any(bar["text"] == SUPPRESSED for bar in bars)
        return self._drawing("bars", caption, {"bars": bars}, NOTE if hidden else "")

    def commune_map(self, caption: str, indicator: str, keys: Sequence[str]) -> str:
        """A map of communes, shaded by their published shares; each cell bears its number in the table of communes.

        Empty where no share is published.
        """
        places = {unit.code: (unit.latitude, unit.longitude) for unit in provinces.communes(self.submission.slug)}
        drawn = [(number, key) for number, key in enumerate(keys, start=1) if key in places]
        values = [self.figures.get(indicator, "commune", key) for _, key in drawn]
        if not any(map(_complete, values)):
            return ""
        drawing = geography.draw(tuple(places[key] for _, key in drawn), MAP_WIDTH, MAP_HEIGHT)
        highest = max((share(value) for value in values), default=0.0)
        step = next((step for step in STEPS if step * SHADES >= highest), STEPS[-1])
        cells, counts, hidden, unknown = [], [0] * SHADES, 0, 0
        for (number, key), value, cell in zip(drawn, values, drawing.cells, strict=True):
            shade = -1
            if _complete(value):
                shade = min(int(share(value) / step), SHADES - 1)
                counts[shade] += 1
            elif rate(value) == SUPPRESSED:
                hidden += 1
            else:
                unknown += 1
            cells.append(
                {
                    "corners": cell.corners,
                    "centre": cell.centre,
                    "room": cell.room,
                    "shade": shade,
                    "number": str(number),
                    "text": rate(value),
                    "name": self.label("commune", key),
                    "inset": cell.inset,
                }
            )
        legend: list[Block] = [{"shade": 0, "label": f"Dưới {step}%", "count": counts[0]}]
        for shade in range(1, SHADES):
            upto = "đến" if shade == SHADES - 1 else "đến dưới"
            label = f"Từ {step * shade}% {upto} {step * (shade + 1)}%"
            legend.append({"shade": shade, "label": label, "count": counts[shade]})
        if hidden:
            legend.append({"shade": -1, "label": "(*) Không công bố", "count": hidden})
        if unknown:
            legend.append({"shade": -1, "label": "(–) Chưa có số liệu", "count": unknown})
        content = {
            "width": drawing.width,
            "height": drawing.height,
            "frame": drawing.frame,
            "cells": cells,
            "legend": legend,
        }
        note = MAP_NOTE.format(table=self.numbered) + (f" {NOTE}" if hidden else "")
        return self._drawing("map", caption, content, note)

    def weeks(self, caption: str, indicator: str) -> str:
        """Columns by week, those that touch the period darker; a week in which nobody counted is 0.

        Empty where no week's count is published.
        """
        found = sorted(self.figures.keys(indicator, "week"))
        if not any(self.figures.get(indicator, "week", key).numerator for key in found):
            return ""
        first, last = (date.fromisocalendar(int(key[:4]), int(key[6:]), 1) for key in (found[0], found[-1]))
        columns = []
        for place in range((last - first).days // 7 + 1):
            monday = first + timedelta(weeks=place)
            year, week, _ = monday.isocalendar()
            key = f"{year}-W{week:02d}"
            value = self.figures.get(indicator, "week", key) if key in found else Value(Decimal(0), None, False, False)
            inside = monday <= self.submission.period_to and monday + timedelta(days=6) >= self.submission.period_from
            columns.append(
                {
                    "label": f"{monday.day:02d}/{words.month(monday)}",
                    "name": words.week(key),
                    "value": float(value.numerator or 0),
                    "text": count(value.numerator, value.numerator_hidden),
                    "inside": inside,
                }
            )
        step = _step(max(float(str(column["value"])) for column in columns))
        lines = [{"value": step * place, "label": words.number(step * place)} for place in range(5)]
        hidden = any(column["text"] == SUPPRESSED for column in columns)
        note = "Ngày ghi dưới cột là ngày thứ Hai của tuần; cột đậm là các tuần thuộc kỳ báo cáo."
        return self._drawing("weeks", caption, {"columns": columns, "lines": lines}, f"{note} {NOTE}" if hidden else note)

    def targets_chart(self, caption: str) -> str:
        """How far each target is reached, and where the pace leads. Empty while no result is known."""
        bars = []
        for target in self.profile.targets:
            progress = self.figures.get("target_progress", "target", target.id)
            expected = self.figures.get("target_projection", "target", target.id)
            if progress.numerator is None:
                continue
            goal = Decimal(str(target.value))
            bars.append(
                {
                    "label": f"{target.name_vi} ({target.by_year})",
                    "value": round(float(progress.numerator / goal), 4),
                    "text": self._result(target, progress),
                    "goal": self._goal(target),
                    "expected": None if expected.numerator is None else round(float(expected.numerator / goal), 4),
                }
            )
        if not bars:
            return ""
        note = "Chiều dài cột so với mục tiêu (vạch đứng); dấu hình thoi là kết quả dự báo theo tốc độ hiện nay."
        return self._drawing("targets", caption, {"bars": bars}, note)

    def reported(self, ids: Sequence[str]) -> list[list[str]]:
        """Rows name, unit and result of the obligation's own figures among `ids`; where no unit reported one
        it says so."""
        known = indicators()
        rows = []
        for figure in self.submission.duty.manual_figures:
            if figure.id not in ids:
                continue
            value = self.figures.get(figure.id)
            unit = known[figure.id].unit if figure.id in known else ""
            result = NOT_REPORTED if value.numerator is None else measured(value, unit)
            rows.append([figure.name_vi, unit or UNKNOWN, result])
        return rows

    def texts(self, ids: Sequence[str]) -> list[dict[str, str]]:
        """The obligation's texts among `ids`: name, and how many units (`units`) wrote one; empty where nobody did."""
        found = []
        for figure in self.submission.duty.manual_figures:
            if figure.id in ids and figure.kind == "text":
                units = len(self.figures.below.texts.get(figure.id, ()))
                found.append({"id": figure.id, "name": figure.name_vi, "units": words.number(units) if units else ""})
        return found

    def inputs(self) -> list[dict[str, Any]]:
        """Who owed figures for the report, as `inputs_of` says."""
        return inputs_of(self.submission, self.figures)

    def targets(self) -> list[list[str]]:
        """Rows target, value, year, result, projection, judgement for every target of the profile."""
        return [self._target(target) for target in self.profile.targets]

    # -------------------------------------------------------------------------------------------------------------

    def label(self, breakdown: str, key: str) -> str:
        """What a key is called in a document."""
        if breakdown == "week":
            return words.week(key)
        return self.labels.get(breakdown, {}).get(key) or f"Mã {key}"

    def crossed_label(self, breakdown: str, key: str) -> str:
        """The same for a breakdown by two things, whose keys are `row/column`."""
        names, parts = breakdown.split("_", 1), key.split("/", 1)
        # A facility calls itself what it likes.
        if len(names) < 2 or len(parts) < 2:
            return self.label(breakdown, key)
        return " – ".join(self.label(*pair) for pair in zip(names, parts, strict=True))

    def _target(self, target: provinces.Target) -> list[str]:
        progress = self.figures.get("target_progress", "target", target.id)
        expected = self.figures.get("target_projection", "target", target.id)
        head = [target.name_vi, self._goal(target), str(target.by_year)]
        if progress.numerator_hidden:
            return [*head, SUPPRESSED, SUPPRESSED, UNKNOWN]
        if progress.numerator is None:
            owed = target.indicator in {figure.id for figure in self.submission.duty.manual_figures}
            return [*head, NOT_REPORTED if owed else "Chưa có số liệu", UNKNOWN, UNKNOWN]
        goal = Decimal(str(target.value))
        ends = date(max(target.by_year, self.submission.period_to.year) if self._yearly(target) else target.by_year, 12, 31)
        leads = UNKNOWN if expected.numerator is None else _unit(target, expected.numerator)
        if _reached(progress.numerator, goal, target):
            judged = "Đạt"
        elif self.submission.period_to >= ends:
            judged = "Chưa đạt"
        elif expected.numerator is None:
            judged = "Đang thực hiện"
        elif _reached(expected.numerator, goal, target):
            judged = "Có khả năng đạt"
        else:
            judged = "Cần đẩy nhanh"
        return [*head, self._result(target, progress), leads, judged]

    @staticmethod
    def _yearly(target: provinces.Target) -> bool:
        """Whether counting begins anew each year."""
        return target.indicator == "examined_share"

    def _goal(self, target: provinces.Target) -> str:
        sign = {">": "Trên ", ">=": "Từ ", "=": ""}[target.comparison]
        value = words.amount(Decimal(str(target.value)))
        return f"{sign}{value}{'%' if target.unit == '%' else f' {target.unit}'}"

    def _result(self, target: provinces.Target, progress: Value) -> str:
        own, known = self.figures.get(target.indicator or ""), indicators().get(target.indicator or "")
        if target.unit == "%" and _complete(own) and known is not None:
            # The same digits as in the report's sentences.
            return measured(own, known.unit)
        return _unit(target, progress.numerator or Decimal(0))

    def _ranked(self, indicator: str, breakdown: str) -> list[tuple[Decimal, str]]:
        """Published shares with their keys, the lowest first."""
        values = {key: self.figures.get(indicator, breakdown, key) for key in self.keys(indicator, breakdown)}
        return sorted(
            (value.numerator / value.denominator, key)
            for key, value in values.items()
            if value.numerator is not None and value.denominator
        )

    def _cell(self, column: Sequence[str], breakdown: str, key: str) -> str:
        _, indicator, part = column
        value = self.figures.get(indicator, breakdown, key)
        whole = self.figures.get(indicator)
        if value is MISSING and breakdown not in ("commune", "priority") and whole.numerator is not None:
            # The whole was counted and this key did not occur in it.
            return ("0%" if whole.numerator else UNKNOWN) if part == "rate" else "0"
        if part == "rate":
            return rate(value)
        if part == "n":
            return count(value.numerator, value.numerator_hidden)
        return count(value.denominator, value.denominator_hidden)

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

    def _drawing(self, kind: str, caption: str, content: Block, note: str) -> str:
        self.charts += 1
        return self._add({"type": "chart", "kind": kind, "caption": f"Hình {self.charts}. {caption}", "note": note} | content)

    def _add(self, block: Block) -> str:
        self.blocks.append(block)
        return f"\n\n@@{len(self.blocks) - 1}@@\n\n"


def inputs_of(submission: Submission, figures: Published) -> list[dict[str, Any]]:
    """Who owed figures for a report: name of the input, expected, received, in_time, names of who is missing.

    `names` is empty where there are more than a sentence holds; all stand in the annex.
    """
    names = {owed.id: owed.name_vi for owed in submission.duty.inputs}
    return [
        {
            "name": names.get(one.input, one.input),
            "expected": words.number(one.expected),
            "received": words.number(one.received),
            "in_time": words.number(one.in_time),
            "missing": words.number(len(one.missing)) if one.missing else "",
            "names": one.missing if len(one.missing) <= NAMED else [],
        }
        for one in figures.below.inputs
    ]


def count(value: Decimal | None, hidden: bool) -> str:
    """A count in a table."""
    if hidden:
        return SUPPRESSED
    return UNKNOWN if value is None else words.number(value)


def _said(value: Decimal | None, hidden: bool, as_what: str) -> str:
    """A count in a sentence, where no note explains a sign."""
    return words.HIDDEN[as_what] if hidden else count(value, False)


def _first(ranked: Sequence[tuple[Decimal, str]], count: int) -> list[str]:
    if len(ranked) > count and ranked[count][0] == ranked[count - 1][0]:
        return []
    return [key for _, key in ranked[:count]]


def rate(value: Value) -> str:
    """A share in a table, in per cent."""
    if value.numerator_hidden or value.denominator_hidden:
        return SUPPRESSED
    if value.numerator is None or not value.denominator:
        return UNKNOWN
    return words.percent(value.numerator, value.denominator)


def _complete(value: Value) -> bool:
    return value.numerator is not None and bool(value.denominator)


def share(value: Value) -> float:
    """For a drawing: 0 where the share is hidden or unknown."""
    if value.numerator is None or not value.denominator:
        return 0.0
    return round(float(value.numerator / value.denominator * 100), 4)


def measured(value: Value, unit: str) -> str:
    """A measured value as documents print it, in its unit; only per cent are written with it."""
    if value.numerator is None:
        return UNKNOWN
    if unit == "%":
        return f"{words.amount(value.numerator * 100 / value.denominator if value.denominator else value.numerator)}%"
    if unit == "người" and value.denominator:
        return rate(value)
    return words.amount(value.numerator / value.denominator if value.denominator else value.numerator)


def _unit(target: provinces.Target, value: Decimal) -> str:
    if target.unit == "%":
        return words.percent(value, 100)
    return f"{words.amount(value)} {target.unit}"


def _reached(value: Decimal, goal: Decimal, target: provinces.Target) -> bool:
    return value > goal if target.comparison == ">" else value >= goal


def _step(highest: float) -> int:
    """The distance of four lines above 0 that hold the highest column: 1, 2 or 5 times a power of ten."""
    size = Decimal(1)
    while True:
        for factor in (1, 2, 5):
            if float(size * factor * 4) >= highest:
                return int((size * factor).to_integral_value(ROUND_HALF_UP))
        size *= 10
