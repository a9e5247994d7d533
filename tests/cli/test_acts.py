"""A label's whole life on the command line, as an operator lives it."""

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from app.kit.clock import now
from app.labels.records import event_rows
from app.storage.engine import reading
from tests.cli.conftest import Command
from tests.installation import Installation, example, unique_example


def imported(command: Command, tmp_path: Path, **changes: Any) -> str:
    """Hand in and accept fresh oranges; return the footprint's id."""
    file = tmp_path / "oranges.json"
    file.write_bytes(unique_example(**changes))
    footprint = str(command.json("footprint", "import", file)["id"])
    command("footprint", "accept", footprint, "--assurance", "limited")
    return footprint


def issued(command: Command, tmp_path: Path) -> str:
    """Issue a label of fresh oranges; return its code."""
    return str(command.json("issue", imported(command, tmp_path))["code"])


def test_a_file_becomes_a_label(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "oranges.json"
    file.write_bytes(unique_example())
    received = command.json("footprint", "import", file)
    assert received["state"] == "received"
    assert command.json("footprint", "import", file) == received
    assert "footprint accept" in command("footprint", "import", file).stdout
    footprint = received["id"]
    assert command.json("issue", footprint, status=1)["code"] == "footprint-not-accepted"
    yesterday = (now() - timedelta(days=1)).date().isoformat()
    words = ("--assurance", "reasonable", "--verified-on", yesterday, "--certifier", "demo")
    accepted = command.json("footprint", "accept", footprint, *words)
    assert (accepted["state"], accepted["acceptedBy"]) == ("accepted", "demo")
    label = command.json("issue", footprint)
    assert label["status"] == "in-force"
    assert label["text"]["en"] == "0.2956 kgCO2/kg"
    assert [event["event"] for event in label["events"]] == ["issued"]
    assert command.json("label", "show", label["code"]) == label
    assert label["code"] in {each["code"] for each in command.json("label", "list")["labels"]}
    assert command.json("footprint", "show", footprint)["state"] == "accepted"
    assert command("footprint", "show", footprint, "--file").stdout_bytes == file.read_bytes()
    assert footprint in command("footprint", "list", "--producer", "oranges").stdout


def test_a_file_comes_from_standard_input(command: Command) -> None:
    given = unique_example().decode()
    done = command("footprint", "import", "-", stdin=given)
    assert "received" in done.stdout


def test_acts_are_the_local_operators(
    command: Command, installation: Installation, tmp_path: Path
) -> None:
    code = issued(command, tmp_path)
    command("suspend", code, "--reason", "fraud", "--note", "A call from the market.")
    command("reinstate", code)
    with reading(installation.engine) as session:
        rows = event_rows(session, code)
        assert {row.by for row in rows} == {"local-operator"}
        assert [row.note for row in rows] == [None, "A call from the market.", None]


def test_a_label_is_suspended_reinstated_and_revoked(command: Command, tmp_path: Path) -> None:
    code = issued(command, tmp_path)
    shown = f"{code[:4]}-{code[4:8]}-{code[8:]}".lower()
    assert command.json("suspend", shown, "--reason", "rule-violation")["status"] == "suspended"
    problem = command.json("suspend", code, "--reason", "fraud", status=1)
    assert problem["code"] == "label-already-suspended"
    assert command.json("reinstate", code)["status"] == "in-force"
    revoked = command.json("revoke", code, "--reason", "error-in-data")
    assert (revoked["status"], revoked["reason"]) == ("revoked", "error-in-data")
    assert command.json("reinstate", code, status=1)["code"] == "label-already-revoked"


def test_a_wrong_label_is_reissued_and_an_old_one_renewed(command: Command, tmp_path: Path) -> None:
    old = issued(command, tmp_path)
    better = command.json("reissue", old, imported(command, tmp_path), "--reason", "error-in-data")
    assert better["replaces"] == old
    before = command.json("label", "show", old)
    assert (before["status"], before["supersededBy"]) == ("superseded", better["code"])
    following = command.json("renew", better["code"], imported(command, tmp_path))
    assert following["renews"] == better["code"]
    assert command.json("label", "show", better["code"])["status"] == "in-force"
    assert "renews" in command("label", "show", following["code"]).stdout


def test_dates_are_days_or_times(command: Command, tmp_path: Path) -> None:
    start, end = (now() + timedelta(days=2)).date(), (now() + timedelta(days=30)).date()
    days = ("--from", start, "--until", end)
    label = command.json("issue", imported(command, tmp_path), *days)
    assert label["validFrom"] == f"{start}T00:00:00Z"
    assert label["validUntil"] == f"{end}T23:59:59Z"
    time = f"{start}T08:00:00+08:00"
    label = command.json("issue", imported(command, tmp_path), "--from", time)
    assert label["validFrom"] == f"{start}T00:00:00Z"


def test_an_idempotency_key_gives_the_same_label(command: Command, tmp_path: Path) -> None:
    footprint = imported(command, tmp_path)
    first = command.json("issue", footprint, "--idempotency-key", "k1")
    assert command.json("issue", footprint, "--idempotency-key", "k1") == first
    assert command.json("issue", footprint, status=1)["code"] == "footprint-already-labelled"


@pytest.mark.parametrize("kind", ["pdf", "png", "svg"])
def test_a_label_is_printed_whole(command: Command, tmp_path: Path, kind: str) -> None:
    code = issued(command, tmp_path)
    file = tmp_path / f"label.{kind}"
    file.write_bytes(b"from before")
    told = command.json("print", code, "--format", kind, "--output", file, "--language", "both")
    data = file.read_bytes()
    assert (told["file"], told["bytes"]) == (str(file), len(data))
    assert command("print", code, "--format", kind, "--output", "-").stdout_bytes[:4] == data[:4]
    if kind == "svg":
        assert data.startswith(b"<svg")
        return
    if kind == "pdf":
        document = pypdfium2.PdfDocument(data)
        picture = document[0].render(scale=600 / 72).to_pil()
        document.close()
    else:
        picture = Image.open(io.BytesIO(data))
    assert [found.text for found in zxingcpp.read_barcodes(picture)] == [
        f"HTTPS://LABEL.EXAMPLE/L/{code}"
    ]


def test_a_printed_label_goes_to_the_home_folder_by_default(
    command: Command, tmp_path: Path
) -> None:
    code = issued(command, tmp_path)
    printed = command("print", code)
    assert printed.stdout.strip().endswith(f"{code}-sticker-30-zh-CN.pdf")
    assert "QR version 3" in printed.stderr
    assert "warning: " in printed.stderr  # its modules are under 0.396 mm
    told = command.json("print", code)
    assert told["qrVersion"] == 3
    assert [caution["code"] for caution in told["warnings"]] == ["module-small"]
    assert [path.name for path in (command.home / "labels").iterdir()] == [
        f"{code}-sticker-30-zh-CN.pdf"
    ]


def test_a_withdrawn_label_is_not_printed(command: Command, tmp_path: Path) -> None:
    code = issued(command, tmp_path)
    command("revoke", code, "--reason", "fraud")
    assert command.json("print", code, status=1)["code"] == "label-not-printable"
    assert command.json("print", "7Q4K-2M9X-G", status=1)["code"] == "label-not-found"
    problem = command.json("print", code, "--template", "nothing", status=1)
    assert problem["code"] in {"template-not-found", "label-not-printable"}
    assert not (command.home / "labels").exists()


def test_producers_are_admitted_by_hand_or_from_their_file(
    command: Command, tmp_path: Path
) -> None:
    file = tmp_path / "grapes.json"
    file.write_bytes(example("grapes"))
    problem = command.json("footprint", "import", file, status=1)
    assert problem["code"] == "producer-not-admitted"
    admitted = command.json("producer", "add", "grapes", "--from-file", file, "--fictitious")
    assert admitted["registration"] == "91000000EXAMPLE041"
    assert command.json("footprint", "import", file)["producer"] == "grapes"
    command("producer", "add", "pears", "--name-zh", "示例梨园（虚构）", "--name-en", "Pears")
    listed = command.json("producer", "list")["producers"]
    assert [party["id"] for party in listed] == ["grapes", "oranges", "pears"]
    assert command.json("producer", "add", "pears", "--name-en", "P", status=1)["code"] == (
        "party-exists"
    )


def test_a_certifier_comes_with_a_did_and_a_key(command: Command, tmp_path: Path) -> None:
    words = ("--name-en", "Second (fictitious)", "--description-en", "For a test.")
    second = command.json("certifier", "add", "second", *words)
    assert second["did"] == "did:web:label.example:certifiers:second"
    keys = [key["controller"] for key in command.json("key", "list")["keys"]]
    assert second["did"] in keys
    file = tmp_path / "oranges.json"
    file.write_bytes(unique_example())
    footprint = command.json("footprint", "import", file)["id"]
    accept = ("footprint", "accept", footprint, "--assurance", "limited")
    assert "--certifier demo, second" in command(*accept, status=64).stderr
    command(*accept, "--certifier", "second")
    assert command.json("issue", footprint)["certifier"] == "second"
    listed = command.json("label", "list", "--certifier", "second")["labels"]
    assert len(listed) == 1


def test_a_token_is_shown_once_and_alone(command: Command) -> None:
    token = command("producer", "token", "oranges").stdout.strip()
    assert token.startswith("clt_")
    made = command.json("certifier", "token", "demo", "--days", "1")
    assert made["token"] != token
    assert command.json("producer", "token", "demo", status=1)["code"] == "party-not-found"
