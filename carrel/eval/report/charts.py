"""Plots as inline SVG: axes, lines with bands, bars; colours come from the page's style sheet."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from carrel.eval.report.markup import Child, Markup, element

WIDTH, HEIGHT = 440.0, 300.0
LEFT, RIGHT, TOP, BOTTOM = 46.0, 14.0, 14.0, 44.0

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis: its range, where its marks stand, how they are written, and what it measures."""

    low: float
    high: float
    ticks: Sequence[float]
    label: str
    written: Callable[[float], str] = "{:g}".format
    logarithmic: bool = False

    def share(self, value: float) -> float:
        """Return the place of a value between the ends, in [0, 1]."""
        low, high = self._scaled(self.low), self._scaled(self.high)
        return min(1.0, max(0.0, (self._scaled(value) - low) / (high - low))) if high > low else 0.5

    def _scaled(self, value: float) -> float:
        return math.log(value) if self.logarithmic else value


@dataclass(frozen=True, slots=True)
class Plane:
    """A plot's area, with its two axes."""

    across: Axis
    up: Axis

    def place(self, point: Point) -> Point:
        """Return where a point stands in the picture."""
        x = LEFT + self.across.share(point[0]) * (WIDTH - LEFT - RIGHT)
        y = HEIGHT - BOTTOM - self.up.share(point[1]) * (HEIGHT - TOP - BOTTOM)
        return x, y

    def frame(self) -> Iterable[Markup]:
        """Yield grid lines, marks and the names of the axes."""
        for tick in self.up.ticks:
            _, y = self.place((self.across.low, tick))
            yield element("line", class_="grid", x1=LEFT, x2=WIDTH - RIGHT, y1=y, y2=y)
            yield label(self.up.written(tick), LEFT - 7, y + 4, anchor="end")
        for tick in self.across.ticks:
            x, _ = self.place((tick, self.up.low))
            yield label(self.across.written(tick), x, HEIGHT - BOTTOM + 17, anchor="middle")
        base = HEIGHT - BOTTOM
        yield element("line", class_="axis", x1=LEFT, x2=WIDTH - RIGHT, y1=base, y2=base)
        yield label(self.across.label, (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, anchor="middle", class_="name")

    def line(self, points: Iterable[Point], class_: str) -> Markup:
        placed = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(self.place, points))
        return element("polyline", class_=f"line {class_}", points=placed)

    def band(self, lower: Sequence[Point], upper: Sequence[Point], class_: str) -> Markup:
        placed = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(self.place, [*lower, *reversed(upper)]))
        return element("polygon", class_=f"band {class_}", points=placed)

    def dots(self, points: Iterable[Point], class_: str, radius: float = 3.0) -> list[Markup]:
        return [element("circle", class_=f"dot {class_}", cx=x, cy=y, r=radius) for x, y in map(self.place, points)]

    def bar(self, low: Point, high: Point, class_: str) -> Markup:
        """Return a rectangle between two opposite corners."""
        (x1, y1), (x2, y2) = self.place(low), self.place(high)
        return element(
            "rect", class_=class_, x=min(x1, x2), y=min(y1, y2), width=abs(x2 - x1), height=max(abs(y2 - y1), 0.5)
        )


def shares(label_: str = "", *, low: float = 0.0) -> Axis:
    """Return an axis from `low` to 1, written in percent."""
    ticks = [tick / 5 for tick in range(6) if tick / 5 >= low]
    return Axis(low, 1.0, ticks, label_, lambda value: f"{100 * value:.0f}")


def label(text: str, x: float, y: float, *, anchor: str = "start", class_: str = "tick") -> Markup:
    """Return a text at a place of the picture."""
    return element("text", text, x=x, y=y, text_anchor=anchor, class_=class_)


def drawing(name: str, description: str, *children: Child, height: float = HEIGHT) -> Markup:
    """Return a picture with a title and a description for those who do not see it."""
    return element(
        "svg",
        element("title", name),
        element("desc", description),
        children,
        class_="plot",
        viewBox=f"0 0 {WIDTH:.0f} {height:.0f}",
        role="img",
        aria_label=f"{name}. {description}",
    )
