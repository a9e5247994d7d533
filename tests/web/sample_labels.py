"""Statements as the pages get them, built by hand; every party is fictitious."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from app.kit.decimals import exact_sum, plain
from app.kit.units import Indicator, Quantity, Unit
from app.statements.model import (
    Check,
    Judgement,
    Outcome,
    Published,
    PublishedComparison,
    PublishedStage,
    Verdict,
)

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
ORIGIN = "https://label.example"
CODE = "7Q4K2M9XG"

ORANGES = Published(
    url=f"{ORIGIN}/l/{CODE}",
    code=CODE,
    issuer="did:web:label.example:certifiers:demo",
    issuer_name={"en": "Sample Certifier (fictitious)", "zh-CN": "示例认证机构（虚构）"},
    issuer_description={
        "en": "Exists only to show how a certifier signs.",
        "zh-CN": "仅用于演示认证机构如何签名。",
    },
    valid_from=datetime(2026, 1, 1, tzinfo=UTC),
    valid_until=datetime(2028, 12, 31, 23, 59, 59, tzinfo=UTC),
    product_name={"en": "Ehime orange", "zh-CN": "爱媛橙"},
    category="fruit/citrus",
    gtin="09506000134352",
    batch="2023",
    origin={"zh-CN": "四川省成都市蒲江县寿安街道南锋村", "en": "Nanfeng, Pujiang, Sichuan"},
    image=None,
    producer_name={"en": "Sample Orchard (fictitious)", "zh-CN": "示例果园（虚构）"},
    registration="91510131MA00000000",
    declared_unit=Quantity(Decimal(1), Unit.KG),
    package_content=None,
    indicator=Indicator.CO2,
    total=Decimal("0.2956"),
    text={"en": "0.2956 kgCO2/kg", "zh-CN": "0.2956 kgCO2/kg"},
    stages=(
        PublishedStage(
            "raw-materials",
            {"en": "Raw and auxiliary materials", "zh-CN": "原辅料获取"},
            Decimal("0.1320"),
            {"en": "0.1320 kgCO2/kg"},
            ({"en": "fertiliser", "zh-CN": "肥料"}, {"en": "packaging film", "zh-CN": "薄膜"}),
        ),
        PublishedStage(
            "growing",
            {"en": "Growing, tending and picking", "zh-CN": "栽培养护及采摘"},
            Decimal("0.0871"),
            {"en": "0.0871 kgCO2/kg"},
            ({"en": "irrigation", "zh-CN": "灌溉"}, {"en": "machine diesel", "zh-CN": "农机柴油"}),
        ),
        PublishedStage(
            "packaging",
            {"en": "Packaging materials", "zh-CN": "产品包装物获取"},
            Decimal("0.0412"),
            {"en": "0.0412 kgCO2/kg"},
            ({"en": "carton", "zh-CN": "纸箱"},),
        ),
        PublishedStage(
            "storing",
            {"en": "Storage", "zh-CN": "入库储存"},
            Decimal("0.0201"),
            {"en": "0.0201 kgCO2/kg"},
            ({"en": "cold store electricity", "zh-CN": "冷库用电"},),
        ),
        PublishedStage(
            "sorting",
            {"en": "Sorting and packing", "zh-CN": "分拣包装"},
            Decimal("0.0152"),
            {"en": "0.0152 kgCO2/kg"},
            (),
        ),
    ),
    boundary="cradle-to-gate",
    excluded=(
        (
            {"en": "Transport to the shop", "zh-CN": "运往商店"},
            {"en": "outside the boundary of the rule", "zh-CN": "不在规则的边界之内"},
        ),
    ),
    rule_id="citrus-fruit",
    rule_version="1",
    rule_name={"en": "Citrus fruit", "zh-CN": "柑橘类水果"},
    standards=("ISO 14067:2018", "GB/T 24067-2024"),
    gwp=None,
    reference_start=date(2023, 1, 1),
    reference_end=date(2023, 12, 31),
    primary_data_share=Decimal("0.62"),
    data_quality=Decimal("2.1"),
    practices=(
        {"en": "organic fertiliser", "zh-CN": "有机肥"},
        {"en": "biological pest control", "zh-CN": "生物防治"},
    ),
    comparison=None,
    illustrative=("stages",),
    sources=("四川日报 2023-12-13",),
    inventory_digest="sha256-n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=",
    assurance="limited",
    verified_on=date(2025, 12, 1),
    replaces=None,
    renews=f"{ORIGIN}/l/0AB1C2D3E",
    key="did:web:label.example:certifiers:demo#key-2026-01",
    created=datetime(2025, 12, 2, 8, 0, tzinfo=UTC),
)

PIECE = replace(
    ORANGES,
    total=Decimal("0.0739"),
    text={"en": "0.0739 kgCO2/piece", "zh-CN": "0.0739 kgCO2/件"},
    declared_unit=Quantity(Decimal(1), Unit.PIECE),
    package_content=Quantity(Decimal("0.25"), Unit.KG),
    illustrative=("total", "stages", "mass"),
    comparison=PublishedComparison(
        Decimal("0.1000"),
        {"en": "0.1000 kgCO2/piece", "zh-CN": "0.1000 kgCO2/件"},
        "Sample survey",
        "12",
        "2022",
        "cradle-to-grave",
    ),
)

_FAILING = {
    Verdict.FORGED: ("signature", Outcome.FAILED, "signature-wrong"),
    Verdict.REVOKED: ("status", Outcome.FAILED, "revoked"),
    Verdict.SUPERSEDED: ("status", Outcome.FAILED, "superseded"),
    Verdict.SUSPENDED: ("status", Outcome.FAILED, "suspended"),
    Verdict.EXPIRED: ("dates", Outcome.FAILED, "expired"),
    Verdict.NOT_YET_VALID: ("dates", Outcome.FAILED, "not-yet-valid"),
    Verdict.UNDETERMINED: ("status", Outcome.ERROR, "status-unavailable"),
}
_PASSING = {
    "structure": "well-formed",
    "signature": "signature-right",
    "issuer": "issuer-known",
    "stages": "sum-exact",
    "dates": "in-period",
    "status": "not-withdrawn",
}


def judged(verdict: Verdict) -> Judgement:
    """Return a judgement of this verdict with the checks that lead to it."""
    failing, result, reason = _FAILING.get(verdict, ("", Outcome.PASSED, ""))
    checks = [
        Check(name, result, reason, NOW)
        if name == failing
        else Check(name, Outcome.PASSED, passing, NOW)
        for name, passing in _PASSING.items()
    ]
    checks.append(Check("log", Outcome.SKIPPED, "not-checked", NOW))
    successor = f"{ORIGIN}/l/9XK4M2Q7A" if verdict is Verdict.SUPERSEDED else None
    return Judgement(verdict, () if verdict is Verdict.UNKNOWN else tuple(checks), NOW, successor)


def with_stages(*values: str) -> Published:
    """Return the oranges with stages of these values; the total is their sum."""
    stages = tuple(
        PublishedStage(
            f"stage-{i}",
            {"en": f"Stage {i}", "zh-CN": f"阶段 {i}"},
            Decimal(value),
            {"en": f"{value} kgCO2/kg", "zh-CN": f"{value} kgCO2/kg"},
            (),
        )
        for i, value in enumerate(values, 1)
    )
    total = exact_sum([stage.value for stage in stages])
    text = f"{plain(total)} kgCO2/kg"
    return replace(ORANGES, stages=stages, total=total, text={"en": text, "zh-CN": text})
