"""From an accepted footprint to a signed statement that anyone can verify."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.footprints.file import parse_footprint
from app.footprints.model import Assurance
from app.kit.decimals import rounded
from app.kit.units import LANGUAGES
from app.signing.canonical import canonical, is_plain
from app.signing.proof import secured
from app.statements.build import Identity, Position, build, build_claims, inventory_digest
from app.statements.lint import lint_claims, lint_signed, lint_unsigned
from app.statements.model import Verdict
from app.statements.read import published, read
from app.statements.verify import parse_statement
from tests.installation import EXAMPLES, ORIGIN, example, rules
from tests.statements.making import (
    CERTIFIER,
    CODE,
    DID,
    FROM,
    IDENTITY,
    KEY_ID,
    NAMES,
    SIGNER,
    UNTIL,
    URL,
    claims,
    judged,
    reasons,
    signed,
    unsigned,
)


@pytest.mark.parametrize("name", NAMES)
def test_every_example_is_built_linted_signed_and_verified(name: str) -> None:
    lint_claims(claims(name))
    lint_unsigned(unsigned(name))
    data = signed(name)
    lint_signed(parse_statement(data))
    judgement = judged(data)
    assert judgement.verdict is Verdict.VALID
    assert reasons(judgement) == {
        "structure": "well-formed",
        "issuer": "issuer-known",
        "signature": "signature-right",
        "stages": "sum-exact",
        "dates": "in-period",
        "status": "not-withdrawn",
        "log": "not-checked",
    }


@pytest.mark.parametrize("name", NAMES)
def test_what_is_signed_is_canonical_plain_and_small(name: str) -> None:
    data = signed(name)
    document = json.loads(data)
    assert is_plain(document)
    assert canonical(document) == data
    assert b"null" not in data
    assert len(data) < 16_384

    def walk(value: Any) -> None:
        assert value not in ([], {}, "", None)
        assert not isinstance(value, bool | int | float)
        if isinstance(value, dict | list):
            for member in value.values() if isinstance(value, dict) else value:
                walk(member)

    walk(document)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_reader_sees_is_what_the_file_says(name: str) -> None:
    file = json.loads((EXAMPLES / f"{name}.json").read_bytes())
    seen = read(signed(name))
    assert (seen.url, seen.code, seen.issuer, seen.key) == (URL, CODE, DID, KEY_ID)
    assert (seen.valid_from, seen.valid_until, seen.created) == (FROM, UNTIL, FROM)
    assert seen.product_name == file["product"]["name"]
    assert seen.category == file["product"]["category"]
    assert seen.origin == file["product"].get("origin", {})
    assert seen.batch == file["product"].get("batch")
    assert seen.producer_name == file["producer"]["name"]
    assert seen.registration == file["producer"].get("registration")
    assert str(seen.total) == file["total"]
    assert [(stage.id, str(stage.value)) for stage in seen.stages] == [
        (stage["id"], stage["value"]) for stage in file["stages"]
    ]
    assert seen.indicator.value == file["indicator"]
    assert str(seen.declared_unit.amount) == file["declaredUnit"]["amount"]
    assert seen.declared_unit.unit.value == file["declaredUnit"]["unit"]
    assert (seen.package_content is None) == (not file.get("packageContent"))
    assert seen.boundary == file["boundary"]
    assert len(seen.excluded) == len(file.get("excluded") or [])
    assert list(seen.standards) == file["standards"]
    assert seen.gwp == file["gwp"]
    assert seen.reference_start.isoformat() == file["referencePeriod"]["start"]
    assert seen.reference_end.isoformat() == file["referencePeriod"]["end"]
    assert list(seen.illustrative) == (file.get("illustrative") or [])
    assert list(seen.sources) == (file.get("sources") or [])
    assert len(seen.practices) == len(file.get("practices") or [])
    assert (seen.comparison is None) == (not file.get("comparison"))
    for ours, theirs in (
        (seen.primary_data_share, file.get("primaryDataShare")),
        (seen.data_quality, file.get("dataQuality")),
    ):
        assert ours == (None if theirs is None else Decimal(theirs))
    assert (seen.rule_id, seen.rule_version) == (file["rule"]["id"], file["rule"]["version"])
    assert seen.is_wholly_illustrative == ("total" in (file.get("illustrative") or []))
    assert not seen.is_development
    assert set(seen.text) == set(LANGUAGES)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_printed_adds_up(name: str) -> None:
    seen = read(signed(name))
    for language in LANGUAGES:
        parts = [Decimal(stage.text[language].partition(" ")[0]) for stage in seen.stages]
        assert sum(parts) == Decimal(seen.text[language].partition(" ")[0])


def test_the_oranges_read_as_the_source_published_them() -> None:
    seen = read(signed("oranges-kg"))
    assert seen.text == {"en": "0.2956 kgCO2/kg", "zh-CN": "0.2956 kgCO2/kg"}
    assert seen.gtin == "09506000134352"


def test_a_comparison_is_signed_exactly_and_as_printed() -> None:
    footprint = parse_footprint(
        example(
            comparison={
                "value": "0.41055",
                "source": "A table of the category.",
                "n": "12",
                "year": "2022",
                "boundary": "cradle-to-gate",
            }
        )
    )
    rule = rules().find(footprint.rule)
    assert rule is not None
    digest = "sha256-" + "A" * 43 + "="
    made = build_claims(footprint, rule, digest, Assurance.REASONABLE, date(2025, 12, 1))
    lint_claims(made)
    document = build(made, IDENTITY, Position(1, 0), CERTIFIER)
    seen = read(secured(document, SIGNER, FROM)).comparison
    assert seen is not None
    assert (str(seen.value), seen.n, seen.year) == ("0.41055", "12", "2022")
    assert (seen.source, seen.boundary) == ("A table of the category.", "cradle-to-gate")
    shown = rounded(Decimal("0.41055"), rule.display_decimals)
    assert seen.text["en"] == f"{shown} kgCO2/kg"


def test_the_subject_is_the_gs1_digital_link_of_a_product_with_a_gtin() -> None:
    document = unsigned("oranges-kg")
    assert document["credentialSubject"]["id"] == f"{ORIGIN}/01/09506000134352/10/2023"
    without = next(name for name in NAMES if "gtin" not in claims(name)["product"])
    assert unsigned(without)["credentialSubject"]["id"] == f"{URL}#product"


def test_a_lot_with_any_character_fits_its_link() -> None:
    document = unsigned("oranges-kg")
    document["credentialSubject"]["product"]["batch"] = "A/1 ?橙#"
    document["credentialSubject"]["id"] = f"{ORIGIN}/01/09506000134352/10/A%2F1%20%3F%E6%A9%99%23"
    assert lint_unsigned(document).credential_subject.product.batch == "A/1 ?橙#"


def test_links_to_earlier_labels_are_signed() -> None:
    earlier = f"{ORIGIN}/l/000000000"
    for name in ("replaces", "renews"):
        seen = read(signed(identity=Identity(URL, FROM, UNTIL, **{name: earlier})))
        assert getattr(seen, name) == earlier
    plain = read(signed())
    assert (plain.replaces, plain.renews) == (None, None)


def test_the_three_status_entries_share_one_place() -> None:
    entries = unsigned()["credentialStatus"]
    assert [entry["statusPurpose"] for entry in entries] == ["revocation", "suspension", "refresh"]
    assert {entry["statusListIndex"] for entry in entries} == {"84211"}
    assert entries[0]["statusListCredential"] == f"{ORIGIN}/status/revocation/1"


def test_a_typed_view_is_the_same_from_a_linted_statement() -> None:
    data = signed()
    assert published(lint_signed(parse_statement(data))) == read(data)


def test_the_inventory_digest_depends_on_salt_file_name_and_size() -> None:
    digests = {
        inventory_digest(salt, digest, name, size)
        for salt in (bytes(32), bytes(31) + b"\1")
        for digest in ("0" * 64, "1" * 64)
        for name in ("footprint.json", "other.json")
        for size in (1, 2)
    }
    assert len(digests) == 16
    assert all(digest.startswith("sha256-") and len(digest) == 51 for digest in digests)
