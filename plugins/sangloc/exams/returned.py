"""Exam records that were not accepted, handed back to whoever sent them.

The sender's system holds the records: what goes back is a list of what to put right there, record by record and field by
field, and never a value of a field but MA_LK, by which the sender finds the record.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, NamedTuple

from sangloc import clock
from sangloc.exams.fields import Field, tables
from sangloc.intake import keep_exam_workbook
from sangloc.provinces import load

REJECTED, DOUBTFUL, GUIDE = "Bản ghi chưa được nhận", "Giá trị cần xem lại", "Hướng dẫn"

MOST_ROWS = 50_000
# The remark on a list's column that no field is known for, in `intake.warning`; as a problem beside its values too.
UNKNOWN_HEADING = "unknown_heading"

_HEADINGS = {
    "Tệp đã gửi": 32,
    "Trang": 14,
    "Thứ tự (HOSO) hoặc dòng": 12,
    "Mã lượt khám (MA_LK)": 24,
    "Trường": 20,
    "Tên trường": 28,
    "Vì sao chưa được nhận": 60,
    "Quy định của trường": 48,
}
_DOUBTFUL_HEADINGS = {
    "Tệp đã gửi": 32,
    "Phần": 18,
    "Trường": 28,
    "Tên trường": 34,
    "Số lượt khám": 10,
    "Vấn đề": 44,
    "Quy định của trường": 60,
}
_PROBLEMS = {
    "missing": "Trường bắt buộc nhưng để trống.",
    "not_allowed": "Mã không có trong danh mục của trường này.",
    "not_a_number": "Cần ghi số, dấu thập phân là dấu chấm.",
    "too_long": "Dài quá số ký tự cho phép.",
    "unknown_field": "Mẫu này không có trường này.",
    "old_name": "Tên trường theo ví dụ cũ; cần dùng tên trong bảng của quyết định.",
    "other_facility": "Mã cơ sở khác với cơ sở gửi tệp; nếu gửi thay cho cơ sở đó thì không cần sửa.",
    UNKNOWN_HEADING: "Tiêu đề của cột này không có trong danh mục: nội dung được giữ lại nhưng chưa được hiểu; hãy kiểm tra.",
    "after_exam": "Ngày sinh sau ngày khám.",
    "unreadable": "Nội dung của phần này không phải XML, JSON hay Base64 của XML, JSON nên không đọc được.",
    "not_a_citizen_id": "Không phải số định danh cá nhân 12 chữ số.",
    "not_a_phone": "Không phải số điện thoại 10 hoặc 11 chữ số.",
    "not_an_insurance_no": "Không phải số thẻ 15 ký tự, mã số 10 chữ số hay số định danh 12 chữ số.",
    "not_a_commune_code": "Mã xã cần đúng 5 chữ số.",
}


class Returned(NamedTuple):
    """A reject of a file; `row_number` 0 is the file as a whole, `ma_lk` empty where the record has none."""

    file: str
    sheet: str
    row_number: int
    ma_lk: str
    code: str
    message: str


class Doubtful(NamedTuple):
    """How many accepted records of a file have one problem in one field; None for a whole column."""

    file: str
    form: str
    part: str
    code: str
    problem: str
    records: int | None


def write_returned(rejects: Sequence[Returned], doubtful: Sequence[Doubtful]) -> bytes:
    """The rejects of a file as a workbook (XLSX): what was not accepted, what was accepted with doubts, a guide.

    Every cell is text, and none can be taken for a formula, not even after it was saved as CSV.
    """
    import xlsxwriter

    target = io.BytesIO()
    # In memory, so that nobody's data lies in temporary files.
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    rows = []
    for reject in rejects[:MOST_ROWS]:
        label, expected = _explained("", "", reject.code)
        place = str(reject.row_number) if reject.row_number else "Cả tệp"
        rows.append((reject.file, reject.sheet, place, reject.ma_lk, reject.code, label, reject.message, expected))
    _sheet(book, REJECTED, _HEADINGS, rows)
    if doubtful:
        _sheet(
            book,
            DOUBTFUL,
            _DOUBTFUL_HEADINGS,
            [
                (one.file, one.part, one.code, label, str(one.records or ""), _PROBLEMS.get(one.problem, one.problem), expected)
                for one in doubtful
                for label, expected in [_explained(one.form, one.part, one.code)]
            ],
        )
    _guide(book, len(rejects) - len(rows))
    book.close()
    return target.getvalue()


def _sheet(book: Any, name: str, headings: dict[str, int], rows: Sequence[tuple[str, ...]]) -> None:
    from sangloc.roster.returned import safe_text

    page = book.add_worksheet(name)
    heading = book.add_format({"bold": True, "text_wrap": True, "valign": "vcenter", "bg_color": "#DDEBF7", "border": 1})
    plain = book.add_format({"num_format": "@", "valign": "top", "text_wrap": True})
    for at, (text, width) in enumerate(headings.items()):
        page.set_column(at, at, width, plain)
        page.write_string(0, at, text, heading)
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, max(len(rows), 1), len(headings) - 1)
    for line, row in enumerate(rows, start=1):
        for at, text in enumerate(row):
            if text:
                page.write_string(line, at, safe_text(text), plain)


def _explained(form: str, part: str, code: str) -> tuple[str, str]:
    """The label of a field and what it may hold, by its form, else by any form that has it."""
    find = tables().find
    known: Field | None = find(form, part, code) if form in tables().documents or form in tables().forms else None
    for any_form, any_part in (("18_plus", "XML1"), ("18_plus", "XML2"), ("18_plus", part), ("TONG_HOP", "XML1")):
        known = known or find(any_form, any_part, code)
    return (known.label, known.expected()) if known else ("", "")


def _guide(book: Any, left_out: int) -> None:
    guide = book.add_worksheet(GUIDE)
    title = book.add_format({"bold": True, "font_size": 14})
    text = book.add_format({"text_wrap": True, "valign": "top"})
    guide.set_column(0, 0, 110, text)
    guide.write_string(0, 0, "Cách sửa và gửi lại kết quả khám chưa được nhận", title)
    sentences = [
        f"1. Trang “{REJECTED}” chỉ gồm những lượt khám (hoặc tệp) chưa được nhận. Các lượt khám khác trong tệp đã được nhận, "
        "không cần gửi lại.",
        "2. Tìm lượt khám trong phần mềm của đơn vị theo “Mã lượt khám” hoặc theo thứ tự HOSO trong tệp (với bảng tính là số "
        "dòng), sửa trường được nêu, ký số rồi gửi lại vào đúng thư mục của đơn vị.",
        "3. Gửi lại đúng mã lượt khám cũ: bản gửi lại là phiên bản mới của lượt khám đó, bản cũ vẫn được lưu. Bản có chữ ký "
        "số được ưu tiên; bản không có chữ ký số không thay thế bản đã ký. Với danh sách không có cột mã lượt khám, dòng gửi "
        "lại được nhận ra nhờ họ tên, ngày sinh, ngày khám và lớp (bộ phận): hãy giữ nguyên các mục đó.",
        f"4. Trang “{DOUBTFUL}” (nếu có) nêu những giá trị đã được nhận nhưng nằm ngoài quy định của quyết định; hãy sửa cách "
        "xuất dữ liệu cho các lần gửi sau.",
        "5. Dấu nháy đơn (') ở đầu một ô là do hệ thống thêm để máy tính không hiểu nhầm ô đó là công thức.",
        "6. Hạn gửi: trong vòng 24 giờ sau khi kết luận (QĐ 1551/QĐ-BYT). Mã lượt khám dẫn tới hồ sơ của một người: chỉ lưu và "
        "gửi tệp này bằng phương tiện được phép, xóa bản sao khi không cần nữa.",
    ]
    if left_out > 0:
        sentences.append(f"7. Còn {left_out} lỗi khác không ghi ở đây, vì tệp chỉ ghi được {MOST_ROWS} dòng.")
    for line, sentence in enumerate(sentences, start=1):
        guide.write_string(line, 0, sentence, text)


def give_back(slug: str, source: str, sender: str) -> list[str]:
    """Lay a workbook into the landing zone for each file of a sender that was refused or has rejects, once.

    Whoever dies between writing a workbook and noting it writes the same workbook again.

    Args:
        slug: the province's folder name.
        source: the folder of the source, such as `screening`.
        sender: the sender's folder.

    Returns:
        The places of the workbooks written now, relative to the landing zone:
        `<slug>/returned/exams/<source>/<sender>/<file_id>-ket-qua-bi-tra-lai.xlsx`.

    Raises:
        RefusedInputError: the folder may not be written.
    """
    from sangloc.warehouse import sql, transaction

    required = [
        (form, part, code) for form, fields in tables().forms.items() for (part, code), one in fields.items() if one.required
    ]
    forms, parts, codes = zip(*required, strict=True)
    written = []
    values = {"province_code": load(slug).code, "source": source, "sender": sender}
    with transaction() as conn:
        files = conn.execute(sql("exams/files_to_return"), values).all()
    for file_id, path in files:
        name = path.rpartition("/")[2]
        with transaction() as conn:
            most = {"file_id": file_id, "most": MOST_ROWS}
            rejects = [Returned(name, *row) for row in conn.execute(sql("exams/rejects_of_file"), most)]
            asked = {**most, "forms": list(forms), "parts": list(parts), "codes": list(codes)}
            doubtful = [
                *(Doubtful(name, *row) for row in conn.execute(sql("exams/unknown_columns_of_file"), {"file_id": file_id})),
                *(Doubtful(name, *row) for row in conn.execute(sql("exams/doubtful_of_file"), asked)),
            ]
        workbook = write_returned(rejects, doubtful)
        written.append(keep_exam_workbook(slug, source, sender, f"{file_id}-ket-qua-bi-tra-lai.xlsx", workbook))
        with transaction() as conn:
            conn.execute(sql("exams/note_returned"), {"file_id": file_id, "now": clock.now()})
    return written
