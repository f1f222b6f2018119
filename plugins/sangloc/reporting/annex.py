"""The annex of a report: every figure by commune as a workbook, from the same published figures as the documents."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sangloc import settings
from sangloc.clock import VIETNAM
from sangloc.errors import ConfigurationError
from sangloc.reporting import words
from sangloc.reporting.behind import figure_code
from sangloc.reporting.below import Standing, Unit
from sangloc.reporting.figures import MISSING, Published, Value, indicators
from sangloc.reporting.wording import NOTE, SUPPRESSED, Words

if TYPE_CHECKING:
    import xlsxwriter
    from xlsxwriter.worksheet import Worksheet

FONT = "Times New Roman"
A4 = 9
# So many characters have room across an upright page.
UPRIGHT = 118
PARTS = {"n": "Số lượng", "d": "Trên tổng số", "rate": "Tỷ lệ"}
WIDTHS = {
    "text": 34.0,
    "long": 70.0,
    "code": 9.0,
    "place": 6.0,
    "n": 12.0,
    "d": 12.0,
    "rate": 10.0,
    "measured": 12.0,
    "moment": 17.0,
}
# Lines in a row; a row of more is higher than any spreadsheet shows (409 points).
TALLEST = 26
# A row of names of indicators, a row of what each column is.
HEAD_ROW = 3

STANDINGS = ("Chưa gửi", "Gửi chậm", "Đúng hạn")
# Stands for the code of a row in the names of figures.
ANY_COMMUNE, ANY_FACILITY = "<mã xã>", "<mã cơ sở>"
NOBODY = Value(Decimal(0), None, False, False)

Sheet = dict[str, Any]


def build(title: str, helper: Words, sealed: str) -> dict[str, Any]:
    """The annex as data: its title and its sheets.

    First about it, then a sheet for each part of `annex.yaml` that has figures, all figures, facilities, which units sent
    theirs, texts of units, and what figures are called.

    A cell is a number, a moment, a text, `*` where a figure is not published or None where nobody counted.

    Args:
        title: of the workbook.
        helper: figures and names of the report.
        sealed: what ties the figures to their snapshot.

    Raises:
        ConfigurationError: when annex.yaml names an indicator that does not exist.
    """
    made = [sheet for part in _parts() if (sheet := _by_commune(part, helper)) is not None]
    made.append(_everything(helper))
    if helper.shows("timeliness_facility") and helper.figures.keys("timeliness_facility", "facility"):
        made.append(_facilities(helper))
    if helper.figures.below.inputs:
        made.append(_units(helper))
    if helper.figures.below.texts:
        made.append(_texts(helper))
    if codes := _codes(made):
        made.append(codes)
    about = [
        ["Báo cáo", helper.submission.duty.name_vi],
        ["Kỳ báo cáo", helper.submission.label],
        ["Từ ngày – đến ngày", f"{words.day(helper.submission.period_from)} – {words.day(helper.submission.period_to)}"],
        ["Số liệu", sealed],
        ["Dấu (*)", NOTE.removeprefix("Ghi chú: (*) ").capitalize()],
        ["Ô trống", "Chưa có số liệu; không phải số 0."],
        [
            "Mã số liệu",
            "Trong Sở Y tế, mã ghi vào trang của báo cáo (Browse → Báo cáo và thời hạn) dẫn tới danh sách phía sau số liệu.",
        ],
        *([f"Trang {place}", f"{sheet['name']}: {sheet['title']}"] for place, sheet in enumerate(made, start=2)),
    ]
    columns = [{"title": "Nội dung", "kind": "text", "group": ""}, {"title": "Giá trị", "kind": "long", "group": ""}]
    name, first = "Thông tin", "Về bảng số liệu này"
    opening = {"name": name, "title": first, "columns": columns, "rows": about, "total": False, "fixed": 0}
    return {"title": title, "sheets": [opening, *made]}


def _parts() -> list[dict[str, Any]]:
    import yaml

    found: list[dict[str, Any]] = yaml.safe_load(
        (settings.include() / "templates" / "reports" / "annex.yaml").read_text(encoding="utf-8")
    )
    known = indicators()
    for part in found:
        for name in part.get("indicators", [part.get("crossed")]):
            if name not in known:
                raise ConfigurationError(
                    f"include/templates/reports/annex.yaml, sheet {part.get('sheet')}: no indicator {name}"
                )
    return found


def _by_commune(part: dict[str, Any], helper: Words) -> Sheet | None:
    """A row for each commune; None when the snapshot has nothing of it."""
    fields = [field for field in _fields(part, helper) if helper.figures.keys(field[1], field[2])]
    if not fields:
        return None
    columns = [
        {"title": "STT", "kind": "place", "group": ""},
        {"title": "Mã", "kind": "code", "group": ""},
        {"title": "Xã, phường, đặc khu", "kind": "text", "group": ""},
        *(
            {"title": PARTS[each], "kind": each, "group": group, "code": _code(name, kind, pattern)}
            for group, name, kind, pattern, parts, _ in fields
            for each in parts
        ),
    ]
    # A commune that was counted has nobody where it has no row.
    crossed = {
        code
        for _, name, kind, _, _, _ in fields
        if "_" in kind
        for key in helper.figures.keys(name, kind)
        for code in key.split("/")
    }
    rows: list[list[Any]] = []
    for place, commune in enumerate(helper.communes, start=1):
        row: list[Any] = [place, commune.code, commune.name]
        for _, indicator, breakdown, pattern, parts, _ in fields:
            value = helper.figures.get(indicator, breakdown, pattern.format(commune=commune.code))
            row += (_cell(NOBODY if value is MISSING and commune.code in crossed else value, each) for each in parts)
        rows.append(row)
    # Sums where the snapshot has them; of a measure without people there is none.
    total: list[Any] = ["", "", "Tổng số"]
    for _, _, _, _, parts, (indicator, breakdown, key) in fields:
        value = helper.figures.get(indicator, breakdown, key) if indicator else MISSING
        total += (_cell(value, each) for each in parts)
    known = any(cell is not None for cell in total[3:])
    return {
        "name": part["sheet"],
        "title": part["title"],
        "columns": columns,
        "rows": [*rows, total] if known else rows,
        "total": known,
        "fixed": 3,
    }


Field = tuple[str, str, str, str, list[str], tuple[str, str, str]]


def _fields(part: dict[str, Any], helper: Words) -> list[Field]:
    """Columns of a sheet: heading, indicator, breakdown, pattern of the key, parts, and where its sum is."""
    known = indicators()
    if "crossed" not in part:
        return [
            (known[name].name_vi, name, "commune", "{commune}", parts, (name, "total", ""))
            for name, parts in part["indicators"].items()
        ]
    name = part["crossed"]
    breakdown, margins = next(iter(known[name].margins.items()))
    commune_first = breakdown.startswith("commune")
    other = breakdown.removeprefix("commune_").removesuffix("_commune")
    across = margins[1 if commune_first else 0]
    found = {key.split("/")[1 if commune_first else 0] for key in helper.figures.keys(name, breakdown)}
    order = [key for key in helper.labels.get(other, {}) if key in found]
    return [
        (
            helper.label(other, key),
            name,
            breakdown,
            f"{{commune}}/{key}" if commune_first else f"{key}/{{commune}}",
            part["parts"],
            (across[0], across[1], key) if across else ("", "", ""),
        )
        for key in [*order, *sorted(found - set(order))]
    ]


def _everything(helper: Words) -> Sheet:
    """The report's figures but those by commune, one a row."""
    known = indicators()
    rows: list[list[Any]] = []
    for name in helper.submission.duty.contents:
        one = known[name]
        for breakdown in _breakdowns(helper.figures, name):
            if "commune" in breakdown or breakdown in ("facility", "target"):
                continue
            for key in [""] if breakdown == "total" else helper.keys(name, breakdown):
                value = helper.figures.get(name, breakdown, key)
                label = "Toàn tỉnh, thành phố" if breakdown == "total" else helper.crossed_label(breakdown, key)
                people = value.denominator_hidden or value.denominator is not None
                share = people and not one.average
                cells = [_cell(value, "n"), _cell(value, "d") if people else None, _cell(value, "rate") if share else None]
                rows.append([one.name_vi, label, one.unit, *cells, figure_code(name, breakdown, key)])
    columns = [
        {"title": "Chỉ số", "kind": "long", "group": ""},
        {"title": "Phân theo", "kind": "text", "group": ""},
        {"title": "Đơn vị tính", "kind": "code", "group": ""},
        *({"title": title, "kind": each, "group": ""} for each, title in PARTS.items()),
        {"title": "Mã số liệu", "kind": "text", "group": ""},
    ]
    title = "Số liệu chung của báo cáo"
    return {"name": "Số liệu chung", "title": title, "columns": columns, "rows": rows, "total": False, "fixed": 1}


