"""Personal numbers: unique by construction, also between communes that are generated apart.

A personal number has three digits for the old province (or country) of birth registration, one for century and sex, two
for the birth year and six at random (NĐ 137/2015/NĐ-CP, article 13; TT 07/2016/TT-BCA, article 7), no check digit.
Here the six digits are a scrambled serial number. Each commune owns one block of serials for each group of first six
digits and fills at most its lower half, so that any number can be told to belong to somebody or to nobody: a mistyped
number in this sample is never somebody else's.
"""

from __future__ import annotations

import numpy as np

from sangloc.errors import ConfigurationError
from sangloc.sample.draw import Draw, Ints, digest

SPACE = 10**6
STEP = 618_033
BACK = pow(STEP, -1, SPACE)


class NumberSpace:
    """The serials of one sample, shared out among `communes` communes."""

    def __init__(self, seed: int, communes: int) -> None:
        self.offset = digest("numbers", seed) % SPACE
        self.block = SPACE // communes

    def assign(self, commune: int, prefix: Ints, sex: Ints, year: Ints) -> list[str]:
        """One number for each person of a commune.

        Args:
            commune: position of the commune, from 0.
            prefix: first three digits as a number; `sex`: 1 male, 2 female; `year`: birth year, 1900 to 2399.

        Raises:
            ConfigurationError: when the commune has more people than numbers.
        """
        head = prefix * 1000 + ((year // 100 - 19) * 2 + (sex - 1)) * 100 + year % 100
        order = np.argsort(head, kind="stable")
        ordered = head[order]
        starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(head) else np.empty(0, np.int64)
        within = np.arange(len(head)) - np.repeat(starts, np.diff(np.r_[starts, len(head)]))
        if len(within) and int(within.max()) >= self.block // 2:
            raise ConfigurationError(
                f"the sample has only {self.block // 2} personal numbers for one commune, sex and birth year; "
                "ask for fewer people"
            )
        serial = np.empty(len(head), np.int64)
        serial[order] = commune * self.block + within
        tail = (serial * STEP + self._shift(head)) % SPACE
        return [f"{number:012d}" for number in (head * SPACE + tail).tolist()]

    def nobodys(self, number: str) -> bool:
        """Whether no person of the sample can have this number."""
        head, tail = int(number[:6]), int(number[6:])
        serial = (tail - int(self._shift(np.array([head]))[0])) * BACK % SPACE
        return serial % self.block >= self.block // 2

    def mistyped(self, number: str, draw: Draw, swap: bool) -> str:
        """The number with one of its last six digits wrong, or two neighbouring ones swapped if that can be done."""
        start, digit = int(draw.one() * 6), 1 + int(draw.one() * 9)
        for turn in range(6) if swap else ():
            at = 6 + (start + turn) % 5
            changed = number[:at] + number[at + 1] + number[at] + number[at + 2 :]
            if changed != number and self.nobodys(changed):
                return changed
        for turn in range(54):
            at, value = 6 + (start + turn) % 6, (int(number[6 + (start + turn) % 6]) + 1 + (digit + turn // 6) % 9) % 10
            changed = f"{number[:at]}{value}{number[at + 1 :]}"
            if changed != number and self.nobodys(changed):
                return changed
        raise ConfigurationError("the sample has no free personal number left; ask for fewer people")

    def _shift(self, head: Ints) -> Ints:
        return (head * 7919 + self.offset) % SPACE
