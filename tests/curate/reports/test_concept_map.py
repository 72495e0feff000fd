import itertools
import xml.etree.ElementTree as ET

from curate.reports import concept_map
from curate.reports.concept_map import Concept, Link

CONCEPTS = [Concept(f"concept <{n}>" * (1 + n % 3), 10 * n, "noun.food") for n in range(30)]
LINKS = [Link(0, n, n) for n in range(1, 20)] + [Link(n, n + 1, 2) for n in range(20, 29, 2)]


def drawn(concepts=CONCEPTS, links=LINKS, colours=None):
    return ET.fromstring(concept_map.draw(concepts, links, colours or {}))


def boxes(svg):
    sides = ("x", "y", "width", "height")
    return [tuple(float(e.get(side)) for side in sides) for e in svg.iter("rect")]


def test_every_concept_is_named_and_counted_and_every_link_drawn():
    svg = drawn()
    assert [e.text for e in svg.iter("text")] == [
        text for c in CONCEPTS for text in (c.name, f"{c.pictures:,}")
    ]
    assert len(list(svg.iter("path"))) == len(LINKS)


def test_no_box_lies_over_another_or_outside_of_the_map():
    svg = drawn()
    for (x1, y1, w1, h1), (x2, y2, w2, h2) in itertools.combinations(boxes(svg), 2):
        assert x1 + w1 <= x2 or x2 + w2 <= x1 or y1 + h1 <= y2 or y2 + h2 <= y1
    for x, y, wide, high in boxes(svg):
        assert x >= 0
        assert y >= 0
        assert x + wide <= float(svg.get("width"))
        assert y + high <= float(svg.get("height"))


def test_a_line_is_the_wider_the_more_pictures_it_stands_for():
    wide = [float(e.get("stroke-width")) for e in drawn().iter("path")]
    assert wide == sorted(wide)
    assert wide[0] < wide[-1]


def test_a_field_has_its_class_and_the_same_map_is_drawn_again():
    svg = drawn(colours={"noun.food": "first"})
    assert {e.get("class") for e in svg.iter("g")} == {"first"}
    assert {e.get("class") for e in drawn().iter("g")} == {"others"}
    assert concept_map.draw(CONCEPTS, LINKS, {}) == concept_map.draw(CONCEPTS, LINKS, {})


def test_a_single_concept_has_a_place():
    assert len(boxes(drawn(CONCEPTS[:1], []))) == 1
