import dataclasses
from contextlib import nullcontext

import numpy as np
import pyarrow as pa
import pytest

from curate.dataset import record, tables
from curate.dataset.errors import EmptySetError
from train import corpus
from train.tasks import by_language, ranking, retrieval
from train.tasks.retrieval import Asked


@pytest.fixture
def test_pairs(small, words):
    """12 pictures, each told in English and German."""
    return corpus.load(small.snapshot, small.labels, "test", words, 16, 4)


@pytest.fixture
def uneven(test_pairs):
    """The same, the German of a third of the pictures French."""
    tags = test_pairs.languages.copy()
    tags[(tags == "de") & (test_pairs.image % 3 == 0)] = "fr"
    return dataclasses.replace(test_pairs, languages=tags)


@pytest.fixture
def model(make_model):
    return make_model(objectives={"itm": None, "itc": {}}).eval()


def measured(model, pairs, words, languages, least=1, most=100):
    asked = Asked(most, 4, 8)
    return by_language.measure(
        model, pairs, words, asked, languages, "en", least, None, nullcontext()
    )


def test_captions_are_of_one_language_and_those_beside_tell_the_same_pictures(uneven):
    found = by_language.candidates(uneven, ("en", "de", "fr"), "en", None)
    assert {tag: len(told.own) for tag, told in found.items()} == {"en": 12, "de": 8, "fr": 4}
    for tag, (own, beside) in found.items():
        assert set(uneven.languages[own]) == {tag}
        assert set(uneven.languages[beside]) == {"en"}
        assert np.array_equal(uneven.image[own], uneven.image[beside])
        assert len(set(uneven.image[own])) == len(own)


def test_like_pictures_and_like_wordings_in_either_language_are_taken_once(test_pairs, tmp_path):
    names = test_pairs.regions.names.to_pylist()
    groups = [{"image": n, "split": "test", "group": names[i // 3]} for i, n in enumerate(names)]
    file = tmp_path / "split.parquet"
    tables.write(pa.Table.from_pylist(groups, record.SPLITS), file, "image", record.SPLITS)
    own, _ = by_language.candidates(test_pairs, ("de",), "en", file)["de"]
    assert sorted(test_pairs.image[own] // 3) == [0, 1, 2, 3]
    alike = test_pairs.wording.copy()
    alike[(test_pairs.languages == "en") & (test_pairs.image < 5)] = -1
    other = dataclasses.replace(test_pairs, wording=alike)
    own, _ = by_language.candidates(other, ("de",), "en", None)["de"]
    assert len(own) == 8
    assert (test_pairs.image[own] < 5).sum() == 1


def test_pictures_told_in_most_of_the_languages_come_first(uneven):
    told = by_language.candidates(uneven, ("en", "fr"), "en", None)["en"]
    assert (uneven.image[told.own][:4] % 3 == 0).all()
    assert (uneven.image[told.own][4:] % 3 != 0).all()


def test_all_languages_have_as_many_candidates_and_one_with_too_few_is_left_out(
    uneven, words, model
):
    found = measured(model, uneven, words, ("en", "de", "fr"), least=5)
    assert found["left_out"] == {"fr": 4}
    assert list(found["languages"]) == ["en", "de"]
    assert found["candidates"] == found["shared"] == 8
    for own in found["languages"].values():
        for figures in (own, own["beside"]["en"]):
            assert figures["image_retrieval"]["candidates"] == 8
            assert figures["text_retrieval"]["chance_at_1"] == 1 / 8
    assert measured(model, uneven, words, ("en", "de", "fr"))["candidates"] == 4
    assert measured(model, uneven, words, ("en",), most=3)["candidates"] == 3


def test_figures_are_those_of_the_captions_themselves(test_pairs, words, model):
    found = measured(model, test_pairs, words, ("de", "en"))["languages"]
    own = retrieval.candidates(test_pairs, "de", 100, None)
    asked = Asked(100, 4, 8)
    ways = retrieval.similarities(model, test_pairs, own, own, words, asked, nullcontext())
    wanted = ranking.by_way(ways)
    assert {name: found["de"][name] for name in wanted} == wanted
    assert found["en"]["beside"]["en"] == {k: v for k, v in found["en"].items() if k != "beside"}
    assert found["de"]["beside"] == found["en"]["beside"]


def test_without_a_language_of_enough_pictures_the_error_says_what_there_is(uneven, words, model):
    with pytest.raises(EmptySetError, match=r"20 pictures .* 'en' \(de: 8, fr: 4, ja: 0\)"):
        measured(model, uneven, words, ("de", "fr", "ja"), least=20)
