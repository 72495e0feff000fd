import numpy as np
import pytest

from curate.contrastive import retrieval


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_equal_sides_find_each_other():
    rows = unit(np.random.default_rng(0).normal(size=(20, 8)))
    found = retrieval.recalls(rows, rows)
    assert found["candidates"] == 20
    first = found["text_to_image"]["recall_at_1"]
    assert first == {"recall": 1.0, "chance": 0.05, "times_chance": 20.0}


def test_a_model_that_gives_everything_one_embedding_finds_nothing():
    rows = unit(np.ones((20, 8)))
    found = retrieval.recalls(rows, rows)
    assert all(
        figure["recall"] == 0.0
        for side in ("text_to_image", "image_to_text")
        for figure in found[side].values()
    )


def test_recall_is_the_share_of_queries_whose_match_is_among_the_k_nearest():
    draw = np.random.default_rng(1)
    images, texts = unit(draw.normal(size=(40, 3))), unit(draw.normal(size=(40, 3)))
    found = retrieval.recalls(images, texts)
    for k in retrieval.TOP:
        nearest = [np.argsort(-(images @ text))[:k] for text in texts]
        expected = np.mean([row in near for row, near in enumerate(nearest)])
        assert found["text_to_image"][f"recall_at_{k}"]["recall"] == pytest.approx(expected)
        nearest = [np.argsort(-(texts @ image))[:k] for image in images]
        expected = np.mean([row in near for row, near in enumerate(nearest)])
        assert found["image_to_text"][f"recall_at_{k}"]["recall"] == pytest.approx(expected)


def test_chance_never_exceeds_one():
    rows = np.eye(3)
    assert retrieval.recalls(rows, rows)["text_to_image"]["recall_at_10"]["chance"] == 1.0
