"""Read a statement into `Published`, the typed view that pages, labels and exchanges show."""

from datetime import date
from decimal import Decimal

from msgspec import UnsetType

from app.kit.clock import parse_stamp
from app.kit.texts import Texts
from app.kit.units import Indicator
from app.statements.lint import label_code, lint_signed, quantity_of
from app.statements.model import Published, PublishedComparison, PublishedStage
from app.statements.shape import Amount, Claims, Statement, Text
from app.statements.verify import parse_statement


def read(data: bytes) -> Published:
    """Return what the statement says; nothing is verified here but its form.

    Raises `NotStrictJson`, `StatementMalformed`.
    """
    return published(lint_signed(parse_statement(data)))


def published(statement: Statement) -> Published:
    """Return the typed view of a linted statement."""
    subject = statement.credential_subject
    product = subject.product
    return Published(
        url=statement.id,
        code=label_code(statement),
        issuer=statement.issuer.id,
        issuer_name=_texts(statement.issuer.name),
        issuer_description=_texts(statement.issuer.description),
        valid_from=parse_stamp(statement.valid_from),
        valid_until=parse_stamp(statement.valid_until),
        product_name=_texts(product.name),
        category=product.category,
        gtin=product.gtin or None,
        batch=product.batch or None,
        origin=_texts(product.origin),
        image=product.image or None,
        producer_name=_texts(subject.producer.name),
        registration=subject.producer.registration or None,
        declared_unit=quantity_of(subject.declared_unit, "declaredUnit"),
        package_content=(
            quantity_of(subject.package_content, "packageContent")
            if isinstance(subject.package_content, Amount)
            else None
        ),
        indicator=Indicator(subject.indicator),
        total=Decimal(subject.total),
        text=_texts(subject.text),
        stages=tuple(
            PublishedStage(
                stage.id,
                _texts(stage.name),
                Decimal(stage.value),
                _texts(stage.text),
                tuple(_texts(item.name) for item in stage.includes or ()),
            )
            for stage in subject.stages
        ),
        boundary=subject.boundary,
        excluded=tuple((_texts(e.what), _texts(e.why)) for e in subject.excluded or ()),
        rule_id=subject.rule.id,
        rule_version=subject.rule.version,
        rule_name=_texts(subject.rule.name),
        standards=tuple(subject.standards or ()),
        gwp=subject.gwp or None,
        reference_start=date.fromisoformat(subject.reference_period.start),
        reference_end=date.fromisoformat(subject.reference_period.end),
        primary_data_share=_decimal(subject.primary_data_share),
        data_quality=_decimal(subject.data_quality),
        practices=tuple(_texts(practice.name) for practice in subject.practices or ()),
        comparison=_comparison(subject),
        illustrative=tuple(subject.illustrative or ()),
        sources=tuple(subject.sources or ()),
        inventory_digest=subject.inventory_digest,
        assurance=subject.verification.level,
        verified_on=date.fromisoformat(subject.verification.on),
        replaces=subject.replaces or None,
        renews=subject.renews or None,
        key=statement.proof.verification_method,
        created=parse_stamp(statement.proof.created),
    )


def _comparison(claims: Claims) -> PublishedComparison | None:
    other = claims.comparison
    if isinstance(other, UnsetType):
        return None
    return PublishedComparison(
        value=Decimal(other.value),
        text=_texts(other.text),
        source=other.source,
        n=other.n,
        year=other.year,
        boundary=other.boundary,
    )


def _texts(texts: list[Text] | UnsetType) -> Texts:
    return {text.language: text.value for text in texts or ()}


def _decimal(value: str | UnsetType) -> Decimal | None:
    return Decimal(value) if isinstance(value, str) else None
