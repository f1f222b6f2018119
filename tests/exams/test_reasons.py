"""What a reason is called in reports."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

import sangloc
from sangloc import settings
from sangloc.reporting import content

# Sentences that say more than their reason code does, or stand in the grid.
SENTENCES = {
    "spreadsheet_too_large", "spreadsheet_cells", "spreadsheet_password", "text_too_large", "line_too_long",
    "exam_format_unknown", "form_too_large", "form_format_unknown",
}  # fmt: skip
# Why a list waits for an officer: nothing of it is rejected.
WAITING = {
    "wrong_commune", "wrong_commune_people", "wrong_province", "older_period", "people_fell", "people_grew", "many_rejected",
    "many_repeated",
}  # fmt: skip
# Said of rows that were accepted.
REMARKS = {
    "citizen_id_placeholder", "citizen_id_old_kept_out", "citizen_id_sex", "citizen_id_birth_year", "citizen_id_prefix",
    "age_implausible", "name_unusual", "guardian_is_self", "guardian_id_unreadable", "insurance_no_unreadable",
    "phone_unreadable", "ethnic_unknown", "residence_unknown", "group_unknown", "text_cut", "citizen_id_taken",
    "leaver_elsewhere",
}  # fmt: skip


def test_every_reason_of_a_reject_has_a_name_in_reports() -> None:
    text = (settings.include() / "intake" / "reasons.yaml").read_text(encoding="utf-8")
    reasons = {name.removesuffix("_short") for name in yaml.safe_load(text)["reasons"]}
    assert reasons - SENTENCES - WAITING - REMARKS - set(content.labels()["reason"]) == set()


def test_every_reason_exams_are_refused_for_has_a_sentence_and_a_name() -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for area in ("exams", "intake")
        for path in (Path(sangloc.__file__).parent / area).rglob("*.py")
    )
    raised = set(re.findall(r'(?:UnreadableFileError|FileRefused|reject)\((?:"[A-Z_]+", )?"([a-z0-9_]+)"', code))
    assert {"xml_dtd", "json_invalid", "base64_invalid", "record_too_large", "ma_lk_reused", "exam_date_future"} <= raised
    assert raised <= set(content.labels()["reason"])
