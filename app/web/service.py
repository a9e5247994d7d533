"""What the routes work with: opened once by `app.main`, handed on as plain values."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from app.footprints.model import RuleRegistry
from app.signing.keyring import KeyStore
from app.signing.seal import Seal
from app.storage.reader import Reader


@dataclass(frozen=True, slots=True)
class Service:
    """One running installation."""

    origin: str  # https://HOST[:PORT], as printed into every code
    did: str  # the service's own DID, which signs status lists
    engine: Engine
    reader: Reader  # single-row reads of the scan path
    store: KeyStore
    seal: Seal
    rules: RuleRegistry
    templates: Path  # the folder label_templates
