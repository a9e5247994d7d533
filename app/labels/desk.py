"""The certifier's desk: what one certifier needs at hand to sign and to withdraw."""

from dataclasses import dataclass

from sqlmodel import Session

from app.footprints.model import RuleRegistry
from app.kit.codes import LabelCode
from app.parties.model import Party
from app.signing.did import did_of
from app.signing.keyring import KeyStore, published_keys, row_seal, signer_of
from app.signing.multikey import raw_public_key
from app.signing.proof import Signer
from app.signing.seal import Seal
from app.statements.build import CertifierName

LOCAL_OPERATOR = "local-operator"  # whoever acts on the command line


@dataclass(frozen=True, slots=True)
class WithdrawalDesk:
    """Who withdraws, and what seals the marked row."""

    certifier_id: str
    by: str  # who acts: the certifier itself, or the local operator
    origin: str
    seal: Seal


@dataclass(frozen=True, slots=True)
class CertifierDesk(WithdrawalDesk):
    """Who issues, and with which key."""

    certifier: CertifierName
    signer: Signer
    public_key: bytes  # raw, of the signer: our own output is verified under it
    rules: RuleRegistry


def label_url(origin: str, code: LabelCode) -> str:
    """Return the address of a label's page."""
    return f"{origin}/l/{code}"


def certifier_did(origin: str, party_id: str) -> str:
    """Return the DID of a certifier of this installation."""
    return did_of(origin, "certifiers", party_id)


def open_desk(
    session: Session,
    store: KeyStore,
    origin: str,
    party: Party,
    rules: RuleRegistry,
    *,
    by: str | None = None,
    seal: Seal | None = None,
) -> CertifierDesk:
    """Return a certifier's desk. Raises `NoActiveKey`, `KeyFileUnusable`."""
    did = party.did or certifier_did(origin, party.id)
    signer = signer_of(session, store, did)
    multikey = next(key.multikey for key in published_keys(session, did) if key.id == signer.key_id)
    return CertifierDesk(
        certifier_id=party.id,
        by=by or party.id,
        origin=origin,
        seal=seal or row_seal(store),
        certifier=CertifierName(did, party.name, party.description),
        signer=signer,
        public_key=raw_public_key(multikey),
        rules=rules,
    )
