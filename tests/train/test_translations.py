import dataclasses

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import torch

from curate.dataset import record, tables
from curate.dataset.errors import ParamsError
from curate.dataset.languages import primary
from tests._rates import assert_rate, many
from train import corpus as corpora
from train import translations
from train.batches import Batches
from train.embeddings import TextEmbedding
from train.ledger import Ledger
from train.notes.belongs import matrix
from train.objectives import itm
from train.params import Sampling
from train.plan import Plan, Sizes
from train.ranks import Ranks
from train.sentences import Pairs
from train.translations import Translations

EVERY = Sampling(languages={"other": 1.0}, neighbours=8)
PLAN = Plan(
    streams="joint 1",
    width=8,
    heads=2,
    inner=16,
    text_tokens=16,
    regions=4,
    objectives={"tlm": {"share": 1.0}},
)


def every(corpus, share=1.0, seed=0):
    return Translations(corpus, np.ones(len(corpus), bool), share, seed)


def twice(corpus, words, share=1.0, size=24):
    return Batches(corpus, words, size, 0, EVERY, translations=every(corpus, share))


def retold(pairs, tags):
    """The corpus with the tags of its pictures' two captions changed, picture by picture."""
    first = np.unique(pairs.image, return_index=True)[1]
    tag = pairs.languages.astype("<U8")
    for number, row in enumerate(first):
        same = np.flatnonzero(pairs.image == pairs.image[row])
        tag[same] = tags[number % len(tags)]
    return dataclasses.replace(pairs, languages=tag)


def test_a_second_caption_is_of_the_same_picture_and_of_another_language(pairs):
    rows = np.arange(len(pairs))
    found = every(pairs).drawn(3, rows)
    assert (found >= 0).all()
    assert np.array_equal(pairs.image[found], pairs.image)
    assert (pairs.languages[found] != pairs.languages).all()


def test_regions_and_scripts_make_no_other_language_and_unknown_ones_are_left_alone(pairs):
    other = retold(pairs, [("en", "en-GB"), ("und", "en"), ("zh-Hans", "EN_us")])
    found = every(other).drawn(0, np.arange(len(other)))
    told = {(other.languages[a], other.languages[b]) for a, b in enumerate(found) if b >= 0}
    assert told == {("zh-Hans", "EN_us"), ("EN_us", "zh-Hans")}
    assert all(primary(a) != primary(b) for a, b in told)


def test_captions_that_are_held_out_are_never_the_second(small, words, tmp_path):
    manifest = tables.read(small.snapshot / record.MANIFEST_FILE)
    training = pc.unique(tables.rows_with(manifest, "split", ["train"]).column("image"))
    held = pc.and_(
        pc.is_in(manifest.column("image"), value_set=training.slice(0, 12)),
        pc.equal(manifest.column("lang"), "de"),
    )
    split = pc.if_else(held, pa.scalar("validation"), manifest.column("split"))
    manifest = manifest.set_column(manifest.column_names.index("split"), "split", split)
    tables.write(manifest, tmp_path / record.MANIFEST_FILE, "uid", record.MANIFEST)
    corpus = corpora.load(tmp_path, small.labels, "train", words, 16, 4)
    found = every(corpus)
    assert len(corpus) == 48
    assert len(found) == 36
    rows = np.arange(len(corpus))
    for epoch in range(5):
        lent = found.drawn(epoch, rows)
        uids = pa.array([corpus.uids[row] for row in lent[lent >= 0]])
        known = tables.rows_with(manifest, "uid", uids)
        assert known.column("split").unique().to_pylist() == ["train"]


