from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from app.printing.errors import GlyphBlank, GlyphMissing
from app.printing.fonts import load_face
from tests.printing.sample import TEMPLATES, hollowed

FONTS = TEMPLATES / "fonts"
FILES = sorted(FONTS.glob("*.ttf"))


def gb2312() -> set[str]:
    found = set()
    for row in range(0xB0, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                found.add(bytes((row, cell)).decode("gb2312"))
            except UnicodeDecodeError:
                continue
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_font_is_static_truetype_of_moderate_size(file: Path) -> None:
    font = TTFont(file)
    assert "glyf" in font
    assert "CFF " not in font
    assert "fvar" not in font
    assert (FONTS / "OFL.txt").read_text("utf-8").count("SIL OPEN FONT LICENSE") == 1
    assert "Open Font License" in font["name"].getDebugName(13)
    font.close()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_all_6763_characters_of_gb_2312_and_latin_1_have_shapes(file: Path) -> None:
    assert len(FILES) == 2
    face = load_face(file)
    characters = gb2312()
    assert len(characters) == 6763
    latin = {chr(c) for c in (*range(0x21, 0x7F), *range(0xA1, 0x100))}
    for character in characters | latin | set("·（）「」《》，。、；：！？—…℃³²μΩ–’“”"):
        face.refuse_unprintable(character)


def test_blank_and_missing_are_told_apart(tmp_path: Path) -> None:
    face = load_face(hollowed("橙", tmp_path / "blank.ttf"))
    assert face.refuse_unprintable("a b\u3000爱媛") == "a b\u3000爱媛"
    with pytest.raises(GlyphBlank, match=r"U\+6A59 in '爱媛橙'"):
        face.refuse_unprintable("爱媛橙")
    with pytest.raises(GlyphMissing, match=r"U\+2082\), needed for 'CO₂'"):
        face.refuse_unprintable("CO₂")
