import numpy as np
import pyarrow as pa
import pytest

from curate.dataset import tables
from curate.dataset.errors import EmptySetError, ParamsError
from curate.stage.params import build
from tests._rates import DRAWS, many
from train import curriculum
from train.batches import Batches
from train.params import Sampling, Worth


@pytest.fixture
def scored(small, pairs, tmp_path):
    """Folders of two scorers' tables, of which the second knows each other picture of the pairs."""
    manifest = tables.read(small.snapshot / "manifest.parquet").sort_by("uid")
    rank = np.arange(manifest.num_rows) / manifest.num_rows
    table = pa.table({"uid": manifest.column("uid"), "likely": rank})
    tables.write(table, tmp_path / "scores/clip.parquet", "uid")
    images = sorted(set(manifest.column("image").to_pylist()))[::2]
    table = pa.table({"image": images, "sharp": [True] * len(images)})
    tables.write(table, tmp_path / "scores_made/look.parquet", "image")
    return [tmp_path / "scores", tmp_path / "scores_made"]


def phases(pairs, small, params, scored=()):
    return curriculum.phases(pairs, params, small.snapshot, scored)


def sampled(run_params, steps=10, **values):
    return run_params(steps=steps, sampling=build(Sampling, values, "sampling"))


def test_a_line_between_two_scores_says_how_often_a_pair_is_passed_over():
    scores = np.array([0.0, 0.2, 0.3, 0.4, 0.9, np.nan])
    rising = Worth(low=0.2, high=0.4, least=0.5, unknown=0.25)
    assert curriculum.passes(scores, rising).tolist() == pytest.approx([0.5, 0.5, 0.75, 1, 1, 0.25])
    falling = Worth(low=0.4, high=0.2)
    assert curriculum.passes(scores, falling).tolist() == pytest.approx([1, 1, 0.5, 0, 0, 1])
    threshold = Worth(low=0.3, high=0.3)
    assert curriculum.passes(scores, threshold).tolist() == [0, 0, 1, 1, 1, 1]


def test_scores_by_pair_and_by_picture_meet_and_what_no_scorer_knows_has_its_own_weight(
    pairs, small, run_params, scored
):
    worths = {
        "clip.likely": {"low": 0.5, "high": 0.5, "least": 0.25},
        "look.sharp": {"low": 1, "high": 1, "unknown": 0.5},
    }
    (phase,) = phases(pairs, small, sampled(run_params, scores=worths), scored)
    manifest = tables.read(small.snapshot / "manifest.parquet").sort_by("uid").to_pylist()
    sharp = set(sorted({row["image"] for row in manifest})[::2])
    wanted = {
        row["uid"]: (1 if number >= len(manifest) / 2 else 0.25)
        * (1 if row["image"] in sharp else 0.5)
        for number, row in enumerate(manifest)
    }
    assert phase.factor.tolist() == [wanted[uid] for uid in pairs.uids]
    assert phase.until is None


def test_a_run_sees_one_source_or_score_after_the_other_and_each_phase_its_own_epochs(
    pairs, small, words, run_params, scored
):
    params = run_params(
        steps=14,
        accumulate=2,
        sampling=build(
            Sampling,
            {
                "languages": {"other": 1.0},
                "stages": [{"until": 4}, {"until": 9, "sources": {"drawn": 0.5}}],
                "scores": {"clip.likely": {"low": 0.5, "high": 0.5}},
            },
            "sampling",
        ),
    )
    parts = phases(pairs, small, params, scored)
    assert [part.until for part in parts] == [8, 18, None]
    schedule = Batches(pairs, words, 8, 0, params.sampling, parts).schedule()
    seen = [next(schedule) for _ in range(28)]
    epochs = [{epoch for epoch, _ in seen[a:b]} for a, b in ((0, 8), (8, 18), (18, 28))]
    assert not epochs[0] & epochs[1]
    assert not epochs[1] & epochs[2]
    good = set(np.flatnonzero(parts[-1].factor))
    last = {row for _, rows in seen[18:] for row in rows}
    assert last <= good
    assert not {row for _, rows in seen[:8] for row in rows} <= good


