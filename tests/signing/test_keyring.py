"""The keys of an installation: made, found, retired; and the store they are kept in."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.signing.did import KeyState
from app.signing.key_file import KeyFileUnusable, write_secret
from app.signing.keyring import (
    KeyNotFound,
    KeyStore,
    NoActiveKey,
    add_key,
    open_key_store,
    published_keys,
    retire_key,
    row_seal,
    signer_of,
)
from app.signing.multikey import raw_public_key, signature_holds
from app.storage.engine import reading, writing

DID = "did:web:label.example:certifiers:demo"
JANUARY = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    return open_key_store(tmp_path / "keys", None, tmp_path / "passphrase")


def test_a_passphrase_is_made_at_the_first_start_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "home" / "passphrase"
    first = open_key_store(tmp_path / "keys", None, file)
    assert len(first.passphrase) >= 32
    assert file.stat().st_mode & 0o777 == 0o600
    assert open_key_store(tmp_path / "keys", None, file) == first
    assert first.passphrase.decode() not in repr(first)


def test_a_passphrase_that_is_set_goes_before_the_file(tmp_path: Path) -> None:
    store = open_key_store(tmp_path / "keys", "secret 密", tmp_path / "passphrase")
    assert store.passphrase == "secret 密".encode()
    assert not (tmp_path / "passphrase").exists()


def test_a_lost_passphrase_is_not_replaced_by_a_fresh_one(store: KeyStore, tmp_path: Path) -> None:
    row_seal(store)
    (tmp_path / "passphrase").unlink()
    with pytest.raises(KeyFileUnusable, match="backup"):
        open_key_store(store.folder, None, tmp_path / "passphrase")


def test_an_empty_passphrase_file_is_refused(tmp_path: Path) -> None:
    write_secret(tmp_path / "passphrase", b"\n")
    with pytest.raises(KeyFileUnusable, match="empty"):
        open_key_store(tmp_path / "keys", None, tmp_path / "passphrase")


def test_the_row_seal_is_made_once(store: KeyStore) -> None:
    assert row_seal(store) == row_seal(store)
    assert [path.name for path in store.folder.iterdir()] == ["row-seal.pem"]


def test_a_key_is_a_file_and_a_row_of_the_same_public_key(engine: Engine, store: KeyStore) -> None:
    with writing(engine) as session:
        key = add_key(session, store, DID, JANUARY)
    assert key.id == f"{DID}#key-2026-01"
    assert (key.controller, key.state, key.added_at) == (DID, KeyState.ACTIVE, JANUARY)
    assert (store.folder / "certifiers_demo_key-2026-01.pem").exists()
    with reading(engine) as session:
        assert published_keys(session) == published_keys(session, DID) == [key]
        signer = signer_of(session, store, DID)
    assert signer.key_id == key.id
    assert signature_holds(raw_public_key(key.multikey), signer.sign(b"message"), b"message")


def test_the_newest_active_key_signs(engine: Engine, store: KeyStore) -> None:
    with writing(engine) as session:
        first = add_key(session, store, DID, JANUARY)
        second = add_key(session, store, DID, JANUARY)
        third = add_key(session, store, DID, JANUARY + timedelta(days=1))
        assert [key.id.partition("#")[2] for key in (first, second, third)] == [
            "key-2026-01",
            "key-2026-01-2",
            "key-2026-02",
        ]
        assert signer_of(session, store, DID).key_id == third.id
        retire_key(session, third.id, JANUARY + timedelta(days=2))
        assert signer_of(session, store, DID).key_id == second.id


def test_a_retired_key_stays_published(engine: Engine, store: KeyStore) -> None:
    with writing(engine) as session:
        key = add_key(session, store, DID, JANUARY)
        retired = retire_key(session, key.id, JANUARY + timedelta(days=2))
        assert retired.state is KeyState.RETIRED
        assert retired.retired_at == JANUARY + timedelta(days=2)
        # Retired twice, the first date stays.
        assert retire_key(session, key.id, JANUARY + timedelta(days=9)) == retired
        assert published_keys(session, DID) == [retired]
        with pytest.raises(NoActiveKey, match="key add") as missing:
            signer_of(session, store, DID)
    assert missing.value.controller == DID


def test_a_key_that_nobody_has_cannot_be_retired(engine: Engine) -> None:
    with writing(engine) as session, pytest.raises(KeyNotFound) as missing:
        retire_key(session, f"{DID}#key-1999-01", JANUARY)
    assert missing.value.key_id == f"{DID}#key-1999-01"


def test_the_file_of_a_process_that_died_before_its_row_stays_unused(
    engine: Engine, store: KeyStore
) -> None:
    write_secret(store.folder / "certifiers_demo_key-2026-01.pem", b"left behind")
    with writing(engine) as session:
        assert add_key(session, store, DID, JANUARY).id == f"{DID}#key-2026-01-2"


def test_two_controllers_keys_never_share_a_file(engine: Engine, store: KeyStore) -> None:
    # A certifier on a host of its own has no path, no more than the service has.
    with writing(engine) as session:
        for did in ("did:web:label.example", "did:web:other.example", "did:web:a.example:b:c"):
            add_key(session, store, did, JANUARY)
        for did in ("did:web:label.example", "did:web:other.example", "did:web:a.example:b:c"):
            assert signer_of(session, store, did).key_id.startswith(f"{did}#key-2026-01")
    assert len(list(store.folder.glob("*.pem"))) == 3
