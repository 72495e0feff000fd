import pytest
import torch

from tests import _peers as peers
from train import examine
from train.lesson import Lesson
from train.model import Model
from train.models import uniter
from train.objectives import IGNORED, needs
from train.params import RunParams, Sampling


@torch.no_grad()
def test_states_and_losses_are_berts_over_the_papers_embedding_sum():
    ours, some = peers.small(uniter, "joint 2"), peers.batch()
    see, (x1, y1, x2, y2) = ours.vision, some.boxes.unbind(-1)
    box = torch.stack([x1, y1, x2, y2, x2 - x1, y2 - y1, (x2 - x1) * (y2 - y1)], -1)
    features = peers.shown(some)
    features[some.hidden] = see.mask.data
    summed = see.feature_norm(see.feature(features)) + see.box_norm(see.box(box)) + see.segment
    text, vision = peers.words(ours, some), see.norm(summed)
    there = torch.cat([some.words, some.regions], 1)
    theirs = peers.bert(ours, norm=False)
    peers.assert_bert(ours, theirs, some, torch.cat([ours.text.norm(text), vision], 1), there)


def test_what_a_hidden_region_held_shows_nowhere():
    ours, some = peers.small(uniter, "joint 2"), peers.batch()
    before = ours.states(some).text
    some.features[2, 1] = 100.0
    assert torch.equal(ours.states(some).text, before)
    some.features[2, 2] = 100.0
    assert not torch.equal(ours.states(some).text, before)


@pytest.fixture
def steps(noted, words):
    """Batches of steps as the plan draws them, each also as it was before tasks hid anything."""
    plan = uniter.plan(uniter.Params())
    corpus = noted(*needs(plan.objectives))
    lesson = Lesson(
        Model("uniter", uniter.plan(uniter.Params(change=peers.SMALL)), peers.SIZES),
        corpus,
        words,
        RunParams(steps=40, batch=24, sampling=Sampling(languages={"other": 1.0}, neighbours=8)),
        lambda *_: {},
    )
    found = []
    for step in range(40):
        rows, todo = lesson.batches.order(step)[0], lesson.tasks_of(step)
        before = lesson.batches.make(step, rows, examine.matching(todo))
        names = tuple(task.name for task in todo)
        found.append((names, before, lesson.batch(step, step, rows)))
    return found


def test_a_step_hides_only_words_or_only_regions_and_none_where_pairs_are_matched(steps):
    for names, before, batch in steps:
        assert set(batch.targets) == set(names)
        said, shown = torch.equal(batch.tokens, before.tokens), not batch.hidden.any()
        assert torch.equal(batch.features, before.features)
        if names == ("mlm",):
            assert shown
            assert (batch.targets["mlm"] != IGNORED).any(1).all()  # one word at least of each
            assert not said
        elif names in (("mrfr",), ("mrckl",)):
            assert said
            assert batch.hidden.any(1).all()  # one region at least of each picture
            assert torch.equal(batch.hidden, batch.targets[names[0]])  # all are zeroed
        else:
            assert names == ("itm", "wra")
            assert said
            assert shown
    assert {names for names, _, _ in steps} == {("mlm",), ("itm", "wra"), ("mrfr",), ("mrckl",)}


def test_pairs_that_do_not_match_are_made_for_matching_alone(steps):
    for names, _, batch in steps:
        assert batch.matched.all() == (names != ("itm", "wra"))


def test_a_word_that_is_the_only_one_hidden_for_want_of_others_is_the_first(steps):
    first = {
        int((row != IGNORED).int().argmax())
        for names, _, batch in steps
        if names == ("mlm",)
        for row in batch.targets["mlm"]
        if (row != IGNORED).sum() == 1
    }
    assert 1 in first
    assert {int(b.targets["mlm"][:, 0].max()) for n, _, b in steps if n == ("mlm",)} == {IGNORED}


def test_alignment_weighs_a_tenth_beside_matching():
    tasks = {t.name: t.params for t in examine.tasks(uniter.plan(uniter.Params()).objectives)}
    assert (tasks["wra"].weight, tasks["wra"].special, tasks["itm"].weight) == (0.1, True, 1.0)


def test_tasks_that_are_left_out_or_added_change_the_mix():
    other = uniter.plan(uniter.Params(objectives={"wra": None, "grounding": {}}))
    assert other.mix == {"mlm": 2.0, "itm": 2.0, "mrfr": 1.0, "mrckl": 1.0, "grounding": 1.0}


def test_the_code_divides_the_divergence_by_the_classes():
    paper, code = (uniter.plan(uniter.Params(follow=way)) for way in ("paper", "code"))
    assert "per_class" not in paper.objectives["mrckl"]
    assert code.objectives["mrckl"]["per_class"]
