"""The small pieces of the sample: numbers, spellings, sizes, data files."""

from __future__ import annotations

import csv
import unicodedata

import numpy as np
import pytest

from sangloc import settings
from sangloc.errors import ConfigurationError
from sangloc.sample import reference
from sangloc.sample.draw import Draw
from sangloc.sample.numbers import NumberSpace
from sangloc.sample.province import sizes
from sangloc.sample.text import name_key, tone_moved, without_diacritics


@pytest.mark.parametrize(
    ("name", "moved"),
    [
        ("Nguyễn Thị Hòa", "Nguyễn Thị Hoà"),
        ("Trần Văn Thủy", "Trần Văn Thuỷ"),
        ("Phạm Đình Khỏe", "Phạm Đình Khoẻ"),
        ("Lê Văn Hoàn", "Lê Văn Hoàn"),
        ("Vũ Đức Quý", "Vũ Đức Quý"),
        ("Ma Seo Chu", "Ma Seo Chu"),
    ],
)
def test_tone_mark_moves_only_where_two_spellings_exist(name: str, moved: str) -> None:
    assert tone_moved(name) == moved
    assert name_key(name) == name_key(moved.upper()) == name_key(unicodedata.normalize("NFD", f" {moved}  "))


def test_diacritics_count_in_the_key_but_not_without_them() -> None:
    assert name_key("Nguyễn Thị Hoa") != name_key("Nguyễn Thị Hòa")
    assert without_diacritics("Đặng Thị Ước") == "Dang Thi Uoc"


def test_a_mistyped_number_is_nobodys() -> None:
    space = NumberSpace(seed=4, communes=114)
    prefix = np.full(3_000, 31)
    sex, year = np.tile([1, 2], 1_500), np.repeat(np.arange(1950, 2010), 50)
    everybody = {number for commune in (0, 57, 113) for number in space.assign(commune, prefix, sex, year)}
    assert len(everybody) == 9_000
    draw = Draw("typo")
    for number in sorted(everybody)[::90]:
        wrong, swapped = space.mistyped(number, draw, swap=False), space.mistyped(number, draw, swap=True)
        assert wrong not in everybody and swapped not in everybody
        assert sum(a != b for a, b in zip(number, wrong, strict=True)) == 1
        assert sum(a != b for a, b in zip(number, swapped, strict=True)) <= 2
        assert space.nobodys(wrong) and not space.nobodys(number)


def test_a_commune_that_runs_out_of_numbers_says_so() -> None:
    space = NumberSpace(seed=1, communes=100)
    many = np.full(5_001, 1)
    with pytest.raises(ConfigurationError, match="ask for fewer people"):
        space.assign(0, many * 20, many, many * 1990)


def test_draws_are_the_same_for_ever() -> None:
    # Written down once: a change of these numbers means that every sample changes.
    draw = Draw("lang_son", 7, "people")
    assert draw.below(6, 1_000).tolist() == DRAWN
    assert Draw("a").uniform(3).tolist() != Draw("b").uniform(3).tolist()


DRAWN = [67, 515, 240, 516, 53, 207]


def test_sizes_are_exact_and_skewed() -> None:
    shared = sizes({"a": 1.0, "b": 2.0, "c": 7.0}, 1_003)
    assert shared == {"a": 101, "b": 201, "c": 701}
    assert sum(sizes({str(n): 1.0 + n for n in range(65)}, 20_000).values()) == 20_000


def test_names_are_well_formed() -> None:
    for group in reference.names():
        words = [
            *group.surnames,
            *(w for side in group.given for w in side),
            *(w for s in group.middle for e in s for w in e),
        ]
        for word in words:
            assert word == unicodedata.normalize("NFC", word) == word.strip()
            assert word[0].isupper()
        for side in group.given:
            assert len(set(side)) == len(side)
    codes = [group.code for group in reference.names()]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("slug", ["hai_phong", "lang_son", "thai_nguyen"])
@pytest.mark.parametrize("urban", [True, False])
def test_areas_name_known_ethnic_groups(slug: str, urban: bool) -> None:
    known = {group.label for group in reference.names()}
    for code in ("02000", "05500", "10600", "11900"):
        area = reference.area(slug, code, urban)
        assert set(area.ethnic) <= known
        assert abs(sum(area.ethnic.values()) - 100) < 0.5
        assert all(len(prefix) == 3 and 1 <= int(prefix) <= 96 for prefix in area.prefixes)


def test_unknown_province_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no province 'ha_noi'"):
        reference.area("ha_noi", "00001", True)


def test_field_tables_are_complete() -> None:
    folder = settings.include() / "code_sets"
    with (folder / "qd2062_fields.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    count = {form: sum(row["form"] == form for row in rows) for form in ("2062_U6", "2062_6_18", "2062_18", "2062_P3_XML1")}
    assert count == {"2062_U6": 109, "2062_6_18": 87, "2062_18": 123, "2062_P3_XML1": 66}
    assert all(row["source"] and row["certainty"] in ("verified", "second-hand") for row in rows)
    with (folder / "codes.csv").open(encoding="utf-8", newline="") as handle:
        codes = list(csv.DictReader(handle))
    assert all(row["source"] and row["certainty"] for row in codes)
    fourteen = {row["decision"]: row["label_vi"] for row in codes if row["code_list"] == "DOI_TUONG" and row["code"] == "14"}
    assert fourteen["1551"] != fourteen["2062"]