def _breakdowns(figures: Published, indicator: str) -> list[str]:
    found = figures.breakdowns(indicator)
    return sorted(found, key=lambda name: (name != "total", name))


def _code(indicator: str, breakdown: str, pattern: str) -> str:
    return figure_code(indicator, breakdown, pattern.format(commune=ANY_COMMUNE))


def _codes(sheets: Sequence[Sheet]) -> Sheet | None:
    """The names of the figures in sheets that have no room for them."""
    named = {
        (sheet["name"], column["group"] or column["title"]): column["code"]
        for sheet in sheets
        for column in sheet["columns"]
        if "code" in column
    }
    if not named:
        return None
    columns = [
        {"title": "Trang", "kind": "text", "group": ""},
        {"title": "Cột", "kind": "text", "group": ""},
        {"title": "Mã số liệu", "kind": "long", "group": ""},
    ]
    title = f"Mã của số liệu theo xã và cơ sở: thay {ANY_COMMUNE} hoặc {ANY_FACILITY} bằng mã ở đầu dòng"
    rows = [[*where, code] for where, code in named.items()]
    return {"name": "Mã số liệu", "title": title, "columns": columns, "rows": rows, "total": False, "fixed": 0}


def _facilities(helper: Words) -> Sheet:
    code = figure_code("timeliness_facility", "facility", ANY_FACILITY)
    rows: list[list[Any]] = []
    for place, facility in enumerate(helper.keys("timeliness_facility", "facility"), start=1):
        value = helper.figures.get("timeliness_facility", "facility", facility)
        name = helper.labels["facility"].get(facility, "")
        rows.append([place, facility, name, *(_cell(value, part) for part in PARTS)])
    columns = [
        {"title": "STT", "kind": "place", "group": ""},
        {"title": "Mã", "kind": "code", "group": ""},
        {"title": "Cơ sở khám bệnh, chữa bệnh", "kind": "text", "group": ""},
        *({"title": title, "kind": each, "group": "", "code": code} for each, title in PARTS.items()),
    ]
    title = "Hồ sơ khám của kỳ được gửi trong vòng 24 giờ theo cơ sở"
    return {"name": "Cơ sở", "title": title, "columns": columns, "rows": rows, "total": False, "fixed": 3}


