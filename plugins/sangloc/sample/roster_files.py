"""The roster of a commune as its file: columns, the clerk's habits, the mistakes, and what changes in a month."""

from __future__ import annotations

import csv
import io
import unicodedata
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from sangloc.sample import reference
from sangloc.sample.draw import digest
from sangloc.sample.people import EPOCH, GROUPS, RELATIONS, RESIDENCES, People, World
from sangloc.sample.text import tone_moved

COLUMNS = (
    "full_name",
    "birth_date",
    "sex",
    "citizen_id",
    "insurance_no",
    "ethnic",
    "phone",
    "village",
    "household_no",
    "relation",
    "residence",
    "groups",
    "guardian_id",
    "note",
)
HEADINGS = (
    {
        "stt": "STT",
        "full_name": "Họ và tên",
        "birth_date": "Ngày sinh",
        "sex": "Giới tính",
        "citizen_id": "Số CCCD",
        "insurance_no": "Mã số BHYT",
        "ethnic": "Dân tộc",
        "phone": "Số điện thoại",
        "village": "Thôn/Tổ",
        "household_no": "Số hộ",
        "relation": "Quan hệ với chủ hộ",
        "residence": "Tình trạng cư trú",
        "groups": "Đối tượng",
        "guardian_id": "CCCD người giám hộ",
        "note": "Ghi chú",
    },
    {
        "stt": "STT",
        "household_no": "Mã hộ",
        "full_name": "Họ tên",
        "relation": "Quan hệ",
        "sex": "Nam/Nữ",
        "birth_date": "Ngày, tháng, năm sinh",
        "ethnic": "Dân tộc",
        "citizen_id": "Số định danh cá nhân",
        "guardian_id": "Số CCCD cha/mẹ",
        "insurance_no": "Số thẻ BHYT",
        "village": "Thôn, tổ dân phố",
        "phone": "Điện thoại",
        "groups": "Nhóm đối tượng",
        "residence": "Loại cư trú",
        "note": "Ghi chú",
    },
    {
        "stt": "STT",
        "full_name": "Họ, chữ đệm và tên",
        "citizen_id": "CCCD/Mã định danh",
        "sex": "Giới",
        "birth_date": "Năm sinh",
        "village": "Địa chỉ",
        "household_no": "Hộ gia đình số",
        "relation": "Quan hệ",
        "phone": "SĐT",
        "insurance_no": "Mã thẻ BHYT",
        "residence": "Cư trú",
        "groups": "Diện đối tượng",
        "ethnic": "Dân tộc",
        "guardian_id": "CCCD người giám hộ (trẻ em)",
        "note": "Ghi chú",
    },
)
FAULTS = (
    "name_missing",
    "birth_date_missing",
    "birth_date_invalid",
    "birth_date_future",
    "sex_invalid",
    "citizen_id_invalid",
    "duplicate_in_file",
)
FAULT_SHARES = (0.12, 0.14, 0.15, 0.11, 0.13, 0.2, 0.15)
BAD_ROWS = 0.01
LARGEST_SHEET = 8_000


@dataclass
class Register:
    """What the commune's office has written down about each person: the state behind the file, position by position.

    `citizen_id` is the number as registered: the person's own, mistyped, or empty. `fault` is the position in `FAULTS`
    of the mistake in the person's row, or -1. `twice` lists people whose row was entered a second time.
    """

    listed: list[int]
    citizen_id: list[str]
    insurance: list[str]
    phone: list[str]
    fault: list[int]
    twice: list[int]
    as_guardian: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class Row:
    """One row of a roster file before the clerk's habits: its texts, whose it is, and the reject code it must get."""

    texts: tuple[str, ...]
    truth_id: str
    reject_code: str


@dataclass(frozen=True)
class Mover:
    """A person who arrives in a commune: the household they had, and their texts as in `COLUMNS`."""

    household: tuple[str, int]
    destination: str
    texts: tuple[str, ...]
    truth_id: str
    person: tuple[str, ...]
    extras: tuple[str, ...]


