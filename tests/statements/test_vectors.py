"""Statements with one flaw each: what is wrong stands in the file's name.

A vector says how it differs from the signed oranges: `set` and `remove` (JSON pointers) before it
is signed, `options` of the proof (null leaves one out), `signer`, then `after` and `afterRemove`
once it is signed, `replace`, `prepend` and `append` on the text; or it is `text`, `hex` or so many
(`repeat`) blanks altogether. It says the `verdict` and the `reasons` of checks that must be told.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from app.signing.canonical import canonical
from app.statements.lint import StagesDoNotSum, StatementMalformed, check_sums, lint_signed
from app.statements.read import read
from app.statements.verify import parse_statement
from tests.statements.making import SIGNER, STRANGER, judged, reasons, resigned, unsigned

VECTORS = sorted((Path(__file__).parents[1] / "vectors/statements").glob("*.json"))
_KEYS = {
    *("says", "verdict", "reasons", "set", "remove", "options", "signer", "after", "afterRemove"),
    *("replace", "prepend", "append", "text", "hex", "repeat"),
}


def place(document: Any, pointer: str) -> tuple[Any, Any]:
    *way, last = pointer.split("/")[1:]
    for part in way:
        document = document[int(part) if isinstance(document, list) else part]
    return document, int(last) if isinstance(document, list) else last


def change(document: Any, values: Mapping[str, Any], removed: list[str]) -> None:
    for pointer, value in values.items():
        owner, key = place(document, pointer)
        if isinstance(owner, list) and key == len(owner):
            owner.append(value)
        else:
            owner[key] = value
    for pointer in removed:
        owner, key = place(document, pointer)
        del owner[key]


def data_of(vector: Mapping[str, Any]) -> bytes:
    assert not set(vector) - _KEYS
    if "text" in vector:
        return str(vector["text"]).encode()
    if "hex" in vector:
        return bytes.fromhex(vector["hex"])
    if "repeat" in vector:
        return b" " * int(vector["repeat"])
    document = unsigned()
    change(document, vector.get("set", {}), vector.get("remove", []))
    signer = STRANGER if vector.get("signer") == "stranger" else SIGNER
    whole = resigned(document, signer, **vector.get("options", {}))
    change(whole, vector.get("after", {}), vector.get("afterRemove", []))
    text = canonical(whole).decode()
    for old, new in vector.get("replace", []):
        assert old in text
        text = text.replace(old, new, 1)
    return f"{vector.get('prepend', '')}{text}{vector.get('append', '')}".encode()


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_the_verdict_is_the_one_written_in_the_vector(path: Path) -> None:
    vector = json.loads(path.read_text(encoding="utf-8"))
    judgement = judged(data_of(vector))
    assert judgement.verdict.value == vector["verdict"]
    assert vector["reasons"].items() <= reasons(judgement).items()
    assert judgement.checks[0].check == "structure"


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("wrong_suite", "proof.cryptosuite"),
        ("number", "the document"),
        ("integer", "credentialSubject.total"),
        ("member_unknown", "credentialSubject"),
        ("member_unknown_at_the_top", "the top"),
        ("key_of_another_certifier", "proof.verificationMethod"),
        ("proof_context_differs", "proof.@context"),
        ("created_no_time", "proof.created"),
        ("status_index_differs", "credentialStatus"),
        ("languages_unsorted", "product.name"),
        ("dates_reversed", "validUntil"),
        ("subject_of_another_product", "credentialSubject.id"),
        ("context_of_another_host", "@context"),
        ("hidden_character_in_a_lot", "product.batch"),
        ("unit_unknown", "declaredUnit"),
    ],
)
def test_the_place_of_the_flaw_is_named(name: str, where: str) -> None:
    path = next(path for path in VECTORS if path.stem == name)
    data = data_of(json.loads(path.read_text(encoding="utf-8")))
    with pytest.raises(StatementMalformed) as refused:
        read(data)
    assert refused.value.where == where
    assert where in str(refused.value)


def test_the_difference_of_a_wrong_sum_is_named() -> None:
    path = next(path for path in VECTORS if path.stem == "sum_wrong")
    data = data_of(json.loads(path.read_text(encoding="utf-8")))
    with pytest.raises(StagesDoNotSum) as refused:
        check_sums(lint_signed(parse_statement(data)).credential_subject)
    assert refused.value.difference == "0.0001"
