import re
from pathlib import Path

import pytest

from app.printing.errors import (
    ModuleTooSmall,
    OutsideSafeShape,
    QrNotBlackOnLight,
    QuietZoneTooNarrow,
    TemplateNotFound,
    TemplateRefused,
    TextTooSmall,
)
from app.printing.template import find_template, list_templates, load_template
from tests.printing.sample import STICKER, TEMPLATES, altered

BILLION_LAUGHS = '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>\n<svg xmlns'


def line_of(file: Path, part: str) -> int:
    lines = file.read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if part in line)


def test_every_shipped_template_is_found_and_loads() -> None:
    assert "sticker-30" in list_templates(TEMPLATES)
    for name in list_templates(TEMPLATES):
        assert find_template(TEMPLATES, name).name == name


def test_the_sticker_is_what_it_says() -> None:
    sticker = load_template(STICKER)
    assert (sticker.trim.width_mm, sticker.trim.is_round) == (30, True)
    assert sticker.languages == ("zh-CN", "en", "both")
    assert sticker.title["en"] == "Round fruit sticker, 30 mm"


@pytest.mark.parametrize("name", ["sticker-31", "../sticker-30", "", "fonts"])
def test_a_template_that_is_not_there(name: str) -> None:
    with pytest.raises(TemplateNotFound, match="sticker-30"):
        find_template(TEMPLATES, name)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('name = "sticker-30"', 'name = "sticker-30"\ncolor = "red"', "unknown key 'color'"),
        ('name = "sticker-30"', 'name = "sticker-99"', "name must be the folder's"),
        ('name = "sticker-30"', 'name = "sticker-30', "is not TOML"),
        ("bleed_mm = 1.5", 'bleed_mm = "1.5"', "bleed_mm must be a number"),
        ("bleed_mm = 1.5", "bleed_mm = -1", "bleed_mm must be from 0 to 10"),
        ("bleed_mm = 1.5", "bleed_mm = nan", "bleed_mm must be from 0 to 10"),
        ("bleed_mm = 1.5", "bleed_mm = true", "bleed_mm must be a number"),
        ("safe_mm = 1\n", "", "safe_mm is missing"),
        ('shape = "round"', 'shape = "star"', "shape must be one of rect, round"),
        ("diameter_mm = 30", "diameter_mm = 30, size_mm = [1, 1]", "unknown key 'size_mm'"),
        ('srgb = "#9ccb3b"', 'srgb = "lime"', "srgb must be such as"),
        ('srgb = "#9ccb3b"', 'srgb = "#0a5c36"', "another colour already"),
        ("cmyk = [46, 0, 92, 0]", "cmyk = [46, 0, 92]", "cmyk must be a list of 4"),
        ("cmyk = [46, 0, 92, 0]", "cmyk = [146, 0, 92, 0]", "cmyk must be from 0 to 100"),
        ("NotoSansSC-Bold.ttf", "../secret.ttf", "there is no TrueType font"),
        ("NotoSansSC-Bold.ttf", "Nothing.ttf", "there is no TrueType font"),
        ('shows = "qr"', 'shows = "barcode"', "shows must be one of text, value, qr"),
        ('level = "M"', 'level = "X"', "level must be one of L, M, Q, H"),
        ("versions = [3, 3]", "versions = [3, 2]", "the smaller first"),
        ("versions = [3, 3]", "versions = [3, 41]", "versions must be from 1 to 40"),
        ("size_mm = [12.5307, 12.5307]", "size_mm = [12.5307, 12]", "a QR code is square"),
        ('fit = "refuse"', 'fit = "squeeze"', "fit must be one of shrink, wrap, refuse"),
        ('fit = "refuse"', 'fit = "wrap"', "a text on an arc has one line"),
        ('font = "bold"', 'font = "black"', "font must be one of regular, bold"),
        ('colour = "paper"', 'colour = "pink"', "colour must be one of"),
        ('when = "sourced"', 'when = "raining"', "when must be one of"),
        ('"{code}", en', '"{kode}", en', "{kode} is no field"),
        ('"{code}", en', '"{code@en}", en', "{code@en} has no such language"),
        ('"{code}", en', '"{code", en', "a brace belongs to a field"),
        ('both = "{product@en}"', 'both = "{product}"', "say which"),
        ('{ zh-CN = "{value}"', '{ zh-CN = "about {value}"', "and nothing else"),
        ('text = { zh-CN = "有效至"', 'text = { fr = "valable"', "unknown key 'fr'"),
        ("minimum_pt = 5\n", "minimum_pt = 50\n", "minimum_pt must not be greater"),
        ("radius_mm = 12.12", "radius_mm = 0", "radius_mm must be from 3 to 1000"),
        ('valign = "end"', "turn_deg = 45", "turn_deg must be 0, 90 or -90"),
    ],
)
def test_a_template_that_does_not_parse_names_file_line_and_reason(
    tmp_path: Path, old: str, new: str, reason: str
) -> None:
    folder = altered(tmp_path, "template.toml", old, new)
    with pytest.raises(TemplateRefused, match=re.escape(reason)) as refused:
        load_template(folder)
    assert refused.value.file == "sticker-30/template.toml"
    assert refused.value.line > 0
    assert str(refused.value).startswith("sticker-30/template.toml, line ")


