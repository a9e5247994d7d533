"""Static art: a checked subset of SVG, compiled to solid shapes in millimetres.

The parser is expat with everything refused that could reach out or blow up: document types and
entities, processing instructions, scripts, styles, references of any kind.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, NoReturn
from xml.parsers import expat

from fontTools.pens.basePen import BasePen
from fontTools.svgLib.path.parser import parse_path

from app.printing.errors import TemplateRefused
from app.printing.model import Art, Colour, Condition
from app.printing.path import (
    IDENTITY,
    Matrix,
    Path,
    Segment,
    ellipse,
    rectangle,
    times,
    transformed,
    turned,
)

MAX_BYTES = 1_000_000
MAX_STEPS = 50_000
MAX_DEPTH = 32
_SVG = "http://www.w3.org/2000/svg"
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_TRANSFORM = re.compile(r"\s*(translate|scale|rotate|matrix)\(([^()]*)\)\s*,?")
_SHAPES: Mapping[str, tuple[str, ...]] = {  # element -> its own attributes
    "path": ("d",),
    "rect": ("x", "y", "width", "height", "rx"),
    "circle": ("cx", "cy", "r"),
    "ellipse": ("cx", "cy", "rx", "ry"),
    "polygon": ("points",),
}
_COMMON = ("id", "transform", "fill", "fill-rule")
_GROUP = ("id", "transform", "fill", "data-when")
_WORDS = ("title", "desc")  # for people; not painted


@dataclass(frozen=True, slots=True)
class _State:
    """What an element inherits."""

    matrix: Matrix
    fill: str | None
    when: Condition


class _Steps(BasePen):  # type: ignore[misc]  # fontTools is untyped
    """Takes the path parser's calls; quadratic curves and arcs arrive as cubic ones."""

    def __init__(self) -> None:
        super().__init__(None)
        self.steps: list[Segment] = []

    def _moveTo(self, point: tuple[float, float]) -> None:  # noqa: N802 - fontTools calls it
        self.steps.append(Segment("M", point))

    def _lineTo(self, point: tuple[float, float]) -> None:  # noqa: N802 - fontTools calls it
        self.steps.append(Segment("L", point))

    def _curveToOne(  # noqa: N802 - fontTools calls it
        self, one: tuple[float, float], two: tuple[float, float], end: tuple[float, float]
    ) -> None:
        self.steps.append(Segment("C", (*one, *two, *end)))

    def _closePath(self) -> None:  # noqa: N802 - fontTools calls it
        self.steps.append(Segment("Z"))

    def _endPath(self) -> None:  # noqa: N802 - fontTools calls it
        pass  # a fill closes every outline by itself


