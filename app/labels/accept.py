"""A certifier accepts a footprint: the very claims that will be signed are made and frozen."""

from datetime import date, datetime

from sqlmodel import Session

from app.footprints.accept import (
    VerifiedBeforeTheData,
    footprint_to_review,
    mark_accepted,
)
from app.footprints.check import check
from app.footprints.file import FootprintRefused, parse_footprint
from app.footprints.find import ReceivedFootprint
from app.footprints.model import Assurance, RuleRegistry
from app.kit.errors import Flaw
from app.parties.model import Party
from app.signing.canonical import canonical
from app.statements.build import build_claims, inventory_digest
from app.statements.lint import StagesDoNotSum, StatementMalformed, lint_claims

MAX_CLAIMS = 200 * 1024  # bytes; with its envelope a statement stays below the verifier's limit


def accept_footprint(
    session: Session,
    footprint_id: str,
    certifier: Party,
    rules: RuleRegistry,
    *,
    assurance: Assurance,
    verified_on: date,
    now: datetime,
) -> ReceivedFootprint:
    """Accept a footprint as it was handed in, under its rule as it stands today.

    Raises `FootprintNotFound`, `FootprintAlreadyAccepted`, `FootprintRefused` if the rule says no
    by now, `VerifiedInTheFuture`, `VerifiedBeforeTheData`.
    """
    row = footprint_to_review(session, footprint_id)
    footprint = parse_footprint(row.file)
    flaws = check(footprint, rules, now.date())
    rule = rules.find(footprint.rule)
    if flaws or rule is None:
        raise FootprintRefused(flaws)
    if verified_on < footprint.reference_end:
        raise VerifiedBeforeTheData(verified_on, footprint.reference_end)
    digest = inventory_digest(row.salt, row.digest, "footprint.json", len(row.file))
    claims = build_claims(footprint, rule, digest, assurance, verified_on)
    try:
        lint_claims(claims)
    except (StatementMalformed, StagesDoNotSum) as wrong:
        raise FootprintRefused([Flaw("", wrong.code, str(wrong))]) from None
    frozen = canonical(claims)
    if len(frozen) > MAX_CLAIMS:
        why = f"It makes a statement of {len(frozen)} bytes; at most {MAX_CLAIMS} can be signed."
        raise FootprintRefused([Flaw("", "statement-too-large", why)])
    return mark_accepted(
        session,
        row,
        by=certifier.id,
        assurance=assurance,
        verified_on=verified_on,
        claims=frozen,
        now=now,
    )
