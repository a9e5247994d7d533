"""Labels and templates to try the printing room with."""

import dataclasses
import os
import shutil
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph

from app.kit.units import Indicator, Quantity, Unit
from app.statements.model import Judgement, Published, Verdict

TEMPLATES = Path(__file__).resolve().parents[2] / "label_templates"
STICKER = TEMPLATES / "sticker-30"
SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)
URL = "https://carbonlabel.example.com/l/7Q4K2M9XG"
LOCAL_URL = "http://192.168.100.100:8000/l/7Q4K2M9XG"


def orange(**changes: Any) -> Published:
    """Return the published Ehime oranges, with changes."""
    number = "0.2956 kgCO2/kg"
    published = Published(
        url=URL,
        code="7Q4K2M9XG",
        issuer="did:web:carbonlabel.example.com:certifiers:demo",
        issuer_name={
            "zh-CN": "示例认证机构（虚构）",
            "en": "Sample Certifier (fictitious)",
        },
        issuer_description={},
        valid_from=SOME_DAY,
        valid_until=datetime(2028, 12, 31, 23, 59, 59, tzinfo=UTC),
        product_name={"zh-CN": "爱媛橙", "en": "Ehime orange"},
        category="fruit/citrus",
        gtin=None,
        batch=None,
        origin={},
        image=None,
        producer_name={"zh-CN": "示例果园（虚构）"},
        registration=None,
        declared_unit=Quantity(Decimal(1), Unit.KG),
        package_content=None,
        indicator=Indicator.CO2,
        total=Decimal("0.2956"),
        text={"zh-CN": number, "en": number},
        stages=(),
        boundary="cradle-to-gate",
        excluded=(),
        rule_id="citrus-fruit",
        rule_version="1",
        rule_name={},
        standards=(),
        gwp=None,
        reference_start=date(2023, 1, 1),
        reference_end=date(2023, 12, 31),
        primary_data_share=None,
        data_quality=None,
        practices=(),
        comparison=None,
        illustrative=("stages",),
        sources=(),
        inventory_digest="",
        assurance="limited",
        verified_on=date(2025, 12, 1),
        replaces=None,
        renews=None,
        key="",
        created=SOME_DAY,
    )
    return dataclasses.replace(published, **changes)


def named(name: str) -> Published:
    """Return a label of a product with one name in both languages."""
    return orange(product_name={"zh-CN": name, "en": name})


def numbered(text: str) -> Published:
    """Return a label with another number."""
    return orange(text={"zh-CN": text, "en": text})


def judged(verdict: Verdict) -> Judgement:
    """Return a judgement with that verdict."""
    return Judgement(verdict, (), SOME_DAY)


def altered(folder: Path, file: str, old: str, new: str, hollow: str = "") -> Path:
    """Return a copy of the sticker in which `old`, which must be there, is replaced once.

    With `hollow` there is a further font, Blank.ttf, which draws nothing for that character.
    """
    copy = folder / "label_templates" / STICKER.name
    shutil.copytree(STICKER, copy)
    shutil.copytree(TEMPLATES / "fonts", copy.parent / "fonts", copy_function=os.symlink)
    if hollow:
        hollowed(hollow, copy.parent / "fonts" / "Blank.ttf")
    path = copy / file
    source = path.read_text("utf-8")
    assert old in source
    path.write_text(source.replace(old, new, 1), "utf-8")
    return copy


def hollowed(character: str, file: Path) -> Path:
    """Write the bold font with an empty shape for a character, as some fonts ship rare ones."""
    font = TTFont(TEMPLATES / "fonts" / "NotoSansSC-Bold.ttf")
    font["glyf"][font.getBestCmap()[ord(character)]] = Glyph()
    font.save(file)
    font.close()
    return file
