"""Plants one unmistakable person into every source file, so that a scan can find any leak.

On the roster stands a twin too, with the same name. Of the exams some name the person beyond doubt, some by a slip, some
without a number, so that either may be meant, and some are of somebody with a name like it who is on no list: each way through
linkage has something that can leak.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import xlsxwriter
from python_calamine import CalamineWorkbook

NAME = "Zquyxơ Vwăn Kjặc"
CITIZEN = "987654320917"
INSURANCE = "9876543209"
PHONE = "0987654329"
PLACE = "Thôn Zwằm Kjuê"
BIRTH = ("29/02/1904", "1904-02-29", "19040229", "29021904")

SLIPPED = f"{CITIZEN[:-1]}8"
TWIN, TWIN_INSURANCE = "987654320925", "9876543217"
STRANGER = "Zquyxơ Bfăn Gjọp"

# What must not be found anywhere outside the warehouse and the landing zone. The number without its last digit is in SLIPPED
# too.
TRACES = (
    NAME,
    NAME.upper(),
    "Zquyx",
    "ZQUYX",
    "zquyxo",
    CITIZEN[:-1],
    INSURANCE,
    TWIN,
    TWIN_INSURANCE,
    PHONE,
    "Zwằm",
    "zwam",
    *BIRTH,
)


def _row(headings: list[str], row: list[str]) -> list[str]:
    """`row` with the planted person in the place of whoever it was about."""
    planted = list(row)
    for index, heading in enumerate(headings):
        low = heading.lower()
        if "họ" in low and "tên" in low and "giám hộ" not in low:
            planted[index] = NAME
        elif "sinh" in low and ("ngày" in low or "năm" in low):
            planted[index] = BIRTH[0]
        elif "giám hộ" in low or "cha/mẹ" in low:
            planted[index] = ""
        elif "cccd" in low or "định danh" in low:
            planted[index] = CITIZEN
        elif "bhyt" in low:
            planted[index] = INSURANCE
        elif "thoại" in low or "sđt" in low:
            planted[index] = PHONE
        elif "thôn" in low or "địa chỉ" in low:
            planted[index] = PLACE
        elif "mã lượt" in low or "mã khám" in low or "ma_lk" in low:
            planted[index] = f"{row[index]}-PLANT"
    return planted


def _broken(headings: list[str], row: list[str]) -> list[str]:
    """The planted person with a birth date that is none and a number that is none: the reject's way."""
    broken = _row(headings, row)
    for index, heading in enumerate(headings):
        if "sinh" in heading.lower():
            broken[index] = f"{NAME} 31/02"
        elif broken[index] == CITIZEN:
            broken[index] = CITIZEN[:-1]
    return broken


def _table(rows: list[list[str]]) -> list[list[str]]:
    header = next(index for index, row in enumerate(rows[:10]) if sum(bool(cell) for cell in row) >= 6)
    headings, sample = rows[header], rows[header + 1]
    planted = _row(headings, sample)
    of_exams = any("mã lượt" in heading.lower() or "mã khám" in heading.lower() for heading in headings)
    numbers = {CITIZEN: TWIN, INSURANCE: TWIN_INSURANCE}
    twins = [] if of_exams else [[numbers.get(cell, cell) for cell in planted]]
    return [*rows, planted, *twins, _broken(headings, sample)]


def _csv(path: Path) -> None:
    raw = path.read_bytes()
    bom = b"\xef\xbb\xbf" if raw.startswith(b"\xef\xbb\xbf") else b""
    text = raw.decode("utf-8-sig")
    delimiter = ";" if text[:2000].count(";") > text[:2000].count(",") else ","
    rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(_table(rows))
    path.write_bytes(bom + out.getvalue().encode())


def _xlsx(path: Path) -> None:
    sheets = CalamineWorkbook.from_path(str(path))
    rows = [[str(cell) for cell in row] for row in sheets.get_sheet_by_index(0).to_python()]
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("Danh sách")
    for number, row in enumerate(_table(rows)):
        sheet.write_row(number, 0, [cell.removesuffix(".0") if cell.endswith(".0") else cell for cell in row])
    book.close()


