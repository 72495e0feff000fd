from align.negatives import words as lexicon
from align.questions import scenes
from tests.align._composed import beside, counted, write

WORDS = lexicon.of("en")


def asked(folder, *made):
    known = scenes.read(folder, write(folder, *made))
    return [one for scene in known.scenes.values() for one in scenes.ask(scene, WORDS)]


def of_kind(found, kind):
    return {one.text: one.answer for one in found if one.kind == kind}


def test_what_stands_where_is_answered_by_the_thing_that_does(tmp_path):
    both = {
        "What is to the left of the horse?": "lemon",
        "What is to the right of the lemon?": "horse",
    }
    seen = set()
    for number in range(20):
        one = of_kind(asked(tmp_path, beside(f"i{number}", "lemon", "left of", "horse")), "place")
        assert one.items() <= both.items()
        seen |= set(one)
    assert seen == set(both)


def test_yes_is_said_of_the_side_that_is_true_and_no_of_its_opposite_equally_often(tmp_path):
    places = ("left of", "right of", "above", "below")
    made = [
        beside(f"{place}{at}", "lemon", place, "horse") for place in places for at in range(100)
    ]
    found = [one for one in asked(tmp_path, *made) if one.kind == "relation"]
    true = dict(zip(places, ("to the left of", "to the right of", "above", "below"), strict=True))
    for one in found:
        place = true[one.image.rstrip("0123456789")]
        if "Is the horse" in one.text:
            place = true[scenes.OPPOSITE[one.image.rstrip("0123456789")]]
        assert (f" {place} the " in one.text) == (one.answer == "yes")
    yes = sum(one.answer == "yes" for one in found)
    assert len(found) == 400
    assert abs(yes - 200) < 3 * 10
    for text in {one.text for one in found}:  # no question tells its answer
        own = [one.answer == "yes" for one in found if one.text == text]
        assert abs(sum(own) / len(own) - 0.5) < 3 * 0.5 / len(own) ** 0.5


def test_things_are_counted_by_their_number_and_the_captions_plural(tmp_path):
    found = asked(tmp_path, counted("i", 3, "three green", "lemon"))
    assert of_kind(found, "number") == {"How many green lemons are there?": "three"}


def test_a_caption_whose_number_is_not_that_of_the_objects_is_not_asked(tmp_path):
    assert not asked(tmp_path, counted("i", 3, "four", "lemon"))


def test_the_colour_that_a_caption_tells_of_one_thing_is_asked_for(tmp_path):
    scene = beside("i", "car", "above", "tree")
    scene["facts"] += [("attribute", "car", "gray"), ("attribute", "tree", "small")]
    assert of_kind(asked(tmp_path, scene), "colour") == {"What colour is the car?": "grey"}


def test_of_three_things_it_is_not_asked_which_stands_where(tmp_path):
    scene = beside("i", "car", "above", "tree", objects=["car", "tree", "tree"])
    assert not of_kind(asked(tmp_path, scene), "place")


def test_a_picture_drawn_before_another_is_not_known(tmp_path):
    before = beside("i", "car", "above", "tree", recipe={"ground": {"parent": 2}})
    assert asked(tmp_path, before) == []
    assert scenes.read(tmp_path, write(tmp_path, before)).scenes == {}


def test_pairs_of_a_set_of_which_nothing_is_known_are_no_scenes(tmp_path, write_set, drawn):
    write_set(tmp_path / "pool", [(drawn("circle", "red"), "en", "a red circle")])
    from curate.dataset import sets

    known = scenes.read(tmp_path / "pool", sets.located([tmp_path / "pool"]))
    assert (known.scenes, known.facts, known.twins) == ({}, {}, [])
