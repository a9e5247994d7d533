"""Rule files: the shipped ones load; a malformed one is refused with file and key."""

from datetime import date
from decimal import Decimal
from importlib import resources
from pathlib import Path

import pytest

from app.footprints.model import Boundary, Rule, RuleCheck, RuleName, RuleRegistry
from app.footprints.rules import RuleFileRefused, load_rules, parse_rule
from app.kit.units import Indicator, Unit

SHIPPED = resources.files("app.footprints") / "rules"
CITRUS = (SHIPPED / "citrus-fruit-1.toml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def registry() -> RuleRegistry:
    return load_rules()


@pytest.fixture(scope="module")
def citrus(registry: RuleRegistry) -> Rule:
    rule = registry.find(RuleName("citrus-fruit", "1"))
    assert rule is not None
    return rule


def refused(text: str, file: str = "citrus-fruit-1.toml") -> list[tuple[str, str]]:
    with pytest.raises(RuleFileRefused, match=file) as refusal:
        parse_rule(file, text.encode())
    assert refusal.value.file == file
    return [(flaw.field, flaw.code) for flaw in refusal.value.flaws]


def test_the_shipped_rules_load(registry: RuleRegistry) -> None:
    assert sorted(registry.rules) == [
        ("bamboo-shoots", "1"),
        ("citrus-fruit", "1"),
        ("electrical-products", "1"),
        ("grapes", "1"),
        ("pickled-vegetables", "1"),
        ("rolling-stock", "1"),
        ("tea", "1"),
    ]


def test_every_shipped_rule_says_that_it_is_a_sample(registry: RuleRegistry) -> None:
    for rule in registry.rules.values():
        assert rule.illustrative
        assert "示例规则" in rule.name["zh-CN"]
        assert "sample rule" in rule.name["en"]
        assert "not a published product category rule" in rule.owner["en"]


def test_every_word_of_a_shipped_rule_is_in_both_languages(registry: RuleRegistry) -> None:
    for rule in registry.rules.values():
        names = [stage.name for stage in rule.stages]
        for texts in (*names, *rule.contains.values(), *rule.practices.values(), rule.owner):
            assert texts.keys() == {"zh-CN", "en"}


def test_a_rule_is_read_in_full(citrus: Rule) -> None:
    assert [stage.name["zh-CN"] for stage in citrus.stages] == [
        "原辅料获取",
        "栽培养护及采摘",
        "产品包装物获取",
        "入库储存",
        "分拣包装",
    ]
    assert citrus.units == (Unit.KG, Unit.PIECE, Unit.BOX)
    assert citrus.indicators == (Indicator.CO2E, Indicator.CO2)
    assert citrus.boundaries == (Boundary.CRADLE_TO_GATE,)
    assert citrus.display_decimals == 4
    assert citrus.effective == date(2023, 1, 1)
    assert citrus.withdrawn is None
    assert citrus.clauses[RuleCheck.STAGES] == "4.2 Life-cycle stages"
    stage = citrus.stage("growing")
    assert stage is not None
    assert stage.required
    assert not stage.negative_allowed
    assert stage.boundaries == citrus.boundaries
    assert citrus.stage("use") is None


def test_stages_may_belong_to_some_boundaries_only(registry: RuleRegistry) -> None:
    rule = registry.rules["electrical-products", "1"]
    use = rule.stage("use")
    assert use is not None
    assert use.boundaries == (Boundary.CRADLE_TO_GRAVE,)


def test_quality_thresholds_are_exact(registry: RuleRegistry) -> None:
    rule = registry.rules["rolling-stock", "1"]
    assert rule.minimum_primary_data_share == Decimal("0.2")
    assert rule.maximum_data_quality == Decimal(3)


def test_what_stages_include_is_put_into_words(citrus: Rule) -> None:
    film = {"zh-CN": "包装膜", "en": "packaging film"}
    assert citrus.in_words({"und": "packaging-film"}) == film
    assert citrus.in_words({"und": "packaging film"}) == film
    assert citrus.in_words({"und": "straw"}) == {"und": "straw"}
    assert citrus.in_words({"en": "packaging-film"}) == {"en": "packaging-film"}


def test_versions_are_listed_by_effective_date(citrus: Rule, tmp_path: Path) -> None:
    for version, effective in (("2", "2024-01-01"), ("10", "2025-01-01")):
        text = CITRUS.replace('version = "1"', f'version = "{version}"')
        text = text.replace("effective = 2023-01-01", f"effective = {effective}")
        (tmp_path / f"citrus-fruit-{version}.toml").write_text(text, encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not a rule", encoding="utf-8")
    registry = load_rules(tmp_path)
    assert [rule.version for rule in registry.versions("citrus-fruit")] == ["2", "10"]
    assert registry.versions("tea") == ()
    assert registry.find(RuleName("citrus-fruit", "1")) is None


def test_a_folder_without_rules_is_an_empty_registry(tmp_path: Path) -> None:
    assert load_rules(tmp_path).rules == {}


@pytest.mark.parametrize(
    ("old", "new", "field", "code"),
    [
        ('version = "1"', "version = 1", "version", "not-a-version"),
        ("illustrative = true", 'illustrative = "yes"', "illustrative", "wrong-shape"),
        ("illustrative = true\n", "", "illustrative", "key-missing"),
        ("effective = 2023-01-01", 'effective = "2023-01-01"', "effective", "wrong-shape"),
        ("effective = 2023-01-01", "effective = 2023-01-01T00:00:00Z", "effective", "wrong-shape"),
        ("display_decimals = 4", "display_decimals = 13", "display_decimals", "wrong-shape"),
        ("display_decimals = 4", "display_decimal = 4", "display_decimal", "key-unknown"),
        ('"kg", "piece"', '"kg", "lb"', "units[1]", "unit-unknown"),
        ('["cradle-to-gate"]', "[]", "boundaries", "too-few"),
        ("required = true", "required = true\ncolour = 1", "stage[0].colour", "key-unknown"),
        ('validity = "8.1', 'valid = "8.1', "clauses.valid", "check-unknown"),
        ('validity = "8.1 Validity of the label"', "", "clauses.validity", "clause-missing"),
        ('id = "growing"', 'id = "storage"', "stage[3].id", "stage-twice"),
        ('id = "citrus-fruit"', 'id = "citrus"', "id", "file-misnamed"),
        ('{ "zh-CN" = "肥料"', '{ "zh_CN" = "肥料"', "contains.fertiliser", "language-unknown"),
        (
            "categories",
            "withdrawn = 2023-01-01\ncategories",
            "withdrawn",
            "dates-reversed",
        ),
        (
            "required = true",
            'required = true\nboundaries = ["cradle-to-grave"]',
            "stage[0].boundaries",
            "boundary-not-in-rule",
        ),
        (
            "gwp = ",
            "minimum_primary_data_share = 0.3\ngwp = ",
            "minimum_primary_data_share",
            "not-a-decimal",
        ),
    ],
)
def test_a_malformed_rule_is_refused_with_its_key(
    old: str, new: str, field: str, code: str
) -> None:
    assert old in CITRUS
    flaws = refused(CITRUS.replace(old, new, 1))
    assert (field, code) in flaws


def test_an_unknown_key_is_told_the_keys_there_are() -> None:
    with pytest.raises(RuleFileRefused, match=r"stage\[0\]\.colour.*the keys here are: id, name"):
        parse_rule(
            "citrus-fruit-1.toml", CITRUS.replace("true\n\n", "true\ncolour = 1\n\n").encode()
        )


def test_no_toml_and_no_utf8_are_refused_with_the_file() -> None:
    assert refused("id = ") == [("", "not-toml")]
    with pytest.raises(RuleFileRefused, match=r"tea-1\.toml"):
        parse_rule("tea-1.toml", b'id = "\xff"')
