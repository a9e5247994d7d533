"""Setting text: a string in a box or on an arc becomes glyph runs at our positions."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from app.printing.errors import TextOverflows
from app.printing.fonts import Face, load_face
from app.printing.model import (
    MM_PER_PT,
    SMALLEST_PT,
    SMALLEST_REVERSED_PT,
    Align,
    Arc,
    Fit,
    GlyphRun,
    Rect,
    Template,
    TextBox,
)
from app.printing.path import Path, points, times, transformed, turned

_STEP_PT = 0.1  # by which a text shrinks
# A line reaches this many sizes above and below its baseline: the square of a Chinese character.
_ABOVE, _BELOW = 0.88, 0.12
_SHARES = (1.0, 0.85, 0.7)  # of a box's width: in a round design shorter lines may stand larger
_NOT_FIRST = frozenset("，。、；：！？）》】」』”’％,.;:!?)]}%·")
_NOT_LAST = frozenset("（《【「『“‘([{")

# One stretch of a line in one size: text and size in pt.
_Piece = tuple[str, float]
_Line = tuple[_Piece, ...]


def set_text(template: Template, box: TextBox, text: str) -> list[GlyphRun]:
    """Return the glyph runs of a text in its box, as large as fits.

    Raises `TextOverflows`, `GlyphMissing`, `GlyphBlank`, `RightToLeftText`.
    """
    face = load_face(template.fonts[box.font])
    face.refuse_unprintable(text)
    if box.arc:
        return _on_arc(template, box, box.arc, face, text)
    if not box.rect:
        raise ValueError(box.name)  # the compiler gives every box one or the other
    for lines in _attempts(box, face, text):
        runs = list(_straight(box, box.rect, face, lines))
        if _fits(box, box.rect, face, lines) and _is_inside(box, face, runs):
            return runs
    raise TextOverflows(template.name, box.name, text, box.minimum_pt)


def _sizes(box: TextBox) -> Iterator[float]:
    size = box.size_pt
    while size > box.minimum_pt and box.fit is not Fit.REFUSE:
        yield size
        size = round(size - _STEP_PT, 4)
    yield box.minimum_pt if box.fit is not Fit.REFUSE else box.size_pt


def _attempts(box: TextBox, face: Face, text: str) -> Iterator[tuple[_Line, ...]]:
    """Yield ways to set the text, the best first."""
    number, blank, unit = text.partition(" ")
    for size in _sizes(box):
        if not box.is_value:
            for share in _SHARES if box.fit is Fit.WRAP else ():
                yield tuple(((row, size),) for row in _wrapped(box, face, text, (size, share)))
            if box.fit is not Fit.WRAP:
                yield (((text, size),),)
        else:
            # The blank goes with the unit, so that the text read out of a PDF is the signed one.
            yield (((number, size), (blank + unit, _unit_size(box, size))),)
    if box.is_value and box.fit is Fit.WRAP:
        for size in _sizes(box):
            yield (((number, size),), ((unit, _unit_size(box, size)),))


def _unit_size(box: TextBox, size: float) -> float:
    reversed_ = box.colour.luminance > box.ground.luminance
    smallest = SMALLEST_REVERSED_PT if reversed_ else SMALLEST_PT
    return max(smallest, box.unit_pt * size / box.size_pt)


def _width(face: Face, line: _Line, tracking_pt: float) -> float:
    """Return a line's length in mm; no tracking after its last glyph."""
    length_pt = sum(
        face.advance(character) * size + tracking_pt for text, size in line for character in text
    )
    return (length_pt - tracking_pt) * MM_PER_PT


def _area(box: TextBox, rect: Rect) -> tuple[float, float]:
    turned_ = box.turn_deg != 0
    return (rect.height_mm, rect.width_mm) if turned_ else (rect.width_mm, rect.height_mm)


def _largest(line: _Line) -> float:
    return max(size for _, size in line)


def _pitches(box: TextBox, lines: Sequence[_Line]) -> list[float]:
    """Return the distance in mm from each baseline to the next."""
    sizes = [_largest(line) for line in lines]
    return [(a + b) / 2 * box.leading * MM_PER_PT for a, b in pairwise(sizes)]


def _height(box: TextBox, lines: Sequence[_Line]) -> float:
    """Return the height of a block of lines in mm."""
    ends = _ABOVE * _largest(lines[0]) + _BELOW * _largest(lines[-1])
    return sum(_pitches(box, lines)) + ends * MM_PER_PT


def _fits(box: TextBox, rect: Rect, face: Face, lines: Sequence[_Line]) -> bool:
    across, down = _area(box, rect)
    widest = max(_width(face, line, box.tracking_pt) for line in lines)
    return _height(box, lines) <= down + 1e-9 and widest <= across + 1e-9


