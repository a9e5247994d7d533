"""Scan: the server's CPU for a request, against an empty route of the same server."""

import asyncio
import os
import random
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from sqlalchemy import text

from app.kit.codes import new_code
from app.main import open_service
from app.settings import Settings
from app.storage.engine import open_engine, reading
from app.storage.reader import Reader, Row
from app.web.scan import ScanDoor
from scripts.bench_cases.ground import EXAMPLE, ROOT, add_footprints, issue_all, new_ground
from scripts.bench_cases.measure import Case, Goal, Line, WrongResult, compared, valued
from scripts.bench_cases.serving import Load, Server, cost_of_load, serving
from scripts.bench_cases.sizes import Sizes

_SEED = 20_260_131
_ASKED = 20_000  # different codes of one load
_STEP = 1000  # labels that are made at once
_JSON, _HTML = "application/json", "text/html"
# What decides how a prepared database looks: another state of these files asks for another one.
_SHAPE = ("migrations/versions/*.py", "labels/issue.py", "labels/sealing.py", "statements/*.py")


def lines(sizes: Sizes) -> Iterator[Line]:
    """Measure scans as JSON, as page and of unknown codes; a page's weight; the memory."""
    home = _prepared(sizes.rows)
    codes = _some_codes(home)
    strangers: list[str] = [new_code() for _ in range(2000)]
    asyncio.run(_check_reads(home, codes[0]))
    with tempfile.TemporaryDirectory(prefix="carbon-label-bench-") as folder:
        scans = _paths(Path(folder) / "scans", codes)
        unknown = _paths(Path(folder) / "unknown", strangers)
        with serving() as base, serving(home) as service:
            _check_answers(service, codes[0], strangers[0])
            yield valued(
                "http",
                "a page with style and icon, compressed",
                "KB",
                lambda: _weight(service, codes[0]) / 1000,
                2,
                Goal(at_most=14),
            )
            yield from _compare(base, service, scans, unknown, sizes)
        yield _memory(home, Load(scans, _JSON), sizes.scans)


def _compare(
    base: Server, service: Server, scans: Path, unknown: Path, sizes: Sizes
) -> Iterator[Line]:
    for name, load, goal in (
        ("scan as JSON", Load(scans, _JSON), Goal(at_least=0.30)),
        ("scan as page", Load(scans, _HTML), None),
        ("unknown code as JSON", Load(unknown, _JSON, exists=False), None),
    ):
        case = Case(
            f"{name}, uniform among {sizes.rows} labels",
            "an empty route",
            lambda load=load: cost_of_load(base, replace(load, exists=True), sizes.seconds),  # type: ignore[misc]
            lambda load=load: cost_of_load(service, load, sizes.seconds),  # type: ignore[misc]
            goals=(goal,),
        )
        yield from compared("http", case, sizes.rounds)


def _memory(home: Path, load: Load, scans: int) -> Line:
    """Return the resident memory of a fresh service after that many scans, half of them pages."""

    def once() -> float:
        with serving(home) as service:
            for accept in (_JSON, _HTML):
                done = 0
                while done < scans / 2:
                    began = service.cpu()
                    cost = cost_of_load(service, replace(load, accept=accept), 1)
                    done += round((service.cpu() - began) / cost.cpu)
            return service.resident()

    return valued("http", f"resident memory after {scans} scans", "MB", once, 2, Goal(at_most=150))


def _prepared(rows: int) -> Path:
    """Return the home of an installation with so many labels; made once, then kept."""
    state = sha256(EXAMPLE.read_bytes())
    for pattern in _SHAPE:
        for source in sorted((ROOT / "app").glob(pattern)):
            state.update(source.read_bytes())
    folder = Path(tempfile.gettempdir()) / f"carbon-label-bench-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    home = folder / f"{rows}-labels-{state.hexdigest()[:12]}"
    if not home.exists():
        print(f"Making {rows} labels in {home} (once) ...", flush=True)
        partial = folder / f"{home.name}.{os.getpid()}"
        ground = new_ground(partial)
        for start in range(0, rows, _STEP):
            issue_all(ground, add_footprints(ground, min(_STEP, rows - start)))
        ground.engine.dispose()
        for older in folder.glob(f"{rows}-labels-*"):
            if older != partial:
                shutil.rmtree(older)
        partial.rename(home)
    return home


def _some_codes(home: Path) -> list[str]:
    """Return codes drawn uniformly, with a seed, so that every run asks for the same."""
    engine = open_engine(Settings(home=home).database)
    with reading(engine) as session:
        found = session.connection().execute(text("SELECT code FROM label ORDER BY code"))
        codes = [str(row[0]) for row in found]
    engine.dispose()
    return random.Random(_SEED).choices(codes, k=_ASKED)  # noqa: S311 - no secret


def _paths(file: Path, codes: list[str]) -> Path:
    file.write_text("".join(f"/l/{code}\n" for code in codes), encoding="utf-8")
    return file


class CountingReader:
    """Counts what is read through another reader."""

    def __init__(self, reader: Reader) -> None:
        self._reader, self.reads = reader, 0

    async def row(self, sql: str, *parameters: object) -> Row | None:
        """Read and count."""
        self.reads += 1
        return await self._reader.row(sql, *parameters)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._reader.close()


async def _check_reads(home: Path, code: str) -> None:
    """Raise `WrongResult` if a scan reads the database more than once."""
    service = open_service(Settings(home=home), "")
    reader = CountingReader(service.reader)
    door = ScanDoor(replace(service, reader=reader))

    async def receive() -> dict[str, object]:
        return {"type": "http.request"}

    async def send(_: object) -> None:
        return None

    for accept in (_JSON, _HTML):
        reader.reads = 0
        scope = {
            "type": "http",
            "method": "GET",
            "path": f"/l/{code}",
            "query_string": b"",
            "headers": [(b"accept", accept.encode())],
        }
        await door(scope, receive, send)
        if reader.reads != 1:
            raise WrongResult(f"{reader.reads} database reads for one scan as {accept}")
    await reader.close()
    service.engine.dispose()


def _check_answers(server: Server, code: str, stranger: str) -> None:
    """Raise `WrongResult` unless a known and an unknown code get the right answers."""
    known, unknown = (server.get(f"/l/{one}", accept=_JSON) for one in (code, stranger))
    if known.status_code != 200 or known.json()["verdict"] != "valid":
        raise WrongResult(f"/l/{code}: {known.status_code} {known.text[:200]}")
    stated = known.json()["statement"]["id"].rpartition("/")[2]
    if stated != code or unknown.status_code != 404 or unknown.json()["verdict"] != "unknown":
        raise WrongResult(f"/l/{code} states {stated}; /l/{stranger}: {unknown.status_code}")


def _weight(server: Server, code: str) -> float:
    """Return the bytes that travel for a page and all that it loads, compressed."""
    page = server.get(f"/l/{code}", accept=_HTML)
    files = set(re.findall(r'(?:href|src)="(/[^"]+\.(?:css|svg|ico|js|png|woff2))"', page.text))
    if not files:
        raise WrongResult("the page names no style sheet")
    answers = [page, *(server.get(file) for file in files)]
    return sum(int(answer.headers["content-length"]) for answer in answers)
