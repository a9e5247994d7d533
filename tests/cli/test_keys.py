"""`carbon-label key`: add, retire, and another passphrase."""

from pathlib import Path

import pytest

from app.kit.clock import now
from app.signing.key_file import KeyFileUnusable, read_key, write_secret
from app.signing.keyring import KeyStore
from app.signing.passphrase import change_passphrase, unfinished_passphrase
from tests.cli.conftest import Command
from tests.installation import PASSPHRASE, Installation

NEW = b"a new and longer passphrase"


def test_the_newest_key_signs_and_a_retired_one_stays_good(
    command: Command, installation: Installation
) -> None:
    before = installation.issue()
    made = command.json("key", "add", "demo")
    assert made["state"] == "active"
    assert installation.issue().key_id == made["id"]
    retired = command.json("key", "retire", before.key_id)
    assert retired["state"] == "retired"
    assert retired["retiredAt"] <= f"{now():%FT%TZ}"
    told = command.json("verify", before.code)
    assert told["verdict"] == "valid"
    assert {"key-retired"} <= {check["reason"] for check in told["checks"]}
    assert command.json("key", "retire", "did:web:nobody#key", status=1)["code"] == "key-not-found"


def test_the_services_last_key_is_not_retired(command: Command, installation: Installation) -> None:
    (key,) = (
        key["id"]
        for key in command.json("key", "list")["keys"]
        if key["controller"] == installation.did
    )
    assert command.json("key", "retire", key, status=1)["code"] == "last-service-key"
    states = {each["id"]: each["state"] for each in command.json("key", "list")["keys"]}
    assert states[key] == "active"
    command("key", "add", "--service")
    assert command.json("key", "retire", key)["state"] == "retired"


def test_a_passphrase_set_outside_is_changed_by_whoever_sets_it(
    command: Command, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "must choose" in command("key", "passphrase", "--generate", status=64).stderr
    problem = command("key", "passphrase", "--json", stdin="short\n", status=1)
    assert "passphrase-too-weak" in problem.stdout
    done = command("key", "passphrase", stdin=NEW.decode() + "\n")
    assert "Set CARBON_LABEL_KEY_PASSPHRASE" in done.stdout
    assert not (installation.home / "passphrase").exists()
    assert command.json("key", "add", "demo", status=1)["code"] == "key-file-unusable"
    monkeypatch.setenv("CARBON_LABEL_KEY_PASSPHRASE", NEW.decode())
    for path in (installation.home / "keys").glob("*.pem"):
        assert read_key(path, NEW)
        with pytest.raises(KeyFileUnusable):
            read_key(path, PASSPHRASE.encode())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_passphrase_in_a_file_is_changed_with_its_file(
    command: Command, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = installation.home / "passphrase"
    write_secret(file, PASSPHRASE.encode() + b"\n")
    monkeypatch.delenv("CARBON_LABEL_KEY_PASSPHRASE")
    label = installation.issue()
    assert command.json("key", "passphrase", "--generate")["files"] == 3
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text().strip() != PASSPHRASE
    assert command.json("verify", label.code)["verdict"] == "valid"
    assert command.json("revoke", label.code, "--reason", "fraud")["status"] == "revoked"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("died_after", [0, 1, 2, 3])
def test_an_interrupted_change_is_finished(
    installation: Installation, tmp_path: Path, died_after: int
) -> None:
    file = installation.home / "passphrase"
    write_secret(file, PASSPHRASE.encode() + b"\n")
    # As after dying: the new passphrase lies beside the old one, some files have it already.
    write_secret(file.with_name("passphrase.new"), NEW + b"\n")
    files = sorted((installation.home / "keys").glob("*.pem"))
    old = {path: read_key(path, PASSPHRASE.encode()).private_bytes_raw() for path in files}
    kept = [path.read_bytes() for path in files]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for path, data in zip(files, kept, strict=True):
        (elsewhere / path.name).write_bytes(data)
        (elsewhere / path.name).chmod(0o600)
    change_passphrase(KeyStore(elsewhere, PASSPHRASE.encode()), NEW, None)
    for path in files[:died_after]:
        path.write_bytes((elsewhere / path.name).read_bytes())
    store = KeyStore(installation.home / "keys", PASSPHRASE.encode())
    assert unfinished_passphrase(file) == NEW
    assert change_passphrase(store, NEW, file) == 3
    assert unfinished_passphrase(file) is None
    assert file.read_bytes().strip() == NEW
    assert {path: read_key(path, NEW).private_bytes_raw() for path in files} == old
    assert {path.suffix for path in (installation.home / "keys").iterdir()} == {".pem"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_file_that_does_not_open_changes_nothing(installation: Installation) -> None:
    folder = installation.home / "keys"
    damaged = max(folder.glob("*.pem"))
    damaged.write_bytes(b"no key at all")
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(KeyFileUnusable):
        change_passphrase(KeyStore(folder, PASSPHRASE.encode()), NEW, None)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
