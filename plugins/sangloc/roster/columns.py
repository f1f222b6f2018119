"""Whole columns of a commune's list, read as `sangloc.intake.text` reads one cell, at the speed of Polars.

A column is split by patterns: what stands as it should (nearly everything) is taken by Polars, and Python is asked for each
*different* odd value once. Where both could answer they give the same, which the tests hold them to.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from sangloc.intake import clean_insurance_no, clean_phone, name_fold, name_key, nfc
from sangloc.intake.text import EARLIEST_YEAR, INVISIBLE, LOOKALIKES, SEPARATORS, SPACE, parse_birth_text
from sangloc.roster.labels import no_value, numbers

if TYPE_CHECKING:
    import polars as pl

_VOWELS = "aàáảãạăằắẳẵặâầấẩẫậeèéẻẽẹêềếểễệiìíỉĩịoòóỏõọôồốổỗộơờớởỡợuùúủũụưừứửữựyỳýỷỹỵđ"
LETTERS = "".join(sorted({*string.ascii_letters, *_VOWELS, *_VOWELS.upper()}))
# Text that `nfc` leaves as it is has nothing of this.
_UNCLEAN = rf"[^!-~{LETTERS} ]|^ |  | $"
_PLAIN_NAME = rf"^[{LETTERS}]+(?: [{LETTERS}]+)*$"

_SLASHED = r"^[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}$"
_ISO = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"

_CITIZEN_ID = r"^[0-9]{12}$"
_INSURANCE_NO = r"^([A-Z]{2}[1-5][0-9]{12}|[0-9]{12}|[0-9]{10})$"
_PHONE = r"^0[0-9]{9,10}$"

# Its last digits may be decimals, which are no part of a number of this kind.
_WITH_DECIMALS = r"[0-9]{7}[.,][0-9]{1,2}[^0-9]*$"
# A number cell of a spreadsheet as text: with its point, or with every digit in scientific notation.
_NUMBER_CELL = re.compile(r"'?([0-9]{8,12})[.,]0{1,2}")
_DECIMALS = re.compile(r"'?[0-9]{7,}[.,][0-9]{1,2}")
_SCIENTIFIC = re.compile(r"'?([0-9])[.,]([0-9]+)E\+?([0-9]{1,2})")
_PASSPORT = re.compile(r"[A-Z]{1,2}[0-9]{6,8}")

Remark = Literal[
    "", "citizen_id_invalid", "citizen_id_passport", "citizen_id_placeholder", "citizen_id_old_kept_out", "zeros_lost"
]


def different(values: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The different ones of the values, and for each value the place of its like among them."""
    import polars as pl

    numbers = values.cast(pl.Categorical(pl.Categories.random())).to_physical()
    first = numbers.arg_unique()
    return values.gather(first.gather(numbers.gather(first).arg_sort())), numbers


def by_unique(values: pl.Series, function: Callable[[str], Any], dtype: Any) -> pl.Series:
    """`function` of each value, asked once for each different one."""
    import polars as pl

    unique, places = different(values)
    return pl.Series(values.name, [function(value) for value in unique], dtype).gather(places)


def replaced(values: pl.Series, where: pl.Series, by: pl.Series | bool) -> pl.Series:
    """`values` with those at which `where` is true replaced by `by`, which holds as many, or one for all."""
    # Series.scatter changes the series itself.
    return values.clone().scatter(where.arg_true(), by)


def clean(values: pl.Series) -> pl.Series:
    """`sangloc.intake.nfc` of each text."""
    import polars as pl

    odd = values.str.contains(_UNCLEAN)
    if not odd.any():
        return values
    some = values.filter(odd)
    repaired = (
        some.str.replace_all(f"[{INVISIBLE}]+", "")
        .str.normalize("NFC")
        .str.replace_many(LOOKALIKES)
        .str.replace_all(f"[{SPACE}]+", " ")
        .str.strip_chars(" ")
    )
    # Polars and Python may know different editions of Unicode; within the letters of Vietnamese they agree.
    unsure = repaired.str.contains(_UNCLEAN)
    if unsure.any():
        repaired = replaced(repaired, unsure, by_unique(some.filter(unsure), nfc, pl.String))
    return replaced(values, odd, repaired)


def name_keys(names: pl.Series) -> tuple[pl.Series, pl.Series]:
    """`name_key` and `name_fold` of each clean name.

    Half the names of a commune are somebody else's too, and all are put together from a few thousand different words:
    each name, and of those each word, is asked for once.
    """
    import polars as pl

    unique, places = different(names)
    plain = unique.str.contains(_PLAIN_NAME)
    words = pl.select(pl.when(plain).then(unique).otherwise(pl.lit(""))).to_series().str.split(" ")
    vocabulary = words.explode().unique()
    made = []
    for name, function in (("name_key", name_key), ("name_fold", name_fold)):
        of_words = pl.Series([function(word) for word in vocabulary], dtype=pl.String)
        joined = words.list.eval(pl.element().replace_strict(vocabulary, of_words, return_dtype=pl.String)).list.join(" ")
        if not plain.all():
            joined = replaced(joined, ~plain, by_unique(unique.filter(~plain), function, pl.String))
        made.append(joined.gather(places).alias(name))
    return made[0], made[1]


def _days(texts: pl.Series, pattern: str, form: str) -> pl.Series:
    """Dates of the texts that have the pattern's form, none before `EARLIEST_YEAR`."""
    import polars as pl

    formed = texts.str.contains(pattern)
    if not formed.any():
        return pl.repeat(None, len(texts), dtype=pl.Date, eager=True)
    made = pl.select(pl.when(formed).then(texts.str.to_date(form, strict=False))).to_series()
    return made.set(made.dt.year() < EARLIEST_YEAR, None)


