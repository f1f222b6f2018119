"""Random months of a small province: after every list the roster is what a simple model says, and so is its history."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from roster.conftest import HEADINGS

COMMUNES = ("05977", "05983", "05986")
# The strongest first.
RESIDENCES = {"Thường trú": "permanent", "Tạm trú từ 12 tháng": "temporary_12m", "Tạm trú": "temporary_short"}
RANK = {label: rank for rank, label in enumerate(RESIDENCES)}
# Few of them, so that there are namesakes of the same day.
NAMES = ("Nông Văn An", "Nông Thị An", "Hoàng Văn Bình", "Hoàng Thị Lan", "Lý Văn Sơn", "Lý Thị Mai")
BIRTHS = ("01/02/1980", "02/01/1980", "01/02/1981", "05/06/2001", "06/05/2001")
SEXES = {"Nam": 1, "Nữ": 2}
EVENTS = (
    "birth", "arrival", "number", "number put right", "name", "birth date", "sex", "household", "move", "move", "move",
    "second", "residence", "departure", "death", "return",
)  # fmt: skip


@dataclass
class Human:
    """Somebody as the clerks know them. The phone, by which nobody is recognised, tells the test who it is."""

    phone: str
    name: str
    birth: str
    sex: str
    household: str
    number: str = ""
    insurance: str = ""
    guardian: str = ""
    # Whether namesakes of the same day can be told apart by their numbers.
    numbered: bool = True
    on: dict[str, str] = field(default_factory=dict)
    dead: bool = False

    @property
    def identity(self) -> tuple[str, ...]:
        return self.name, self.birth, self.sex, self.number, self.household

    def row(self, commune: str) -> dict[str, str]:
        return {
            "full_name": self.name,
            "birth_date": self.birth,
            "sex": self.sex,
            "citizen_id": self.number,
            "insurance_no": self.insurance,
            "phone": self.phone,
            "village": f"Thôn {int(self.phone) % 3}",
            "household_no": self.household,
            "residence": self.on[commune],
            "guardian_id": self.guardian,
        }


class Model:
    """Who is on the roster: the lists of the communes, and where everybody lives by the rules of residence."""

    def __init__(self) -> None:
        self.lists: dict[str, dict[str, dict[str, str]]] = {}
        self.since: dict[tuple[str, str], int] = {}
        self.home: dict[str, str | None] = {}
        self.dead: set[str] = set()
        # As they were when they left.
        self.left: dict[str, dict[str, str]] = {}

    def of(self, commune: str) -> dict[str, dict[str, str]]:
        return {phone: rows[commune] for phone, rows in self.lists.items() if commune in rows}

    def say(self, now: int, commune: str, row: dict[str, str]) -> None:
        """The commune lists somebody: news where they were not listed, or less strongly."""
        phone = row["phone"]
        rows, home = self.lists.setdefault(phone, {}), self.home.get(phone)
        before = rows.get(commune)
        known = before or (rows[home] if home else self.left.get(phone, row))
        row = row | {key: row[key] or known[key] for key in ("citizen_id", "insurance_no")}
        is_news = before is None or RANK[row["residence"]] < RANK[before["residence"]]
        if row != before:
            self.since[phone, commune] = now
        if home is None:
            if is_news or phone not in self.dead:
                self.home[phone] = commune
                self.dead.discard(phone)
        elif (
            home != commune
            and is_news
            and row["residence"] != "Tạm trú"
            and RANK[row["residence"]] <= RANK[rows[home]["residence"]]
        ):
            self.home[phone] = commune
        rows[commune] = row
        if self.home[phone] == commune and any(self._is_stronger(other, row) for other in rows.values()):
            self._hand_over(phone)

    def drop(self, commune: str, phone: str, *, died: bool = False) -> None:
        """The commune lists somebody no more: another one does still, or they are gone."""
        if self.home[phone] == commune:
            self.left[phone] = self.lists[phone][commune]
            if died:
                self.home[phone] = None
                self.dead.add(phone)
            else:
                self._hand_over(phone)
        del self.lists[phone][commune]

    def _is_stronger(self, other: dict[str, str], row: dict[str, str]) -> bool:
        return other["residence"] != "Tạm trú" and RANK[other["residence"]] < RANK[row["residence"]]

    def _hand_over(self, phone: str) -> None:
        others = {commune: row for commune, row in self.lists[phone].items() if commune != self.home[phone]}
        self.home[phone] = min(
            others, key=lambda commune: (RANK[others[commune]["residence"]], -self.since[phone, commune]), default=None
        )

    def people(self) -> dict[str, tuple[Any, ...]]:
        found: dict[str, tuple[Any, ...]] = {}
        for phone, home in self.home.items():
            if home:
                row = self.lists[phone][home]
                born = date(*(int(part) for part in reversed(row["birth_date"].split("/"))))
                numbers = row["citizen_id"] or None, row["insurance_no"] or None
                told = row["full_name"], born, SEXES[row["sex"]], *numbers, row["household_no"], RESIDENCES[row["residence"]]
                found[phone] = (home, *told)
        return found


class Province:
    """People to whom things happen, and clerks who write down some of it, some of it wrong."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.humans: list[Human] = []
        self.serial = 0
        # What was last said of somebody who is on no list any more.
        self.left_as: dict[str, tuple[str, ...]] = {}
        for commune in COMMUNES:
            for _ in range(12):
                self.comes(commune)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def next(self) -> int:
        self.serial += 1
        return self.serial

    def residence(self) -> str:
        return self.random.choices(list(RESIDENCES), (8, 2, 1))[0]

    def new_number(self, human: Human) -> str:
        year = int(human.birth[-4:])
        return f"020{(year // 100 - 19) * 2 + SEXES[human.sex] - 1}{year % 100:02}{self.next():06}"

    def comes(self, commune: str, *, born: bool = False) -> None:
        pick = self.random.choice
        human = Human(f"09{self.next():08}", pick(NAMES), pick(BIRTHS), pick(list(SEXES)), f"H{self.next()}")
        if born:
            human.birth = f"{self.random.randrange(1, 28):02}/01/2026"
            human.guardian = pick([one.number for one in self.humans if one.number])
        else:
            human.number = self.new_number(human) if self.chance(0.8) else ""
            human.insurance = f"20{self.random.randrange(10**8):08}" if self.chance(0.7) else ""
        human.numbered = bool(human.number)
        while any(one.identity[:3] == human.identity[:3] and not (one.numbered and human.numbered) for one in self.humans):
            human.name = f"{pick(NAMES)} {pick(('Hà', 'Thu', 'Hải', 'Vũ', 'Thảo', 'Xuân'))}"
        housemates = [one for one in self.humans if commune in one.on and one.household[1:] < "5"]
        if housemates and self.chance(0.3) and (mate := pick(housemates)).name != human.name:
            human.household = mate.household if self._fits(human, mate.household) else human.household
        human.on = {commune: self.residence()}
        self.humans.append(human)

    def _fits(self, human: Human, household: str) -> bool:
        return all(one.name != human.name for one in self.humans if one.household == household)

    def is_unique(self, human: Human) -> bool:
        return sum(one.identity[:2] == human.identity[:2] for one in self.humans) == 1

    def lives(self, model: Model) -> None:
        """A month of it. What tells who somebody is changes once at a time: the lists have to follow."""
        for human in [one for one in self.humans if not one.dead and self.chance(0.35)]:
            told = model.lists.get(human.phone, {})
            keys = ("full_name", "birth_date", "sex", "citizen_id", "household_no")
            as_said = {tuple(row[key] for key in keys) for row in told.values()}
            if as_said - {human.identity} or set(told) != set(human.on):
                continue
            if not human.on and self.left_as.get(human.phone) != human.identity:
                continue
            self._happens(human, self.random.choice(EVENTS) if human.on else "return")
            self.left_as[human.phone] = human.identity

    def _happens(self, human: Human, event: str) -> None:
        pick = self.random.choice
        others = [commune for commune in COMMUNES if commune not in human.on]
        is_known, is_alone = bool(human.number or human.insurance), len(human.on) == 1
        here = pick(list(human.on)) if human.on else ""
        first, *middle, last = human.name.split()
        day, month, year = (int(part) for part in human.birth.split("/"))
        if event in ("birth", "arrival"):
            self.comes(pick(COMMUNES), born=event == "birth")
        elif (event == "number" and not human.number) or (event == "number put right" and human.number and is_alone):
            human.number = self.new_number(human)
        elif event == "name" and human.number and "Minh" not in middle:
            human.name = " ".join((first, *middle, "Minh", last))
        elif event == "birth date" and human.number and is_alone:
            changed = pick(((day, month, year - 1), (day, month % 12 + 1, year), (day % 28 + 1, month, year)))
            human.birth = f"{changed[0]:02}/{changed[1]:02}/{changed[2]}"
        elif event == "sex" and human.number:
            human.sex = "Nữ" if human.sex == "Nam" else "Nam"
        elif event == "household" and human.number:
            human.household = f"H{self.next()}"
        elif event == "move" and is_known and others:
            del human.on[here]
            human.on[pick(others)] = self.residence()
        elif event == "second" and is_known and others:
            human.on[pick(others)] = pick(list(RESIDENCES))
        elif event == "residence":
            human.on[here] = pick(list(RESIDENCES))
        elif event == "departure":
            del human.on[here]
        elif event == "death":
            human.dead = True
        elif event == "return" and not human.on and is_known:
            human.on = {pick(COMMUNES): "Thường trú"}


