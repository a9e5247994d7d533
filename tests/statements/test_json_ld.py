"""Our statements as JSON-LD: every term is defined, and every signed value reaches the graph."""

import json
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pyld import jsonld

from app.statements.build import Identity
from app.statements.context import CONTEXT_FILE, context_bytes
from app.statements.shape import CONTEXT_PATH, VC_CONTEXT
from tests.installation import ORIGIN
from tests.statements.making import FROM, NAMES, UNTIL, URL, signed, unsigned

W3C = (
    Path(__file__).parents[1]
    / "interop/node_modules/@digitalbazaar/credentials-context/contexts/v2.jsonld"
)
NOWHERE = "https://nowhere.invalid/"
EARLIER = f"{ORIGIN}/l/000000000"


@cache
def contexts() -> dict[str, Any]:
    return {
        VC_CONTEXT: json.loads(W3C.read_text(encoding="utf-8")),
        ORIGIN + CONTEXT_PATH: json.loads(context_bytes()),
    }


def load(url: str, _options: object) -> dict[str, Any]:
    """Give the two contexts; nothing is fetched."""
    return {
        "contentType": "application/ld+json",
        "contextUrl": None,
        "documentUrl": url,
        "document": contexts()[url],
    }


def quads(document: dict[str, Any]) -> str:
    """Return the document's canonical graph."""
    written: str = jsonld.normalize(
        document,
        {"algorithm": "URDNA2015", "format": "application/n-quads", "documentLoader": load},
    )
    return written


def undefined(document: dict[str, Any]) -> list[str]:
    """Return the terms that no context defines: JSON-LD drops them without a word."""
    dropped: list[str] = []
    expanded = jsonld.expand(
        document, {"documentLoader": load, "base": NOWHERE}, on_property_dropped=dropped.append
    )
    # A type that is not defined is kept, as an address relative to the document's own.
    types = [kind for node in nodes(expanded) for kind in node["@type"]]
    return dropped + [kind.removeprefix(NOWHERE) for kind in types if kind.startswith(NOWHERE)]


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if isinstance(value.get("@type"), list):
            yield value
        for member in value.values():
            yield from nodes(member)
    elif isinstance(value, list):
        for member in value:
            yield from nodes(member)


def with_everything() -> dict[str, Any]:
    """Return a statement that has every member a statement can have."""
    document = unsigned("oranges-kg", Identity(URL, FROM, UNTIL, EARLIER, EARLIER))
    subject = document["credentialSubject"]
    texts = subject["text"]
    subject["product"] |= {"image": "0" * 64}
    subject["packageContent"] = {"amount": "0.2", "unit": "kg"}
    subject["gwp"] = "IPCC AR6 GWP100"
    subject["primaryDataShare"] = "0.62"
    subject["dataQuality"] = "2.1"
    subject["practices"][0]["id"] = "organic-fertiliser"
    subject["stages"][0] |= {"fossil": "0.1", "biogenic": "0.02", "landUse": "0.01"}
    subject["stages"][0] |= {"removals": "-0.001"}
    subject["stages"][0]["includes"][0]["id"] = "fertiliser"
    subject["comparison"] = {
        "value": "0.3",
        "text": texts,
        "source": "A table.",
        "n": "12",
        "year": "2022",
        "boundary": "cradle-to-gate",
    }
    return document


@pytest.mark.parametrize("name", NAMES)
def test_no_term_of_an_example_is_undefined(name: str) -> None:
    assert undefined(json.loads(signed(name))) == []


def test_no_term_at_all_is_undefined() -> None:
    assert undefined(with_everything()) == []
    expanded = jsonld.expand(with_everything(), {"documentLoader": load})
    assert '"cl:' not in json.dumps(expanded)


def test_an_undefined_term_would_be_found() -> None:
    document = with_everything()
    document["credentialSubject"]["undefinedTerm"] = "x"
    document["credentialSubject"]["stages"][0]["another"] = "x"
    document["type"].append("UndefinedType")
    assert sorted(undefined(document)) == ["UndefinedType", "another", "undefinedTerm"]


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, dict):
        for key in value:
            if key != "@context":
                yield from leaves(value[key], (*path, key))
    elif isinstance(value, list):
        for number, member in enumerate(value):
            yield from leaves(member, (*path, number))
    else:
        yield path


def changed(document: dict[str, Any], path: tuple[str | int, ...]) -> dict[str, Any]:
    copy: Any = deepcopy(document)
    place = copy
    for step in path[:-1]:
        place = place[step]
    key, old = path[-1], place[path[-1]]
    others = {"CarbonLabelCredential": "BitstringStatusListCredential"}
    others |= {"VerifiableCredential": "BitstringStatusListCredential"}
    others |= {"CarbonLabelRefresh": "ProductCarbonFootprint"}
    others |= {"BitstringStatusListEntry": "BitstringStatusList"}
    place[key] = others.get(old, "fr" if key == "@language" else f"{old}1")
    return dict(copy)


def test_every_value_reaches_the_graph() -> None:
    """What the graph does not hold, a verifier that signs graphs would not protect."""
    document = with_everything()
    graph = quads(document)
    lost = [
        ".".join(map(str, path))
        for path in leaves(document)
        if quads(changed(document, path)) == graph
    ]
    assert lost == []


def test_the_order_of_stages_reaches_the_graph() -> None:
    document = with_everything()
    turned = deepcopy(document)
    turned["credentialSubject"]["stages"].reverse()
    assert quads(turned) != quads(document)


def test_the_context_is_the_same_on_every_host() -> None:
    data = context_bytes()
    assert data == CONTEXT_FILE.read_bytes()
    assert json.loads(data)["@context"]["@protected"] is True
    for trace in (b"HOST", b"http://localhost", b"label.example", b"carbonlabel"):
        assert trace not in data
    urls = {part.split('"')[0] for part in data.decode().split('"https://')[1:]}
    assert {url.partition("/")[0] for url in urls} <= {"schema.org"}


def test_the_context_defines_every_member_of_a_statement() -> None:
    defined = context_bytes().decode()
    for path in leaves(with_everything()["credentialSubject"]):
        for key in path:
            if isinstance(key, str) and key not in {"id", "type", "name", "@value", "@language"}:
                assert f'"{key}":' in defined
