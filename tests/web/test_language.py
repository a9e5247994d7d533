import shutil
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.texts import LANGUAGE_TAG
from app.web.language import CATALOGUES, languages, nearest, negotiate, read_languages

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("header", "wanted", "gets"),
    [
        (None, None, "en"),
        ("", "", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", None, "zh-CN"),
        ("zh", None, "zh-CN"),
        ("zh-TW", None, "zh-CN"),  # until there is zh-Hant: better than English
        ("ZH-hans-cn", None, "zh-CN"),
        ("en-GB,zh-CN;q=0.5", None, "en"),
        ("fr-FR,de;q=0.9,zh;q=0.1", None, "zh-CN"),
        ("en;q=0.3, zh-CN;q=0.7", None, "zh-CN"),
        ("en;q=0, zh-CN;q=0.001", None, "zh-CN"),
        ("zh-CN;q=0", None, "en"),
        ("*", None, "en"),
        ("zh-CN", "en", "en"),
        ("en", "zh-CN", "zh-CN"),
        ("en", "zh", "zh-CN"),
        ("zh-CN", "klingon", "zh-CN"),
        ("zh-CN", "../../etc/passwd", "zh-CN"),
        (";;;q=,,,=", "\x00", "en"),
        ("zh-CN;q=NaN,en;q=1e9", None, "en"),
        ("x" * 100_000, "y" * 100_000, "en"),
        ("fr," * 5_000 + "zh-CN", None, "en"),
        ("中文", "中文", "en"),
    ],
)
def test_reader_gets_the_language_asked_for(
    header: str | None, wanted: str | None, gets: str
) -> None:
    assert negotiate(header, wanted) == gets


@given(st.text(alphabet="zhencnCN-_;q=01.*, \x00é", max_size=300), st.text(max_size=50))
def test_garbage_always_gets_a_language_of_ours(header: str, wanted: str) -> None:
    assert negotiate(header, wanted) in languages()


def test_a_language_is_added_by_its_catalogue_alone(tmp_path: Path) -> None:
    for tag in ("en", "zh-CN", "zh-Hant"):
        source = CATALOGUES / ("en" if tag == "en" else "zh-CN")
        shutil.copytree(source, tmp_path / tag)
    ours = read_languages(tmp_path)
    assert list(ours) == ["en", "zh-CN", "zh-Hant"]
    assert nearest("zh-TW", ours) == "zh-Hant"
    assert nearest("zh-HK", ours) == "zh-Hant"
    assert nearest("zh-SG", ours) == "zh-CN"
    assert nearest("zh", ours) == "zh-CN"
    assert ours["zh-Hant"].day(date(2026, 1, 31)) == "2026年1月31日"


def test_every_folder_is_named_by_a_language_tag() -> None:
    assert set(languages()) >= {"en", "zh-CN"}
    assert all(LANGUAGE_TAG.fullmatch(tag) for tag in languages())


def test_catalogues_are_complete() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "catalogues", "check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Catalogues complete: en, zh-CN" in done.stdout


def test_a_missing_translation_fails_the_check(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "app", tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "catalogues", tmp_path / "scripts" / "catalogues")
    catalogue = tmp_path / "app" / "web" / "pages" / "locale" / "zh-CN" / "messages.po"
    whole = catalogue.read_text(encoding="utf-8")
    assert 'msgstr "产地"' in whole
    broken = whole.replace('msgstr "产地"', 'msgstr ""').replace("{start}", "{begin}")
    catalogue.write_text(broken, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, tmp_path / "scripts" / "catalogues", "check"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 1
    assert "zh-CN: sentence: Origin: not translated" in done.stdout
    assert "verdict period: valid: other {placeholders}" in done.stdout


def test_dates_are_written_in_the_readers_manner_and_in_utc() -> None:
    last = datetime(2028, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert languages()["en"].day(last) == "December 31, 2028"
    assert languages()["zh-CN"].day(last) == "2028年12月31日"
    assert languages()["zh-CN"].moment(last) == "2028年12月31日 23:59:59 UTC"


@pytest.mark.parametrize(
    "digits", ["0.2956", "0.1320", "0", "0.000000001", "1000000000000", "-0.50", "1E-9"]
)
@pytest.mark.parametrize("tag", ["en", "zh-CN"])
def test_every_digit_of_a_number_is_kept(digits: str, tag: str) -> None:
    assert languages()[tag].number(Decimal(digits)) == format(Decimal(digits), "f")


def test_an_unknown_code_is_shown_as_it_is() -> None:
    assert languages()["zh-CN"].coded("reason", "made-up-later") == "made-up-later"
