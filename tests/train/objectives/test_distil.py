import copy
import dataclasses

import pytest
import torch
from torch.nn import functional as F

from curate.dataset.errors import ParamsError
from train import examine
from train.batches import Batches
from train.model import load, save
from train.objectives import distil
from train.params import Sampling


@pytest.fixture
def teacher(make_model, tmp_path):
    """A model of two layers in a folder, and the model."""
    model = make_model(inner=64).eval()
    save(model, tmp_path / "teacher")
    return tmp_path / "teacher", model


@pytest.fixture
def student(make_model, teacher):
    """Makes a model that learns from it."""

    def make(params=None, **changed):
        told = {"teacher": str(teacher[0]), **(params or {})}
        return make_model(objectives={"distil": told}, **{"inner": 64, **changed})

    return make


@pytest.fixture
def batch(pairs, words):
    """Makes a batch that is ready for a model's tasks."""

    def make(model):
        batches = Batches(pairs, words, 16, 0, Sampling())
        rows = next(batches.first(16))
        todo = examine.tasks(model.plan.objectives)
        return examine.ready(batches, rows, model.plan, todo, words, 0, 0)

    return make


def score(model, told):
    return model(told)["distil"]


def test_a_model_with_the_teachers_weights_has_nothing_to_learn_but_its_doubt(
    student, teacher, batch
):
    model = student({"logits": 0.0})
    model.load_state_dict(teacher[1].state_dict(), strict=False)
    found = score(model.eval(), told := batch(model))
    assert found.loss.item() == pytest.approx(0.0, abs=1e-4)
    assert found.figure.item() == len(told.keys)


@pytest.mark.parametrize("temperature", [1.0, 3.0])
def test_each_part_of_the_loss_is_what_it_is_said_to_be(student, teacher, batch, temperature):
    softened = {"temperature": temperature}
    model = student(softened, heads=2).eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight += torch.randn_like(weight) / 10
    told = batch(model)
    parts = {}
    for part in ("logits", "hidden", "attention"):
        others = dict.fromkeys({"logits", "hidden", "attention"} - {part}, 0.0)
        own = student(others | softened, heads=2).eval()
        own.load_state_dict(model.state_dict())
        parts[part] = score(own, told).loss.item() / len(told.keys)
    ours, theirs = (m.states(told, tap=True) for m in (model, teacher[1]))
    far = [
        F.mse_loss(a.hidden[a.there], b.hidden[b.there])
        for a, b in zip(ours.taps.values(), theirs.taps.values(), strict=True)
    ]
    assert parts["hidden"] == pytest.approx(torch.stack(far).mean().item(), rel=1e-4)
    sides = ((model, ours), (teacher[1], theirs))
    match = [m.heads["itm"].logits(s) for m, s in sides]
    chance = match[1].sigmoid()
    soft = F.binary_cross_entropy_with_logits(match[0], chance).item()
    soft -= F.binary_cross_entropy(chance, chance).item()
    chosen = told.targets["mlm"] != -100
    words = [m.heads["mlm"].predict(s.text[chosen], s.words) / temperature for m, s in sides]
    far_off = F.kl_div(words[0].log_softmax(1), words[1].softmax(1), reduction="batchmean").item()
    soft += temperature**2 * far_off
    assert parts["logits"] == pytest.approx(soft, rel=1e-4)
    assert parts["attention"] > 0
    together = score(model, told).loss.item() / len(told.keys)
    assert together == pytest.approx(sum(parts.values()), rel=1e-4)


def test_relations_are_those_of_queries_keys_and_values_whatever_the_width():
    def tap(width):
        attended = torch.randn(1, 3, 3 * width)
        return distil.Tap(torch.zeros(1, 3, 4), torch.tensor([[True, True, False]]), attended)

    torch.manual_seed(0)
    own, other = tap(4), tap(6)  # two heads of 2, and of 3
    wanted = []
    for part in range(3):
        for head in range(2):
            logits = []
            for one, width in ((own, 4), (other, 6)):
                part_of = one.attended[0, :2, part * width : (part + 1) * width]
                size = width // 2
                vectors = part_of[:, head * size : (head + 1) * size]
                logits.append(vectors @ vectors.T / size**0.5)
            p, q = logits[1].softmax(1), logits[0].softmax(1)
            wanted.append((p * (p / q).log()).sum(1).mean())
    assert distil.related(own, other).item() == pytest.approx(torch.stack(wanted).mean().item())


@pytest.mark.parametrize("changed", [{"streams": "joint 1"}, {"width": 16, "inner": 32}])
def test_a_smaller_model_comes_nearer_to_its_teacher(student, batch, changed):
    params = {"width": 32} if "width" in changed else {}
    model = student(params, **changed)
    told = batch(model)
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    first = score(model, told).loss.item()
    for _ in range(60):
        optimizer.zero_grad()
        score(model, told).loss.backward()
        optimizer.step()
    assert score(model, told).loss.item() < first / 3


def test_the_teacher_is_no_part_of_the_model(student, batch, tmp_path):
    model = student()
    names = set(model.state_dict())
    score(model, batch(model)).loss.backward()
    assert set(model.state_dict()) == names
    assert all(p.grad is None for p in model.heads["distil"]._teachers[0].parameters())
    save(model, tmp_path / "student")
    assert load(tmp_path / "student").heads["distil"]._teachers == []
    assert copy.deepcopy(model).heads["distil"]._heads[0] is not model.heads


def test_a_teacher_that_reads_otherwise_is_refused(student, batch, teacher, words):
    model = student()
    told = batch(model)
    sizes = dataclasses.replace(model.sizes, vocabulary=words.size + 1)
    save(type(model)("imagebert", teacher[1].plan, sizes), teacher[0])
    with pytest.raises(ParamsError, match=rf"knows {words.size + 1} tokens.*not {words.size}"):
        score(model, told)


@pytest.mark.parametrize(("said", "width"), [(0, 16), (24, 16), (16, 32)])
def test_a_teacher_of_another_width_than_was_said_is_refused(student, batch, said, width):
    model = student({"width": said}, width=width, inner=32)
    wanted = rf"has states of 32 numbers, .* of {width}, .*width is {said}; write `width: 32`"
    with pytest.raises(ParamsError, match=wanted):
        score(model, batch(model))


def test_it_needs_the_task_itm(make_model, teacher):
    with pytest.raises(ParamsError, match="add that, too"):
        make_model(objectives={"distil": {"teacher": str(teacher[0])}, "itm": None})
