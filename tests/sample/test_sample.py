"""The sample province: its files against its truth, read here without the project's own readers."""

from __future__ import annotations

import base64
import csv
import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import pytest
from lxml import etree

from lists import read_list
from sangloc import provinces, settings
from sangloc.errors import ConfigurationError
from sangloc.sample import Summary, generate, province

AS_OF = date(2026, 11, 21)
PEOPLE = 6_000
FORMS = {"under_6": "2062_U6", "6_to_17": "2062_6_18", "18_plus": "2062_18", "TONG_HOP": "2062_P3_XML1"}
CANONICAL = {
    "Họ và tên": "name", "Họ tên": "name", "Họ, chữ đệm và tên": "name",
    "Ngày sinh": "birth", "Ngày, tháng, năm sinh": "birth", "Năm sinh": "birth",
    "Giới tính": "sex", "Nam/Nữ": "sex", "Giới": "sex",
    "Số CCCD": "cid", "Số định danh cá nhân": "cid", "CCCD/Mã định danh": "cid",
    "Mã số BHYT": "insurance", "Số thẻ BHYT": "insurance", "Mã thẻ BHYT": "insurance",
    "Mã lượt khám": "ma_lk", "Ngày khám": "date", "Phân loại sức khỏe": "class", "Số điện thoại": "phone",
    "Điện thoại": "phone", "SĐT": "phone", "Nguồn chi trả": "payer", "Đối tượng": "groups", "Mã xã": "commune",
}  # fmt: skip


class Sample:
    """One generated sample and its truth, read once."""

    def __init__(self, folder: Path, summary: Summary, second: Summary) -> None:
        self.summary, self.second = summary, second
        self.tree = folder / "landing" / summary.slug
        self.truth = folder / "truth" / summary.slug
        self.people = self.table("people")
        self.rows = self.table("roster_rows")
        self.exams = self.table("exams")

    def table(self, name: str) -> list[dict[str, str]]:
        with (self.truth / f"{name}.csv").open(encoding="utf-8", newline="") as handle:
            return list(csv.DictReader(handle))

    def roster(self, rows: list[dict[str, str]]) -> dict[tuple[str, int], dict[str, str]]:
        """Every row of the roster files that the truth names, by file and row number."""
        return {
            (file, line): cells
            for file in sorted({row["file"] for row in rows})
            for line, cells in enumerate(read_list(self.tree / file, lambda title: CANONICAL.get(title, title)), start=2)
        }


def digits(text: str) -> str:
    return re.sub(r"[\s.']", "", text)


def key(name: str) -> str:
    """The tests' own idea of a name key: the letters without tones, then the tones of each word, sorted."""
    words = unicodedata.normalize("NFD", name.casefold()).split()
    tones = "\u0300\u0301\u0303\u0309\u0323"
    return " ".join(re.sub(f"[{tones}]", "", w) + "".join(sorted(c for c in w if c in tones)) for w in words)


def as_date(text: str) -> date | None:
    if re.fullmatch(r"\d{8}(0000)?", text) and "1900" <= text[:4] <= "2100" and text[4:6] <= "12":
        day, month, year = text[6:8], text[4:6], text[:4]
    elif re.fullmatch(r"\d{8}", text):
        day, month, year = text[:2], text[2:4], text[4:]
    elif re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        year, month, day = text.split("-")
    elif re.fullmatch(r"\d{1,2}/\d{1,2}/\d{4}", text):
        day, month, year = text.split("/")
    else:
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def parts(path: Path) -> tuple[etree._Element, list[dict[str, etree._Element]], bool]:
    """Envelope, the parts of each HOSO by name, and whether they are Base64."""
    root = etree.fromstring(path.read_bytes())
    records, encoded = [], set()
    for hoso in root.iter("HOSO"):
        found = {}
        for file in hoso.iter("FILEHOSO"):
            content = file.find("NOIDUNGFILE")
            encoded.add(len(content) == 0)
            body = content[0] if len(content) else etree.fromstring(base64.b64decode(content.text, validate=True))
            found[file.findtext("LOAIHOSO")] = body
        records.append(found)
    assert len(encoded) == 1
    return root, records, encoded.pop()


