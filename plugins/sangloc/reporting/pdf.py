"""The PDF of a document and the pictures of its charts, drawn by typst."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from sangloc import settings
from sangloc.errors import ConfigurationError
from sangloc.reporting.wording import Block

# Archives want PDF/A; this level embeds fonts and forbids what ages badly.
STANDARD: Literal["a-2b"] = "a-2b"
# Fine enough for the smallest numbers of a map in print.
DOTS_PER_INCH = 200.0


def draw(document: dict[str, Any], taken_at: datetime) -> bytes:
    """The document as PDF/A, with the project's own fonts embedded.

    Args:
        document: what `content.build` made.
        taken_at: becomes the PDF's creation time, so that the same snapshot gives the same bytes.

    Raises:
        ConfigurationError: when layout.typ is wrong or the fonts are missing.
    """
    text = json.dumps({key: part for key, part in document.items() if key != "annex"}, ensure_ascii=False)
    drawn = _compile("layout.typ", {"document": text}, "pdf", timestamp=int(taken_at.timestamp()), pdf_standards=STANDARD)
    assert isinstance(drawn, bytes)
    return drawn


def pictures(blocks: Sequence[Block]) -> list[bytes]:
    """Charts and maps as PNG, as wide as the text of a document, in the order of the blocks.

    Raises:
        ConfigurationError: when picture.typ is wrong or the fonts are missing.
    """
    if not blocks:
        return []
    drawn = _compile("picture.typ", {"blocks": json.dumps(blocks, ensure_ascii=False)}, "png", ppi=DOTS_PER_INCH)
    return [drawn] if isinstance(drawn, bytes) else list(drawn)


def _compile(name: str, inputs: dict[str, str], kind: Literal["pdf", "png"], **options: Any) -> bytes | list[bytes]:
    import typst

    folder = settings.include() / "templates" / "reports"
    fonts: list[Path] = [settings.include() / "fonts"]
    if not any(fonts[0].glob("*.ttf")):
        raise ConfigurationError("include/fonts holds no font; documents cannot be drawn")
    try:
        drawn: bytes | list[bytes] = typst.compile(
            folder / name,
            root=folder,
            font_paths=fonts,
            ignore_system_fonts=True,
            format=kind,
            sys_inputs=inputs,
            **options,
        )
    except typst.TypstError as error:
        raise ConfigurationError(f"include/templates/reports/{name}: {error.message}") from None
    return drawn
