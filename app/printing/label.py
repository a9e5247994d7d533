"""Printing one label: the door of this room."""

from enum import StrEnum

from app.kit.codes import shown
from app.printing.errors import FormatNotOffered, LabelNotPrintable
from app.printing.layout import lay_out
from app.printing.model import Caution, QrMatrix, Template
from app.printing.pdf import paint_pdf
from app.printing.png import paint_png
from app.printing.svg import paint_svg
from app.statements.model import Judgement, Published, Verdict


class LabelFormat(StrEnum):
    """What a label is painted as."""

    PDF = "pdf"
    SVG = "svg"
    PNG = "png"

    @property
    def media_type(self) -> str:
        """Its media type on the wire."""
        return {"pdf": "application/pdf", "svg": "image/svg+xml", "png": "image/png"}[self.value]


def print_label(
    template: Template,
    published: Published,
    judgement: Judgement,
    language: str,
    format: str,  # noqa: A002 - the word of the command line and of the API
    dpi: int = 300,
) -> bytes:
    """Return one label as a file: `pdf`, `svg` (UTF-8) or `png` (of `dpi` dots per inch).

    Raises `LabelNotPrintable` for any verdict but `valid`, `FormatNotOffered`, and what
    `lay_out` raises. Nothing is painted then.
    """
    if judgement.verdict is not Verdict.VALID:
        raise LabelNotPrintable(shown(published.code), judgement.verdict.value)
    if format not in list(LabelFormat):
        raise FormatNotOffered(format, tuple(LabelFormat))
    drawing = lay_out(template, published, language)
    if format == LabelFormat.PDF:
        return paint_pdf([drawing])
    if format == LabelFormat.SVG:
        return paint_svg(drawing).encode()
    return paint_png(drawing, dpi)


def print_facts(
    template: Template, published: Published, language: str
) -> tuple[int, tuple[Caution, ...]]:
    """Return the QR version of a label on a template, and what a printer should know of it.

    Raises what `lay_out` raises.
    """
    drawing = lay_out(template, published, language)
    version = max(item.version for item in drawing.items if isinstance(item, QrMatrix))
    return version, drawing.warnings
