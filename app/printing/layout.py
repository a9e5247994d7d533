"""Layout: a published label on a template becomes one drawing list. Nothing is guessed at."""

from collections.abc import Iterable

from app.kit.codes import shown
from app.kit.texts import Texts, in_language
from app.printing.errors import (
    LanguageNotOffered,
    ModuleTooSmall,
    OutsideSafeShape,
    QuietZoneTooNarrow,
)
from app.printing.fonts import load_face
from app.printing.model import (
    COMFORTABLE_MODULE_MM,
    SMALLEST_MODULE_MM,
    Caution,
    Condition,
    Drawing,
    Fill,
    GlyphRun,
    QrBox,
    QrMatrix,
    Rect,
    Template,
    TextBox,
)
from app.printing.path import points, rectangle
from app.printing.qr import encode, payload_of
from app.printing.template import BOTH, PLACEHOLDER
from app.printing.text import glyph_outlines, set_text
from app.statements.model import Published


def lay_out(
    template: Template, published: Published, language: str, *, bleed: bool = False
) -> Drawing:
    """Return the label as it will be painted, in mm; the same input gives the same drawing.

    `language` is one of `template.languages`. With `bleed` the page is larger than the trim size
    by the template's bleed and the art runs over it; else everything is cut to the trim shape.

    Raises `LanguageNotOffered`, `TextOverflows`, `GlyphMissing`, `GlyphBlank`, `RightToLeftText`,
    `OutsideSafeShape`, `QuietZoneTooNarrow`, `ModuleTooSmall`, `QrPayloadTooLong`,
    `QrPayloadNotAlphanumeric`.
    """
    if language not in template.languages:
        raise LanguageNotOffered(template.name, language, template.languages)
    art = [
        Fill(art.path, art.colour, art.even_odd)
        for art in template.art
        if _stands(art.when, published)
    ]
    codes: list[Fill | QrMatrix] = []
    runs: list[GlyphRun] = []
    cautions: list[Caution] = []
    quiet: list[Rect] = []
    for box in template.boxes:
        if isinstance(box, QrBox):
            code = _code(template, box, published)
            # The ground is painted with the code, so that no art can come to lie under it.
            codes += [Fill(rectangle(*_edges(box.rect)), box.ground), code]
            quiet.append(box.rect)
            cautions += _cautions(code)
        elif _stands(box.when, published) and (text := _text(box, published, language)):
            runs += set_text(template, box, text)
    for run in runs:
        _check_ink(template, run, quiet)
    return Drawing(
        title=f"{in_language(published.product_name, language)} {shown(published.code)}",
        language="zh-CN" if language == BOTH else language,
        trim=template.trim,
        bleed_mm=template.bleed_mm if bleed else 0,
        items=(*art, *codes, *runs),
        warnings=tuple(cautions),
    )


def _stands(when: Condition, published: Published) -> bool:
    return {
        Condition.ALWAYS: True,
        Condition.ILLUSTRATIVE: published.is_wholly_illustrative,
        Condition.SOURCED: not published.is_wholly_illustrative,
        Condition.DEVELOPMENT: published.is_development,
        Condition.PUBLIC: not published.is_development,
    }[when]


def _text(box: TextBox, published: Published, language: str) -> str:
    """Return the box's text for a print language, its fields filled in; empty: it is not set.

    Side by side, a text that exists in one language only is not set twice: its other box stays
    empty.
    """
    pattern = box.texts.get(language, "")
    filled = {
        found[0]: _field(published, found[1], found[2] or language, strict=language == BOTH)
        for found in PLACEHOLDER.finditer(pattern)
    }
    if not all(filled.values()):
        return ""
    # In one pass: a product called "{code}" stays what it is.
    return PLACEHOLDER.sub(lambda found: filled[found[0]], pattern)


def _field(published: Published, field: str, language: str, *, strict: bool) -> str:
    if field == "code":
        return shown(published.code)
    if field == "valid_until":
        return published.valid_until.date().isoformat()
    texts: Texts = {
        "product": published.product_name,
        "producer": published.producer_name,
        "certifier": published.issuer_name,
        "origin": published.origin,
        "value": published.text,
    }[field]
    best = in_language(texts, language)
    if strict and language == "en" and not any(tag.split("-")[0] == "en" for tag in texts):
        return ""  # the Chinese box shows it already
    return best


def _code(template: Template, box: QrBox, published: Published) -> QrMatrix:
    payload = payload_of(published.url)
    version, rows = encode(payload, box.level, box.versions)
    module = box.rect.width_mm / (len(rows) + 2 * box.quiet_modules)
    smallest = max(SMALLEST_MODULE_MM, box.smallest_module_mm)
    if module < smallest:
        raise ModuleTooSmall(template.name, module, smallest, version)
    return QrMatrix(
        rows=rows,
        x_mm=box.rect.x_mm + box.quiet_modules * module,
        y_mm=box.rect.y_mm + box.quiet_modules * module,
        module_mm=module,
        colour=box.colour,
        payload=payload,
        version=version,
        level=box.level,
    )


def _cautions(code: QrMatrix) -> Iterable[Caution]:
    if code.module_mm < COMFORTABLE_MODULE_MM:
        yield Caution(
            "module-small",
            f"The code's modules are {code.module_mm:.3f} mm; from {COMFORTABLE_MODULE_MM} mm on "
            "every phone reads them with ease. Print at 300 dpi or finer.",
        )


def _check_ink(template: Template, run: GlyphRun, quiet: Iterable[Rect]) -> None:
    for outline in glyph_outlines(load_face(run.font), run):
        for x, y in points(outline):
            beyond = template.trim.beyond(x, y, template.safe_mm)
            if beyond > 1e-6:
                raise OutsideSafeShape(template.name, f"the text {run.text!r}", beyond)
            if any(_covers(rect, x, y) for rect in quiet):
                inside = f"the text {run.text[:60]!r} stands in the code's quiet zone"
                raise QuietZoneTooNarrow(template.name, inside)


def _covers(rect: Rect, x: float, y: float) -> bool:
    return rect.x_mm < x < rect.x_mm + rect.width_mm and rect.y_mm < y < rect.y_mm + rect.height_mm


def _edges(rect: Rect) -> tuple[float, float, float, float]:
    return rect.x_mm, rect.y_mm, rect.width_mm, rect.height_mm