def fingerprint(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    folder = tmp_path_factory.mktemp("sample")
    first = generate("lang_son", PEOPLE, 3, folder / "landing", AS_OF)
    before = fingerprint(folder)
    second = generate("lang_son", PEOPLE, 3, folder / "landing", AS_OF, month=2)
    after = fingerprint(folder)
    assert before.items() <= after.items(), "the second month changed a file of the first"
    return Sample(folder, first, second)


@pytest.fixture(scope="module")
def fields() -> dict[tuple[str, str, str], dict[str, str]]:
    path = settings.include() / "code_sets" / "qd2062_fields.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        return {(row["form"], row["part"], row["code"]): row for row in csv.DictReader(handle)}


def test_same_arguments_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generate("lang_son", 700, 5, tmp_path / "a" / "landing", AS_OF)
    monkeypatch.setattr(province, "PARALLEL_FROM", 0)
    generate("lang_son", 700, 5, tmp_path / "b" / "landing", AS_OF)
    assert fingerprint(tmp_path / "a") == fingerprint(tmp_path / "b")


def test_again_into_the_same_folder_changes_nothing(sample: Sample) -> None:
    folder = sample.tree.parents[1]
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert generate("lang_son", PEOPLE, 3, folder / "landing", AS_OF) == sample.summary
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_exams_may_go_on_for_months_in_a_file_for_each(sample: Sample, tmp_path: Path) -> None:
    until = date(2027, 8, 16)
    summary = generate("lang_son", PEOPLE, 3, tmp_path / "landing", AS_OF, exams_until=until)
    truth = tmp_path / "truth" / "lang_son"
    # The same people, examined over a longer time.
    assert (truth / "people.csv").read_bytes() == (sample.tree.parents[1] / "truth" / "lang_son" / "people.csv").read_bytes()
    with (truth / "exams.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["reject_code"] != "exam_date_future"]
    assert sum(summary.exams.values()) >= len(rows) > 100
    days = [row["exam_date"] for row in rows]
    assert "2026-07-08" <= min(days) < "2026-09-01" and "2027-08-01" <= max(days) < str(until)
    months: dict[str, set[int]] = {}
    for row in rows:
        year, month, _ = map(int, row["exam_date"].split("-"))
        months.setdefault(row["file"], set()).add(12 * year + month + (row["version"] == "2"))
    assert all(len(found) == 1 for found in months.values())
    assert any(row["version"] == "2" for row in rows)


def test_another_seed_gives_other_people(tmp_path: Path) -> None:
    for seed in (1, 2):
        generate("lang_son", 300, seed, tmp_path / str(seed) / "landing", AS_OF)
    one, two = ((tmp_path / f"{seed}/truth/lang_son/people.csv").read_bytes() for seed in (1, 2))
    assert one != two


def test_landing_tree_holds_only_what_a_province_would_receive(sample: Sample) -> None:
    shape = re.compile(
        r"roster/\d{5}/[\w-]+\.(csv|xlsx)|exams/(screening|periodic|insurance)/20\d{3}/\w+\.xml"
        r"|exams/(school|worker|occupational)/20\d{3}/\w+\.xlsx"
    )
    for path in sample.tree.rglob("*"):
        assert path.is_dir() or shape.fullmatch(str(path.relative_to(sample.tree))), path
    senders = {(row["source"], row["sender"]) for row in sample.exams}
    assert len(senders - {s for s in senders if s[0] == "screening"}) in range(8, 14)
    assert {source for source, _ in senders} == set(sample.summary.exams)


def test_people_have_the_countrys_ages_and_sexes(sample: Sample) -> None:
    people = [row for row in sample.people if "-P" in row["truth_id"]]
    assert len(people) == PEOPLE == sample.summary.people
    with (settings.include() / "sample" / "age_sex.csv").open(encoding="utf-8", newline="") as handle:
        shares = {int(row["age_from"]): (float(row["male"]), float(row["female"])) for row in csv.DictReader(handle)}
    total = sum(map(sum, shares.values()))
    found: Counter[tuple[int, str]] = Counter()
    for row in people:
        born = date.fromisoformat(row["birth_date"] if len(row["birth_date"]) > 4 else f"{row['birth_date']}-07-01")
        years = AS_OF.year - born.year - ((AS_OF.month, AS_OF.day) < (born.month, born.day))
        found[years // 5 * 5, row["sex"]] += 1
    for low, pair in shares.items():
        for sex, share in zip("12", pair, strict=True):
            assert abs(found[low, sex] / len(people) * 100 - share / total * 100) < 0.4, (low, sex)


def test_personal_numbers_follow_the_rules(sample: Sample) -> None:
    numbers = [row["citizen_id"] for row in sample.people]
    assert len(set(numbers)) == len(numbers)
    irregular = [row for row in sample.people if row["irregular_number"] == "1"]
    assert len(irregular) < 0.005 * len(numbers)
    for row in sample.people:
        number, year = row["citizen_id"], int(row["birth_date"][:4])
        assert re.fullmatch(r"\d{12}", number)
        expected = f"{(year // 100 - 19) * 2 + (row['sex'] == '2')}{year % 100:02d}"
        assert (number[3:6] == expected) == (row["irregular_number"] == "0")
    prefixes = Counter(number[:3] for number in numbers)
    assert prefixes["020"] > 0.85 * len(numbers)
    assert len(prefixes) > 10


@pytest.mark.parametrize(
    ("slug", "old"),
    [("hai_phong", {"030": "10507", "031": "11311"}), ("thai_nguyen", {"006": "01843", "019": "05443"})],
)
def test_merged_provinces_keep_both_old_prefixes(tmp_path: Path, slug: str, old: dict[str, str]) -> None:
    weights = {commune.code: 1.0 for commune in provinces.communes(slug)}
    generate(slug, 60 * len(weights), 1, tmp_path / "landing", AS_OF, weights=weights)
    with (tmp_path / "truth" / slug / "people.csv").open(encoding="utf-8", newline="") as handle:
        people = list(csv.DictReader(handle))
    for prefix, commune in old.items():
        here = [row["citizen_id"][:3] for row in people if row["commune_code"] == commune]
        assert here.count(prefix) > 0.7 * len(here)


def test_truth_of_every_roster_row_agrees_with_its_file(sample: Sample) -> None:
    for rows, summary in (
        (sample.rows, sample.summary),
        (sample.table("roster_rows_month2"), sample.second),
    ):
        cells = sample.roster(rows)
        assert set(cells) == {(row["file"], int(row["row_number"])) for row in rows}
        seen: dict[str, set[str]] = defaultdict(set)
        codes: Counter[str] = Counter()
        for row in rows:
            text = cells[row["file"], int(row["row_number"])]
            assert reason(text, seen[row["file"]]) == row["reject_code"], row
            codes[row["reject_code"]] += 1
        assert codes.pop("") == summary.accepted
        assert dict(codes) == summary.rejected
        assert summary.rows == len(rows)
        assert len({row["truth_id"] for row in rows}) == summary.people
    assert len(sample.summary.rejected) == 7
    assert 0.006 < sum(sample.summary.rejected.values()) / sample.summary.rows < 0.014


def reason(row: dict[str, str], seen: set[str]) -> str:
    """The reject code of a row, by the rules that the project has agreed on."""
    if not row["name"].strip():
        return "name_missing"
    if not row["birth"]:
        return "birth_date_missing"
    born = as_date(row["birth"])
    if born is None and not re.fullmatch(r"\d{4}", row["birth"]):
        return "birth_date_invalid"
    if born and born > AS_OF:
        return "birth_date_future"
    if row["sex"] not in ("Nam", "Nữ"):
        return "sex_invalid"
    number = digits(row["cid"])
    if number and not re.fullmatch(r"\d{12}", number):
        return "citizen_id_invalid"
    if number in seen:
        return "duplicate_in_file"
    seen.update({number} - {""})
    return ""


def test_no_number_stands_in_two_accepted_rows(sample: Sample) -> None:
    for rows in (sample.rows, sample.table("roster_rows_month2")):
        cells = sample.roster(rows)
        numbers = Counter(digits(cells[row["file"], int(row["row_number"])]["cid"]) for row in rows if not row["reject_code"])
        assert numbers.pop("") > 0
        assert numbers.most_common(1)[0][1] == 1


def test_rosters_come_in_every_shape(sample: Sample) -> None:
    files = [sample.tree / file for file in sorted({row["file"] for row in sample.rows})]
    sheets = [path for path in files if path.suffix == ".xlsx"]
    assert 0.05 < len(sheets) / len(files) < 0.3
    texts = [path.read_bytes() for path in files if path.suffix == ".csv"]
    heads = [text.decode("utf-8-sig").split("\n", 1)[0].strip() for text in texts]
    assert {text.startswith(b"\xef\xbb\xbf") for text in texts} == {True, False}
    assert {head.count(";") > 3 for head in heads} == {True, False}
    assert len({re.sub('["; ,]', "", head) for head in heads}) == 3


def test_insurance_numbers_and_phones(sample: Sample) -> None:
    cells = list(sample.roster(sample.rows).values())
    shapes = Counter(len(row["insurance"]) for row in cells)
    assert set(shapes) == {0, 10, 12, 15}
    assert min(shapes.values()) > 0.02 * len(cells)
    card = re.compile(r"[A-Z]{2}[1-5]20\d{10}|\d{10}|\d{12}|")
    assert all(card.fullmatch(row["insurance"]) for row in cells)
    ten = [row["insurance_no"][-10:] for row in sample.people if len(row["insurance_no"]) in (10, 15)]
    assert len(set(ten)) == len(ten)
    phones = {re.sub(r"[ .]", "", row["phone"]).replace("+84", "0") for row in cells} - {""}
    # None of these prefixes belongs to a network.
    assert all(re.fullmatch(r"(03[01]|05[037]|07[1-5]|080)\d{7}", phone) for phone in phones)


def test_households_twins_and_namesakes(sample: Sample) -> None:
    by_id = {row["truth_id"]: row for row in sample.people}
    children = [row for row in sample.people if "-P" in row["truth_id"] and row["birth_date"] > "2009-01-01"]
    guarded = [row for row in children if row["guardian_truth_id"]]
    assert len(guarded) > 0.98 * len(children)
    adult = [by_id[row["guardian_truth_id"]]["birth_date"][:4] < row["birth_date"][:4] for row in guarded]
    assert all(adult)
    groups = defaultdict(list)
    for row in sample.people:
        if row["twin_group"]:
            groups[row["twin_group"]].append(row)
    assert len(groups) >= 3
    for pair in groups.values():
        assert len(pair) == 2
        assert len({row["birth_date"] for row in pair}) == 1
        assert len({row["full_name"] for row in pair}) == 2
        assert len({row["full_name"].split()[0] for row in pair}) == 1
        assert len({row["guardian_truth_id"] for row in pair}) <= 2
    names = Counter((row["commune_code"], row["full_name"]) for row in sample.people)
    assert sum(count for count in names.values() if count > 1) > 0.01 * len(sample.people)
    assert all(unicodedata.is_normalized("NFC", row["full_name"]) for row in sample.people)
    heads = Counter(
        (row["file"], cells.get("Số hộ") or cells.get("Mã hộ") or cells.get("Hộ gia đình số"))
        for row, cells in zip(sample.rows, sample.roster(sample.rows).values(), strict=True)
    )
    assert 3.0 < len(sample.rows) / len(heads) < 4.0


def test_messages_keep_to_the_field_tables(sample: Sample, fields: dict[tuple[str, str, str], dict[str, str]]) -> None:
    truth = defaultdict(list)
    for row in sample.exams:
        truth[row["file"]].append(row)
    ways, forms = set(), set()
    for file, rows in truth.items():
        if not file.endswith(".xml"):
            continue
        root, records, encoded = parts(sample.tree / file)
        ways.add((rows[0]["source"] == "insurance", encoded))
        assert root.tag == ("GIAMDINHHS" if rows[0]["source"] == "insurance" else "KHAMSUCKHOE")
        assert int(root.findtext("THONGTINHOSO/SOLUONGHOSO")) == len(records) == len(rows)
        assert len(root.findtext("THONGTINDONVI/MACSKCB")) == (5 if root.tag == "GIAMDINHHS" else 13)
        for row, found in zip(rows, records, strict=True):
            form = FORMS[row["form"]]
            forms.add(form)
            expected = {part for this, part, _ in fields if this == form} - {"CHUKYDONVI"}
            assert set(found) == expected
            filled = set()
            for part, body in found.items():
                for leaf in body:
                    known = fields[form, part, leaf.tag]
                    assert body.tag == known["part_tag"]
                    check(leaf.text or "", known)
                    if leaf.text:
                        filled.add(leaf.tag)
            required = {code for (this, _, code), known in fields.items() if this == form and known["required"] == "1"}
            assert row["reject_code"] or required - filled <= {"SO_CCCD"}, (file, required - filled)
            if form != FORMS["TONG_HOP"]:
                total = sum(1 for this, part, _ in fields if this == form and part != "CHUKYDONVI")
                assert len(filled) > 0.7 * total
    assert forms == set(FORMS.values())
    assert {(False, True), (False, False), (True, True), (True, False)} == ways


def check(text: str, known: dict[str, str]) -> None:
    if known["allowed_codes"] and text:
        codes = {pair.split("=", 1)[0] for pair in known["allowed_codes"].split(";")}
        values = set(text.split(";")) if "nhiều mã" in known["rule"] else {text}
        assert values <= codes, (known["code"], text)
    elif known["data_type"] == "number" and text:
        assert re.fullmatch(r"-?\d+(\.\d+)?", text), (known["code"], text)
    # The table gives this field length 1 and the code 99.
    if known["max_length"].isdigit() and known["code"] != "TIEM_CHUNG_CAC_LOAI_KHAC":
        assert len(text) <= int(known["max_length"]), (known["code"], text)


def test_insurance_claims_have_all_fields_in_order(sample: Sample, fields: dict[tuple[str, str, str], dict[str, str]]) -> None:
    order = [code for form, _, code in fields if form == FORMS["TONG_HOP"]]
    assert len(order) == 66
    for file in {row["file"] for row in sample.exams if row["source"] == "insurance"}:
        for found in parts(sample.tree / file)[1]:
            assert [leaf.tag for leaf in found["XML1"]] == order


def records(sample: Sample) -> dict[tuple[str, int], dict[str, str]]:
    """The identity fields of every exam record as sent, by file and position."""
    wanted = {"MA_LK": "ma_lk", "HO_TEN": "name", "NGAY_SINH": "birth", "SO_CCCD": "cid", "NGAY_VAO": "date"}
    found = {}
    for file in sorted({row["file"] for row in sample.exams}):
        path = sample.tree / file
        if path.suffix == ".xlsx":
            for number, cells in enumerate(read_list(path, lambda title: CANONICAL.get(title, title))):
                found[file, number] = cells
            continue
        for number, record in enumerate(parts(path)[1]):
            leaves = {leaf.tag: leaf.text or "" for body in record.values() for leaf in body}
            found[file, number] = {name: leaves[code] for code, name in wanted.items()}
    return found


def test_what_is_linkable_follows_from_the_files_alone(sample: Sample) -> None:
    cells = sample.roster(sample.rows)
    roster = {}
    for row in sample.rows:
        text = cells[row["file"], int(row["row_number"])]
        if not row["reject_code"] and text["cid"]:
            roster[digits(text["cid"])] = (as_date(text["birth"]), key(text["name"]), row["truth_id"])
    sent = records(sample)
    position: Counter[str] = Counter()
    current: dict[tuple[str, str], tuple[int, bool]] = {}
    for row in sample.exams:
        record = sent[row["file"], position[row["file"]]]
        position[row["file"]] += 1
        assert record["ma_lk"] == row["ma_lk"]
        born, name, person = roster.get(record["cid"], (None, "", ""))
        exact = born is not None and born == as_date(record["birth"]) and name == key(record["name"])
        if row["reject_code"]:
            assert row["linkable"] == "0"
            continue
        assert exact == (row["linkable"] == "1"), row
        assert not exact or person == row["truth_id"]
        if current.get((row["facility_code"], row["ma_lk"]), (0, False))[0] < int(row["version"]):
            current[row["facility_code"], row["ma_lk"]] = (int(row["version"]), exact)
    assert len(current) == sample.summary.exams_current
    assert sum(exact for _, exact in current.values()) == sample.summary.linkable_exact
    assert sum(position.values()) == len(sent) == sum(sample.summary.exams.values())


def test_mistakes_are_where_the_truth_says(sample: Sample) -> None:
    by_id = {row["truth_id"]: row for row in sample.people}
    sent = records(sample)
    position: Counter[str] = Counter()
    small = guardians = 0
    numbers = {row["citizen_id"] for row in sample.people}
    for row in sample.exams:
        record, person = sent[row["file"], position[row["file"]]], by_id[row["truth_id"]]
        position[row["file"]] += 1
        kinds = set(row["mistakes"].split(";")) - {""}
        if row["reject_code"] == "name_missing":
            continue
        age = (date.fromisoformat(row["exam_date"]) - date.fromisoformat(f"{person['birth_date']}-01-01"[:10])).days / 365.25
        if age < 5.98 and row["source"] != "insurance":
            small += 1
            guardians += "guardian_number" in kinds
        if "guardian_number" in kinds:
            assert record["cid"] == by_id[person["guardian_truth_id"]]["citizen_id"]
        elif "citizen_id_missing" in kinds and not kinds & {"citizen_id_digit", "citizen_id_swap"}:
            assert record["cid"] == ""
        elif kinds & {"citizen_id_digit", "citizen_id_swap"}:
            assert record["cid"] not in numbers
        else:
            assert record["cid"] == person["citizen_id"]
        plain = "name_no_diacritics" in kinds
        assert plain == (key(record["name"]) != key(person["full_name"])), row
        assert ("name_tone" in kinds) == (not plain and record["name"].casefold() != person["full_name"].casefold())
    assert 0.3 < guardians / small < 0.7
    kinds_found = set(sample.summary.mistakes)
    assert kinds_found == {
        "citizen_id_missing", "citizen_id_digit", "citizen_id_swap", "name_no_diacritics", "name_tone", "name_upper",
        "birth_swap", "birth_year_only", "moved", "guardian_number",
    }  # fmt: skip


def test_exam_days_senders_and_strangers(sample: Sample) -> None:
    for row in sample.exams:
        assert row["sender"] == row["facility_code"]
        if row["reject_code"] != "exam_date_future":
            assert "2026-07-24" <= row["exam_date"] <= "2026-11-20"
    listed = {row["truth_id"] for row in sample.rows}
    strangers = {row["truth_id"] for row in sample.exams} - listed
    assert len(strangers) == sample.summary.people_off_roster
    assert 0.005 < len(strangers) / len(sample.exams) < 0.03
    people = Counter(row["truth_id"] for row in sample.exams if row["version"] == "1")
    assert any(count > 1 for count in people.values()), "nobody was examined in two places"
    keys = Counter((row["facility_code"], row["ma_lk"], row["version"]) for row in sample.exams if row["ma_lk"])
    assert keys.most_common(1)[0][1] == 1


def test_a_resend_comes_later_in_another_file(sample: Sample) -> None:
    first = {(row["facility_code"], row["ma_lk"]): row for row in sample.exams if row["version"] == "1" and row["ma_lk"]}
    again = [row for row in sample.exams if row["version"] == "2"]
    assert len(again) > 3
    for row in again:
        before = first[row["facility_code"], row["ma_lk"]]
        assert before["file"] < row["file"]
        if row["file"].endswith(".xml"):
            made = [parts(sample.tree / file)[0].findtext("THONGTINHOSO/NGAYLAP") for file in (before["file"], row["file"])]
            assert made[0] < made[1]


def test_second_month(sample: Sample) -> None:
    first, second = ({row["truth_id"]: row for row in sample.table(name)} for name in ("people", "people_month2"))
    changes = sample.table("changes_month2")
    kinds = defaultdict(set)
    for change in changes:
        kinds[change["kind"]].add(change["truth_id"])
    assert {kind: len(who) for kind, who in kinds.items()} == sample.second.changes
    assert {"birth", "death", "move", "citizen_id_added", "citizen_id_corrected", "row_corrected"} <= set(kinds)
    residents = {row["truth_id"] for row in sample.rows}
    assert residents - set(second) == kinds["death"] | kinds["left_province"]
    assert set(second) - residents == kinds["birth"] | kinds["moved_into_province"]
    where = {row["truth_id"]: row["commune_code"] for row in sample.table("roster_rows_month2")}
    for change in changes:
        if change["kind"] == "move":
            assert change["from_commune"] != change["to_commune"] == where[change["truth_id"]]
            assert first[change["truth_id"]]["commune_code"] == change["from_commune"]
    assert {file["file"] for file in sample.rows}.isdisjoint(file["file"] for file in sample.table("roster_rows_month2"))
    assert all(second[who]["birth_date"] > "2026-10-10" for who in kinds["birth"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"as_of": date(2026, 7, 19)}, "2026-07-20 or later"),
        ({"people": 10}, "too few for 65 communes"),
        ({"month": 3}, "expected 1 or 2"),
        ({"month": 2}, "generate month 1"),
        ({"exams_until": AS_OF}, "expected a day after"),
        ({"weights": {"05977": 1.0}}, "missing 05983"),
    ],
)
def test_wrong_arguments_are_refused(tmp_path: Path, change: dict[str, object], message: str) -> None:
    arguments = {"slug": "lang_son", "people": 200, "seed": 1, "out": tmp_path / "landing", "as_of": AS_OF} | change
    with pytest.raises(ConfigurationError, match=message):
        generate(**arguments)  # type: ignore[arg-type]
    assert not (tmp_path / "landing").exists()


def test_two_samples_are_never_mixed(tmp_path: Path) -> None:
    generate("lang_son", 200, 1, tmp_path / "landing", AS_OF)
    with pytest.raises(ConfigurationError, match="belongs to another sample"):
        generate("lang_son", 200, 2, tmp_path / "landing", AS_OF)
