import gzip
import hashlib
import re
from itertools import pairwise

import pytest

from app.statements.model import Verdict
from app.web.assets import FOLDER, static_files, static_path
from app.web.language import languages
from app.web.render import render_error, render_home, render_unknown, warm_up
from app.web.view import HomeLabel
from tests.web.sample_labels import ORANGES, ORIGIN, PIECE
from tests.web.strict_page import Page

LANGUAGES = ("en", "zh-CN")


@pytest.mark.parametrize("language", LANGUAGES)
def test_home_explains_takes_a_code_and_links_the_labels(language: str) -> None:
    labels = [HomeLabel.of(ORANGES, Verdict.VALID), HomeLabel.of(PIECE, Verdict.VALID)]
    page = Page(render_home(labels, language, origin=ORIGIN))
    assert ("form", "method", "get") in page.attributes
    assert ("form", "action", "/find") in page.attributes
    assert ("input", "name", "q") in page.attributes
    assert page.values("href").count("/l/7Q4K2M9XG") == 2
    assert "0.2956" in page.text
    assert ("EXAMPLE" if language == "en" else "示例") in page.text
    assert "script" not in page.tags


def test_home_shows_no_number_that_is_not_in_force() -> None:
    page = Page(render_home([HomeLabel.of(ORANGES, Verdict.REVOKED)], "en", origin=ORIGIN))
    assert "0.2956" not in page.text
    assert "Revoked" in page.text


def test_home_without_labels_says_so_and_a_development_origin_as_well() -> None:
    page = Page(render_home([], "en", origin="http://127.0.0.1:8000", chosen=True))
    assert "No label has been issued here yet." in page.text
    assert "Development:" in page.text
    assert ("input", "value", "en") in page.attributes


@pytest.mark.parametrize("language", LANGUAGES)
def test_mistyped_and_never_issued_are_different_answers(language: str) -> None:
    mistyped = Page(render_unknown("7Q4K-2M9X-H", True, language)).text
    missing = Page(render_unknown("7Q4K-2M9X-G", False, language)).text
    words = languages()[language]
    assert words.say("Mistyped code") in mistyped
    assert words.coded("verdict sentence", "unknown") in missing
    assert words.say("Mistyped code") not in missing


def test_what_was_typed_comes_back_harmless_and_survives_a_change_of_language() -> None:
    typed = '"><script>\u202e' + "x" * 500
    page = Page(render_unknown(typed, True, "en"))
    assert "script" not in page.tags
    assert "\u202e" not in page.text
    assert "x" * 41 not in page.text
    paths = [v for v in page.values("href") if v and "lang=zh-CN" in v]
    assert len(paths) == 1
    assert paths[0].startswith("?q=%22%3E%3Cscript%3E")


def test_an_error_says_what_and_leads_home() -> None:
    page = Page(render_error(503, "Not <now>", "Try again in a minute.", "en"))
    assert "503" in page.text
    assert "Not <now>" in "".join(page.by_tag["h1"])
    assert "/" in page.values("href")


def test_every_page_names_every_language() -> None:
    warm_up()
    page = Page(render_home([], "en", origin=ORIGIN))
    assert set(page.values("hreflang")) == set(languages())


def test_static_files_are_named_by_their_content() -> None:
    files = static_files()
    assert {file.path for file in files.values()} == {
        static_path("style.css"),
        static_path("icon.svg"),
    }
    for path, file in files.items():
        digest = hashlib.sha256(file.content).hexdigest()[:12]
        assert path == file.path
        assert f".{digest}." in path
        assert file.etag == f'"{digest}"'
        assert gzip.decompress(file.gzipped) == file.content
    assert files[static_path("style.css")].content_type == "text/css; charset=utf-8"
    assert files[static_path("icon.svg")].content_type == "image/svg+xml"
    with pytest.raises(KeyError):
        static_path("../pages/base.html")


def test_the_style_sheet_fetches_nothing() -> None:
    sheet = (FOLDER / "style.css").read_text(encoding="utf-8")
    assert "url(" not in sheet
    assert "@import" not in sheet
    assert "@font-face" not in sheet


def test_text_stands_out_from_its_ground_in_light_and_dark() -> None:
    sheet = (FOLDER / "style.css").read_text(encoding="utf-8")
    schemes = [dict(re.findall(r"--([\w-]+): (#\w+)", block)) for block in _roots(sheet)[:2]]
    tones = ("good", "bad", "warn", "move", "doubt")
    pairs = [
        ("ink", "ground"),
        ("ink", "card"),
        ("soft", "ground"),
        ("soft", "card"),
        ("soft", "track"),
        ("soft", "leaf"),
        ("green", "card"),
        ("green", "ground"),
        ("green", "leaf"),
        *((tone, f"{tone}-bg") for tone in tones),
        *(("ink", f"{tone}-bg") for tone in tones),
    ]
    for colours in schemes:
        for text, ground in pairs:
            assert _contrast(colours[text], colours[ground]) >= 4.5, (text, ground)


def _roots(sheet: str) -> list[str]:
    starts = [match.start() for match in re.finditer(r":root \{", sheet)]
    return [sheet[start:end] for start, end in pairwise([*starts, len(sheet)])]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2.2."""
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
