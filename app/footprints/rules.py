"""Product category rules are data: one TOML file a version, `rules/<id>-<version>.toml`."""

import tomllib
from collections.abc import Iterator, Sequence
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field, ValidationError

from app.footprints.form import (
    BoundaryWord,
    Category,
    Form,
    IndicatorWord,
    Name,
    Rating,
    Share,
    ShortLine,
    UnitWord,
    Version,
    Word,
    flaws_of,
    one_of,
)
from app.footprints.model import Rule, RuleCheck, RuleRegistry, RuleStage
from app.kit.errors import DocumentRefused, Flaw

_CheckWord = Annotated[RuleCheck, *one_of(RuleCheck, "check-unknown")]


class RuleFileRefused(DocumentRefused):
    """A rule file cannot be executed as it stands; the service does not start with it."""

    code: ClassVar[str] = "rule-file-refused"

    def __init__(self, file: str, flaws: Sequence[Flaw]) -> None:
        super().__init__(f"rule file {file}", flaws)
        self.file = file


class RuleTable(Form):
    """The ground of the TOML tables: keys in snake case, as in our other TOML files."""

    model_config = ConfigDict(alias_generator=None)


class StageTable(RuleTable):
    """One `[[stage]]`."""

    id: Word
    name: Name
    required: bool
    negative_allowed: bool = False
    boundaries: list[BoundaryWord] | None = Field(None, min_length=1)  # default: all of the rule's


class RuleFile(RuleTable):
    """A whole rule file."""

    id: Word
    version: Version
    name: Name
    owner: Name
    illustrative: bool
    effective: date
    withdrawn: date | None = None
    categories: list[Category] = Field(min_length=1)
    boundaries: list[BoundaryWord] = Field(min_length=1)
    units: list[UnitWord] = Field(min_length=1)
    indicators: list[IndicatorWord] = Field(min_length=1)
    display_decimals: int = Field(ge=0, le=12)
    maximum_validity_days: int = Field(ge=1, le=3660)
    standards: list[Annotated[list[ShortLine], Field(min_length=1)]]
    gwp: list[ShortLine] = Field(min_length=1)
    minimum_primary_data_share: Share | None = None
    maximum_data_quality: Rating | None = None
    stage: list[StageTable] = Field(min_length=1, max_length=40)
    contains: dict[Word, Name]
    practices: dict[Word, Name]
    clauses: dict[_CheckWord, ShortLine]


def load_rules(folder: Path | None = None) -> RuleRegistry:
    """Return the rules of a folder's TOML files; by default those that come with this package.

    Raises `RuleFileRefused`, naming the file and every key at fault.
    """
    rules = [
        parse_rule(file.name, file.read_bytes())
        for file in sorted(
            (folder or resources.files("app.footprints") / "rules").iterdir(),
            key=lambda file: file.name,
        )
        if file.name.endswith(".toml")
    ]
    return RuleRegistry({(rule.id, rule.version): rule for rule in rules})


def parse_rule(file: str, data: bytes) -> Rule:
    """Return the rule of one TOML file, whose name must be `<id>-<version>.toml`.

    Raises `RuleFileRefused`.
    """
    try:
        document = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as broken:
        why = f"Not readable as TOML in UTF-8: {broken}. Correct it there."
        raise RuleFileRefused(file, [Flaw("", "not-toml", why)]) from None
    try:
        form = RuleFile.model_validate(document)
    except ValidationError as refusal:
        raise RuleFileRefused(file, flaws_of(refusal, RuleFile)) from None
    if flaws := list(_contradictions(file, form)):
        raise RuleFileRefused(file, flaws)
    return _rule(form)


def _contradictions(file: str, form: RuleFile) -> Iterator[Flaw]:
    wanted = f"{form.id}-{form.version}.toml"
    if file != wanted:
        yield Flaw("id", "file-misnamed", f"This rule belongs in a file named {wanted}. Rename it.")
    if form.withdrawn is not None and form.withdrawn <= form.effective:
        yield Flaw(
            "withdrawn",
            "dates-reversed",
            f"Withdrawn on {form.withdrawn}, but effective only from {form.effective}. "
            "Correct one of the dates.",
        )
    ids = [stage.id for stage in form.stage]
    for i, stage in enumerate(form.stage):
        if stage.id in ids[:i]:
            why = f"The stage {stage.id} stands twice. Keep one."
            yield Flaw(f"stage[{i}].id", "stage-twice", why)
        for boundary in stage.boundaries or ():
            if boundary not in form.boundaries:
                why = f"The rule does not allow {boundary}. Add it there or remove it here."
                yield Flaw(f"stage[{i}].boundaries", "boundary-not-in-rule", why)
    for check in RuleCheck:
        if check not in form.clauses:
            why = f'Every check names its clause. Add {check} = "…".'
            yield Flaw(f"clauses.{check}", "clause-missing", why)


def _rule(form: RuleFile) -> Rule:
    every = tuple(form.boundaries)
    return Rule(
        id=form.id,
        version=form.version,
        name=form.name,
        owner=form.owner,
        illustrative=form.illustrative,
        effective=form.effective,
        withdrawn=form.withdrawn,
        categories=tuple(form.categories),
        boundaries=every,
        units=tuple(form.units),
        indicators=tuple(form.indicators),
        display_decimals=form.display_decimals,
        maximum_validity_days=form.maximum_validity_days,
        standards=tuple(tuple(group) for group in form.standards),
        gwp=tuple(form.gwp),
        minimum_primary_data_share=form.minimum_primary_data_share,
        maximum_data_quality=form.maximum_data_quality,
        stages=tuple(
            RuleStage(
                id=stage.id,
                name=stage.name,
                required=stage.required,
                negative_allowed=stage.negative_allowed,
                boundaries=tuple(stage.boundaries or every),
            )
            for stage in form.stage
        ),
        contains=form.contains,
        practices=form.practices,
        clauses=form.clauses,
    )
