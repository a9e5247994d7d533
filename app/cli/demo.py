"""`carbon-label demo`: the examples as labels, ready to print and to scan.

Every step looks at what is there first, so that it may be repeated at any time, also after dying
in between.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli import serve as serving
from app.cli.files import write_whole
from app.cli.installed import Installed, read_settings, verified_here
from app.cli.paper import TEMPLATE, load, painted
from app.cli.party import admit_certifier
from app.cli.say import answer, json_option, table
from app.kit.codes import LabelCode, shown
from app.kit.texts import in_language

if TYPE_CHECKING:
    from sqlmodel import Session

    from app.footprints.model import ProducerClaim, RuleRegistry
    from app.labels.verifying import Verified
    from app.parties.model import Party
    from app.settings import Settings
    from app.web.service import Service

CERTIFIER = "demo"
NAME = {"zh-CN": "示例认证机构（虚构）", "en": "Sample Certifier (fictitious)"}
DESCRIPTION = {
    "zh-CN": "虚构的机构，仅用于演示本软件；它签发的标签没有任何认证效力。",
    "en": "A fictitious body that shows how this software works; its labels certify nothing.",
}
_LANGUAGES = ("zh-CN", "en")  # the second where a Chinese text does not fit


@dataclass(frozen=True, slots=True)
class Example:
    """An example's label, and where its printable file is; None if it could not be printed."""

    name: str
    verified: "Verified"
    url: str
    file: Path | None


@click.command()
@click.option("--serve", "serves", is_flag=True, help="Serve afterwards, as `serve` does.")
@serving.https_option
@json_option
def demo(serves: bool, https: bool, as_json: bool) -> None:
    """Issue labels of the examples, and print them.

    One printable PDF each is written, and what to open and to scan is said. Repeated, it changes
    nothing. All parties are fictitious and say so.
    """
    from app.main import open_service
    from app.web.app import web_app

    settings = read_settings()
    listening = serving.listen(settings) if serves else None
    service = open_service(settings, serving.fallback_origin(settings, https=https))
    try:
        here = Installed(settings, service.engine, service.origin, service.store)
        party = _certifier(here)
        examples = [_example(here, service, party, file) for file in example_files()]
        answer(as_json, _data(service, examples), _lines(settings, service, examples))
        if listening is not None:
            if not as_json:
                for line in serving.greeting(settings, service.origin, https=https):
                    click.echo(line)
            sys.stdout.flush()
            serving.run(web_app(service), settings, listening, service.origin, https=https)
    finally:
        service.engine.dispose()


def example_files() -> list[Path]:
    """Return the examples that come with the program."""
    from app.settings import shipped

    return sorted(shipped("examples").glob("*.json"))


def _certifier(here: Installed) -> "Party":
    from app.parties.find import find_party
    from app.parties.model import Role
    from app.parties.register import PartyNotFound
    from app.storage.engine import reading

    try:
        with reading(here.engine) as session:
            return find_party(session, Role.CERTIFIER, CERTIFIER)
    except PartyNotFound:
        return admit_certifier(here, CERTIFIER, NAME, DESCRIPTION, fictitious=True)


def _example(here: Installed, service: "Service", party: "Party", file: Path) -> Example:
    from app.statements.model import Verdict
    from app.storage.engine import writing

    with writing(here.engine) as session:  # one example: wholly there, or not at all
        code = _label_of(session, here, service.rules, party, file.read_bytes())
    verified = verified_here(here.settings, here.origin, service.seal, code)
    paper: Path | None = here.settings.home / "labels" / f"{file.stem}-{code}.pdf"
    if paper is not None and not paper.exists():
        if verified.judgement.verdict is Verdict.VALID:
            write_whole(paper, painted(verified, load(TEMPLATE), _LANGUAGES, "pdf"))
        else:
            paper = None  # somebody withdrew it; paper cannot be called back
    return Example(file.stem, verified, f"{here.origin}/l/{code}", paper)


