"""PDF: one page per drawing, vector throughout, fonts embedded as subsets, bytes reproducible."""

import io
import math
import threading
from collections.abc import Iterable
from pathlib import Path as FilePath

from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.pathobject import PDFPathObject

from app.printing.fonts import load_face
from app.printing.model import MM_PER_PT, Colour, Drawing, Fill, GlyphRun, QrMatrix, Shape
from app.printing.path import Path, ellipse, rectangle
from app.printing.qr import dark_runs

_CREATOR = "Carbon Label"
_REGISTERING = threading.Lock()
_NON_ZERO, _EVEN_ODD = 1, 0  # ReportLab's FILL_NON_ZERO and FILL_EVEN_ODD
# Binary streams: a fifth smaller and much faster than ASCII 85, and every reader takes them.
rl_config.useA85 = 0


def paint_pdf(drawings: Iterable[Drawing]) -> bytes:
    """Return a PDF with one page per drawing, in trim size plus the drawing's bleed.

    The same drawings give the same bytes. Text is real text in embedded subset fonts.

    Raises `ValueError` if there is no drawing at all.
    """
    target = io.BytesIO()
    canvas: Canvas | None = None
    for drawing in drawings:
        if canvas is None:
            canvas = _canvas(target, drawing)
        _page(canvas, drawing)
        canvas.showPage()
    if canvas is None:
        raise ValueError("nothing to paint")  # a caller's slip; an empty PDF is no answer
    canvas.save()
    return target.getvalue()


def _canvas(target: io.BytesIO, first: Drawing) -> Canvas:
    faces = [item.font for item in first.items if isinstance(item, GlyphRun)]
    canvas = Canvas(
        target,
        invariant=1,
        pageCompression=1,
        lang=first.language,
        # Without this ReportLab names Helvetica, unembedded, on every page; the stubs want a float.
        initialFontName=_registered(faces[0]) if faces else None,  # type: ignore[arg-type]
    )
    canvas.setTitle(first.title)
    canvas.setAuthor(_CREATOR)
    canvas.setCreator(_CREATOR)
    canvas.setSubject("")
    # "Fit to page" would enlarge a 30 mm sticker to the sheet.
    canvas.setViewerPreference("PrintScaling", "None")
    return canvas


def _registered(font: FilePath) -> str:
    """Return the name under which ReportLab knows a face, making it known once per process."""
    face = load_face(font)
    with _REGISTERING:  # a second registration would swap the font under a document being written
        if face.key not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(face.key, str(font)))
    return face.key


class _Place:
    """Turns mm from the top left of the trim box into points from the bottom left of the page."""

    def __init__(self, drawing: Drawing) -> None:
        self._left = drawing.bleed_mm
        self._bottom = drawing.trim.height_mm + drawing.bleed_mm

    def at(self, x_mm: float, y_mm: float) -> tuple[float, float]:
        return (x_mm + self._left) / MM_PER_PT, (self._bottom - y_mm) / MM_PER_PT


def _page(canvas: Canvas, drawing: Drawing) -> None:
    bleed = 2 * drawing.bleed_mm
    canvas.setPageSize(
        (
            (drawing.trim.width_mm + bleed) / MM_PER_PT,
            (drawing.trim.height_mm + bleed) / MM_PER_PT,
        )
    )
    place = _Place(drawing)
    if not drawing.bleed_mm:
        outline = _path(canvas, place, _outline(drawing.trim))
        canvas.clipPath(outline, stroke=0, fill=0)
    for item in drawing.items:
        _colour(canvas, item.colour)
        if isinstance(item, Fill):
            rule = _EVEN_ODD if item.even_odd else _NON_ZERO
            canvas.drawPath(_path(canvas, place, item.path), stroke=0, fill=1, fillMode=rule)
        elif isinstance(item, QrMatrix):
            _code(canvas, place, item)
        else:
            _text(canvas, place, item)


def _outline(trim: Shape) -> Path:
    if trim.is_round:
        radius = trim.width_mm / 2
        return ellipse(radius, radius, radius, radius)
    return rectangle(0, 0, trim.width_mm, trim.height_mm)


def _colour(canvas: Canvas, colour: Colour) -> None:
    if colour.is_full_black:
        canvas.setFillGray(0)  # black ink alone, on every kind of printer
    else:
        canvas.setFillColorRGB(*(channel / 255 for channel in colour.rgb))


def _path(canvas: Canvas, place: _Place, path: Path) -> PDFPathObject:
    target = canvas.beginPath()
    for segment in path:
        points = [
            value
            for x, y in zip(segment.points[::2], segment.points[1::2], strict=True)
            for value in place.at(x, y)
        ]
        if segment.kind == "M":
            target.moveTo(*points)
        elif segment.kind == "L":
            target.lineTo(*points)
        elif segment.kind == "C":
            target.curveTo(*points)
        else:
            target.close()
    return target


def _code(canvas: Canvas, place: _Place, code: QrMatrix) -> None:
    """Paint all dark modules as one path: no hairlines between them, whatever the viewer."""
    x, y = place.at(code.x_mm, code.y_mm)
    size = code.module_mm / MM_PER_PT
    canvas.saveState()
    canvas.transform(size, 0, 0, -size, x, y)
    path = canvas.beginPath()
    for column, row, length in dark_runs(code.rows):
        path.rect(column, row, length, 1)
    canvas.drawPath(path, stroke=0, fill=1, fillMode=_NON_ZERO)
    canvas.restoreState()


def _text(canvas: Canvas, place: _Place, run: GlyphRun) -> None:
    angle = math.radians(run.turn_deg)
    cos, sin = math.cos(angle), math.sin(angle)
    text = canvas.beginText()
    text.setFont(_registered(run.font), run.size_mm / MM_PER_PT)
    text.setCharSpace(run.tracking_mm / MM_PER_PT)
    text.setTextTransform(cos, -sin, sin, cos, *place.at(run.x_mm, run.y_mm))
    text.textOut(run.text)
    canvas.drawText(text)
