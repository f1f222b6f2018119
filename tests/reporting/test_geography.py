from __future__ import annotations

import itertools
import math

import pytest

from sangloc import provinces
from sangloc.reporting import geography


def places(slug: str) -> tuple[geography.Point, ...]:
    return tuple((unit.latitude, unit.longitude) for unit in provinces.communes(slug))


@pytest.mark.parametrize("slug", provinces.slugs())
def test_every_commune_has_a_cell_around_its_centre(slug: str) -> None:
    drawing = geography.draw(places(slug), 162, 172)
    assert len(drawing.cells) == len(places(slug))
    assert drawing.width == 162 and 0 < drawing.height <= 172
    for cell in drawing.cells:
        assert cell.room > 0.5 and len(cell.corners) >= 3
        assert all(-0.1 <= x <= drawing.width + 0.1 and -0.1 <= y <= drawing.height + 0.1 for x, y in cell.corners)


@pytest.mark.parametrize("slug", provinces.slugs())
def test_ground_belongs_to_the_nearest_commune(slug: str) -> None:
    cells = [cell for cell in geography.draw(places(slug), 162, 172).cells if not cell.inset]
    for cell, other in itertools.permutations(cells, 2):
        for corner in cell.corners:
            # Corners are kept to a hundredth.
            assert math.dist(corner, cell.centre) <= math.dist(corner, other.centre) + 0.05


def test_north_is_up_and_east_is_right() -> None:
    south_west, north_west, south_east = geography.draw(((21.0, 106.0), (21.1, 106.0), (21.0, 106.1)), 100, 100).cells
    assert north_west.centre[1] < south_west.centre[1] and south_east.centre[0] > south_west.centre[0]


def test_a_far_island_stands_in_a_frame_beside_the_others() -> None:
    units = provinces.communes("hai_phong")
    drawing = geography.draw(places("hai_phong"), 162, 172)
    assert [unit.name for unit, cell in zip(units, drawing.cells, strict=True) if cell.inset] == ["Đặc khu Bạch Long Vĩ"]
    assert drawing.frame is not None
    left, top, width, height = drawing.frame
    for cell in drawing.cells:
        inside = [left <= x <= left + width and top <= y <= top + height for x, y in cell.corners]
        assert all(inside) if cell.inset else not any(inside)
    assert geography.draw(places("lang_son"), 162, 172).frame is None


def test_one_place_alone_and_two_at_one_spot() -> None:
    assert len(geography.draw(((21.0, 106.0),), 100, 100).cells) == 1
    assert len(geography.draw(((21.0, 106.0), (21.0, 106.0), (21.2, 106.0)), 100, 100).cells) == 3