class _Compiler:
    """Walks one file, element by element."""

    def __init__(
        self, shown: str, colours: Mapping[str, Colour], view: tuple[float, float, float, float]
    ) -> None:
        self.art: list[Art] = []
        self._shown, self._view = shown, view
        self._colours = {**colours, **{colour.srgb: colour for colour in colours.values()}}
        self._states: list[_State] = []
        self._silent = 0  # depth inside title or desc
        self._steps = 0
        self.parser: Any = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.ProcessingInstructionHandler = self._instruction
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def refuse(self, reason: str) -> NoReturn:
        raise TemplateRefused(self._shown, self.parser.CurrentLineNumber, reason)

    def _doctype(self, *_: object) -> None:
        self.refuse("a document type or entity is not allowed")

    def _instruction(self, target: str, _: str) -> None:
        self.refuse(f"the processing instruction {target[:40]!r} is not allowed")

    def _text(self, text: str) -> None:
        if text.strip() and not self._silent:
            self.refuse("loose text is not allowed; outline it, or make it a box of the template")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        namespace, _, name = tag.rpartition(" ")
        if namespace != _SVG:
            self.refuse(f"<{name[:40]}> is not an SVG element")
        if self._silent or name in _WORDS:
            self._silent += 1
            return
        if not self._states:
            self._root(name, attributes)
            return
        if len(self._states) > MAX_DEPTH:
            self.refuse(f"elements nest deeper than {MAX_DEPTH} levels")
        if name == "g":
            self._known(name, attributes, _GROUP)
            self._states.append(self._state(attributes))
        elif name in _SHAPES:
            self._known(name, attributes, _SHAPES[name] + _COMMON)
            self._shape(name, attributes)
            self._states.append(self._states[-1])
        else:
            self.refuse(f"<{name[:40]}> is outside the subset: {', '.join(['g', *_SHAPES])}")

    def _end(self, _: str) -> None:
        if self._silent:
            self._silent -= 1
        else:
            self._states.pop()

    def _root(self, name: str, attributes: dict[str, str]) -> None:
        if name != "svg":
            self.refuse(f"the root must be <svg>, not <{name[:40]}>")
        self._known(name, attributes, ("viewBox", "width", "height", "version"))
        x, y, width, height = self._view
        wanted = f"{x:g} {y:g} {width:g} {height:g}"
        if "viewBox" not in attributes:
            self.refuse(f'viewBox is missing; it must be "{wanted}": trim and bleed in mm')
        if self._numbers("viewBox", attributes["viewBox"], 4) != self._view:
            self.refuse(f'viewBox must be "{wanted}": trim and bleed in mm')
        for key, length in (("width", width), ("height", height)):
            if attributes.get(key, f"{length:g}mm") != f"{length:g}mm":
                self.refuse(f'{key} must be "{length:g}mm"')
        self._states.append(_State(IDENTITY, None, Condition.ALWAYS))

    def _known(self, name: str, attributes: dict[str, str], allowed: tuple[str, ...]) -> None:
        for key in attributes:
            if key not in allowed:
                self.refuse(f"<{name}> may not have {key.rpartition(' ')[2][:40]!r}")

    def _state(self, attributes: dict[str, str]) -> _State:
        above = self._states[-1]
        matrix = times(above.matrix, self._matrix(attributes.get("transform", "")))
        when = attributes.get("data-when", above.when.value)
        if when not in list(Condition):
            self.refuse(f"data-when must be one of {', '.join(Condition)}, got {when[:40]!r}")
        if above.when is not Condition.ALWAYS and when != above.when.value:
            self.refuse("a group with data-when may not stand in one with another")
        return _State(matrix, attributes.get("fill", above.fill), Condition(when))

    def _matrix(self, text: str) -> Matrix:
        matrix, at = IDENTITY, 0
        while at < len(text.rstrip()):
            step = _TRANSFORM.match(text, at)
            if not step:
                self.refuse(f"transform {text[:60]!r} is outside translate, scale, rotate, matrix")
            matrix = times(matrix, self._step(step[1], self._numbers(step[1], step[2], None)))
            at = step.end()
        return matrix

    def _step(self, name: str, v: tuple[float, ...]) -> Matrix:
        if name == "translate" and len(v) in {1, 2}:
            return (1, 0, 0, 1, v[0], v[1] if len(v) == 2 else 0)
        if name == "scale" and len(v) in {1, 2}:
            return (v[0], 0, 0, v[-1], 0, 0)
        if name == "rotate" and len(v) == 1:
            return turned(v[0])
        if name == "rotate" and len(v) == 3:
            return times(turned(v[0], v[1], v[2]), (1, 0, 0, 1, -v[1], -v[2]))
        if name == "matrix" and len(v) == 6:
            return (v[0], v[1], v[2], v[3], v[4], v[5])
        return self.refuse(f"{name} cannot have {len(v)} numbers")

    def _shape(self, name: str, attributes: dict[str, str]) -> None:
        state = self._state(attributes)
        path = self._outline(name, attributes)
        self._steps += len(path)
        if self._steps > MAX_STEPS:
            self.refuse(f"the art has more than {MAX_STEPS} path steps")
        if state.fill is None:
            self.refuse(f"<{name}> has no fill; name a colour of the template")
        colour = self._colours.get(state.fill)
        if colour is None:
            self.refuse(f"fill {state.fill[:40]!r} is no colour of the template")
        rule = attributes.get("fill-rule", "nonzero")
        if rule not in {"nonzero", "evenodd"}:
            self.refuse(f"fill-rule must be nonzero or evenodd, got {rule[:40]!r}")
        shape = transformed(path, state.matrix)
        self.art.append(Art(shape, colour, rule == "evenodd", state.when))

    def _outline(self, name: str, attributes: dict[str, str]) -> Path:
        if name == "path":
            return self._path(attributes.get("d", ""))
        if name == "polygon":
            points = self._numbers("points", attributes.get("points", ""), None)
            if len(points) < 6 or len(points) % 2:
                self.refuse("points must be three or more pairs of numbers")
            corners = list(zip(points[::2], points[1::2], strict=True))
            steps = [Segment("M", corners[0]), *(Segment("L", corner) for corner in corners[1:])]
            return (*steps, Segment("Z"))
        values = {
            key: self._numbers(key, attributes[key], 1)[0] if key in attributes else 0.0
            for key in _SHAPES[name]
        }
        for key in ("r", "rx", "ry", "width", "height"):
            if values.get(key, 1) < 0 or (values.get(key) == 0 and key != "rx"):
                self.refuse(f"<{name}> needs {key} greater than 0")
        if name == "rect":
            return _rounded(
                values["x"], values["y"], values["width"], values["height"], values["rx"]
            )
        rx, ry = values.get("rx", values.get("r", 0)), values.get("ry", values.get("r", 0))
        return ellipse(values["cx"], values["cy"], rx, ry)

    def _path(self, data: str) -> Path:
        pen = _Steps()
        try:
            parse_path(data, pen)
        except (ValueError, IndexError, AssertionError, TypeError, KeyError, ZeroDivisionError):
            self.refuse(f"d {data[:60]!r} is no path")
        if not pen.steps:
            self.refuse("d is empty")
        return tuple(pen.steps)

    def _numbers(self, key: str, text: str, count: int | None) -> tuple[float, ...]:
        parts = [part for part in re.split(r"[\s,]+", text.strip()) if part]
        if (count is not None and len(parts) != count) or not all(
            re.fullmatch(_NUMBER, part) and abs(float(part)) < 1e6 for part in parts
        ):
            self.refuse(f"{key} must be {count or 'a list of'} plain number(s), got {text[:60]!r}")
        return tuple(float(part) for part in parts)