def test_the_share_of_pairs_and_the_choice_among_their_languages_hold_within_three_sigma(pairs):
    tags = np.array(["en", "de", "fr", "ja"])[np.arange(len(pairs)) % 4]
    together = dataclasses.replace(pairs, image=np.arange(len(pairs)) // 4, languages=tags)
    corpus = many(together, 13_400)
    english = np.flatnonzero(corpus.languages == "en")
    second = every(corpus, share=0.5).drawn(0, english)
    assert_rate((second >= 0).sum(), len(english), 0.5)
    others = corpus.languages[second[second >= 0]]
    for tag in ("de", "fr", "ja"):
        assert_rate((others == tag).sum(), len(others), 1 / 3)


def test_a_pair_gets_the_same_second_whatever_is_beside_it_and_others_in_other_epochs(pairs):
    found, rows = every(pairs, 0.5), np.arange(len(pairs))
    together = found.drawn(2, rows)
    alone = np.concatenate([found.drawn(2, rows[i : i + 1]) for i in rows])
    assert np.array_equal(together, alone)
    assert not np.array_equal(together, found.drawn(3, rows))


def test_languages_that_a_run_does_not_take_are_no_second_ones_and_lacking_any_is_an_error(pairs):
    assert translations.of(pairs, dataclasses.replace(PLAN, objectives={}), 0) is None
    assert len(translations.of(pairs, PLAN, 0, EVERY)) == len(pairs)
    with pytest.raises(ParamsError, match=r"tlm needs .* two languages.*: 30 in en\)"):
        translations.of(pairs, PLAN, 0, Sampling(languages={"en": 1.0}))
    assert len(translations.of(retold(pairs, [("en", "en-GB")]), PLAN, 0)) == 0


def test_both_captions_are_one_text_in_which_each_is_whole(pairs, words):
    rows = np.arange(6)
    batch = twice(pairs, words, 0.5).make(0, rows, wrong=False, both=True)
    second = every(pairs, 0.5).drawn(0, rows)
    assert 0 < (second >= 0).sum() < 6
    assert torch.equal(batch.twice, torch.from_numpy(second >= 0))
    start, ids = pairs.tokens.starts, pairs.tokens.ids
    for at, row in enumerate(rows):
        wanted = ids[start[row] : start[row + 1]].tolist()
        if second[at] >= 0:
            assert batch.second.begin[at] == len(wanted)
            wanted += ids[start[second[at]] : start[second[at] + 1]].tolist()
        assert batch.tokens[at][batch.words[at]].tolist() == wanted


def test_words_of_the_second_stand_where_they_stand_alone_in_a_segment_of_their_own(pairs, words):
    batch = twice(pairs, words).make(0, np.arange(6), wrong=False, both=True)
    torch.manual_seed(0)
    text = TextEmbedding(PLAN, Sizes(words.size, 4, 4))
    torch.nn.init.normal_(text.segment.weight)
    both = text.summed(batch.tokens, second=batch.second)
    second = every(pairs).drawn(0, np.arange(6))
    for at in range(6):
        first, length = int(batch.second.begin[at]), int(pairs.tokens.lengths()[second[at]])
        alone = text.summed(torch.from_numpy(pairs.tokens.padded(np.array([at]), words.pad)))
        torch.testing.assert_close(both[at, :first], alone[0])
        other = torch.from_numpy(pairs.tokens.padded(second[at : at + 1], words.pad))
        moved = text.summed(other)[0] + text.segment.weight[1] - text.segment.weight[0]
        torch.testing.assert_close(both[at, first : first + length], moved)


def test_words_and_phrases_of_both_are_told_and_what_is_of_one_stays_of_the_first(noted, words):
    corpus = noted("words", "phrases", "graph", "facts", "entities", "positions", "alignments")
    rows = np.arange(len(corpus))
    batch = twice(corpus, words, 0.5).make(0, rows, wrong=False, both=True)
    second = every(corpus, 0.5).drawn(0, rows)
    width = batch.tokens.shape[1]
    notes = [note(rows, rows, width) for note in corpus.notes]
    alone = {name: value for note in notes for name, value in note.items()}
    for at in range(len(rows)):
        first = int(batch.second.begin[at])
        for unit in ("words", "phrases"):
            wanted = alone[unit][at].clone()
            if second[at] >= 0:
                wanted[first:] = alone[unit][second[at]][: width - first] + first
            assert torch.equal(batch.notes[unit][at], wanted)
        assert not batch.notes["kinds"][at, first:].any()
        assert not batch.notes["entities"][at, first:].any()
        assert not batch.notes["facts_of"][at, :, first:].any()
        assert not batch.notes["stands_at"][at, :, first:].any()
        assert not batch.notes["aligned"][at, first:].any()


def test_what_is_told_twice_matches_and_is_judged_by_no_matching_and_no_contrast(noted, words):
    corpus = noted("belongs")
    rows = np.arange(len(corpus))
    batches = twice(corpus, words, 0.5)
    batch, without = batches.make(0, rows, both=True), batches.make(0, rows)
    told = batch.twice
    assert 0 < told.sum() < len(rows)
    assert batch.matched[told].all()
    assert torch.equal(batch.matched[~told], without.matched[~told])
    assert not without.matched[told].all()
    itm.prepare(batch, words, itm.Params(hard=True), 0)
    assert (batch.targets["itm"][told] == -1).all()
    assert (batch.targets["itm"][~told] >= 0).all()
    assert not batch.notes["mixable"][:, told].any()
    belongs = matrix(batch.notes["said"], batch.notes["shown"])
    assert (belongs[told] == -1).all()
    assert (belongs[~told] == 1).any()


def test_batches_are_of_like_length_with_the_second_captions_among_it(pairs, words):
    batches = twice(pairs, words, 0.5, size=4)
    tokens = [batches.make(0, rows, wrong=False, both=True).words for rows in batches.order(0)]
    known = sum(int(some.sum()) for some in tokens) / sum(some.numel() for some in tokens)
    blind = Batches(pairs, words, 4, 0, EVERY).order(0)
    mixed = [batches.make(0, rows, wrong=False, both=True).words for rows in blind]
    assert known > sum(int(some.sum()) for some in mixed) / sum(some.numel() for some in mixed)


def test_the_ledger_knows_whose_caption_followed(pairs, tmp_path):
    ledger, rows = Ledger(tmp_path, ["tlm"], Ranks()), np.array([3, 4])
    second = every(pairs).drawn(0, rows)
    second[1] = -1
    sums = torch.tensor([[2.0, 4.0], [0.0, 0.0]])
    ledger.note(1, 0, pairs, rows, Pairs(rows, rows, np.ones(2, bool), second), {"tlm": sums})
    ledger.keep(1)
    told = {row["uid"]: row for row in ledger.table(pairs).to_pylist()}
    lent = told[pairs.uids[second[0]]]
    assert (lent["steps"], lent["matched"], lent["tlm_losses"]) == ([1], [True], [None])
    assert told[pairs.uids[3]]["tlm"] == 0.5
    assert sum(row["seen"] for row in told.values()) == 3
