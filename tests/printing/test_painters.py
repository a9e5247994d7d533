import hashlib
import io
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree as ET

import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageChops, ImageDraw
from pypdfium2 import raw

from app.printing.label import LabelFormat, print_label
from app.printing.layout import lay_out
from app.printing.model import Drawing
from app.printing.path import ellipse, polygons
from app.printing.pdf import paint_pdf
from app.printing.png import paint_png
from app.printing.svg import paint_svg
from app.printing.template import load_template
from app.statements.model import Verdict
from tests.printing.sample import LOCAL_URL, STICKER, URL, judged, orange

LANGUAGES = ("zh-CN", "en", "both")
ROOT = Path(__file__).resolve().parents[2]


def drawn(language: str, url: str = URL) -> Drawing:
    return lay_out(load_template(STICKER), orange(url=url), language)


def rendered(pdf: bytes, dpi: int, size: tuple[int, int]) -> Image.Image:
    """Render a page at exactly `dpi`, its top left corner on the first dot."""
    document = pypdfium2.PdfDocument(pdf)
    bitmap = pypdfium2.PdfBitmap.new_native(*size, raw.FPDFBitmap_BGR)
    bitmap.fill_rect((255, 255, 255, 255), 0, 0, *size)
    matrix = raw.FS_MATRIX(dpi / 72, 0, 0, dpi / 72, 0, 0)
    raw.FPDF_RenderPageBitmapWithMatrix(bitmap, document[0], matrix, raw.FS_RECTF(0, 0, *size), 0)
    image: Image.Image = bitmap.to_pil().convert("RGB")
    document.close()
    return image


def extracted(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    text: str = document[0].get_textpage().get_text_range()
    document.close()
    return text


def read(image: Image.Image) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(image)]


@pytest.mark.parametrize("url", [URL, LOCAL_URL])
@pytest.mark.parametrize("dpi", [300, 600])
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_independent_reader_reads_png_and_pdf(language: str, dpi: int, url: str) -> None:
    drawing = drawn(language, url)
    png = Image.open(io.BytesIO(paint_png(drawing, dpi)))
    assert read(png) == [url.upper()]
    assert read(rendered(paint_pdf([drawing]), dpi, png.size)) == [url.upper()]


@pytest.mark.parametrize("dpi", [300, 600])
@pytest.mark.parametrize("language", LANGUAGES)
def test_pdf_and_png_agree_dot_for_dot(language: str, dpi: int) -> None:
    drawing = drawn(language)
    png = Image.open(io.BytesIO(paint_png(drawing, dpi))).convert("RGB")
    difference = ImageChops.difference(png, rendered(paint_pdf([drawing]), dpi, png.size))
    levels = difference.convert("L").histogram()
    dots = png.width * png.height
    assert sum(level * count for level, count in enumerate(levels)) / dots < 4
    assert sum(levels[65:]) / dots < 0.015  # edges of letters, smoothed by two hands
    assert sum(levels[129:]) / dots < 0.0005
    scale = dpi / 25.4
    code = [int(v * scale) for v in (8.7207, 14.9013, 8.7207 + 12.5307, 14.9013 + 12.5307)]
    in_code = difference.crop((code[0], code[1], code[2], code[3])).convert("L").histogram()
    assert sum(in_code[5:]) == 0  # the code itself: the very same dots


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_read_out_of_the_pdf_is_the_signed_text(language: str) -> None:
    lines = extracted(paint_pdf([drawn(language)])).splitlines()
    assert "0.2956 kgCO2/kg" in lines
    assert any("7Q4K-2M9X-G" in line for line in lines)
    assert any(name in lines for name in ("爱媛橙", "Ehime orange")) or "爱媛橙" in "".join(lines)


def test_fonts_are_embedded_subsets_and_helvetica_is_not_named() -> None:
    pdf = paint_pdf([drawn("both")])
    named = set(re.findall(rb"/BaseFont\s*/([^\s/>]+)", pdf))
    assert {name.decode() for name in named} == {
        "AAAAAA+NotoSansSC-Bold",
        "AAAAAA+NotoSansSC-Regular",
    }
    assert pdf.count(b"/FontFile2") == 2
    assert b"Helvetica" not in pdf
    assert b"ASCII85Decode" not in pdf
    assert len(pdf) < 40_000


