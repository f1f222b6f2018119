"""Communes as cells of a map, from the places of their centres alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import median

Point = tuple[float, float]

# Nothing of a cell lies further from its centre than this many times the usual distance to the nearest neighbour.
REACH = 1.7
# A centre that is this many times as far from every other is an island that would make all other cells small.
FAR = 8.0
CORNERS = 32
# The frame that holds what is far away, as a share of the map's width, and what it leaves free around.
FRAME = 0.2
KM_PER_DEGREE = 111.32


@dataclass(frozen=True)
class Cell:
    """A commune on the map, in the map's own unit with y downwards.

    `room` is the radius of the circle around the centre that lies within the cell. `inset`: drawn in the frame.
    """

    centre: Point
    corners: tuple[Point, ...]
    room: float
    inset: bool


@dataclass(frozen=True)
class Drawing:
    """Cells in the order of the places given; `frame` is left, top, width and height of the frame, if there is one."""

    width: float
    height: float
    cells: tuple[Cell, ...]
    frame: tuple[float, float, float, float] | None


@lru_cache(maxsize=16)
def draw(places: tuple[Point, ...], width: float, tallest: float) -> Drawing:
    """Every place with the ground that is nearer to it than to any other.

    Official boundaries are not at hand; the cells tell where a commune lies and who its neighbours are, not where it ends.

    Args:
        places: latitude and longitude in degrees.
        width, tallest: the room there is; the drawing keeps its proportions.
    """
    east = math.cos(math.radians(sum(place[0] for place in places) / len(places)))
    flat = [(longitude * east * KM_PER_DEGREE, -latitude * KM_PER_DEGREE) for latitude, longitude in places]
    nearest = [min((math.dist(one, other) for other in flat if other is not one), default=1.0) for one in flat]
    usual = median(nearest) or 1.0
    near = [place for place, distance in enumerate(nearest) if distance <= FAR * usual]
    shapes = {place: _cell(flat[place], [flat[other] for other in near if other != place], REACH * usual) for place in near}
    xs, ys = zip(*(corner for shape in shapes.values() for corner in shape), strict=True)
    scale = min(width / (max(xs) - min(xs)), tallest / (max(ys) - min(ys)))
    left = min(xs) - (width / scale - (max(xs) - min(xs))) / 2
    top, height = min(ys), (max(ys) - min(ys)) * scale

    def put(point: Point) -> Point:
        return round((point[0] - left) * scale, 2), round((point[1] - top) * scale, 2)

    frame, size = None, FRAME * width
    if len(near) < len(places):
        frame = _frame([put(corner) for shape in shapes.values() for corner in shape], width, height, size)
        height = max(height, frame[1] + frame[3])
    cells = []
    away = [place for place in range(len(places)) if place not in shapes]
    for place in range(len(places)):
        if place in shapes:
            drawn = tuple(put(corner) for corner in shapes[place])
            centre = put(flat[place])
            cells.append(Cell(centre, drawn, round(_room(centre, drawn), 2), False))
        else:
            assert frame is not None
            step = frame[2] / len(away)
            centre = (round(frame[0] + step * (away.index(place) + 0.5), 2), round(frame[1] + frame[3] / 2, 2))
            radius = min(step, frame[3]) * 0.3
            cells.append(Cell(centre, tuple(_circle(centre, radius)), round(radius, 2), True))
    return Drawing(round(width, 2), round(height, 2), tuple(cells), frame)


def _cell(centre: Point, others: Sequence[Point], reach: float) -> list[Point]:
    corners = _circle(centre, reach)
    for other in sorted(others, key=lambda point: math.dist(point, centre)):
        if math.dist(other, centre) > 2 * reach:
            break
        corners = _nearer(corners, centre, other)
    return corners


def _circle(centre: Point, radius: float) -> list[Point]:
    steps = (2 * math.pi * step / CORNERS for step in range(CORNERS))
    return [(round(centre[0] + radius * math.cos(turn), 4), round(centre[1] + radius * math.sin(turn), 4)) for turn in steps]


def _nearer(corners: Sequence[Point], centre: Point, other: Point) -> list[Point]:
    """What of a convex shape is nearer to `centre` than to `other`."""
    along = (other[0] - centre[0], other[1] - centre[1])
    middle = ((centre[0] + other[0]) / 2, (centre[1] + other[1]) / 2)
    beyond = [(x - middle[0]) * along[0] + (y - middle[1]) * along[1] for x, y in corners]
    kept: list[Point] = []
    for place, corner in enumerate(corners):
        before = place - 1
        if (beyond[place] > 0) != (beyond[before] > 0):
            part = beyond[before] / (beyond[before] - beyond[place])
            last = corners[before]
            kept.append((last[0] + part * (corner[0] - last[0]), last[1] + part * (corner[1] - last[1])))
        if beyond[place] <= 0:
            kept.append(corner)
    return kept


def _room(centre: Point, corners: Sequence[Point]) -> float:
    """The distance from the centre to the nearest edge."""
    distances = []
    for place, corner in enumerate(corners):
        last = corners[place - 1]
        length = math.dist(last, corner)
        if length:
            cross = (corner[0] - last[0]) * (last[1] - centre[1]) - (last[0] - centre[0]) * (corner[1] - last[1])
            distances.append(abs(cross) / length)
    return min(distances, default=0.0)


def _frame(drawn: Sequence[Point], width: float, height: float, size: float) -> tuple[float, float, float, float]:
    """The first corner of the map where nothing is drawn; below it where there is none."""
    tall = size * 0.7
    corners = [(width - size, height - tall), (0.0, height - tall), (width - size, 0.0), (0.0, 0.0), (width - size, height)]
    free = (
        corner
        for corner in corners
        if not any(corner[0] <= x <= corner[0] + size and corner[1] <= y <= corner[1] + tall for x, y in drawn)
    )
    x, y = next(free, corners[-1])
    return round(x, 2), round(y, 2), round(size, 2), round(tall, 2)