def test_the_line_is_the_line_of_the_key(tmp_path: Path) -> None:
    folder = altered(tmp_path, "template.toml", 'name = "code"', 'name = "code"\ncolr = "ink"')
    with pytest.raises(TemplateRefused) as refused:
        load_template(folder)
    assert refused.value.line == line_of(folder / "template.toml", "colr")


@pytest.mark.parametrize(
    ("old", "new", "reason", "mark"),
    [
        ("</svg>", "<script>alert(1)</script></svg>", "<script> is outside the subset", "<script"),
        ("</svg>", '<image href="http://x/y.png"/></svg>', "<image> is outside", "<image"),
        ("</svg>", '<use href="other.svg#a"/></svg>', "<use> is outside", "<use"),
        ("</svg>", "<linearGradient/></svg>", "<linearGradient> is outside", "<linearG"),
        ("</svg>", "<text>hello</text></svg>", "<text> is outside", "<text"),
        ("</svg>", '<a xmlns="http://www.w3.org/1999/xhtml"/></svg>', "not an SVG element", "<a "),
        ("</svg>", "loose</svg>", "loose text is not allowed", "loose"),
        ("</svg>", "<?php run ?></svg>", "processing instruction", "<?php"),
        ("</svg>", '<path d="M0 0" fill="lime"', "is not XML", None),
        ("<svg xmlns", BILLION_LAUGHS, "document type or entity", None),
        (
            "<svg xmlns",
            '<!DOCTYPE svg SYSTEM "file:///etc/passwd"><svg xmlns',
            "document type or entity",
            None,
        ),
        (' viewBox="-1.5 -1.5 33 33"', "", "viewBox is missing", "<svg"),
        ('"-1.5 -1.5 33 33"', '"0 0 33 33"', "viewBox must be", "<svg"),
        ('width="33mm"', 'width="33px"', 'width must be "33mm"', "<svg"),
        ('fill="pulp"', 'fill="url(#gradient)"', "is no colour of the template", "<path"),
        ('fill="pulp"', 'fill="#123456"', "is no colour of the template", "<path"),
        ('fill="pulp" ', "", "<path> has no fill", "<path"),
        ('fill="pulp"', 'fill="pulp" onclick="x()"', "may not have 'onclick'", "onclick"),
        ('fill="pulp"', 'fill="pulp" style="fill:red"', "may not have 'style'", "style="),
        ('fill="pulp"', 'fill="pulp" filter="url(#x)"', "may not have 'filter'", "filter="),
        ('rx="0.8"', 'rx="0.8" stroke="black"', "may not have 'stroke'", "stroke="),
        ('rx="0.8"', 'rx="0.8" fill-rule="mixed"', "fill-rule must be", "mixed"),
        ('cx="15" cy="15" r="16.5"', 'cx="15" cy="15" r="0"', "needs r greater than 0", 'r="0"'),
        ('cx="15" cy="15" r="16.5"', 'cx="15" cy="15" r="3mm"', "plain number", '"3mm"'),
        ('d="M0 -1.5', 'd="M0 wrong', "is no path", "wrong"),
        ("translate(15 15)", "skewX(30)", "is outside translate", "skewX"),
        ("rotate(36)", "rotate(36 1)", "rotate cannot have 2 numbers", "rotate(36 1)"),
        ('data-when="sourced"', 'data-when="never"', "data-when must be one of", "never"),
    ],
)
def test_art_outside_the_subset_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, reason: str, mark: str | None
) -> None:
    folder = altered(tmp_path, "art.svg", old, new)
    with pytest.raises(TemplateRefused, match=re.escape(reason)) as refused:
        load_template(folder)
    assert refused.value.file == "sticker-30/art.svg"
    # What the parser itself stumbles over is found at the beginning or the end of the file.
    total = len((folder / "art.svg").read_text("utf-8").splitlines())
    lines = {line_of(folder / "art.svg", mark)} if mark else {1, 2, total, total + 1}
    assert refused.value.line in lines


