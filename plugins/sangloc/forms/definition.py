"""What a form asks, of whom and for which period, and the key by which it is known when it comes back."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from sangloc.deadlines import Period
from sangloc.provinces import Input, ManualFigure, Obligation, Profile

UNIT_KINDS = {
    "commune": "Xã, phường, đặc khu",
    "facility": "Cơ sở khám bệnh, chữa bệnh",
    "department": "Sở, ngành, tổ chức",
}
# A facility's code may be a commune's too.
_FACILITY_FOLDER = "cskcb_"

SHEET, GUIDE, KEY_SHEET = "Biểu số liệu", "Hướng dẫn", "sangloc"
# What stands in the form beside its code, and over the columns that are read.
CODE, CONTENT, THIS_PERIOD, ANSWER = "Mã biểu", "Nội dung", "Kỳ này", "Nội dung báo cáo"


def folder_of(unit_kind: str, unit: str) -> str:
    """The name of a unit's folder, the same below `submissions` and `returned/forms`."""
    return f"{_FACILITY_FOLDER}{unit}" if unit_kind == "facility" else unit


@dataclass(frozen=True)
class Form:
    """One form: an input of an obligation, for one period, owed by one unit."""

    profile: Profile
    duty: Obligation
    owed: Input
    period: Period
    unit_kind: str
    unit: str
    unit_name: str
    due_at: datetime

    @property
    def code(self) -> str:
        """What stands in the form for everybody to read."""
        return "/".join((self.duty.id, self.period.key, self.owed.id, self.unit))

    @property
    def figures(self) -> list[ManualFigure]:
        """What is asked, in the order of the input."""
        known = {figure.id: figure for figure in self.duty.manual_figures}
        return [known[name] for name in self.owed.figures]

    @property
    def version(self) -> str:
        """Of the layout: changes with every question and every check."""
        asked = [figure.model_dump(mode="json") for figure in self.figures]
        return hashlib.sha256(_canonical(asked).encode()).hexdigest()[:12]

    @property
    def folder(self) -> str:
        """The unit's folder."""
        return folder_of(self.unit_kind, self.unit)

    @property
    def file_name(self) -> str:
        """The name under which the empty form lies in the unit's folder."""
        return f"bieu_{self.duty.id}_{self.period.key}_{self.owed.id}.xlsx"

    @property
    def key(self) -> tuple[str, str]:
        """What the hidden sheet holds: the key as JSON, and its check value."""
        text = _canonical(
            {
                "province": self.profile.slug,
                "obligation": self.duty.id,
                "period": self.period.key,
                "input": self.owed.id,
                "unit_kind": self.unit_kind,
                "unit": self.unit,
                "form": self.version,
                "figures": [[figure.id, figure.name_vi, figure.kind] for figure in self.figures],
            }
        )
        return text, check_value(text)


def check_value(key: str) -> str:
    """The check value of a key: tells a damaged key from a whole one. It keeps nobody from writing another key."""
    return hashlib.sha256(f"sangloc\n{key}".encode()).hexdigest()[:16]


def _canonical(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
