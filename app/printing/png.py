"""PNG: art and text smoothed, the modules of the code crisp on whole dots."""

import io
from collections.abc import Iterable

from PIL import Image, ImageChops, ImageDraw

from app.printing.errors import FormatNotOffered
from app.printing.fonts import load_face
from app.printing.model import Drawing, Fill, GlyphRun, QrMatrix
from app.printing.path import Path, Segment, ellipse, polygons
from app.printing.qr import dark_runs
from app.printing.text import glyph_outlines

DPI = (300, 600)
_FINE = 4  # each dot is the mean of this many times as many samples in each direction
_WHITE = (255, 255, 255)
_NO_WINDING = 128  # the middle of a byte: windings are counted up and down from here


def paint_png(drawing: Drawing, dpi: int) -> bytes:
    """Return the drawing as a PNG of 300 or 600 dots per inch, white outside its trim shape.

    Raises `FormatNotOffered` for any other resolution.
    """
    if dpi not in DPI:
        raise FormatNotOffered(f"PNG of {dpi} dpi", tuple(f"PNG of {n} dpi" for n in DPI))
    scale = dpi / 25.4
    bleed = drawing.bleed_mm
    size = (
        round((drawing.trim.width_mm + 2 * bleed) * scale),
        round((drawing.trim.height_mm + 2 * bleed) * scale),
    )
    fine = Image.new("RGB", (size[0] * _FINE, size[1] * _FINE), _WHITE)
    for item in drawing.items:
        if isinstance(item, Fill):
            _fill(fine, item.path, item.colour.rgb, (scale * _FINE, bleed), even_odd=item.even_odd)
        elif isinstance(item, GlyphRun):
            for outline in glyph_outlines(load_face(item.font), item):
                _fill(fine, outline, item.colour.rgb, (scale * _FINE, bleed))
    if drawing.trim.is_round and not bleed:
        fine = _cut(fine, drawing.trim.width_mm / 2, scale * _FINE)
    image = fine.reduce(_FINE)
    pen = ImageDraw.Draw(image)
    for item in drawing.items:
        if isinstance(item, QrMatrix):
            _code(pen, item, scale, bleed)
    target = io.BytesIO()
    image.save(target, "PNG", dpi=(dpi, dpi), optimize=False)
    return target.getvalue()


def _fill(
    image: Image.Image,
    path: Path,
    colour: tuple[int, int, int],
    place: tuple[float, float],
    *,
    even_odd: bool = False,
) -> None:
    """Fill a path; `place` is samples per mm and the bleed in mm."""
    scale, bleed = place
    # Pillow's whole numbers are the middles of its dots, hence the half.
    outlines = [
        [((x + bleed) * scale - 0.5, (y + bleed) * scale - 0.5) for x, y in outline]
        for outline in polygons(path, 0.25 / scale)
    ]
    if not outlines:
        return
    left = max(0, int(min(x for outline in outlines for x, _ in outline)))
    top = max(0, int(min(y for outline in outlines for _, y in outline)))
    right = min(image.width, int(max(x for outline in outlines for x, _ in outline)) + 2)
    bottom = min(image.height, int(max(y for outline in outlines for _, y in outline)) + 2)
    if left >= right or top >= bottom:
        return
    moved = [[(x - left, y - top) for x, y in outline] for outline in outlines]
    mask = _mask(moved, (right - left, bottom - top), even_odd=even_odd)
    image.paste(colour, (left, top, right, bottom), mask)


def _mask(
    outlines: Iterable[list[tuple[float, float]]], size: tuple[int, int], *, even_odd: bool
) -> Image.Image:
    """Return 255 where the winding number says inside, else 0.

    Outlines of glyphs overlap, so winding numbers are really counted: +1 for each outline that
    runs clockwise around a dot, -1 for each that runs the other way.
    """
    total = Image.new("L", size, _NO_WINDING)
    for outline in outlines:
        one = Image.new("L", size, 0)
        ImageDraw.Draw(one).polygon(outline, fill=1)
        total = (
            ImageChops.add(total, one)
            if _is_clockwise(outline)
            else ImageChops.subtract(total, one)
        )
    if even_odd:
        return total.point([255 if value % 2 else 0 for value in range(256)])
    return total.point([0 if value == _NO_WINDING else 255 for value in range(256)])


def _is_clockwise(outline: list[tuple[float, float]]) -> bool:
    closed = zip(outline, [*outline[1:], outline[0]], strict=True)
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in closed) > 0


def _cut(image: Image.Image, radius_mm: float, scale: float) -> Image.Image:
    mask = Image.new("RGB", image.size, (0, 0, 0))
    circle: tuple[Segment, ...] = ellipse(radius_mm, radius_mm, radius_mm, radius_mm)
    _fill(mask, circle, _WHITE, (scale, 0))
    return Image.composite(image, Image.new("RGB", image.size, _WHITE), mask.convert("L"))


def _code(pen: ImageDraw.ImageDraw, code: QrMatrix, scale: float, bleed: float) -> None:
    """Each module's edges go to the nearest dot: no grey, and no drift across the symbol."""

    def dot(origin_mm: float, modules: int) -> int:
        return round((origin_mm + bleed + modules * code.module_mm) * scale)

    for x, y, length in dark_runs(code.rows):
        corners = (
            (dot(code.x_mm, x), dot(code.y_mm, y)),
            (dot(code.x_mm, x + length) - 1, dot(code.y_mm, y + 1) - 1),
        )
        pen.rectangle(corners, fill=code.colour.rgb)
