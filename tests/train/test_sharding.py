import pytest
import torch
from torch import distributed, nn

from curate.dataset.errors import ParamsError
from train import examine, sharding
from train.batches import Batches
from train.layers import prepare_layers
from train.notes import needed
from train.params import Sampling
from train.ranks import Ranks
from train.saving import ShardedCheckpoints
from train.trainer import update
from train.updater import Updater, make_optimizer

ONE = Ranks(0, 1)


@pytest.fixture
def group(tmp_path):
    """A group of this process alone."""
    store = distributed.FileStore(str(tmp_path / "store"), 1)
    distributed.init_process_group("gloo", store=store, rank=0, world_size=1)
    yield
    distributed.destroy_process_group()


def stepped(model, pairs, words, params, steps):
    """The updater of a model after some steps, and the losses of these."""
    todo = examine.tasks(model.plan.objectives)
    batches = Batches(pairs, words, 8, 0, Sampling(languages={"other": 1.0}, neighbours=8))
    updater, losses = Updater(model, make_optimizer(model, params), params), []
    for step, rows in zip(range(steps), batches.order(0), strict=False):
        batch = examine.prepare(batches.make(0, rows), todo, words, 0, 0)
        losses.append(update(model, updater, [(0, batch)], todo, params, step, ONE)[0])
    return updater, losses


def test_a_sharded_model_learns_as_a_whole_one_does(noted, words, make_model, run_params, group):
    params = run_params(precision="fp32", recompute=True)
    more = {"itc": {}, "wra": {}}  # which read sides alone, and have a temperature
    model, sharded = (make_model(dropout=0.3, objectives=more).train() for _ in range(2))
    for one in (model, sharded):  # open_clip's is a single number
        one.heads["itc"].scale = nn.Parameter(one.heads["itc"].scale.detach()[0])
    sharding.shard(sharded, params, ONE)
    whole = [n for n, w in sharded.named_parameters() if not sharding.is_sharded(w)]
    assert whole == ["heads.itc.scale"]
    prepare_layers(sharded, params)
    pairs = noted(*needed(model.plan))
    _, wanted = stepped(model, pairs, words, params, 3)
    _, found = stepped(sharded, pairs, words, params, 3)
    for one, other in zip(wanted, found, strict=True):
        assert other == pytest.approx(one, rel=1e-4)
    weights = sharding.whole(sharded)
    assert weights.keys() == model.state_dict().keys()
    for name, weight in model.state_dict().items():
        torch.testing.assert_close(weights[name], weight, atol=1e-4, rtol=1e-3)


def test_a_sharded_checkpoint_gives_back_weights_moments_and_history(
    pairs, words, make_model, run_params, group, tmp_path
):
    params = run_params(precision="fp32")
    checkpoints = ShardedCheckpoints("run", ONE, tmp_path)
    model, other = make_model(), make_model()
    for one in (model, other):
        sharding.shard(one, params, ONE)
    assert checkpoints.restore(other, Updater(other, make_optimizer(other, params), params)) == (
        0,
        [],
    )
    updater, _ = stepped(model, pairs, words, params, 2)
    checkpoints.save(2, model, updater, [(2, {"loss": 1.0})])
    checkpoints.save(4, model, updater, [(2, {"loss": 1.0})])
    assert [folder.name for folder in checkpoints.folder.iterdir()] == ["step-00000004"]
    fresh = Updater(other, make_optimizer(other, params), params)
    assert checkpoints.restore(other, fresh) == (4, [(2, {"loss": 1.0})])
    for one, two in zip(model.parameters(), other.parameters(), strict=True):
        assert torch.equal(one.full_tensor(), two.full_tensor())
        for moment in ("exp_avg", "exp_avg_sq"):
            kept = updater.optimizer.state[one][moment].full_tensor()
            assert torch.equal(kept, fresh.optimizer.state[two][moment].full_tensor())
    scales = [[group["scale"] for group in one.optimizer.param_groups] for one in (updater, fresh)]
    assert scales[0] == scales[1]


def test_a_sharded_checkpoint_of_heads_that_share_a_layer_gives_it_back_to_both(
    pairs, words, make_model, run_params, group, tmp_path
):
    params, share = run_params(precision="fp32"), {"deep": True, "shared": True}
    checkpoints = ShardedCheckpoints("run", ONE, tmp_path)
    model, other = (make_model(objectives={"moc": share, "mrfr": share}) for _ in range(2))
    for one in (model, other):
        sharding.shard(one, params, ONE)
    updater, _ = stepped(model, pairs, words, params, 2)
    checkpoints.save(2, model, updater, [])
    fresh = Updater(other, make_optimizer(other, params), params)
    assert checkpoints.restore(other, fresh) == (2, [])
    first, second = (other.heads[task].transform.dense.weight for task in ("moc", "mrfr"))
    assert first is second
    kept = model.heads["moc"].transform.dense.weight
    assert torch.equal(first.full_tensor(), kept.full_tensor())
    moments = (updater.optimizer.state[kept], fresh.optimizer.state[first])
    assert torch.equal(*(one["exp_avg"].full_tensor() for one in moments))


def test_a_damaged_sharded_checkpoint_is_as_good_as_none(
    pairs, words, make_model, run_params, group, tmp_path
):
    params = run_params(precision="fp32")
    checkpoints, model = ShardedCheckpoints("run", ONE, tmp_path), make_model()
    sharding.shard(model, params, ONE)
    updater, _ = stepped(model, pairs, words, params, 1)
    checkpoints.save(1, model, updater, [])
    for file in (checkpoints.folder / "step-00000001").glob("*.distcp"):
        file.write_bytes(file.read_bytes()[:100])
    before = {name: weight.clone() for name, weight in sharding.whole(model).items()}
    assert checkpoints.restore(model, updater) == (0, [])
    assert all(torch.equal(before[n], weight) for n, weight in sharding.whole(model).items())


def test_what_sharded_weights_do_not_allow_is_an_error_that_says_so(make_model, run_params):
    with pytest.raises(ParamsError, match="none of: ema, fp16"):
        sharding.shard(make_model(), run_params(ema=0.9, precision="fp16"), ONE)
    with pytest.raises(ParamsError, match="there is one; start it by torchrun"):
        sharding.shard(make_model(), run_params(), ONE)
