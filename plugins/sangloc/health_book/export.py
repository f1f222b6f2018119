"""One health book as a FHIR R4 Bundle, with the identifier systems of the draft of vn-core (1.0.0, CI build).

No FHIR standard is in force nationally; the campaign's own format is that of QĐ 2062/QĐ-BYT. This export is for whoever
asks for FHIR. The draft's systems: national_id for the 12 digits, citizen_id for the old 9, insurance_number (type SB).
"""

from __future__ import annotations

import json
import os
import re
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sangloc import audit, clock
from sangloc.clock import VIETNAM
from sangloc.errors import RefusedInputError
from sangloc.health_book.ledger import event

SID = "http://fhir.ehealth.gov.vn/core/sid/"
TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"
CLASSES = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CATEGORIES = "http://terminology.hl7.org/CodeSystem/observation-category"
# Ours: the draft has no systems for what follows.
FINDINGS = "urn:sangloc:finding:"
RESULT_CLASS = "urn:sangloc:phan-loai-suc-khoe"
SOURCE = "urn:sangloc:exam-source"

_GENDERS = {1: "male", 2: "female", 3: "unknown"}
_NUMBER = re.compile(r"-?\d{1,12}(\.\d{1,6})?")
# FHIR's text has no control characters but these.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def export_book(person_id: int, path: Path, by: str) -> int:
    """Write a person's book as a FHIR R4 Bundle into a file that only its owner may read (mode 0600).

    Args:
        person_id: whose book; of a person merged into another one, that one's.
        path: a file that does not exist yet.
        by: user name, for the ledger.

    Returns:
        The number of exams in it.

    Raises:
        RefusedInputError: when the person has no book, or the file exists.
        WarehouseError: when the database refuses a statement.
    """
    made = bundle(person_id, by)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        raise RefusedInputError("the file exists already; a book is never written over another file") from None
    except OSError as error:
        raise RefusedInputError(f"the file cannot be written: {error.strerror}") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(made, file, ensure_ascii=False, indent=2)
        file.write("\n")
    return sum(entry["resource"]["resourceType"] == "Encounter" for entry in made["entry"])


def bundle(person_id: int, by: str) -> dict[str, Any]:
    """A person's book as a FHIR R4 Bundle of type collection, in JSON's types; the ledger keeps who asked for it.

    It holds the Patient, the Organizations that examined, and for each exam an Encounter with its Observations and, where
    a main diagnosis was coded, a Condition. A value that broke its table keeps the remark as a note.

    Args:
        person_id: whose book; of a person merged into another one, that one's.
        by: user name, for the ledger.

    Raises:
        RefusedInputError: when the person has no book.
        WarehouseError: when the database refuses a statement.
    """
    from sangloc.warehouse import sql, transaction

    with transaction(isolation="REPEATABLE READ") as conn:
        found = conn.execute(sql("health_book/export_person"), {"person_id": person_id}).mappings().one_or_none()
        if found is None:
            raise RefusedInputError(f"person {person_id} has no health book")
        person: dict[str, Any] = dict(found)
        rows = conn.execute(sql("health_book/export_exams"), {"book_id": person["book_id"]}).mappings()
        exams: list[dict[str, Any]] = [dict(row) for row in rows]
        ids = {"encounter_ids": [exam["encounter_id"] for exam in exams]}
        findings: dict[int, list[Mapping[str, Any]]] = {}
        for row in conn.execute(sql("health_book/export_findings"), ids).mappings():
            findings.setdefault(row["encounter_id"], []).append(dict(row))
        audit.seal(conn, event(by, "export_book", "exported", f"book-{person['book_id']}", exams=len(exams)))
    resources = [_patient(person), *_organizations(exams)]
    patient = _reference("Patient", str(person["person_id"]))
    for exam in exams:
        resources += _exam(exam, findings.get(exam["encounter_id"], []), patient)
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": clock.now().isoformat(timespec="seconds"),
        "entry": [{"fullUrl": _url(one["resourceType"], one["id"]), "resource": one} for one in resources],
    }


def _patient(person: Mapping[str, Any]) -> dict[str, Any]:
    family, _, given = person["full_name"].partition(" ")
    born = person["birth_date"].isoformat()
    made: dict[str, Any] = {
        "resourceType": "Patient",
        "id": str(person["person_id"]),
        "identifier": [
            {
                "type": {"coding": [{"system": TYPES, "code": "PI"}]},
                "system": f"{SID}patient-internal-id",
                "value": str(person["person_id"]),
            },
            *_numbers(person),
        ],
        "name": [_filled({"use": "official", "text": person["full_name"], "family": family, "given": given.split()})],
        "gender": _GENDERS[person["sex"]],
        "birthDate": born[: {"day": 10, "month": 7, "year": 4}[person["birth_precision"]]],
        "address": [
            _filled(
                {
                    "use": "home",
                    "text": ", ".join(part for part in (person["village"], person["commune"], person["province"]) if part),
                    "city": person["commune"],
                    "state": person["province"],
                    "country": "VN",
                }
            )
        ],
    }
    if person["phone"]:
        made["telecom"] = [{"system": "phone", "value": person["phone"]}]
    return made


