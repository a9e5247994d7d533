"""The JSON-LD context of our terms: the same bytes on every installation."""

from pathlib import Path

CONTEXT_FILE = Path(__file__).with_name("context-v1.json")


def context_bytes() -> bytes:
    """Return the published context, byte for byte."""
    return CONTEXT_FILE.read_bytes()