def test_each_stage_takes_pairs_as_often_as_their_source_and_scores_weigh(
    pairs, small, words, run_params, scored, tmp_path
):
    manifest = tables.read(small.snapshot / "manifest.parquet").sort_by("uid")
    sources = [("noisy", "clean", "drawn")[row % 3] for row in range(manifest.num_rows)]
    at = manifest.column_names.index("source")
    mixed = manifest.set_column(at, "source", pa.array(sources))
    tables.write(mixed, tmp_path / "mixed/manifest.parquet", "uid")
    worths = {
        "clip.likely": {"low": 0.2, "high": 0.8, "least": 0.3},
        "look.sharp": {"low": 1, "high": 1, "unknown": 0.5},
    }
    stages = [
        {"until": 3, "sources": {"noisy": 0.7, "clean": 0.2, "other": 0.4}},
        {"until": 6, "scores": worths},
    ]
    values = {"languages": {"other": 1.0}, "stages": stages, "sources": {"clean": 0.6}}
    params = sampled(run_params, **values)
    parts = curriculum.phases(pairs, params, tmp_path / "mixed", scored)
    times = 100_000 // (len(pairs) // 4) + 1
    tiled = [part._replace(factor=np.tile(part.factor, times)) for part in parts]
    made = Batches(many(pairs, times), words, 8, 0, params.sampling, tiled)
    for number, part in enumerate(parts):
        rows = np.concatenate(made.order(0, number)) % len(pairs)
        taken = np.bincount(rows, minlength=len(pairs))
        order = np.argsort(part.factor, kind="stable")
        for some in np.array_split(order, 4):  # of like factors
            share = part.factor[some].mean()
            spread = (part.factor[some] * (1 - part.factor[some])).sum() * times
            away = taken[some].sum() - share * len(some) * times
            assert len(some) * times >= DRAWS
            assert abs(away) <= 3 * spread**0.5 + 8, (number, some)  # 8: what fills no batch
    assert {part.factor.round(6).min() for part in parts} == {0.2, 0.15, 0.0}


def test_without_stages_sources_and_scores_a_run_is_what_it_was(pairs, small, words, run_params):
    params = run_params()
    plain = Batches(pairs, words, 8, 0, params.sampling).schedule()
    same = Batches(pairs, words, 8, 0, params.sampling, phases(pairs, small, params)).schedule()
    for _ in range(20):
        (epoch, rows), (other, again) = next(plain), next(same)
        assert epoch == other
        assert np.array_equal(rows, again)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"stages": [{"until": 5}, {"until": 5}]}, r"after \[5, 5\] of 10 steps"),
        ({"stages": [{"until": 10}]}, "smaller than `steps`"),
        ({"sources": {"painted": 1.0}}, r"no training pair is from painted \(there are: drawn\)"),
        ({"scores": {"clip.likly": {"low": 0, "high": 1}}}, "did you mean 'clip.likely'"),
    ],
)
def test_what_a_run_cannot_choose_by_is_an_error_that_says_what_there_is(
    pairs, small, run_params, scored, values, said
):
    with pytest.raises(ParamsError, match=said):
        phases(pairs, small, sampled(run_params, **values), scored)


def test_a_phase_that_leaves_too_few_pairs_says_which(pairs, small, words, run_params, scored):
    worths = {"clip.likely": {"low": 2, "high": 2}}
    params = sampled(run_params, scores=worths, stages=[{"until": 3}])
    parts = phases(pairs, small, params, scored)
    schedule = Batches(pairs, words, 8, 0, params.sampling, parts).schedule()
    assert len([next(schedule) for _ in range(3)]) == 3
    with pytest.raises(EmptySetError, match="phase 2 of 2"):
        next(schedule)


def test_a_language_that_no_caption_has_is_named_with_those_that_there_are(
    pairs, small, run_params
):
    known = sampled(run_params, languages={"en": 1.0, "de": 0.5, "other": 0.1})
    assert len(phases(pairs, small, known)) == 1
    wrong = sampled(run_params, languages={"en": 1.0, "frr": 1.0})
    with pytest.raises(ParamsError, match=r"no training caption is in frr \(there are: de, en\)"):
        phases(pairs, small, wrong)
