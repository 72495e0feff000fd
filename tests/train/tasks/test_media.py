import dataclasses

import numpy as np
import pyarrow as pa
import pytest

from curate.dataset import tables
from curate.dataset.errors import ParamsError
from train.tasks import media


def test_triples_are_spoken_and_of_a_group_one_picture_and_each_wording_once(listened, tmp_path):
    corpus = listened()
    rows = media.candidates(corpus, ["sound"], None)
    heard = [t.startswith("a ") and "huge" not in t for t in corpus.captions]
    assert rows.tolist() == np.flatnonzero(heard).tolist()
    one, other, third = rows[:3]
    names = corpus.originals
    like = {"image": sorted({names[one], names[other]}), "group": ["like", "like"]}
    tables.write(pa.table(like), tmp_path / "split.parquet", "image")
    grouped = media.candidates(corpus, ["sound"], tmp_path / "split.parquet")
    assert len(set(rows) - set(grouped)) == 1
    assert set(rows) - set(grouped) < {one, other}
    wording = corpus.wording.copy()
    wording[third] = wording[one]
    worded = media.candidates(dataclasses.replace(corpus, wording=wording), ["sound"], None)
    assert len(set(rows) - set(worded)) == 1
    assert set(rows) - set(worded) < {one, third}


def test_recalls_are_those_of_the_dot_products_and_a_picture_has_all_that_is_said_of_it():
    image = np.array([4, 4, 7])
    pictures = np.eye(3)[[0, 0, 1]]
    sides = {
        "image": pictures,
        "text": np.array([[0.9, 0.1, 0], [0, 1, 0], [0.2, 0.8, 0]]),  # the second is wrong
        "sound": np.array([[1, 0, 0], [0.8, 0.2, 0], [0.6, 0.4, 0]]),  # the last is wrong
    }
    found = media.measure(sides, image, np.array(["en", "fr", "fr"]))
    assert set(found["pairs"]) == {"image_text", "sound_image", "sound_text"}
    to_picture = found["pairs"]["sound_image"]["image_retrieval"]
    assert to_picture["candidates"] == 2
    assert to_picture["recall_at_1"] == pytest.approx(2 / 3)
    assert to_picture["chance_at_1"] == 0.5
    to_sound = found["pairs"]["sound_image"]["sound_retrieval"]
    assert to_sound["candidates"] == 3
    assert to_sound["recall_at_1"] == 1  # each picture's best own sound is before all others
    assert to_sound["chance_at_1"] == pytest.approx((2 / 3 + 1 / 3) / 2)
    texts = found["pairs"]["sound_text"]["text_retrieval"]
    alike = sides["sound"] @ sides["text"].T
    assert texts["recall_at_1"] == (alike.argmax(1) == np.arange(3)).mean()
    assert found["languages"]["en"]["sound_text"]["text_retrieval"]["candidates"] == 1
    french = found["languages"]["fr"]["sound_image"]["image_retrieval"]
    assert french["recall_at_1"] == 0.5


def test_a_model_that_hears_nothing_has_no_vectors_of_sounds(listened, make_model, words):
    with pytest.raises(ParamsError, match="no task sound_contrast"):
        media.vectors(make_model(), listened("belongs"), np.arange(2), words, 2, None, ["sound"])
