from pathlib import Path
from types import SimpleNamespace

import yaml

from curate.reports.inputs import Inputs, Paths
from curate.reports.sections import galleries
from curate.reports.thumbnails import Thumbnails


def facts(drawn_project, rule, margin):
    """What the card of the one dropped pair lists, where a rule `clip` dropped it by a margin."""
    black = drawn_project.circles["black"]["uid"]
    drawn_project.decide("pool", drawn_project.pairs, dropped=[black])
    Path("params.yaml").write_text(yaml.safe_dump({"filter": {"rules": {"clip": rule}}}))
    paths = Paths(Path("data/pool"), Path("data/decisions"), rules=Path("params.yaml"))
    inputs = Inputs(paths, Path("index.html"))
    inputs.pool.loc[inputs.pool["uid"] == black, "margin"] = margin
    with Thumbnails(64, 50) as thumbnails:
        found = galleries.section(inputs, thumbnails, SimpleNamespace(per_gallery=12))
    (group,) = found["rules"]
    return dict(group["groups"][0]["cards"][0]["facts"])


def test_a_card_dropped_by_its_hash_says_how_many_bits_it_is_from_a_better_one(drawn_project):
    told = facts(drawn_project, {"near_duplicates": 3}, -2.0)
    assert told == {"bits from the better one": "2", "margin": "−2"}


def test_a_card_dropped_for_a_shared_caption_says_how_many_images_have_it(drawn_project):
    told = facts(drawn_project, {"shared_by": 6}, -5.0)
    assert told == {"images with the caption": "11", "margin": "−5"}


def test_a_rule_that_counts_nothing_leaves_the_margin_alone(drawn_project):
    assert facts(drawn_project, {"sample": 0.5}, -0.25) == {"margin": "−0.25"}
