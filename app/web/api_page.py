"""The page that describes the API: drawn from its OpenAPI document, without any script."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from app.kit.errors import CarbonLabelError
from app.web.assets import static_path
from app.web.problems import MEDIA_TYPE, STATUS, status_of, title_of
from app.web.render import PAGES


def render_api_page(document: Mapping[str, Any]) -> bytes:
    """Return the page of an OpenAPI document, in English, as UTF-8."""
    operations = [
        {"method": method.upper(), "path": path, **operation}
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    page = _template().render(
        api=document,
        tags=[
            (tag, [one for one in operations if tag["name"] in one["tags"]])
            for tag in document["tags"]
        ],
        schemas=document["components"]["schemas"],
        problems=sorted(
            (status_of(error), error.code, title_of(error), _advice(error))
            for error in _with_families(STATUS)
            if "code" in vars(error)
        ),
    )
    return page.encode()


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(PAGES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update({"prose": _prose, "kind": _kind, "json": _json, "body": _body})
    environment.globals.update({"static": static_path, "problem_type": MEDIA_TYPE})
    return environment.get_template("api.html")


def _with_families(errors: Iterable[type[CarbonLabelError]]) -> set[type[CarbonLabelError]]:
    """Return errors and all that descend from them, for a family has one status."""
    return {kin for error in errors for kin in (error, *_with_families(error.__subclasses__()))}


def _advice(error: type[Exception]) -> str:
    """Return what a docstring says beyond its first line."""
    return " ".join((error.__doc__ or "").partition("\n")[2].split())


def _prose(text: str) -> Markup:
    """Return paragraphs, with what stands in backticks as code."""
    paragraphs = (
        re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(" ".join(part.split()))))
        for part in text.split("\n\n")
    )
    return Markup("").join(Markup(f"<p>{part}</p>") for part in paragraphs)  # noqa: S704 - escaped above


def _kind(schema: Mapping[str, Any]) -> Markup:
    """Return what a schema asks for, in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Markup('<a href="#schema-{0}">{0}</a>').format(name)
    if "anyOf" in schema:
        kinds = (_kind(part) for part in schema["anyOf"] if part.get("type") != "null")
        return Markup(" or ").join(dict.fromkeys(kinds))
    if "enum" in schema:
        words = (Markup("<code>{}</code>").format(word) for word in schema["enum"])
        return Markup(", ").join(words)
    if "const" in schema:
        return Markup("<code>{}</code>").format(schema["const"])
    if schema.get("type") == "array":
        return Markup("list of {}").format(_kind(schema["items"]))
    if isinstance(schema.get("additionalProperties"), dict):
        return Markup("{{name: {}}}").format(_kind(schema["additionalProperties"]))
    return escape(schema.get("format") or schema.get("type", "any"))


def _json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def _body(operation: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema of an operation's JSON body."""
    content: Mapping[str, Any] = operation["requestBody"]["content"]["application/json"]["schema"]
    return content