def _is_inside(box: TextBox, face: Face, runs: Sequence[GlyphRun]) -> bool:
    """Whether the ink of every run stays in the box's circle."""
    if box.inside is None:
        return True
    (cx, cy), radius = box.inside.centre_mm, box.inside.radius_mm
    return all(
        math.hypot(x - cx, y - cy) <= radius
        for run in runs
        for outline in glyph_outlines(face, run)
        for x, y in points(outline)
    )


def glyph_outlines(face: Face, run: GlyphRun) -> Iterator[Path]:
    """Return the outline of each glyph of a run, in mm on the label."""
    along = turned(run.turn_deg, run.x_mm, run.y_mm)
    for character, offset in zip(run.text, run.offsets_mm, strict=True):
        placed = times(along, (run.size_mm, 0, 0, run.size_mm, offset, 0))
        yield transformed(face.outline(character), placed)


def _straight(box: TextBox, rect: Rect, face: Face, lines: Sequence[_Line]) -> Iterator[GlyphRun]:
    across, down = _area(box, rect)
    cx, cy = rect.x_mm + rect.width_mm / 2, rect.y_mm + rect.height_mm / 2
    about = turned(box.turn_deg, cx, cy)
    pitches = _pitches(box, lines)
    spare_down = down - _height(box, lines)
    share = {Align.START: 0.0, Align.MIDDLE: 0.5, Align.END: 1.0}
    y = -down / 2 + spare_down * share[box.valign] + _ABOVE * _largest(lines[0]) * MM_PER_PT
    for line, pitch in zip(lines, [*pitches, 0.0], strict=True):
        spare = across - _width(face, line, box.tracking_pt)
        x = -across / 2 + spare * share[box.align]
        for text, size in line:
            at = times(about, (1, 0, 0, 1, x, y))
            run = _run(box, face, (text, size), (at[4], at[5]), box.turn_deg)
            yield run
            x += _width(face, ((text, size),), 0) + len(text) * box.tracking_pt * MM_PER_PT
        y += pitch


def _on_arc(template: Template, box: TextBox, arc: Arc, face: Face, text: str) -> list[GlyphRun]:
    for size in _sizes(box):
        length = _width(face, ((text, size),), box.tracking_pt)
        sweep = math.degrees(length / arc.radius_mm)
        if sweep > arc.sweep_deg + 1e-9:
            continue
        spare = arc.sweep_deg - sweep
        shift = {Align.START: -spare / 2, Align.MIDDLE: 0.0, Align.END: spare / 2}[box.align]
        angle = arc.middle_deg - sweep / 2 + shift
        runs = []
        for character in text:
            # Each glyph stands upright at the middle of its own width.
            width = face.advance(character) * size * MM_PER_PT
            half = math.degrees(width / 2 / arc.radius_mm)
            about = turned(angle + half, *arc.centre_mm)
            at = times(about, (1, 0, 0, 1, -width / 2, -arc.radius_mm))
            runs.append(_run(box, face, (character, size), (at[4], at[5]), angle + half))
            angle += 2 * half + math.degrees(box.tracking_pt * MM_PER_PT / arc.radius_mm)
        return [run for run in runs if not run.text.isspace()]
    raise TextOverflows(template.name, box.name, text, box.minimum_pt)


def _run(
    box: TextBox, face: Face, piece: _Piece, at: tuple[float, float], turn_deg: float
) -> GlyphRun:
    text, size_pt = piece
    offsets, along = [], 0.0
    for character in text:
        offsets.append(along * MM_PER_PT)
        along += face.advance(character) * size_pt + box.tracking_pt
    return GlyphRun(
        text=text,
        font=face.file,
        size_mm=size_pt * MM_PER_PT,
        x_mm=at[0],
        y_mm=at[1],
        turn_deg=turn_deg,
        offsets_mm=tuple(offsets),
        tracking_mm=box.tracking_pt * MM_PER_PT,
        colour=box.colour,
    )


def _wrapped(box: TextBox, face: Face, text: str, how: tuple[float, float]) -> list[str]:
    """Return the text broken into lines where Chinese or spaces allow it.

    `how` is the size in pt and which share of the box's width to use.
    """
    if not box.rect:
        return [text]
    size, share = how
    across = _area(box, box.rect)[0] * share
    lines: list[str] = []
    line = ""
    for word in _words(text):
        longer = line + word
        if line and _width(face, ((longer.rstrip(), size),), box.tracking_pt) > across:
            lines.append(line.rstrip())
            line = word.lstrip()
        else:
            line = longer
    return [*lines, line.rstrip()]


def _words(text: str) -> list[str]:
    """Return the pieces between which a line may break; spaces stay with the piece before."""
    pieces: list[str] = []
    for character in text:
        if pieces and not _may_break(pieces[-1][-1], character):
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces


def _may_break(before: str, after: str) -> bool:
    if after == " " or after in _NOT_FIRST or before in _NOT_LAST:
        return False
    return before == " " or _is_chinese(before) or _is_chinese(after)


def _is_chinese(character: str) -> bool:
    return "\u2e80" <= character <= "\u9fff" or "\uf900" <= character <= "\ufaff"
