"""Free texts of officers and units: a person's numbers are refused however they are written, ordinary prose is not."""

from __future__ import annotations

import time

import pytest

from sangloc import clock
from sangloc.errors import RefusedInputError
from sangloc.reporting.incident import refuse_personal

OF_PERSONS = [
    "gọi 0912345678",
    "0912 345 678",
    "0912.345.678",
    "0912-345-678",
    "0912 - - - - 345 ... 678",
    "0912, 345, 678",
    "09a12b345c678",
    "o912345678",
    "09l2345678",
    "O9I2 345 678",
    "+84 912 345 678",
    "(84) 912345678",
    "CCCD 001 199 012 345",
    "001199012345",
    "CMND 123456789",
    "số 123 456 789",
    "123.456.789",
    "GD4797921234567",
    "GD 4 79 79 21234 567",
    "\uff10\uff19\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18",
    "0912*345*678",
    "0912/345/678",
    "0912___345___678",
    "024 3825 1234",
    "0912; 345; 678",
    "không chín một hai ba bốn năm sáu bảy tám",
    "a@b.vn",
    "an (at) gmail.com",
    "an[at]gmail[dot]com",
    "an a còng gmail chấm com",
    "an @ gmail.com",
    "sinh 5/3/1990",
    "gọi 0912 345 678, 12 xã",
    "0912x345x678",
    "\u0111i\u1ec7n tho\u1ea1i: 0912\u200b345\u200b678",
    "02053 812 345",
]
ORDINARY = [
    "Quyết định 123/QĐ-SYT, Công văn 12345/2026/UBND-VX",
    "Báo cáo số 123/BC-SYT ngày 05/11",
    "kinh phí 1.250.000 đồng",
    "kinh phí 1.250.000.000 đồng cho 12 xã",
    "đạt 12,5%, 13,2%, 15,8%, 20,1%",
    "các xã đạt 12, 15, 20, 25, 30 người",
    "tỷ lệ 95,5%; 97,25%; 100%",
    "giai đoạn 2021-2025, 2026-2030",
    "giai đoạn 2021 - 2025 - 2030",
    "từ 07h30 - 11h30, 13h30 - 17h00",
    "từ 7:30 - 11:30, 13:30 - 17:00",
    "các ngày 05, 06, 07, 08, 09/11",
    "1.200.000 - 1.500.000 đồng",
    "Nghị định 30/2020/NĐ-CP, Thông tư 32/2023/TT-BYT",
    "tổ chức 15 hội nghị, 1.234 lượt người, 98,7%",
    "1.234.567 người",
    "tăng từ 12.345 lên 23.456 (tăng 11.111)",
    "5/9 - 12/9 - 19/9 - 26/9",
    "Khoản 1, Điều 5, Mục 2.3.1",
    "3 tin giả, 12 bài viết, 45.678 lượt xem",
    "0 ca, 3 ca, 5 ca",
    "Facebook @langson",
    "tuổi 0-5, 6-14, 15-17, 18-59, 60",
    "người 60-69: 1.234, 70-79: 987, 80+: 456",
    "Thông tin trên Zalo và Facebook từ 8h00 05/11",
    "đạt 1.234/1.500 (82,3%), 2.345/2.500 (93,8%)",
    "12/15 xã, 45/50 trạm, 123/150 đợt",
    "0,5%, 0,25%, 1,75%",
    "Tổ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10",
    "năm 2026 có 12 đợt, 2027 có 15 đợt",
    "gửi Văn phòng UBND a. b. c",
    "hai ba xã có một vài khó khăn",
    "đường dây nóng 115, 19009095",
    "Công điện 05/CĐ-TTg; Công văn 1234/BYT-KCB 5678/BYT-DP",
]


@pytest.mark.parametrize("text", OF_PERSONS)
def test_numbers_and_addresses_of_people_are_refused(text: str) -> None:
    with pytest.raises(RefusedInputError) as refused:
        refuse_personal("note", text)
    assert text not in str(refused.value)


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_prose_is_taken(text: str) -> None:
    refuse_personal("note", text)


def test_days_of_orders_and_periods_are_no_birth_dates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(clock.VARIABLE, "2026-11-22T08:00:00")
    refuse_personal("note", "Chỉ thị số 17/CT-TTg ngày 06/5/2026; Công văn ngày 31/12/2025; số liệu đến 14/11/2026")
    for text in ("cháu sinh ngày 05/3/2026", "Trẻ sơ sinh, 05/03/2026", "ngày 05/3/2020", "05/3/90"):
        with pytest.raises(RefusedInputError):
            refuse_personal("note", text)


@pytest.mark.parametrize("piece", ["1 ", "0a", "0o", "0, ", "a @", "không ", "12 a còng ", "1.", "0912 "])
def test_no_text_takes_long(piece: str) -> None:
    began = time.process_time()
    for size in (1000, 10_000):
        try:
            refuse_personal("note", piece * (size // len(piece)) + "x")
        except RefusedInputError:
            continue
    assert time.process_time() - began < 2
