"""Draws a synthetic portrait from its labels and a seed.

Age shows in the proportions (a child has big, low eyes and a short nose), then in
greying hair, a receding hairline, lines and heavier lids, each with its own delay in
each person. The kind shows in the jaw, the brows and the lips; the tribe in the slant
and distance of the eyes, the nose, the ears, the mouth, the brows' slope, the parting
and the fullness of the hair. All of them overlap. Skin, colours, clothes, light,
background and pose say nothing about labels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kpoc.sources.kinds.portraits_canvas import (
    Canvas,
    Colour,
    any_of,
    arc,
    blend,
    both,
    box,
    ellipse,
    line,
    mix,
)
from kpoc.sources.kinds.portraits_chance import (
    CLOTHES,
    HAIRS,
    IRISES,
    SKINS,
    WALLS,
    Chance,
)

KINDS = ("Round", "Angular")
TRIBES = ("Cedar", "Birch", "Maple", "Willow")

# Where each tribe's mean lies in each trait, in units of `_TRAIT_STEP`; rows differ
# from one another in half of the traits or more.
_TRAITS = ("slant", "distance", "nose", "ears", "mouth", "slope", "fringe", "bulk")
_TRIBE_MEANS = {
    "Cedar": (1, -1, 1, -1, 1, -1, 1, -1),
    "Birch": (-1, 1, 1, -1, -1, 1, 1, 1),
    "Maple": (1, 1, -1, 1, -1, -1, -1, 1),
    "Willow": (-1, -1, -1, 1, 1, 1, -1, -1),
}
_TRAIT_STEP = 1.1
_TRAIT_SPREAD = 0.5
_KIND_STEP = 1.0
_KIND_SPREAD = 0.6

_GREY: Colour = (206, 206, 210)
_INK: Colour = (48, 34, 36)


def _ramp(value: float, start: float, end: float) -> float:
    """0 up to `start`, 1 from `end` on, straight between."""
    return min(max((value - start) / (end - start), 0.0), 1.0)


@dataclass(frozen=True)
class Portrait:
    """A person and a photograph of them.

    Attributes:
        age: Years, 1-80.
        kind: One of `KINDS`.
        tribe: One of `TRIBES`.
        chance: The source of everything else.
    """

    age: float
    kind: str
    tribe: str
    chance: Chance

    def draw(self, size: int = 64) -> np.ndarray:
        """Draws the portrait.

        Args:
            size: Side in pixels.

        Returns:
            RGB, uint8, shape (size, size, 3).
        """
        c = self.chance
        canvas = Canvas(
            size,
            x=0.06 * c.bell("x"),
            y=0.02 + 0.05 * c.bell("y"),
            scale=(0.66 + 0.03 * self._grown) * (1.0 + 0.05 * c.bell("scale")),
            tilt=0.08 * c.bell("tilt"),
        )
        self._background(canvas)
        self._hair_behind(canvas)
        self._body(canvas)
        self._head(canvas)
        self._lines(canvas)
        for side in (-1.0, 1.0):
            self._eye(canvas, side)
            self._brow(canvas, side)
        self._nose(canvas)
        self._mouth(canvas)
        self._hair(canvas)
        self._belongings(canvas)
        self._light(canvas)
        return canvas.to_uint8()

    @cached_property
    def _grown(self) -> float:
        """How far grown up the face looks, 0..1."""
        looks = max(self.age + 1.2 * self.chance.bell("growth"), 0.5)
        return 1.0 - math.exp(-looks / 8.0)

    def _aged(self, sign: str, start: float, end: float, spread: float) -> float:
        """How far a sign of age has come, 0..1, early in some and late in others."""
        return _ramp(self.age + spread * self.chance.bell(sign), start, end)

    def _trait(self, name: str) -> float:
        mean = _TRIBE_MEANS[self.tribe][_TRAITS.index(name)]
        return _TRAIT_STEP * mean + _TRAIT_SPREAD * self.chance.bell(name)

    def _angular(self, name: str) -> float:
        mean = 1.0 if self.kind == "Angular" else -1.0
        return _KIND_STEP * mean + _KIND_SPREAD * self.chance.bell(name)

    @cached_property
    def _skin(self) -> Colour:
        tone = self.chance.shade("skin", SKINS)
        return mix(tone, (190, 176, 168), 0.2 * self._aged("pale", 35, 80, 8))

    @cached_property
    def _hair_colour(self) -> Colour:
        own = self.chance.shade("hair", HAIRS)
        return mix(own, _GREY, self._aged("grey", 38, 68, 7))

    @cached_property
    def _shadow(self) -> Colour:
        return mix(self._skin, (90, 40, 34), 0.42)

    @cached_property
    def _width(self) -> float:
        return 0.75 + 0.03 * self.chance.bell("width") - 0.02 * self._grown

    @cached_property
    def _eye_height(self) -> float:
        return 0.24 - 0.27 * self._grown

    def _background(self, canvas: Canvas) -> None:
        c = self.chance
        top, low = c.shade("wall", WALLS), c.shade("floor", WALLS)
        way = 0.5 + 0.3 * canvas.screen_x * c.between("slope_x", -1, 1)
        way = way + 0.5 * canvas.screen_y
        for channel, a, b in zip(canvas.pixels, top, low, strict=True):
            channel += a + (b - a) * way
        for i in range(2):
            spot = ellipse(
                c.between(f"spot{i}/x", -1.6, 1.6),
                c.between(f"spot{i}/y", -1.6, 0.6),
                c.between(f"spot{i}/a", 0.2, 0.9),
                c.between(f"spot{i}/b", 0.2, 0.9),
            )
            canvas.paint(spot, c.shade(f"spot{i}", WALLS), 0.45, soft=0.25)

    def _body(self, canvas: Canvas) -> None:
        cloth = self.chance.shade("cloth", CLOTHES)
        neck = 0.20 + 0.12 * self._grown
        canvas.paint(ellipse(0, 2.05, 0.85 + 0.5 * self._grown, 0.95), cloth)
        canvas.paint(box(0, 0.95, neck, 0.4, 0.1), mix(self._skin, self._shadow, 0.5))
        canvas.paint(
            arc(0, 1.3, neck + 0.12, -0.5, 0.05), mix(cloth, (255, 255, 255), 0.35)
        )

    def _hair_behind(self, canvas: Canvas) -> None:
        crown = mix(self._hair_colour, _INK, 0.22)
        bulk = max(0.10 + 0.05 * self._trait("bulk"), 0.0)
        long = self.chance.between("long", -0.3, 0.6)
        canvas.paint(ellipse(0, -0.18, self._width + bulk, 0.80 + bulk), crown)
        if long > 0.0:
            half = self._width + 0.9 * bulk + 0.04
            canvas.paint(box(0, 0.1 + long / 2, half, 0.3 + long / 2, 0.2), crown)

    def _head(self, canvas: Canvas) -> None:
        size = max(0.19 + 0.06 * self._trait("ears"), 0.07)
        height = 0.12 + self._eye_height
        for side in (-1.0, 1.0):
            place = side * (self._width + 0.3 * size), height
            ear = ellipse(*place, 0.62 * size, size * 1.15, -0.25 * side)
            canvas.paint(ear, mix(self._skin, self._shadow, 0.25), reach=(*place, 0.5))
            inner = ellipse(*place, 0.3 * size, 0.7 * size, -0.25 * side)
            canvas.paint(inner, self._shadow, 0.5, reach=(*place, 0.4))
        canvas.paint(self._face, self._skin)
        for side in (-1.0, 1.0):
            place = side * 0.42, 0.34 + 0.4 * self._eye_height
            blush = ellipse(*place, 0.17, 0.13)
            red = mix(self._skin, (220, 90, 84), 0.35)
            canvas.paint(
                blush, red, 0.7 - 0.35 * self._grown, reach=(*place, 0.5), soft=0.16
            )

    @cached_property
    def _face(self):
        """The outline: a long oval whose lower half may be squared off."""
        square = min(max(0.5 + 0.36 * self._angular("jaw"), 0.0), 1.0)
        chin = 0.74 + 0.18 * self._grown
        oval = ellipse(0, 0.0, self._width, chin)
        jaw = box(0, -0.05, self._width * 0.93, chin - 0.02, 0.34)
        return blend(oval, jaw, square)

    def _lines(self, canvas: Canvas) -> None:
        """Wrinkles: forehead, beside the eyes, beside the mouth, under the eyes."""
        depth = self._aged("wrinkles", 26, 74, 6)
        width, level = 0.018, self._eye_height
        for i in range(3):
            shape = arc(0, level - 0.38 - 0.11 * i, 0.4 - 0.05 * i, 0.12, width)
            canvas.paint(
                shape, self._shadow, 1.5 * depth - 0.35 * i, reach=(0, -0.4, 0.8)
            )
        folds = self._aged("folds", 22, 70, 6)
        for side in (-1.0, 1.0):
            fold = line(side * 0.2, 0.3, side * 0.36, 0.56, width + 0.008 * folds)
            canvas.paint(fold, self._shadow, folds, reach=(side * 0.28, 0.43, 0.2))
            bag = arc(side * 0.34, level + 0.2, 0.12, -1.0, width)
            canvas.paint(
                bag, self._shadow, folds, reach=(side * 0.34, level + 0.2, 0.2)
            )
            feet = [
                line(side * 0.54, level + turn, side * 0.66, level + 2.0 * turn, 0.013)
                for turn in (-0.09, 0.0, 0.09)
            ]
            near = (side * 0.6, level, 0.24)
            canvas.paint(any_of(*feet), self._shadow, depth, reach=near)

    def _eye(self, canvas: Canvas, side: float) -> None:
        c = self.chance
        x = side * (0.335 + 0.04 * self._trait("distance"))
        y = self._eye_height
        lids = self._aged("lids", 35, 80, 8)
        half = 0.19 - 0.055 * self._grown
        tall = half * (0.82 - 0.2 * self._grown - 0.22 * lids + 0.06 * c.bell("open"))
        slant = -side * 0.2 * self._trait("slant")
        near = (x, y, 0.24)
        eye = ellipse(x, y, half, tall, slant)
        canvas.paint(eye, (246, 244, 240), reach=near)
        gaze = 0.03 * c.bell("gaze")
        iris = ellipse(x + gaze, y, 0.62 * half, 0.62 * half)
        canvas.paint(both(iris, eye), c.shade("iris", IRISES), reach=near)
        pupil = ellipse(x + gaze, y, 0.32 * half, 0.32 * half)
        canvas.paint(both(pupil, eye), (20, 16, 18), reach=near)
        glint = ellipse(x + gaze + 0.03, y - 0.03, 0.024, 0.024)
        canvas.paint(glint, (255, 255, 255), 0.9, reach=near)
        rise = math.tan(slant) * half
        lid = line(
            x - half, y - tall * 0.6 - rise, x + half, y - tall * 0.6 + rise, 0.02
        )
        canvas.paint(lid, self._shadow, 0.35 + 0.5 * lids, reach=near)

    def _brow(self, canvas: Canvas, side: float) -> None:
        x = side * (0.35 + 0.04 * self._trait("distance"))
        y = self._eye_height - 0.215 - 0.02 * self._grown
        slope = side * (0.05 * self._trait("slope") + 0.005)
        thick = max(0.04 + 0.017 * self._angular("brows"), 0.012)
        colour = mix(self._hair_colour, _INK, 0.3)
        brow = line(x - 0.17, y - slope, x + 0.17, y + slope, thick)
        canvas.paint(brow, colour, 0.45 + 0.45 * self._grown, reach=(x, y, 0.25))

    def _nose(self, canvas: Canvas) -> None:
        trait = self._trait("nose")
        top = self._eye_height + 0.06
        tip = top + 0.13 + 0.20 * self._grown + 0.06 * trait
        half = 0.07 + 0.045 * self._grown - 0.02 * trait
        bridge = line(0.035, top, 0.06, tip - 0.04, 0.02)
        canvas.paint(bridge, self._shadow, 0.45, reach=(0.04, 0.15, 0.5), soft=0.03)
        canvas.paint(
            ellipse(0, tip - 0.03, half, 0.075),
            mix(self._skin, (236, 140, 120), 0.22),
            0.8,
            reach=(0, tip, 0.35),
            soft=0.05,
        )
        canvas.paint(
            arc(0, tip, half, 2.0, 0.02), self._shadow, 0.9, reach=(0, tip, 0.3)
        )

    def _mouth(self, canvas: Canvas) -> None:
        c = self.chance
        y = 0.48 + 0.09 * self._grown
        half = 0.14 + 0.10 * self._grown + 0.05 * self._trait("mouth")
        full = max(0.052 - 0.018 * self._angular("lips"), 0.018)
        full *= 1.0 - 0.4 * self._aged("thin", 35, 80, 8)
        smile = -0.9 + 0.6 * c.bell("smile")
        lips = mix(self._skin, (186, 62, 70), c.between("red", 0.4, 0.7))
        near = (0, y, 0.5)
        canvas.paint(arc(0, y, half, smile, full), lips, reach=near)
        canvas.paint(arc(0, y, half * 0.95, smile, 0.012), _INK, 0.75, reach=near)

    def _hair(self, canvas: Canvas) -> None:
        """The hair in front: the top of the head down to the hairline."""
        c = self.chance
        back = self._aged("hairline", 30, 85, 12) * c.between("recede", 0.2, 1.0)
        line_at = -0.56 + 0.05 * c.bell("fringe") + 0.07 * (1 - self._grown)
        line_at -= 0.36 * back
        bend = c.between("part", 0.3, 0.9) - 1.2 * back
        shift = 0.28 * self._trait("fringe")
        scalp = ellipse(0, -0.13, self._width + 0.06, 0.90)

        def above(u: np.ndarray, v: np.ndarray) -> np.ndarray:
            return v - (line_at + bend * (u - shift) * (u - shift))

        canvas.paint(both(scalp, above), self._hair_colour)
        shine = both(both(scalp, above), arc(-0.15, -0.85, 0.35, 0.5, 0.05))
        canvas.paint(
            shine, mix(self._hair_colour, (255, 255, 255), 0.4), 0.6, soft=0.04
        )

    def _belongings(self, canvas: Canvas) -> None:
        """What hides parts of a face: glasses, a hat, a scarf, something in front."""
        c = self.chance
        if c.unit("glasses") < 0.15:
            for side in (-1.0, 1.0):
                ring = ellipse(side * 0.34, self._eye_height + 0.01, 0.225, 0.2)
                canvas.paint(
                    lambda u, v, ring=ring: np.abs(ring(u, v)) - 0.022, _INK, 0.9
                )
            bridge = line(-0.12, self._eye_height, 0.12, self._eye_height, 0.02)
            canvas.paint(bridge, _INK, 0.9)
        if c.unit("hat") < 0.07:
            colour = c.shade("hat_colour", CLOTHES)
            canvas.paint(ellipse(0, -0.92, self._width + 0.08, 0.42), colour)
            brim = box(0, -0.62, self._width + 0.12, 0.09, 0.08)
            canvas.paint(brim, mix(colour, _INK, 0.25))
        if c.unit("scarf") < 0.05:
            scarf = ellipse(0, 1.12, self._width + 0.1, 0.42)
            canvas.paint(scarf, c.shade("scarf_colour", CLOTHES))
        if c.unit("front") < 0.08:
            x, y = c.between("front/x", -0.9, 0.9), c.between("front/y", -0.7, 0.9)
            thing = ellipse(
                x, y, 0.16, c.between("front/b", 0.2, 0.4), c.unit("turn") * 3
            )
            canvas.paint(thing, c.shade("front_colour", CLOTHES), reach=(x, y, 0.6))

    def _light(self, canvas: Canvas) -> None:
        c = self.chance
        strength = c.between("light", 0.0, 0.28)
        angle = c.between("angle", 0.0, 2.0 * math.pi)
        way = math.cos(angle) * canvas.screen_x + math.sin(angle) * canvas.screen_y
        exposure = 0.96 + 0.09 * c.bell("exposure") + strength * way
        warm = 0.04 * c.bell("warm")
        grain = c.between("noise", 1.0, 5.0) * c.grain(canvas.size)
        for channel, tint in zip(canvas.pixels, (1 + warm, 1.0, 1 - warm), strict=True):
            channel *= exposure * tint
            channel += grain
