"""Build the service: settings → database, keys, rules → routes."""

from starlette.types import ASGIApp

from app.footprints.rules import load_rules
from app.kit.clock import now
from app.migrations.upgrade import upgrade
from app.settings import Settings, shipped
from app.signing.did import did_of
from app.signing.installation import fix_origin
from app.signing.keyring import add_key, open_key_store, published_keys, row_seal
from app.storage.engine import open_engine, writing
from app.storage.reader import open_reader
from app.web.app import web_app
from app.web.service import Service


def open_service(settings: Settings, fallback_origin: str) -> Service:
    """Open the installation, and make what is missing of it: tables, passphrase, keys, origin.

    `fallback_origin` is fixed at the first start if `CARBON_LABEL_PUBLIC_URL` is not set.
    Called again it changes nothing. Raises `OriginFixed`, `KeyFileUnusable`, `SchemaTooNew`,
    `StorageUnavailable`.
    """
    engine = open_engine(settings.database)
    upgrade(engine)
    passphrase = settings.key_passphrase.get_secret_value() if settings.key_passphrase else None
    store = open_key_store(settings.keys, passphrase, settings.passphrase_file)
    moment = now()
    with writing(engine) as session:
        origin = fix_origin(session, settings.public_url, fallback_origin, moment)
        did = did_of(origin)
        if not published_keys(session, did):
            add_key(session, store, did, moment)
    return Service(
        origin=origin,
        did=did,
        engine=engine,
        reader=open_reader(settings.database),
        store=store,
        seal=row_seal(store),
        rules=load_rules(),
        templates=shipped("label_templates"),
    )


def make_app(settings: Settings, fallback_origin: str) -> ASGIApp:
    """Return the ASGI application of an installation."""
    return web_app(open_service(settings, fallback_origin))
