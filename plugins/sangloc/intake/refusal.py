"""How a file is refused as a whole."""

from __future__ import annotations

from sangloc.errors import RefusedInputError
from sangloc.intake.registry import reason_message


class FileRefused(RefusedInputError):
    """A file that cannot be read as a whole. The message is Vietnamese, for its sender, and quotes nothing of the file.

    `column_name` holds the canonical names of missing columns, comma-separated, when that is the reason. `message`
    is the entry of `include/intake/reasons.yaml` to use when it says more than that of the reason code.
    """

    def __init__(self, reason_code: str, column_name: str = "", *, message: str = "", **details: str) -> None:
        super().__init__(reason_message(message or reason_code, **details))
        self.reason_code = reason_code
        self.column_name = column_name
