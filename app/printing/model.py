"""The language of print: templates, and the drawing list that every painter paints.

All lengths are millimetres (names end in `_mm`) or points where type is meant (`_pt`); the origin
is the top left corner of the trim box, y grows downwards. Pure: nothing here draws.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path as FilePath

from app.printing.path import Path

MM_PER_PT = 25.4 / 72
SMALLEST_MODULE_MM = 0.33
COMFORTABLE_MODULE_MM = 0.396  # below this, a code is printable but no longer generous
QUIET_MODULES = 4
SMALLEST_PT = 5.0
SMALLEST_REVERSED_PT = 6.0
_LIGHT = 0.6  # relative luminance from which a ground counts as light


class Condition(StrEnum):
    """On which labels a box or a group of art stands."""

    ALWAYS = "always"
    ILLUSTRATIVE = "illustrative"  # no source stands behind the number
    SOURCED = "sourced"
    DEVELOPMENT = "development"  # the origin is good for trying out only
    PUBLIC = "public"


class Fit(StrEnum):
    """What happens to a text that is too long for its box."""

    SHRINK = "shrink"
    WRAP = "wrap"  # in several lines, smaller if need be
    REFUSE = "refuse"


class Align(StrEnum):
    """Where a line stands in its box."""

    START = "start"
    MIDDLE = "middle"
    END = "end"


@dataclass(frozen=True, slots=True)
class Colour:
    """A named solid colour, for the press and for the screen."""

    name: str
    cmyk: tuple[float, float, float, float]  # percent
    srgb: str  # #rrggbb
    spot: str | None = None

    @property
    def rgb(self) -> tuple[int, int, int]:
        """Red, green, blue, 0 to 255."""
        return int(self.srgb[1:3], 16), int(self.srgb[3:5], 16), int(self.srgb[5:7], 16)

    @property
    def luminance(self) -> float:
        """Relative luminance as WCAG 2.2 defines it, 0 to 1."""
        red, green, blue = (
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
            for c in (channel / 255 for channel in self.rgb)
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    @property
    def is_light(self) -> bool:
        """Whether black stands clearly on it."""
        return self.luminance >= _LIGHT

    @property
    def is_full_black(self) -> bool:
        """Whether it is 100 % black and nothing else."""
        return self.cmyk == (0, 0, 0, 100) and self.srgb == "#000000"


@dataclass(frozen=True, slots=True)
class Rect:
    """An upright rectangle."""

    x_mm: float
    y_mm: float
    width_mm: float
    height_mm: float

    def corners(self) -> tuple[tuple[float, float], ...]:
        """Return the four corners, clockwise from the top left."""
        right, bottom = self.x_mm + self.width_mm, self.y_mm + self.height_mm
        return (self.x_mm, self.y_mm), (right, self.y_mm), (right, bottom), (self.x_mm, bottom)


@dataclass(frozen=True, slots=True)
class Shape:
    """The outline of a label: a rectangle, or a circle (`is_round`; width is its diameter)."""

    width_mm: float
    height_mm: float
    is_round: bool

    def beyond(self, x_mm: float, y_mm: float, margin_mm: float) -> float:
        """Return how many mm a point lies outside the shape shrunk by a margin (< 0: inside)."""
        if self.is_round:
            radius = self.width_mm / 2
            return math.hypot(x_mm - radius, y_mm - radius) - (radius - margin_mm)
        return max(
            margin_mm - x_mm,
            margin_mm - y_mm,
            x_mm - (self.width_mm - margin_mm),
            y_mm - (self.height_mm - margin_mm),
        )


@dataclass(frozen=True, slots=True)
class Arc:
    """A circle's part that carries text: glyphs stand outwards on it, read clockwise."""

    centre_mm: tuple[float, float]
    radius_mm: float  # of the baseline
    middle_deg: float  # where the text's middle stands: 0 = top, clockwise
    sweep_deg: float  # how much of the circle the text may take


@dataclass(frozen=True, slots=True)
class Circle:
    """A round area that lines of text stay inside, whatever their length."""

    centre_mm: tuple[float, float]
    radius_mm: float


@dataclass(frozen=True, slots=True)
class TextBox:
    """A place for a text, straight (`rect`) or on an arc. `texts` is by print language."""

    name: str
    line: int  # of the template file
    is_value: bool  # the number with its unit: the unit is set in `unit_pt`
    rect: Rect | None
    arc: Arc | None
    turn_deg: float  # 90: lines run downwards in the box, -90: upwards
    inside: Circle | None  # for straight lines in a round design
    font: str
    size_pt: float
    minimum_pt: float
    unit_pt: float
    leading: float  # line distance in sizes
    tracking_pt: float
    align: Align
    valign: Align  # of the lines in a straight box, start being its top
    fit: Fit
    colour: Colour
    ground: Colour
    texts: Mapping[str, str]
    when: Condition


@dataclass(frozen=True, slots=True)
class QrBox:
    """The place of the code, its quiet zone included."""

    name: str
    line: int
    rect: Rect
    colour: Colour
    ground: Colour
    level: str
    versions: tuple[int, int]
    smallest_module_mm: float
    quiet_modules: int


@dataclass(frozen=True, slots=True)
class Art:
    """One solid shape of the static art."""

    path: Path
    colour: Colour
    even_odd: bool
    when: Condition


@dataclass(frozen=True, slots=True)
class Template:
    """The design of a label, checked."""

    name: str
    title: Mapping[str, str]
    trim: Shape
    bleed_mm: float
    safe_mm: float  # how far inside the trim everything that matters stays
    languages: tuple[str, ...]  # print languages: zh-CN, en, both
    fonts: Mapping[str, FilePath]  # name in the template -> TrueType file
    colours: Mapping[str, Colour]
    boxes: tuple[TextBox | QrBox, ...]
    art: tuple[Art, ...]


@dataclass(frozen=True, slots=True)
class Fill:
    """A solid shape."""

    path: Path
    colour: Colour
    even_odd: bool = False


@dataclass(frozen=True, slots=True)
class GlyphRun:
    """Glyphs on one straight baseline at our positions: glyph i starts `offsets_mm[i]` along it.

    The offsets are the font's advances plus `tracking_mm` each; painters use either.
    """

    text: str
    font: FilePath
    size_mm: float
    x_mm: float
    y_mm: float
    turn_deg: float  # clockwise
    offsets_mm: tuple[float, ...]
    tracking_mm: float
    colour: Colour


@dataclass(frozen=True, slots=True)
class QrMatrix:
    """A QR symbol: `rows[y][x]` is dark; the quiet zone is around it, not in it."""

    rows: tuple[tuple[bool, ...], ...]
    x_mm: float
    y_mm: float
    module_mm: float
    colour: Colour
    payload: str
    version: int
    level: str


@dataclass(frozen=True, slots=True)
class Caution:
    """Something that prints but could be better."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is painted, in this order; every painter paints the same."""

    title: str
    language: str
    trim: Shape
    bleed_mm: float  # 0: cut to the trim shape; else the page is larger by it on each side
    items: tuple[Fill | GlyphRun | QrMatrix, ...]
    warnings: tuple[Caution, ...]
