"""A rule executed: does a footprint do what its product category rule asks?

Each finding names the clause that it comes from and says what to mend.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from app.footprints.model import Footprint, Rule, RuleCheck, RuleRegistry
from app.kit.decimals import plain
from app.kit.errors import Flaw


def check(footprint: Footprint, registry: RuleRegistry, on: date) -> tuple[Flaw, ...]:
    """Return everything by which a footprint breaks its rule as of a day; empty if nothing.

    Without such a rule there is nothing to check against, and that is the one flaw returned. A rule
    that is not in force is a flaw beside the others, so that a producer sees them all at once.
    """
    rule = registry.find(footprint.rule)
    if rule is None:
        return (_unknown_rule(footprint, registry),)
    return (
        *_force_flaws(rule, registry, on),
        *_scope_flaws(footprint, rule),
        *_stage_flaws(footprint, rule),
        *_method_flaws(footprint, rule),
        *_quality_flaws(footprint, rule),
        *_practice_flaws(footprint, rule),
        *_period_flaws(footprint, rule, on),
    )


def check_validity(rule: Rule, start: date, end: date) -> tuple[Flaw, ...]:
    """Return the flaw of a label's validity, both days included: reversed, or longer than allowed.

    The rule must also be in force on the day of issue, which `check` says.
    """
    if end < start:
        return (
            Flaw(
                "validUntil",
                "dates-reversed",
                f"The label would end on {end}, before it starts on {start}. Swap them.",
            ),
        )
    days = (end - start).days + 1
    if days <= rule.maximum_validity_days:
        return ()
    latest = start + timedelta(days=rule.maximum_validity_days - 1)
    return (
        _flaw(
            rule,
            RuleCheck.VALIDITY,
            "validUntil",
            "validity-too-long",
            f"a label is valid for at most {rule.maximum_validity_days} days, not {days}. "
            f"End it on {latest} or earlier.",
        ),
    )


def _flaw(rule: Rule, made: RuleCheck, field: str, code: str, message: str) -> Flaw:
    clause = rule.clauses[made]
    return Flaw(field, code, f"Rule {rule.id} {rule.version}, clause {clause}: {message}")


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words) if words else "none"


def _unknown_rule(footprint: Footprint, registry: RuleRegistry) -> Flaw:
    name = footprint.rule
    if versions := registry.versions(name.id):
        return Flaw(
            "rule.version",
            "rule-version-unknown",
            f"The rule {name.id} has no version {name.version} here. Follow one of: "
            f"{_listed([rule.version for rule in versions])}.",
        )
    known = sorted({rule_id for rule_id, _ in registry.rules})
    return Flaw(
        "rule.id",
        "rule-unknown",
        f"There is no rule {name.id} here. Follow one of: {_listed(known)}.",
    )


def _force_flaws(rule: Rule, registry: RuleRegistry, on: date) -> Iterator[Flaw]:
    if rule.is_in_force(on):
        return
    others = [other.version for other in registry.versions(rule.id) if other.is_in_force(on)]
    mend = f"Follow version {' or '.join(others)}" if others else "No other version is in force"
    if on < rule.effective:
        yield Flaw(
            "rule.version",
            "rule-not-yet-effective",
            f"{rule.id} {rule.version} is effective from {rule.effective}, not yet on {on}. "
            f"{mend}, or wait.",
        )
    else:
        yield Flaw(
            "rule.version",
            "rule-withdrawn",
            f"{rule.id} {rule.version} was withdrawn on {rule.withdrawn}. {mend}.",
        )


def _scope_flaws(footprint: Footprint, rule: Rule) -> Iterator[Flaw]:
    category = footprint.product.category
    if not any(category == c or category.startswith(f"{c}/") for c in rule.categories):
        yield _flaw(
            rule,
            RuleCheck.CATEGORY,
            "product.category",
            "category-not-covered",
            f"covers {_listed(rule.categories)}, not {category}. Correct the category, or follow "
            "the rule of that category.",
        )
    if footprint.boundary not in rule.boundaries:
        yield _flaw(
            rule,
            RuleCheck.BOUNDARY,
            "boundary",
            "boundary-not-allowed",
            f"the boundary must be {_listed(rule.boundaries)}, not {footprint.boundary}. "
            "Count again within that boundary.",
        )
    compared = footprint.comparison
    if compared is not None and compared.boundary is not footprint.boundary:
        yield _flaw(
            rule,
            RuleCheck.BOUNDARY,
            "comparison.boundary",
            "comparison-boundary-differs",
            f"a {footprint.boundary} footprint cannot be compared with a {compared.boundary} "
            "figure. Find one of the same boundary, or leave the comparison out.",
        )
    unit = footprint.declared_unit.unit
    if unit not in rule.units:
        yield _flaw(
            rule,
            RuleCheck.UNIT,
            "declaredUnit.unit",
            "unit-not-allowed",
            f"declare per {_listed(rule.units)}, not per {unit}. Convert the numbers with a "
            "stated mass or content.",
        )
    if footprint.indicator not in rule.indicators:
        yield _flaw(
            rule,
            RuleCheck.INDICATOR,
            "indicator",
            "indicator-not-allowed",
            f"count {_listed(rule.indicators)}, not {footprint.indicator}. Count again.",
        )


def _stage_flaws(footprint: Footprint, rule: Rule) -> Iterator[Flaw]:
    reached = {stage.id: stage for stage in rule.stages if footprint.boundary in stage.boundaries}
    # A boundary that the rule forbids reaches no stage; that flaw alone is the one to mend.
    if not reached:
        return
    given = {stage.id for stage in footprint.stages}
    for stage in reached.values():
        if stage.required and stage.id not in given:
            yield _flaw(
                rule,
                RuleCheck.STAGES,
                "stages",
                "stage-missing",
                f"the stage {stage.id} is required for {footprint.boundary}. Add it, with "
                '"0" if nothing arises there.',
            )
    for i, declared in enumerate(footprint.stages):
        known = reached.get(declared.id)
        if known is None:
            yield _flaw(
                rule,
                RuleCheck.STAGES,
                f"stages[{i}].id",
                "stage-not-in-rule",
                f"{declared.id} is no stage of {footprint.boundary}. Put its emissions into one "
                f"of: {_listed(list(reached))}.",
            )
        elif declared.value < 0 and not known.negative_allowed:
            yield _flaw(
                rule,
                RuleCheck.NEGATIVE,
                f"stages[{i}].value",
                "stage-negative",
                f"{declared.id} cannot be negative, got {plain(declared.value)}. State removals "
                "apart; offsets never reduce a footprint.",
            )


def _method_flaws(footprint: Footprint, rule: Rule) -> Iterator[Flaw]:
    for group in rule.standards:
        if not set(group) & set(footprint.standards):
            yield _flaw(
                rule,
                RuleCheck.STANDARDS,
                "standards",
                "standard-missing",
                f"follow {' or '.join(group)}, and name it exactly so.",
            )
    if footprint.gwp is not None and footprint.gwp not in rule.gwp:
        yield _flaw(
            rule,
            RuleCheck.GWP,
            "gwp",
            "gwp-not-allowed",
            f"use {' or '.join(rule.gwp)}, not {footprint.gwp!r}. Recalculate with one of these.",
        )


def _quality_flaws(footprint: Footprint, rule: Rule) -> Iterator[Flaw]:
    least, share = rule.minimum_primary_data_share, footprint.primary_data_share
    if least is not None and (share is None or share < least):
        got = "nothing is stated" if share is None else f"got {plain(share)}"
        yield _flaw(
            rule,
            RuleCheck.DATA_QUALITY,
            "primaryDataShare",
            "primary-data-too-low",
            f"at least {plain(least)} of the emissions rest on own measurements; {got}. Measure "
            "more, and state the share.",
        )
    worst, rating = rule.maximum_data_quality, footprint.data_quality
    if worst is not None and (rating is None or rating > worst):
        got = "nothing is stated" if rating is None else f"got {plain(rating)}"
        yield _flaw(
            rule,
            RuleCheck.DATA_QUALITY,
            "dataQuality",
            "data-quality-too-low",
            f"the data quality rating is at most {plain(worst)} (1 is best); {got}. Use better "
            "data, and state the rating.",
        )


def _practice_flaws(footprint: Footprint, rule: Rule) -> Iterator[Flaw]:
    for i, practice in enumerate(footprint.practices):
        if practice not in rule.practices:
            yield _flaw(
                rule,
                RuleCheck.PRACTICES,
                f"practices[{i}]",
                "practice-unknown",
                f"{practice} is not among the practices that may be claimed: "
                f"{_listed(list(rule.practices))}. Use one of these, or leave it out.",
            )


def _period_flaws(footprint: Footprint, rule: Rule, on: date) -> Iterator[Flaw]:
    if footprint.reference_end > on:
        yield _flaw(
            rule,
            RuleCheck.PERIOD,
            "referencePeriod.end",
            "reference-period-in-future",
            f"the data must exist; the period ends on {footprint.reference_end}, after {on}. "
            "Wait until it has ended, or correct the date.",
        )