def _numbers(person: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    if number := person["citizen_id"]:
        yield {"system": f"{SID}{'citizen_id' if len(number) == 9 else 'national_id'}", "value": number}
    if number := person["insurance_no"]:
        coding = {"coding": [{"system": TYPES, "code": "SB"}]}
        yield {"type": coding, "system": f"{SID}insurance_number", "value": number}


def _organizations(exams: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found = {exam["facility_code"]: exam["facility"] for exam in exams}
    return [
        {
            "resourceType": "Organization",
            "id": _id(code),
            "identifier": [{"system": f"{SID}provider-code", "value": code}],
            "name": name or code,
        }
        for code, name in sorted(found.items())
    ]


def _exam(exam: Mapping[str, Any], findings: Iterable[Mapping[str, Any]], patient: dict[str, str]) -> list[dict[str, Any]]:
    number, day = str(exam["encounter_id"]), exam["exam_date"].isoformat()
    of_exam = {"subject": patient, "encounter": _reference("Encounter", number)}
    encounter: dict[str, Any] = {
        "resourceType": "Encounter",
        "id": number,
        "meta": {"versionId": str(exam["version"])},
        "identifier": [
            {
                "type": {"coding": [{"system": TYPES, "code": "VN"}]},
                "system": f"urn:sangloc:ma-lk:{_id(exam['facility_code'])}",
                "value": exam["ma_lk"],
            }
        ],
        "status": "finished",
        "class": {"system": CLASSES, "code": "AMB"},
        "type": [{"coding": [{"system": SOURCE, "code": exam["source"]}]}],
        "subject": patient,
        "period": {"start": day, "end": exam["concluded_at"].astimezone(VIETNAM).isoformat(timespec="seconds")},
        "serviceProvider": _reference("Organization", _id(exam["facility_code"])),
    }
    made = [encounter]
    if icd := exam["main_icd"]:
        encounter["diagnosis"] = [{"condition": _reference("Condition", f"{number}-icd")}]
        made.append(
            {
                "resourceType": "Condition",
                "id": f"{number}-icd",
                "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": icd}]},
                "recordedDate": day,
                **of_exam,
            }
        )
    if exam["result_class"] is not None:
        values = {"code": {"coding": [{"system": RESULT_CLASS, "code": "PHAN_LOAI_SK"}]}, "valueInteger": exam["result_class"]}
        made.append(_observation(f"{number}-class", day, values | of_exam))
    for finding in findings:
        # The same name is coded differently in two editions of the format: the edition is part of the system.
        coding = {"system": f"{FINDINGS}{exam['code_set_version']}:{finding['part']}", "code": finding["code"]}
        values = {"code": {"coding": [coding]}, **_value(finding["value"]), **of_exam}
        if finding["problem"]:
            values["note"] = [{"text": finding["problem"]}]
        made.append(_observation(f"{number}-{finding['ordinal']}", day, values))
    return made


def _observation(identifier: str, day: str, values: Mapping[str, Any]) -> dict[str, Any]:
    category = [{"coding": [{"system": CATEGORIES, "code": "exam"}]}]
    fixed = {"resourceType": "Observation", "id": identifier, "status": "final", "category": category}
    return {**fixed, "effectiveDateTime": day, **values}


def _value(text: str) -> dict[str, Any]:
    if _NUMBER.fullmatch(text) and not re.fullmatch(r"-?0\d.*", text):
        return {"valueQuantity": {"value": float(text) if "." in text else int(text)}}
    clean = _UNPRINTABLE.sub(" ", text).strip()
    # FHIR knows no empty text.
    return {"valueString": clean} if clean else {"dataAbsentReason": {"text": "empty"}}


def _reference(kind: str, identifier: str) -> dict[str, str]:
    return {"reference": _url(kind, identifier)}


def _url(kind: str, identifier: str) -> str:
    """The same resource has the same address in every export."""
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'urn:sangloc:{kind}:{identifier}')}"


def _filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


def _id(code: str) -> str:
    """A code as FHIR allows it in an id."""
    return re.sub(r"[^A-Za-z0-9.\-]", "-", code)[:64]
