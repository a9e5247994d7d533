"""Font faces: which glyphs there are, how wide they are, and their outlines."""

import functools
import hashlib
import unicodedata
from pathlib import Path as FilePath
from typing import Any

from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont

from app.printing.errors import GlyphBlank, GlyphMissing, RightToLeftText
from app.printing.path import Path, Segment

_SPACES = frozenset(" \u00a0\u3000")


class _Outliner(BasePen):  # type: ignore[misc]  # fontTools is untyped
    """Collects an outline; quadratic curves become cubic, composites are resolved."""

    def __init__(self, glyph_set: object, scale: float) -> None:
        super().__init__(glyph_set)
        self.steps: list[Segment] = []
        self._scale = scale

    def _at(self, *points: tuple[float, float]) -> tuple[float, ...]:
        # Fonts count upwards; the drawing counts downwards.
        return tuple(v for x, y in points for v in (x * self._scale, -y * self._scale))

    def _moveTo(self, point: tuple[float, float]) -> None:  # noqa: N802 - fontTools calls it
        self.steps.append(Segment("M", self._at(point)))

    def _lineTo(self, point: tuple[float, float]) -> None:  # noqa: N802 - fontTools calls it
        self.steps.append(Segment("L", self._at(point)))

    def _curveToOne(  # noqa: N802 - fontTools calls it
        self, one: tuple[float, float], two: tuple[float, float], end: tuple[float, float]
    ) -> None:
        self.steps.append(Segment("C", self._at(one, two, end)))

    def _closePath(self) -> None:  # noqa: N802 - fontTools calls it
        self.steps.append(Segment("Z"))


class Face:
    """One TrueType font file. Lengths are in sizes (1 = the type size), y downwards."""

    def __init__(self, file: FilePath) -> None:
        data = file.read_bytes()
        font: Any = TTFont(file, lazy=True)
        self.file = file
        self.name: str = font["name"].getDebugName(6)
        # The digest keeps two fonts of one name apart where painters register them.
        self.key = f"{self.name}-{hashlib.sha256(data).hexdigest()[:12]}"
        self._scale: float = 1 / font["head"].unitsPerEm
        self._glyph_of: dict[int, str] = font.getBestCmap()
        self._widths: Any = font["hmtx"]
        self._glyphs: Any = font.getGlyphSet()
        # All tables are read here and the file is closed: later no two threads share its position.
        for table in ("glyf", "loca", "hmtx"):
            font[table]
        font.close()
        self.outline = functools.cache(self._outline)

    def refuse_unprintable(self, text: str) -> str:
        """Return the text; raises `RightToLeftText`, `GlyphMissing` or `GlyphBlank`."""
        if any(unicodedata.bidirectional(c) in {"R", "AL", "AN"} for c in text):
            raise RightToLeftText(text)
        for character in text:
            if ord(character) not in self._glyph_of:
                raise GlyphMissing(character, text, self.name)
            if character not in _SPACES and not self.outline(character):
                raise GlyphBlank(character, text, self.name)
        return text

    def advance(self, character: str) -> float:
        """Return how far the next glyph starts to the right of this one."""
        width: float = self._widths[self._glyph_of[ord(character)]][0]
        return width * self._scale

    def _outline(self, character: str) -> Path:
        pen = _Outliner(self._glyphs, self._scale)
        self._glyphs[self._glyph_of[ord(character)]].draw(pen)
        return tuple(pen.steps)


@functools.lru_cache(maxsize=16)
def load_face(file: FilePath) -> Face:
    """Return the face in a TrueType file, read once per process."""
    return Face(file)
