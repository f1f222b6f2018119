"""A mail's text as HTML: one source, so that whoever reads either reads the same.

The text is that of include/templates/mails: paragraphs with empty lines between, lists with `- `, a line of its own with `:` at
its end as a heading, `Words: https://…` as a button. Nothing is fetched from anywhere: no images, fonts or style sheets.
"""

from __future__ import annotations

import re
from html import escape

_PAGE = "margin:0;padding:0;background:#f2f4f6"
_CARD = (
    "max-width:640px;margin:0 auto;padding:20px 18px 28px;background:#ffffff;color:#1b1f24;overflow-wrap:anywhere;"
    "font:16px/1.5 -apple-system,'Segoe UI',Roboto,'Noto Sans',Arial,sans-serif"
)
_TITLE = "margin:0 0 18px;padding:0 0 12px;border-bottom:3px solid {colour};font-size:19px;line-height:1.35;color:{colour}"
_HEADING = "margin:20px 0 6px;font-size:16px;color:#0b4f6c"
_PARAGRAPH = "margin:0 0 12px"
_LIST = "margin:0 0 12px;padding:0 0 0 20px"
_ITEM = "margin:0 0 6px"
_NAME = "color:#4a5560"
_BUTTON = (
    "display:block;margin:16px 0;padding:13px 16px;border-radius:6px;background:#0b4f6c;color:#ffffff;font-weight:bold;"
    "text-align:center;text-decoration:none"
)
_LINK = "color:#0b4f6c"
_CALM, _ALARM = "#0b4f6c", "#a61b1b"
# What a mail cries out in its subject.
_ALARMING = re.compile(r"\b(QUÁ HẠN|TRẢ LẠI|KHÔNG GỬI|BỊ TỪ CHỐI|KHẨN|HỎA TỐC)\b|Không rõ thư|Chưa (gửi|lập) được")
_ADDRESS = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;)]")
_ONLY_A_LINK = re.compile(rf"(?P<words>[^\n]+): (?P<address>{_ADDRESS.pattern})")
# A name before a colon, as in "Hạn gửi: 17:00"; what is longer is a sentence.
_NAMED = re.compile(r"(?P<name>[^:\n]{2,90}): (?P<rest>.+)", re.DOTALL)

_LONGEST_VALUE = 70


def as_html(subject: str, body: str) -> str:
    """The whole mail as an HTML page that reads well on a phone.

    Args:
        subject: stands at the top; in red when it is an alarm.
        body: the plain text.
    """
    blocks = "\n".join(_block(block) for block in re.split(r"\n{2,}", body.strip()) if block.strip())
    title = _TITLE.format(colour=_ALARM if _ALARMING.search(subject) else _CALM)
    return (
        '<!DOCTYPE html>\n<html lang="vi">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{escape(subject)}</title>\n</head>\n<body style="{_PAGE}">\n<div style="{_CARD}">\n'
        f'<h1 style="{title}">{escape(subject)}</h1>\n{blocks}\n</div>\n</body>\n</html>\n'
    )


def _block(block: str) -> str:
    """A paragraph, a list, a heading or a button; a list may follow its heading or paragraph at once."""
    made, paragraph, items = [], list[str](), list[str]()

    def close() -> None:
        if paragraph:
            made.append(_paragraph("\n".join(paragraph)))
            paragraph.clear()
        if items:
            made.append(f'<ul style="{_LIST}">\n' + "\n".join(map(_item, items)) + "\n</ul>")
            items.clear()

    for line in block.split("\n"):
        if line.startswith("- ") != bool(items):
            close()
        if line.startswith("- "):
            items.append(line[2:])
        else:
            paragraph.append(line)
    close()
    return "\n".join(made)


def _paragraph(text: str) -> str:
    link = _ONLY_A_LINK.fullmatch(text)
    if link:
        return f'<a href="{escape(link["address"])}" style="{_BUTTON}">{escape(link["words"])}</a>'
    if text.endswith(":") and "\n" not in text:
        return f'<h2 style="{_HEADING}">{escape(text)}</h2>'
    return f'<p style="{_PARAGRAPH}">{_inline(text)}</p>'


def _item(text: str) -> str:
    named = _NAMED.fullmatch(text)
    if named is None or _ADDRESS.search(named["name"]):
        return f'<li style="{_ITEM}">{_inline(text)}</li>'
    rest = _inline(named["rest"])
    if len(named["rest"]) <= _LONGEST_VALUE:
        rest = f"<strong>{rest}</strong>"
    return f'<li style="{_ITEM}"><span style="{_NAME}">{escape(named["name"])}:</span> {rest}</li>'


def _inline(text: str) -> str:
    """Escaped text with its addresses as links and its line ends kept."""
    made, place = [], 0
    for found in _ADDRESS.finditer(text):
        address = escape(found[0])
        made += [escape(text[place : found.start()]), f'<a href="{address}" style="{_LINK}">{address}</a>']
        place = found.end()
    made.append(escape(text[place:]))
    return "".join(made).replace("\n", "<br>\n")