def compile_art(
    file: FilePath, colours: Mapping[str, Colour], view: tuple[float, float, float, float]
) -> tuple[Art, ...]:
    """Return the shapes of an SVG file, bottom first, in mm of the trim box.

    `view` is the viewBox that the file must have (mm). A fill is the name of one of `colours`,
    or its sRGB value, so that the file can be looked at in any viewer.

    Raises `TemplateRefused` with the line of what is outside the subset.
    """
    shown = f"{file.parent.name}/{file.name}"
    try:
        data = file.read_bytes()
    except OSError as gone:
        raise TemplateRefused(shown, 0, f"cannot be read ({gone.strerror})") from None
    if len(data) > MAX_BYTES:
        raise TemplateRefused(shown, 0, f"has {len(data)} bytes; at most {MAX_BYTES} are accepted")
    compiler = _Compiler(shown, colours, view)
    try:
        compiler.parser.Parse(data, True)
    except expat.ExpatError as broken:
        reason = f"is not XML: {expat.ErrorString(broken.code)}"
        raise TemplateRefused(shown, broken.lineno, reason) from None
    return tuple(compiler.art)


def _rounded(x: float, y: float, width: float, height: float, radius: float) -> Path:
    r = min(radius, width / 2, height / 2)
    if r == 0:
        return rectangle(x, y, width, height)
    k, right, bottom = r * 0.4477152502, x + width, y + height  # 1 - 0.5522847498
    return (
        Segment("M", (x + r, y)),
        Segment("L", (right - r, y)),
        Segment("C", (right - k, y, right, y + k, right, y + r)),
        Segment("L", (right, bottom - r)),
        Segment("C", (right, bottom - k, right - k, bottom, right - r, bottom)),
        Segment("L", (x + r, bottom)),
        Segment("C", (x + k, bottom, x, bottom - k, x, bottom - r)),
        Segment("L", (x, y + r)),
        Segment("C", (x, y + k, x + k, y, x + r, y)),
        Segment("Z"),
    )
