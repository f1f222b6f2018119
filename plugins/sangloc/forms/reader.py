"""Forms that came back: what they answer, and what in them is wrong. Nothing of a file is trusted but what it shows."""

from __future__ import annotations

import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from sangloc.errors import RefusedInputError
from sangloc.forms.definition import ANSWER, CODE, CONTENT, KEY_SHEET, SHEET, THIS_PERIOD, check_value
from sangloc.intake import FileRefused, Grid, nfc, read_grids, reason_message
from sangloc.provinces import ManualFigure
from sangloc.reporting import words
from sangloc.reporting.incident import refuse_personal
from sangloc.roster.returned import unguarded_text

# A form has about 100 kB and some hundred cells.
MOST_BYTES = 5_000_000
MOST_UNPACKED = 10_000_000
MOST_CELLS = 200_000
# Of what came in a cell that is given back.
_LONGEST_RAW = 4000

_WHOLE = re.compile(r"[0-9]{1,15}")
# One sign parts all groups; 0.955 has none.
_GROUPED = re.compile(r"[1-9][0-9]{0,2}([. \u00a0\u202f])[0-9]{3}(?:\1[0-9]{3}){0,3}(?P<broken>,[0-9]{1,10})?")
_BROKEN = re.compile(r"[0-9]{1,15}[,.][0-9]{1,10}")


@dataclass(frozen=True)
class Fault:
    """What is wrong in one cell. `figure`: its id, empty where the form has none such; `row` from 1, 0 where it is missing."""

    row: int
    figure: str
    reason: str
    message: str
    raw: str = ""


@dataclass(frozen=True)
class Cell:
    """What stands in the cell of an answer. `place` names sheet, row and column as whoever opens the file sees them."""

    row: int
    place: str
    value: Any
    is_formula: bool


@dataclass
class Filled:
    """A form as it came: whose it is, and its answers by id, not yet checked.

    `kind`, `version` and `province` are empty in a copy without the hidden key. `strays` are rows with an answer that the
    form does not have.
    """

    obligation: str
    period: str
    input: str
    unit: str
    province: str = ""
    kind: str = ""
    version: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    rows: list[tuple[str, Cell]] = field(default_factory=list)

    @property
    def code(self) -> str:
        """As `Form.code`."""
        return "/".join((self.obligation, self.period, self.input, self.unit))


@dataclass(frozen=True)
class Answers:
    """The answers of a form that are right, by id, and the faults."""

    values: dict[str, Decimal | str]
    faults: list[Fault]


def read_form(content: bytes) -> Filled:
    """A form as it came.

    Args:
        content: the file, of any kind.

    Raises:
        FileRefused: when it is no form: another kind of file, too large, with a macro or a password, damaged, a key that
            was changed, or a key and a visible code that differ.
    """
    if len(content) > MOST_BYTES:
        raise FileRefused("unreadable", message="form_too_large")
    if not content.startswith(b"PK"):
        raise FileRefused("format_unknown", message="form_format_unknown")
    _refuse_macros(content)
    grids = read_grids(content, MOST_UNPACKED, MOST_CELLS)
    key = next((grid for grid in grids if grid.name == KEY_SHEET), None)
    page, code = _page(grids)
    if key is None:
        parts = code.split("/")
        if len(parts) != 4:
            raise FileRefused("form_unknown")
        filled = Filled(parts[0], parts[1], parts[2], parts[3])
    else:
        filled = _of_key(key)
        if code and code != filled.code:
            raise FileRefused("form_code_differs")
    filled.rows = list(_answers(page, _sheet_name(page, grids)))
    if not filled.rows:
        raise FileRefused("form_unknown")
    return filled


