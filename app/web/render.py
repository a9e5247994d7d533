"""The pages as bytes: pure functions of what is known, in one language.

Everything foreign is escaped, and characters that deceive the eye are made visible. The pages
carry no script, no inline style and no address of anyone else, so the strictest content security
policy holds: `CONTENT_SECURITY_POLICY`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from app.kit.codes import shown
from app.kit.texts import Texts, in_language
from app.kit.units import Quantity
from app.statements.model import (
    Judgement,
    Outcome,
    Published,
    Verdict,
    is_development_origin,
)
from app.web.assets import static_path
from app.web.language import Language, languages
from app.web.view import (
    HomeLabel,
    LabelLinks,
    Withdrawal,
    exact_if_rounded,
    is_fictitious,
    is_verified,
    stage_rows,
    trusted,
)

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
PAGES = Path(__file__).parent / "pages"

_LONGEST_TITLE = 60
_MANY_DIGITS = 12  # from here on a number may be broken over lines
# Controls, direction overrides, private use and lone surrogates; joiners shape some scripts.
_DECEIVING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u180e\u200b\u200e\u200f"
    "\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\ue000-\uf8ff"
    "\U000e0000-\U000e007f\U000f0000-\U0010ffff]"
)


@dataclass(frozen=True, slots=True)
class _Pages:
    """The compiled templates of one language."""

    language: Language
    label: Template
    unknown: Template
    home: Template
    error: Template


def render_label(
    published: Published | None,
    judgement: Judgement,
    language: str,
    *,
    code: str,
    links: LabelLinks,
    origin: str,
    withdrawal: Withdrawal | None = None,
    chosen: bool = False,
) -> bytes:
    """Return the page of a label, for any verdict, as UTF-8.

    `published` is what the statement says; None if nothing of it can be believed (and whatever is
    given, a forgery's text is not shown). `origin` is this service's own, such as
    `https://label.example`. `withdrawal` says why a label is suspended or revoked. `chosen` is
    whether the reader chose the language by link: then the page's own links keep it.
    """
    pages = _pages(language)
    known = trusted(published, judgement)
    page = pages.label.render(
        code=shown(code),
        judgement=judgement,
        known=known,
        rows=stage_rows(known) if known else [],
        fictitious=known is not None and is_fictitious(known),
        verified=known is not None and is_verified(known),
        development=is_development_origin(origin) or (known is not None and known.is_development),
        withdrawal=withdrawal,
        links=links,
        host=urlsplit(known.url if known else origin).netloc.rpartition("@")[2],
        **_frame(pages.language, chosen=chosen),
    )
    return page.encode()


def render_unknown(typed: str, mistyped: bool, language: str, *, chosen: bool = False) -> bytes:  # noqa: FBT001 - the two cases are one answer, and callers read `mistyped`
    """Return the page for a code without a label, as UTF-8.

    `mistyped`: the code cannot be right (length, characters or check character), so the reader is
    asked to compare it; otherwise it could be a code, but none was issued here.
    """
    pages = _pages(language)
    page = pages.unknown.render(
        typed=typed[:40],
        mistyped=mistyped,
        **_frame(pages.language, chosen=chosen, kept={"q": _visible(typed[:40])}),
    )
    return page.encode()


def render_home(
    labels: Sequence[HomeLabel], language: str, *, origin: str, chosen: bool = False
) -> bytes:
    """Return the home page as UTF-8: what this is, a form for a code or link, and the labels."""
    pages = _pages(language)
    page = pages.home.render(
        labels=labels,
        development=is_development_origin(origin),
        **_frame(pages.language, chosen=chosen),
    )
    return page.encode()


def render_error(
    status: int, title: str, detail: str, language: str, *, chosen: bool = False
) -> bytes:
    """Return a page that says what went wrong and what to do, as UTF-8."""
    pages = _pages(language)
    page = pages.error.render(
        status=status, title=title, detail=detail, **_frame(pages.language, chosen=chosen)
    )
    return page.encode()


def warm_up() -> None:
    """Read the catalogues and compile every page, so that no reader waits for it."""
    for tag in languages():
        _pages(tag)


def _frame(
    language: Language, *, chosen: bool, kept: dict[str, str] | None = None
) -> dict[str, object]:
    """Return what the frame around every page needs."""
    others = [
        (other.tag, other.coded("language", "name"), f"?{urlencode({**(kept or {}), 'lang': tag})}")
        for tag, other in languages().items()
    ]
    return {
        "others": others,
        "lang": language.tag,
        "keep": f"?lang={language.tag}" if chosen else "",
        "chosen": chosen,
    }


@cache
def _pages(tag: str) -> _Pages:
    language = languages()[tag]
    environment = Environment(
        loader=FileSystemLoader(PAGES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_plainly,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals.update(
        {
            "_": partial(_say, language),
            "coded": language.coded,
            "day": language.day,
            "moment": language.moment,
            "number": language.number,
            "per_unit": partial(_per_unit, language),
            "exact_if_rounded": partial(exact_if_rounded, language=tag),
            "percent": _percent,
            "static": static_path,
            "whole": Decimal("100.0"),
            "Outcome": Outcome,
            "Verdict": Verdict,
        }
    )
    environment.filters.update(
        {
            "said": partial(_said, tag),
            "in_title": partial(_in_title, tag),
            "is_endless": partial(_is_endless, tag),
            "figure": partial(_figure, tag),
            "chemical": _chemical,
            "web_address": _web_address,
            "shown": shown,
        }
    )
    return _Pages(
        language,
        label=environment.get_template("label.html"),
        unknown=environment.get_template("unknown.html"),
        home=environment.get_template("home.html"),
        error=environment.get_template("error.html"),
    )


def _say(language: Language, message: str, **values: object) -> Markup:
    """Return a sentence of the catalogue, which may hold markup, with its values escaped."""
    sentence = Markup(language.say(message))  # noqa: S704 - catalogues are our own files
    return sentence.format(**{name: escape(value) for name, value in values.items()})


def _plainly(value: object) -> object:
    """Return what a template is about to write, with deceiving characters made visible."""
    if isinstance(value, Markup):
        return Markup(_DECEIVING.sub("\ufffd", value))  # noqa: S704 - it was markup before
    return _visible(value) if isinstance(value, str) else value


def _visible(text: str) -> str:
    return _DECEIVING.sub("\ufffd", text)


def _said(tag: str, texts: Texts) -> Markup:
    """Return a text in the reader's language, or in another one that is then marked as such."""
    text = in_language(texts, tag)
    if texts.get(tag) == text:
        return Markup("<bdi>{}</bdi>").format(text)
    spoken = next((own for own, other in texts.items() if other == text), "")
    return Markup('<bdi lang="{}">{}</bdi>').format(spoken, text) if text else Markup("—")


def _in_title(tag: str, texts: Texts) -> str:
    text = in_language(texts, tag)
    return text if len(text) <= _LONGEST_TITLE else f"{text[:_LONGEST_TITLE]}…"


def _is_endless(tag: str, texts: Texts) -> bool:
    """Whether a name would push everything else off the screen."""
    return len(in_language(texts, tag)) > 2 * _LONGEST_TITLE


def _figure(tag: str, texts: Texts) -> Markup:
    """Return a signed label text with its digits and its unit set apart; no character changes."""
    digits, _, unit = in_language(texts, tag).partition(" ")
    many = len(digits) > _MANY_DIGITS
    marked = Markup('<b class="many">{}</b>') if many else Markup("<b>{}</b>")
    return marked.format(digits) + Markup(' <span class="unit">{}</span>').format(_chemical(unit))


def _chemical(text: str) -> Markup:
    return Markup(str(escape(text)).replace("CO2", "CO<sub>2</sub>"))  # noqa: S704 - just escaped


def _web_address(url: str) -> str:
    """Return the URL if a browser may follow it, else nothing: `javascript:` is a URL as well."""
    return url if re.match(r"https?://[^/\s]", url, re.IGNORECASE) else ""


def _percent(share: Decimal) -> Decimal:
    return share.scaleb(2)  # moves the point: 0.62 is 62, exactly


def _per_unit(language: Language, unit: Quantity) -> str:
    if unit.amount == 1:
        return language.coded("per unit", unit.unit)
    return language.coded("per unit", "quantity").format(quantity=unit.text(language.tag))
