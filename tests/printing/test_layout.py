import dataclasses
from pathlib import Path

import pytest

from app.kit.errors import CarbonLabelError
from app.printing import errors
from app.printing.label import print_label
from app.printing.layout import lay_out
from app.printing.model import Drawing, Fill, GlyphRun, QrBox, QrMatrix
from app.printing.template import load_template
from app.statements.model import Published, Verdict
from tests.printing.sample import LOCAL_URL, STICKER, altered, judged, named, numbered, orange

LANGUAGES = ("zh-CN", "en", "both")


def texts(drawing: Drawing) -> str:
    """All text of a drawing, arcs joined glyph by glyph without their blanks."""
    return "".join(run.text for run in drawing.items if isinstance(run, GlyphRun))


def grounds(drawing: Drawing) -> set[str]:
    return {item.colour.name for item in drawing.items if isinstance(item, Fill)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sticker_says_what_was_signed(language: str) -> None:
    said = texts(lay_out(load_template(STICKER), orange(), language))
    assert "0.2956 kgCO2/kg" in said
    assert "7Q4K-2M9X-G" in said
    assert "2028-12-31" in said
    assert ("爱媛橙" in said) is (language != "en")
    assert ("Ehime orange" in said) is (language != "zh-CN")
    assert ("SampleCertifier(fictitious)" in said) is (language == "en")
    assert ("示例认证机构（虚构）" in said) is (language != "en")
    assert ("碳标签" in said) is (language != "en")
    assert ("Carbonlabel" in said) is (language != "zh-CN")
    assert "开发用" not in said
    assert "development" not in said
    assert "EXAMPLE" not in said


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh-CN", ("开发用",)), ("en", ("development",)), ("both", ("开发用", "development"))],
)
def test_a_development_origin_is_said_on_the_label(language: str, words: tuple[str, ...]) -> None:
    said = texts(lay_out(load_template(STICKER), orange(url=LOCAL_URL), language))
    assert all(word in said for word in words)


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh-CN", ("示例",)), ("en", ("EXAMPLE",)), ("both", ("示例", "EXAMPLE"))],
)
def test_a_wholly_illustrative_label_says_example_and_is_not_green(
    language: str, words: tuple[str, ...]
) -> None:
    sticker = load_template(STICKER)
    drawing = lay_out(sticker, orange(illustrative=("total", "stages")), language)
    assert texts(drawing).startswith(words[0])
    assert all(word in texts(drawing) for word in words)
    assert "amber" in grounds(drawing)
    assert "rind" not in grounds(drawing)
    assert "amber" not in grounds(lay_out(sticker, orange(), language))


def test_a_name_that_exists_in_chinese_only_is_not_set_twice() -> None:
    published = orange(product_name={"zh-CN": "爱媛橙"})
    assert texts(lay_out(load_template(STICKER), published, "both")).count("爱媛橙") == 1


def test_a_field_inside_a_name_is_not_filled_in() -> None:
    said = texts(lay_out(load_template(STICKER), named("{code}"), "en"))
    assert "{code}" in said


def test_the_code_stands_on_whole_dots_and_is_listed_as_small() -> None:
    drawing = lay_out(load_template(STICKER), orange(), "en")
    (code,) = (item for item in drawing.items if isinstance(item, QrMatrix))
    assert code.payload == "HTTPS://CARBONLABEL.EXAMPLE.COM/L/7Q4K2M9XG"
    assert (code.version, code.level, len(code.rows)) == (3, "M", 29)
    assert code.module_mm >= 0.33
    assert code.module_mm * 300 / 25.4 == pytest.approx(4, abs=1e-3)
    assert [caution.code for caution in drawing.warnings] == ["module-small"]


def test_the_same_input_gives_the_same_drawing() -> None:
    first = lay_out(load_template(STICKER), orange(), "both")
    assert first == lay_out(load_template(STICKER), orange(), "both")


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict != Verdict.VALID])
def test_only_a_valid_label_is_printed(verdict: Verdict) -> None:
    with pytest.raises(errors.LabelNotPrintable) as refused:
        print_label(load_template(STICKER), orange(), judged(verdict), "en", "pdf")
    assert refused.value.verdict == verdict.value


def test_languages_and_formats_that_are_not_offered() -> None:
    sticker, valid = load_template(STICKER), judged(Verdict.VALID)
    with pytest.raises(errors.LanguageNotOffered):
        print_label(sticker, orange(), valid, "de", "pdf")
    with pytest.raises(errors.FormatNotOffered):
        print_label(sticker, orange(), valid, "en", "docx")
    with pytest.raises(errors.FormatNotOffered):
        print_label(sticker, orange(), valid, "en", "png", 72)


