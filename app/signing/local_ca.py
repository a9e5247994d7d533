"""A certificate for trying out: so that a phone on the same network gets a secure context.

The authority is made on this machine and is good for this machine's own addresses only: its name
constraints let it vouch for private networks and `localhost`, so that a phone which trusts it
trusts it for nothing else.
"""

import ipaddress
import os
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LIFE_OF_AUTHORITY = timedelta(days=3650)
_LIFE = timedelta(days=397)  # phones refuse certificates of a longer life
_RENEWED_BEFORE = timedelta(days=30)
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8")
_PRIVATE_V6 = ("::1/128", "fc00::/7", "fe80::/10")
_NAMES = ("localhost", "local")

_Pair = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


@dataclass(frozen=True, slots=True)
class LocalCertificate:
    """Where a server finds its certificate, and what a phone must be told to trust."""

    server: Path  # key and certificate in one PEM file, mode 0600
    authority: Path  # the authority's certificate alone, to be handed out


def local_certificate(folder: Path, hosts: Collection[str], now: datetime) -> LocalCertificate:
    """Return a server certificate for these hosts (names or addresses) and localhost.

    What is in `folder` is used while it fits; a new server certificate comes from the same
    authority, so that phones need not be told again.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    names = sorted({*hosts, "localhost", "127.0.0.1"})
    paths = LocalCertificate(folder / "server.pem", folder / "authority.crt")
    authority = _read_pair(folder / "authority.pem")
    if authority is None or not _is_good_authority(authority[0], names, now):
        authority = _make_authority(names, now)
        _write(folder / "authority.pem", _pem(authority))
        _write(paths.authority, _pem_of_certificate(authority[0]))
    elif not paths.authority.exists():
        _write(paths.authority, _pem_of_certificate(authority[0]))
    server = _read_pair(paths.server)
    if server is None or not _is_good_server(server[0], authority[0], names, now):
        _write(paths.server, _pem(_make_server(authority, names, now)))
    return paths


def _make_authority(names: Collection[str], now: datetime) -> _Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, f"Carbon Label, this machine ({now:%Y-%m-%d})"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "For trying out only"),
        ]
    )
    networks = [ipaddress.ip_network(network) for network in (*_PRIVATE, *_PRIVATE_V6)]
    domains = {*_NAMES}
    for host in names:  # an address of this machine that is not private, such as a server's
        address = _address(host)
        if address is None:
            domains.add(host)
        elif not any(address in network for network in networks):
            networks.append(ipaddress.ip_network(address))
    permitted: list[x509.GeneralName] = [x509.IPAddress(network) for network in networks]
    permitted += [x509.DNSName(domain) for domain in sorted(domains)]
    certificate = (
        _builder(name, name, key, now, _LIFE_OF_AUTHORITY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return certificate, key


def _make_server(authority: _Pair, names: Collection[str], now: datetime) -> _Pair:
    signer, signing_key = authority
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Carbon Label")])
    certificate = (
        _builder(name, signer.subject, key, now, _LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()),
            critical=False,
        )
        .add_extension(x509.SubjectAlternativeName([_general(n) for n in names]), critical=False)
        .sign(signing_key, hashes.SHA256())
    )
    return certificate, key


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
    life: timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))  # a phone's clock may be slow
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _is_good_authority(
    certificate: x509.Certificate, names: Collection[str], now: datetime
) -> bool:
    if certificate.not_valid_after_utc < now + _LIFE:
        return False
    constraints = certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    permitted = constraints.permitted_subtrees or []
    networks = [
        ipaddress.ip_network(str(name.value))
        for name in permitted
        if isinstance(name, x509.IPAddress)
    ]
    domains = [name.value for name in permitted if isinstance(name, x509.DNSName)]
    return all(
        any(host == domain or host.endswith(f".{domain}") for domain in domains)
        if address is None
        else any(address in network for network in networks)
        for host, address in ((name, _address(name)) for name in names)
    )


def _is_good_server(
    certificate: x509.Certificate,
    authority: x509.Certificate,
    names: Collection[str],
    now: datetime,
) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (InvalidSignature, ValueError):
        return False
    stated = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    in_time = certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc
    return (
        in_time
        and now < certificate.not_valid_after_utc - _RENEWED_BEFORE
        and {_general(name) for name in names} <= set(stated)
    )


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _general(host: str) -> x509.GeneralName:
    address = _address(host)
    return x509.DNSName(host) if address is None else x509.IPAddress(address)


def _read_pair(path: Path) -> _Pair | None:
    """Return the certificate and key of a PEM file; None if there is none that can be used."""
    with suppress(OSError, ValueError, TypeError):  # TypeError: the key is encrypted
        data = path.read_bytes()
        key = serialization.load_pem_private_key(data, None)
        certificate = x509.load_pem_x509_certificate(data)
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return certificate, key
    return None


def _pem(pair: _Pair) -> bytes:
    certificate, key = pair
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),  # good for this machine's own addresses only
    )
    return private + _pem_of_certificate(certificate)


def _pem_of_certificate(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _write(path: Path, data: bytes) -> None:
    """Write a file of mode 0600, whole or not at all; key and certificate never part."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
