"""The steps that only compute: canonical form, verification, start of the program, print."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import orjson

from app.labels.find import newest_labels
from app.printing.label import LabelFormat, print_label
from app.printing.template import find_template
from app.settings import shipped
from app.signing.canonical import canonical, canonical_plain
from app.signing.multikey import signature_holds
from app.statements.lint import lint_unsigned
from app.statements.read import read
from app.statements.verify import Issuer, KnownKey, Standing, World, verify
from app.storage.engine import reading
from scripts.bench_cases.ground import ROOT, Ground, add_footprints, issue_all, new_ground
from scripts.bench_cases.measure import (
    Case,
    Cost,
    Goal,
    Line,
    WrongResult,
    compared,
    cost_of,
    repeated,
    valued,
)
from scripts.bench_cases.sizes import Sizes

_MESSAGE = bytes(64)
_SERVER = "import app.main, app.cli.serve, uvicorn"
_VERIFIER = "import app.statements.verify"


@dataclass(frozen=True, slots=True)
class Sample:
    """One issued label, and what verifies it."""

    ground: Ground
    statement: bytes
    world: World


def cpu_lines(sizes: Sizes) -> Iterator[Line]:
    """Measure the steps of issuing and verifying, each against a bare signature or check."""
    with tempfile.TemporaryDirectory(prefix="carbon-label-bench-") as home:
        sample = _sample(Path(home))
        signer, key = sample.ground.desk.signer, sample.ground.desk.public_key
        document = orjson.loads(sample.statement)
        unsigned = {name: value for name, value in document.items() if name != "proof"}
        signature = signer.sign(_MESSAGE)
        if canonical(document) != sample.statement or canonical_plain(document) != sample.statement:
            raise WrongResult("the canonical form is not what was stored")

        def times(work: Callable[[], object]) -> Callable[[], Cost]:
            return partial(repeated, work, sizes.repeats)

        sign = times(partial(signer.sign, _MESSAGE))
        check = times(partial(signature_holds, key, signature, _MESSAGE))
        for name, base_name, base, work in (
            ("canonical form, guarded", "signatures", sign, partial(canonical, document)),
            ("canonical form, linted", "signatures", sign, partial(canonical_plain, document)),
            ("lint before signing", "signatures", sign, partial(lint_unsigned, unsigned)),
            (
                "verify a statement",
                "signature checks",
                check,
                partial(verify, sample.statement, sample.world),
            ),
        ):
            case = Case(f"{name}, {len(sample.statement)} bytes", base_name, base, times(work))
            yield from compared("cpu", case, sizes.rounds)


def cold_lines(sizes: Sizes) -> Iterator[Line]:
    """Measure how long the program takes until it has all its modules."""
    for name, modules, goal in (
        ("import the server", _SERVER, Goal(at_most=2)),
        ("import the verifier", _VERIFIER, None),
    ):
        start = partial(_seconds_of, modules)
        yield valued("cold", name, "s", start, sizes.rounds, goal)


def print_lines(sizes: Sizes) -> Iterator[Line]:
    """Measure one sticker in each format."""
    with tempfile.TemporaryDirectory(prefix="carbon-label-bench-") as home:
        sample = _sample(Path(home))
        published, judgement = read(sample.statement), verify(sample.statement, sample.world)
        template = find_template(shipped("label_templates"), "sticker-30")
        beginnings = {LabelFormat.PDF: b"%PDF-", LabelFormat.SVG: b"<", LabelFormat.PNG: b"\x89PNG"}
        for kind, beginning in beginnings.items():
            paint = partial(print_label, template, published, judgement, "zh-CN", kind.value)
            if not paint().startswith(beginning):
                raise WrongResult(f"no {kind.value} came out")
            yield valued(
                "print", f"sticker as {kind.value}", "ms", _in_ms(paint), sizes.rounds, None
            )


def _in_ms(work: partial[bytes]) -> partial[float]:
    return partial(lambda: cost_of(work).cpu * 1000)


def _seconds_of(modules: str) -> float:
    """Return the wall time of a fresh Python that imports these, its own start included."""
    command = [sys.executable, "-c", modules]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return cost_of(partial(subprocess.run, command, check=True, env=environment)).wall


def _sample(home: Path) -> Sample:
    ground = new_ground(home)
    issue_all(ground, add_footprints(ground, 1))
    with reading(ground.engine) as session:
        (label,) = newest_labels(session, limit=1)
    ground.engine.dispose()
    world = World(
        label.valid_from,
        Issuer({ground.desk.signer.key_id: KnownKey(ground.desk.public_key)}),
        Standing(),
        own_origin=ground.desk.origin,
    )
    if verify(label.statement, world).verdict != "valid":
        raise WrongResult(f"label {label.code} does not verify")
    return Sample(ground, label.statement, world)
