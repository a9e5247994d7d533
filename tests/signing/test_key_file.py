"""Private keys at rest: encrypted, for their owner's eyes only, never overwritten."""

import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from app.signing.key_file import (
    KeyFileExists,
    KeyFileUnusable,
    file_signer,
    make_key_file,
    read_key,
    read_private_file,
    write_secret,
)
from app.signing.multikey import raw_public_key, signature_holds

PASSPHRASE = b"correct horse battery staple"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_key_signs_again_after_it_was_stored(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "demo.pem"
    multikey = make_key_file(path, PASSPHRASE)
    signer = file_signer(path, PASSPHRASE, "did:web:label.example#key", multikey)
    assert signer.key_id == "did:web:label.example#key"
    assert signature_holds(raw_public_key(multikey), signer.sign(b"message"), b"message")


def test_a_key_file_is_encrypted_and_for_its_owner_only(tmp_path: Path) -> None:
    before = os.umask(0)  # whatever the umask says
    try:
        path = tmp_path / "keys" / "demo.pem"
        make_key_file(path, PASSPHRASE)
    finally:
        os.umask(before)
    assert path.read_bytes().startswith(b"-----BEGIN ENCRYPTED " + b"PRIVATE KEY-----")
    assert mode(path) == 0o600
    assert mode(path.parent) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["demo.pem"]


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "demo.pem"
    make_key_file(path, PASSPHRASE)
    kept = path.read_bytes()
    with pytest.raises(KeyFileExists, match=r"demo\.pem") as refused:
        make_key_file(path, PASSPHRASE)
    assert refused.value.file == "demo.pem"
    assert path.read_bytes() == kept
    assert [entry.name for entry in tmp_path.iterdir()] == ["demo.pem"]


def test_what_a_killed_process_left_is_not_in_the_way(tmp_path: Path) -> None:
    # In a container every start has the same process number.
    (tmp_path / f".demo.pem.{os.getpid()}").write_bytes(b"half a key")
    make_key_file(tmp_path / "demo.pem", PASSPHRASE)
    assert read_key(tmp_path / "demo.pem", PASSPHRASE)


def test_another_passphrase_does_not_open_it(tmp_path: Path) -> None:
    make_key_file(tmp_path / "demo.pem", PASSPHRASE)
    with pytest.raises(KeyFileUnusable, match="passphrase does not fit") as refused:
        read_key(tmp_path / "demo.pem", b"another")
    assert refused.value.file == "demo.pem"


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o660, 0o644])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, bits: int) -> None:
    path = tmp_path / "demo.pem"
    make_key_file(path, PASSPHRASE)
    path.chmod(bits)
    with pytest.raises(KeyFileUnusable, match=r"chmod 600 demo\.pem"):
        read_key(path, PASSPHRASE)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(KeyFileUnusable, match=r"No such file.*backup"):
        read_private_file(tmp_path / "demo.pem")


def test_a_folder_in_its_place_says_so(tmp_path: Path) -> None:
    (tmp_path / "demo.pem").mkdir(mode=0o700)
    with pytest.raises(KeyFileUnusable, match="Is a directory"):
        read_private_file(tmp_path / "demo.pem")


def written(
    path: Path, key: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey, how: bytes
) -> Path:
    encryption = serialization.BestAvailableEncryption(how) if how else serialization.NoEncryption()
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    )
    write_secret(path, pem)
    return path


def test_a_bare_key_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "bare.pem", ed25519.Ed25519PrivateKey.generate(), b"")
    with pytest.raises(KeyFileUnusable, match="not encrypted"):
        read_key(path, PASSPHRASE)


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "p256.pem", ec.generate_private_key(ec.SECP256R1()), PASSPHRASE)
    with pytest.raises(KeyFileUnusable, match="not an Ed25519 key"):
        read_key(path, PASSPHRASE)


def test_a_damaged_file_is_refused_in_plain_words(tmp_path: Path) -> None:
    path = tmp_path / "demo.pem"
    multikey = make_key_file(path, PASSPHRASE)
    whole = path.read_bytes()
    refused = 0
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 1
        path.write_bytes(damaged)
        try:
            signer = file_signer(path, PASSPHRASE, "key", multikey)
        except KeyFileUnusable:
            refused += 1
        else:  # only what is around the key was hit
            assert signature_holds(raw_public_key(multikey), signer.sign(b"message"), b"message")
    assert refused > len(whole) / 2


def test_a_secret_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FileExistsError):
        write_secret(tmp_path / "file" / "demo.pem", b"secret")
    (tmp_path / "keys").mkdir()
    with pytest.raises(OSError, match="too long"):
        write_secret(tmp_path / "keys" / ("k" * 250 + ".pem"), b"secret")
    assert list((tmp_path / "keys").iterdir()) == []


def test_nothing_secret_stands_in_a_signers_representation(tmp_path: Path) -> None:
    multikey = make_key_file(tmp_path / "demo.pem", PASSPHRASE)
    signer = file_signer(tmp_path / "demo.pem", PASSPHRASE, "did:web:label.example#key", multikey)
    assert repr(signer) == "FileSigner(key_id='did:web:label.example#key')"