def _record(text: str, number: int) -> str:
    """A complete record about the planted person, in the form of the file."""
    insurance_visit = "GIAMDINHHS" in text[:300]
    key = f"PLANT-{number}"
    if insurance_visit:
        inner = (
            f"<TONG_HOP><MA_LK>{key}</MA_LK><STT>1</STT><HO_TEN>{NAME.upper()}</HO_TEN><SO_CCCD>{CITIZEN}</SO_CCCD>"
            f"<NGAY_SINH>{BIRTH[2]}0000</NGAY_SINH><GIOI_TINH>1</GIOI_TINH><DIA_CHI>{PLACE}</DIA_CHI>"
            f"<DIEN_THOAI>{PHONE}</DIEN_THOAI><MA_THE_BHYT>{INSURANCE}</MA_THE_BHYT>"
            "<NGAY_VAO>202611100800</NGAY_VAO><NGAY_RA>202611100900</NGAY_RA></TONG_HOP>"
        )
        parts = {"XML1": inner}
    else:
        parts = {
            "XML1": (
                f"<THONG_TIN_HANH_CHINH><HO_TEN>{NAME.upper()}</HO_TEN><GIOI_TINH>1</GIOI_TINH>"
                f"<NGAY_SINH>{BIRTH[2]}0000</NGAY_SINH><MA_DAN_TOC>01</MA_DAN_TOC><SO_CCCD>{CITIZEN}</SO_CCCD>"
                f"<DIA_CHI>{PLACE}</DIA_CHI><DIEN_THOAI>{PHONE}</DIEN_THOAI><LY_DO_VV>{NAME} {PHONE}</LY_DO_VV>"
                "</THONG_TIN_HANH_CHINH>"
            ),
            "XML2": (
                f"<THONG_TIN_CHUNG_VE_LAN_KHAM><MA_LK>{key}</MA_LK><DOI_TUONG>{NAME}</DOI_TUONG>"
                "<NGUON_CHI_TRA>2</NGUON_CHI_TRA><MA_LOAI_KCB>01</MA_LOAI_KCB><NGAY_VAO>202611100800</NGAY_VAO>"
                "</THONG_TIN_CHUNG_VE_LAN_KHAM>"
            ),
            "XML12": f"<KET_LUAN><PHAN_LOAI_SK>{NAME}</PHAN_LOAI_SK><KET_LUAN_BENH>{PLACE}</KET_LUAN_BENH></KET_LUAN>",
        }
    good = "".join(
        f"<FILEHOSO><LOAIHOSO>{part}</LOAIHOSO><NOIDUNGFILE>{inner}</NOIDUNGFILE></FILEHOSO>" for part, inner in parts.items()
    )
    bad = good.replace(key, f"{key}-BAD").replace(f"{BIRTH[2]}0000", f"{PHONE}x")
    number = f"<SO_CCCD>{CITIZEN}</SO_CCCD>"
    bare = good.replace(key, f"{key}-BARE").replace(number, "<SO_CCCD></SO_CCCD>")
    slip = good.replace(key, f"{key}-SLIP").replace(CITIZEN, SLIPPED).replace(NAME.upper(), _without_middle(NAME).upper())
    stranger = (
        good.replace(key, f"{key}-STRANGER").replace(number, "<SO_CCCD></SO_CCCD>").replace(NAME.upper(), STRANGER.upper())
    ).replace(f"{BIRTH[2]}0000", "193103080000")
    return "".join(f"<HOSO>{record}</HOSO>" for record in (good, bad, bare, slip, stranger))


def _without_middle(name: str) -> str:
    family, *_, given = name.split()
    return f"{family} {given}"


def plant(landing: Path) -> int:
    """Plant the person into every roster and exam file below `landing`; returns the number of files."""
    count = 0
    for path in sorted(item for item in landing.rglob("*") if item.is_file()):
        if path.suffix == ".csv":
            _csv(path)
        elif path.suffix == ".xlsx":
            _xlsx(path)
        elif path.suffix == ".xml":
            text = path.read_text(encoding="utf-8")
            end = text.rindex("</DANHSACHHOSO>")
            path.write_text(text[:end] + _record(text, count) + text[end:], encoding="utf-8")
        else:
            raise AssertionError(f"no way to plant into a {path.suffix} file")
        count += 1
    return count


def plant_refused(landing: Path, commune: str, facility: str) -> list[Path]:
    """Files that are refused as a whole, each full of the planted person, name included; returns their paths."""
    roster = landing / "roster" / commune / f"{NAME} {CITIZEN}.csv"
    roster.parent.mkdir(parents=True, exist_ok=True)
    roster.write_text(f"{NAME};{CITIZEN};{PHONE}\n{PLACE};{BIRTH[0]};{INSURANCE}\n", encoding="utf-8")
    exam = landing / "exams" / "screening" / facility / f"{NAME} {PHONE}.xml"
    exam.parent.mkdir(parents=True, exist_ok=True)
    exam.write_text(f"<KHAMSUCKHOE><HO_TEN>{NAME}</HO_TEN><{CITIZEN}", encoding="utf-8")
    return [roster, exam]