def register(world: World, people: People) -> Register:
    """The commune's register in the first month."""
    draw = world.draw(people.place, "roster")
    count = len(people.names)
    age = people.age(world.as_of)
    own = people.citizen_id
    missing = draw.chance(count, np.where(age < 6, 0.10, np.where(age >= 80, 0.025, 0.006)))
    typo = draw.chance(count, 0.003) & ~missing
    registered = ["" if gone else number for gone, number in zip(missing.tolist(), own, strict=True)]
    for person in np.flatnonzero(typo).tolist():
        registered[person] = world.numbers.mistyped(own[person], draw, swap=draw.one() < 0.3)

    faulty = draw.chance(count, BAD_ROWS)
    kind = draw.pick(count, FAULT_SHARES)
    fault = np.where(faulty, kind, -1)
    fault[people.residents :] = -1
    duplicate = FAULTS.index("duplicate_in_file")
    chosen = np.flatnonzero(fault == duplicate).tolist()
    fault[chosen] = -1
    twice: list[int] = []
    as_guardian: set[int] = set()
    # A row is a duplicate because it was entered twice, or because a small child has the guardian's number.
    children = [
        person
        for person in np.flatnonzero((age < 6) & (fault < 0))[: 4 * len(chosen) + 4].tolist()
        if person < people.residents
        and 0 <= (guardian := int(people.guardian[person])) < people.residents
        and fault[guardian] < 0
        and registered[guardian] == own[guardian]
    ]
    for person in chosen:
        if children and draw.one() < 0.4:
            child = children.pop(int(draw.one() * len(children)))
            fault[child] = duplicate
            as_guardian.add(child)
        elif registered[person]:
            twice.append(person)
    listed = [person for person in people.order.tolist() if person < people.residents]
    return Register(listed, registered, list(people.insurance), list(people.phone), fault.tolist(), sorted(twice), as_guardian)


def texts_of(people: People, state: Register, persons: list[int]) -> list[tuple[str, ...]]:
    """The rows of some people as in `COLUMNS`, before faults and habits."""
    labels = [group.label for group in reference.names()]
    births = [
        iso[:4] if only else f"{iso[8:]}/{iso[5:7]}/{iso[:4]}"
        for iso, only in zip(people.birth.astype("datetime64[D]").astype(str).tolist(), people.year_only.tolist(), strict=True)
    ]
    bits = (people.groups.astype(np.int64) << np.arange(len(GROUPS))).sum(axis=1).tolist()
    joined = {value: "; ".join(label for at, label in enumerate(GROUPS) if value >> at & 1) for value in set(bits)}
    sex, ethnic, household = people.sex.tolist(), people.ethnic.tolist(), people.household.tolist()
    relation, residence, guardian = people.relation.tolist(), people.residence.tolist(), people.guardian.tolist()
    return [
        (
            people.names[person],
            births[person],
            "Nam" if sex[person] == 1 else "Nữ",
            state.citizen_id[person],
            state.insurance[person],
            labels[ethnic[person]],
            state.phone[person],
            people.village[person],
            str(household[person] + 1),
            RELATIONS[relation[person]],
            RESIDENCES[residence[person]],
            joined[bits[person]],
            people.citizen_id[guardian[person]] if guardian[person] >= 0 else "",
            "",
        )
        for person in persons
    ]


def rows(world: World, people: People, state: Register, arrivals: list[Mover]) -> list[Row]:
    """Every row of the commune's file, with its faults, in order."""
    draw = world.draw(people.place, "faults")
    result: list[Row] = []
    for person, texts in zip(state.listed, texts_of(people, state, state.listed), strict=True):
        fault = state.fault[person]
        if fault < 0:
            result.append(Row(texts, people.truth_id(person), ""))
            continue
        if person in state.as_guardian:
            texts = _with(texts, citizen_id=people.citizen_id[people.guardian[person]])
        else:
            texts = _faulty(texts, FAULTS[fault], int(draw.one() * 2**20), world.as_of)
        result.append(Row(texts, people.truth_id(person), FAULTS[fault]))
    last = int(people.household.max()) + 2
    numbers: dict[tuple[str, int], str] = {}
    for mover in arrivals:
        number = numbers.setdefault(mover.household, str(last + len(numbers)))
        village = people.village[digest(people.place.code, number) % len(people.village)]
        changes = {"household_no": number, "village": village, "note": "Mới chuyển đến"}
        result.append(Row(_with(mover.texts, **changes), mover.truth_id, ""))
    place_of = {person: at for at, person in enumerate(state.listed)}
    for person in state.twice:
        if person in place_of:
            result.append(Row(result[place_of[person]].texts, people.truth_id(person), "duplicate_in_file"))
    return result


def _with(texts: tuple[str, ...], **changes: str) -> tuple[str, ...]:
    return tuple(changes.get(name, text) for name, text in zip(COLUMNS, texts, strict=True))


def _faulty(texts: tuple[str, ...], fault: str, dice: int, as_of: date) -> tuple[str, ...]:
    number = texts[COLUMNS.index("citizen_id")] or texts[COLUMNS.index("guardian_id")] or "020"
    match fault:
        case "name_missing":
            return _with(texts, full_name=("", " ")[dice % 2])
        case "birth_date_missing":
            return _with(texts, birth_date="")
        case "birth_date_invalid":
            year = texts[COLUMNS.index("birth_date")][-4:]
            return _with(texts, birth_date=(f"31/02/{year}", f"15/13/{year}", "không rõ", f"{year[:3]}")[dice % 4])
        case "birth_date_future":
            # A slip of the century: 2062 for 1962. At least two years ahead, so that it stays in the future.
            return _with(texts, birth_date=f"{1 + dice % 28:02d}/{1 + dice % 12:02d}/{as_of.year + 2 + dice % 60}")
        case "sex_invalid":
            return _with(texts, sex=("", "?", "x", "K")[dice % 4])
        case _:
            # Half typed, the letter l, one digit too many, the letter O.
            wrong = (number[:7], number[:4] + "l" + number[5:], number + "0", number[:4] + "O" + number[5:])[dice % 4]
            return _with(texts, citizen_id=wrong if len(number) == 12 else "020")


