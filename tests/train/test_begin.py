import dataclasses

import pytest
import torch

from curate.dataset.errors import ParamsError, WeightsError
from train import pretrain
from train.begin import begin
from train.model import Model, save
from train.params import Vocabulary


def changed(model):
    """The model with weights that no fresh one has."""
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(1.0)
    return model


def test_a_model_begins_with_all_that_another_has_learnt(make_model, tmp_path):
    other = changed(make_model())
    save(other, tmp_path)
    model = make_model()
    assert begin(model, tmp_path) == ["layers", "mlm", "moc", "mrfr", "itm"]
    learnt = other.state_dict()
    assert all(torch.equal(weight, learnt[name]) for name, weight in model.state_dict().items())


def test_tasks_may_differ_and_a_head_of_another_size_stays_as_it_was(make_model, tmp_path):
    first = make_model(objectives={"mrfr": None})
    sizes = dataclasses.replace(first.sizes, classes=first.sizes.classes - 1)
    other = changed(Model(first.name, first.plan, sizes))
    save(other, tmp_path)
    model, fresh = make_model(), make_model().state_dict()
    assert begin(model, tmp_path) == ["layers", "mlm", "itm"]
    for name, weight in model.state_dict().items():
        stays = name.startswith(("heads.moc.", "heads.mrfr."))
        assert torch.equal(weight, (fresh if stays else other.state_dict())[name])


def test_captions_are_written_with_the_head_that_told_hidden_words(make_model, tmp_path):
    other = changed(make_model())
    save(other, tmp_path)
    model = make_model(objectives={"caption": {}})
    assert begin(model, tmp_path) == ["layers", "mlm", "moc", "mrfr", "itm", "caption"]
    assert torch.equal(model.heads["caption"].dense.weight, other.heads["mlm"].dense.weight)
    writer = changed(changed(make_model(objectives={"caption": {}})))
    save(writer, tmp_path)
    begin(model, tmp_path)
    assert torch.equal(model.heads["caption"].dense.weight, writer.heads["caption"].dense.weight)


def test_a_head_that_chooses_among_other_answers_stays_as_it_was(make_model, tmp_path):
    wished = {"vqa": {}}
    other = changed(make_model(objectives=wished, answers=("red", "blue")))
    save(other, tmp_path)
    assert "vqa" in begin(make_model(objectives=wished, answers=("red", "blue")), tmp_path)
    model = make_model(objectives=wished, answers=("blue", "red"))
    assert "vqa" not in begin(model, tmp_path)
    fresh = make_model(objectives=wished, answers=("blue", "red")).state_dict()
    assert torch.equal(model.heads["vqa"].choose.weight, fresh["heads.vqa.choose.weight"])


def test_a_model_of_other_layers_is_an_error_that_names_what_does_not_fit(make_model, tmp_path):
    save(make_model(streams="joint 1"), tmp_path)
    with pytest.raises(WeightsError, match=r"encoder.parts.0.layers.1.*and others do not fit"):
        begin(make_model(), tmp_path)
    with pytest.raises(WeightsError, match=r"has no config.json"):
        begin(make_model(), tmp_path / "none")


def test_a_run_that_begins_with_a_model_cannot_read_by_other_tokens(small, project, run_params):
    params = run_params(tokenizer=Vocabulary(kind="wordpiece"), initial="none")
    args = ("imagebert", small.snapshot, small.labels, small.network, project / "out")
    with pytest.raises(ParamsError, match="leave out `tokenizer`"):
        pretrain.main(*args, project / "log", params, begin=project / "first")


def test_a_model_that_never_heard_begins_to(make_model, tmp_path):
    other = changed(make_model())
    save(other, tmp_path)
    model = make_model(sound=True)
    fresh = {name: weight.clone() for name, weight in model.media["sound"].state_dict().items()}
    assert begin(model, tmp_path) == ["layers", "mlm", "moc", "mrfr", "itm"]
    assert torch.equal(model.text.word.weight, other.text.word.weight)
    loud = other.text.norm.weight.mean().item()
    for name, weight in model.media["sound"].state_dict().items():
        wanted = torch.full_like(weight, loud) if name == "norm.weight" else fresh[name]
        torch.testing.assert_close(weight, wanted)
    save(changed(model), tmp_path)
    hears = make_model(sound=True)
    begin(hears, tmp_path)
    assert torch.equal(hears.media["sound"].place.weight, model.media["sound"].place.weight)