def test_deeply_nested_art_is_refused(tmp_path: Path) -> None:
    deep = "<g>" * 40 + "</g>" * 40 + "</svg>"
    with pytest.raises(TemplateRefused, match="nest deeper"):
        load_template(altered(tmp_path, "art.svg", "</svg>", deep))


def test_a_file_that_is_missing_huge_or_not_utf_8_is_refused(tmp_path: Path) -> None:
    folder = altered(tmp_path, "art.svg", "</svg>", "<!--" + "x" * 1_000_001 + "--></svg>")
    with pytest.raises(TemplateRefused, match="at most"):
        load_template(folder)
    (folder / "art.svg").unlink()
    with pytest.raises(TemplateRefused, match="cannot be read"):
        load_template(folder)
    (folder / "template.toml").write_bytes(b'name = "x"\n# \xff\n')
    with pytest.raises(TemplateRefused, match="is not UTF-8") as refused:
        load_template(folder)
    assert refused.value.line == 2


def test_art_may_name_a_colour_by_its_srgb_value(tmp_path: Path) -> None:
    folder = altered(tmp_path, "art.svg", 'fill="pulp"', 'fill="#eff7e2"')
    assert load_template(folder).art == load_template(STICKER).art


def test_modules_that_are_too_small_are_refused(tmp_path: Path) -> None:
    folder = altered(tmp_path, "template.toml", "[12.5307, 12.5307]", "[12, 12]")
    with pytest.raises(ModuleTooSmall) as refused:
        load_template(folder)
    assert refused.value.module_mm == pytest.approx(12 / 37, abs=1e-4)


def test_a_template_cannot_talk_the_smallest_module_down(tmp_path: Path) -> None:
    folder = altered(tmp_path, "template.toml", "[12.5307, 12.5307]", "[12, 12]")
    source = (folder / "template.toml").read_text("utf-8")
    loosened = source.replace("smallest_module_mm = 0.33", "smallest_module_mm = 0.1")
    (folder / "template.toml").write_text(loosened, "utf-8")
    with pytest.raises(ModuleTooSmall):
        load_template(folder)


def test_a_quiet_zone_of_three_modules_is_refused(tmp_path: Path) -> None:
    folder = altered(tmp_path, "template.toml", "quiet_modules = 4", "quiet_modules = 3")
    with pytest.raises(QuietZoneTooNarrow, match="3 modules"):
        load_template(folder)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('colour = "black"', 'colour = "ink"'),
        ('ground = "paper"', 'ground = "rind"'),
        ("cmyk = [0, 0, 0, 100]", "cmyk = [60, 40, 40, 100]"),
    ],
)
def test_a_code_that_is_not_black_on_light_is_refused(tmp_path: Path, old: str, new: str) -> None:
    with pytest.raises(QrNotBlackOnLight):
        load_template(altered(tmp_path, "template.toml", old, new))


@pytest.mark.parametrize(
    ("old", "new", "smallest"),
    [
        ("size_pt = 6\n", "size_pt = 5.5\n", 6),  # the rind is reversed
        ("minimum_pt = 5\n", "minimum_pt = 4.9\n", 5),
        ("unit_pt = 5.4", "unit_pt = 4", 5),
    ],
)
def test_text_that_may_become_too_small_is_refused(
    tmp_path: Path, old: str, new: str, smallest: float
) -> None:
    with pytest.raises(TextTooSmall) as refused:
        load_template(altered(tmp_path, "template.toml", old, new))
    assert refused.value.smallest_pt == smallest


@pytest.mark.parametrize("box", ["[8.7207, 14.9013]", "[7.5, 12.85]"])
def test_a_box_beyond_the_safe_circle_is_refused(tmp_path: Path, box: str) -> None:
    with pytest.raises(OutsideSafeShape):
        load_template(altered(tmp_path, "template.toml", f"at_mm = {box}", "at_mm = [16, 16]"))
