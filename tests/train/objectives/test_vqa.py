import os
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from torch.nn import functional as F

from curate.dataset.errors import ParamsError
from curate.dataset.questions import KINDS
from curate.stage.params import as_dict
from tests import _peers as peers
from tests._rates import assert_rate, many, parts
from train import examine, masking, pretrain
from train.batches import Batches
from train.model import load, make, save
from train.models import clip
from train.notes.questions import key
from train.objectives import vqa
from train.params import Sampling
from train.recipe import Params
from train.trainer import update
from train.updater import Updater, make_optimizer

ROOT = Path(__file__).resolve().parents[3]
TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")
EVERY = Sampling(languages={"other": 1.0}, neighbours=8)
ANSWERS = ("no", "yes", "red", "green", "blue", "black")


@pytest.fixture
def asked(noted):
    """The training split with its questions."""
    return noted("questions")


def made(corpus, words, **params):
    batch = Batches(corpus, words, 24, 0, EVERY).make(0, np.arange(len(corpus)))
    vqa.prepare(batch, words, vqa.Params(**params), 0)
    return batch


def test_a_question_of_the_pairs_own_picture_is_drawn_with_its_answer(asked, words):
    batch = made(asked, words, share=1.0)
    rows = batch.targets["vqa"]
    assert torch.equal(rows, torch.nonzero(batch.matched).squeeze(1))
    assert 0 < len(rows) < len(asked)
    assert batch.counts["vqa"] == len(rows)
    for at, row in enumerate(rows.tolist()):
        question = words._tokenizer.decode(batch.notes["question"][at].tolist()).strip()
        which = 1 if question.startswith("red") else 0
        assert batch.notes["answer"][at] == batch.notes["answers"][row, which]
        assert KINDS[batch.notes["answer_kind"][at]] == ("colour", "attribute")[which]
    assert (batch.notes["question_words"] == (batch.notes["question"] != words.pad)).all()
    assert batch.notes["question_words"].any(0).all()  # no longer than the longest


def test_pairs_are_asked_at_the_share_and_each_question_as_often(asked, words):
    corpus = many(asked, 6800)
    batches, number, colours, may = Batches(corpus, words, 24, 0, EVERY), 0, 0, 0
    for rows in parts(np.arange(len(corpus)), 20_000):
        batch = batches.make(0, rows)
        vqa.prepare(batch, words, vqa.Params(share=0.5), 0)
        number, may = number + batch.counts["vqa"], may + int(batch.matched.sum())
        colours += int((batch.notes["answer_kind"] == KINDS.index("colour")).sum())
    assert_rate(number, may, 0.5)
    assert_rate(colours, number, 0.5)


def test_a_draw_follows_from_the_pair_and_not_from_its_batch(asked, words):
    batches = Batches(asked, words, 24, 0, EVERY)
    found = {}
    for rows in (np.arange(20), np.arange(5, 20)[::-1]):
        batch = batches.make(3, rows)
        vqa.prepare(batch, words, vqa.Params(share=0.5), 0, 3)
        drawn = zip(rows[batch.targets["vqa"]], batch.notes["answer"].tolist(), strict=True)
        found[len(rows)] = {(int(row), answer) for row, answer in drawn if row >= 5}
    assert found[20] == found[15] != set()


def test_a_picture_that_is_withheld_is_not_asked_about(asked, words):
    batches = Batches(asked, words, 24, 0, EVERY)
    batch = batches.make(0, np.arange(len(asked)), wrong=False)
    masking.withhold(batch, 0.5, 0)
    vqa.prepare(batch, words, vqa.Params(share=1.0), 0)
    assert 0 < batch.counts["vqa"] < len(asked)
    assert not batch.withheld[batch.targets["vqa"]].any()


def test_a_question_is_read_with_the_whole_picture_in_the_captions_place(asked, words, make_model):
    model = make_model(objectives={"vqa": {}}, answers=ANSWERS, dropout=0.0).eval()
    batch = made(asked, words, share=1.0)
    batch.hidden = torch.rand(batch.hidden.shape) < 0.5  # what is hidden is seen again apart
    states = model.states(batch)
    rows = batch.targets["vqa"].numpy()
    alone = Batches(asked, words, 24, 0, EVERY).make(0, rows, wrong=False)
    alone.tokens, alone.words = batch.notes["question"], batch.notes["question_words"]
    torch.testing.assert_close(states.asked, model.states(alone).pooled)


def test_the_loss_is_that_of_choosing_among_the_answers_that_are_known(asked, words, make_model):
    model = make_model(objectives={"vqa": {}}, answers=ANSWERS[:3], dropout=0.0).eval()
    batch = made(asked, words, share=1.0)
    head, states = model.heads["vqa"], model.states(batch)
    logits = head.choose(head.norm(F.gelu(head.dense(states.asked))))
    place = {key(answer): at for at, answer in enumerate(ANSWERS[:3])}
    wanted = torch.tensor([place.get(one, -1) for one in batch.notes["answer"].tolist()])
    assert (wanted < 0).any()
    score = head(states, batch)
    known = wanted >= 0
    torch.testing.assert_close(
        score.loss, F.cross_entropy(logits[known], wanted[known], reduction="sum")
    )
    assert score.figure == (logits.argmax(1) == wanted).sum() == score.right.sum()
    rows = batch.targets["vqa"]
    assert score.pairs[:, 1].nonzero().squeeze(1).tolist() == rows.tolist()
    torch.testing.assert_close(score.pairs[:, 0].sum(), score.loss.detach())


