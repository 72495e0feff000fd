from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
import torch
from torch.nn import functional as F

from curate.dataset import tables
from tests._rates import assert_rate, many, parts
from train import corpus as corpora
from train.batches import Batches
from train.model import Model
from train.objectives import States, needs, negatives
from train.params import Sampling
from train.plan import Plan, Sizes

PLAN = Plan(
    streams="joint 1",
    width=8,
    heads=2,
    inner=16,
    text_tokens=16,
    regions=4,
    dropout=0.0,
    attention_dropout=0.0,
    objectives={"negatives": {"share": 1.0}},
)
OTHER = {"red": "green", "green": "blue", "blue": "black", "black": "red"}


@pytest.fixture(scope="session")
def contrasted(small, told, words):
    """The training split whose English captions have two negatives, of another colour each."""
    rows = []
    for pair in tables.read(small.snapshot / "manifest.parquet").to_pylist():
        if pair["lang"] != "en":
            continue
        _, size, colour, shape = pair["caption"].split()
        false = OTHER[colour]
        for number in range(2):
            rows.append(
                {
                    "uid": pair["uid"],
                    "negative": number,
                    "caption": f"a {size} {false} {shape}",
                    "twin": f"{number} {colour} {shape}, {size}",
                    "twin_negative": f"{number} {false} {shape}, {size}",
                }
            )
            false = OTHER[false]
    file = told / "negatives/negatives.parquet"
    tables.write(pa.Table.from_pylist(rows), file, ["uid", "negative"])
    wanted = needs(PLAN.objectives)
    return corpora.load(small.snapshot, told, "train", words, 16, 4, needs=wanted)


def sampled(corpus, words):
    return Batches(corpus, words, 24, 0, Sampling(languages={"other": 1.0}, neighbours=8))


def made(corpus, words, **params):
    batch = sampled(corpus, words).make(0, np.arange(len(corpus)))
    negatives.prepare(batch, words, negatives.Params(**params), 0)
    return batch


def test_the_four_captions_are_the_pairs_own_its_twin_and_their_negatives(contrasted, words):
    batch = made(contrasted, words, share=1.0)
    rows, apart = batch.targets["negatives"], batch.notes["apart"]
    assert len(rows) > 5
    for row, four in zip(rows.tolist(), apart, strict=True):
        _, size, colour, shape = contrasted.captions[row].split()
        said = [words._tokenizer.decode(one.tolist()).strip() for one in four]
        assert said[0] == contrasted.captions[row]
        assert said[1].split(" ", 1)[1] == f"{colour} {shape}, {size}"
        false = said[2].split()[2]
        assert false != colour
        assert said[3] == said[1].replace(colour, false)
    assert batch.counts["negatives"] == 4 * len(rows)


def test_pairs_with_another_picture_or_without_negatives_are_never_compared(contrasted, words):
    batch = made(contrasted, words, share=1.0)
    rows = batch.targets["negatives"].numpy()
    assert batch.matched[rows].all()
    assert (contrasted.languages[rows] == "en").all()
    may = batch.matched.numpy() & (contrasted.languages == "en")
    assert len(rows) == may.sum()


def test_pairs_are_compared_at_the_share_and_each_negative_as_often(contrasted, words):
    corpus = many(contrasted, 13_500)
    batches, compared, may, first = sampled(corpus, words), 0, 0, 0
    for rows in parts(np.flatnonzero(corpus.languages == "en"), 20_000):
        batch = batches.make(0, rows)
        negatives.prepare(batch, words, negatives.Params(share=0.5), 0)
        rows = batch.targets["negatives"]
        compared, may = compared + len(rows), may + int((batch.notes["contrasts"] > 0).sum())
        width = batch.notes["rivals"].shape[-1]
        own = batch.notes["apart"][:, 2, :width] == batch.notes["rivals"][rows, 0, 0]
        first += int(own.all(1).sum())
    assert_rate(compared, may, 0.5)
    assert_rate(first, compared, 0.5)


def test_each_true_caption_is_set_against_each_false_one():
    scores = torch.tensor([[2.0, 1.0, 0.5, 3.0]])
    head = negatives.Head(PLAN, Sizes(vocabulary=50, features=6, classes=4))
    with torch.no_grad():
        head.match.weight.copy_(torch.eye(8)[:1])
        head.match.bias.zero_()
    apart = F.pad(scores[..., None], (0, 7))
    matched, rows = torch.ones(3, dtype=torch.bool), torch.tensor([1])
    batch = SimpleNamespace(matched=matched, targets={"negatives": rows})
    score = head(States(*(torch.zeros(1),) * 4, apart=apart), batch)
    ahead = torch.tensor([1.5, -1.0, 0.5, -2.0])
    told = torch.tensor([[0.0, 0.0], [float(F.softplus(-ahead).sum()), 4.0], [0.0, 0.0]])
    torch.testing.assert_close(score.pairs, told)
    torch.testing.assert_close(score.loss, F.softplus(-ahead).sum())
    assert score.figure == 2


def test_a_caption_read_apart_gets_the_state_that_it_has_in_a_batch(contrasted, words):
    sizes = Sizes(words.size, contrasted.regions.features.shape[-1], 8)
    torch.manual_seed(0)
    model = Model("imagebert", PLAN, sizes).eval()
    batch = made(contrasted, words, share=1.0)
    batch.hidden = torch.rand(batch.hidden.shape) < 0.5  # what is hidden is seen again apart
    states = model.states(batch)
    batch.hidden = torch.zeros_like(batch.hidden)
    whole = model.states(batch)
    rows = batch.targets["negatives"]
    torch.testing.assert_close(states.apart[:, 0], whole.text[rows, 0])
    assert not torch.equal(states.text[rows, 0], whole.text[rows, 0])


def test_no_pair_to_compare_gives_no_loss_and_no_nan(contrasted, words):
    sizes = Sizes(words.size, contrasted.regions.features.shape[-1], 8)
    model = Model("imagebert", PLAN, sizes)
    batch = made(contrasted, words, share=0.0)
    assert batch.counts["negatives"] == 0
    score = model(batch)["negatives"]
    score.loss.backward()
    assert score.loss == score.figure == 0
    assert all(p.grad is None or p.grad.isfinite().all() for p in model.parameters())
