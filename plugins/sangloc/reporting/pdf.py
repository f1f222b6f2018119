"""The PDF of a document, drawn by typst."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from sangloc import settings
from sangloc.errors import ConfigurationError

# Archives want PDF/A; this level embeds fonts and forbids what ages badly.
STANDARD: Literal["a-2b"] = "a-2b"


def draw(document: dict[str, Any], taken_at: datetime) -> bytes:
    """The document as PDF/A, with the project's own fonts embedded.

    Args:
        document: what `content.build` made.
        taken_at: becomes the PDF's creation time, so that the same snapshot gives the same bytes.

    Raises:
        ConfigurationError: when layout.typ is wrong or the fonts are missing.
    """
    import typst

    folder = settings.include() / "templates" / "reports"
    fonts: list[Path] = [settings.include() / "fonts"]
    if not any(fonts[0].glob("*.ttf")):
        raise ConfigurationError("include/fonts holds no font; the PDF cannot be drawn")
    try:
        drawn = typst.compile(
            folder / "layout.typ",
            root=folder,
            font_paths=fonts,
            ignore_system_fonts=True,
            format="pdf",
            sys_inputs={"document": json.dumps(document, ensure_ascii=False)},
            timestamp=int(taken_at.timestamp()),
            pdf_standards=STANDARD,
        )
    except typst.TypstError as error:
        raise ConfigurationError(f"include/templates/reports/layout.typ: {error.message}") from None
    assert isinstance(drawn, bytes)
    return drawn
