import numpy as np
import pytest

from train.tasks import ranking
from train.tasks.ranking import Similar


def recalls(similarity, own=None):
    """Recalls by one similarity, whichever looks for the other."""
    return ranking.recalls(Similar(similarity, similarity), own)


def test_recall_is_counted_both_ways_with_its_chance():
    similarity = np.array(
        [[0.9, 0.1, 0.2], [0.95, 0.5, 0.6], [0.3, 0.4, 0.8]]
    )  # captions by pictures
    found = recalls(similarity)
    assert found["image_retrieval"]["recall_at_1"] == pytest.approx(2 / 3)
    assert found["text_retrieval"]["recall_at_1"] == pytest.approx(2 / 3)
    assert found["image_retrieval"]["chance_at_1"] == pytest.approx(1 / 3)
    assert found["image_retrieval"]["times_chance_at_1"] == pytest.approx(2)
    assert found["text_retrieval"]["candidates"] == 3


def test_a_model_that_tells_nothing_apart_is_at_the_bottom_not_at_the_top():
    found = recalls(np.zeros((20, 20)))
    assert found["image_retrieval"]["recall_at_10"] == 0
    assert found["text_retrieval"]["recall_at_10"] == 0


def test_rows_and_columns_are_not_mixed_up():
    similarity = np.eye(30)
    similarity[:, 0] = 2.0  # one picture draws every caption
    found = recalls(similarity)
    assert found["image_retrieval"]["recall_at_1"] == pytest.approx(1 / 30)
    assert found["text_retrieval"]["recall_at_1"] == pytest.approx(29 / 30)


def test_a_picture_is_found_by_each_of_its_captions_and_finds_any_of_them():
    own = np.array([0, 0, 1, 2])  # the picture of each caption
    similarity = np.array(
        [[0.9, 0.1, 0.2], [0.1, 0.3, 0.2], [0.5, 0.6, 0.7], [0.8, 0.3, 0.3]]
    )  # captions by pictures
    of_pictures, of_captions = ranking.ranks(Similar(similarity, similarity), own)
    assert of_pictures.tolist() == [1, 3, 2, 3]  # the last has a tie
    # the first picture's better caption is first of all; the second's is; the third's comes after
    # another caption
    assert of_captions.tolist() == [1, 1, 2]
    found = recalls(similarity, own)
    assert found["image_retrieval"]["recall_at_1"] == pytest.approx(1 / 4)
    assert found["image_retrieval"]["candidates"] == 3
    assert found["image_retrieval"]["chance_at_1"] == pytest.approx(1 / 3)
    assert found["text_retrieval"]["recall_at_1"] == pytest.approx(2 / 3)
    assert found["text_retrieval"]["candidates"] == 4
    assert found["text_retrieval"]["chance_at_1"] == pytest.approx((2 / 4 + 1 / 4 + 1 / 4) / 3)
    assert found["text_retrieval"]["chance_at_5"] == 1


def test_chance_is_what_an_order_by_lot_reaches():
    own = np.repeat(np.arange(12), 2)
    rng = np.random.default_rng(0)
    told = [recalls(rng.random((24, 12)), own) for _ in range(400)]
    for way in ("image_retrieval", "text_retrieval"):
        mean = np.mean([one[way]["recall_at_5"] for one in told])
        assert told[0][way]["chance_at_5"] == pytest.approx(mean, abs=0.01)


def test_the_second_way_sorts_only_what_the_first_puts_in_front():
    first = np.array([[0.9, 0.8, 0.1], [0.3, 0.2, 0.1], [0.7, 0.6, 0.5]])
    then = np.array([[1.0, 2.0, 3.0], [4.0, 6.0, 5.0], [7.0, 8.0, 9.0]])
    pictures, captions = ranking.reranked(first, then, 2)
    lost = -np.inf
    assert pictures.tolist() == [[1.0, 2.0, lost], [4.0, 6.0, lost], [7.0, 8.0, lost]]
    assert captions.tolist() == [[1.0, 2.0, 3.0], [lost, lost, lost], [7.0, 8.0, 9.0]]
    found = ranking.recalls(Similar(pictures, captions))
    assert found["image_retrieval"]["recall_at_1"] == pytest.approx(1 / 3)  # that of the second
    assert found["text_retrieval"]["recall_at_1"] == pytest.approx(1 / 3)  # that of the third


def test_the_first_way_is_the_models_own_and_others_have_names():
    matrix = np.eye(12)
    ways = {"matching": Similar(matrix, matrix), "dual_encoder": Similar(-matrix, -matrix)}
    found = ranking.by_way(ways)
    assert found == {**recalls(matrix), "dual_encoder": recalls(-matrix)}
    assert found["image_retrieval"]["recall_at_1"] == 1
    assert found["dual_encoder"]["image_retrieval"]["recall_at_10"] == 0