def test_the_page_has_the_trim_size_or_the_bleed_around_it() -> None:
    sticker = load_template(STICKER)
    cut = pypdfium2.PdfDocument(paint_pdf([lay_out(sticker, orange(), "en")]))
    assert cut[0].get_size() == pytest.approx((30 * 72 / 25.4, 30 * 72 / 25.4), abs=0.01)
    bled_drawing = lay_out(sticker, orange(), "en", bleed=True)
    bled = pypdfium2.PdfDocument(paint_pdf([bled_drawing]))
    assert bled[0].get_size() == pytest.approx((33 * 72 / 25.4, 33 * 72 / 25.4), abs=0.01)
    png = Image.open(io.BytesIO(paint_png(bled_drawing, 300)))
    assert png.size == (390, 390)
    assert read(png) == [URL.upper()]
    assert 'viewBox="-1.5 -1.5 33 33"' in paint_svg(bled_drawing)
    for document in (cut, bled):
        document.close()


def test_a_printer_is_told_not_to_scale_the_page() -> None:
    assert b"/PrintScaling /None" in paint_pdf([drawn("en")])


def test_one_page_per_drawing_and_none_is_refused() -> None:
    pdf = paint_pdf(drawn(language) for language in LANGUAGES)
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == 3
    document.close()
    with pytest.raises(ValueError, match="nothing to paint"):
        paint_pdf([])


def test_the_svg_is_xml_and_reaches_for_nothing() -> None:
    svg = paint_svg(drawn("both"))
    root = ET.fromstring(svg)  # noqa: S314 - our own output
    assert root.get("viewBox") == "0 0 30 30"
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert names == {"svg", "title", "defs", "clipPath", "circle", "g", "path"}
    for element in root.iter():
        for key, value in element.attrib.items():
            assert "href" not in key
            assert not key.startswith("on")
            assert "url(" not in value or value == "url(#trim)"
    assert re.findall(r"https?://[^\"]*", svg) == ["http://www.w3.org/2000/svg"]


def test_names_in_the_svg_are_text_not_markup() -> None:
    name = {"en": "<b>&", "zh-CN": "<b>&"}
    svg = paint_svg(lay_out(load_template(STICKER), orange(product_name=name), "en"))
    title = ET.fromstring(svg)[0]  # noqa: S314 - our own output
    assert title.text == "<b>& 7Q4K-2M9X-G"


def test_the_code_in_the_svg_is_the_code() -> None:
    """Paint the path data of the code alone, as any viewer would, and read it."""
    svg = paint_svg(drawn("en"))
    data = re.search(r'crispEdges" transform="[^"]*" d="([^"]*)"', svg)
    assert data
    image = Image.new("L", (370, 370), 255)
    pen = ImageDraw.Draw(image)
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", data[1]):
        left, top = 40 + int(x) * 10, 40 + int(y) * 10
        pen.rectangle((left, top, left + int(length) * 10 - 1, top + 9), fill=0)
    assert read(image) == [URL.upper()]


@pytest.mark.parametrize(("dpi", "size"), [(300, 354), (600, 709)])
def test_a_png_knows_its_resolution_and_is_white_around_the_sticker(dpi: int, size: int) -> None:
    image = Image.open(io.BytesIO(paint_png(drawn("en"), dpi)))
    assert image.size == (size, size)
    assert image.info["dpi"] == pytest.approx((dpi, dpi), abs=0.01)
    assert image.getpixel((0, 0)) == image.getpixel((size - 1, size - 1)) == (255, 255, 255)
    assert image.getpixel((size // 2, 3)) == (10, 92, 54)


@pytest.mark.parametrize("output", list(LabelFormat))
def test_the_same_label_gives_the_same_bytes(output: LabelFormat) -> None:
    valid = judged(Verdict.VALID)
    first = print_label(load_template(STICKER), orange(), valid, "both", output)
    assert first == print_label(load_template(STICKER), orange(), valid, "both", output)
    assert output.value in output.media_type


def test_another_process_gives_the_same_pdf() -> None:
    program = (
        "import hashlib\n"
        "from tests.printing.test_painters import drawn, paint_pdf\n"
        "print(hashlib.sha256(paint_pdf([drawn('both')])).hexdigest())\n"
    )
    other = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "4711"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.strip() == hashlib.sha256(paint_pdf([drawn("both")])).hexdigest()


def test_a_circle_of_four_curves_is_round() -> None:
    (outline,) = polygons(ellipse(15, 15, 14, 14), 0.001)
    radii = [((x - 15) ** 2 + (y - 15) ** 2) ** 0.5 for x, y in outline]
    assert max(radii) == pytest.approx(14, abs=0.005)
    assert min(radii) == pytest.approx(14, abs=0.005)


def test_many_threads_print_the_same_bytes() -> None:
    drawings = [drawn(language) for language in LANGUAGES] * 8
    with ThreadPoolExecutor(8) as pool:
        painted = list(pool.map(lambda drawing: paint_pdf([drawing]), drawings))
    assert painted == [paint_pdf([drawing]) for drawing in drawings]
    assert len(set(painted)) == len(LANGUAGES)
