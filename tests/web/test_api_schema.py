"""The API and its own description: fuzzed from the schema, and the page that people read."""

import json
import re
from typing import Any

import httpx
import jsonschema
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Err
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from app.web.problems import STATUS, problem_type
from app.web.render import CONTENT_SECURITY_POLICY
from tests.web.serving import Api, Served
from tests.web.strict_page import Page

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
]
MODES = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]
EXAMPLES = 10  # of each operation, role and mode


def document(served: Served) -> dict[str, Any]:
    answer = served.http.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    described: dict[str, Any] = answer.json()
    return described


# The server runs in this very process; its threads may roll dice while a strategy draws.
@pytest.mark.filterwarnings("ignore:Do not use the .random. module:Warning")
@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
@pytest.mark.parametrize("role", ["producer", "certifier"])
def test_the_api_does_what_it_says(
    served: Served, role: str, mode: schemathesis.GenerationMode
) -> None:
    acting: Api = getattr(served, role)
    headers = {"authorization": f"Bearer {acting.token}"}
    is_positive = mode is schemathesis.GenerationMode.POSITIVE
    # In bad requests the token may be what is bad: some operations have nothing else to spoil.
    security = {"with-security-parameters": not is_positive}
    config = SchemathesisConfig.from_dict({"generation": security})
    schema = schemathesis.openapi.from_dict(document(served), config=config)
    schema.config.update(base_url=served.base_url)
    label = served.installation.issue()
    existing = {"code": label.code, "footprint": label.footprint_id}
    tried, statuses = 0, set[int]()
    for found in schema.get_all_operations():
        assert not isinstance(found, Err)
        operation = found.ok()

        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def conforms(case: schemathesis.Case[Any]) -> None:
            nonlocal tried
            tried += 1
            if tried % 2 and is_positive:
                case.path_parameters = {name: existing[name] for name in case.path_parameters or ()}
            answer = case.call_and_validate(headers=headers, checks=CHECKS)
            statuses.add(answer.status_code)

        conforms()
    assert tried > 50
    if is_positive:
        assert statuses >= {200, 404} | ({409} if role == "certifier" else {403})


def test_the_description_is_whole(served: Served) -> None:
    described = document(served)
    assert described["openapi"].startswith("3.1")
    assert described["security"] == [{"bearer": []}]
    references = set(re.findall(r'"\$ref": ?"#/components/schemas/([^"]+)"', json.dumps(described)))
    assert references <= set(described["components"]["schemas"])
    tags = {tag["name"] for tag in described["tags"]}
    names = []
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            names.append(operation["operationId"])
            assert operation["summary"], path
            assert operation["description"], path
            assert set(operation["tags"]) < tags
            assert {"401", "503"} <= set(operation["responses"]), f"{method} {path}"
            for status, response in operation["responses"].items():
                if status >= "400":
                    assert list(response["content"]) == ["application/problem+json"]
    assert len(names) == len(set(names))


def test_the_examples_fit_their_schemas(served: Served) -> None:
    described = document(served)
    tried = 0
    for name, schema in described["components"]["schemas"].items():
        for example in schema.get("examples", ()):
            whole = {**described, "$ref": f"#/components/schemas/{name}"}
            jsonschema.validate(example, whole, jsonschema.Draft202012Validator)
            tried += 1
    assert tried >= 5


def test_answers_fit_the_schemas_they_claim(served: Served) -> None:
    described = document(served)
    code = served.issued()
    for answer, name in (
        (served.producer("GET", f"/labels/{code}"), "LabelView"),
        (served.certifier("GET", "/labels"), "LabelList"),
        (served.certifier("GET", "/footprints"), "FootprintList"),
        (served.producer("GET", "/labels/7Q4K2M9XG"), "Problem"),
        (served.producer.hand_in(b"{}"), "Problem"),
    ):
        whole = {**described, "$ref": f"#/components/schemas/{name}"}
        jsonschema.validate(answer.json(), whole, jsonschema.Draft202012Validator)
        assert "null" not in answer.text


def test_the_page_lists_every_operation_and_every_problem(served: Served) -> None:
    answer = served.http.get("/docs")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    page = Page(answer.content)
    for path, operations in document(served)["paths"].items():
        for method in operations:
            assert f"{method.upper()} {path}" in page.text
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    for error in STATUS:
        if "code" in vars(error):
            assert f"problem-{error.code}" in ids
    own = [link[1:] for link in page.values("href") if link and link.startswith("#")]
    assert set(own) <= {*ids}
    for address in page.values("href"):
        assert address
        assert not re.match(r"\w+:|//", address)  # no one else is asked for anything
        if address.startswith("/"):
            assert served.http.get(address).status_code == 200, address
    assert not {"script", "style", "img", "iframe"} & set(page.tags)
    assert page.values("style") == []


def test_a_problem_type_leads_to_its_words(served: Served) -> None:
    answer: httpx.Response = served.http.get(problem_type("label-not-found"))
    assert answer.status_code == 307
    assert answer.headers["location"] == "/docs#problem-label-not-found"
    answer = served.http.get("/problems/%22%3E%3Cscript%3E")
    assert answer.headers["location"] == "/docs#problems"
