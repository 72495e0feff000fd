from curate.reports import results

NESTED = {
    "pairs": 100,
    "name": "imagebert",
    "usable": True,
    "retrieval": {
        "en": {
            "candidates": 50,
            "text_to_image": {
                "recall_at_1": {"recall": 0.1, "chance": 0.02, "times_chance": 5.0},
                "recall_at_10": {"recall": 0.4, "chance": 0.2, "times_chance": 2.0},
            },
        }
    },
    "image_retrieval": {
        "candidates": 80,
        "recall_at_5": 0.25,
        "chance_at_5": 0.0625,
        "times_chance_at_5": 4.0,
    },
    "tasks": {"mlm": {"loss": 2.5, "accuracy": 0.5}},
}


def test_figures_are_told_with_how_many_times_chance_they_are():
    found = results.rows(NESTED)
    assert results.Row("retrieval en text_to_image", "recall_at_1", 0.1, 5.0) in found
    assert results.Row("image_retrieval", "recall_at_5", 0.25, 4.0) in found
    assert results.Row("tasks mlm", "accuracy", 0.5, None) in found


def test_chance_words_and_truths_are_no_figures():
    names = {row.name for row in results.rows(NESTED)}
    assert names == {
        "pairs",
        "candidates",
        "recall_at_1",
        "recall_at_5",
        "recall_at_10",
        "loss",
        "accuracy",
    }


def test_recalls_stand_by_direction_with_their_candidates():
    one, two = results.recalls(results.rows(NESTED))
    assert (one.group, one.candidates, sorted(one.at)) == (
        "retrieval en text_to_image",
        50,
        [1, 10],
    )
    assert (two.group, two.candidates, sorted(two.at)) == ("image_retrieval", 80, [5])


def test_what_is_no_recall_stands_by_group():
    groups = dict(results.others(results.rows(NESTED)))
    assert list(groups) == ["", "tasks mlm"]
    assert [row.value for row in groups["tasks mlm"]] == [2.5, 0.5]


def test_no_figures_give_nothing():
    assert results.rows({}) == []
    assert results.recalls([]) == []
