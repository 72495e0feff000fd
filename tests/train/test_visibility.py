import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from curate.dataset.errors import ParamsError
from curate.dataset.injection import Branch, inject
from tests import _peers as peers
from train import corpus as corpora
from train import pretrain
from train.batches import Batches
from train.embeddings import TextEmbedding
from train.encoder import Encoder
from train.exchange import visualbert as exchange
from train.model import Model, load
from train.models import visualbert
from train.params import Sampling
from train.plan import Plan
from train.recipe import Params
from train.visibility import Visible, among


@pytest.fixture(scope="module")
def corpus(small, known, words):
    return corpora.load(small.snapshot, known, "train", words, 16, 4, needs=["facts"])


def some(corpus, words, *huge):
    """A batch of true English pairs, of those of which nothing is known where told so."""
    unknown = np.array([caption.startswith("a huge") for caption in corpus.captions])
    rows = [np.flatnonzero((corpus.languages == "en") & (unknown == one))[:3] for one in huge]
    return Batches(corpus, words, 3, 0, Sampling()).make(0, np.concatenate(rows), wrong=False)


def tree():
    """What 4 words and 3 tokens of two facts see: 0 and 1 are about the words 1 and 2, 2 about 1.

    The last word is padding.
    """
    words = torch.tensor([[True, True, True, False]])
    of = torch.tensor([[[0, 1, 1, 0], [0, 1, 1, 0], [0, 1, 0, 0]]]).bool()
    together = torch.tensor([[[1, 1, 0], [1, 1, 0], [0, 0, 1]]]).bool()
    upper = torch.cat([words[:, None].expand(-1, 4, -1), of.transpose(1, 2)], 2)
    return words, torch.cat([upper, torch.cat([of, together], 2)], 1)


def depends(streams, number_of_regions=2):
    """Whether an output (row) changes with an input (column), words and facts, then regions."""
    plan = Plan(streams, **{**peers.SMALL, "regions": 2})
    torch.manual_seed(0)
    encoder = Encoder(plan).eval()
    words, facts = tree()
    text, vision = torch.randn(1, 7, 24), torch.randn(1, number_of_regions, 24)
    there = torch.ones(1, number_of_regions, dtype=torch.bool)

    def run(text, vision):
        return torch.cat(encoder(text, vision, words, there, facts), 1)[0]

    plain, columns = run(text, vision), []
    for at in range(7 + number_of_regions):
        both = torch.cat([text, vision], 1).clone()
        both[0, at] += torch.randn(24)
        columns.append((run(both[:, :7], both[:, 7:]) != plain).any(1))
    return torch.stack(columns, 1)


@torch.inference_mode()
def test_in_one_sequence_each_sees_what_it_may_and_nothing_else():
    words, facts = tree()
    wanted = Visible.of(words, torch.ones(1, 2, dtype=torch.bool), facts).joint()[0]
    assert wanted[:7, :7].equal(facts[0])
    assert wanted[:3, 7:].all()
    assert not wanted[4:7, 7:].any()
    assert wanted[7:].tolist() == [[1, 1, 1, 0, 0, 0, 0, 1, 1]] * 2
    there = wanted.diagonal()
    assert there.sum() == 8  # all but the padding
    assert depends("joint 1")[there][:, there].equal(wanted[there][:, there])


@torch.inference_mode()
@pytest.mark.parametrize("streams", ["text 1", "cross 1", "coattention 1"])
def test_in_two_streams_a_fact_changes_its_words_alone(streams):
    found = depends(streams)
    assert [np.flatnonzero(found[:, at]).tolist() for at in (4, 5, 6)] == [
        [1, 2, 4, 5],
        [1, 2, 4, 5],
        [1, 6],
    ]