def _label_of(
    session: "Session", here: Installed, rules: "RuleRegistry", party: "Party", data: bytes
) -> LabelCode:
    """Return the label of an example, handed in, accepted and issued now where that is missing."""
    from app.footprints.file import parse_footprint
    from app.footprints.model import Assurance
    from app.footprints.receive import receive
    from app.kit.clock import now
    from app.labels.accept import accept_footprint
    from app.labels.desk import LOCAL_OPERATOR, open_desk
    from app.labels.issue import FootprintAlreadyLabelled, LabelOrder, issue
    from app.parties.find import find_party
    from app.parties.model import Role

    moment = now()
    _admit_producer(session, parse_footprint(data).producer)
    received = receive(session, data, rules, moment)
    if received.accepted_by is None:
        received = accept_footprint(
            session,
            received.id,
            party,
            rules,
            assurance=Assurance.LIMITED,
            verified_on=moment.date(),
            now=moment,
        )
    if received.accepted_by != party.id:  # somebody tried the commands on our example
        party = find_party(session, Role.CERTIFIER, received.accepted_by or "")
    desk = open_desk(session, here.store, here.origin, party, rules, by=LOCAL_OPERATOR)
    try:
        key = f"demo {received.id}"
        return issue(session, desk, LabelOrder(received.id), moment, key).code
    except FootprintAlreadyLabelled as labelled:
        return LabelCode(labelled.label)


def _admit_producer(session: "Session", claim: "ProducerClaim") -> None:
    from app.kit.clock import now
    from app.parties.find import producer_named
    from app.parties.model import Role
    from app.parties.register import register

    if producer_named(session, claim.name, claim.registration) is not None:
        return
    plain = in_language(claim.name, "en").partition("(")[0].lower()
    register(
        session,
        re.sub(r"[^a-z0-9]+", "-", plain).strip("-"),
        Role.PRODUCER,
        claim.name,
        now=now(),
        registration=claim.registration,
        fictitious=True,
    )


def _data(service: "Service", examples: list[Example]) -> dict[str, Any]:
    return {
        "origin": service.origin,
        "labels": [
            {
                "example": each.name,
                "code": each.verified.label,
                "url": each.url,
                "verdict": each.verified.judgement.verdict.value,
                "file": None if each.file is None else str(each.file),
            }
            for each in examples
        ],
    }


def _lines(settings: "Settings", service: "Service", examples: list[Example]) -> list[str]:
    from app.statements.read import read

    def name(example: Example) -> tuple[str, str]:
        if example.verified.statement is None:
            return "", ""
        published = read(example.verified.statement)
        return in_language(published.text, "en"), in_language(published.product_name, "zh-CN")

    folder = settings.home.resolve() / "labels"
    lines = table(
        (shown(each.verified.label), each.verified.judgement.verdict.value, *name(each))
        for each in examples
    )
    lines += [
        "",
        f"To print:  {folder}",
        f"To open:   {service.origin}/",
        "To act over HTTP, make a token:  carbon-label producer token ID (see producer list)",
    ]
    if sys.stdout.isatty() and examples:
        lines += ["To scan:", *symbol(examples[0].url)]
    return lines


def symbol(url: str) -> list[str]:
    """Return a QR symbol as lines of half blocks, black on white whatever the terminal's colours.

    Two rows of modules stand in one line; a quiet zone of four modules is around them.
    """
    from app.printing.qr import encode, payload_of

    _, rows = encode(payload_of(url), "M", (1, 10))
    width = len(rows) + 8
    blank = (False,) * width
    padded = [blank] * 4 + [(False,) * 4 + row + (False,) * 4 for row in rows] + [blank] * 5
    blocks = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}
    return [
        "\x1b[30;107m"
        + "".join(map(blocks.__getitem__, zip(upper, lower, strict=True)))
        + "\x1b[0m"
        for upper, lower in zip(padded[::2], padded[1::2], strict=False)
    ]