def _units(helper: Words) -> Sheet:
    """Every unit that owed figures: who sent none first, then who was late."""
    names = {owed.id: owed.name_vi for owed in helper.submission.duty.inputs}
    found = [(one, unit) for one in helper.figures.below.inputs for unit in one.units]

    def standing(each: tuple[Standing, Unit]) -> int:
        return 0 if each[1].received_at is None else 2 if each[1].in_time else 1

    rows: list[list[Any]] = [
        [place, unit.name, names.get(one.input, one.input), unit.due_at, unit.received_at, STANDINGS[standing((one, unit))]]
        for place, (one, unit) in enumerate(sorted(found, key=standing), start=1)
    ]
    columns = [
        {"title": "STT", "kind": "place", "group": ""},
        {"title": "Đơn vị", "kind": "text", "group": ""},
        {"title": "Số liệu phải gửi", "kind": "text", "group": ""},
        {"title": "Hạn gửi", "kind": "moment", "group": ""},
        {"title": "Nhận lúc", "kind": "moment", "group": ""},
        {"title": "Đánh giá", "kind": "code", "group": ""},
    ]
    title = "Tình hình gửi số liệu của từng đơn vị, đến lúc chốt số liệu (xếp trước: đơn vị chưa gửi, gửi chậm)"
    return {"name": "Đơn vị gửi số liệu", "title": title, "columns": columns, "rows": rows, "total": False, "fixed": 2}


