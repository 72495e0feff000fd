import dataclasses
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from curate.contrastive import network, training, views
from curate.contrastive.batches import Examples
from curate.contrastive.recipe import Network, Training

TRAINING = Training(
    epochs=8,
    batch=4,
    rate=3e-3,
    warm_up=0.1,
    decay=0.05,
    words=1.0,
    first_size=24,
    last=0.5,
    zoom=0.8,
    jitter=0.1,
    caption=8,
    split=0.0,
    main_share=0.6,
    precision="fp32",
    seed=0,
)
SMALL = Network(
    tower="test_resnet", size=32, embedding=16, width=32, layers=1, context=8, vocabulary=300
)


@pytest.fixture(scope="module")
def examples():
    """Six plain colours, each with a name of one word in two languages."""
    draw = torch.Generator().manual_seed(0)
    colours = torch.randint(0, 256, (6, 3, 1, 1), generator=draw, dtype=torch.uint8)
    captions = [views.Captions([[10 + i]], [[[20 + i]]]) for i in range(6)]
    words, spelled = [[i] for i in range(6)], [[10 + i] for i in range(6)]
    return Examples(colours.expand(6, 3, 48, 48), captions, words, spelled, np.arange(6), {})


def trained(examples, **changes):
    with training.repeatable(seed=0):
        model = network.build(network.config(SMALL, 300))
        recipe = dataclasses.replace(TRAINING, **changes)
        return model, training.train(model, examples, recipe)


def same(one, two):
    pairs = zip(one.state_dict().values(), two.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def test_training_teaches_what_it_is_shown(examples):
    _, short = trained(examples, epochs=1)
    _, long = trained(examples, epochs=40)
    assert long["loss"]["contrastive"] < 0.5 * short["loss"]["contrastive"]
    assert long["loss"]["words"] < short["loss"]["words"]
    assert (long["steps"], long["batch"]) == (60, 4)


def test_two_threads_give_the_same_weights_each_time(examples):
    assert same(trained(examples)[0], trained(examples)[0])


def test_what_other_threads_do_with_autocast_never_shows_in_the_weights(examples):
    """Whoever leaves autocast empties what all threads keep of it: here one does so always."""
    calm, _ = trained(examples, precision="bf16")
    over = threading.Event()

    def leaves_autocast() -> None:
        while not over.is_set():
            torch.clear_autocast_cache()

    with ThreadPoolExecutor(1) as pool:
        busy = pool.submit(leaves_autocast)
        disturbed, _ = trained(examples, precision="bf16")
        over.set()
        busy.result()
    assert same(calm, disturbed)


def test_another_seed_gives_other_weights(examples):
    assert not same(trained(examples)[0], trained(examples, seed=1)[0])


def test_gradients_are_those_of_one_graph(examples):
    """Cutting the graph at the towers' ends and going on in two threads changes no gradient."""
    from torch.nn import functional as F

    from curate.contrastive import objective
    from curate.contrastive.batches import Batches

    with training.repeatable(seed=0):
        batch = next(iter(Batches(examples, TRAINING, 32)))
        models = []
        for _ in range(2):
            torch.manual_seed(0)
            models.append(network.build(network.config(SMALL, 300)))
        with ThreadPoolExecutor(1) as other:
            losses, _ = training.Towers(models[0], half=False).backward(batch, iter(()), 0.7, other)
        towers = training.Towers(models[1], half=False)
        images = F.normalize(models[1].visual(batch.seen), dim=-1)
        texts, words = (
            F.normalize(network.encode_texts(models[1], tokens), dim=-1)
            for tokens in (batch.tokens, batch.spelled)
        )
        scale = models[1].logit_scale.exp()
        one = objective.contrastive(images, texts, scale, batch.alike)
        two = objective.words(images, words, scale, batch.present)
        (one + 0.7 * two).backward()
    assert not towers.half
    assert losses == pytest.approx((one.item(), two.item()))
    for ours, whole in zip(models[0].parameters(), models[1].parameters(), strict=True):
        torch.testing.assert_close(ours.grad, whole.grad)


def test_the_rate_rises_then_falls():
    shares = [training.share_of_rate(step / 100, 0.1) for step in range(100)]
    assert max(shares) == shares[10] == 1.0
    assert shares[:11] == sorted(shares[:11])
    assert shares[10:] == sorted(shares[10:], reverse=True)
    assert 0 < min(shares) < 0.02


def test_half_precision_is_taken_where_it_is_asked_for():
    assert training.computes_in_half("bf16")
    assert not training.computes_in_half("fp32")
    capable = torch.cpu.get_capabilities().get("avx512_bf16", False)
    assert training.computes_in_half("auto") == capable


def test_torch_is_left_as_it_was_found():
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    deterministic = torch.are_deterministic_algorithms_enabled()
    with training.repeatable(seed=3):
        first = torch.rand(4)
    with training.repeatable(seed=3):
        assert torch.equal(first, torch.rand(4))
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == threads
    assert torch.are_deterministic_algorithms_enabled() == deterministic