def complete_list(province: Province, model: Model, now: int, commune: str, *, is_first: bool) -> list[dict[str, str]]:
    """A commune's complete list, with numbers left out, rows mistyped and rows written twice, and what it comes to."""
    before = model.of(commune)
    good, mistyped, again = [], [], []
    for human in province.humans:
        if human.dead or commune not in human.on:
            continue
        row = human.row(commune)
        if not is_first and human.number and province.is_unique(human) and province.chance(0.04):
            mistyped.append(row | {"sex": "?"})
            continue
        if not is_first and human.number and human.insurance and province.chance(0.06):
            row["citizen_id"] = ""
        known = before.get(human.phone, row)
        if province.is_unique(human) and row["citizen_id"] in ("", known["citizen_id"]) and province.chance(0.05):
            again.append(row)
        good.append(row)
    for row in good:
        model.say(now, commune, row)
    for phone in before.keys() - {row["phone"] for row in (*good, *mistyped)}:
        model.drop(commune, phone)
    rows = [*good, *mistyped, *again]
    province.random.shuffle(rows)
    return rows


def list_of_changes(province: Province, model: Model, now: int, commune: str) -> bytes:
    """What has changed in a commune since its last list; nothing when that is nothing."""
    before = model.of(commune)
    humans = {human.phone: human for human in province.humans}
    rows = {phone: human.row(commune) for phone, human in humans.items() if commune in human.on and not human.dead}
    said = [("Chết" if humans[phone].dead else "Chuyển đi", before[phone]) for phone in before.keys() - rows.keys()]
    for phone, row in rows.items():
        if any(row[key] not in ("", before.get(phone, {}).get(key)) for key in row):
            said.append(("Đính chính" if phone in before else "Bổ sung", row))
            model.say(now, commune, row)
    for change, row in said:
        if change in ("Chết", "Chuyển đi"):
            model.drop(commune, row["phone"], died=change == "Chết")
    said.sort(key=lambda each: each[1]["phone"])
    columns = [key for key in HEADINGS if said and key in said[0][1]]
    lines = [",".join(("Biến động", *(HEADINGS[key] for key in columns)))]
    lines += [",".join((change, *(row[key] for key in columns))) for change, row in said]
    return "\r\n".join(lines).encode("utf-8-sig") if said else b""


