"""Outlines made of lines and cubic curves, and what is done to them. Pure."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

Matrix = tuple[float, float, float, float, float, float]  # x' = a x + c y + e, y' = b x + d y + f
IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)


@dataclass(frozen=True, slots=True)
class Segment:
    """One step: M and L have a point, C two handles and a point, Z none (x, y alternating)."""

    kind: Literal["M", "L", "C", "Z"]
    points: tuple[float, ...] = ()


Path = tuple[Segment, ...]


def times(outer: Matrix, inner: Matrix) -> Matrix:
    """Return the matrix that applies `inner` first, then `outer`."""
    a, b, c, d, e, f = outer
    p, q, r, s, t, u = inner
    return (
        a * p + c * q,
        b * p + d * q,
        a * r + c * s,
        b * r + d * s,
        a * t + c * u + e,
        b * t + d * u + f,
    )


def turned(degrees: float, x: float = 0, y: float = 0) -> Matrix:
    """Return a clockwise turn (y grows downwards) about the origin, then a shift to (x, y)."""
    angle = math.radians(degrees)
    return math.cos(angle), math.sin(angle), -math.sin(angle), math.cos(angle), x, y


def transformed(path: Path, matrix: Matrix) -> Path:
    """Return the path with every point transformed."""
    a, b, c, d, e, f = matrix
    return tuple(
        Segment(
            segment.kind,
            tuple(
                value
                for x, y in _pairs(segment.points)
                for value in (a * x + c * y + e, b * x + d * y + f)
            ),
        )
        for segment in path
    )


def rectangle(x: float, y: float, width: float, height: float) -> Path:
    """Return an upright rectangle, clockwise."""
    return (
        Segment("M", (x, y)),
        Segment("L", (x + width, y)),
        Segment("L", (x + width, y + height)),
        Segment("L", (x, y + height)),
        Segment("Z"),
    )


def ellipse(cx: float, cy: float, rx: float, ry: float) -> Path:
    """Return an ellipse of four cubic curves (error below 0.03 % of the radius)."""
    k = 0.5522847498
    return (
        Segment("M", (cx + rx, cy)),
        Segment("C", (cx + rx, cy + k * ry, cx + k * rx, cy + ry, cx, cy + ry)),
        Segment("C", (cx - k * rx, cy + ry, cx - rx, cy + k * ry, cx - rx, cy)),
        Segment("C", (cx - rx, cy - k * ry, cx - k * rx, cy - ry, cx, cy - ry)),
        Segment("C", (cx + k * rx, cy - ry, cx + rx, cy - k * ry, cx + rx, cy)),
        Segment("Z"),
    )


def points(path: Path) -> Iterator[tuple[float, float]]:
    """Yield every point and handle; the curve lies within their hull."""
    for segment in path:
        yield from _pairs(segment.points)


def polygons(path: Path, tolerance: float) -> list[list[tuple[float, float]]]:
    """Return the closed outlines as polygons; curves deviate by about `tolerance` at most."""
    outlines: list[list[tuple[float, float]]] = []
    for segment in path:
        if segment.kind == "M":
            outlines.append([(segment.points[0], segment.points[1])])
        elif segment.kind == "L":
            outlines[-1].append((segment.points[0], segment.points[1]))
        elif segment.kind == "C":
            outlines[-1].extend(_flat(outlines[-1][-1], segment.points, tolerance))
        elif outlines:  # Z: a later step without M would start where this outline began
            outlines.append([outlines[-1][0]])
    return [outline for outline in outlines if len(outline) > 2]


def written(path: Path, number: Callable[[float], str]) -> str:
    """Return the path as SVG path data."""
    return "".join(
        segment.kind + " ".join(number(value) for value in segment.points) for segment in path
    )


def _flat(
    start: tuple[float, float], curve: tuple[float, ...], tolerance: float
) -> Iterator[tuple[float, float]]:
    (x0, y0), (x1, y1, x2, y2, x3, y3) = start, curve
    # A cubic's distance from its chords shrinks with the square of their number.
    bend = max(
        math.hypot(x0 - 2 * x1 + x2, y0 - 2 * y1 + y2),
        math.hypot(x1 - 2 * x2 + x3, y1 - 2 * y2 + y3),
    )
    steps = min(200, max(1, math.ceil(math.sqrt(0.75 * bend / tolerance))))
    for step in range(1, steps + 1):
        t = step / steps
        s = 1 - t
        a, b, c, d = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
        yield a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3


def _pairs(values: tuple[float, ...]) -> Iterator[tuple[float, float]]:
    return zip(values[::2], values[1::2], strict=True)
