"""What captions find by the words of training captions, worked out by hand."""

import numpy as np
import pyarrow as pa
import pytest

from curate.dataset import tables
from train import corpus
from train.tasks import by_words, searched
from train.tasks.examples import EXAMPLES


@pytest.fixture
def held_out(small, words):
    """Twelve pictures, each with an English and a German caption."""
    return corpus.load(small.snapshot, small.labels, "test", words, 16, 4)


@pytest.fixture
def find(held_out, tmp_path):
    """Gives what training captions (text, language, vector of their picture) let find."""

    def run(*told):
        rows = [
            dict.fromkeys(EXAMPLES.schema.names, "")
            | {name: [] for name in ("choices", "answers", "scores", "boxes", "details")}
            | {"example": f"{at:04}", "images": [f"p{at:04}"], "text": text, "lang": lang}
            for at, (text, lang, _) in enumerate(told)
        ]
        seen = [
            {"image": f"p{at:04}", "embedding": [float(number) for number in vector]}
            for at, (_, _, vector) in enumerate(told)
            if vector is not None
        ]
        (tmp_path / "regions").mkdir(exist_ok=True)
        tables.write(pa.Table.from_pylist(seen), tmp_path / "regions/images.parquet", "image")
        training = pa.Table.from_pylist(rows, EXAMPLES.schema)
        return by_words.ways(training, held_out, tmp_path)

    return run


def vector_of(held_out, row):
    return held_out.regions.embedding[held_out.image[row]]


def test_a_caption_finds_the_picture_that_is_like_that_of_the_words_it_shares(held_out, find):
    some = searched.candidates(held_out, "en", 0)
    own = [
        (held_out.captions[row].upper(), "en", 7 * vector_of(held_out, row)) for row in some.texts
    ]
    found = find(*own)(some)["nearest"].of_pictures
    shown = held_out.regions.embedding[held_out.image[some.pictures]]
    for place, row in enumerate(some.texts):  # of equal words, the mean of their pictures
        same = [r for r in some.texts if held_out.captions[r] == held_out.captions[row]]
        mean = np.mean([vector_of(held_out, r) for r in same], 0)
        assert found[place] == pytest.approx(shown @ mean, abs=1e-3)


def test_the_caption_that_shares_most_of_the_words_of_both_lends_its_picture(held_out, find):
    some = searched.candidates(held_out, "en", 1)
    text = held_out.captions[some.texts[0]]
    near, far = vector_of(held_out, some.texts[0]), -vector_of(held_out, some.texts[0])
    told = ((f"{text} and", "en", near), (f"{text} and very much more", "en", far))
    assert find(*told)(some)["nearest"].of_pictures.item() == pytest.approx(1.0, abs=1e-3)
    assert find(*told[::-1])(some)["nearest"].of_pictures.item() == pytest.approx(1.0, abs=1e-3)


def test_other_languages_unknown_words_and_pictures_without_a_vector_lend_none(held_out, find):
    some = searched.candidates(held_out, "de", 0)
    texts = [held_out.captions[row] for row in some.texts]
    one = vector_of(held_out, 0)
    for told in (
        [(text, "en", one) for text in texts],
        [("zzz", "de", one)],
        [(texts[0], "de", None), ("zzz", "de", one)],
    ):
        figures, _ = searched.measured(held_out, 0, find(*told))
        assert figures["de"]["image_retrieval"]["recall_at_10"] == 0  # a tie with all is no find
        assert not find(*told)(some)["nearest"].of_pictures.any()
