"""Who is examined where, what the record says, and which mistakes it carries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from sangloc.sample import exam_messages, reference
from sangloc.sample.draw import digest
from sangloc.sample.people import (
    CHRONIC,
    DISABLED,
    ELDERLY,
    MERIT,
    NEAR_POOR,
    NURSERY,
    POOR,
    PUPIL,
    STUDENT,
    WORKER,
    YEAR,
    People,
    World,
)
from sangloc.sample.roster_files import Register
from sangloc.sample.text import name_key, tone_moved, without_diacritics

SOURCES = ("screening", "periodic", "school", "worker", "occupational", "insurance")
SHEET_SOURCES = ("school", "worker", "occupational")
FIRST_DAY = date(2026, 7, 8)
EARLIEST = date(2026, 7, 20)
WINDOW = 120

# Share of people examined in the window, by age and source.
_RATES = (
    (3, (0.060, 0.008, 0.0, 0.0, 0.0, 0.030)),
    (6, (0.050, 0.006, 0.060, 0.0, 0.0, 0.020)),
    (18, (0.022, 0.008, 0.085, 0.0, 0.0, 0.010)),
    (60, (0.040, 0.016, 0.0, 0.022, 0.004, 0.014)),
    (200, (0.155, 0.030, 0.0, 0.0, 0.0, 0.055)),
)
# What goes wrong in the identity fields of a record, and how often.
_MISTAKES = (
    ("citizen_id_missing", 0.035),
    ("citizen_id_digit", 0.015),
    ("citizen_id_swap", 0.007),
    ("name_no_diacritics", 0.022),
    ("name_tone", 0.25),
    ("birth_swap", 0.022),
    ("birth_year_only", 0.011),
    ("moved", 0.018),
)
_REJECTS = ("ma_lk_missing", "name_missing", "birth_date_invalid", "exam_date_invalid", "exam_date_future")
_REJECT_RATE = 0.008

SHEET_HEADINGS = (
    {
        "stt": "STT",
        "ma_lk": "Mã lượt khám",
        "name": "Họ và tên",
        "birth": "Ngày sinh",
        "sex": "Giới tính",
        "cid": "Số CCCD",
        "insurance": "Mã số BHYT",
        "phone": "Số điện thoại",
        "commune": "Mã xã",
        "address": "Địa chỉ",
        "date": "Ngày khám",
        "class": "Phân loại sức khỏe",
        "icd": "Bệnh chính (ICD-10)",
        "payer": "Nguồn chi trả",
        "groups": "Đối tượng",
        "guardian": "CCCD người giám hộ",
    },
    {
        "stt": "STT",
        "name": "Họ tên",
        "sex": "Nam/Nữ",
        "birth": "Ngày, tháng, năm sinh",
        "cid": "Số định danh cá nhân",
        "guardian": "Số CCCD cha/mẹ",
        "insurance": "Số thẻ BHYT",
        "address": "Địa chỉ",
        "commune": "Mã xã",
        "phone": "Điện thoại",
        "ma_lk": "Mã lượt khám",
        "date": "Ngày khám",
        "payer": "Nguồn chi trả",
        "groups": "Đối tượng",
        "class": "Phân loại sức khỏe",
        "icd": "Bệnh chính (ICD-10)",
    },
)


@dataclass(frozen=True)
class Senders:
    """Codes of everybody who sends exams, besides the communes' stations."""

    periodic: tuple[str, ...]
    insurance: tuple[str, ...]
    school: tuple[str, ...]
    worker: tuple[str, ...]
    occupational: tuple[str, ...]


@dataclass(frozen=True)
class Exam:
    """One record as sent. `payload` is a `<HOSO>` or the cells of a sheet's row by key of `SHEET_HEADINGS`."""

    source: str
    sender: str
    form: str
    payload: str | dict[str, str]
    ma_lk: str
    version: int
    truth_id: str
    exam_date: str
    linkable: bool
    mistakes: tuple[str, ...]
    reject_code: str


