import numpy as np

from train import corpus as corpora
from train.models import visualbert
from train.notes import needed, positions


def test_a_region_stands_at_the_words_that_name_it(noted, words):
    corpus = noted("positions")
    spans = words.spans(corpus.captions, 16)
    rows = np.flatnonzero(corpus.languages == "en")
    found = corpus.notes[0](rows, rows, 16)["stands_at"].numpy()
    for at, row in enumerate(rows[:5]):
        caption = corpus.captions[row]
        own = spans.within(row, caption.index(caption.split()[2]), len(caption))
        assert [np.flatnonzero(found[at, k]).tolist() for k in range(4)] == [
            [],
            own.tolist(),
            [],
            own.tolist(),
        ]
    german = np.flatnonzero(corpus.languages == "de")
    assert not corpus.notes[0](german, german, 16)["stands_at"].any()


def test_a_wrong_picture_has_as_many_alignments_as_the_right_one(noted):
    corpus = noted("positions")
    rows = np.flatnonzero(corpus.languages == "en")
    own, other = (corpus.notes[0](rows, p, 16)["stands_at"] for p in (rows, np.roll(rows, 7)))
    assert own.any()
    assert own.sum().item() == other.sum().item()


def test_a_region_that_a_wrong_picture_lacks_is_another_of_its_regions(small, told, words):
    corpus = corpora.load(small.snapshot, told, "train", words, 16, 4)
    corpus.regions.present[5, 2:] = False  # of its 4 regions two are left
    note = positions.read(corpus, words, 16, told, None)
    text = np.flatnonzero((corpus.languages == "en") & (corpus.image != 5))[:1]
    picture = np.flatnonzero(corpus.image == 5)[:1]
    found = note(text, picture, 16)["stands_at"][0]
    assert found[1].any()  # for regions 1 and 3
    assert not found[[0, 2, 3]].any()


def test_only_a_plan_with_aligned_positions_reads_them():
    aligned = visualbert.Params(change={"positions": "aligned"})
    assert needed(visualbert.plan(visualbert.Params())) == ()
    assert needed(visualbert.plan(aligned)) == ("positions",)
