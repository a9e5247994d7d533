"""Why a label or template is refused; each refusal is a class of its own."""

from typing import ClassVar

from app.kit.errors import CarbonLabelError


class PrintingError(CarbonLabelError):
    """Something cannot be printed as asked; nothing was painted."""

    code: ClassVar[str] = "printing"


class LabelNotPrintable(PrintingError):
    """Only a valid label is printed: paper cannot be called back."""

    code: ClassVar[str] = "label-not-printable"

    def __init__(self, label: str, verdict: str) -> None:
        super().__init__(
            f"Label {label} is {verdict}; only a valid label is printed. "
            "Look at its page for the reason; print its successor if it has one."
        )
        self.label, self.verdict = label, verdict


class TemplateRefused(PrintingError):
    """A template does not parse: which file, which line, what was expected."""

    code: ClassVar[str] = "template-refused"

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(f"{file}, line {line}: {reason}")
        self.file, self.line, self.reason = file, line, reason


class TemplateNotFound(PrintingError):
    """There is no template of that name."""

    code: ClassVar[str] = "template-not-found"

    def __init__(self, name: str, there: tuple[str, ...]) -> None:
        super().__init__(f"No template {name[:60]!r}. There are: {', '.join(there) or 'none'}.")
        self.name, self.there = name[:60], there


class LanguageNotOffered(PrintingError):
    """A template has no texts for the language asked for."""

    code: ClassVar[str] = "language-not-offered"

    def __init__(self, template: str, language: str, offered: tuple[str, ...]) -> None:
        super().__init__(
            f"Template {template} has no texts in {language[:20]!r}; choose {', '.join(offered)}."
        )
        self.template, self.language, self.offered = template, language[:20], offered


class FormatNotOffered(PrintingError):
    """Labels are not painted in that format or resolution."""

    code: ClassVar[str] = "format-not-offered"

    def __init__(self, wanted: str, offered: tuple[str, ...]) -> None:
        super().__init__(f"Labels are not painted as {wanted[:20]!r}; choose {', '.join(offered)}.")
        self.wanted, self.offered = wanted[:20], offered


class ModuleTooSmall(PrintingError):
    """The squares of the QR code would be too small for phones and printers."""

    code: ClassVar[str] = "module-too-small"

    def __init__(self, template: str, module_mm: float, smallest_mm: float, version: int) -> None:
        super().__init__(
            f"Template {template}: a version {version} code would have modules of "
            f"{module_mm:.3f} mm; at least {smallest_mm:.2f} mm scan reliably. Make its box larger."
        )
        self.template, self.version = template, version
        self.module_mm, self.smallest_mm = round(module_mm, 4), smallest_mm


class QuietZoneTooNarrow(PrintingError):
    """The white border of the QR code is narrower than four modules."""

    code: ClassVar[str] = "quiet-zone-too-narrow"

    def __init__(self, template: str, what: str) -> None:
        super().__init__(
            f"Template {template}: {what}. Keep 4 modules around the code free of everything."
        )
        self.template, self.what = template, what


class QrNotBlackOnLight(PrintingError):
    """The QR code is not 100 % black on a light ground."""

    code: ClassVar[str] = "qr-not-black-on-light"

    def __init__(self, template: str, colour: str, ground: str) -> None:
        super().__init__(
            f"Template {template}: the code is {colour!r} on {ground!r}. Print it in 100 % black "
            '(cmyk = [0, 0, 0, 100], srgb = "#000000") on a light ground.'
        )
        self.template, self.colour, self.ground = template, colour, ground


class QrPayloadNotAlphanumeric(PrintingError):
    """The address holds a character that the compact mode of QR codes cannot carry."""

    code: ClassVar[str] = "qr-payload-not-alphanumeric"

    def __init__(self, payload: str, character: str) -> None:
        super().__init__(
            f"{payload[:90]!r} holds {character!r}. A label's code carries only 0-9, A-Z and "
            "$ % * + - . / : in its address; choose a public origin without that character."
        )
        self.payload, self.character = payload[:90], character


class QrPayloadTooLong(PrintingError):
    """The address does not fit the QR versions that the template has room for."""

    code: ClassVar[str] = "qr-payload-too-long"

    def __init__(self, payload: str, versions: tuple[int, int], level: str) -> None:
        super().__init__(
            f"{payload[:90]!r} has {len(payload)} characters, too many for a version "
            f"{versions[1]}-{level} code. Choose a template with a larger code, or a shorter host."
        )
        self.payload, self.length = payload[:90], len(payload)
        self.versions, self.level = versions, level


class TextOverflows(PrintingError):
    """A text does not fit its box, even at its smallest size."""

    code: ClassVar[str] = "text-overflows"

    def __init__(self, template: str, box: str, text: str, smallest_pt: float) -> None:
        super().__init__(
            f"Template {template}: {text[:80]!r} does not fit the box {box!r} at {smallest_pt:g} "
            "pt, its smallest size. Shorten the text or choose a larger template."
        )
        self.template, self.box, self.text = template, box, text[:80]
        self.smallest_pt = smallest_pt


class TextTooSmall(PrintingError):
    """A template sets text smaller than people can read: 5 pt, 6 pt reversed."""

    code: ClassVar[str] = "text-too-small"

    def __init__(self, template: str, box: str, size_pt: float, smallest_pt: float) -> None:
        super().__init__(
            f"Template {template}: the box {box!r} allows {size_pt:g} pt; at least "
            f"{smallest_pt:g} pt stay readable (6 pt where light stands on dark)."
        )
        self.template, self.box = template, box
        self.size_pt, self.smallest_pt = size_pt, smallest_pt


class GlyphMissing(PrintingError):
    """The font has no shape for a character."""

    code: ClassVar[str] = "glyph-missing"

    def __init__(self, character: str, text: str, font: str) -> None:
        super().__init__(
            f"{font} has no {character!r} (U+{ord(character):04X}), needed for {text[:80]!r}. "
            "Write that word with other characters."
        )
        self.character, self.text, self.font = character, text[:80], font


class GlyphBlank(PrintingError):
    """The font draws nothing for a character that is not a space."""

    code: ClassVar[str] = "glyph-blank"

    def __init__(self, character: str, text: str, font: str) -> None:
        super().__init__(
            f"{font} draws nothing for U+{ord(character):04X} in {text[:80]!r}: it would vanish "
            "from the label. Remove it or write that word with other characters."
        )
        self.character, self.text, self.font = f"U+{ord(character):04X}", text[:80], font


class RightToLeftText(PrintingError):
    """A text is written from right to left, which these templates do not set."""

    code: ClassVar[str] = "right-to-left-text"

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{text[:80]!r} runs from right to left; labels are set in zh-CN and en. "
            "Give the text in one of these languages."
        )
        self.text = text[:80]


class OutsideSafeShape(PrintingError):
    """Something would be cut off: it reaches beyond the safe shape of the label."""

    code: ClassVar[str] = "outside-safe-shape"

    def __init__(self, template: str, what: str, beyond_mm: float) -> None:
        super().__init__(
            f"Template {template}: {what[:100]} reaches {beyond_mm:.2f} mm beyond the safe shape "
            "and could be cut off. Move it inwards or make it smaller."
        )
        self.template, self.what, self.beyond_mm = template, what[:100], round(beyond_mm, 3)