SIXTY = "Organic hand-picked late-season Ehime oranges from Pujiang 01"


@pytest.mark.parametrize(
    ("published", "language", "error"),
    [
        (named(SIXTY), "en", errors.TextOverflows),
        (named("橙" * 60), "zh-CN", errors.TextOverflows),
        (named("𠮷野の柿"), "zh-CN", errors.GlyphMissing),
        (named("Orange 🍊"), "en", errors.GlyphMissing),
        (named("Orange ₂"), "en", errors.GlyphMissing),
        (named("برتقال"), "en", errors.RightToLeftText),
        (named("תפוז"), "zh-CN", errors.RightToLeftText),
        (numbered("1" + "0" * 27 + " kgCO2e/piece"), "en", errors.TextOverflows),
        (orange(issuer_name={"en": "A certification body " * 4}), "en", errors.TextOverflows),
        (orange(url="https://a_b.cn/l/7Q4K2M9XG"), "en", errors.QrPayloadNotAlphanumeric),
        (orange(url="http://[::1]:8000/l/7Q4K2M9XG"), "en", errors.QrPayloadNotAlphanumeric),
        (orange(url=f"https://{'a' * 60}.example.com/l/7Q4K2M9XG"), "en", errors.QrPayloadTooLong),
    ],
)  # fmt: skip
def test_a_label_that_would_print_badly_is_refused(
    published: Published, language: str, error: type[CarbonLabelError]
) -> None:
    with pytest.raises(error):
        lay_out(load_template(STICKER), published, language)


def test_a_glyph_that_is_blank_in_the_font_is_refused_on_a_label(tmp_path: Path) -> None:
    folder = altered(tmp_path, "template.toml", "NotoSansSC-Bold.ttf", "Blank.ttf", hollow="橙")
    with pytest.raises(errors.GlyphBlank, match="爱媛橙") as refused:
        lay_out(load_template(folder), orange(), "zh-CN")
    assert refused.value.character == "U+6A59"


def test_a_missing_glyph_is_named_with_its_text() -> None:
    with pytest.raises(errors.GlyphMissing, match=r"U\+20BB7.*𠮷野の柿|𠮷") as refused:
        lay_out(load_template(STICKER), named("𠮷野の柿"), "zh-CN")
    assert (refused.value.character, refused.value.text) == ("𠮷", "𠮷野の柿")


@pytest.mark.parametrize(
    "published",
    [
        named("20℃ 冷藏橙"),
        named("百丈冬笋"),
        named("Baizhang winter bamboo shoots"),
        numbered("1000000000000 kgCO2e/piece"),
        numbered("9160000 kgCO2e/件"),
        numbered("-12.5 kgCO2e/kg"),
        numbered("0.000000001 kgCO2e/t·km"),
        numbered("0 kgCO2/m²"),
        orange(url="https://" + "a" * 36 + ".cn/l/7Q4K2M9XG"),
    ],
    ids=lambda published: f"{published.text['en']} {published.product_name['en']}",
)
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_odd_but_honest_labels_are_set(published: Published, language: str) -> None:
    said = texts(lay_out(load_template(STICKER), published, language))
    number, unit = published.text[language].split(" ", 1)
    assert number in said
    assert unit in said


def test_text_in_the_quiet_zone_is_refused(tmp_path: Path) -> None:
    sticker = load_template(
        altered(tmp_path, "template.toml", "at_mm = [7.5, 12.85]", "at_mm = [7.5, 15]")
    )
    with pytest.raises(errors.QuietZoneTooNarrow, match="7Q4K-2M9X-G"):
        lay_out(sticker, orange(), "en")


def test_text_on_an_arc_beyond_the_safe_circle_is_refused(tmp_path: Path) -> None:
    sticker = load_template(
        altered(tmp_path, "template.toml", "radius_mm = 12.12", "radius_mm = 13")
    )
    with pytest.raises(errors.OutsideSafeShape):
        lay_out(sticker, orange(), "en")


def test_a_version_that_makes_modules_too_small_for_this_label_is_refused() -> None:
    sticker = load_template(STICKER)
    boxes = tuple(
        dataclasses.replace(box, versions=(3, 6)) if isinstance(box, QrBox) else box
        for box in sticker.boxes
    )
    long = orange(url=f"https://{'a' * 60}.example.com/l/7Q4K2M9XG")
    with pytest.raises(errors.ModuleTooSmall) as refused:
        lay_out(dataclasses.replace(sticker, boxes=boxes), long, "en")
    assert refused.value.version == 5


def test_every_refusal_has_a_code_of_its_own() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    codes = [kind.code for kind in kinds if issubclass(kind, CarbonLabelError)]
    assert len(set(codes)) == len(codes) == 18
