"""The trade-off curve as a picture: well-formed, with every figure, never outside its frame."""

import re

import pytest
from defusedxml.ElementTree import fromstring

from app.exports.curve_svg import HEIGHT, WIDTH, draw_curve


@pytest.mark.parametrize(
    "points",
    [
        [(0.0, 12_619.9), (26.0, 12_710.7), (89.0, 12_994.5)],
        [(0.0, 5.0)],
        [(0.0, 0.001), (3.0, 0.002)],
        [(0.0, -50.0), (2.0, 1e7)],
    ],
)
def test_every_point_is_drawn_inside_the_frame(points):
    picture = draw_curve(points, title="A & B", x_name="changes", y_name="value")
    root = fromstring(picture)

    dots = [node for node in root.iter() if node.tag.endswith("circle")]
    assert len(dots) == len(points)
    for dot in dots:
        assert 0 <= float(dot.get("cx")) <= WIDTH
        assert 0 <= float(dot.get("cy")) <= HEIGHT
    assert len(re.findall("<line ", picture)) < 40
