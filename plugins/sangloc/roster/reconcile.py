"""Nobody left out: who was examined and is on no list, who is on two, and each commune's numbers against each other.

What a commune has to look at lies in its folder of the landing zone as a workbook, which goes when there is nothing left in
it. The tables behind are roster.unlisted, roster.residence_conflict and roster.gap.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sangloc import audit
from sangloc.intake import keep_workbook, layout, take_away_workbook
from sangloc.provinces import communes, load
from sangloc.roster.returned import safe_text

if TYPE_CHECKING:
    from sqlalchemy import Connection

UNLISTED_FILE = "nguoi-chua-co-trong-danh-sach.xlsx"
CONFLICTS_FILE = "nguoi-co-ten-o-hai-danh-sach.xlsx"

# The columns of a list of changes, which is what the commune sends back.
_LIST = (
    "stt", "change", "full_name", "birth_date", "sex", "citizen_id", "insurance_no", "ethnic", "phone", "village",
    "household_no", "relation", "residence", "groups", "guardian_id", "note",
)  # fmt: skip
_ADDED = "Thêm"
_SEEN = "Đã có phiếu khám sức khỏe nhưng chưa có trong danh sách của xã, phường"
_UNLISTED_GUIDE = (
    "Những người dưới đây đã được khám sức khỏe và có địa chỉ tại xã, phường nhưng chưa có trong danh sách đã gửi.",
    "1. Người không cư trú tại xã, phường: xóa cả dòng.",
    "2. Người cư trú tại xã, phường: kiểm tra, bổ sung các cột còn trống, nhất là “Tình trạng cư trú” (để trống được hiểu là "
    "thường trú); giữ nguyên cột “Biến động”.",
    "3. Lưu tệp (loại .xlsx, có thể đặt tên khác) rồi chép vào thư mục mà xã, phường vẫn gửi danh sách. Hệ thống chỉ thêm "
    "những người này, không bỏ ai trong danh sách đã có.",
    "4. Lần gửi danh sách đầy đủ tiếp theo cần có cả những người này.",
    "Danh sách có thông tin cá nhân: chỉ lưu và gửi bằng phương tiện được phép, xóa bản sao khi không cần nữa.",
)
_CONFLICTS = (
    "STT", "Họ và tên", "Ngày sinh", "Giới tính", "Số CCCD", "Thôn/Tổ", "Cư trú theo danh sách này",
    "Xã, phường khác cũng ghi tên", "Cư trú theo danh sách khác", "Đang tính tại",
)  # fmt: skip
_CONFLICTS_GUIDE = (
    "Mỗi người dưới đây có tên trong danh sách của hai xã, phường. Hệ thống chỉ tính một lần, tại nơi ghi ở cột “Đang tính "
    "tại”.",
    "Hai xã, phường cùng xác minh; nơi người đó không còn cư trú bỏ tên trong danh sách gửi lần sau hoặc gửi danh sách biến "
    "động.",
    "Tệp này chỉ để xem, không gửi lại.",
    "Danh sách có thông tin cá nhân: chỉ lưu và gửi bằng phương tiện được phép, xóa bản sao khi không cần nữa.",
)
_SEX = {1: "Nam", 2: "Nữ"}
_RESIDENCE = {
    "permanent": "Thường trú",
    "temporary_12m": "Tạm trú từ 12 tháng",
    "temporary_short": "Tạm trú dưới 12 tháng",
}
_BIRTH = {"day": "%d/%m/%Y", "month": "%m/%Y", "year": "%Y"}
_ROWS_AT_ONCE = 5_000


def unlisted(slug: str) -> dict[str, int]:
    """Lay the people of exam files whom no list has before the commune that should know them.

    Each such commune gets `<slug>/returned/roster/<commune>/nguoi-chua-co-trong-danh-sach.xlsx` in the landing zone: a list
    of changes that it completes and sends back. Other communes' workbook of this name is taken away.

    Args:
        slug: the province's folder name.

    Returns:
        Counts: exams and people on no list; of the people, those of an unknown commune and those from elsewhere, who are
        in no workbook; communes that got one.

    Raises:
        RefusedInputError: the landing zone cannot be written.
        WarehouseError: the database refused or broke off.
    """
    from sangloc.warehouse import transaction

    province = {"province_code": load(slug).code}
    headings = [layout("roster").columns[column].headings[0] for column in _LIST]
    with transaction() as conn:
        counts = _counts(conn, "roster/unlisted_count", province)
        people = _streamed(conn, "roster/unlisted_people", province)
        kept = _hand_out(slug, UNLISTED_FILE, people, headings, _listed, _UNLISTED_GUIDE)
    counts["communes"] = kept
    audit.note(unlisted=counts)
    return counts


def reconcile(slug: str) -> dict[str, int]:
    """Compare each commune's roster with its last list and its registered population (table roster.gap).

    People on the lists of two communes are laid before both, as `nguoi-co-ten-o-hai-danh-sach.xlsx` beside the other
    workbooks of the commune.

    Args:
        slug: the province's folder name.

    Returns:
        Counts: communes, and those of them without any list; people on the roster and registered population; rows rejected
        and not put right; people in conflict between two communes; people on no list; files held and refused.

    Raises:
        RefusedInputError: the landing zone cannot be written.
        WarehouseError: the database refused or broke off.
    """
    from sangloc.warehouse import transaction

    province = {"province_code": load(slug).code}
    with transaction() as conn:
        counts = _counts(conn, "roster/reconcile_totals", province)
        people = _streamed(conn, "roster/reconcile_conflicts", province)
        _hand_out(slug, CONFLICTS_FILE, people, _CONFLICTS, _conflicting, _CONFLICTS_GUIDE)
    audit.note(gaps=counts)
    return counts


def _counts(conn: Connection, name: str, values: dict[str, str]) -> dict[str, int]:
    from sangloc.warehouse import sql

    return {name: int(value) for name, value in conn.execute(sql(name), values).one()._mapping.items()}


def _streamed(conn: Connection, name: str, values: dict[str, str]) -> Iterator[Any]:
    from sangloc.warehouse import sql

    return iter(conn.execute(sql(name), values, execution_options={"yield_per": _ROWS_AT_ONCE}))


def _hand_out(slug: str, name: str, people: Iterable[Any], headings: Sequence[str], cells: Any, guide: Sequence[str]) -> int:
    """One workbook for each commune that has people, none for the others; their number."""
    here = {unit.code: unit.name for unit in communes(slug)}
    without = set(here)
    for code, rows in itertools.groupby(people, key=lambda row: row.commune_code):
        if code in here:
            lines = (cells(number, row, here[code]) for number, row in enumerate(rows, start=1))
            keep_workbook(slug, code, name, _workbook(headings, lines, guide))
            without.discard(code)
    for code in sorted(without):
        take_away_workbook(slug, code, name)
    return len(here) - len(without)


def _listed(number: int, row: Any, _here: str) -> list[str]:
    known = {**_person(number, row), "change": _ADDED, "insurance_no": row.insurance_no, "phone": row.phone,
             "guardian_id": row.guardian_id, "note": _SEEN}  # fmt: skip
    return [known.get(column) or "" for column in _LIST]


def _conflicting(number: int, row: Any, here: str) -> list[str]:
    known = _person(number, row)
    return [
        *(known[column] or "" for column in ("stt", "full_name", "birth_date", "sex", "citizen_id", "village")),
        _RESIDENCE[row.residence],
        row.other_commune,
        _RESIDENCE[row.other_residence],
        here if row.counted else row.other_commune,
    ]


def _person(number: int, row: Any) -> dict[str, str | None]:
    return {
        "stt": str(number),
        "full_name": row.full_name,
        "birth_date": row.birth_date.strftime(_BIRTH[row.birth_precision]),
        "sex": _SEX.get(row.sex),
        "citizen_id": row.citizen_id,
        "village": row.village,
    }


def _workbook(headings: Sequence[str], lines: Iterable[Sequence[str]], guide: Sequence[str]) -> bytes:
    """A workbook of text cells: no number loses its zeros, nothing is a formula."""
    import xlsxwriter

    target = io.BytesIO()
    # In memory, so that nobody's data lies in temporary files.
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    title = book.add_format({"bold": True, "text_wrap": True, "valign": "vcenter", "bg_color": "#DDEBF7", "border": 1})
    plain = book.add_format({"num_format": "@", "valign": "top"})
    page = book.add_worksheet("Danh sách")
    page.set_column(0, len(headings) - 1, 18, plain)
    page.freeze_panes(1, 0)
    for column, heading in enumerate(headings):
        page.write_string(0, column, heading, title)
    for line, cells in enumerate(lines, start=1):
        for column, text in enumerate(cells):
            if text:
                page.write_string(line, column, safe_text(text), plain)
    words = book.add_format({"text_wrap": True, "valign": "top"})
    page = book.add_worksheet("Hướng dẫn")
    page.set_column(0, 0, 110, words)
    for line, sentence in enumerate(guide):
        page.write_string(line, 0, sentence, words)
    book.close()
    return target.getvalue()