def senders(province_code: str, people: int) -> Senders:
    """The senders of a sample: about ten for a small one, more hospitals, schools and employers for a large one."""

    def codes(first: int, count: int) -> tuple[str, ...]:
        return tuple(f"{province_code}{first + number:03d}" for number in range(count))

    hospitals = 4 + min(people // 500_000, 8)
    return Senders(
        periodic=codes(901, hospitals - 2),
        insurance=codes(901, hospitals),
        school=codes(801, 3 + min(people // 100_000, 40)),
        worker=codes(701, 2 + min(people // 200_000, 40)),
        occupational=codes(601, 1),
    )


def gln(code: str) -> str:
    """A 13-digit facility number for a 5-character one. It begins with 0000, which no real one does."""
    return f"0000{code:0>9}"


def encoded(sender: str, source: str) -> bool:
    """Whether a sender writes the parts in Base64. Neighbouring codes differ, so that every sample has both kinds."""
    return int(sender) % 5 in (1, 3) if source == "screening" else int(sender) % 2 == 0


def _date_style(sender: str) -> int:
    dice = digest(sender, "dates") % 20
    return 0 if dice < 16 else 1 if dice < 19 else 2


@dataclass(frozen=True)
class _Shown:
    """The identity fields of a record as sent; `birth` without month and day when only the year is known."""

    name: str
    birth: date
    year_only: bool
    cid: str
    commune: str
    mistakes: tuple[str, ...]


def examine(world: World, people: People, state: Register, offices: Senders) -> list[Exam]:
    """Every exam record of the commune's people, resends included, in order of their `ma_lk`."""
    draw = world.draw(people.place, "exams")
    last_day = world.exams_until - timedelta(days=1)
    first_day = max(FIRST_DAY, world.as_of - timedelta(days=WINDOW))
    visits = _visits(world, people)
    dice = draw.uniform(len(visits) * 40).reshape(len(visits), 40).tolist()
    listed = set(state.listed)
    found: list[Exam] = []
    station = f"{world.province_code}{people.place.index + 1:03d}"
    for number, ((person, source), chance) in enumerate(zip(visits, dice, strict=True)):
        born = people.born(person)
        start = max(first_day, born + timedelta(days=28))
        day = start + timedelta(days=int(chance[0] * ((last_day - start).days + 1)))
        sender = station if source == "screening" else _sender(getattr(offices, source), people.place.index, source, chance[1])
        ma_lk = f"{sender}.{day:%y%m}.{people.place.index:03d}{number:06d}"
        shown = _identity(world, people, person, source, day, chance)
        reject = _REJECTS[int(chance[21] * len(_REJECTS))] if chance[20] < _REJECT_RATE else ""
        accepted = person in listed and state.fault[person] < 0
        record = _Record(world, people, person, source, sender, day, ma_lk, chance, reject)

        def exam(
            shown: _Shown,
            version: int,
            resent: str = "",
            *,
            record: _Record = record,
            accepted: bool = accepted,
            state: Register = state,
        ) -> Exam:
            return record.exam(shown, version, resent, accepted and record.agrees(shown, state))

        resend = chance[22] < 0.011 and not reject
        if resend and chance[23] < 0.5 and shown.cid == people.citizen_id[person]:
            wrong = world.numbers.mistyped(shown.cid, draw, swap=False)
            before = replace(shown, cid=wrong, mistakes=(*shown.mistakes, "citizen_id_digit"))
            found += [exam(before, 1), exam(shown, 2)]
        elif resend:
            found += [exam(shown, 1, "before"), exam(shown, 2)]
        else:
            found.append(exam(shown, 1))
    return found


def _visits(world: World, people: People) -> list[tuple[int, str]]:
    """(person, source) of each exam. Strangers are all examined; about one person in a hundred is in two places."""
    draw = world.draw(people.place, "visits")
    age = people.age(world.as_of)
    band = np.searchsorted([limit for limit, _ in _RATES], age, side="right")
    rates = np.array([shares for _, shares in _RATES])[band]
    rates[~people.groups[:, WORKER], 3:5] = 0.0
    rates[people.groups[:, WORKER], 3:5] *= 2.6
    rates[~(people.groups[:, PUPIL] | people.groups[:, NURSERY]), 2] = 0.0
    rates[[not card for card in people.card], 5] = 0.0
    # Too young to have been examined 28 days after birth and before today, and children nobody can come with.
    rates[(age < 60 / YEAR) | ((age < 18) & (people.guardian < 0))] = 0.0
    newborns = slice(people.residents, people.residents + people.newborns)
    strangers = slice(people.residents + people.newborns, None)
    rates[newborns] = 0.0
    insured = np.array([bool(card) for card in people.card])[:, None]
    edges = np.cumsum(rates, axis=1)
    edges[strangers] = np.where(insured, [0.6, 0.75, 0.75, 0.9, 0.9, 1.0], [0.65, 0.85, 0.85, 1.0, 1.0, 1.0])[strangers]
    source = (draw.uniform(len(age))[:, None] >= edges).sum(axis=1)
    twice = draw.chance(len(age), 0.011).tolist()
    visits: list[tuple[int, str]] = []
    for person in np.flatnonzero(source < len(SOURCES)).tolist():
        first = SOURCES[int(source[person])]
        visits.append((person, first))
        if twice[person] and person < people.residents:
            other = "screening" if first != "screening" else "insurance" if people.card[person] else "periodic"
            visits.append((person, other))
    return visits


def _sender(codes: tuple[str, ...], index: int, source: str, chance: float) -> str:
    # A school takes its neighbourhood's children; patients and workers come from anywhere.
    return codes[index % len(codes)] if source in ("school", "periodic") else codes[int(chance * len(codes))]


def _identity(world: World, people: People, person: int, source: str, day: date, chance: list[float]) -> _Shown:
    """What the record says about who was examined, with the mistakes drawn for it."""
    name, born, cid = people.names[person], people.born(person), people.citizen_id[person]
    year_only, commune = bool(people.year_only[person]), people.place.code
    mistakes: list[str] = []
    for at, (kind, rate) in enumerate(_MISTAKES):
        if chance[2 + at] >= rate:
            continue
        if kind == "citizen_id_missing":
            cid = ""
        elif kind in ("citizen_id_digit", "citizen_id_swap"):
            if not cid:
                continue
            stream = world.draw(people.place, f"typo {person} {source} {kind}")
            cid = world.numbers.mistyped(cid, stream, swap=kind == "citizen_id_swap")
        elif kind == "name_no_diacritics":
            if without_diacritics(name) == name:
                continue
            name = without_diacritics(name)
        elif kind == "name_tone":
            if tone_moved(name) == name:
                continue
            name = tone_moved(name)
        elif kind == "birth_swap":
            if year_only or born.day > 12 or born.day == born.month or date(born.year, born.day, born.month) > day:
                continue
            born = date(born.year, born.day, born.month)
        elif kind == "birth_year_only":
            if year_only:
                continue
            year_only = True
        elif len(world.places) > 1:
            other = int(chance[12] * (len(world.places) - 1))
            commune = world.places[other + (other >= people.place.index)].code
        else:
            continue
        mistakes.append(kind)
    guardian = int(people.guardian[person])
    if guardian >= 0 and (day - people.born(person)).days < 6 * YEAR - 1 and chance[13] < 0.5:
        cid = people.citizen_id[guardian]
        mistakes = [kind for kind in mistakes if not kind.startswith("citizen_id_")] + ["guardian_number"]
    if source in SHEET_SOURCES and chance[14] < 0.08:
        name = name.upper()
        mistakes.append("name_upper")
    return _Shown(name, born, year_only, cid, commune, tuple(mistakes))


_HEIGHTS = ([0, 1, 3, 6, 10, 14, 18, 60, 90], [50, 75, 95, 115, 138, 157, 163, 160, 155])
_WEIGHTS = ([0, 1, 3, 6, 10, 14, 18, 45, 90], [3.3, 9.4, 14, 20, 31, 46, 55, 60, 50])
_ADULT = (
    ("I10", "Tăng huyết áp"),
    ("E11", "Đái tháo đường típ 2"),
    ("M54.5", "Đau thắt lưng"),
    ("K29.7", "Viêm dạ dày"),
    ("E78.5", "Rối loạn chuyển hóa lipid máu"),
    ("H25", "Đục thủy tinh thể"),
    ("J44", "Bệnh phổi tắc nghẽn mạn tính"),
    ("M17", "Thoái hóa khớp gối"),
)
_MINOR = (("H52.1", "Cận thị"), ("K02.9", "Sâu răng"), ("J45", "Hen phế quản"), ("E66.9", "Thừa cân, béo phì"))
_SMALL = (
    ("K02.9", "Sâu răng", "SAU_MANG_BAM_LO", "1"),
    ("J06.9", "Nhiễm khuẩn hô hấp trên", "CHAY_NUOC_MUI", "1"),
    ("D50.9", "Thiếu máu thiếu sắt", "DGDD_THIEU_MAU", "1"),
    ("E44.1", "Suy dinh dưỡng nhẹ", "SUY_DINH_DUONG", "1"),
    ("H10.9", "Viêm kết mạc", "MI_MAT_KET_MAC", "2"),
)
_PAYERS = {
    "screening": "1122223",
    "periodic": "1223359",
    "school": "2223",
    "worker": "4",
    "occupational": "4",
    "insurance": "3",
}


class _Record:
    """One exam before it is written down: what does not change between a record and its resend."""

    def __init__(
        self,
        world: World,
        people: People,
        person: int,
        source: str,
        sender: str,
        day: date,
        ma_lk: str,
        chance: list[float],
        reject: str,
    ) -> None:
        self.world, self.people, self.person = world, people, person
        self.source, self.sender, self.day, self.ma_lk, self.chance, self.reject = (
            source,
            sender,
            day,
            ma_lk,
            chance,
            reject,
        )
        born = people.born(person)
        years = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
        self.months = (day.year - born.year) * 12 + day.month - born.month - (day.day < born.day)
        self.age = years
        self.form = exam_messages.FORMS[0 if years < 6 else 1 if years < 18 else 2]
        many = _SMALL if years < 6 else _MINOR if years < 18 else _ADULT
        ill = chance[24] < (0.14 if years < 6 else 0.22 if years < 18 else 0.18 + 0.006 * years)
        self.disease = many[int(chance[25] * chance[26] * len(many))] if ill else None
        self.grade = (1 if chance[27] < 0.35 else 2) + (0 if not ill else 1 + int(chance[28] * 1.35))
        if years >= 80 and chance[28] > 0.8:
            self.grade = 5

    def agrees(self, shown: _Shown, state: Register) -> bool:
        """Whether number, full birth date and name key equal those of the roster: all that an exact link needs."""
        own = self.people.citizen_id[self.person]
        return (
            not self.reject
            and shown.cid == own == state.citizen_id[self.person]
            and not shown.year_only
            and not self.people.year_only[self.person]
            and shown.birth == self.people.born(self.person)
            and name_key(shown.name) == name_key(self.people.names[self.person])
        )

    def exam(self, shown: _Shown, version: int, resent: str, linkable: bool) -> Exam:
        """The record as sent. `resent` is "before" for the first version of one whose result is corrected later."""
        day = self.day if self.reject != "exam_date_future" else self.world.exams_until + timedelta(days=400)
        ma_lk = "" if self.reject == "ma_lk_missing" else self.ma_lk
        name = "" if self.reject == "name_missing" else shown.name
        grade = self.grade if resent != "before" else self.grade % 5 + 1
        payload: str | dict[str, str]
        if self.source in SHEET_SOURCES:
            form, payload = "sheet", self._sheet(shown, name, ma_lk, day, grade)
        elif self.source == "insurance":
            form = "TONG_HOP"
            values = self._claim(shown, name, ma_lk, day, resent)
            payload = exam_messages.insurance(values, encoded(self.sender, self.source))
        else:
            form = ("under_6", "6_to_17", "18_plus")[exam_messages.FORMS.index(self.form)]
            values = self._checkup(shown, name, ma_lk, day, grade)
            payload = exam_messages.checkup(self.form, values, encoded(self.sender, self.source))
        return Exam(
            self.source,
            self.sender,
            form,
            payload,
            ma_lk,
            version,
            self.people.truth_id(self.person),
            day.isoformat(),
            linkable,
            shown.mistakes,
            self.reject,
        )

    def _address(self) -> str:
        return f"{self.people.village[self.person]}, {self.people.place.name}, {self.world.province_name}"

    def _groups(self) -> str:
        people, groups = self.people, self.people.groups[self.person]
        codes = [
            code
            for code, member in (
                (1, groups[ELDERLY]),
                (2, groups[DISABLED]),
                (3, groups[POOR] or groups[NEAR_POOR]),
                (4, groups[MERIT]),
                (5, groups[CHRONIC]),
                (6, people.area.minority_area),
                (9, people.place.special),
                (10, groups[NURSERY]),
                (11, groups[PUPIL]),
                (12, groups[STUDENT]),
                (13, groups[WORKER]),
                (14, 18 <= self.age < 60 and not groups[WORKER] and not groups[STUDENT] and self.chance[29] < 0.6),
                (15, not people.card[self.person]),
            )
            if member
        ]
        return ";".join(map(str, codes)) or "16"

    def _payer(self) -> str:
        payers = _PAYERS[self.source]
        return payers[int(self.chance[30] * len(payers))]

    def _birth(self, shown: _Shown, style: int) -> str:
        if self.reject == "birth_date_invalid":
            return "" if self.chance[31] < 0.5 else "199031020000"
        if shown.year_only:
            return f"{shown.birth.year}00000000" if style == 0 else f"{shown.birth.year}"
        return (f"{shown.birth:%Y%m%d}0000", shown.birth.isoformat(), f"{shown.birth:%d%m%Y}")[style]

    def _moment(self, day: date) -> str:
        if self.reject == "exam_date_invalid":
            return "" if self.chance[31] < 0.5 else f"{day.year}13450800"
        return f"{day:%Y%m%d}{7 + int(self.chance[32] * 9):02d}{int(self.chance[33] * 12) * 5:02d}"

    def _body(self) -> tuple[float, float]:
        months = self.months / 12
        size = (self.chance[34] + self.chance[35] - 1) * 0.06
        height = float(np.interp(months, *_HEIGHTS)) * (1 + size) * (1.03 if self.people.sex[self.person] == 1 else 0.98)
        weight = float(np.interp(months, *_WEIGHTS)) * (1 + 2.2 * size + (self.chance[36] - 0.5) * 0.25)
        return round(height, 1), round(weight, 1)

    def _checkup(self, shown: _Shown, name: str, ma_lk: str, day: date, grade: int) -> dict[str, str]:
        people, person, chance = self.people, self.person, self.chance
        guardian = int(people.guardian[person])
        height, weight = self._body()
        icd, disease = (self.disease[0], self.disease[1]) if self.disease else ("", "")
        pulse = 60 + int(chance[37] * 30) + (60 - 3 * self.age if self.age < 15 else 0)
        upper = 100 + int(self.age * 0.45) + int(chance[38] * 25) + (18 if icd == "I10" else 0)
        minutes = self._moment(day)
        values = exam_messages.ordinary(self.form) | {
            "HO_TEN": name.upper(),
            "NGAY_SINH": self._birth(shown, _date_style(self.sender)),
            "GIOI_TINH": str(int(people.sex[person])),
            "SO_CCCD": shown.cid,
            "MA_DAN_TOC": reference.names()[int(people.ethnic[person])].code,
            "NHOM_MAU": ("O", "A", "B", "AB", "")[int(chance[39] * 5)],
            "DIA_CHI": self._address(),
            "MATINH_CU_TRU": self.world.province_code,
            "MAXA_CU_TRU": shown.commune,
            "MA_LK": ma_lk,
            "MA_CSKCB": self.sender,
            "MA_GTIN_CSKCB": gln(self.sender),
            "DOI_TUONG": self._groups(),
            "NGUON_CHI_TRA": self._payer(),
            "NGAY_VAO": minutes,
            "CAN_NANG": f"{weight:.1f}",
            "MACH": str(pulse),
            "KET_LUAN_BENH": icd,
        }
        if self.age < 6:
            relation = "2" if guardian >= 0 and people.sex[guardian] == 2 else "1"
            parent = guardian >= 0 and 15 < (people.born(person) - people.born(guardian)).days / YEAR < 48
            weeks = 36 + int(chance[29] * 5)
            values |= {
                "HO_TEN_NGUOI_DI_CUNG": people.names[guardian].upper(),
                "SO_CCCD_NGUOI_DI_CUNG": people.citizen_id[guardian],
                "MOI_QUAN_HE_VOI_TRE": relation if parent else "5",
                "DIEN_THOAI_NGUOI_DI_CUNG": people.phone[guardian],
                "TUAN_THAI": str(weeks),
                "SINH_NON": "1" if weeks < 37 else "0",
                "NHIET_DO": f"{36.4 + chance[37] * 0.7:.1f}",
                "NHIP_THO": str(24 + int(chance[38] * 12)),
                "CHIEU_DAI": f"{height:.1f}",
                "CHIEU_DAI_TUOI_SD": f"{(chance[34] + chance[35] - 1) * 2.4:.1f}",
                "CAN_NANG_TUOI_SD": f"{(chance[36] - 0.5) * 3:.1f}",
                "VONG_DAU": f"{np.interp(self.months, [0, 6, 12, 36, 72], [35, 43, 46, 49, 51]) + chance[37]:.1f}",
                "CHU_VI_VONG_CANH_TAY": str(130 + int(chance[38] * 35)),
                "GHI_RO_VAN_DE_SUC_KHOE": disease,
                "BINH_THUONG": "0" if self.disease or grade >= 4 else "1",
                "VAN_DE_SUC_KHOE": "1" if self.disease or grade >= 4 else "0",
            }
            if self.months < 18:
                values["THOP"] = "1"
            if self.months < 6:
                values |= {"PHAN_XA_BU": "1", "PHAN_XA_NAM": "1", "PHAN_XA_MORO": "1", "RANG_SUA_SO_SINH": "0"}
            if 16 <= self.months <= 30:
                values["NGUY_CO_TU_KY"] = "0"
            if self.months >= 12:
                values["QUAN_SAT_DANG_DI"] = "1"
            if self.disease and len(self.disease) == 4:
                values |= {
                    self.disease[2]: self.disease[3],
                    "DGDD_BINH_THUONG": "0" if "SUY" in self.disease[2] else "1",
                }
            return values
        sight = ("10/10", "10/10", "9/10", "8/10", "6/10")
        values |= {
            "NGAYCAP_CCCD": f"{day.year - 1 - int(chance[29] * 4)}{1 + int(chance[30] * 12):02d}15",
            "NOICAP_CCCD": "Bộ Công an",
            "LY_DO_VV": "Khám sức khỏe định kỳ",
            "DIEN_THOAI": people.phone[person],
            "CHIEU_CAO": f"{height:.2f}",
            "CHI_SO_BMI": f"{weight / (height / 100) ** 2:.1f}",
            "HUYET_AP": f"{upper}/{int(upper * 0.6) + 8}",
            "KHAM_THE_LUC_PL": str(min(grade, 3)),
            "KHONG_KINH_MAT_PHAI": sight[int(chance[37] * 5)],
            "KHONG_KINH_MAT_TRAI": sight[int(chance[38] * 5)],
            "MA_DICH_VU": "SL-GLU-01",
            "MA_CHI_SO": "Glucose máu lúc đói",
            "GIA_TRI": f"{4.1 + chance[36] * 1.8 + (3 if icd == 'E11' else 0):.1f}",
            "DON_VI_DO": "mmol/L",
            "MO_TA": "Xét nghiệm mao mạch",
            "KET_LUAN": "Tăng đường huyết" if icd == "E11" else "Trong giới hạn bình thường",
            "PHAN_LOAI_SK": str(grade),
        }
        if self.age < 18:
            if guardian >= 0:
                values |= {
                    "NGUOI_GIAM_HO": people.names[guardian].upper(),
                    "SO_CCCD_NGH": people.citizen_id[guardian],
                    "DIEN_THOAI_NGH": people.phone[guardian],
                }
            values |= {"CAC_VAN_DE_SUC_KHOE": disease, "TIEM_CHUNG_SOI": "99" if chance[31] < 0.1 else "1"}
            if icd == "H52.1":
                values |= {"KHONG_KINH_MAT_PHAI": "5/10", "CO_KINH_MAT_PHAI": "10/10", "BENH_KHAC_MAT": disease}
            return values
        ill = {
            "I10": "TSBT_TANG_HUYET_AP",
            "E11": "TSBT_DAI_THAO_DUONG",
            "J44": "TSBT_BENH_PHOI",
            "H25": "TSBT_BENH_MAT",
        }.get(icd)
        if icd:
            values |= {"TSBT_DANG_DIEU_TRI_BENH": "1" if ill else "0", "TSBT_MA_BENH": icd if ill else ""}
        if ill:
            values[ill] = "1"
        if icd == "I10":
            values |= {
                "NOI_KHOA_TUAN_HOAN": disease,
                "NOI_KHOA_TUAN_HOAN_PL": "3",
                "TSBT_TEN_THUOC_LIEU_LUONG": "Amlodipin 5 mg/ngày",
            }
        if people.sex[person] == 1:
            for code in (
                "KET_QUA_KHAM_SAN_PHU_KHOA",
                "KHAM_SAN_PHU_KHOA_PL",
                "CKDT_KHAM_SAN_PHU_KHOA",
                "TSBT_THAI_SAN",
            ):
                values.pop(code)
        return values | {
            "MA_NGHE_NGHIEP": "99",
            "NOI_LAM_VIEC_HOC_TAP": self.people.place.name,
            "CAC_BENH_TAT_NEU_CO": disease,
        }

    def _claim(self, shown: _Shown, name: str, ma_lk: str, day: date, resent: str) -> dict[str, str]:
        people, person, chance = self.people, self.person, self.chance
        icd, disease = (self.disease[0], self.disease[1]) if self.disease else ("Z00.0", "Khám sức khỏe tổng quát")
        moment = self._moment(day)
        total = 40_000 + int(chance[37] * 40) * 5_000
        paid = total if people.card[person][2] in "125" else total * (95 if people.card[person][2] == "3" else 80) // 100
        card = people.insurance[person] if chance[38] < 0.2 else people.card[person]
        return {
            "MA_LK": ma_lk,
            "STT": "1",
            "MA_BN": f"BN{ma_lk[-9:]}",
            "HO_TEN": name.upper(),
            "SO_CCCD": shown.cid,
            "NGAY_SINH": self._birth(shown, 0),
            "GIOI_TINH": str(int(people.sex[person])),
            "MA_QUOCTICH": "000",
            "MA_DANTOC": reference.names()[int(people.ethnic[person])].code,
            "MA_NGHE_NGHIEP": "00000",
            "DIA_CHI": self._address(),
            "MATINH_CU_TRU": self.world.province_code,
            "MAXA_CU_TRU": shown.commune,
            "DIEN_THOAI": people.phone[person],
            "MA_THE_BHYT": card,
            "MA_DKBD": f"{self.world.province_code}{people.place.index + 1:03d}",
            "GT_THE_TU": f"{day.year}0101",
            "GT_THE_DEN": f"{day.year}1231",
            "LY_DO_VV": "<![CDATA[Khám bệnh]]>",
            "CHAN_DOAN_VAO": f"<![CDATA[{disease}]]>",
            "CHAN_DOAN_RV": f"<![CDATA[{disease}{'' if resent != 'before' else ' (theo dõi)'}]]>",
            "MA_BENH_CHINH": icd,
            "MA_DOITUONG_KCB": "1.1",
            "NGAY_VAO": moment,
            "NGAY_RA": moment,
            "SO_NGAY_DTRI": "1",
            "PP_DIEU_TRI": "<![CDATA[Ngoại trú]]>",
            "KET_QUA_DTRI": "1",
            "MA_LOAI_RV": "1",
            "NGAY_TTOAN": moment,
            "T_THUOC": "0",
            "T_VTYT": "0",
            "T_TONGCHI_BV": str(total),
            "T_TONGCHI_BH": str(total),
            "T_BNTT": "0",
            "T_BNCCT": str(total - paid),
            "T_BHTT": str(paid),
            "T_NGUONKHAC": "0",
            "T_BHTT_GDV": "0",
            "NAM_QT": f"{day:%Y}",
            "THANG_QT": f"{day:%m}",
            "MA_LOAI_KCB": "01",
            "MA_KHOA": "K01",
            "MA_CSKCB": self.sender,
            "MA_KHUVUC": "K1" if people.area.minority_area else "",
            "CAN_NANG": f"{self._body()[1]:.1f}",
            "MA_HSBA": f"HS{ma_lk[-9:]}",
        }

    def _sheet(self, shown: _Shown, name: str, ma_lk: str, day: date, grade: int) -> dict[str, str]:
        people, person = self.people, self.person
        guardian = int(people.guardian[person])
        if self.reject == "birth_date_invalid":
            birth = "" if self.chance[31] < 0.5 else "31/02/1990"
        else:
            birth = f"{shown.birth.year}" if shown.year_only else f"{shown.birth:%d/%m/%Y}"
        if self.reject == "exam_date_invalid":
            when = "" if self.chance[31] < 0.5 else f"32/{day:%m/%Y}"
        else:
            when = f"{day:%d/%m/%Y}"
        # Some write the class in Roman numerals; a sender keeps to one way.
        roman = digest(self.sender, "grade") % 3 == 0
        return {
            "ma_lk": ma_lk,
            "name": name,
            "birth": birth,
            "sex": "Nam" if people.sex[person] == 1 else "Nữ",
            "cid": shown.cid,
            "insurance": people.insurance[person],
            "phone": people.phone[person],
            "commune": shown.commune,
            "address": self._address(),
            "date": when,
            "class": ("I", "II", "III", "IV", "V")[grade - 1] if roman else str(grade),
            "icd": self.disease[0] if self.disease else "",
            "payer": self._payer(),
            "groups": self._groups(),
            "guardian": people.citizen_id[guardian] if guardian >= 0 and self.age < 18 else "",
        }
