"""Exam messages: `<KHAMSUCKHOE>` of QĐ 2062/QĐ-BYT and `TONG_HOP` (XML1 of QĐ 3176/QĐ-BYT) inside `<GIAMDINHHS>`.

Tags, their order and their parts come from `include/code_sets/qd2062_fields.csv`.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from functools import lru_cache

from sangloc.sample import reference

FORMS = ("2062_U6", "2062_6_18", "2062_18")
INSURANCE_FORM = "2062_P3_XML1"
# The signatures are placeholders: base64 of "MAU" (specimen).
SIGNATURE = "TUFV"


def _ordinary(code: str, allowed: str) -> str | None:
    """What a field holds when nothing is wrong; None for a field that depends on the person."""
    if code.startswith("CKDT_"):
        return SIGNATURE
    if code.endswith("_PL"):
        return "1"
    if code.startswith(("NOI_KHOA_", "NHI_KHOA_", "KET_QUA_KHAM_")):
        return "Bình thường"
    codes = dict(entry.split("=", 1) for entry in allowed.split(";") if "=" in entry)
    for value, label in codes.items():
        if label.lower().startswith(("bình thường", "hồng hào", "bắt rõ", "được tiêm")):
            return value
    if set(codes) == {"0", "1"}:
        return "0"
    return None


# Yes is the ordinary answer to these, and some belong to an age: they are set for each child.
_YES = (
    "DGDD_BINH_THUONG",
    "PT_TTBT_THEO_DO_TUOI",
    "PT_VDBT_THEO_DO_TUOI",
    "TIEM_CHUNG_BCG_SS",
    "TIEM_CHUNG_VGB_SS_MUI1",
    "TIEM_CHUNG_DAY_DU_THEO_DO_TUOI",
    "BINH_THUONG",
    "HEN_KHAM_LAN_SAU",
    "SAN_KHOA",
)
_OF_AN_AGE = (
    "THOP",
    "NGUY_CO_TU_KY",
    "PHAN_XA_BU",
    "PHAN_XA_NAM",
    "PHAN_XA_MORO",
    "QUAN_SAT_DANG_DI",
    "RANG_SUA_SO_SINH",
)
_FIXED = {
    "HAM_TREN": "Bình thường",
    "HAM_DUOI": "Bình thường",
    "TAI_TRAI_NOI_THUONG": "5",
    "TAI_TRAI_NOI_THAM": "0.5",
    "TAI_PHAI_NOI_THUONG": "5",
    "TAI_PHAI_NOI_THAM": "0.5",
    "MA_LOAI_KCB": "01",
}


@lru_cache(maxsize=8)
def ordinary(form: str) -> dict[str, str]:
    """The values of an exam of this form in which nothing was found, without the fields that depend on the person."""
    values: dict[str, str] = {}
    for part in reference.parts(form):
        for code, allowed in part.fields:
            value = "1" if code in _YES else _FIXED.get(code) or _ordinary(code, allowed)
            if value is not None and code not in _OF_AN_AGE:
                values[code] = value
    # Codes that are decided for each exam.
    for code in ("SAN_KHOA_KHONG_BT", "DOI_TUONG", "NGUON_CHI_TRA", "MOI_QUAN_HE_VOI_TRE", "PHAN_LOAI_SK", "GIOI_TINH"):
        values.pop(code, None)
    return values


@lru_cache(maxsize=8)
def _tags(form: str) -> tuple[tuple[str, str, str, tuple[tuple[str, str, str], ...]], ...]:
    return tuple(
        (
            f"<FILEHOSO><LOAIHOSO>{part.name}</LOAIHOSO><NOIDUNGFILE>",
            f"<{part.tag}>",
            f"</{part.tag}>",
            tuple((code, f"<{code}>", f"</{code}>") for code, _ in part.fields),
        )
        for part in reference.parts(form)
    )


def checkup(form: str, values: dict[str, str], encoded: bool) -> str:
    """One `<HOSO>` of an age form.

    Args:
        form: one of `FORMS`.
        values: field code to text; a code that is absent is left out of the message.
        encoded: whether each part is Base64 instead of nested XML; the decision allows to read it both ways.
    """
    pieces = ["<HOSO>"]
    for start, tag, end, fields in _tags(form):
        body = [f"{opening}{text}{closing}" for code, opening, closing in fields if (text := values.get(code)) is not None]
        inner = f"{tag}{''.join(body)}{end}"
        pieces.append(start)
        pieces.append(base64.b64encode(inner.encode()).decode("ascii") if encoded else inner)
        pieces.append("</NOIDUNGFILE></FILEHOSO>")
    pieces.append("</HOSO>")
    return "".join(pieces)


def insurance(values: dict[str, str], encoded: bool) -> str:
    """One `<HOSO>` with all 66 fields of `TONG_HOP`, empty where `values` has nothing."""
    return checkup(INSURANCE_FORM, insurance_blank() | values, encoded)


@lru_cache(maxsize=1)
def insurance_blank() -> dict[str, str]:
    """Every field of `TONG_HOP`, empty."""
    return {code: "" for part in reference.parts(INSURANCE_FORM) for code, _ in part.fields}


def envelope(root: str, sender: str, made_on: str, records: Iterable[str]) -> bytes:
    """A whole file.

    Args:
        root: `KHAMSUCKHOE` or `GIAMDINHHS`.
        sender: MACSKCB: the 13-digit GLN for the former, the five characters for the latter.
        made_on: NGAYLAP, yyyymmdd.
        records: `<HOSO>` elements.
    """
    hoso = list(records)
    signatures = (
        f"<CKS_NGUOI_KET_LUAN>{SIGNATURE}</CKS_NGUOI_KET_LUAN><CKS_BENH_VIEN>{SIGNATURE}</CKS_BENH_VIEN>"
        if root == "KHAMSUCKHOE"
        else SIGNATURE
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{root}><THONGTINDONVI><MACSKCB>{sender}</MACSKCB></THONGTINDONVI>'
        f"<THONGTINHOSO><NGAYLAP>{made_on}</NGAYLAP><SOLUONGHOSO>{len(hoso)}</SOLUONGHOSO><DANHSACHHOSO>\n"
        + "\n".join(hoso)
        + f"\n</DANHSACHHOSO></THONGTINHOSO><CHUKYDONVI>{signatures}</CHUKYDONVI></{root}>\n"
    ).encode()
