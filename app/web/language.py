"""Languages of the pages: which one a reader gets, and its words, dates and numbers.

A language is a folder `pages/locale/<tag>/` with a `messages.po`; adding the folder adds the
language. Catalogues are compiled in memory: no generated file lies in the tree.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from types import MappingProxyType

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import get_decimal_symbol, get_minus_sign_symbol
from babel.support import Translations

from app.kit.decimals import plain

FALLBACK = "en"  # for a reader of whose languages we have none
CATALOGUES = Path(__file__).parent / "pages" / "locale"

_RANGE = re.compile(
    r"\s*([a-z]{1,8}(?:-[a-z0-9]{1,8}){0,3}|\*)\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?",
    re.IGNORECASE | re.ASCII,
)
_LONGEST_HEADER = 256  # a browser sends some 40 characters; the rest is cut, not refused
_MOST_RANGES = 16


@dataclass(frozen=True, slots=True)
class Language:
    """One language of the pages: its catalogue, and its manner of writing dates and numbers."""

    tag: str  # BCP 47, as in the `lang` attribute: zh-CN
    locale: Locale
    translations: Translations

    def say(self, message: str) -> str:
        """Return the translation of an English sentence, else the sentence itself."""
        return str(self.translations.gettext(message))

    def coded(self, context: str, code: str) -> str:
        """Return the words for a stable code, such as `reason` `signature-wrong`.

        A code that the catalogue does not know is returned as it is, so it must be escaped.
        """
        return str(self.translations.pgettext(context, code))

    def day(self, day: date) -> str:
        """Return the date (a `datetime`: its day in UTC) in words: `January 31, 2026`."""
        if isinstance(day, datetime):
            day = day.astimezone(UTC).date()
        return format_date(day, format="long", locale=self.locale)

    def moment(self, moment: datetime) -> str:
        """Return the date and time in UTC, to the second."""
        written = format_datetime(
            moment.astimezone(UTC), format="medium", tzinfo=UTC, locale=self.locale
        )
        return f"{written} UTC"

    def number(self, value: Decimal) -> str:
        """Return exactly the digits of `value` with this language's decimal and minus sign.

        Nothing is rounded, no zero is dropped, and nothing is grouped: the digits are evidence.
        """
        digits = plain(value)
        sign = get_minus_sign_symbol(self.locale) if digits.startswith("-") else ""
        return sign + digits.removeprefix("-").replace(".", get_decimal_symbol(self.locale))


@cache
def languages() -> Mapping[str, Language]:
    """Return every language of ours by tag, the fallback first; the catalogues are read once."""
    return read_languages(CATALOGUES)


def read_languages(folder: Path) -> Mapping[str, Language]:
    """Return the languages whose catalogues lie in `folder`, by tag, the fallback first."""
    tags = sorted(
        (path.parent.name for path in folder.glob("*/messages.po")),
        key=lambda tag: (tag != FALLBACK, tag),
    )
    return MappingProxyType({tag: _read(folder, tag) for tag in tags})


def negotiate(accept_language: str | None, wanted: str | None) -> str:
    """Return the tag of the language that the reader gets.

    `wanted` is the reader's own choice (`?lang=`) and wins if we have it; then comes the
    `Accept-Language` header. Neither is trusted: what is not understood is passed over, and a
    reader without any language of ours gets `FALLBACK`.
    """
    return _negotiated((accept_language or "")[: _LONGEST_HEADER + 1], (wanted or "")[:40])


def nearest(tag: str, ours: Mapping[str, Language]) -> str | None:
    """Return the tag among `ours` nearest to `tag`: the same, else same script, else same base.

    The script decides before the order: zh-TW means zh-Hant wherever there is one. None if no
    language is near, or `tag` is no language tag.
    """
    known = {our_tag.lower(): our_tag for our_tag in ours}
    if tag.lower() in known:
        return known[tag.lower()]
    try:
        locale = Locale.parse(tag, sep="-")
    except (ValueError, UnknownLocaleError):
        return None
    same_base = [our for our in ours.values() if our.locale.language == locale.language]
    same_script = [our for our in same_base if our.locale.script == locale.script]
    return next((our.tag for our in (*same_script, *same_base)), None)


@lru_cache(maxsize=1024)
def _negotiated(accept_language: str, wanted: str) -> str:
    if _RANGE.fullmatch(wanted) and (chosen := nearest(wanted, languages())):
        return chosen
    if len(accept_language) > _LONGEST_HEADER:  # the last range may be cut in two
        accept_language = accept_language.rpartition(",")[0]
    for language_range in _ranges(accept_language):
        if language_range == "*":
            return FALLBACK
        if found := nearest(language_range, languages()):
            return found
    return FALLBACK


def _ranges(header: str) -> list[str]:
    """Return the language ranges of an Accept-Language header, best first, without `q=0`."""
    weighed: list[tuple[float, str]] = []
    for part in header.split(",")[:_MOST_RANGES]:
        match = _RANGE.fullmatch(part)
        if match and (quality := min(float(match[2] or 1), 1.0)) > 0:
            weighed.append((quality, match[1]))
    return [text for _, text in sorted(weighed, key=lambda pair: -pair[0])]


def _read(folder: Path, tag: str) -> Language:
    with (folder / tag / "messages.po").open("rb") as po:
        catalogue = read_po(po, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Language(tag, Locale.parse(tag, sep="-"), Translations(compiled))
