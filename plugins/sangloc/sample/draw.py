"""Random draws that stay the same for ever.

numpy promises the raw stream of a bit generator across its versions, but not what `Generator.integers` or `choice`
make of it. Everything here is computed from the raw stream, so that a sample has the same bytes on every machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def digest(*parts: object) -> int:
    """A 128-bit number that depends on nothing but the parts."""
    return int.from_bytes(hashlib.sha256("|".join(map(str, parts)).encode()).digest()[:16], "big")


class Draw:
    """A stream of draws named by its parts, for example `Draw("lang_son", 7, "05977", "people")`."""

    def __init__(self, *parts: object) -> None:
        self._bits = np.random.PCG64(digest(*parts))

    def uniform(self, count: int) -> Floats:
        """`count` numbers from 0 up to, not including, 1."""
        raw: NDArray[np.uint64] = np.asarray(self._bits.random_raw(count), dtype=np.uint64)
        return (raw >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def one(self) -> float:
        """One number from 0 up to, not including, 1."""
        return float(self.uniform(1)[0])

    def below(self, count: int, high: int | NDArray[Any]) -> Ints:
        """`count` whole numbers from 0 to `high` - 1; `high` may be an array of that length."""
        return np.floor(self.uniform(count) * high).astype(np.int64)

    def chance(self, count: int, probability: float | NDArray[Any]) -> Bools:
        """`count` answers, each true with the probability given (one for all or one for each)."""
        return np.asarray(self.uniform(count) < probability, dtype=np.bool_)

    def pick(self, count: int, weights: Sequence[float] | NDArray[Any]) -> Ints:
        """`count` positions in `weights`, drawn in proportion to them."""
        edges = np.cumsum(np.asarray(weights, dtype=np.float64))
        found = np.searchsorted(edges / edges[-1], self.uniform(count), side="right")
        return np.minimum(found, len(edges) - 1).astype(np.int64)

    def bell(self, count: int, mean: float | NDArray[Any], deviation: float | NDArray[Any]) -> Floats:
        """`count` numbers around `mean` with the standard deviation given, never further away than 3.5 of them."""
        total = self.uniform(count) + self.uniform(count) + self.uniform(count) + self.uniform(count)
        return np.asarray(mean + deviation * (total - 2.0) * 3.0**0.5, dtype=np.float64)

    def rounded(self, value: float) -> int:
        """`value` rounded up or down at random so that the mean is kept."""
        return int(value) + int(self.one() < value - int(value))
