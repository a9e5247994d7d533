"""SVG: self-contained, everything as outlines, nothing fetched from anywhere."""

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from app.printing.fonts import load_face
from app.printing.model import Drawing, Fill, GlyphRun, QrMatrix, Shape
from app.printing.path import Path, written
from app.printing.qr import dark_runs
from app.printing.text import glyph_outlines


def paint_svg(drawing: Drawing) -> str:
    """Return the drawing as an SVG document in mm; the same drawing gives the same text."""
    bleed = drawing.bleed_mm
    width, height = drawing.trim.width_mm + 2 * bleed, drawing.trim.height_mm + 2 * bleed
    view = f"{_number(-bleed)} {_number(-bleed)} {_number(width)} {_number(height)}"
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_number(width)}mm" '
        f'height="{_number(height)}mm" viewBox="{view}" role="img" '
        f"xml:lang={quoteattr(drawing.language)}>"
    )
    body = "\n".join(_elements(drawing))
    title = f"<title>{escape(drawing.title)}</title>"
    if bleed:
        return f"{head}\n{title}\n{body}\n</svg>\n"
    clip = f'<defs><clipPath id="trim">{_outline(drawing.trim)}</clipPath></defs>'
    return f'{head}\n{title}\n{clip}\n<g clip-path="url(#trim)">\n{body}\n</g>\n</svg>\n'


def _outline(trim: Shape) -> str:
    if trim.is_round:
        radius = _number(trim.width_mm / 2)
        return f'<circle cx="{radius}" cy="{radius}" r="{radius}"/>'
    return f'<rect width="{_number(trim.width_mm)}" height="{_number(trim.height_mm)}"/>'


def _elements(drawing: Drawing) -> Iterator[str]:
    for item in drawing.items:
        if isinstance(item, Fill):
            rule = ' fill-rule="evenodd"' if item.even_odd else ""
            yield f'<path fill="{item.colour.srgb}"{rule} d="{_data(item.path)}"/>'
        elif isinstance(item, GlyphRun):
            outlines = "".join(_data(path) for path in glyph_outlines(load_face(item.font), item))
            yield f'<path fill="{item.colour.srgb}" d="{outlines}"/>'
        else:
            yield _code(item)


def _code(code: QrMatrix) -> str:
    place = " ".join(_number(v) for v in (code.module_mm, 0, 0, code.module_mm))
    modules = "".join(f"M{x} {y}h{n}v1h-{n}z" for x, y, n in dark_runs(code.rows))
    return (
        f'<path fill="{code.colour.srgb}" shape-rendering="crispEdges" '
        f'transform="matrix({place} {_number(code.x_mm)} {_number(code.y_mm)})" d="{modules}"/>'
    )


def _data(path: Path) -> str:
    return written(path, _number)


def _number(value: float) -> str:
    """Return a length to a tenth of a micrometre, without idle zeros."""
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
