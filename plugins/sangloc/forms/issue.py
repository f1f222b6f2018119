"""Forms to be handed out: one for each unit, input and period that has begun and has not been reported."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from sangloc import audit, clock, deadlines, provinces
from sangloc.errors import ConfigurationError
from sangloc.forms.definition import Form
from sangloc.forms.writer import write_form
from sangloc.intake import keep_form
from sangloc.warehouse import sql, transaction


def issue_forms(slug: str) -> dict[str, int]:
    """Lay the empty form of every unit that owes figures into the unit's folder below `returned/forms`.

    A form that is there already and would be the same is left alone; one whose period before got other figures, or whose
    questions the profile changed, is written anew.

    Returns:
        forms: how many are owed; written: how many were laid down now.

    Raises:
        ConfigurationError: when the profile is wrong.
        RefusedInputError: when a folder may not be written.
        WarehouseError: when the database refuses a statement.
    """
    profile = provinces.load(slug)
    with transaction() as conn:
        rows = list(conn.execute(sql("forms/owed"), {"province": profile.code, "today": clock.today()}).mappings())
        forms = [form for form in (form_of(profile, row) for row in rows) if form is not None]
        before = _figures_before(conn, forms)
    written = sum(keep_form(slug, form.folder, form.file_name, write_form(form, before.get(_place(form)))) for form in forms)
    counts = {"forms": len(forms), "written": written}
    audit.note(**counts)
    return counts


def form_of(profile: provinces.Profile, row: Any) -> Form | None:
    """The form that a row of `forms/owed` stands for; None where the profile asks for it no more."""
    try:
        duty = profile.obligation(row["obligation"])
        period = deadlines.period_of_key(duty, row["period_key"])
    except ConfigurationError:
        return None
    owed = next((owed for owed in duty.inputs if owed.id == row["input"]), None)
    if owed is None:
        return None
    return Form(profile, duty, owed, period, row["unit_kind"], row["unit"], row["unit_name"], row["due_at"])


def figures_before(conn: Connection, form: Form) -> dict[str, Decimal]:
    """A unit's figures of the period before, by id."""
    return _figures_before(conn, [form]).get(_place(form), {})


def _figures_before(conn: Connection, forms: Iterable[Form]) -> dict[tuple[str, str, str, str], dict[str, Decimal]]:
    periods = {(form.duty.id, form.period.key): form for form in forms}
    found: dict[tuple[str, str, str, str], dict[str, Decimal]] = {}
    for (obligation, key), form in periods.items():
        before = deadlines.previous_period(form.duty, form.period)
        if before is None:
            continue
        asked = {"province": form.profile.code, "obligation": obligation, "period_key": before.key}
        for row in conn.execute(sql("forms/numbers"), asked):
            found.setdefault((obligation, key, row.input, row.unit), {})[row.figure] = row.value
    return found


def _place(form: Form) -> tuple[str, str, str, str]:
    return form.duty.id, form.period.key, form.owed.id, form.unit
