"""The seal over rows: it fits what it was made over, and nothing else."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.signing.key_file import KeyFileUnusable, make_key_file
from app.signing.seal import SEAL_BYTES, Seal, read_seal

SEAL = Seal(bytes(range(32)))
PARTS = st.lists(st.binary(max_size=20), max_size=4)


@given(PARTS, PARTS)
def test_it_fits_the_very_same_parts_only(left: list[bytes], right: list[bytes]) -> None:
    seal = SEAL.over(left)
    assert len(seal) == SEAL_BYTES
    assert SEAL.fits(seal, left)
    assert SEAL.fits(seal, right) == (left == right)  # also where they only join to the same bytes


@given(PARTS, st.integers(0, SEAL_BYTES * 8 - 1))
def test_no_flipped_bit_fits(parts: list[bytes], bit: int) -> None:
    seal = bytearray(SEAL.over(parts))
    seal[bit // 8] ^= 1 << bit % 8
    assert not SEAL.fits(bytes(seal), parts)


@pytest.mark.parametrize("seal", [b"", b"\0" * 15, b"\0" * 17])
def test_another_length_does_not_fit(seal: bytes) -> None:
    assert not SEAL.fits(seal, [])


def test_another_installations_seal_does_not_fit() -> None:
    assert not Seal(bytes(32)).fits(SEAL.over([b"row"]), [b"row"])


def test_derived_secrets_differ_by_purpose_and_from_seals() -> None:
    derived = {SEAL.derived(f"status list {number}") for number in range(10)}
    assert len(derived) == 10
    assert all(len(secret) == 32 for secret in derived)
    assert SEAL.derived("a") == SEAL.derived("a") != Seal(bytes(32)).derived("a")


def test_it_is_the_same_at_every_start(tmp_path: Path) -> None:
    make_key_file(tmp_path / "row-seal.pem", b"passphrase")
    seal = read_seal(tmp_path / "row-seal.pem", b"passphrase")
    assert seal == read_seal(tmp_path / "row-seal.pem", b"passphrase")
    assert repr(seal) == "Seal()"
    with pytest.raises(KeyFileUnusable):
        read_seal(tmp_path / "row-seal.pem", b"another")


def test_what_is_no_bytes_is_no_seal() -> None:
    told: Any = "text"  # as a database may keep it
    assert not SEAL.fits(told, [b"part"])
