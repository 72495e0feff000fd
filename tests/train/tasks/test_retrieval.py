from contextlib import nullcontext

import numpy as np
import pyarrow as pa
import pytest
import torch

from curate.dataset import record, tables
from curate.dataset.errors import EmptySetError
from train import corpus
from train.batch import collate
from train.encoded import Encoded
from train.tasks import ranking, retrieval
from train.tasks.ranking import Similar


@pytest.fixture
def test_pairs(small, words):
    return corpus.load(small.snapshot, small.labels, "test", words, 16, 4)


def test_candidates_are_distinct_in_picture_and_wording_and_of_one_language(test_pairs):
    rows = retrieval.candidates(test_pairs, "en", 100, None)
    assert set(test_pairs.languages[rows]) == {"en"}
    assert len(set(test_pairs.image[rows])) == len(rows) == 12
    assert len(set(test_pairs.wording[rows])) == len(rows)
    fewer = retrieval.candidates(test_pairs, "en", 5, None)
    assert len(fewer) == 5
    assert set(fewer) <= set(rows)


def test_like_pictures_are_candidates_once(test_pairs, tmp_path):
    names = test_pairs.regions.names.to_pylist()
    groups = [{"image": n, "split": "test", "group": names[i // 3]} for i, n in enumerate(names)]
    file = tmp_path / "split.parquet"
    tables.write(pa.Table.from_pylist(groups, record.SPLITS), file, "image", record.SPLITS)
    rows = retrieval.candidates(test_pairs, "en", 100, file)
    assert sorted(test_pairs.image[rows] // 3) == [0, 1, 2, 3]


def test_blurred_pictures_are_candidates_once_where_their_originals_are_alike(
    small, words, tmp_path
):
    rows = tables.read(small.snapshot / record.MANIFEST_FILE).to_pylist()
    for row in rows:
        row["recipe"] = f'{{"blurred":{{"faces":1,"image":"was {row["image"]}","model":"m"}}}}'
    manifest = pa.Table.from_pylist(rows, record.MANIFEST)
    tables.write(manifest, tmp_path / record.MANIFEST_FILE, "uid", record.MANIFEST)
    blurred = corpus.load(tmp_path, small.labels, "test", words, 16, 4)
    names = blurred.regions.names.to_pylist()
    groups = [
        {"image": f"was {name}", "split": "test", "group": names[place // 3]}
        for place, name in enumerate(names)
    ]
    file = tmp_path / "split.parquet"
    tables.write(pa.Table.from_pylist(groups, record.SPLITS), file, "image", record.SPLITS)
    found = retrieval.candidates(blurred, "en", 100, file)
    assert sorted(blurred.image[found] // 3) == [0, 1, 2, 3]


@pytest.mark.parametrize("size", [1, 7, 500])
def test_a_score_is_that_of_its_own_caption_and_picture(test_pairs, words, make_model, size):
    model = make_model().eval()
    rows = retrieval.candidates(test_pairs, "en", 6, None)
    found = retrieval.scores(model, test_pairs, rows, rows, words, size, nullcontext())
    assert found.shape == (6, 6)
    for i, j in ((0, 0), (1, 4), (5, 2)):
        batch = collate(test_pairs, rows[[i]], rows[[j]], np.array([i == j]), words)
        with torch.no_grad():
            assert found[i, j] == pytest.approx(model.match(batch).item(), abs=1e-4)


@pytest.fixture
def both(make_model):
    """A model that matches and has vectors to compare."""
    return make_model(objectives={"itc": {}}).eval()


def asked(candidates=8, rerank=3):
    return retrieval.Asked(candidates, rerank, 5)


def test_a_dual_encoders_similarity_is_that_of_vectors_made_apart(test_pairs, words, both):
    rows = retrieval.candidates(test_pairs, "en", 6, None)
    found = retrieval.cosines(both, test_pairs, rows, rows, words, 4, nullcontext())
    assert found.shape == (6, 6)
    batch = collate(test_pairs, rows[[4]], rows[[1]], np.array([False]), words)
    with torch.no_grad():
        caption, picture = both.vectors(batch)
    assert found[4, 1] == pytest.approx(float((caption * picture).sum()), abs=1e-5)


def test_a_model_with_both_is_measured_in_three_ways(test_pairs, words, both):
    found = retrieval.measure(both, test_pairs, words, asked(), "en", None, nullcontext())
    rows = retrieval.candidates(test_pairs, "en", 8, None)
    told = (both, test_pairs, rows, rows, words, 5, nullcontext())
    near, matching = retrieval.cosines(*told), retrieval.scores(*told)
    ways = {"matching": Similar(matching, matching), "dual_encoder": Similar(near, near)}
    ways["reranked"] = ranking.reranked(near, matching, 3)
    assert found == ranking.by_way(ways)


def test_a_picture_is_read_from_its_shard_once_however_many_captions_meet_it(
    small, words, make_model, monkeypatch
):
    change = {"visual": "patches", "pixels": 16, "patch": 8}
    model = make_model("none", objectives={"moc": None, "mrfr": None, "itc": {}}, **change).eval()
    pixels = corpus.load(small.snapshot, small.labels, "test", words, 16, 4, pixels=16)
    read, taken = Encoded.read, []

    def watched(self, numbers):
        taken.extend(numbers.tolist())
        return read(self, numbers)

    monkeypatch.setattr(Encoded, "read", watched)
    found = retrieval.measure(model, pixels, words, asked(6), "en", None, nullcontext())
    rows = retrieval.candidates(pixels, "en", 6, None)
    assert sorted(taken) == sorted(pixels.image[rows])
    told = (model, pixels, rows, rows, words, 5, nullcontext())
    matching = retrieval.scores(*told)
    again = ranking.recalls(Similar(matching, matching))
    assert found["image_retrieval"] == again["image_retrieval"]


def test_a_picture_passes_a_grids_network_once_however_many_captions_meet_it(
    small, words, make_model
):
    change = {"visual": "grid", "backbone": "test_resnet", "pixels": 32, "patch": 8}
    model = make_model("none", objectives={"moc": None, "mrfr": None}, **change).eval()
    pixels = corpus.load(small.snapshot, small.labels, "test", words, 16, 4, pixels=32)
    rows, passed = retrieval.candidates(pixels, "en", 6, None), []
    alone = [
        retrieval.scores(model, pixels, rows, rows[at : at + 1], words, 6, nullcontext())[:, 0]
        for at in range(len(rows))
    ]
    model.vision.backbone.register_forward_pre_hook(lambda _, given: passed.append(len(given[0])))
    found = retrieval.scores(model, pixels, rows, rows, words, 5, nullcontext())
    assert sum(passed) == len(rows)
    np.testing.assert_allclose(found, np.stack(alone, 1), atol=1e-5)


def test_without_a_matching_head_the_dual_encoder_is_measured(test_pairs, words, make_model):
    model = make_model(objectives={"itc": {}, "itm": None}).eval()
    found = retrieval.measure(model, test_pairs, words, asked(), "en", None, nullcontext())
    assert set(found) == {"image_retrieval", "text_retrieval"}


def test_a_language_that_no_caption_is_in_is_an_error_that_names_those_there_are(
    test_pairs, words, both
):
    with pytest.raises(EmptySetError, match=r"no caption is in 'fr' \(there are: de, en\)"):
        retrieval.measure(both, test_pairs, words, asked(), "fr", None, nullcontext())