@pytest.mark.parametrize("seed", [6, 24, 41, 81])
def test_random_months(roster: Any, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    from sangloc.roster import merge

    if seed % 2:
        # First lists are copied into the roster.
        monkeypatch.setattr(merge, "DIRECT_FROM", 3)
    province, model = Province(seed), Model()
    now = datetime.fromisoformat("2026-03-01T08:00:00+07:00")
    was: dict[datetime, dict[str, str]] = {}
    columns = "commune_code, full_name, birth_date, sex, citizen_id, insurance_no, household_no, residence"
    for turn in range(15):
        month, place = divmod(turn, len(COMMUNES))
        if place == 0:
            now += timedelta(days=28)
            order = province.random.sample(COMMUNES, len(COMMUNES))
            if month:
                province.lives(model)
        if month and province.chance(0.1):
            continue
        now += timedelta(hours=7)
        monkeypatch.setenv("SANGLOC_NOW", now.isoformat())
        commune = order[place]
        content: Any
        if month and province.chance(0.25):
            content = list_of_changes(province, model, turn, commune)
        else:
            content = complete_list(province, model, turn, commune, is_first=not month)
        if content:
            path = roster.send(commune, f"{turn}.csv", content)
            assert roster.refresh(commune)["held"] == 0
            path.unlink()
        expected = model.people()
        on_it = roster.query(f"SELECT phone, {columns} FROM roster.person")  # noqa: S608
        found = {row[0]: row[1:] for row in on_it}
        assert found == expected, f"list {turn}, of {commune}"
        assert len(on_it) == len(found)
        was[now] = {phone: told[0] for phone, told in expected.items()}
    people = roster.query("SELECT DISTINCT person_id, phone FROM roster.person_history")
    assert len(people) == len({person for person, _ in people}) == len({phone for _, phone in people})
    on_day = (
        "SELECT phone, commune_code FROM roster.person_history WHERE valid_from <= %s AND (valid_to IS NULL OR valid_to > %s)"
    )
    for day, homes in was.items():
        assert sorted(roster.query(on_day, day, day)) == sorted(homes.items())
