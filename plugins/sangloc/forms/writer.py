"""Forms as workbooks: empty ones to be handed out, and those that go back with what is wrong in them."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sangloc.clock import VIETNAM
from sangloc.forms.definition import ANSWER, CODE, CONTENT, GUIDE, KEY_SHEET, SHEET, THIS_PERIOD, UNIT_KINDS, Form
from sangloc.forms.reader import Fault
from sangloc.provinces import ManualFigure
from sangloc.reporting import words
from sangloc.roster.returned import safe_text

FONT = "Times New Roman"
# Columns A to F; the last one is only in a form that goes back.
WIDTHS = (5, 44, 13, 13, 17, 46)
FAULT_WIDTH = 52
# Per cent at which these columns, and the usual number of rows, fit on a page. Breaks hold only where the scale is given.
PRINT_SCALE, FAULT_PRINT_SCALE = 85, 71
LAST = len(WIDTHS) - 1
A4 = 9
# Excel's own limits for what a validation says.
_LONGEST_TITLE, _LONGEST_MESSAGE = 32, 255


def write_form(
    form: Form,
    before: Mapping[str, Decimal] | None = None,
    answers: Mapping[str, Decimal | str] | None = None,
    faults: Sequence[Fault] = (),
) -> bytes:
    """The form as XLSX: what is known is filled in and locked, the rest is checked while it is typed.

    The same arguments give the same bytes.

    Args:
        before: the unit's figures of the period before, shown beside the empty cells.
        answers: figures and texts that came and were right, by id: for a form that goes back.
        faults: what was wrong in the form that goes back.
    """
    import xlsxwriter

    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    # The file's own time stamp would differ from run to run.
    book.set_properties(
        {
            "title": form.owed.name_vi,
            "author": form.profile.health_department.name,
            "created": datetime(2026, 1, 1),  # noqa: DTZ001
        }
    )
    book.formats[0].set_font_name(FONT)
    _Page(book, form, before or {}, answers or {}, faults).write()
    _guide(book, form, bool(faults))
    key = book.add_worksheet(KEY_SHEET)
    for line, text in enumerate(form.key):
        key.write_string(line, 0, text)
    key.protect()
    key.very_hidden()
    book.close()
    return target.getvalue()


def write_refusal(file_name: str, message: str) -> bytes:
    """A workbook that says why a file could not be taken as a form at all."""
    import xlsxwriter

    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": datetime(2026, 1, 1)})  # noqa: DTZ001
    page = book.add_worksheet("Biểu chưa được nhận")
    page.set_landscape()
    page.set_paper(A4)
    page.fit_to_pages(1, 0)
    usual = {"font_name": FONT, "font_size": 12, "text_wrap": True, "valign": "top"}
    page.set_column(0, 0, 24)
    page.set_column(1, 1, 90)
    page.write_string(0, 0, "BIỂU SỐ LIỆU CHƯA ĐƯỢC NHẬN", book.add_format(usual | {"bold": True, "text_wrap": False}))
    plain = book.add_format(usual | {"border": 1})
    told = book.add_format(usual | {"border": 1, "bg_color": "#FFC7CE", "font_color": "#9C0006"})
    for line, (label, text, look) in enumerate(
        (
            ("Tệp đã gửi", safe_text(file_name), plain),
            ("Lý do", message, told),
            (
                "Cách làm",
                "Lấy biểu của đúng kỳ trong thư mục của đơn vị, điền vào các ô màu vàng, lưu lại ở dạng .xlsx rồi chép vào thư "
                "mục gửi số liệu của đơn vị.",
                plain,
            ),
        ),
        start=2,
    ):
        page.set_row(line, 52)
        page.write_string(line, 0, label, plain)
        page.write_string(line, 1, text, look)
    book.close()
    return target.getvalue()


class _Page:
    """The sheet that people fill in."""

    def __init__(
        self,
        book: Any,
        form: Form,
        before: Mapping[str, Decimal],
        answers: Mapping[str, Decimal | str],
        faults: Sequence[Fault],
    ) -> None:
        self.book, self.form, self.before, self.answers = book, form, before, answers
        self.faults: dict[str, list[Fault]] = {}
        for fault in faults:
            self.faults.setdefault(fault.figure, []).append(fault)
        self.page = book.add_worksheet(SHEET)
        self.line = 0
        self.comments = False

    def look(self, **more: Any) -> Any:
        usual = {"font_name": FONT, "font_size": 12, "valign": "vcenter", "text_wrap": True, "locked": True}
        return self.book.add_format(usual | more)

    def write(self) -> None:
        page, form = self.page, self.form
        last = LAST + 1 if self.faults else LAST
        for column, width in enumerate(WIDTHS):
            page.set_column(column, column, width)
        if self.faults:
            page.set_column(last, last, FAULT_WIDTH)
        page.hide_gridlines(2)
        page.set_landscape()
        page.set_paper(A4)
        page.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
        page.set_print_scale(FAULT_PRINT_SCALE if self.faults else PRINT_SCALE)
        page.set_footer(f"&L&8{form.code}&R&8Trang &P/&N")
        self._head()
        numbers = [figure for figure in form.figures if figure.kind == "number"]
        texts = [figure for figure in form.figures if figure.kind == "text"]
        if numbers:
            self._numbers(numbers)
        if texts:
            if numbers:
                # Else the headings would stand alone at the foot of the first page.
                page.set_h_pagebreaks([self.line])
            self._texts(texts)
        self._strays()
        page.print_area(0, 0, self.line, last)
        page.protect("", {"format_rows": True, "format_columns": True})
        page.set_selection(self.first[0], self.first[1], self.first[0], self.first[1])

    first = (0, 0)

    def _head(self) -> None:
        page, form = self.page, self.form
        department = form.profile.health_department
        bold = self.look(bold=True, text_wrap=False)
        page.write_string(0, 0, department.superior.upper(), self.look(text_wrap=False))
        page.write_string(1, 0, department.name.upper(), bold)
        title = self.look(bold=True, font_size=15, align="center")
        page.merge_range(3, 0, 3, LAST, "BIỂU SỐ LIỆU BÁO CÁO", title)
        page.merge_range(4, 0, 4, LAST, form.owed.name_vi, self.look(bold=True, align="center"))
        page.set_row(3, 24)
        page.set_row(4, _height(form.owed.name_vi, sum(WIDTHS), 18))
        due = form.due_at.astimezone(VIETNAM)
        self.line = 6
        label, value = self.look(bold=True), self.look()
        for name, text in (
            ("Đơn vị báo cáo", form.unit_name),
            ("Loại đơn vị", UNIT_KINDS[form.unit_kind]),
            ("Kỳ số liệu", _period(form)),
            ("Hạn gửi", f"Hết ngày {due:%d/%m/%Y}"),
            ("Phục vụ", form.duty.name_vi),
            ("Căn cứ", form.owed.legal_basis),
            (CODE, form.code),
        ):
            page.merge_range(self.line, 0, self.line, 1, name, label)
            page.merge_range(self.line, 2, self.line, LAST, text, value)
            page.set_row(self.line, _height(text, sum(WIDTHS[2:]), 17))
            self.line += 1
        self.line += 1
        if self.faults:
            told = self.look(bold=True, bg_color="#FFC7CE", font_color="#9C0006", border=1)
            text = "BIỂU ĐƯỢC TRẢ LẠI ĐỂ SỬA: sửa các ô màu đỏ theo cột “Lỗi cần sửa”, lưu lại rồi gửi lại cả biểu này."
        else:
            told = self.look(italic=True)
            text = (
                "Chỉ nhập vào các ô màu vàng. Không có thì ghi 0; ô để trống là chưa có số liệu. Không ghi thông tin cá nhân."
            )
        page.merge_range(self.line, 0, self.line, LAST, text, told)
        page.set_row(self.line, 20)
        self.line += 1

    def _heads(self, titles: Sequence[tuple[int, int, str]]) -> None:
        head = self.look(bold=True, align="center", bg_color="#D9E2F3", border=1)
        for first, last, title in titles:
            if first == last:
                self.page.write_string(self.line, first, title, head)
            else:
                self.page.merge_range(self.line, first, self.line, last, title, head)
        if self.faults:
            self.page.write_string(self.line, LAST + 1, "Lỗi cần sửa", head)
        self.page.set_row(self.line, 22)
        self.line += 1

    def _numbers(self, figures: Sequence[ManualFigure]) -> None:
        page = self.page
        names = ("TT", CONTENT, "Đơn vị tính", "Kỳ trước", THIS_PERIOD, "Cách ghi")
        self._heads([(column, column, name) for column, name in enumerate(names)])
        cell, centred = self.look(border=1), self.look(border=1, align="center")
        small = self.look(border=1, font_size=10, font_color="#595959", align="left", indent=1)
        for place, figure in enumerate(figures, start=1):
            pattern = "#,##0" + ("." + "#" * figure.decimals if figure.decimals else "")
            page.write_number(self.line, 0, place, centred)
            page.write_string(self.line, 1, figure.name_vi, cell)
            page.write_string(self.line, 2, figure.unit or "", centred)
            old = self.look(border=1, align="right", num_format=pattern, font_color="#595959", indent=1)
            if figure.id in self.before:
                page.write_number(self.line, 3, float(self.before[figure.id]), old)
            else:
                page.write_blank(self.line, 3, None, old)
            self._answer(figure, 4, {"align": "right", "indent": 1, "num_format": pattern})
            guide = " ".join(filter(None, (figure.guide, _range(figure))))
            page.write_string(self.line, 5, guide, small)
            page.data_validation(self.line, 4, self.line, 4, _number_rule(figure))
            self._told(figure.id, max(_height(figure.name_vi, WIDTHS[1], 17), _height(guide, WIDTHS[5] + 8, 14)))
        self.line += 1

    def _texts(self, figures: Sequence[ManualFigure]) -> None:
        page = self.page
        self._heads([(0, 0, "TT"), (1, 1, CONTENT), (2, LAST, ANSWER)])
        cell, centred = self.look(border=1, valign="top"), self.look(border=1, align="center", valign="top")
        for place, figure in enumerate(figures, start=1):
            page.write_number(self.line, 0, place, centred)
            page.write_string(self.line, 1, figure.name_vi, cell)
            self._answer(figure, 2, {"valign": "top", "num_format": "@"})
            page.data_validation(self.line, 2, self.line, 2, _text_rule(figure))
            self._told(figure.id, max(_height(str(self.answers.get(figure.id, "")), sum(WIDTHS[2:]), 17), 88))

    def _answer(self, figure: ManualFigure, column: int, more: dict[str, Any]) -> None:
        wrong = self.faults.get(figure.id, [])
        shade = "#FFC7CE" if wrong else "#FFF9DB"
        look = self.look(border=1, locked=False, bg_color=shade, **more)
        if self.first == (0, 0) or (wrong and not self.comments):
            self.first = (self.line, column)
        if figure.kind == "text":
            self.page.merge_range(self.line, column, self.line, LAST, "", look)
        value = self.answers.get(figure.id)
        if wrong and wrong[0].raw:
            self.page.write_string(self.line, column, safe_text(wrong[0].raw), look)
        elif isinstance(value, Decimal):
            self.page.write_number(self.line, column, float(value), look)
        elif value:
            self.page.write_string(self.line, column, safe_text(value), look)
        else:
            self.page.write_blank(self.line, column, None, look)
        if wrong:
            text = "\n".join(fault.message for fault in wrong)
            self.page.write_comment(self.line, column, text, {"author": "Sàng Lọc", "x_scale": 2.5})
            self.comments = True

    def _told(self, figure: str, height: int) -> None:
        wrong = self.faults.get(figure, [])
        if self.faults:
            look = self.look(border=1, font_color="#9C0006", valign="top")
            text = "\n".join(fault.message for fault in wrong)
            self.page.write_string(self.line, LAST + 1, text, look)
            height = max(height, sum(_height(fault.message, FAULT_WIDTH, 17) for fault in wrong))
        self.page.set_row(self.line, min(height, 400))
        self.line += 1

    def _strays(self) -> None:
        """Faults of rows that the form does not have."""
        known = {figure.id for figure in self.form.figures}
        for fault in (fault for name, found in self.faults.items() if name not in known for fault in found):
            look = self.look(font_color="#9C0006")
            self.page.merge_range(self.line, 1, self.line, LAST + 1, fault.message, look)
            self.line += 1


def _period(form: Form) -> str:
    days = f"từ {form.period.starts:%d/%m/%Y} đến {form.period.ends:%d/%m/%Y}"
    return form.period.label if days in form.period.label else f"{form.period.label} ({days})"


def _number_rule(figure: ManualFigure) -> dict[str, Any]:
    return {
        "validate": "decimal" if figure.decimals else "integer",
        "criteria": "between",
        "minimum": figure.least,
        "maximum": figure.most,
        "ignore_blank": True,
        "input_title": "Kỳ này",
        "input_message": _range(figure)[:_LONGEST_MESSAGE],
        "error_title": "Số liệu chưa đúng"[:_LONGEST_TITLE],
        "error_message": _range(figure)[:_LONGEST_MESSAGE],
    }


def _text_rule(figure: ManualFigure) -> dict[str, Any]:
    text = f"Ghi ngắn gọn, nhiều nhất {words.number(figure.longest)} ký tự. Không ghi số điện thoại, số định danh, ngày sinh."
    return {
        "validate": "length",
        "criteria": "<=",
        "value": figure.longest,
        "ignore_blank": True,
        "input_title": ANSWER,
        "input_message": f"{text} {figure.guide or ''}".strip()[:_LONGEST_MESSAGE],
        "error_title": "Nội dung quá dài",
        "error_message": text[:_LONGEST_MESSAGE],
    }


def _range(figure: ManualFigure) -> str:
    kind = f"Số có tối đa {figure.decimals} chữ số thập phân" if figure.decimals else "Số nguyên"
    return f"{kind} từ {_shown(figure.least, figure)} đến {_shown(figure.most or 0, figure)}."


def _shown(value: float, figure: ManualFigure) -> str:
    return words.number(value, 0 if float(value).is_integer() else figure.decimals)


def _height(text: str, width: float, line: int) -> int:
    """Points for a row whose text stands in so many characters; what opens the file measures none itself."""
    rows = sum(int(len(part) // (width * 0.95)) + 1 for part in text.split("\n"))
    return rows * line + 4


def _guide(book: Any, form: Form, returned: bool) -> None:
    page = book.add_worksheet(GUIDE)
    title = book.add_format({"font_name": FONT, "bold": True, "font_size": 14})
    plain = book.add_format({"font_name": FONT, "font_size": 12, "text_wrap": True, "valign": "top"})
    page.set_column(0, 0, 110, plain)
    page.set_landscape()
    page.set_paper(A4)
    page.fit_to_pages(1, 0)
    page.write_string(0, 0, "Cách điền và gửi biểu", title)
    due = form.due_at.astimezone(VIETNAM)
    sentences = [
        f"1. Biểu này làm sẵn cho {form.unit_name}, kỳ {form.period.label}. Mỗi kỳ, mỗi đơn vị có một biểu riêng: không dùng "
        "biểu của kỳ khác hay đơn vị khác.",
        "2. Chỉ nhập vào các ô màu vàng. Ô số chỉ ghi số, không ghi chữ, không ghi công thức. Không có thì ghi 0; ô để trống "
        "là chưa có số liệu, hệ thống không tự coi là 0.",
        "3. Ô tỷ lệ phần trăm: ghi 95,5 nếu tỷ lệ là 95,5%.",
        "4. Ô chữ: ghi ngắn gọn. Không ghi họ tên, số điện thoại, số định danh, thư điện tử, ngày sinh của ai. Ngày của sự "
        "việc chỉ ghi ngày và tháng.",
        f"5. Lưu ở dạng .xlsx (đặt tên thế nào cũng được) rồi chép vào thư mục submissions/{form.folder}, chậm nhất hết ngày "
        f"{due:%d/%m/%Y}. Biểu gửi sau hạn vẫn được nhận và được ghi là gửi chậm; biểu để trống không tính là đã gửi.",
        "6. Cần sửa số liệu đã gửi thì sửa trong biểu rồi gửi lại cả biểu: bản nhận sau cùng được tính, các bản trước vẫn được "
        "lưu.",
        f"7. Số liệu sai được trả lại thành một biểu như thế này trong thư mục returned/forms/{form.folder}, ô sai màu đỏ; số "
        "liệu đúng trong cùng biểu vẫn được nhận.",
    ]
    if returned:
        sentences.append(
            "8. Đây là biểu trả lại: số liệu đúng đã được điền sẵn, hãy sửa các ô màu đỏ rồi gửi lại cả biểu. Dấu nháy đơn (') "
            "ở đầu một ô là do hệ thống thêm để máy tính không hiểu nhầm ô đó là công thức; cứ để nguyên."
        )
    for line, sentence in enumerate(sentences, start=1):
        page.set_row(line, _height(sentence, 110, 17))
        page.write_string(line, 0, sentence, plain)
    page.protect()