def _texts(helper: Words) -> Sheet:
    names = {figure.id: figure.name_vi for figure in helper.submission.duty.manual_figures}
    rows: list[list[Any]] = [
        [names.get(figure, figure), unit, part]
        for figure, said in helper.figures.below.texts.items()
        for unit, text in said
        for part in _parted(text)
    ]
    columns = [
        {"title": "Nội dung", "kind": "text", "group": ""},
        {"title": "Đơn vị", "kind": "text", "group": ""},
        {"title": "Báo cáo của đơn vị", "kind": "long", "group": ""},
    ]
    title = "Nội dung các đơn vị báo cáo bằng lời"
    return {"name": "Ý kiến đơn vị", "title": title, "columns": columns, "rows": rows, "total": False, "fixed": 1}


def _parted(text: str) -> list[str]:
    """A text in as many parts as it needs rows."""
    parts, lines = [""], [piece for line in text.split("\n") for piece in textwrap.wrap(line, 20 * _room("long")) or [""]]
    for line in lines:
        joined = f"{parts[-1]}\n{line}" if parts[-1] else line
        if parts[-1] and _lines(joined, "long") > TALLEST:
            parts.append(line)
        else:
            parts[-1] = joined
    return parts


def _room(kind: str) -> int:
    """How many characters of a text fit on a line of its column, at least."""
    return int(WIDTHS[kind]) - 4


