"""Templates: `template.toml` and `art.svg` in a folder, read strictly and checked before use."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from app.printing.art import compile_art
from app.printing.errors import (
    ModuleTooSmall,
    OutsideSafeShape,
    QrNotBlackOnLight,
    QuietZoneTooNarrow,
    TemplateNotFound,
    TextTooSmall,
)
from app.printing.model import (
    QUIET_MODULES,
    SMALLEST_MODULE_MM,
    SMALLEST_PT,
    SMALLEST_REVERSED_PT,
    Align,
    Arc,
    Circle,
    Colour,
    Condition,
    Fit,
    QrBox,
    Rect,
    Shape,
    Template,
    TextBox,
)
from app.printing.qr import LEVELS
from app.printing.strict_toml import Table, read_toml

LANGUAGES = ("zh-CN", "en")
BOTH = "both"  # the print language that sets Chinese and English side by side
FIELDS = ("product", "producer", "certifier", "origin", "value")  # these differ by language
PLAIN_FIELDS = ("code", "valid_until")
PLACEHOLDER = re.compile(r"\{([a-z_]+)(?:@([A-Za-z-]+))?\}")
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_TURNS = (0.0, 90.0, -90.0)


class _Shows(StrEnum):
    TEXT = "text"
    VALUE = "value"
    QR = "qr"


def list_templates(root: Path) -> tuple[str, ...]:
    """Return the names of the templates in a folder, sorted."""
    return tuple(sorted(file.parent.name for file in root.glob("*/template.toml")))


def find_template(root: Path, name: str) -> Template:
    """Return the template of that name; raises `TemplateNotFound` and as `load_template` does."""
    there = list_templates(root)
    if name not in there:
        raise TemplateNotFound(name, there)
    return load_template(root / name)


def load_template(folder: Path) -> Template:
    """Return the template in a folder, its art compiled; its fonts stand in `../fonts`.

    Raises `TemplateRefused` with file, line and reason, and each refusal that needs no label:
    `ModuleTooSmall`, `QuietZoneTooNarrow`, `QrNotBlackOnLight`, `TextTooSmall`,
    `OutsideSafeShape`.
    """
    root = read_toml(folder / "template.toml")
    name = root.text("name")
    if not _NAME.fullmatch(name) or name != folder.name:
        root.refuse("name", f"name must be the folder's: {folder.name!r}")
    trim = _trim(root.table("trim"))
    bleed = root.number("bleed_mm", 0, 10)
    colours = _colours(root.table("colours"))
    view = (-bleed, -bleed, trim.width_mm + 2 * bleed, trim.height_mm + 2 * bleed)
    fonts = _fonts(root.table("fonts"), folder.parent / "fonts")
    title = root.texts("title", LANGUAGES)
    template = Template(
        name=name,
        title=title,
        trim=trim,
        bleed_mm=bleed,
        safe_mm=root.number("safe_mm", 0, min(trim.width_mm, trim.height_mm) / 4),
        languages=(*title, BOTH) if len(title) == len(LANGUAGES) else tuple(title),
        fonts=fonts,
        colours=colours,
        boxes=tuple(_box(table, fonts, colours) for table in root.tables("box")),
        art=compile_art(folder / "art.svg", colours, view),
    )
    root.finish()
    for box in template.boxes:
        if isinstance(box, QrBox):
            _check_qr(template, box)
        else:
            _check_text(template, box)
    return template


def _trim(table: Table) -> Shape:
    round_ = table.one_of("shape", ("rect", "round")) == "round"
    if round_:
        diameter = table.number("diameter_mm", 10, 300)
        shape = Shape(diameter, diameter, is_round=True)
    else:
        width, height = table.numbers("size_mm", 2, 5, 1000)
        shape = Shape(width, height, is_round=False)
    table.finish()
    return shape


def _colours(table: Table) -> dict[str, Colour]:
    colours: dict[str, Colour] = {}
    for name in table.keys():  # noqa: SIM118 - a reader, not a mapping
        entry = table.table(name)
        cyan, magenta, yellow, black = entry.numbers("cmyk", 4, 0, 100)
        srgb = entry.text("srgb")
        if not re.fullmatch(r"#[0-9a-f]{6}", srgb):
            entry.refuse("srgb", f"srgb must be such as #0b5d3b, in lower case, got {srgb[:40]!r}")
        if any(colour.srgb == srgb for colour in colours.values()):
            entry.refuse("srgb", f"{srgb} is another colour already: the art could not tell them")
        spot = entry.text("spot") if entry.has("spot") else None
        entry.finish()
        colours[name] = Colour(name, (cyan, magenta, yellow, black), srgb, spot)
    return colours


def _fonts(table: Table, folder: Path) -> dict[str, Path]:
    fonts: dict[str, Path] = {}
    for name in table.keys():  # noqa: SIM118 - a reader, not a mapping
        file = table.text(name)
        if not re.fullmatch(r"[A-Za-z0-9_-]+\.ttf", file) or not (folder / file).is_file():
            table.refuse(name, f"there is no TrueType font {file[:60]!r} in {folder.name}/")
        fonts[name] = folder / file
    return fonts


def _box(table: Table, fonts: Mapping[str, Path], colours: Mapping[str, Colour]) -> TextBox | QrBox:
    shows = table.choice("shows", _Shows)
    if shows is _Shows.QR:
        box: TextBox | QrBox = _qr_box(table, colours)
    else:
        box = _text_box(table, fonts, colours, is_value=shows is _Shows.VALUE)
    table.finish()
    return box


def _qr_box(table: Table, colours: Mapping[str, Colour]) -> QrBox:
    rect = _rect(table)
    if rect.width_mm != rect.height_mm:
        table.refuse("size_mm", "a QR code is square")
    first, last = table.numbers("versions", 2, 1, 40)
    if first > last or first % 1 or last % 1:
        table.refuse("versions", "versions must be two whole numbers, the smaller first")
    quiet = table.number("quiet_modules", 0, 20, QUIET_MODULES)
    if quiet % 1:
        table.refuse("quiet_modules", "quiet_modules must be a whole number")
    return QrBox(
        name=table.text("name", "qr"),
        line=table.line,
        rect=rect,
        colour=colours[table.one_of("colour", colours)],
        ground=colours[table.one_of("ground", colours)],
        level=table.one_of("level", LEVELS),
        versions=(int(first), int(last)),
        smallest_module_mm=table.number("smallest_module_mm", 0, 10, SMALLEST_MODULE_MM),
        quiet_modules=int(quiet),
    )


def _text_box(
    table: Table,
    fonts: Mapping[str, Path],
    colours: Mapping[str, Colour],
    *,
    is_value: bool,
) -> TextBox:
    name = table.text("name")
    on_arc = table.has("arc")
    arc = _arc(table.table("arc")) if on_arc else None
    fit = table.choice("fit", Fit, Fit.REFUSE)
    if on_arc and fit is Fit.WRAP:
        table.refuse("fit", "a text on an arc has one line: shrink or refuse")
    size = table.number("size_pt", 1, 500)
    minimum = table.number("minimum_pt", 1, 500, size)
    if minimum > size:
        table.refuse("minimum_pt", f"minimum_pt must not be greater than size_pt, {size:g}")
    turn = 0.0 if on_arc else table.number("turn_deg", -90, 90, 0)
    if turn not in _TURNS:
        table.refuse("turn_deg", "turn_deg must be 0, 90 or -90")
    return TextBox(
        name=name,
        line=table.line,
        is_value=is_value,
        rect=None if on_arc else _rect(table),
        arc=arc,
        turn_deg=turn,
        inside=None if on_arc else _inside(table),
        font=table.one_of("font", fonts),
        size_pt=size,
        minimum_pt=minimum,
        unit_pt=table.number("unit_pt", 1, 500, size) if is_value else size,
        leading=table.number("leading", 0.8, 3, 1.2),
        tracking_pt=table.number("tracking_pt", 0, 10, 0),
        align=table.choice("align", Align, Align.MIDDLE),
        valign=Align.MIDDLE if on_arc else table.choice("valign", Align, Align.MIDDLE),
        fit=fit,
        colour=colours[table.one_of("colour", colours)],
        ground=colours[table.one_of("ground", colours)],
        texts=_box_texts(table, is_value=is_value),
        when=table.choice("when", Condition, Condition.ALWAYS),
    )


def _box_texts(table: Table, *, is_value: bool) -> dict[str, str]:
    texts = table.texts("text", (*LANGUAGES, BOTH))
    for language, text in texts.items():
        for field, in_language in PLACEHOLDER.findall(text):
            if field not in (*FIELDS, *PLAIN_FIELDS):
                known = ", ".join((*FIELDS, *PLAIN_FIELDS))
                table.refuse("text", f"{{{field[:40]}}} is no field; there are {known}")
            if in_language and (field in PLAIN_FIELDS or in_language not in LANGUAGES):
                table.refuse("text", f"{{{field}@{in_language[:20]}}} has no such language")
            if language == BOTH and field in FIELDS and not in_language:
                table.refuse("text", f"for {BOTH}, say which: {{{field}@zh-CN}} or {{{field}@en}}")
        if re.search(r"[{}]", PLACEHOLDER.sub("", text)):
            table.refuse("text", "a brace belongs to a field, such as {product} or {product@en}")
        if is_value and not re.fullmatch(r"\{value(@[A-Za-z-]+)?\}", text):
            table.refuse("text", "a box that shows the value has the text {value} and nothing else")
    return texts


def _rect(table: Table) -> Rect:
    x, y = table.numbers("at_mm", 2, -1000, 1000)
    width, height = table.numbers("size_mm", 2, 0.5, 1000)
    return Rect(x, y, width, height)


def _inside(table: Table) -> Circle | None:
    if not table.has("inside"):
        return None
    circle = table.table("inside")
    cx, cy = circle.numbers("centre_mm", 2, -1000, 1000)
    found = Circle((cx, cy), circle.number("radius_mm", 1, 1000))
    circle.finish()
    return found


def _arc(table: Table) -> Arc:
    cx, cy = table.numbers("centre_mm", 2, -1000, 1000)
    arc = Arc(
        centre_mm=(cx, cy),
        radius_mm=table.number("radius_mm", 3, 1000),
        middle_deg=table.number("middle_deg", -180, 180),
        sweep_deg=table.number("sweep_deg", 5, 360),
    )
    table.finish()
    return arc


def _check_qr(template: Template, box: QrBox) -> None:
    if box.quiet_modules < QUIET_MODULES:
        wide = f"line {box.line} leaves {box.quiet_modules} modules around the code"
        raise QuietZoneTooNarrow(template.name, wide)
    if not box.colour.is_full_black or not box.ground.is_light:
        raise QrNotBlackOnLight(template.name, box.colour.name, box.ground.name)
    version = box.versions[1]
    module = box.rect.width_mm / (17 + 4 * version + 2 * box.quiet_modules)
    smallest = max(SMALLEST_MODULE_MM, box.smallest_module_mm)
    if module < smallest:
        raise ModuleTooSmall(template.name, module, smallest, version)
    _check_inside(template, box.name, box.rect.corners())


def _check_text(template: Template, box: TextBox) -> None:
    reversed_ = box.colour.luminance > box.ground.luminance
    smallest = SMALLEST_REVERSED_PT if reversed_ else SMALLEST_PT
    size = min(box.minimum_pt, box.unit_pt)
    if size < smallest:
        raise TextTooSmall(template.name, box.name, size, smallest)
    if box.rect:
        _check_inside(template, box.name, box.rect.corners())


def _check_inside(template: Template, name: str, corners: Sequence[tuple[float, float]]) -> None:
    beyond = max(template.trim.beyond(x, y, template.safe_mm) for x, y in corners)
    if beyond > 1e-9:
        raise OutsideSafeShape(template.name, f"the box {name!r}", beyond)