def _refuse_macros(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = [name.lower() for name in archive.namelist()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise FileRefused("unreadable") from None
    if any("vbaproject" in name or "macrosheets" in name for name in names):
        raise FileRefused("form_macro")


def _page(grids: Sequence[Grid]) -> tuple[Grid, str]:
    """The sheet that was filled in, and the code that stands in it (empty where it was deleted)."""
    for grid in grids:
        if not grid.visible:
            continue
        for row in grid.rows:
            texts = [_text(value) for value in row]
            if any(_folded(text) == _folded(CODE) for text in texts):
                place = next(place for place, text in enumerate(texts) if _folded(text) == _folded(CODE))
                return grid, next(filter(None, texts[place + 1 :]), "")
    for grid in grids:
        if grid.visible and any(_columns(row) for row in grid.rows):
            return grid, ""
    raise FileRefused("form_unknown")


def _of_key(grid: Grid) -> Filled:
    cells = [_text(row[0]) if row else "" for row in grid.rows[:2]]
    if len(cells) < 2 or check_value(cells[0]) != cells[1] or grid.formulas:
        raise FileRefused("form_key_broken")
    try:
        found = json.loads(cells[0])
        texts = {name: found[name] for name in ("province", "obligation", "period", "input", "unit", "unit_kind", "form")}
        labels = {_folded(label): name for name, label, _ in found["figures"]}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise FileRefused("form_key_broken") from None
    if not all(isinstance(text, str) and text.isprintable() for text in (*texts.values(), *labels.values())):
        raise FileRefused("form_key_broken")
    return Filled(
        obligation=texts["obligation"],
        period=texts["period"],
        input=texts["input"],
        unit=texts["unit"],
        province=texts["province"],
        kind=texts["unit_kind"],
        version=texts["form"],
        labels=labels,
    )


def _columns(row: Sequence[Any]) -> tuple[int, int] | None:
    """Where a row of headings has the label and the answer."""
    texts = [_folded(_text(value)) for value in row]
    if _folded(CONTENT) not in texts:
        return None
    for heading in (THIS_PERIOD, ANSWER):
        if _folded(heading) in texts:
            return texts.index(_folded(CONTENT)), texts.index(_folded(heading))
    return None


def _sheet_name(page: Grid, grids: Sequence[Grid]) -> str:
    """What a message calls a sheet: names that somebody else gave it may be anything."""
    if page.name == SHEET:
        return f"trang “{SHEET}”"
    return f"trang tính thứ {next(place for place, grid in enumerate(grids, start=1) if grid is page)}"


def _answers(grid: Grid, sheet: str) -> Iterator[tuple[str, Cell]]:
    """Every row below a row of headings: its label and what stands in the cell of the answer."""
    from xlsxwriter.utility import xl_col_to_name

    columns = None
    for number, row in enumerate(grid.rows):
        found = _columns(row)
        if found:
            columns = found
        elif columns and max(columns) < len(row) and _text(row[columns[0]]):
            place = f"{sheet}, dòng {number + 1}, cột {xl_col_to_name(columns[1])}"
            yield _text(row[columns[0]]), Cell(number + 1, place, row[columns[1]], (number, columns[1]) in grid.formulas)


def read_answers(filled: Filled, figures: Sequence[ManualFigure]) -> Answers:
    """The answers of a form by what is asked today. A figure that is asked no more is passed over.

    Args:
        filled: as `read_form` gives it.
        figures: what the unit is asked.
    """
    known = {figure.id: figure for figure in figures}
    labels = {_folded(figure.name_vi): figure.id for figure in figures}
    values: dict[str, Decimal | str] = {}
    faults: list[Fault] = []
    seen: set[str] = set()
    for label, cell in filled.rows:
        name = filled.labels.get(_folded(label)) or labels.get(_folded(label))
        if name is None:
            if not _is_empty(cell):
                faults.append(_fault(cell, "", "form_row_unknown", ""))
            continue
        if name not in known:
            continue
        if name in seen:
            if not _is_empty(cell):
                faults.append(_fault(cell, name, "form_row_repeated", known[name].name_vi))
                values.pop(name, None)
            continue
        seen.add(name)
        value = _checked(known[name], cell)
        if isinstance(value, Fault):
            faults.append(value)
        elif value is not None:
            values[name] = value
    if values or faults:
        faults += [
            Fault(0, figure.id, "form_required", reason_message("form_required", label=figure.name_vi))
            for figure in figures
            if figure.required and figure.id not in values and not any(fault.figure == figure.id for fault in faults)
        ]
    return Answers(values, faults)


def _checked(figure: ManualFigure, cell: Cell) -> Decimal | str | Fault | None:
    if cell.is_formula:
        return _fault(cell, figure.id, "form_formula", figure.name_vi, raw="")
    if _is_empty(cell):
        return None
    return _number(figure, cell) if figure.kind == "number" else _words(figure, cell)


def _number(figure: ManualFigure, cell: Cell) -> Decimal | Fault:
    value = _decimal(cell.value, figure)
    if value is None:
        example = "95,5 hoặc 1234,5" if figure.decimals else "12 hoặc 1234"
        return _fault(cell, figure.id, "form_not_a_number", figure.name_vi, example=example)
    value = value.normalize()
    signed = isinstance(cell.value, str) and "%" in cell.value
    if signed and figure.unit != "%":
        return _fault(cell, figure.id, "form_per_cent", figure.name_vi, unit=figure.unit or "")
    if figure.unit == "%" and 0 < value <= 1 and not signed:
        return _fault(cell, figure.id, "form_share", figure.name_vi)
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > figure.decimals:
        reason = "form_decimals" if figure.decimals else "form_not_whole"
        return _fault(cell, figure.id, reason, figure.name_vi, decimals=str(figure.decimals))
    most = float("inf") if figure.most is None else figure.most
    if not figure.least <= value <= most:
        return _fault(
            cell, figure.id, "form_out_of_range", figure.name_vi, least=_shown(figure.least), most=_shown(figure.most or 0)
        )
    return value


def _decimal(value: Any, figure: ManualFigure) -> Decimal | None:
    """The number that a cell means, if it means one; in text the comma parts decimals, as Vietnamese writes them."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        # What a spreadsheet computes with has 15 digits.
        text = f"{value:.15g}"
    elif isinstance(value, str):
        text = unicodedata.normalize("NFKC", unguarded_text(value)).strip().removesuffix("%").strip()
        if grouped := _GROUPED.fullmatch(text):
            if figure.decimals and not grouped["broken"] and text.count(".") == 1:
                # 1.234 may be a thousand or one and a bit.
                return None
            text = re.sub(r"[^0-9,]", "", text).replace(",", ".")
        elif _BROKEN.fullmatch(text):
            text = text.replace(",", ".")
        elif not _WHOLE.fullmatch(text):
            return None
    else:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _words(figure: ManualFigure, cell: Cell) -> str | Fault:
    text = _clean(unguarded_text(_raw(cell.value)))
    if len(text) > figure.longest:
        return _fault(cell, figure.id, "form_text_too_long", figure.name_vi, longest=words.number(figure.longest))
    try:
        refuse_personal(figure.id, text)
    except RefusedInputError:
        return _fault(cell, figure.id, "form_text_personal", figure.name_vi)
    return text


def _clean(text: str) -> str:
    return "\n".join(filter(None, (nfc(line) for line in re.split(r"[\r\n]+|_x000[dD]_", text))))


def _is_empty(cell: Cell) -> bool:
    return not cell.is_formula and not any(map(str.isalnum, _text(cell.value)))


def _raw(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value)


def _text(value: Any) -> str:
    return nfc(_raw(value))


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _shown(value: float) -> str:
    return words.number(value, 0 if float(value).is_integer() else 2)


def _fault(cell: Cell, figure: str, reason: str, label: str, raw: str | None = None, **details: str) -> Fault:
    kept = _raw(cell.value)[:_LONGEST_RAW] if raw is None else raw
    return Fault(cell.row, figure, reason, reason_message(reason, label=label, place=cell.place, **details), kept)


def raw_of(fault: Fault, code: str) -> Mapping[str, str]:
    """A fault's value as the register of rejects keeps it, with the form it is from."""
    return {"form": code, "value": fault.raw}