@torch.inference_mode()
def test_words_with_facts_are_what_bert_makes_of_kberts_sentence_tree():
    plan = Plan("text 2", **peers.SMALL)
    config = BertConfig(
        vocab_size=50,
        hidden_size=24,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=48,
        max_position_embeddings=12,
    )
    torch.manual_seed(0)
    theirs = peers.perturbed(BertModel(config, add_pooling_layer=False).eval())
    text, encoder = TextEmbedding(plan, peers.SIZES).eval(), Encoder(plan).eval()
    text.word.weight.data = theirs.embeddings.word_embeddings.weight
    text.position.weight.data = theirs.embeddings.position_embeddings.weight
    text.segment.weight.data = theirs.embeddings.token_type_embeddings.weight
    text.norm.load_state_dict(theirs.embeddings.LayerNorm.state_dict())
    for mine, other in zip(encoder.parts[0].layers, theirs.encoder.layer, strict=True):
        peers.copy_layer(mine, other)
    spans = [(0, 0), (0, 3), (4, 7), (8, 11), (0, 0)]
    found = inject(
        [7, 8, 9, 10, 11], spans, [Branch(0, 3, [20, 21]), Branch(4, 11, [22]), Branch(0, 3, [23])]
    )
    wanted = theirs(
        torch.from_numpy(found.tokens)[None],
        attention_mask=torch.from_numpy(found.visible)[None, None],
        position_ids=torch.from_numpy(found.positions)[None],
    ).last_hidden_state
    order = np.argsort(~found.trunk, kind="stable")  # the caption, then its facts
    tokens, positions = (torch.from_numpy(a[order])[None] for a in (found.tokens, found.positions))
    said = torch.cat([text(tokens[:, :5]), text.facts(tokens[:, 5:], positions[:, 5:])], 1)
    sees = torch.from_numpy(found.visible[np.ix_(order, order)])[None]
    nothing = torch.zeros(1, 0, dtype=torch.bool)
    ours, _ = encoder(said, torch.zeros(1, 0, 24), torch.ones(1, 5).bool(), nothing, sees)
    torch.testing.assert_close(ours, wanted[:, order], atol=1e-5, rtol=0)


@torch.inference_mode()
def test_where_nothing_is_known_all_is_as_without_facts_to_the_bit(corpus, words, make_model):
    model = make_model().eval()
    batch = some(corpus, words, True)
    assert among(batch) is None
    found = model.states(batch)
    batch.notes.clear()
    assert all(a.equal(b) for a, b in zip(found[:5], model.states(batch)[:5], strict=True))


@torch.inference_mode()
def test_a_fact_of_one_caption_leaves_the_others_as_they_are(corpus, words, make_model):
    model = make_model().eval()
    batch = some(corpus, words, False, True)
    told = model.states(batch).text
    batch.notes.clear()
    untold = model.states(batch).text
    assert told.shape == untold.shape
    torch.testing.assert_close(told[3:], untold[3:], atol=1e-5, rtol=0)
    assert (told[:3] - untold[:3]).abs().amax((1, 2)).min() > 1e-3


@pytest.mark.parametrize(
    ("name", "streams"), [("vlbert", "joint 1"), ("vilbert", "text 1 | coattention 1")]
)
def test_a_run_learns_with_what_is_known(name, streams, small, known, project, run_params):
    change = {**peers.SMALL, "streams": streams, "facts": True, "entities": True}
    wished = {"size": "tiny", "change": change, "objectives": {"itm": {}}}
    parts = (small.snapshot, known, small.network, Path("out"), Path("log"))
    figures = pretrain.main(name, *parts, run_params(model=wished, steps=2, batch=16))
    assert np.isfinite(figures["last"]["validation/mlm/loss"])
    learnt = load(Path("out"))
    assert learnt.plan.facts
    assert learnt.text.entity.weight.shape == (24, 3)


def test_a_plan_with_knowledge_is_not_written_for_a_model_that_reads_none(words, tmp_path):
    change = {**peers.SMALL, "streams": "joint 1", "facts": True, "entities": True}
    sizes = dataclasses.replace(peers.SIZES, entities=3)
    model = Model("visualbert", visualbert.plan(Params(change=change)), sizes)
    with pytest.raises(ParamsError, match=r"facts: true .*entities: true"):
        exchange.write(model, words, tmp_path)
