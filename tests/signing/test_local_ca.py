"""The certificate for trying out: for this machine's addresses, and reused while it fits."""

import ssl
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from app.kit.clock import now
from app.signing.local_ca import LocalCertificate, local_certificate

NOW = now()


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def shakes_hands(paths: LocalCertificate, host: str) -> bool:
    """Whether a client that trusts the authority accepts the server under that name."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(paths.server)
    client = ssl.create_default_context(cafile=str(paths.authority))
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    here = client.wrap_bio(to_client, to_server, server_hostname=host)
    there = server.wrap_bio(to_server, to_client, server_side=True)
    try:
        for _ in range(3):
            for side in (here, there):
                try:
                    side.do_handshake()
                except ssl.SSLWantReadError:
                    continue
    except ssl.SSLCertVerificationError:
        return False
    return here.version() is not None


def test_a_phone_accepts_every_name_of_the_machine(tmp_path: Path) -> None:
    paths = local_certificate(tmp_path / "tls", ["192.168.1.5", "label.example"], NOW)
    for host in ("192.168.1.5", "127.0.0.1", "localhost", "label.example"):
        assert shakes_hands(paths, host), host
    assert not shakes_hands(paths, "192.168.1.6")
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "tls").iterdir()} == {0o600}
    assert (tmp_path / "tls").stat().st_mode & 0o777 == 0o700


def test_an_address_of_the_internet_may_be_one_of_the_machines(tmp_path: Path) -> None:
    assert shakes_hands(local_certificate(tmp_path, ["9.9.9.9"], NOW), "9.9.9.9")


def test_the_authority_can_vouch_for_nothing_else(tmp_path: Path) -> None:
    paths = local_certificate(tmp_path, ["192.168.1.5"], NOW)
    authority = x509.load_pem_x509_certificate(paths.authority.read_bytes())
    constraints = authority.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    named = [name.value for name in constraints.value.permitted_subtrees or []]
    assert {"localhost", "local"} == {name for name in named if isinstance(name, str)}
    assert not any(
        getattr(name, "prefixlen", 32) == 0 for name in named if not isinstance(name, str)
    )
    basic = authority.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (basic.ca, basic.path_length) == (True, 0)


def test_what_fits_is_used_again(tmp_path: Path) -> None:
    local_certificate(tmp_path, ["192.168.1.5"], NOW)
    before = contents(tmp_path)
    local_certificate(tmp_path, ["192.168.1.5"], NOW + timedelta(days=300))
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("hosts", "days"), [(["192.168.1.6"], 0), (["192.168.1.5"], 380), (["192.168.1.5"], -2)]
)
def test_another_address_or_time_takes_a_new_certificate_of_the_same_authority(
    tmp_path: Path, hosts: list[str], days: int
) -> None:
    local_certificate(tmp_path, ["192.168.1.5"], NOW)
    before = contents(tmp_path)
    paths = local_certificate(tmp_path, hosts, NOW + timedelta(days=days))
    after = contents(tmp_path)
    assert after["server.pem"] != before["server.pem"]
    assert after["authority.crt"] == before["authority.crt"]
    assert days != 0 or shakes_hands(paths, hosts[0])


@pytest.mark.parametrize("damaged", ["authority.pem", "server.pem", "authority.crt"])
def test_what_is_damaged_or_gone_is_made_anew(tmp_path: Path, damaged: str) -> None:
    local_certificate(tmp_path, ["192.168.1.5"], NOW)
    if damaged == "authority.crt":
        (tmp_path / damaged).unlink()
    else:
        (tmp_path / damaged).write_bytes(b"damaged")
    paths = local_certificate(tmp_path, ["192.168.1.5"], NOW)
    assert shakes_hands(paths, "192.168.1.5")


@pytest.mark.parametrize("encrypted", [b"secret", None])
def test_a_key_of_another_kind_is_replaced(tmp_path: Path, encrypted: bytes | None) -> None:
    paths = local_certificate(tmp_path, ["192.168.1.5"], NOW)
    other = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM,
        PrivateFormat.PKCS8,
        BestAvailableEncryption(encrypted) if encrypted else NoEncryption(),
    )
    paths.server.write_bytes(other + paths.authority.read_bytes())
    assert shakes_hands(local_certificate(tmp_path, ["192.168.1.5"], NOW), "192.168.1.5")


def test_an_authority_near_its_end_or_for_other_names_is_replaced(tmp_path: Path) -> None:
    local_certificate(tmp_path, ["192.168.1.5"], NOW)
    before = contents(tmp_path)["authority.crt"]
    local_certificate(tmp_path, ["192.168.1.5"], NOW + timedelta(days=3400))
    later = contents(tmp_path)["authority.crt"]
    assert later != before
    paths = local_certificate(tmp_path, ["label.example", "9.9.9.9"], NOW)
    assert contents(tmp_path)["authority.crt"] != later
    assert shakes_hands(paths, "label.example")
