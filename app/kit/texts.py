"""Texts in several languages, and the characters that no text of ours may carry."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import ClassVar

from app.kit.errors import CarbonLabelError

Texts = Mapping[str, str]  # language tag -> text

UNDETERMINED = "und"  # BCP 47: a text of which nobody said in which language it is
LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?", re.ASCII)
# Controls, format and bidirectional characters, line separators, surrogates, private use and
# noncharacters (Unicode categories Cc, Cf, Cs, Co, Zl, Zp). The joiners U+200C and U+200D shape
# some scripts and emoji and are left out; every other invisible character can only mislead, the
# fillers of Hangul, Khmer and Braille too, which are letters by category and blank on paper.
HIDDEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
    "\x00-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b\u200e\u200f"
    "\u2028-\u202e\u2060-\u206f\ud800-\uf8ff\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff\U000f0000-\U0010ffff]"
)


class HiddenCharacter(CarbonLabelError):
    """A text carries a control, bidirectional-override or other invisible character."""

    code: ClassVar[str] = "hidden-character"

    def __init__(self, character: str, position: int) -> None:
        name = unicodedata.name(character, "control character")
        super().__init__(
            f"Character {position + 1} is U+{ord(character):04X} ({name}), which is invisible or "
            "changes the direction of the text. Remove it."
        )
        self.character = f"U+{ord(character):04X}"
        self.position = position


class TextLengthWrong(CarbonLabelError):
    """A text is empty, or longer than its place."""

    code: ClassVar[str] = "text-length-wrong"

    def __init__(self, what: str, length: int, longest: int) -> None:
        super().__init__(
            f"The {what} has {length} characters; expected 1 to {longest}. Shorten or fill it."
        )
        self.what, self.length, self.longest = what, length, longest


def checked_text(text: str, what: str, longest: int) -> str:
    """Return the text itself; raises `TextLengthWrong`, `HiddenCharacter`."""
    if not text.strip() or len(text) > longest:
        raise TextLengthWrong(what, len(text), longest)
    return refuse_hidden(text)


def refuse_hidden(text: str) -> str:
    """Return the text itself; raises `HiddenCharacter` at the first character that deceives."""
    found = HIDDEN.search(text)
    if found:
        raise HiddenCharacter(found.group(), found.start())
    return text


def tagged(texts: Texts) -> list[dict[str, str]]:
    """Return JSON-LD language values, sorted by language, as a statement carries them."""
    return [{"@language": lang, "@value": texts[lang]} for lang in sorted(texts)]


def untagged(values: object) -> dict[str, str]:
    """Return language -> text of what `tagged` made; anything else is an empty mapping."""
    if not isinstance(values, Sequence) or isinstance(values, str):
        return {}
    return {
        str(value["@language"]): str(value["@value"])
        for value in values
        if isinstance(value, Mapping) and "@value" in value and "@language" in value
    }


def in_language(texts: Texts, language: str) -> str:
    """Return the text in `language`, else in its base language, English, or whatever there is.

    An empty mapping gives the empty string.
    """
    if language in texts:
        return texts[language]
    base = language.split("-", maxsplit=1)[0]
    for tag, text in texts.items():
        if tag.split("-")[0] == base:
            return text
    return texts.get("en") or next(iter(texts.values()), "")