def birth_dates(texts: pl.Series, today: date) -> tuple[pl.Series, pl.Series]:
    """`parse_birth_text` of each clean text: dates, and how much of each is known; both null where there is none."""
    import polars as pl

    made = _days(texts, _SLASHED, "%d/%m/%Y")
    precision = pl.select(pl.when(made.is_not_null()).then(pl.lit("day"))).to_series()
    odd = made.is_null() & (texts != "")
    if odd.any():
        some = texts.filter(odd)
        read = _days(some, _ISO, "%Y-%m-%d").fill_null(_days(some.str.replace_all(r"[.\-]", "/"), _SLASHED, "%d/%m/%Y"))
        made = replaced(made, odd, read)
        precision = replaced(precision, odd, pl.select(pl.when(read.is_not_null()).then(pl.lit("day"))).to_series())
        odd = made.is_null() & (texts != "")
    if odd.any():
        some = texts.filter(odd)
        parsed = {text: parse_birth_text(text, today) or (None, None) for text in some.unique()}
        made = replaced(made, odd, by_unique(some, lambda text: parsed[text][0], pl.Date))
        precision = replaced(precision, odd, by_unique(some, lambda text: parsed[text][1], pl.String))
    return made.alias("birth_date"), precision.alias("birth_precision")


def _without_separators(values: pl.Series, good: str) -> tuple[pl.Series, pl.Series]:
    """The values without what people put between digits where that makes them `good`, and which ones then are not.

    The country's code of a telephone number becomes its zero.
    """
    import polars as pl

    odd = (values != "") & ~values.str.contains(good)
    if not odd.any():
        return values, odd
    some = values.filter(odd)
    bare = some.str.replace_all(f"[{SEPARATORS}]+", "").str.to_uppercase().str.replace(r"^\+84", "0")
    fine = bare.str.contains(good) & ~some.str.contains(_WITH_DECIMALS)
    kept = pl.select(pl.when(fine).then(bare).otherwise(some)).to_series()
    return replaced(values, odd, kept), replaced(odd, odd, ~fine)


def read_citizen_id(text: str) -> tuple[str | None, Remark]:
    """A personal number as people type it: its 12 digits, or why there is none.

    With `zeros_lost` the number is a guess: ten or eleven digits, as a spreadsheet leaves them that took the number
    for a quantity. A number cell with its decimal point or exponent is no guess, as long as it shows every digit.
    The eight or nine digits of an old identity card (CMND) are a number of another kind.
    """
    text = nfc(text).upper()
    if not text:
        return None, ""
    if (cell := _NUMBER_CELL.fullmatch(text)) or ((cell := _SCIENTIFIC.fullmatch(text)) and int(cell[3]) == len(cell[2])):
        digits = "".join(cell.groups()[:2])
        digits = digits.zfill(12) if len(digits) in (10, 11) else digits
    elif _DECIMALS.fullmatch(text):
        return None, "citizen_id_invalid"
    else:
        digits = re.sub(f"[{SEPARATORS},]+", "", text)
    if no_value(digits) or no_value(text) or digits in numbers().placeholders:
        return None, "citizen_id_placeholder"
    if not (digits.isascii() and digits.isdigit()):
        return None, "citizen_id_passport" if _PASSPORT.fullmatch(digits) else "citizen_id_invalid"
    if len(digits) == 12:
        return digits, ""
    if len(set(digits)) == 1:
        return None, "citizen_id_placeholder"
    if len(digits) == 9 or (len(digits) == 8 and digits[0] != "0"):
        return None, "citizen_id_old_kept_out"
    if len(digits) in (10, 11) and digits[0] != "0":
        return digits.zfill(12), "zeros_lost"
    return None, "citizen_id_invalid"


def citizen_ids(values: pl.Series) -> tuple[pl.Series, pl.Series]:
    """`read_citizen_id` of each text: numbers (null where there is none) and remarks (null where there is none)."""
    import polars as pl

    texts, odd = _without_separators(values, _CITIZEN_ID)
    odd = odd | texts.is_in(list(numbers().placeholders))
    found = pl.select(pl.when(texts != "").then(texts).alias(values.name)).to_series()
    remarks = pl.repeat(None, len(values), dtype=pl.String, eager=True)
    if odd.any():
        some = texts.filter(odd)
        read = {text: read_citizen_id(text) for text in some.unique()}
        found = replaced(found, odd, by_unique(some, lambda text: read[text][0], pl.String))
        remarks = replaced(remarks, odd, by_unique(some, lambda text: read[text][1] or None, pl.String))
    return found, remarks


def insurance_nos(values: pl.Series) -> tuple[pl.Series, pl.Series]:
    """`clean_insurance_no` of each text (null where there is none), and whether there was something else instead."""
    return _numbers(values, _INSURANCE_NO, clean_insurance_no)


def phones(values: pl.Series) -> tuple[pl.Series, pl.Series]:
    """`clean_phone` of each text (null where there is none), and whether there was something else instead."""
    return _numbers(values, _PHONE, clean_phone)


def _numbers(values: pl.Series, good: str, read: Callable[[str], str | None]) -> tuple[pl.Series, pl.Series]:
    import polars as pl

    texts, odd = _without_separators(values, good)
    found = pl.select(pl.when(texts != "").then(texts).alias(values.name)).to_series()
    if not odd.any():
        return found, odd
    some = texts.filter(odd)
    made = by_unique(some, read, pl.String)
    unread = made.is_null() & ~by_unique(some, no_value, pl.Boolean)
    return replaced(found, odd, made), replaced(odd, odd, unread)
