from collections import Counter

from align.questions import others, scenes
from align.questions.absence import Absence
from curate.dataset import wordnet
from tests.align._composed import beside, write

NAMES = ("dog", "person", "cat")


def asked(folder, database_folder, number, names=NAMES):
    made = [
        beside(f"i{at}", names[at % len(names)], "above", names[at % len(names)])
        for at in range(number)
    ]
    known = scenes.read(folder, write(folder, *made))
    absence = Absence(wordnet.open_folder(database_folder))
    return list(others.ask(known.scenes, absence)), known.scenes


def test_what_is_shown_is_asked_once_where_it_is_and_once_where_it_is_not(
    tmp_path, database_folder
):
    found, known = asked(tmp_path, database_folder, 40)
    answers = Counter((one.text, one.answer) for one in found)
    assert set(answers) == {
        (f"Is there a {name}?", answer) for name in NAMES for answer in ("yes", "no")
    }
    for (text, _), number in answers.items():
        assert answers[text, "yes"] == answers[text, "no"] == number
    for one in found:
        name = one.text.split()[-1].rstrip("?")
        assert (name in known[one.image].names) == (one.answer == "yes")


def test_nothing_is_denied_of_a_picture_of_the_same_broad_kind(tmp_path, database_folder):
    assert asked(tmp_path, database_folder, 20, ("dog", "cat"))[0] == []


def test_one_more_picture_changes_its_neighbours_alone(tmp_path, database_folder):
    before, _ = asked(tmp_path / "a", database_folder, 40)
    after, _ = asked(tmp_path / "b", database_folder, 41)
    changed = {one.image for one in set(before) ^ set(after)} - {"i40"}
    assert len(changed) <= 2
