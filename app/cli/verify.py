"""`carbon-label verify`: is this label genuine and in force? Nobody has to believe a page.

Starts without database mapper and web framework: what is ours is read with three plain reads,
what is not is fetched, within the bounds of `app.storage.outbound`.
"""

import asyncio
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli.files import read_bounded
from app.cli.installed import key_passphrase, read_settings, sqlite_file
from app.cli.say import Refusal, answer, json_option, table
from app.cli.target import LabelAddress, OtherAddress, StatementFile, Target, TypedCode, target_of
from app.kit.clock import now, stamp
from app.kit.codes import CodeMistyped, parse_code, shown
from app.kit.errors import CarbonLabelError
from app.kit.strict_json import parse_strict
from app.kit.texts import in_language

if TYPE_CHECKING:
    from app.labels.verifying import Here, Sources, Verified
    from app.settings import Settings
    from app.signing.seal import Seal

NOT_VALID, COULD_NOT_TELL = 1, 2
_LARGEST_DOCUMENT = 1 << 20
_FILES = click.Path(path_type=Path, dir_okay=False, exists=True)


class CouldNotTell(Refusal):
    """Whether the label is valid could not be learned."""

    exit_code = COULD_NOT_TELL


@click.command()
@click.argument("target")
@click.option(
    "--trust",
    multiple=True,
    metavar="DID|HOST",
    help="An issuer that you trust, or a host and all its issuers. May be repeated.",
)
@click.option(
    "--keys",
    multiple=True,
    type=_FILES,
    help="A DID document (JSON) whose issuer you trust; its keys are not fetched then.",
)
@click.option("--status", multiple=True, type=_FILES, help="A saved status list (JSON).")
@click.option("--offline", is_flag=True, help="Fetch nothing.")
@json_option
@click.pass_context
def verify(
    ctx: click.Context,
    target: str,
    trust: tuple[str, ...],
    keys: tuple[Path, ...],
    status: tuple[Path, ...],
    offline: bool,
    as_json: bool,
) -> None:
    """Say whether a label is genuine and in force.

    TARGET is a saved statement, a code, a link, or a picture (PNG, JPEG) of a label.

    Labels of this installation are judged from its own database. Of others, the issuer must be
    one that you trust; its keys and its lists of withdrawn labels are fetched from its host.

    Exit status: 0 valid, 1 not valid, 2 could not tell, 64 wrong usage.
    """
    try:
        wanted = target_of(target)
        verified = asyncio.run(_verify(wanted, _sources(trust, keys, status, offline=offline)))
    except Refusal as refused:
        raise CouldNotTell(refused.message, refused.code) from None
    except CarbonLabelError as failed:
        # 1 would say that the label is not valid, and that is not known.
        raise CouldNotTell(str(failed), failed.code) from None
    answer(as_json, result(verified), _lines(verified))
    ctx.exit(_status(verified))


async def _verify(target: Target, sources: "Sources") -> "Verified":
    from app.labels.verifying import Here, origin_here
    from app.storage.reader import open_reader

    settings = read_settings()
    file = sqlite_file(settings.database)
    if file is not None and not file.exists():
        return await _judged(target, None, sources)
    reader = open_reader(settings.database)
    try:
        origin = await origin_here(reader)
        here = None if origin is None else Here(origin, reader, _seal(settings))
        return await _judged(target, here, sources)
    finally:
        await reader.close()


async def _judged(target: Target, here: "Here | None", sources: "Sources") -> "Verified":
    from app.labels.verifying import verify_statement

    moment = now()
    if isinstance(target, StatementFile):
        return await verify_statement(target.data, here, sources, moment)
    if isinstance(target, TypedCode):
        if here is None:
            raise CouldNotTell(
                "A code alone belongs to this installation, and there is none here yet. Give the "
                "label's whole link.",
                "not-installed",
            )
        return await _verify_typed(target.typed, here, moment)
    if isinstance(target, OtherAddress):
        return await _verify_other(target, here, sources, moment)
    if here is not None and target.origin == here.origin:
        return await _verify_typed(target.typed, here, moment)
    return await _verify_elsewhere(target, here, sources, moment)


async def _verify_typed(typed: str, here: "Here", moment: datetime) -> "Verified":
    from app.labels.verifying import unknown, verify_code

    try:
        return await verify_code(here, parse_code(typed), moment)
    except CodeMistyped:
        return unknown(typed, "mistyped", moment)


async def _verify_elsewhere(
    target: LabelAddress, here: "Here | None", sources: "Sources", moment: datetime
) -> "Verified":
    from app.labels.verifying import could_not_tell, unknown, verify_statement
    from app.statements.model import is_development_origin
    from app.storage.outbound import AddressRefused, FetchFailed, fetch

    try:
        code = parse_code(target.typed)
    except CodeMistyped:
        return unknown(target.typed, "mistyped", moment)
    if is_development_origin(target.origin):
        return could_not_tell(code, "issuer", "development-origin", moment)
    if sources.fetch is None:
        return could_not_tell(code, "statement", "offline", moment)
    try:
        answered = await fetch(f"{target.origin}/l/{code}/statement", accept="application/vc")
    except (AddressRefused, FetchFailed) as failed:
        return could_not_tell(code, "statement", failed.code, moment)
    if answered.status in {404, 410}:
        return unknown(code, "no-such-label", moment)
    if answered.status != 200:
        return could_not_tell(code, "statement", "fetch-failed", moment)
    return await verify_statement(answered.body, here, sources, moment, code)