@pytest.mark.parametrize(
    "streams", ["joint 2", "text 1 | vision 1 | cross 1", "text 1 | vision 1 | coattention 1"]
)
def test_no_question_gives_no_loss_and_no_nan(asked, words, make_model, streams):
    model = make_model(objectives={"vqa": {}}, answers=ANSWERS, streams=streams)
    batch = made(asked, words, share=0.0)
    assert batch.counts["vqa"] == 0
    score = model(batch)["vqa"]
    score.loss.backward()
    assert score.loss == score.figure == 0
    assert all(p.grad is None or p.grad.isfinite().all() for p in model.parameters())


def test_answering_is_learnt_and_told_of_each_kind_beside_its_chance(
    asked, words, make_model, run_params
):
    only = {"vqa": {"share": 1.0}, "mlm": None, "moc": None, "mrfr": None, "itm": None}
    model = make_model(objectives=only, answers=ANSWERS, dropout=0.0).train()
    todo = examine.tasks(model.plan.objectives)
    batches = Batches(asked, words, 24, 0, EVERY)
    params = run_params(rate=3e-3, steps=600, warm_up=0.0)
    updater = Updater(model, make_optimizer(model, params), params)
    before = examine.figures(model, batches, words, 60, 0, nullcontext())["vqa"]
    for step in range(90):
        rows = np.arange(len(asked))[step % 3 :: 3]
        batch = examine.ready(batches, rows, model.plan, todo, words, 0, step)
        update(model, updater, [(0, batch)], todo, params, step)
    found = examine.figures(model, batches, words, 60, 0, nullcontext())["vqa"]
    assert found["accuracy"] > before["accuracy"]
    assert set(found["kinds"]) == {"colour", "attribute"}
    for figures in found["kinds"].values():
        assert figures["accuracy"] > figures["chance"] + 0.1
    number = sum(one["targets"] for one in found["kinds"].values())
    assert number == found["targets"]
    for name in ("accuracy", "chance"):
        shares = sum(one[name] * one["targets"] for one in found["kinds"].values())
        assert shares / number == pytest.approx(found[name])


def test_the_answers_are_kept_with_the_model(make_model, tmp_path):
    model = make_model(objectives={"vqa": {}}, answers=ANSWERS)
    save(model, tmp_path)
    again = load(tmp_path)
    assert again.sizes == model.sizes
    assert again.sizes.answers == ANSWERS
    assert torch.equal(again.heads["vqa"].keys, model.heads["vqa"].keys)


def test_a_run_learns_to_answer_and_goes_on_to_the_same_bytes(small, known, project, run_params):
    wished = {"size": "tiny", "change": run_params().model["change"], "objectives": {"vqa": {}}}
    weights = []
    for out, more in (("one", {}), ("two", {"accumulate": 1, "workers": 1})):
        parts = (small.snapshot, known, small.network, Path(out), Path("logs", out))
        figures = pretrain.main("imagebert", *parts, run_params(model=wished, **more))
        assert "validation/vqa/accuracy" in figures["last"]
        assert not any("kinds" in name for name in figures["last"])
        weights.append(Path(out, "model.safetensors").read_bytes())
    assert weights[0] == weights[1]
    assert set(load(Path("one")).sizes.answers) == {*ANSWERS, "maybe"}


@pytest.mark.slow
def test_two_processes_learn_to_answer_as_one_does_to_the_bit(small, known, project, run_params):
    wished = run_params().model | {"objectives": {"vqa": {"share": 0.5}}}
    params = as_dict(run_params(accumulate=2, model=wished))
    Path("params.yaml").write_text(yaml.safe_dump({"pretrain": {"imagebert": params}}))
    paths = {"snapshot": small.snapshot, "labels": known, "filter-network": small.network}
    for out, launcher in (("one", ()), ("two", TORCHRUN)):
        wanted = paths | {"out": out, "log": f"logs/{out}"}
        flags = [word for name, path in wanted.items() for word in (f"--{name}", str(path))]
        command = [sys.executable, *launcher, "-m"] + ["--"] * bool(launcher)
        command += ["train.pretrain", "--name", "imagebert", *flags]
        environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
        subprocess.run(command, env=environment, check=True, capture_output=True, timeout=600)
    for name in ("model.safetensors", "ledger.parquet"):
        assert Path("one", name).read_bytes() == Path("two", name).read_bytes()


def test_who_has_no_answers_and_who_never_joins_both_sides_is_refused(make_model):
    with pytest.raises(ParamsError, match="no answers to choose from"):
        make_model(objectives={"vqa": {}})
    plan = clip.plan(Params(objectives={"vqa": {}}))
    with pytest.raises(ParamsError, match=r"not vqa; leave.*vqa: null"):
        make("clip", plan, peers.SIZES)
