"""Who may do what: every role on every route, and what comes before what."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import httpx
import pytest

from app.kit.clock import now
from app.parties.tokens import LONGEST_LIFE, make_token
from app.storage.engine import open_engine, writing
from app.web.api import api
from tests.installation import Installation, unique_example
from tests.web.serving import JSON, Api, Served, listening

MATRIX = """
POST   /footprints                          producer  422 422 403 403
GET    /footprints                          both      200 200 200 200
GET    /footprints/{footprint}              own       200 404 200 200
GET    /footprints/{footprint}/file         own       200 404 200 200
POST   /footprints/{footprint}/acceptance   certifier 403 403 422 422
GET    /labels                              both      200 200 200 200
POST   /labels                              certifier 403 403 422 422
GET    /labels/{code}                       own       200 404 200 404
GET    /labels/{code}/print                 own       200 404 200 404
POST   /labels/{code}/suspension            certifier 403 403 422 422
DELETE /labels/{code}/suspension            certifier 403 403 409 403
POST   /labels/{code}/revocation            certifier 403 403 422 422
POST   /labels/{code}/reissue               certifier 403 403 422 422
POST   /labels/{code}/renewal               certifier 403 403 422 422
"""
ROUTES = [line.split() for line in MATRIX.strip().splitlines()]
BROKEN = b'{"this": is no JSON'


def test_every_role_on_every_route(served: Served) -> None:
    others = (served.admit_producer("tea"), served.installation.admit_certifier("other"))
    who = [
        served.producer,
        served.joined(others[0]),
        served.certifier,
        served.joined(others[1]),
    ]
    label = served.installation.issue()
    for method, path, _, *statuses in ROUTES:
        where = path.format(footprint=label.footprint_id, code=label.code)
        body = {"content": BROKEN, "headers": JSON} if method == "POST" else {}
        expected = [int(status) for status in statuses]
        got = [acting(method, where, **body).status_code for acting in who]
        assert got == expected, f"{method} {path}"
        answer = served.stranger(method, where, **body)
        assert answer.status_code == 401, f"{method} {path}"
        assert answer.headers["www-authenticate"].startswith("Bearer ")
        assert answer.json()["code"] == "token-not-accepted"
    assert served.installation.label(label.code) == label  # nothing of all that did anything


def test_the_matrix_has_every_route(served: Served) -> None:
    paths = served.http.get("/api/v1/openapi.json").json()["paths"]
    documented = {
        (method.upper(), path.removeprefix("/api/v1"))
        for path, methods in paths.items()
        for method in methods
    }
    assert documented == {(method, path) for method, path, *_ in ROUTES}


def test_a_certifier_does_not_act_on_anothers_label(served: Served) -> None:
    other = served.joined(served.installation.admit_certifier("other"))
    label = served.installation.issue()
    for act in ("suspension", "revocation"):
        answer = other("POST", f"/labels/{label.code}/{act}", json={"reason": "fraud"})
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign-label")
    footprint = served.installation.footprint()
    answer = other("POST", "/labels", json={"footprint": footprint})
    assert answer.status_code == 403
    assert answer.json()["code"] == "footprint-of-another-certifier"
    assert answer.json()["acceptedBy"] == "demo"
    own = served.installation.footprint(certifier=served.installation.admit_certifier("third"))
    answer = served.certifier("POST", f"/labels/{label.code}/renewal", json={"footprint": own})
    assert answer.status_code == 403


def test_a_producer_hands_in_its_own_products_only(served: Served) -> None:
    tea = served.joined(served.admit_producer("tea"))
    answer = tea.hand_in(unique_example())
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign-producer")
    assert served.certifier("GET", "/footprints").json() == {"footprints": []}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nothing/here"),
        ("GET", "/"),
        ("GET", "/openapi.json/"),
        ("PATCH", "/labels"),
        ("OPTIONS", "/labels"),
        ("POST", "/labels"),
        ("GET", "/labels/%00"),
        ("GET", "/labels/..%2f..%2fetc"),
        ("POST", "/footprints"),
    ],
)
def test_a_stranger_learns_nothing(served: Served, method: str, path: str) -> None:
    answer = served.stranger(method, path, content=b"x" * 100)
    assert answer.status_code == 401
    assert set(answer.json()) == {"type", "title", "status", "detail", "instance", "code"}


def test_only_a_living_token_opens(served: Served) -> None:
    good = served.producer.token or ""
    prefix, token_id, secret = good.split("_", 2)
    with writing(served.installation.engine) as session:
        past = now() - LONGEST_LIFE - timedelta(seconds=1)
        expired = make_token(session, served.installation.producer, past)
    for authorization in (
        "",
        "Bearer",
        good,
        f"Basic {good}",
        f"Bearer {good}x",
        f"Bearer {good[:-1]}",
        f"Bearer {prefix}_{token_id}_{'A' * len(secret)}",
        f"Bearer {prefix}_{'0' * 16}_{secret}",
        f"Bearer {good} {good}",
        f"Bearer {good},",
        f"Bearer {expired}",
        "Bearer clt_' OR 1=1 --_x",
        "Bearer " + "x" * 4000,
    ):
        answer = served.http.get("/api/v1/labels", headers={"authorization": authorization})
        assert answer.status_code == 401, authorization
    twice = [("authorization", f"Bearer {good}")] * 2
    assert served.http.get("/api/v1/labels", headers=twice).status_code == 401
    for scheme in ("Bearer", "bearer", "BEARER"):
        answer = served.http.get("/api/v1/labels", headers={"authorization": f"{scheme} {good}"})
        assert answer.status_code == 200, scheme


def test_unknown_paths_and_methods_are_problems_too(served: Served) -> None:
    answer = served.producer("GET", "/nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "path-not-found")
    answer = served.producer("GET", "/labels/")
    assert answer.status_code == 404
    answer = served.producer("PUT", "/labels/7Q4K2M9XG/suspension")
    assert (answer.status_code, answer.json()["code"]) == (405, "method-not-offered")
    assert answer.headers["allow"] == "DELETE, POST"
    answer = served.producer("DELETE", "/labels")
    assert answer.headers["allow"] == "GET, POST"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_closed_database_is_said_and_when_to_come_again(served: Served) -> None:
    # Nothing listens on port 1.
    closed = replace(served.service, engine=open_engine("postgresql://nobody@127.0.0.1:1/none"))
    with listening(api(closed)) as address, httpx.Client(base_url=address) as http:
        answer = Api(http, served.producer.token)("GET", "/labels")
    assert (answer.status_code, answer.json()["code"]) == (503, "storage-unavailable")
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_nobody_expected_is_an_answer_without_details(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    code = served.issued()
    broken = replace(served.service, templates=cast("Path", None))
    with listening(api(broken)) as address, httpx.Client(base_url=address) as http:
        producer = Api(http, served.producer.token)
        answer = producer("GET", f"/labels/{code}/print")
        assert producer("GET", f"/labels/{code}").status_code == 200
    assert (answer.status_code, answer.json()["code"]) == (500, "internal-error")
    assert answer.headers["content-type"] == "application/problem+json"
    assert not re.search("NoneType|Traceback|File ", answer.text)
    assert "Traceback" in caplog.text


def test_an_altered_row_is_never_printed(served: Served, installation: Installation) -> None:
    code = served.issued()
    with installation.engine.begin() as connection:
        connection.exec_driver_sql(
            f"UPDATE label SET valid_until = '2099-12-31T23:59:59Z' WHERE code = '{code}'"  # noqa: S608 - our own code
        )
    answer = served.producer("GET", f"/labels/{code}/print")
    assert (answer.status_code, answer.json()["code"]) == (500, "row-altered")
    answer = served.certifier("POST", f"/labels/{code}/revocation", json={"reason": "fraud"})
    assert (answer.status_code, answer.json()["code"]) == (500, "row-altered")
