"""Exam files made for the tests, from the field tables; nobody in them exists."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest

ROOT = Path(__file__).resolve().parents[2]

TAGS = {
    "XML1": "THONG_TIN_HANH_CHINH",
    "XML2": "THONG_TIN_CHUNG_VE_LAN_KHAM",
    "XML3": "DANH_GIA_DAU_HIEU_SINH_TON",
    "XML4": "DANH_GIA_DINH_DUONG",
    "XML5": "DANH_GIA_PHAT_TRIEN_TINH_THAN_VAN_DONG",
    "XML6": "DANH_GIA_TIEM_CHUNG",
    "XML7": "KHAM_LAM_SANG",
    "XML8": "KET_LUAN_VA_TU_VAN",
    "XML9": "TIEN_SU_BENH_TAT",
    "XML10": "KHAM_THE_LUC",
    "XML11": "KHAM_CAN_LAM_SANG",
    "XML12": "KET_LUAN",
}

BIRTHS = {"under_6": "202403150000", "6_to_17": "201401020000", "18_plus": "198805200000"}
NUMBERS = {"under_6": "020224000001", "6_to_17": "020214000002", "18_plus": "020188000003"}

Hoso = list[tuple[str, list[tuple[str, str]]]]


class Messages:
    """Builds exams (`hoso`), envelopes and landing files."""

    def __init__(self, landing: Path) -> None:
        self.landing = landing

    def fields(self, form: str) -> list[dict[str, str]]:
        """The rows of the official table for an age form, or of TONG_HOP for an empty one."""
        path = ROOT / "include" / "code_sets" / "qd2062_fields.csv"
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["age_form"] == form and row["part"] != "CHUKYDONVI"]
        return rows if form else [row for row in rows if row["part_tag"] == "TONG_HOP"]

    def full(self, form: str, ma_lk: str = "A-1") -> Hoso:
        """An exam of an age form with a right value in every field of its table."""
        own = {
            "HO_TEN": "NÔNG THỊ THÍ DỤ", "NGAY_SINH": BIRTHS[form], "SO_CCCD": NUMBERS[form], "GIOI_TINH": "2",
            "MA_DAN_TOC": "02", "MAXA_CU_TRU": "05977", "MATINH_CU_TRU": "020", "DIA_CHI": "Thôn Thử, Xã Mẫu",
            "SO_CCCD_NGUOI_DI_CUNG": "020188000009", "SO_CCCD_NGH": "020188000009", "DIEN_THOAI": "0900000001",
            "DIEN_THOAI_NGUOI_DI_CUNG": "0900000002", "DIEN_THOAI_NGH": "0900000003", "MA_LK": ma_lk,
            "MA_CSKCB": "20001", "MA_GTIN_CSKCB": "8930000000001", "DOI_TUONG": "6;10", "NGUON_CHI_TRA": "1",
            "MA_LOAI_KCB": "01", "NGAY_VAO": "202608101430", "KET_LUAN_BENH": "H52.1;I10", "MA_NGHE_NGHIEP": "00",
        }  # fmt: skip
        parts: dict[str, list[tuple[str, str]]] = {}
        for row in self.fields(form):
            value = own.get(row["code"])
            if value is None and row["allowed_codes"]:
                value = row["allowed_codes"].split(";")[0].partition("=")[0]
            if value is None:
                value = "1" if row["data_type"] == "number" else "Bình"
            parts.setdefault(row["part"], []).append((row["code"], value))
        return list(parts.items())

    def adult(self, ma_lk: str = "A-1", **values: str | None) -> Hoso:
        """A small exam of an adult; a keyword replaces a field, None leaves it out."""
        fields = {
            "XML1": {
                "HO_TEN": "HOÀNG VĂN THÍ DỤ", "GIOI_TINH": "1", "NGAY_SINH": "198805200000", "SO_CCCD": "020088000003",
                "MA_NGHE_NGHIEP": "00",
            },
            "XML2": {
                "MA_LK": ma_lk, "MA_CSKCB": "20001", "DOI_TUONG": "5;14", "NGUON_CHI_TRA": "2",
                "NGAY_VAO": "202608130915",
            },
            "XML10": {"CHIEU_CAO": "156.00", "HUYET_AP": "145/92"},
            "XML12": {"PHAN_LOAI_SK": "3", "KET_LUAN_BENH": "I10;E11"},
        }  # fmt: skip
        for code, value in values.items():
            part = next((name for name, codes in fields.items() if code in codes), "XML1")
            if value is None:
                fields[part].pop(code, None)
            else:
                fields[part][code] = value
        return [(part, list(codes.items())) for part, codes in fields.items()]

    def child(self, ma_lk: str = "C-1", **values: str) -> Hoso:
        """A small exam of a child under six."""
        one = {
            "HO_TEN": "TRẦN THỊ MẪU", "NGAY_SINH": "202403150000", "GIOI_TINH": "2", "SO_CCCD": "020324000001",
            "SO_CCCD_NGUOI_DI_CUNG": "020188000009", **values,
        }  # fmt: skip
        two = {"MA_LK": ma_lk, "MA_CSKCB": "20001", "NGAY_VAO": "202608101430"}
        return [
            ("XML1", list(one.items())),
            ("XML2", list(two.items())),
            ("XML3", [("NHIET_DO", "36.7")]),
            ("XML8", [("BINH_THUONG", "1")]),
        ]

    def part(self, tag: str, codes: Sequence[tuple[str, str]], wrap: str = "raw") -> str:
        """The content of a NOIDUNGFILE: `raw`, `declared` (raw with its own declaration), `cdata` or `base64`."""
        content = f"<{tag}>" + "".join(f"<{code}>{escape(value)}</{code}>" for code, value in codes) + f"</{tag}>"
        declared = f'<?xml version="1.0" encoding="UTF-8"?>\n{content}'
        if wrap == "base64":
            return base64.b64encode(declared.encode()).decode()
        return {"raw": content, "declared": declared, "cdata": f"<![CDATA[{declared}]]>"}[wrap]

    def envelope(
        self,
        exams: Sequence[Hoso],
        wrap: str = "raw",
        made: str = "20260814",
        signature: str = "",
        root: str = "KHAMSUCKHOE",
        tags: dict[str, str] | None = None,
    ) -> bytes:
        """A whole file."""
        tags = tags or TAGS
        hoso = "".join(
            "<HOSO>"
            + "".join(
                f"<FILEHOSO><LOAIHOSO>{number}</LOAIHOSO><NOIDUNGFILE>{self.part(tags[number], codes, wrap)}"
                "</NOIDUNGFILE></FILEHOSO>"
                for number, codes in exam
            )
            + "</HOSO>"
            for exam in exams
        )
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<{root}><THONGTINDONVI><MACSKCB>8930000000001</MACSKCB></THONGTINDONVI><THONGTINHOSO>"
            f"<NGAYLAP>{made}</NGAYLAP><SOLUONGHOSO>{len(exams)}</SOLUONGHOSO><DANHSACHHOSO>{hoso}</DANHSACHHOSO>"
            f"</THONGTINHOSO>{signature}</{root}>"
        ).encode()

    def insurance(self, ma_lk: str = "V-1", wrap: str = "raw", **values: str) -> bytes:
        """A claim with a value in every one of the 66 fields of TONG_HOP."""
        own = {
            "MA_LK": ma_lk, "HO_TEN": "LÝ THỊ VÍ DỤ", "SO_CCCD": "020188000004", "NGAY_SINH": "198803040000",
            "GIOI_TINH": "2", "MAXA_CU_TRU": "05977", "DIEN_THOAI": "0900000004", "MA_THE_BHYT": "DN4200123456789",
            "NGAY_VAO": "202608100800", "NGAY_RA": "202608101100", "MA_CSKCB": "20002", "MA_BENH_CHINH": "J06.9",
            "T_BHTT": "120000", **values,
        }  # fmt: skip
        codes = [(row["code"], own.get(row["code"], "1")) for row in self.fields("")]
        return self.envelope([[("XML1", codes)]], wrap, root="GIAMDINHHS", tags={"XML1": "TONG_HOP"})

    def sheet(self, headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
        """An XLSX list."""
        import xlsxwriter

        buffer = io.BytesIO()
        with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
            page = book.add_worksheet("Danh sách")
            for number, row in enumerate([headings, *rows]):
                page.write_row(number, 0, row)
        return buffer.getvalue()

    def put(self, content: bytes, name: str = "a.xml", source: str = "screening", sender: str = "20001") -> Path:
        """The content as a landing file of Lạng Sơn."""
        path = self.landing / "lang_son" / "exams" / source / sender / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path


@pytest.fixture
def messages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Messages:
    monkeypatch.setenv("SANGLOC_LANDING", str(tmp_path / "landing"))
    monkeypatch.setenv("SANGLOC_NOW", "2026-11-21T08:00:00+07:00")
    return Messages(tmp_path / "landing")


@pytest.fixture
def load(province: str) -> Callable[..., dict[str, int]]:
    """Loads everything one sender of Lạng Sơn has sent."""
    from sangloc.exams import load_sender

    def run(source: str = "screening", sender: str = "20001", run_id: str = "run-1") -> dict[str, int]:
        return load_sender(province, source, sender, run_id)

    return run
