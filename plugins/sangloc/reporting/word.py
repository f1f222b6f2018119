"""The DOCX of a document, built from the same blocks as the PDF, so that an officer can still edit it."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from typing import Any

from sangloc.reporting.pdf import pictures
from sangloc.reporting.wording import Block

FONT = "Times New Roman"
# A4 less the margins, in mm.
TEXT_WIDTH = 162
# Rows of a table that may not be broken; as in layout.typ.
SHORT = 12
# Zip entries carry a time; the earliest the format knows makes the same document the same bytes.
EPOCH = (1980, 1, 1, 0, 0, 0)


def write(document: dict[str, Any], taken_at: datetime) -> bytes:
    """The document as DOCX (NĐ 30/2020/NĐ-CP, annex I), with its charts as pictures.

    Args:
        document: what `content.build` made.
        taken_at: becomes the file's creation time, so that the same snapshot gives the same bytes.
    """
    from docx import Document

    made = Document()
    every = [*document["blocks"], *(block for appendix in document["appendices"] for block in appendix["blocks"])]
    writer = _Writer(made, pictures([block for block in every if block["type"] == "chart"]))
    writer.prepare(document, taken_at)
    writer.letterhead(document)
    for block in document["blocks"]:
        writer.block(block)
    writer.signature(document)
    for appendix in document["appendices"]:
        writer.appendix(document, appendix)
    raw = io.BytesIO()
    made.save(raw)
    return _repacked(raw.getvalue())


def _repacked(content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, source.read(name))
    return packed.getvalue()


class _Writer:
    """Writes blocks into a python-docx document."""

    def __init__(self, made: Any, drawn: list[bytes]) -> None:
        self.made = made
        self.pictures = iter(drawn)

    def prepare(self, document: dict[str, Any], taken_at: datetime) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.oxml.ns import qn
        from docx.shared import Mm, Pt, RGBColor

        section = self.made.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin = section.bottom_margin = Mm(20)
        section.left_margin, section.right_margin = Mm(30), Mm(18)
        section.header_distance = section.footer_distance = Mm(9)
        style = self.made.styles["Normal"]
        style.font.name, style.font.size = FONT, Pt(14)
        style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
        style.paragraph_format.space_before = Pt(0)
        style.paragraph_format.space_after = Pt(6)
        for name in ("Heading 1", "Heading 2"):
            heading = self.made.styles[name]
            heading.font.name, heading.font.size, heading.font.bold = FONT, Pt(14), True
            heading.font.color.rgb = RGBColor(0, 0, 0)
            fonts = heading.element.rPr.rFonts
            for attribute in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
                fonts.attrib.pop(qn(f"w:{attribute}"), None)
            fonts.set(qn("w:eastAsia"), FONT)
            heading.paragraph_format.space_before, heading.paragraph_format.space_after = Pt(8), Pt(6)
            heading.paragraph_format.first_line_indent = Mm(10)
        section.different_first_page_header_footer = True
        page = section.header.paragraphs[0]
        page.alignment = WD_ALIGN_PARAGRAPH.CENTER
        self._field(page, "PAGE", 13)
        for footer in (section.footer, section.first_page_footer):
            line = footer.paragraphs[0]
            line.alignment = WD_ALIGN_PARAGRAPH.CENTER
            self._run(line, document["seal"], size=8)
        core = self.made.core_properties
        core.title, core.author, core.last_modified_by = (
            document["subject"][:250],
            document["issuer"],
            document["issuer"],
        )
        core.comments, core.language = "", "vi-VN"
        core.created = core.modified = taken_at.replace(tzinfo=None)
        core.revision = 1

    def letterhead(self, document: dict[str, Any]) -> None:
        from docx.shared import Mm, Pt

        table = self._bare_table([64, 98])
        left, right = table.rows[0].cells
        self._centred(left, document["superior"][0], size=12, first=True)
        for part in document["superior"][1:]:
            self._centred(left, part, size=12)
        self._underlined(left, document["issuer"], 12, 22, 64)
        self._centred(right, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", size=12, bold=True, first=True)
        self._underlined(right, "Độc lập - Tự do - Hạnh phúc", 13, 54, 98)
        row = table.add_row().cells
        self._centred(row[0], document["number"], size=13, first=True)
        self._centred(row[1], document["place_and_date"], size=13, italic=True, first=True)
        title = self._paragraph(document["title"], bold=True, centred=True)
        title.paragraph_format.space_before = Pt(14)
        title.paragraph_format.space_after = Pt(0)
        subject = self._paragraph(document["subject"], bold=True, centred=True)
        subject.paragraph_format.left_indent = subject.paragraph_format.right_indent = Mm(3)
        subject.paragraph_format.space_after = Pt(0)
        if document["version"]:
            self._paragraph(document["version"], italic=True, centred=True, size=13)
        self._rule(self._paragraph("", centred=True, size=4, spacer=True), 45, 162)
        if len(document["to"]) == 1:
            self._paragraph(f"Kính gửi: {document['to'][0]}.", centred=True)
            return
        receivers = self._bare_table([24, 26, 112])
        for place, name in enumerate(document["to"]):
            cells = receivers.rows[0].cells if place == 0 else receivers.add_row().cells
            if place == 0:
                self._run(cells[1].paragraphs[0], "Kính gửi:")
            self._run(cells[2].paragraphs[0], f"- {name}{'.' if place == len(document['to']) - 1 else ';'}")
            for cell in cells:
                cell.paragraphs[0].paragraph_format.space_after = Pt(2)
        self._paragraph("", size=6, spacer=True)

    def block(self, block: Block) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Mm

        kind = block["type"]
        if kind == "heading":
            self.made.add_heading(block["text"], level=block["level"])
        elif kind in ("paragraph", "item"):
            text = block["text"] if kind == "paragraph" else f"- {block['text']}"
            paragraph = self._paragraph(text)
            paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
            paragraph.paragraph_format.first_line_indent = Mm(10)
        elif kind == "table":
            self.table(block)
        else:
            self.chart(block)

    def chart(self, block: Block) -> None:
        from docx.shared import Mm, Pt

        caption = self._caption(block["caption"])
        caption.paragraph_format.space_after = Pt(4)
        picture = self._paragraph("", centred=True)
        shape = picture.runs[0].add_picture(io.BytesIO(next(self.pictures)), width=Mm(TEXT_WIDTH))
        # Without distances some readers move it to the right.
        for side in ("T", "B", "L", "R"):
            shape._inline.set(f"dist{side}", "0")
        # Read aloud to whoever cannot see it.
        shape._inline.docPr.set("descr", f"{block['caption']}. {block['note']}".strip())
        picture.paragraph_format.space_after = Pt(2)
        if block["note"]:
            picture.paragraph_format.keep_with_next = True
            self._paragraph(block["note"], italic=True, size=11)

    def table(self, block: Block) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn
        from docx.shared import Mm, Pt

        self._caption(block["caption"])
        columns = block["columns"]
        whole = sum(column["width"] for column in columns)
        table = self.made.add_table(rows=len(block["rows"]) + 1, cols=len(columns), style="Table Grid")
        table.autofit = False
        alignments = {
            "left": WD_ALIGN_PARAGRAPH.LEFT,
            "center": WD_ALIGN_PARAGRAPH.CENTER,
            "right": WD_ALIGN_PARAGRAPH.RIGHT,
        }
        widths = [Mm(TEXT_WIDTH * column["width"] / whole) for column in columns]
        for column, width in zip(table.columns, widths, strict=True):
            column.width = width
        self._cell_margins(table)
        rows = [[column["title"] for column in columns], *block["rows"]]
        for number, (row, values) in enumerate(zip(table.rows, rows, strict=True)):
            properties = row._tr.get_or_add_trPr()
            properties.append(OxmlElement("w:cantSplit"))
            if number == 0:
                repeated = OxmlElement("w:tblHeader")
                repeated.set(qn("w:val"), "true")
                properties.append(repeated)
            strong = number == 0 or (block["total"] and number == len(rows) - 1)
            # A short table stays on one page; of a long one neither the first nor the last rows stand alone.
            together = len(rows) <= SHORT + 1 or number < 3 or number >= len(rows) - 3
            together = together and (number < len(rows) - 1 or bool(block["note"]))
            for cell, value, column, width in zip(row.cells, values, columns, widths, strict=True):
                cell.width = width
                paragraph = cell.paragraphs[0]
                paragraph.alignment = alignments["center" if number == 0 else column["align"]]
                paragraph.paragraph_format.space_after = Pt(2)
                paragraph.paragraph_format.space_before = Pt(2)
                paragraph.paragraph_format.keep_with_next = together
                self._run(paragraph, value, size=12, bold=strong)
        if block["note"]:
            note = self._paragraph(block["note"], italic=True, size=11)
            note.paragraph_format.space_before = Pt(3)
        else:
            self._paragraph("", size=8, spacer=True)

    def signature(self, document: dict[str, Any]) -> None:
        from docx.oxml import OxmlElement
        from docx.shared import Pt

        # It does not stand alone on its page.
        self.made.paragraphs[-1].paragraph_format.keep_with_next = True
        self._paragraph("", size=6, spacer=True).paragraph_format.keep_with_next = True
        row = self._bare_table([81, 81]).rows[0]
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        left, right = row.cells
        self._run(left.paragraphs[0], "Nơi nhận:", size=12, bold=True, italic=True)
        left.paragraphs[0].paragraph_format.space_after = Pt(0)
        for place, name in enumerate(document["receivers"]):
            line = left.add_paragraph()
            line.paragraph_format.space_after = Pt(0)
            last = place == len(document["receivers"]) - 1
            self._run(line, f"- {name.strip('.')}{'.' if last else ';'}", size=11)
        self._centred(right, document["signer"], bold=True, first=True)
        for _ in range(4):
            self._centred(right, "")

    def appendix(self, document: dict[str, Any], appendix: dict[str, Any]) -> None:
        from docx.shared import Pt

        self._new_numbering()
        for text, italic, size in (
            (appendix["name"], False, 14),
            (appendix["title"].upper(), False, 14),
            (document["attached"], True, 13),
        ):
            line = self._paragraph(text, bold=not italic, italic=italic, centred=True, size=size)
            line.paragraph_format.space_after = Pt(2)
        self._rule(self._paragraph("", centred=True, size=4, spacer=True), 45, 162)
        for block in appendix["blocks"]:
            self.block(block)

    # -------------------------------------------------------------------------------------------------------------

    def _new_numbering(self) -> None:
        """A new page that counts from 1 again: each appendix numbers its own pages."""
        from docx.enum.section import WD_SECTION
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn

        section = self.made.add_section(WD_SECTION.NEW_PAGE)
        numbering = OxmlElement("w:pgNumType")
        numbering.set(qn("w:start"), "1")
        section._sectPr.insert_element_before(numbering, "w:cols", "w:titlePg", "w:docGrid")

    @staticmethod
    def _cell_margins(table: Any) -> None:
        """Less than Word's own, which would break long numbers."""
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn

        margins = OxmlElement("w:tblCellMar")
        for side in ("left", "right"):
            margin = OxmlElement(f"w:{side}")
            margin.set(qn("w:w"), "57")
            margin.set(qn("w:type"), "dxa")
            margins.append(margin)
        table._tbl.tblPr.insert_element_before(margins, "w:tblLook", "w:tblCaption", "w:tblDescription")

    def _caption(self, text: str) -> Any:
        """The heading of a table or chart, which stays with it."""
        from docx.shared import Pt

        caption = self._paragraph(text, bold=True, centred=True, size=13)
        caption.paragraph_format.keep_with_next = True
        caption.paragraph_format.space_before = Pt(6)
        return caption

    def _bare_table(self, widths: list[int]) -> Any:
        """A table without lines, column widths in mm."""
        from docx.shared import Mm

        table = self.made.add_table(rows=1, cols=len(widths))
        table.autofit = False
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Mm(width)
            for cell in column.cells:
                cell.width = Mm(width)
        return table

    def _paragraph(
        self,
        text: str,
        *,
        bold: bool = False,
        italic: bool = False,
        centred: bool = False,
        size: int = 14,
        spacer: bool = False,
    ) -> Any:
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Pt

        paragraph = self.made.add_paragraph()
        if centred:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        if spacer:
            # An empty paragraph is as high as its mark, whatever its text's size.
            paragraph.paragraph_format.line_spacing, paragraph.paragraph_format.space_after = Pt(size), Pt(0)
        self._run(paragraph, text, size=size, bold=bold, italic=italic)
        return paragraph

    def _centred(
        self, cell: Any, text: str, *, size: int = 14, bold: bool = False, italic: bool = False, first: bool = False
    ) -> Any:
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Pt

        paragraph = cell.paragraphs[0] if first else cell.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        paragraph.paragraph_format.space_after = Pt(0)
        self._run(paragraph, text, size=size, bold=bold, italic=italic)
        return paragraph

    def _underlined(self, cell: Any, text: str, size: int, length: int, width: int) -> None:
        """Bold text with a short line under it, `length` of `width` mm."""
        self._centred(cell, text, size=size, bold=True)
        self._rule(self._centred(cell, "", size=4), length, width)

    def _rule(self, paragraph: Any, length: int, width: int) -> None:
        """A line of `length` mm in the middle of `width` mm, as the upper border of an empty paragraph."""
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn
        from docx.shared import Mm, Pt

        paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Mm((width - length) / 2)
        paragraph.paragraph_format.space_before, paragraph.paragraph_format.space_after = Pt(2), Pt(4)
        borders = OxmlElement("w:pBdr")
        top = OxmlElement("w:top")
        for name, value in (("val", "single"), ("sz", "6"), ("space", "1"), ("color", "000000")):
            top.set(qn(f"w:{name}"), value)
        borders.append(top)
        properties = paragraph._p.get_or_add_pPr()
        properties.insert_element_before(
            borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
        )

    def _run(self, paragraph: Any, text: str, *, size: int = 14, bold: bool = False, italic: bool = False) -> None:
        from docx.shared import Pt

        run = paragraph.add_run(text)
        run.font.size, run.bold, run.italic = Pt(size), bold, italic

    def _field(self, paragraph: Any, instruction: str, size: int) -> None:
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn
        from docx.shared import Pt

        for kind, text in (("begin", None), (None, instruction), ("end", None)):
            run = paragraph.add_run()
            run.font.size = Pt(size)
            if kind is None:
                element = OxmlElement("w:instrText")
                element.set(qn("xml:space"), "preserve")
                element.text = text
            else:
                element = OxmlElement("w:fldChar")
                element.set(qn("w:fldCharType"), kind)
            run._r.append(element)
