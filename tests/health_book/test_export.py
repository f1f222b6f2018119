"""A book as a FHIR Bundle: valid, complete, and readable by its owner only."""

from __future__ import annotations

import json
import stat
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sangloc import cli
from sangloc.errors import RefusedInputError
from sangloc.health_book import bundle, export_book, merge_people

SID = "http://fhir.ehealth.gov.vn/core/sid/"


@pytest.fixture
def person(world: Any) -> int:
    one = int(
        world.person("Hoàng Văn Thí", "020088000003", insurance_no="GD4202012345678", phone="0900000001", village="Bản Thử")
    )
    exam = world.exam(main_icd="I10", result_class=2)
    world.put(exam, one)
    findings = [("HUYET_AP", "120/80", None), ("CHI_SO_BMI", "21.5", None), ("KET_LUAN", "Khỏe\x07 mạnh", "too_long")]
    findings += [("RONG", "", None), ("MA", "007", None)]
    for ordinal, (code, value, problem) in enumerate(findings):
        world.db.execute(
            "INSERT INTO exam.finding (encounter_id, ordinal, part, code, value, problem) VALUES (%s, %s, 'XML10', %s, %s, %s)",
            [exam, ordinal, code, value, problem],
        )
    return one


def resources(made: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [one["resource"] for one in made["entry"] if one["resource"]["resourceType"] == kind]


def test_the_bundle_is_valid_fhir_and_its_references_lead_somewhere(world: Any, person: int) -> None:
    from fhir.resources.R4B.bundle import Bundle

    made = bundle(person, "officer")
    Bundle.model_validate(made)
    addresses = {one["fullUrl"] for one in made["entry"]}
    assert len(addresses) == len(made["entry"]) == 10
    text = json.dumps(made)
    references = {part.split('"')[0] for part in text.split('"reference": "')[1:]}
    assert references and references <= addresses
    # Whoever checks must be able to fail.
    made["entry"][0]["resource"]["gender"] = ["male"]
    with pytest.raises(ValueError, match="gender"):
        Bundle.model_validate(made)


def test_the_patient_has_the_drafts_identifiers(world: Any, person: int) -> None:
    (patient,) = resources(bundle(person, "officer"), "Patient")
    assert {(one["system"], one["value"]) for one in patient["identifier"]} == {
        (f"{SID}patient-internal-id", str(person)),
        (f"{SID}national_id", "020088000003"),
        (f"{SID}insurance_number", "GD4202012345678"),
    }
    assert patient["name"] == [{"use": "official", "text": "Hoàng Văn Thí", "family": "Hoàng", "given": ["Văn", "Thí"]}]
    assert (patient["birthDate"], patient["gender"]) == ("1988-05-20", "male")


def test_an_old_number_and_a_birth_year(world: Any) -> None:
    one = world.person("Hoàng", "080000001", date(1950, 1, 1), birth_precision="year", sex=3)
    world.put(world.exam(), one)
    (patient,) = resources(bundle(one, "officer"), "Patient")
    assert patient["identifier"][1] == {"system": f"{SID}citizen_id", "value": "080000001"}
    assert (patient["birthDate"], patient["gender"], patient["name"][0]["family"]) == ("1950", "unknown", "Hoàng")


def test_every_finding_is_an_observation(world: Any, person: int) -> None:
    made = bundle(person, "officer")
    found = {one["code"]["coding"][0]["code"]: one for one in resources(made, "Observation")}
    assert found["CHI_SO_BMI"]["valueQuantity"] == {"value": 21.5}
    assert found["HUYET_AP"]["valueString"] == "120/80"
    assert found["MA"]["valueString"] == "007"
    assert (found["KET_LUAN"]["valueString"], found["KET_LUAN"]["note"]) == ("Khỏe  mạnh", [{"text": "too_long"}])
    assert "dataAbsentReason" in found["RONG"]
    assert found["PHAN_LOAI_SK"]["valueInteger"] == 2
    assert found["MA"]["code"]["coding"][0]["system"] == "urn:sangloc:finding:QD2062:XML10"
    (condition,) = resources(made, "Condition")
    assert condition["code"]["coding"][0]["code"] == "I10"


def test_a_newer_version_about_somebody_else_is_not_in_the_book(world: Any, person: int) -> None:
    def shown() -> dict[str, Any]:
        (one,) = resources(bundle(person, "officer"), "Encounter")
        return one

    first = shown()["id"]
    same = world.exam(ma_lk="L-1")
    assert shown()["id"] == str(same) != first
    # Until the next linkage the entry is still that of the first version.
    world.exam("Lý Thị Ví", "020188000004", date(1970, 2, 3), ma_lk="L-1", result_class=5)
    assert shown()["id"] == first


def test_a_merged_persons_book_and_one_of_somebody_who_left(world: Any, person: int) -> None:
    other = world.person(number="020088000004")
    merge_people(person, other, "officer")
    assert resources(bundle(other, "officer"), "Patient")[0]["id"] == str(person)
    world.db.execute(
        "INSERT INTO roster.person_past (person_id, province_code, commune_code, full_name, name_key, name_fold, birth_date,"
        " birth_precision, sex, residence, change, refresh_id, end_reason, end_refresh_id) SELECT person_id, province_code,"
        " commune_code, full_name, name_key, name_fold, birth_date, birth_precision, sex, residence, change, refresh_id,"
        " 'left', refresh_id FROM roster.person WHERE person_id = %s",
        [person],
    )
    world.db.execute("DELETE FROM roster.person WHERE person_id = %s", [person])
    assert len(resources(bundle(person, "officer"), "Encounter")) == 1


def test_the_command_writes_a_file_for_its_owner_only(
    world: Any, person: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "book.json"
    assert cli.main(["export-book", str(person), str(path)]) == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text(encoding="utf-8"))["resourceType"] == "Bundle"
    printed = capsys.readouterr()
    assert "1 exams" in printed.out and "Hoàng" not in printed.out + printed.err
    assert cli.main(["export-book", str(person), str(path)]) == cli.REFUSED
    assert cli.main(["export-book", "9999", str(tmp_path / "other.json")]) == cli.REFUSED
    assert not (tmp_path / "other.json").exists()
    rows = world.all("SELECT task_id, outcome, facts FROM audit.event ORDER BY seq")
    assert rows[0] == ("export_book", "exported", {"exams": 1})


def test_a_book_goes_over_no_other_file_and_through_no_link(world: Any, person: int, tmp_path: Path) -> None:
    (tmp_path / "target").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with pytest.raises(RefusedInputError):
        export_book(person, tmp_path / "link", "officer")
    assert (tmp_path / "target").read_text() == "x"
