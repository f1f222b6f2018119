"""The board of what a province owes in a year: as a workbook, and as the mail at the beginning of a month."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sangloc import audit, clock, deadlines, provinces
from sangloc.clock import VIETNAM
from sangloc.reporting import words
from sangloc.reporting.mail import Attachment
from sangloc.reporting.notices import send_notice
from sangloc.reporting.watch import label
from sangloc.warehouse import sql, transaction

if TYPE_CHECKING:
    import xlsxwriter
    from xlsxwriter.worksheet import Worksheet

STATES = {
    "expected": "Chưa lập",
    "collecting": "Đang tổng hợp",
    "compiled": "Đã có dự thảo",
    "in_review": "Chờ phê duyệt",
    "approved": "Đã phê duyệt",
    "sent_back": "Bị trả lại",
    "sending": "Đang gửi",
    "delivered": "Đã gửi",
    "acknowledged": "Nơi nhận đã xác nhận",
}
# From the least to the most serious: of two periods in one cell of the overview the more serious one gives the colour.
STANDINGS = {
    "open": "Chưa đến hạn",
    "before_joining": "Trước khi tham gia",
    "in_time": "Đúng hạn",
    "late": "Gửi chậm",
    "overdue": "Quá hạn",
}
# Background and text by standing; the words say the same to who sees no colours or prints in black.
COLOURS = {
    "open": ("#FFFFFF", "#000000"),
    "before_joining": ("#EDEDED", "#595959"),
    "in_time": ("#C6EFCE", "#0B5A1B"),
    "late": ("#FFEB9C", "#7A5200"),
    "overdue": ("#FFC7CE", "#8A0010"),
}
CERTAINTY = {"verified": "Theo văn bản", "second_hand": "Nguồn thứ cấp", "assumed": "Giả định"}
DAY, MOMENT = "dd/mm/yyyy", "hh:mm dd/mm/yyyy"
# Paper sizes have numbers in XLSX.
A4 = 9
# The mail names what is due until the next one comes, and two weeks after it.
SOON_DAYS = 45


def board(slug: str, year: int) -> list[dict[str, Any]]:
    """Every obligation and period of the year with its standing, by due time.

    Args:
        slug: the province.
        year: periods that end in it, and those that are due in it.

    Returns:
        Rows of the view `reporting.board`, each with `label` (the period in Vietnamese), `inputs` (for each input:
        name_vi, due_at, expected, received, in_time) and `certainty` of the obligation.
    """
    duties = {obligation.id: obligation for obligation in provinces.load(slug).obligations}
    with transaction("report") as conn:
        found = conn.execute(sql("reporting/board"), {"slug": slug, "year": year}).mappings()
        rows = [dict(row) for row in found if row["obligation"] in duties]
        numbers = [row["submission_id"] for row in rows]
        inputs = list(conn.execute(sql("reporting/board_inputs"), {"submissions": numbers}).mappings())
    for row in rows:
        duty = duties[row["obligation"]]
        names = {owed.id: owed.name_vi for owed in duty.inputs}
        row["label"], row["certainty"] = label(duty, row), duty.certainty
        row["inputs"] = [
            {"name_vi": names.get(owed["input"], owed["input"])} | dict(owed)
            for owed in inputs
            if owed["submission_id"] == row["submission_id"]
        ]
    return rows


def send_board(slug: str) -> dict[str, Any]:
    """Mail the board of the year as a workbook, once a month, on its first working day or the first day after it.

    In January it goes with the year before, whose last reports are due then.

    Returns:
        `sent` whether it went out now; rows: how many periods it shows.

    Raises:
        DeliveryUncertainError, DeliveryFailedError, ConfigurationError: as `send_notice`.
    """
    profile, today = provinces.load(slug), clock.today()
    if today < deadlines.next_working_day(today.replace(day=1)):
        return {"sent": False, "rows": 0}
    years = [today.year - 1, today.year] if today.month == 1 else [today.year]
    rows = {year: board(slug, year) for year in years}
    attachments = [
        Attachment("xlsx", f"{slug}_bang_theo_doi_bao_cao_{year}.xlsx", workbook(slug, year, found))
        for year, found in rows.items()
        if found
    ]
    shown = list({row["submission_id"]: row for found in rows.values() for row in found}.values())
    if not shown:
        return {"sent": False, "rows": 0}
    sent = send_notice(
        slug, f"board.{today:%Y-%m}", profile.contacts.addresses(profile.board.to), "board", _mail(profile, shown), attachments
    )
    audit.note(rows=len(shown))
    return {"sent": sent, "rows": len(shown)}


def _mail(profile: provinces.Profile, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    today = clock.today()

    def lines(standing: str) -> list[dict[str, Any]]:
        return [
            {
                "name": row["name_vi"],
                "label": row["label"],
                "due": words.day(_local(row["due_at"]).date()),
                "state": STATES[row["state"]].lower(),
                "days_late": row["days_late"],
            }
            for row in rows
            if row["standing"] == standing
        ]

    soon = [
        line
        for line, row in zip(lines("open"), [row for row in rows if row["standing"] == "open"], strict=True)
        if (_local(row["due_at"]).date() - today).days <= SOON_DAYS
    ]
    return {
        "province": profile.name,
        "month": f"tháng {words.month(today)} năm {today.year}",
        "counts": [
            (name, words.number(sum(row["standing"] == standing for row in rows)))
            for standing, name in STANDINGS.items()
            if standing != "before_joining"
        ],
        "soon_days": SOON_DAYS,
        "overdue": lines("overdue"),
        "late": lines("late"),
        "soon": soon,
        "as_of": words.instant(rows[0]["as_of"]) if rows[0]["as_of"] else words.instant(clock.now()),
    }


def workbook(slug: str, year: int, rows: Sequence[dict[str, Any]] | None = None) -> bytes:
    """The board of a year as XLSX: months at a glance, every period in detail, and what is owed from below.

    The same rows give the same bytes.

    Args:
        rows: as `board` returns them; None reads them.
    """
    import xlsxwriter

    rows = board(slug, year) if rows is None else rows
    profile = provinces.load(slug)
    as_of = _local(rows[0]["as_of"] or clock.now()) if rows else clock.now()
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "remove_timezone": True})
    title = f"Bảng theo dõi báo cáo năm {year}"
    author, created = profile.health_department.name, as_of.replace(tzinfo=None)
    book.set_properties({"title": f"{title} – {profile.name}", "author": author, "created": created})
    heading = f"{profile.health_department.name} – {profile.name}. {title}. Tính đến {words.instant(as_of)}."
    book.formats[0].set_font_name("Times New Roman")
    book.formats[0].set_font_size(11)
    _overview(book, heading, year, rows)
    _detail(book, heading, rows)
    if any(row["inputs"] for row in rows):
        _inputs(book, heading, rows)
    book.close()
    return buffer.getvalue()


def _format(book: xlsxwriter.Workbook, **more: Any) -> Any:
    usual = {"font_name": "Times New Roman", "font_size": 11, "border": 1, "border_color": "#A6A6A6", "valign": "vcenter"}
    return book.add_format(usual | {"text_wrap": True} | more)


def _head(book: xlsxwriter.Workbook) -> Any:
    return _format(book, bold=True, align="center", bg_color="#D9E2F3")


def _sheet(
    book: xlsxwriter.Workbook, name: str, heading: str, columns: Sequence[tuple[str, float]], last_row: int, fixed: int
) -> Worksheet:
    """A sheet with its title in row 1, headings in row 3, `fixed` columns that stay, ready to be printed on A4."""
    sheet = book.add_worksheet(name)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    sheet.hide_gridlines(2)
    sheet.set_footer("&L&9&F&R&9Trang &P/&N")
    sheet.write_string(0, 0, heading, book.add_format({"font_name": "Times New Roman", "bold": True, "font_size": 13}))
    head = _head(book)
    sheet.set_row(2, 50)
    for number, (title, width) in enumerate(columns):
        sheet.set_column(number, number, width)
        sheet.write_string(2, number, title, head)
    sheet.repeat_rows(2)
    sheet.freeze_panes(3, fixed)
    sheet.print_area(0, 0, max(last_row, 3), len(columns) - 1)
    return sheet


def _overview(book: xlsxwriter.Workbook, heading: str, year: int, rows: Sequence[dict[str, Any]]) -> None:
    """Obligations down, months of the due day across; a cell says the period and how it stands."""
    names = list(dict.fromkeys((row["obligation"], row["name_vi"]) for row in rows))
    months = sorted({_month(row["due_at"]) for row in rows} | {(year, month) for month in range(1, 13)})
    columns = [("Báo cáo", 34.0)] + [(f"Hạn tháng {month}/{due_year}", 12.5) for due_year, month in months]
    sheet = _sheet(book, "Tổng hợp", heading, columns, 3 + len(names) + len(STANDINGS) + 1, 1)
    text, empty = _format(book), _format(book, bg_color="#FAFAFA")
    formats = {
        key: _format(book, bg_color=back, font_color=ink, align="center", font_size=10) for key, (back, ink) in COLOURS.items()
    }
    for line, (obligation, name) in enumerate(names, start=3):
        sheet.write_string(line, 0, name, text)
        lines = [1]
        for column, month in enumerate(months, start=1):
            cells = [row for row in rows if row["obligation"] == obligation and _month(row["due_at"]) == month]
            if not cells:
                sheet.write_blank(line, column, None, empty)
                continue
            standing = max((row["standing"] for row in cells), key=list(STANDINGS).index)
            sheet.write_string(line, column, "\n".join(_cell(row) for row in cells), formats[standing])
            lines.append(sum(len(part) // 14 + 1 for row in cells for part in _cell(row).split("\n")))
        sheet.set_row(line, max(14 * max(lines) + 4, _height((name, 34))))
    first = 3 + len(names) + 1
    for line, (standing, name) in enumerate(STANDINGS.items(), start=first):
        sheet.write_string(line, 0, f"{name}: {sum(row['standing'] == standing for row in rows)}", formats[standing])


def _cell(row: dict[str, Any]) -> str:
    """The period in short, and how its report stands: before it is due, how far it has come."""
    last: date = row["period_to"]
    when = {
        "monthly": f"Tháng {last.month}/{last.year}",
        "quarterly": f"Quý {words.roman((last.month + 2) // 3)}/{last.year}",
        "annual": f"Năm {row['period_key']}",
        "school_year": f"Năm học {row['period_key']}",
        "one_off": "Một lần",
        "ad_hoc": "Đột xuất",
    }[row["cadence"]]
    under_way = row["standing"] == "open" and row["state"] != "expected"
    state = STATES[row["state"]] if under_way else STANDINGS[row["standing"]]
    late = f" {row['days_late']} ngày" if row["days_late"] else ""
    return f"{when}\n{state}{late}" + (f"\nđính chính {row['corrections']} lần" if row["corrections"] else "")


def _detail(book: xlsxwriter.Workbook, heading: str, rows: Sequence[dict[str, Any]]) -> None:
    columns = [
        ("Báo cáo", 38.0), ("Kỳ", 24.0), ("Từ ngày", 12.0), ("Đến ngày", 12.0), ("Hạn gửi", 16.5), ("Nên gửi trong ngày", 12.0),
        ("Trạng thái", 15.0), ("Đánh giá", 14.0), ("Số ngày chậm", 8.5), ("Gửi lúc", 16.5), ("Xác nhận lúc", 16.5),
        ("Bản số", 7.0), ("Số lần đính chính", 9.5), ("Căn cứ chu kỳ, hạn", 13.0),
    ]  # fmt: skip
    last = 2 + len(rows)
    sheet = _sheet(book, "Chi tiết", heading, columns, last, 2)
    text, number = _format(book), _format(book, num_format="0", align="center")
    day, moment = _format(book, num_format=DAY, align="center"), _format(book, num_format=MOMENT, align="center")
    standings = {key: _format(book, bg_color=back, font_color=ink) for key, (back, ink) in COLOURS.items()}
    for line, row in enumerate(rows, start=3):
        sheet.write_string(line, 0, row["name_vi"], text)
        sheet.write_string(line, 1, row["label"], text)
        _dates(sheet, line, 2, [row["period_from"], row["period_to"]], day)
        _moments(sheet, line, 4, [row["due_at"]], moment)
        _dates(sheet, line, 5, [row["aim_on"]], day)
        sheet.write_string(line, 6, STATES[row["state"]], text)
        sheet.write_string(line, 7, STANDINGS[row["standing"]], standings[row["standing"]])
        _number(sheet, line, 8, row["days_late"], number)
        _moments(sheet, line, 9, [row["delivered_at"], row["acknowledged_at"]], moment)
        _number(sheet, line, 11, row["version"] if row["state"] != "expected" else None, number)
        _number(sheet, line, 12, row["corrections"] or None, number)
        sheet.write_string(line, 13, CERTAINTY[row["certainty"]], text)
        sheet.set_row(line, _height((row["name_vi"], 38), (row["label"], 24)))
    sheet.autofilter(2, 0, max(last, 3), len(columns) - 1)


def _inputs(book: xlsxwriter.Workbook, heading: str, rows: Sequence[dict[str, Any]]) -> None:
    columns = [
        ("Báo cáo", 40.0), ("Kỳ", 26.0), ("Số liệu phải gửi", 40.0), ("Hạn nộp", 16.5), ("Phải gửi", 9.0), ("Đã nhận", 9.0),
        ("Đúng hạn", 9.0), ("Tỷ lệ đã nhận", 9.0), ("Tỷ lệ đúng hạn", 9.0),
    ]  # fmt: skip
    found = [(row, owed) for row in rows for owed in row["inputs"]]
    last = 2 + len(found)
    sheet = _sheet(book, "Số liệu từ đơn vị", heading, columns, last, 2)
    text, number = _format(book), _format(book, num_format="#,##0", align="center")
    moment, share = _format(book, num_format=MOMENT, align="center"), _format(book, num_format="0.0%", align="center")
    for line, (row, owed) in enumerate(found, start=3):
        sheet.write_string(line, 0, row["name_vi"], text)
        sheet.write_string(line, 1, row["label"], text)
        sheet.write_string(line, 2, owed["name_vi"], text)
        _moments(sheet, line, 3, [owed["due_at"]], moment)
        for column, key in enumerate(("expected", "received", "in_time"), start=4):
            _number(sheet, line, column, int(owed[key]), number)
        for column, key in enumerate(("received", "in_time"), start=7):
            sheet.write_number(line, column, int(owed[key]) / int(owed["expected"]), share)
        sheet.set_row(line, _height((row["name_vi"], 40), (row["label"], 26), (owed["name_vi"], 40)))
    sheet.autofilter(2, 0, max(last, 3), len(columns) - 1)


def _height(*texts: tuple[str, int]) -> int:
    """Points for a row whose texts stand in columns so many digits wide; what opens the file measures none itself."""
    return 15 * max(len(text) // (width - 4) + 1 for text, width in texts) + 4


def _dates(sheet: Worksheet, line: int, column: int, values: Sequence[date], look: Any) -> None:
    for number, value in enumerate(values, start=column):
        sheet.write_datetime(line, number, datetime.combine(value, datetime.min.time()), look)


def _moments(sheet: Worksheet, line: int, column: int, values: Sequence[datetime | None], look: Any) -> None:
    for number, value in enumerate(values, start=column):
        if value is None:
            sheet.write_blank(line, number, None, look)
        else:
            sheet.write_datetime(line, number, _local(value).replace(tzinfo=None, microsecond=0), look)


def _number(sheet: Worksheet, line: int, column: int, value: int | None, look: Any) -> None:
    if value is None:
        sheet.write_blank(line, column, None, look)
    else:
        sheet.write_number(line, column, value, look)


def _local(moment: datetime) -> datetime:
    return moment.astimezone(VIETNAM)


def _month(moment: datetime) -> tuple[int, int]:
    local = _local(moment)
    return local.year, local.month
