"""Filled forms as units would send them: most of them, one with faults, some not at all."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from sangloc import deadlines, provinces
from sangloc.provinces import ManualFigure
from sangloc.sample.files import write

# The share of units that send nothing.
SILENT = 0.15
TEXTS = {
    "digital_platforms": "Đăng tin trên trang thông tin điện tử và nhóm cộng đồng của thôn; phát trên loa truyền thanh.",
    "priority_group_outreach": "Cán bộ y tế thôn đến từng nhà người cao tuổi, người khuyết tật để vận động.",
    "public_opinion": "Nhân dân đồng tình, mong được khám gần nhà.",
    "false_information": "Không phát hiện thông tin sai sự thật.",
    "difficulties": "Đường đến một số thôn còn khó đi trong mùa mưa.",
    "proposals": "Đề nghị bố trí thêm đội khám lưu động.",
}


@dataclass
class FormTruth:
    """What was written for one input of one period.

    `totals` adds up the numbers that are right, by figure id; `silent` are units without a form, `faulty` the unit whose
    form has a number that is none.
    """

    obligation: str
    period: str
    input: str
    sent: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    faulty: str = ""
    totals: dict[str, int] = field(default_factory=dict)


def write_forms(slug: str, landing: Path, day: date, seed: int, silent: float = SILENT) -> list[FormTruth]:
    """Lay filled forms for the periods that hold a day into `<landing>/<slug>/submissions/<unit>/`.

    Communes and departments only: which facilities there are, only the warehouse knows. The same arguments give the same
    files.

    Args:
        slug: the province.
        landing: the landing folder.
        day: of every obligation's period.
        seed: of the numbers, and of who sends nothing.
        silent: the share of units that send nothing; the first unit of each input always sends.

    Returns:
        What was written, by input.

    Raises:
        ConfigurationError: when the profile is wrong.
    """
    from sangloc.forms import Form, write_form

    profile = provinces.load(slug)
    truths = []
    for duty in profile.obligations:
        period = deadlines.period_at(duty, day)
        for owed in duty.inputs if period else []:
            assert period is not None
            units = {
                "communes": [(one.code, one.name) for one in provinces.communes(slug, period.ends)],
                "departments": [(one.id, one.name) for one in owed.units],
            }.get(owed.owed_by, [])
            kind = "commune" if owed.owed_by == "communes" else "department"
            truth = FormTruth(duty.id, period.key, owed.id)
            totals: Counter[str] = Counter()
            for place, (unit, name) in enumerate(units):
                chance = random.Random(f"{seed} {slug} {duty.id} {period.key} {owed.id} {unit}")
                if chance.random() < silent and place:
                    truth.silent.append(unit)
                    continue
                form = Form(profile, duty, owed, period, kind, unit, name, deadlines.input_due(owed, duty, period))
                answers = {figure.id: _answer(figure, chance) for figure in form.figures}
                numbers = {name: int(value) for name, value in answers.items() if isinstance(value, Decimal)}
                if kind == "commune" and not truth.faulty and numbers:
                    truth.faulty = unit
                    wrong = next(iter(numbers))
                    del numbers[wrong]
                    answers[wrong] = "nhiều"
                write(landing / slug / "submissions" / form.folder / form.file_name, write_form(form, answers=answers))
                truth.sent.append(unit)
                totals.update(numbers)
            truth.totals = dict(totals)
            truths.append(truth)
    return truths


def _answer(figure: ManualFigure, chance: random.Random) -> Decimal | str:
    if figure.kind == "text":
        return TEXTS.get(figure.id, "Không có.") if chance.random() < 0.5 else ""
    low, high = (80, 99) if figure.unit == "%" else (0, min(12, int(figure.most or 12)))
    return Decimal(chance.randint(low, high))