def _lines(text: str, kind: str) -> int:
    return sum(len(line) // _room(kind) + 1 for line in text.split("\n"))


def _cell(value: Value, part: str) -> Any:
    """A figure as a workbook holds it: shares as parts of 1, so that 12,3% is 0.123."""
    hidden = {"n": value.numerator_hidden, "d": value.denominator_hidden}
    if hidden.get(part, value.numerator_hidden or value.denominator_hidden):
        return SUPPRESSED
    if part == "rate":
        if value.numerator is None or not value.denominator:
            return None
        return float(words.share(value.numerator, value.denominator) / 100)
    number = value.numerator if part == "n" else value.denominator
    if number is None:
        return None
    return int(number) if number == number.to_integral_value() else float(number)


def write(document: dict[str, Any], taken_at: datetime) -> bytes:
    """The annex as XLSX: typed cells, headings that stay and repeat, ready to be printed on A4.

    Args:
        document: what `content.build` made; it must have an annex.
        taken_at: becomes the file's creation time, so that the same snapshot gives the same bytes.
    """
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    heading = document["annex"]["title"]
    created = taken_at.astimezone(VIETNAM).replace(tzinfo=None, microsecond=0)
    book.set_properties({"title": heading, "author": document["issuer"], "created": created})
    book.formats[0].set_font_name(FONT)
    book.formats[0].set_font_size(11)
    for sheet in document["annex"]["sheets"]:
        _write(book, sheet, heading, document["seal"])
    book.close()
    return buffer.getvalue()


def _write(book: xlsxwriter.Workbook, sheet: Sheet, heading: str, sealed: str) -> None:
    columns, rows = sheet["columns"], sheet["rows"]
    page: Worksheet = book.add_worksheet(sheet["name"])
    width = sum(WIDTHS[column["kind"]] for column in columns)
    if width > UPRIGHT:
        page.set_landscape()
    page.set_paper(A4)
    page.set_margins(left=0.5, right=0.4, top=0.5, bottom=0.6)
    page.fit_to_pages(1, 0)
    page.hide_gridlines(2)
    page.set_footer(f"&L&8{sealed}&R&9&A – trang &P/&N")
    for line, (text, size, look) in enumerate(((heading, 13, {"bold": True}), (sheet["title"], 12, {"italic": True}))):
        form = book.add_format({"font_name": FONT, "font_size": size, "text_wrap": True, "valign": "vcenter"} | look)
        page.merge_range(line, 0, line, len(columns) - 1, text, form)
        page.set_row(line, 1.5 * size * (len(text) // int(width * 0.8) + 1))
    grouped = any(column["group"] for column in columns)
    first = HEAD_ROW + 2 if grouped else HEAD_ROW + 1
    head = _format(book, bold=True, align="center", bg_color="#D9E2F3")
    for number, column in enumerate(columns):
        page.set_column(number, number, WIDTHS[column["kind"]])
    _heads(page, columns, grouped, head)
    plain = {kind: _format(book, **_look(kind)) for kind in WIDTHS}
    strong = {kind: _format(book, bold=True, bg_color="#F2F2F2", **_look(kind)) for kind in WIDTHS}
    for line, row in enumerate(rows, start=first):
        looks = strong if sheet["total"] and line == first + len(rows) - 1 else plain
        for number, (value, column) in enumerate(zip(row, columns, strict=True)):
            measured = isinstance(value, float) and column["kind"] in ("n", "d")
            _put(page, line, number, value, looks["measured" if measured else column["kind"]])
        page.set_row(line, _height(row, columns))
    last = first + max(len(rows), 1) - 1
    page.repeat_rows(HEAD_ROW, first - 1)
    page.freeze_panes(first, sheet["fixed"])
    page.print_area(0, 0, last, len(columns) - 1)
    if rows and sheet["fixed"]:
        body = last - 1 if sheet["total"] else last
        page.autofilter(first - 1, 0, max(body, first), len(columns) - 1)


def _heads(page: Worksheet, columns: Sequence[dict[str, str]], grouped: bool, head: Any) -> None:
    if not grouped:
        page.set_row(HEAD_ROW, 32)
        for number, column in enumerate(columns):
            page.write_string(HEAD_ROW, number, column["title"], head)
        return
    page.set_row(HEAD_ROW, 64)
    page.set_row(HEAD_ROW + 1, 32)
    number = 0
    while number < len(columns):
        group = columns[number]["group"]
        if not group:
            page.merge_range(HEAD_ROW, number, HEAD_ROW + 1, number, columns[number]["title"], head)
            number += 1
            continue
        last = number
        while last + 1 < len(columns) and columns[last + 1]["group"] == group:
            last += 1
        if last > number:
            page.merge_range(HEAD_ROW, number, HEAD_ROW, last, group, head)
        else:
            page.write_string(HEAD_ROW, number, group, head)
        for place in range(number, last + 1):
            page.write_string(HEAD_ROW + 1, place, columns[place]["title"], head)
        number = last + 1


def _put(page: Worksheet, line: int, number: int, value: Any, look: Any) -> None:
    if value is None or value == "":
        page.write_blank(line, number, None, look)
    elif isinstance(value, str):
        page.write_string(line, number, value, look)
    elif isinstance(value, datetime):
        page.write_datetime(line, number, value.astimezone(VIETNAM).replace(tzinfo=None, microsecond=0), look)
    else:
        page.write_number(line, number, value, look)


def _format(book: xlsxwriter.Workbook, **more: Any) -> Any:
    usual = {"font_name": FONT, "font_size": 11, "border": 1, "border_color": "#A6A6A6", "valign": "vcenter"}
    return book.add_format(usual | {"text_wrap": True} | more)


def _look(kind: str) -> dict[str, Any]:
    if kind == "rate":
        return {"num_format": "0.0%", "align": "right"}
    if kind == "measured":
        return {"num_format": "#,##0.0#", "align": "right"}
    if kind in ("n", "d"):
        return {"num_format": "#,##0", "align": "right"}
    if kind == "moment":
        return {"num_format": "hh:mm dd/mm/yyyy", "align": "center"}
    return {"align": "center"} if kind in ("place", "code") else {}


def _height(row: Sequence[Any], columns: Sequence[dict[str, str]]) -> float:
    """Points; what opens the file does not measure wrapped lines itself."""
    lines = (
        _lines(value, column["kind"])
        for value, column in zip(row, columns, strict=True)
        if isinstance(value, str) and column["kind"] in ("text", "long")
    )
    return 15.0 * max(lines, default=1) + 2
