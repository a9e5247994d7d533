"""`carbon-label verify`: files, codes, links and pictures; every status it can end with."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from app.cli.words import REASONS, VERDICTS
from app.kit.clock import now
from app.kit.codes import shown
from app.labels import verifying
from app.labels.model import IssuedLabel, WithdrawalReason
from app.labels.status_list import status_list
from app.labels.withdraw import revoke, suspend
from app.signing.canonical import canonical
from app.signing.did import did_document
from app.signing.keyring import published_keys
from app.statements.lint import STATUS_PURPOSES
from app.statements.model import Verdict
from app.storage.engine import reading, writing
from app.storage.outbound import FetchFailed
from app.web.words import REASONS as SHOWN_REASONS
from tests.cli.conftest import Command
from tests.installation import Installation


@pytest.fixture
def label(installation: Installation) -> IssuedLabel:
    return installation.issue()


def saved(tmp_path: Path, data: bytes, name: str = "statement.json") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def did_file(installation: Installation, tmp_path: Path, did: str | None) -> Path:
    assert did is not None
    with reading(installation.engine) as session:
        document = did_document(did, published_keys(session, did))
    return saved(tmp_path, canonical(document), did.replace(":", "_") + ".json")


def list_files(installation: Installation, tmp_path: Path) -> list[Path]:
    return [
        saved(tmp_path, signed_list(installation, purpose), f"{purpose}.json")
        for purpose in STATUS_PURPOSES
    ]


def signed_list(installation: Installation, purpose: str) -> bytes:
    place = (purpose, 1)
    return status_list(installation.engine, installation.store, installation.origin, place, now())


def verdict(told: Any) -> tuple[str, dict[str, str]]:
    return told["verdict"], {check["check"]: check["reason"] for check in told["checks"]}


# --- our own ----------------------------------------------------------------------------------


def test_every_way_to_name_a_label_gives_the_same_result(
    command: Command, label: IssuedLabel, tmp_path: Path
) -> None:
    picture = tmp_path / "label.png"
    command("print", label.code, "--format", "png", "--dpi", "600", "--output", picture)
    photograph = tmp_path / "label.jpg"
    with Image.open(picture) as opened:
        opened.convert("RGB").rotate(100, expand=True).save(photograph, quality=60)
    told = [
        command.json("verify", target)
        for target in (
            saved(tmp_path, label.statement),
            label.code,
            shown(label.code).lower(),
            label.url,
            f"HTTPS://LABEL.EXAMPLE:443/L/{label.code}",
            f"{label.url}.json?lang=en",
            f"{label.url}/statement",
            picture,
            photograph,
        )
    ]
    for each in told:
        assert each["verdict"] == "valid"
        assert each["label"] == label.code
        assert canonical(each["statement"]) == label.statement
        assert {check["result"] for check in each["checks"]} == {"passed", "skipped"}


def test_people_are_told_in_words(command: Command, label: IssuedLabel) -> None:
    lines = command("verify", label.code).stdout.splitlines()
    assert lines[0] == "VALID: Genuine and in force."
    assert lines[1].split() == ["host", "label.example"]
    assert any("Sample Certifier (fictitious)" in line for line in lines)
    assert any("[signature-right]" in line for line in lines)


@pytest.mark.parametrize("act", [suspend, revoke])
def test_a_withdrawn_label_is_not_valid(
    command: Command, installation: Installation, label: IssuedLabel, tmp_path: Path, act: Any
) -> None:
    with installation.at_desk() as (session, desk):
        act(session, desk, label.code, WithdrawalReason.FRAUD, now())
    for target in (label.code, saved(tmp_path, label.statement)):
        told = command.json("verify", target, status=1)
        assert told["verdict"] == {suspend: "suspended", revoke: "revoked"}[act]


def test_a_replaced_label_leads_to_its_successor(
    command: Command, installation: Installation, label: IssuedLabel, tmp_path: Path
) -> None:
    better = installation.issue(replaces=label.code, reason=WithdrawalReason.ERROR_IN_DATA)
    told = command.json("verify", saved(tmp_path, label.statement), status=1)
    assert (told["verdict"], told["supersededBy"]) == ("superseded", better.url)
    assert better.url in command("verify", label.code, status=1).stdout


def changed(statement: bytes, change: Callable[[Any], None]) -> bytes:
    document = json.loads(statement)
    change(document)
    return canonical(document)


def raise_total(document: Any) -> None:
    document["credentialSubject"]["total"] = "0.1"


def rename(document: Any) -> None:
    document["credentialSubject"]["product"]["name"][0]["@value"] = "Golden orange"


def take_key(document: Any) -> None:
    document["proof"]["verificationMethod"] += "0"


@pytest.mark.parametrize(
    ("change", "check", "reason"),
    [
        (raise_total, "stages", "sum-wrong"),
        (rename, "signature", "signature-wrong"),
        (take_key, "issuer", "key-unknown"),
    ],
)
def test_a_changed_statement_is_forged(
    command: Command, label: IssuedLabel, tmp_path: Path, change: Any, check: str, reason: str
) -> None:
    file = saved(tmp_path, changed(label.statement, change))
    found, reasons = verdict(command.json("verify", file, status=1))
    assert (found, reasons[check]) == ("forged", reason)
    text = command("verify", file, status=1).stdout
    assert "Golden" not in text  # what a forgery says is not repeated


def test_whatever_byte_is_changed_it_is_forged(
    command: Command, label: IssuedLabel, tmp_path: Path
) -> None:
    for position in range(0, len(label.statement), len(label.statement) // 12):
        data = bytearray(label.statement)
        data[position] ^= 1
        told = command.json("verify", saved(tmp_path, bytes(data)), status=1)
        assert told["verdict"] == "forged", position


def test_another_spelling_of_the_same_statement_is_the_same(
    command: Command, label: IssuedLabel, tmp_path: Path
) -> None:
    spelled = json.dumps(json.loads(label.statement), indent=2, ensure_ascii=True).encode()
    assert command.json("verify", saved(tmp_path, spelled))["verdict"] == "valid"


def test_a_code_without_a_label_is_unknown(command: Command) -> None:
    told = command.json("verify", "7Q4K-2M9X-G", status=1)
    assert verdict(told) == ("unknown", {"code": "no-such-label"})
    told = command.json("verify", "7Q4K-2M9X-H", status=1)
    assert verdict(told) == ("unknown", {"code": "mistyped"})
    told = command.json("verify", "https://label.example/l/7Q4K2M9XH", status=1)
    assert verdict(told) == ("unknown", {"code": "mistyped"})


def alter(installation: Installation, sql: str) -> None:
    with writing(installation.engine) as session:
        session.connection().exec_driver_sql(sql)


def test_an_altered_row_is_never_valid(
    command: Command, installation: Installation, label: IssuedLabel, tmp_path: Path
) -> None:
    with installation.at_desk() as (session, desk):
        revoke(session, desk, label.code, WithdrawalReason.FRAUD, now())
    alter(installation, "UPDATE label SET status = 0")
    for target in (label.code, saved(tmp_path, label.statement)):
        told = command.json("verify", target, status=2)
        assert verdict(told)[1]["status"] == "row-altered"


def test_a_statement_in_another_labels_row_is_forged(
    command: Command, installation: Installation, label: IssuedLabel
) -> None:
    other = installation.issue()
    alter(
        installation,
        "UPDATE label SET statement = (SELECT b.statement FROM label b WHERE b.code = "  # noqa: S608 - our own codes
        f"'{label.code}') WHERE code = '{other.code}'",
    )
    found, reasons = verdict(command.json("verify", other.code, status=1))
    assert (found, reasons["structure"]) == ("forged", "other-label")


def test_a_statement_that_the_register_lost_could_not_be_told(
    command: Command, installation: Installation, label: IssuedLabel, tmp_path: Path
) -> None:
    alter(installation, "DELETE FROM label_event")
    alter(installation, "DELETE FROM label")
    told = command.json("verify", saved(tmp_path, label.statement), status=2)
    assert verdict(told)[1]["status"] == "no-such-label"


def test_without_the_seal_no_stored_status_is_believed(
    command: Command, label: IssuedLabel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARBON_LABEL_KEY_PASSPHRASE", "another one")
    told = command.json("verify", label.code, status=2)
    assert verdict(told)[1]["status"] == "status-unavailable"


def test_a_database_that_does_not_answer_is_no_verdict(
    command: Command, label: IssuedLabel, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = saved(tmp_path, b"no database" * 100, "broken.db")
    monkeypatch.setenv("CARBON_LABEL_DATABASE_URL", f"sqlite:///{broken}")
    assert command.json("verify", label.code, status=2)["code"] == "storage-unavailable"


# --- somebody else's --------------------------------------------------------------------------


def test_a_foreign_issuer_must_be_trusted(
    bare: Command, label: IssuedLabel, tmp_path: Path
) -> None:
    file = saved(tmp_path, label.statement)
    found, reasons = verdict(bare.json("verify", file, status=2))
    assert (found, reasons["issuer"]) == ("undetermined", "issuer-not-known")
    assert "--trust" in bare("verify", file, status=2).stdout
    found, reasons = verdict(
        bare.json("verify", file, "--trust", "label.example", "--offline", status=2)
    )
    assert reasons["issuer"] == "issuer-not-resolvable"


def test_a_foreign_label_is_judged_by_documents_at_hand(
    bare: Command, installation: Installation, label: IssuedLabel, tmp_path: Path
) -> None:
    file = saved(tmp_path, label.statement)
    keys: list[object] = ["--offline"]
    for did in (installation.certifier.did, installation.did):
        keys += ["--keys", did_file(installation, tmp_path, did)]
    found, reasons = verdict(bare.json("verify", file, *keys, status=2))
    assert reasons["status"] == "status-unavailable"
    assert reasons["signature"] == "signature-right"

    def judged(status: int) -> str:
        lists = [word for path in list_files(installation, tmp_path) for word in ("--status", path)]
        return verdict(bare.json("verify", file, *keys, *lists, status=status))[0]

    assert judged(0) == "valid"
    with installation.at_desk() as (session, desk):
        suspend(session, desk, label.code, WithdrawalReason.FRAUD, now())
    assert judged(1) == "suspended"
    installation.issue(replaces=label.code, reason=WithdrawalReason.ERROR_IN_DATA)
    assert judged(1) == "superseded"
    found, _ = verdict(
        bare.json("verify", saved(tmp_path, changed(label.statement, rename)), *keys, status=1)
    )
    assert found == "forged"


def test_a_foreign_label_is_judged_by_what_its_issuer_publishes(
    installation: Installation, label: IssuedLabel
) -> None:
    asked: list[str] = []

    async def published(url: str) -> bytes:
        asked.append(url)
        path = url.removeprefix(installation.origin)
        if path.startswith("/status/"):
            return signed_list(installation, path.split("/")[2])
        with reading(installation.engine) as session:
            did = str(installation.certifier.did) if "certifiers" in path else installation.did
            return canonical(did_document(did, published_keys(session, did)))

    async def unreachable(url: str) -> bytes:
        raise FetchFailed(url, "there is no network")

    def judged(fetch: verifying.Fetch) -> verifying.Verified:
        sources = verifying.Sources(trusted=["label.example"], fetch=fetch)
        return asyncio.run(verifying.verify_statement(label.statement, None, sources, now()))

    assert judged(published).judgement.verdict is Verdict.VALID
    assert asked == [
        "https://label.example/certifiers/demo/did.json",
        "https://label.example/status/revocation/1",
        "https://label.example/.well-known/did.json",
        "https://label.example/status/suspension/1",
        "https://label.example/.well-known/did.json",
    ]
    with installation.at_desk() as (session, desk):
        revoke(session, desk, label.code, WithdrawalReason.FRAUD, now())
    assert judged(published).judgement.verdict is Verdict.REVOKED
    assert judged(unreachable).judgement.verdict is Verdict.UNDETERMINED


def test_another_statement_under_a_labels_address_is_forged(
    installation: Installation, label: IssuedLabel
) -> None:
    other = installation.issue()
    documents = {}
    with reading(installation.engine) as session:
        for did in (str(installation.certifier.did), installation.did):
            documents[did] = did_document(did, published_keys(session, did))
    sources = verifying.Sources(documents)
    answer = verifying.verify_statement(label.statement, None, sources, now(), other.code)
    judgement = asyncio.run(answer).judgement
    assert (judgement.verdict, judgement.checks[0].reason) == (Verdict.FORGED, "other-label")


def test_trial_installations_vouch_for_themselves_only(bare: Command) -> None:
    for host in ("http://192.168.1.5:8000", "https://10.0.0.1", "http://label.example"):
        told = bare.json("verify", f"{host}/l/7Q4K2M9XG", "--trust", "label.example", status=2)
        assert verdict(told) == ("undetermined", {"issuer": "development-origin"})


def test_nothing_of_this_machine_is_fetched(bare: Command) -> None:
    told = bare.json("verify", "https://ip6-localhost/l/7Q4K2M9XG", status=2)
    assert verdict(told)[1]["statement"] in {"address-refused", "fetch-failed"}
    problem = bare.json("verify", "https://127.0.0.1/01/09506000134352", status=2)
    assert problem["code"] == "address-refused"


def test_offline_fetches_nothing(bare: Command) -> None:
    told = bare.json("verify", "https://label.example/l/7Q4K2M9XG", "--offline", status=2)
    assert verdict(told)[1]["statement"] == "offline"
    problem = bare.json("verify", "https://label.example/01/0950600013435", "--offline", status=2)
    assert problem["code"] == "offline"


def test_a_code_alone_needs_an_installation(bare: Command) -> None:
    assert bare.json("verify", "7Q4K-2M9X-G", status=2)["code"] == "not-installed"


def test_every_verdict_and_reason_has_words() -> None:
    assert set(VERDICTS) == set(Verdict)
    assert set(SHOWN_REASONS) <= set(REASONS)