async def _verify_other(
    target: OtherAddress, here: "Here | None", sources: "Sources", moment: datetime
) -> "Verified":
    from app.labels.verifying import is_statement, verify_statement
    from app.storage.outbound import MOST_REDIRECTS, fetch

    if sources.fetch is None:
        raise CouldNotTell("It would have to be fetched, which --offline forbids.", "offline")
    answered = await fetch(target.url, accept="application/vc", redirects=MOST_REDIRECTS)
    if answered.status != 200 or not is_statement(answered.body):
        raise CouldNotTell(
            f"What {target.url[:200]} answers (status {answered.status}) is no statement.",
            "no-statement",
        )
    return await verify_statement(answered.body, here, sources, moment)


def _sources(
    trust: tuple[str, ...], keys: tuple[Path, ...], status: tuple[Path, ...], *, offline: bool
) -> "Sources":
    from app.labels.verifying import Sources
    from app.settings import shipped
    from app.statements.status import StatusListRefused, parse_status_list

    documents = {}
    for path in [*sorted(shipped("keys").glob("*.json")), *keys]:
        document = _document(path)
        documents[str(document.get("id"))] = document
    try:
        lists = tuple(parse_status_list(read_bounded(path, _LARGEST_DOCUMENT)) for path in status)
    except StatusListRefused as refused:
        raise click.UsageError(str(refused)) from None
    sources = Sources(documents, lists, {each.lower() for each in trust} | {*trust})
    return sources if offline else replace(sources, fetch=_fetch_document)


def _document(path: Path) -> dict[str, Any]:
    try:
        document = parse_strict(read_bounded(path, _LARGEST_DOCUMENT), _LARGEST_DOCUMENT)
    except CarbonLabelError as broken:
        raise click.UsageError(f"{path} is no DID document: {broken}") from None
    if not isinstance(document, dict) or not str(document.get("id")).startswith("did:"):
        raise click.UsageError(f"{path} is no DID document.")
    return document


async def _fetch_document(url: str) -> bytes:
    from app.storage.outbound import MOST_REDIRECTS, FetchFailed, fetch

    answered = await fetch(url, redirects=MOST_REDIRECTS)
    if answered.status != 200:
        raise FetchFailed(url, f"its host answers {answered.status}")
    return answered.body


def _seal(settings: "Settings") -> "Seal | None":
    """Return the seal of our rows; None if its key is not to be had, by this user for example."""
    from app.signing.key_file import KeyFileUnusable, read_private_file
    from app.signing.seal import SEAL_FILE, read_seal

    passphrase = key_passphrase(settings)
    try:
        secret = (
            passphrase.encode()
            if passphrase
            else read_private_file(settings.passphrase_file).strip()
        )
        return read_seal(settings.keys / SEAL_FILE, secret)
    except KeyFileUnusable:
        return None


def result(verified: "Verified") -> dict[str, Any]:
    """Return the published result, as a scan answers it in JSON."""
    from app.statements.verify import parse_statement

    judgement = verified.judgement
    try:
        statement = parse_statement(verified.statement) if verified.statement else None
    except CarbonLabelError:
        statement = None  # it cannot be said in JSON again without changing it
    return {
        "verdict": judgement.verdict.value,
        "label": verified.label,
        "checks": [
            {
                "check": made.check,
                "result": made.result.value,
                "reason": made.reason,
                "checkedAt": stamp(made.checked_at),
            }
            for made in judgement.checks
        ],
        "supersededBy": judgement.superseded_by,
        "verifiedAt": stamp(judgement.verified_at),
        "statement": statement,
    }


def _status(verified: "Verified") -> int:
    from app.statements.model import Verdict

    verdict = verified.judgement.verdict
    if verdict is Verdict.VALID:
        return 0
    return COULD_NOT_TELL if verdict is Verdict.UNDETERMINED else NOT_VALID


def _lines(verified: "Verified") -> list[str]:
    from app.cli.words import REASONS, VERDICTS

    judgement = verified.judgement
    lines = [f"{judgement.verdict.value.upper()}: {VERDICTS[judgement.verdict]}"]
    lines += [f"  {line}" for line in table(_facts(verified))]
    if judgement.superseded_by:
        lines.append(f"  It was replaced by {judgement.superseded_by}")
    lines += table(
        (f"  {made.check}", made.result.value, REASONS.get(made.reason, ""), f"[{made.reason}]")
        for made in judgement.checks
    )
    if any(made.reason == "issuer-not-known" for made in judgement.checks):
        lines.append("If you trust that issuer, say so: --trust HOST, or --keys with its keys.")
    return lines


def _facts(verified: "Verified") -> list[tuple[str, str]]:
    """Return what the statement says; of a forgery only which label it claims to be."""
    from app.signing.did import did_host
    from app.statements.model import Verdict
    from app.statements.read import read

    verdict = verified.judgement.verdict
    known = len(verified.label) == 9 and verified.label.isalnum()
    label = [("label", shown(verified.label) if known else repr(verified.label))]
    if verified.statement is None or verdict is Verdict.FORGED:
        return label if verified.label else []
    published = read(verified.statement)
    development = "trial installation (development)" if published.is_development else ""
    return [
        ("host", f"{did_host(published.issuer)}  {development}".rstrip()),  # before any name
        *label,
        ("page", published.url),
        ("product", " / ".join(published.product_name.values())),
        ("number", in_language(published.text, "en")),
        *([("", "the number is an example")] if published.is_wholly_illustrative else []),
        ("producer", in_language(published.producer_name, "en")),
        ("certifier", in_language(published.issuer_name, "en")),
        ("valid", f"{published.valid_from:%F} to {published.valid_until:%F}"),
    ]
