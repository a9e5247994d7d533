"""Build a statement: from an accepted footprint to the claims, from the claims to the document."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from app.footprints.model import Assurance, Footprint, Rule
from app.kit.clock import stamp
from app.kit.decimals import apportioned, plain, rounded
from app.kit.texts import Texts, tagged
from app.kit.units import LANGUAGES, Indicator, Quantity, label_text
from app.signing.canonical import canonical
from app.statements.lint import STATUS_PURPOSES, subject_id
from app.statements.shape import CONTEXT_PATH, VC_CONTEXT


@dataclass(frozen=True, slots=True)
class CertifierName:
    """Who signs: the DID, and how statements name it."""

    did: str
    name: Texts
    description: Texts


@dataclass(frozen=True, slots=True)
class Position:
    """One place in the three status lists of the same number."""

    status_list: int
    index: int


@dataclass(frozen=True, slots=True)
class Identity:
    """What distinguishes one label from every other of the same footprint's kind."""

    url: str  # ORIGIN/l/CODE
    valid_from: datetime
    valid_until: datetime
    replaces: str | None = None  # URL of the label that this one corrects
    renews: str | None = None  # URL of the label of the period before


def inventory_digest(salt: bytes, file_digest: str, name: str, size: int) -> str:
    """Return `sha256-` + base64 of SHA-256(salt ‖ JCS of the manifest of what was reviewed).

    `salt` is 32 random bytes that stay with the inventory, so that figures cannot be guessed.
    """
    manifest = [{"name": name, "size": str(size), "sha256": file_digest}]
    return "sha256-" + b64encode(sha256(salt + canonical(manifest)).digest()).decode("ascii")


def build_claims(
    footprint: Footprint, rule: Rule, digest: str, assurance: Assurance, verified_on: date
) -> dict[str, Any]:
    """Return the subject of the statement without its links: exactly what a certifier accepts.

    Numbers are rounded here, once, to `rule.display_decimals`; exact values stand beside them.
    """
    product = footprint.product
    claims: dict[str, Any] = {
        "type": "ProductCarbonFootprint",
        "product": _present(
            name=tagged(product.name),
            category=product.category,
            gtin=product.gtin.zfill(14) if product.gtin else None,
            batch=product.batch,
            origin=tagged(product.origin),
            image=product.image,
        ),
        "producer": _present(
            name=tagged(footprint.producer.name), registration=footprint.producer.registration
        ),
        "declaredUnit": _quantity(footprint.declared_unit),
        "packageContent": footprint.package_content and _quantity(footprint.package_content),
        "indicator": footprint.indicator.value,
        "total": plain(footprint.total),
        "text": _text(rounded(footprint.total, rule.display_decimals), footprint),
        "stages": _stages(footprint, rule),
        "boundary": footprint.boundary.value,
        "excluded": [{"what": tagged(e.what), "why": tagged(e.why)} for e in footprint.excluded],
        "rule": {"id": rule.id, "version": rule.version, "name": tagged(rule.name)},
        "standards": list(footprint.standards),
        "gwp": footprint.gwp,
        "referencePeriod": {
            "start": footprint.reference_start.isoformat(),
            "end": footprint.reference_end.isoformat(),
        },
        "primaryDataShare": _decimal(footprint.primary_data_share),
        "dataQuality": _decimal(footprint.data_quality),
        "practices": [
            {"id": practice, "name": tagged(rule.practices[practice])}
            for practice in footprint.practices
        ],
        "illustrative": list(footprint.illustrative),
        "sources": list(footprint.sources),
        "inventoryDigest": digest,
        "verification": {"level": assurance.value, "on": verified_on.isoformat()},
    }
    if footprint.comparison:
        other = footprint.comparison
        claims["comparison"] = {
            "value": plain(other.value),
            "text": _text(rounded(other.value, rule.display_decimals), footprint),
            "source": other.source,
            "n": other.n,
            "year": other.year,
            "boundary": other.boundary.value,
        }
    return _present(**claims)


def build(
    claims: Mapping[str, Any], identity: Identity, position: Position, certifier: CertifierName
) -> dict[str, Any]:
    """Return the statement before its proof."""
    origin = identity.url.rpartition("/l/")[0]
    product = claims["product"]
    links = _present(replaces=identity.replaces, renews=identity.renews)
    return {
        "@context": [VC_CONTEXT, origin + CONTEXT_PATH],
        "id": identity.url,
        "type": ["VerifiableCredential", "CarbonLabelCredential"],
        "issuer": _present(
            id=certifier.did,
            name=tagged(certifier.name),
            description=tagged(certifier.description),
        ),
        "validFrom": stamp(identity.valid_from),
        "validUntil": stamp(identity.valid_until),
        "credentialSubject": {
            "id": subject_id(identity.url, product.get("gtin"), product.get("batch")),
            **claims,
            **links,
        },
        "refreshService": {"id": f"{identity.url}/latest", "type": "CarbonLabelRefresh"},
        "credentialStatus": [
            _status_entry(origin, purpose, position) for purpose in STATUS_PURPOSES
        ],
    }


def _status_entry(origin: str, purpose: str, position: Position) -> dict[str, str]:
    url = f"{origin}/status/{purpose}/{position.status_list}"
    return {
        "id": f"{url}#{position.index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": str(position.index),
        "statusListCredential": url,
    }


def _stages(footprint: Footprint, rule: Rule) -> list[dict[str, Any]]:
    names = {stage.id: stage.name for stage in rule.stages}
    shown = apportioned([stage.value for stage in footprint.stages], rule.display_decimals)
    return [
        _present(
            id=stage.id,
            name=tagged(names[stage.id]),
            value=plain(stage.value),
            text=_text(value, footprint),
            includes=[{"name": tagged(rule.in_words(item))} for item in stage.includes],
            fossil=_decimal(stage.fossil),
            biogenic=_decimal(stage.biogenic),
            landUse=_decimal(stage.land_use),
            removals=_decimal(stage.removals),
        )
        for stage, value in zip(footprint.stages, shown, strict=True)
    ]


def _text(value: Decimal, footprint: Footprint) -> list[dict[str, str]]:
    return tagged(
        {
            language: label_text(
                value, Indicator(footprint.indicator), footprint.declared_unit, language
            )
            for language in LANGUAGES
        }
    )


def _quantity(quantity: Quantity) -> dict[str, str]:
    return {"amount": plain(quantity.amount), "unit": quantity.unit.value}


def _decimal(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def _present(**members: Any) -> dict[str, Any]:
    """Return the members that say something: a statement has no nulls and no empty lists."""
    return {name: value for name, value in members.items() if value not in (None, [])}