@dataclass(frozen=True)
class Style:
    """How one commune's office writes its file. It keeps its habits from month to month."""

    headings: dict[str, str]
    separator: str
    bom: bool
    sheet: bool
    short_dates: bool
    capitals: bool
    old_tones: bool
    decomposed: bool
    stem: str


def style(world: World, people: People) -> Style:
    """The commune's habits. About one in seven sends XLSX; only small ones do, a large sheet takes long to write."""
    dice = digest(world.slug, world.seed, people.place.code, "style")
    middle = sorted(place.size for place in world.places)[len(world.places) // 2]
    small = people.place.size <= min(middle, LARGEST_SHEET)
    return Style(
        headings=HEADINGS[dice % 3],
        separator=",;"[dice // 3 % 2],
        bom=dice // 6 % 5 < 2,
        sheet=small and dice // 30 % 10 < 3,
        short_dates=dice // 300 % 4 == 0,
        capitals=dice // 1200 % 6 == 0,
        old_tones=dice // 7200 % 4 == 0,
        decomposed=dice // 28800 % 25 == 0,
        stem=("danh_sach_dan_cu", "ds", "DS_KSK_toan_dan")[dice // 720000 % 3],
    )


def table(world: World, people: People, found: list[Row], habits: Style) -> tuple[list[str], list[list[str]]]:
    """Heading and rows of the file as the clerk writes them: column order, spellings, spaces and dots in numbers."""
    draw = world.draw(people.place, "habits")
    count = len(found)
    columns = list(zip(*(row.texts for row in found), strict=True)) if found else [()] * len(COLUMNS)
    by_name = {name: list(column) for name, column in zip(COLUMNS, columns, strict=True)}
    named = by_name["full_name"]
    if habits.old_tones:
        named = [tone_moved(name) for name in named]
    if habits.capitals:
        named = [name.upper() for name in named]
    if habits.decomposed:
        named = [unicodedata.normalize("NFD", name) for name in named]
    for at in np.flatnonzero(draw.chance(count, 0.006)).tolist():
        named[at] = named[at].replace(" ", "  ", 1) + " " if named[at].strip() else named[at]
    by_name["full_name"] = named
    if habits.short_dates:
        by_name["birth_date"] = [_short(text) for text in by_name["birth_date"]]
    how = draw.below(count, 100).tolist()
    numbers = by_name["citizen_id"]
    for at, dice in enumerate(how):
        if dice < 3 and len(numbers[at]) == 12:
            n = numbers[at]
            numbers[at] = (f"'{n}", f"{n[:3]} {n[3:6]} {n[6:]}", f"{n[:3]}.{n[3:6]}.{n[6:]}")[dice]
    phones = by_name["phone"]
    for at, dice in enumerate(how):
        if 3 <= dice < 9 and phones[at]:
            p = phones[at]
            phones[at] = (f"{p[:4]} {p[4:7]} {p[7:]}", f"{p[:4]}.{p[4:7]}.{p[7:]}", f"+84{p[1:]}")[dice % 3]
    by_name["stt"] = [str(number) for number in range(1, count + 1)]
    order = list(habits.headings)
    return list(habits.headings.values()), [list(row) for row in zip(*(by_name[name] for name in order), strict=True)]


def _short(text: str) -> str:
    return "/".join(part.lstrip("0") or part for part in text.split("/"))


def csv_bytes(heading: list[str], body: list[list[str]], separator: str = ",", bom: bool = False) -> bytes:
    """A CSV file; the separator inside a value is quoted."""
    target = io.StringIO()
    writer = csv.writer(target, delimiter=separator, lineterminator="\r\n" if bom else "\n")
    writer.writerow(heading)
    writer.writerows(body)
    return target.getvalue().encode("utf-8-sig" if bom else "utf-8")


@dataclass(frozen=True)
class Change:
    """One thing that happened to a person between the first and the second month."""

    truth_id: str
    kind: str
    from_commune: str
    to_commune: str


def leaving(world: World, people: People, state: Register) -> tuple[dict[int, str], list[Mover]]:
    """Who is gone in the second month, with the reason (`death`, `move`, `left_province`), and who moves to where."""
    draw = world.draw(people.place, "leaving")
    count = len(people.names)
    age = people.age(world.as_of)
    death = draw.chance(count, np.interp(age, [0, 1, 40, 60, 80, 100], [8e-4, 3e-5, 1e-4, 6e-4, 4e-3, 2e-2]))
    houses, twice = int(people.household.max()) + 1, set(state.twice)
    moves, leaves = draw.chance(houses, 0.0025), draw.chance(houses, 0.0004)
    target = draw.below(houses, max(len(world.places) - 1, 1))
    gone: dict[int, str] = {}
    moving: list[int] = []
    for person in state.listed:
        house = int(people.household[person])
        if death[person]:
            gone[person] = "death"
        elif leaves[house]:
            gone[person] = "left_province"
        # A row with a mistake stays where it is: the truth of a moved faulty row would belong to two files.
        elif moves[house] and len(world.places) > 1 and state.fault[person] < 0 and person not in twice:
            gone[person] = "move"
            moving.append(person)
    movers = []
    for person, texts in zip(moving, texts_of(people, state, moving), strict=True):
        house = int(people.household[person])
        at = int(target[house])
        other = world.places[at + (at >= people.place.index)].code
        movers.append(
            Mover(
                (people.place.code, house),
                other,
                texts,
                people.truth_id(person),
                truth_fields(people, person, other),
                truth_extras(people, person),
            )
        )
    return gone, movers


def next_month(world: World, people: People, state: Register, gone: dict[int, str]) -> tuple[Register, list[Change]]:
    """The register a month later: newborns and newcomers in, the gone out, some numbers and mistakes put right."""
    draw = world.draw(people.place, "next month")
    count = len(people.names)
    code = people.place.code
    changes = [Change(people.truth_id(person), kind, code, "") for person, kind in gone.items() if kind != "move"]
    citizen_id, insurance, phone, fault = (
        list(state.citizen_id),
        list(state.insurance),
        list(state.phone),
        list(state.fault),
    )
    mended, new_phone, new_insurance = draw.uniform(count), draw.chance(count, 0.004), draw.chance(count, 0.006)
    listed = [person for person in state.listed if person not in gone]
    for person in listed:
        kinds = []
        own = people.citizen_id[person]
        if fault[person] >= 0 and mended[person] < 0.5:
            fault[person] = -1
            kinds.append("row_corrected")
        if citizen_id[person] != own and mended[person] > (0.4 if citizen_id[person] else 0.8):
            kinds.append("citizen_id_corrected" if citizen_id[person] else "citizen_id_added")
            citizen_id[person] = own
        if new_insurance[person] and insurance[person] and insurance[person] != own:
            insurance[person] = own
            kinds.append("insurance_no_replaced")
        if new_phone[person] and phone[person]:
            phone[person] = f"{phone[person][:3]}{int(draw.one() * 10**7):07d}"
            kinds.append("phone_changed")
        changes += [Change(people.truth_id(person), kind, code, code) for kind in kinds]
    for person in range(people.residents, people.residents + people.newborns):
        if int(people.guardian[person]) in gone:
            continue
        listed.append(person)
        changes.append(Change(people.truth_id(person), "birth", "", code))
    for person in range(people.residents + people.newborns, count):
        if draw.one() < 0.3:
            listed.append(person)
            changes.append(Change(people.truth_id(person), "moved_into_province", "", code))
    # A child's row is a duplicate only while the guardian's number stands in the same file.
    for child in sorted(state.as_guardian):
        if fault[child] >= 0 and child not in gone and int(people.guardian[child]) in gone:
            fault[child] = -1
            changes.append(Change(people.truth_id(child), "row_corrected", code, code))
    as_guardian = {child for child in state.as_guardian if fault[child] >= 0}
    twice = [person for person in state.twice if person not in gone and mended[person] < 0.5]
    return Register(listed, citizen_id, insurance, phone, fault, twice, as_guardian), changes


def truth_fields(people: People, person: int, commune: str) -> tuple[str, ...]:
    """One person's row of `people.csv` up to, not including, `on_roster`."""
    birth = date.fromordinal(int(people.birth[person]) + EPOCH)
    return (
        people.truth_id(person),
        commune,
        people.citizen_id[person],
        people.insurance[person],
        people.names[person],
        f"{birth.year}" if people.year_only[person] else birth.isoformat(),
        str(int(people.sex[person])),
    )


def truth_extras(people: People, person: int) -> tuple[str, ...]:
    """The further columns of `people.csv`."""
    guardian, twin = int(people.guardian[person]), int(people.twin[person])
    return (
        people.truth_id(guardian) if guardian >= 0 else "",
        f"{people.place.code}-{twin}" if twin >= 0 else "",
        str(int(people.irregular[person])),
    )
