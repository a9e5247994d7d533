"""The other public paths, over real HTTP, on both databases."""

import json

import pytest
from sqlalchemy import text

from app.kit.clock import now
from app.labels.model import WithdrawalReason
from app.labels.withdraw import revoke
from app.signing.did import asserting_keys
from app.signing.proof import proof_holds
from app.statements.context import context_bytes
from app.statements.lint import lint_signed
from app.statements.status import is_set, parse_status_list, trusted_issuers
from app.storage.engine import writing
from app.web.assets import static_files
from tests.web.serving import Served


def test_home_explains_and_shows_the_newest_labels(served: Served) -> None:
    code = served.issued()
    english = served.http.get("/?lang=en")
    assert english.status_code == 200
    assert f'href="/l/{code}' in english.text
    assert "0.2956" in english.text
    chinese = served.http.get("/", headers={"accept-language": "zh"})
    assert chinese.headers["content-language"] == "zh-CN"
    assert "碳标签" in chinese.text


def test_home_does_not_advertise_an_altered_row(served: Served) -> None:
    code = served.issued()
    with writing(served.installation.engine) as session:
        session.connection().execute(text("UPDATE label SET valid_until = '2099-01-01T00:00:00Z'"))
    assert code not in served.http.get("/").text


def test_the_form_takes_codes_and_links(served: Served) -> None:
    code = served.issued()
    for typed in (
        code,
        code.lower(),
        f"{code[:4]}-{code[4:8]}-{code[8:]}",
        f"HTTPS://LABEL.EXAMPLE/L/{code}",
        f"https://label.example/l/{code}?x=1",
        f" {code} ",
    ):
        answer = served.http.get("/find", params={"q": typed})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/l/{code}")
    assert (
        served.http.get("/find", params={"q": code, "lang": "en"})
        .headers["location"]
        .endswith("?lang=en")
    )
    wrong = served.http.get("/find", params={"q": "<b>nothing</b>"})
    assert wrong.status_code == 404
    assert "<b>nothing" not in wrong.text
    assert served.http.get("/find").status_code == 404


def test_the_certifiers_did_document_holds_the_key_that_signed(served: Served) -> None:
    label = served.installation.issue()
    document = served.http.get("/certifiers/demo/did.json").json()
    did = "did:web:label.example:certifiers:demo"
    assert document["id"] == did
    keys = asserting_keys(document, did)
    assert proof_holds(json.loads(label.statement), keys[label.key_id])
    assert served.http.get("/certifiers/nobody/did.json").status_code == 404


def test_status_lists_are_signed_by_the_service_and_tell_withdrawals(served: Served) -> None:
    label = served.installation.issue()
    did = "did:web:label.example"
    service_keys = asserting_keys(served.http.get("/.well-known/did.json").json(), did)

    entries = {
        str(entry.status_purpose): entry
        for entry in lint_signed(json.loads(label.statement)).credential_status
    }
    issuers = trusted_issuers("did:web:label.example:certifiers:demo")

    def tells(purpose: str) -> bool:
        answer = served.http.get(f"/status/{purpose}/1")
        assert answer.headers["cache-control"] == "max-age=30, must-revalidate"
        listed = parse_status_list(answer.content)
        return is_set(listed, entries[purpose], issuers, service_keys, now())

    assert not tells("revocation")
    with served.installation.at_desk() as (session, desk):
        revoke(session, desk, label.code, WithdrawalReason.FRAUD, now())
    assert tells("revocation")
    assert not tells("suspension")
    assert not tells("refresh")
    as_credential = served.http.get("/status/refresh/1", headers={"accept": "application/vc"})
    assert as_credential.headers["content-type"] == "application/vc"


@pytest.mark.parametrize("path", ["/status/revocation/2", "/status/fun/1", "/status/refresh/x"])
def test_there_are_no_other_status_lists(served: Served, path: str) -> None:
    answer = served.http.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_contexts_schemas_and_health(served: Served) -> None:
    context = served.http.get("/contexts/carbon-label/v1")
    assert context.content == context_bytes()
    assert context.headers["content-type"] == "application/ld+json"
    schema = served.http.get("/schemas/footprint/v1.json").json()
    assert schema["$id"] == "https://label.example/schemas/footprint/v1.json"
    assert served.http.get("/healthz").json() == {"status": "alive"}
    assert served.http.get("/readyz").json() == {"status": "ready"}
    again = served.http.get(
        "/contexts/carbon-label/v1", headers={"if-none-match": context.headers["etag"]}
    )
    assert again.status_code == 304


def test_static_files_are_served_by_their_digest(served: Served) -> None:
    for path, file in static_files().items():
        answer = served.http.get(path)
        assert answer.content == file.content
        assert answer.headers["content-type"].startswith(file.content_type)
        assert "immutable" in answer.headers["cache-control"]
    assert served.http.get("/static/style.000000000000.css").status_code == 404
    assert served.http.get("/favicon.ico").status_code == 204


def test_an_unknown_path_gets_a_page_or_a_problem(served: Served) -> None:
    page = served.http.get("/nothing/here", headers={"accept": "text/html"})
    assert page.status_code == 404
    assert "<html" in page.text
    problem = served.http.get("/nothing/here")
    assert problem.headers["content-type"] == "application/problem+json"
    assert served.http.post("/", headers={"accept": "text/html"}).status_code == 405
