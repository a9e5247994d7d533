from app.kit.errors import CarbonLabelError, DocumentRefused, Flaw
from app.kit.gs1 import GtinMistyped


def test_a_refused_document_lists_every_flaw_in_its_message() -> None:
    flaws = [Flaw("total", "x", "Mend it."), Flaw("", "y", "Send JSON.")]
    refusal = DocumentRefused("footprint file", flaws)
    assert str(refusal) == (
        "The footprint file was refused, nothing was stored. total: Mend it. | document: Send JSON."
    )
    assert refusal.flaws == tuple(flaws)


def test_the_values_at_fault_are_facts_and_private_ones_are_not() -> None:
    assert GtinMistyped("1234", None).facts() == {"got": "1234", "expected": None}
    error = CarbonLabelError("no")
    vars(error)["_hidden"] = 1
    assert error.facts() == {}
