"""Forms that units sent, into the warehouse: one transaction per form, everything of it or nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from sangloc import audit, clock, provinces
from sangloc.errors import RefusedInputError
from sangloc.forms.definition import Form, folder_of
from sangloc.forms.issue import figures_before, form_of
from sangloc.forms.reader import MOST_BYTES, Answers, Fault, Filled, raw_of, read_answers, read_form
from sangloc.forms.writer import write_form, write_refusal
from sangloc.intake import (
    FileGoneError,
    FileRefused,
    LandingFile,
    Reject,
    claim_file,
    file_sha256,
    finish_file,
    folders,
    has_unseen,
    keep_form,
    list_files,
    read_bytes,
    reason_message,
    refuse_file,
    register_file,
    save_rejects,
)
from sangloc.warehouse import sql, transaction

if TYPE_CHECKING:
    from sqlalchemy import Connection

_KIND: Final = "submissions"


def new_units(slug: str) -> list[dict[str, str]]:
    """Which units' folders have forms that are not loaded: new ones, and refused ones until a right one follows.

    Returns:
        `{"folder": …, "name": …}` for each, sorted. A folder that cannot be read is among them, so that its own loading
        says so and no other unit waits for it.

    Raises:
        RefusedInputError: when the folder of the submissions may not be read.
    """
    province = provinces.load(slug).code
    done = _settled(province)
    with transaction() as conn:
        names = {
            folder_of(row.unit_kind, row.unit): row.unit_name
            for row in conn.execute(sql("forms/names"), {"province": province})
        }
    return [
        {"folder": folder, "name": names.get(folder, folder)}
        for folder in folders(slug, _KIND)
        if has_unseen(slug, _KIND, folder, seen=done)
    ]


def take_in(slug: str, folder: str, run_id: str) -> dict[str, int]:
    """Take in every form of one unit's folder that is not loaded yet.

    Figures that are right count even when others of the same form are wrong; those go back as the form itself, with red
    cells and what is wrong. A form without any right figure is no report and is refused, like one that cannot be read, is
    another unit's or of a period that the unit owes nothing for. Of several forms the newest counts, whole. One that comes
    after its due time is taken all the same.

    Args:
        slug: the province's folder name.
        folder: the unit's, below `submissions`.
        run_id: the DAG run, written to `intake.file`.

    Returns:
        `forms` (taken now), `figures` and `faults` in them, `late` (of the forms).

    Raises:
        RefusedInputError: after all files were tried, when any was refused, now or before, and no later form of the unit
            was taken; names their ids and reasons. Every later call fails too until the file has gone or such a form came.
    """
    profile = provinces.load(slug)
    done = _settled(profile.code)
    totals: Counter[str] = Counter()
    hashes: list[str] = []
    # Why, by hash; by place for a file that cannot be read.
    refused: dict[str, str] = {}
    for file in list_files(slug, _KIND, folder):
        try:
            sha256 = file_sha256(file)
        except FileGoneError:
            continue
        except RefusedInputError as error:
            refused[file.path] = str(error)
            continue
        if sha256 in done:
            continue
        file_id, reason = _register(profile.code, file, folder, sha256, run_id)
        if file_id is not None:
            try:
                taken = _take(profile, file_id, file, folder, run_id)
            except FileGoneError:
                continue
            except FileRefused as refusal:
                reason = refusal.reason_code
                with transaction() as conn:
                    refuse_file(conn, file_id, reason, str(refusal))
                refused[sha256] = f"file {file_id} (sha256 {sha256[:12]}…): {reason}"
                continue
            if taken.refused:
                refused[sha256] = f"file {file_id} (sha256 {sha256[:12]}…): {taken.refused}"
                continue
            hashes.append(sha256)
            totals.update(forms=1, figures=taken.figures, faults=taken.faults, late=taken.late)
        elif reason:
            refused[sha256] = f"a form with sha256 {sha256[:12]}…: {reason}"
    give_back(slug, folder)
    counts = {key: totals[key] for key in ("forms", "figures", "faults", "late")}
    audit.note(rows=counts, files=hashes)
    settled = _settled(profile.code) if refused and hashes else set()
    left = [why for sha256, why in refused.items() if sha256 not in settled]
    if left:
        raise RefusedInputError(
            f"forms in {_KIND}/{folder} are refused until the unit sends a right one or they are taken away: " + "; ".join(left)
        )
    return counts


def _settled(province: str) -> set[str]:
    """Hashes of files that need no further look: loaded, or refused before a right one of the unit."""
    with transaction() as conn:
        return set(conn.execute(sql("forms/loaded_files"), {"province": province}).scalars())


def summarise(slug: str, run_id: str) -> dict[str, int]:
    """What a run took in, over all units, from the warehouse: the same however often its tasks were retried.

    Returns:
        `forms`, `refused`, `figures`, `faults` and `late`.
    """
    with transaction() as conn:
        row = conn.execute(sql("forms/summarise"), {"province": provinces.load(slug).code, "run_id": run_id}).one()
    counts = {key: int(value) for key, value in row._mapping.items()}
    audit.note(rows=counts)
    return counts


def _register(province: str, file: LandingFile, folder: str, sha256: str, run_id: str) -> tuple[int | None, str | None]:
    """The number of a file that has to be looked at, or why it was refused before."""
    now = clock.now()
    with transaction() as conn:
        entry = register_file(
            conn, province, "form", path=file.path, sha256=sha256, size_bytes=file.size, now=now, sender=folder, run_id=run_id
        )
        if entry.is_new:
            return entry.file_id, None
        again = {"file_id": entry.file_id, "path": file.path, "sender": folder, "now": now}
        if conn.execute(sql("forms/reopen"), again).scalar_one_or_none() is not None:
            return entry.file_id, None
    return None, entry.reason_code if entry.status == "refused" else None


@dataclass(frozen=True)
class _Taken:
    figures: int
    faults: int
    late: bool
    refused: str = ""


def _take(profile: provinces.Profile, file_id: int, file: LandingFile, folder: str, run_id: str) -> _Taken:
    if file.size > MOST_BYTES:
        raise FileRefused("unreadable", message="form_too_large")
    filled = read_form(read_bytes(file))
    if filled.province not in ("", profile.slug):
        raise FileRefused("form_other_unit")
    with transaction() as conn:
        if not claim_file(conn, file_id):
            raise FileGoneError(f"the landing file {file.label} was taken in by another process")
        form, submission = _owed(conn, profile, filled, folder)
        answers = read_answers(filled, form.figures)
        if not answers.values and not answers.faults:
            raise FileRefused("form_empty")
        rejects = [_reject(fault, form) for fault in answers.faults]
        if not answers.values:
            refuse_file(conn, file_id, "form_faulty", reason_message("form_faulty"), rows_read=len(rejects))
            save_rejects(conn, file_id, [Reject(0, "", "form_faulty", reason_message("form_faulty")), *rejects])
            return _Taken(0, len(rejects), False, "form_faulty")
        received_at: datetime = conn.execute(sql("forms/received_at"), {"file_id": file_id}).scalar_one()
        _insert(conn, form, submission, file_id, filled.version, answers, received_at)
        save_rejects(conn, file_id, rejects)
        finish_file(
            conn, file_id, rows_read=len(answers.values) + len(rejects), rows_accepted=len(answers.values),
            rows_rejected=len(rejects), now=clock.now(), run_id=run_id,
        )  # fmt: skip
    return _Taken(len(answers.values), len(rejects), received_at > form.due_at)


def _owed(conn: Connection, profile: provinces.Profile, filled: Filled, folder: str) -> tuple[Form, int]:
    """The form that was filled in, as the unit owes it.

    Raises:
        FileRefused: when it lies in another unit's folder, when the unit owes no such figures, or when the period has not
            begun.
    """
    asked = {
        "province": profile.code,
        "obligation": filled.obligation,
        "period_key": filled.period,
        "input": filled.input,
        "unit": filled.unit,
    }
    row = conn.execute(sql("forms/owed_by_unit"), asked).mappings().one_or_none()
    kind = row["unit_kind"] if row else filled.kind
    if folder not in ([folder_of(kind, filled.unit)] if kind else [folder_of("facility", filled.unit), filled.unit]):
        raise FileRefused("form_other_unit")
    form = form_of(profile, row) if row else None
    if row is None or form is None or filled.kind not in ("", form.unit_kind):
        raise FileRefused("form_not_owed")
    if row["period_from"] > clock.today():
        raise FileRefused("form_not_begun")
    return form, int(row["submission_id"])


def _insert(
    conn: Connection, form: Form, submission: int, file_id: int, version: str, answers: Answers, received_at: datetime
) -> None:
    place = {"submission": submission, "input": form.owed.id, "unit": form.unit, "received_at": received_at}
    made = conn.execute(sql("forms/insert_form"), place | {"file_id": file_id, "form_version": version or form.version}).one()
    conn.execute(
        sql("forms/insert_figures"),
        [
            {
                "form_id": made.form_id,
                "figure": figure,
                "value": value if isinstance(value, Decimal) else None,
                "value_text": value if isinstance(value, str) else None,
            }
            for figure, value in answers.values.items()
        ],
    )
    conn.execute(sql("forms/note_received"), place)


def _reject(fault: Fault, form: Form) -> Reject:
    return Reject(fault.row, fault.figure, fault.reason, fault.message, dict(raw_of(fault, form.code)))


def give_back(slug: str, folder: str) -> list[str]:
    """Lay a workbook into the unit's folder below `returned/forms` for each form that was refused or has faults, once.

    A form with faults goes back as the form itself: what was right is filled in, faulty cells are red and say what is
    wrong. Whoever dies between writing a workbook and noting it writes the same workbook again.

    Args:
        slug: the province's folder name.
        folder: the unit's.

    Returns:
        The names of the workbooks.

    Raises:
        RefusedInputError: the folder may not be written.
    """
    profile = provinces.load(slug)
    with transaction() as conn:
        files = conn.execute(sql("forms/files_to_return"), {"province": profile.code, "sender": folder}).all()
    names = []
    for file_id, path in files:
        with transaction() as conn:
            workbook = _returned(conn, profile, file_id, path.rpartition("/")[2])
        names.append(f"{file_id}-bieu-bi-tra-lai.xlsx")
        keep_form(slug, folder, names[-1], workbook)
        with transaction() as conn:
            conn.execute(sql("exams/note_returned"), {"file_id": file_id, "now": clock.now()})
    return names


def _returned(conn: Connection, profile: provinces.Profile, file_id: int, file_name: str) -> bytes:
    rows = conn.execute(sql("forms/rejects_of_file"), {"file_id": file_id}).all()
    faults = [Fault(row.row_number, row.column_name, row.reason_code, row.message, row.value or "") for row in rows if row.code]
    form = _form_of_code(conn, profile, next(row.code for row in rows if row.code)) if faults else None
    if form is None:
        return write_refusal(file_name, rows[0].message)
    right: dict[str, Any] = {
        row.figure: row.value if row.value is not None else row.value_text
        for row in conn.execute(sql("forms/figures_of_file"), {"file_id": file_id})
    }
    return write_form(form, figures_before(conn, form), right, faults)


def _form_of_code(conn: Connection, profile: provinces.Profile, code: str) -> Form | None:
    obligation, period, owed, unit = code.split("/")
    asked = {"province": profile.code, "obligation": obligation, "period_key": period, "input": owed, "unit": unit}
    row = conn.execute(sql("forms/owed_by_unit"), asked).mappings().one_or_none()
    return form_of(profile, row) if row else None
