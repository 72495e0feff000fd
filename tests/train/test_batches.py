import dataclasses
import hashlib
import shutil
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
import torch

from curate.dataset import record, tables
from curate.dataset.errors import EmptySetError
from tests._rates import assert_rate, many, parts
from train import corpus, showings
from train.batch import collate
from train.batches import Batches
from train.params import Sampling


def batches(pairs, words, size=8, seed=0, **sampling):
    values = {"languages": {"en": 1.0, "other": 0.5}, **sampling}
    return Batches(pairs, words, size, seed, Sampling(**values))


def test_a_batch_pads_to_its_longest_caption_and_marks_what_is_there(pairs, words):
    rows = np.array([0, 1, 2])
    batch = collate(pairs, rows, rows, np.ones(3, bool), words)
    lengths = pairs.tokens.lengths()[rows]
    assert batch.tokens.shape == (3, lengths.max())
    assert batch.words.sum(1).tolist() == lengths.tolist()
    assert torch.equal(batch.tokens == words.pad, ~batch.words)
    assert batch.features.dtype == torch.float32


def test_an_epoch_takes_each_pair_as_often_as_its_language_weighs(pairs, words):
    found = batches(pairs, words, 8, languages={"en": 2.0, "other": 0.5})
    counts = np.zeros(len(pairs), int)
    for epoch in range(60):
        rows = showings.rows(np.concatenate(found.order(epoch)), len(pairs))
        assert len(rows) % 8 == 0
        np.add.at(counts, rows, 1)
    english = pairs.languages == "en"
    assert counts[english].sum() / counts[~english].sum() == pytest.approx(4, rel=0.15)
    assert counts[english].max() <= 2 * 60
    corpus = many(pairs, 3400)
    shown = np.concatenate(batches(corpus, words, 8, languages={"en": 2.0, "other": 0.3}).order(0))
    rows = showings.rows(shown, len(corpus))
    german = (corpus.languages[rows] != "en").sum()
    assert abs(len(rows) - german - 2 * 102_000) < 8  # what fills no batch
    assert_rate(german, 102_000, 0.3)


def test_batches_hold_captions_of_like_length(pairs, words):
    corpus = many(pairs, 20)
    lengths = corpus.tokens.lengths()
    order = batches(corpus, words, 16, languages={"other": 1.0}).order(0)
    padded = sum(lengths[rows].max() * len(rows) for rows in order)
    assert sum(lengths[rows].sum() for rows in order) / padded >= 0.95


def test_epochs_differ_and_are_the_same_when_asked_again(pairs, words):
    first, again = batches(pairs, words), batches(pairs, words)
    assert all(np.array_equal(a, b) for a, b in zip(first.order(3), again.order(3), strict=True))
    assert not np.array_equal(np.concatenate(first.order(3)), np.concatenate(first.order(4)))
    other = batches(pairs, words, seed=1)
    assert not np.array_equal(np.concatenate(first.order(3)), np.concatenate(other.order(3)))


def test_a_pair_gets_the_same_partner_whatever_is_in_its_batch(pairs, words):
    found = batches(pairs, words)
    rows = np.arange(len(pairs))
    together = np.stack(found.mismatch(2, rows))
    alone = np.concatenate([np.stack(found.mismatch(2, rows[i : i + 1])) for i in rows], 1)
    assert np.array_equal(together, alone)


def test_half_of_the_pairs_are_mismatched_half_of_them_by_caption(pairs, words):
    corpus = many(pairs, 3600)
    rows = np.arange(len(corpus))
    found = batches(corpus, words, hard=0.0)
    texts, pictures, matched = found.mismatch(0, rows)
    assert np.array_equal(matched, (texts == rows) & (pictures == rows))
    # a partner of the own family leaves a pair matched
    wrong = 0.5 * (1 - 1 / len(pairs.regions.names))
    assert_rate((~matched).sum(), len(rows), wrong)
    assert ((texts != rows) & (pictures != rows)).sum() == 0
    assert_rate((texts != rows).sum(), (~matched).sum(), 0.5)
    lender = np.where(texts != rows, texts, pictures)[~matched]  # any of the picture's captions
    assert_rate((lender < len(rows) // 2).sum(), len(lender), 0.5)
    other = found.mismatch(1, rows)[2]  # each epoch draws anew
    assert_rate((~matched & ~other).sum(), len(rows), wrong**2)


@pytest.mark.parametrize("share", [0.0, 0.2, 1.0])  # UNITER's, and LXMERT's
def test_captions_are_the_wrong_side_at_their_share(pairs, words, share):
    corpus = many(pairs, 1800)
    rows = np.arange(len(corpus))
    texts, _, matched = batches(corpus, words, negatives=1.0, by_caption=share).mismatch(0, rows)
    wrong, swapped = (~matched).sum(), (texts != rows).sum()
    if share in (0.0, 1.0):
        assert swapped == share * wrong
    else:
        assert_rate(swapped, wrong, share)


def test_a_mismatch_is_never_of_the_same_family_or_wording(pairs, words):
    same = dataclasses.replace(
        pairs, family=pairs.family // 4, wording=np.where(pairs.wording < 20, 0, pairs.wording)
    )
    for epoch in range(30):
        rows = np.arange(len(same))
        texts, pictures, matched = batches(same, words, negatives=1.0).mismatch(epoch, rows)
        assert (same.family[texts] != same.family[pictures])[~matched].all()
        assert (same.wording[texts] != same.wording[rows])[texts != rows].all()
        assert (same.wording[pictures] != same.wording[rows])[pictures != rows].all()


def test_the_language_of_a_caption_does_not_tell_whether_it_matches(pairs, words):
    for epoch in range(10):
        rows = np.arange(len(pairs))
        texts, _, _ = batches(pairs, words, negatives=1.0).mismatch(epoch, rows)
        assert np.array_equal(pairs.languages[texts], pairs.languages[rows])


def test_hard_negatives_are_among_the_most_similar_pictures(pairs, words):
    near = pairs.regions.embedding @ pairs.regions.embedding.T
    np.fill_diagonal(near, -2)
    best = np.argsort(-near, 1, kind="stable")[:, :3]
    rows = np.arange(len(pairs))
    found = batches(pairs, words, negatives=1.0, hard=1.0, neighbours=3)
    seen = 0
    for epoch in range(10):
        texts, pictures, matched = found.mismatch(epoch, rows)
        own, other = pairs.image[rows], pairs.image[np.where(texts != rows, texts, pictures)]
        worst = near[own, best[own, 2]]
        assert (near[own, other] >= worst - 1e-6)[~matched].all()
        seen += (~matched).sum()
    assert seen > 100


def test_hard_negatives_are_drawn_at_their_share_and_each_neighbour_alike(pairs, words):
    corpus = many(pairs, 1700)
    rows = np.arange(len(corpus))
    found = batches(corpus, words, negatives=1.0, hard=0.3, neighbours=3)
    texts, pictures, _ = found.mismatch(0, rows)
    image = corpus.image[np.where(texts != rows, texts, pictures)]
    of_all = 0.7 / len(pairs.regions.names)
    for place in range(3):
        number = (image == found._partners._similar[corpus.image, place]).sum()
        assert_rate(number, len(rows), 0.1 + of_all)


def test_a_share_of_the_pairs_is_shown_unmasked_whether_they_match_or_not(pairs, words):
    corpus = many(pairs, 3600)
    found, masked, matched = batches(corpus, words, unmasked=0.3), [], []
    for rows in parts(np.arange(len(corpus))):
        batch = found.make(0, rows)
        assert torch.equal(batch.maskable[:, 0], batch.maskable[:, 1])
        masked.append(batch.maskable[:, 0])
        matched.append(batch.matched)
    masked, matched = torch.cat(masked), torch.cat(matched)
    for some in (matched, ~matched):
        assert_rate((~masked & some).sum(), some.sum(), 0.3)


def twinned(pairs):
    """The corpus whose English rows are, two by two, each other's twins, and of one family."""
    first, second = np.flatnonzero(pairs.languages == "en").reshape(-1, 2).T
    twins = np.full((len(pairs), 2), -1)
    twins[first, 0], twins[second, 0] = second, first
    family = pairs.family.copy()
    family[second] = family[first]
    return dataclasses.replace(pairs, twins=twins, family=family)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_share_of_the_mismatched_takes_the_side_of_a_pair_that_differs_in_one_fact(
    pairs, words, share
):
    known = twinned(pairs)
    corpus = many(known, 6800)
    own = np.arange(len(corpus)) % len(pairs)
    rows = np.flatnonzero(known.twins[own, 0] >= 0)
    found = batches(corpus, words, negatives=1.0, twins=share)
    texts, pictures, matched = found.mismatch(0, rows)
    other = known.twins[own[rows], 0]
    by_text, by_picture = own[texts] == other, own[pictures] == other
    taken = by_text | by_picture
    if share in (0.0, 1.0):
        assert taken.mean() == share
    else:
        assert_rate(taken.sum(), len(rows), share)
    assert not matched[taken].any()
    if share:
        assert_rate(by_text[taken].sum(), taken.sum(), 0.5)


def test_each_of_a_pairs_twins_is_taken_as_often(pairs, words):
    english = np.flatnonzero(pairs.languages == "en")
    twins = np.full((len(pairs), 2), -1)
    twins[english] = np.stack([np.roll(english, -1), np.roll(english, -2)], 1)
    known = many(dataclasses.replace(pairs, twins=twins), 3600)
    rows = np.flatnonzero(known.languages == "en")
    texts, pictures, _ = batches(known, words, negatives=1.0, twins=1.0).mismatch(0, rows)
    taken = np.where(texts != rows, texts, pictures)
    assert_rate((taken == known.twins[rows, 0]).sum(), len(rows), 0.5)
    assert_rate((taken == known.twins[rows, 1]).sum(), len(rows), 0.5)


def test_a_corpus_without_twins_draws_what_it_drew_without_the_share(pairs, words):
    rows = np.arange(len(pairs))
    with_share, without = (batches(pairs, words, twins=share) for share in (1.0, 0.0))
    for one, other in zip(with_share.mismatch(3, rows), without.mismatch(3, rows), strict=True):
        assert np.array_equal(one, other)


def test_examinations_see_the_same_pairs_each_time_and_none_of_other_languages(pairs, words):
    found = batches(pairs, words, languages={"de": 1.0})
    first, again = (np.concatenate(list(found.first(10))) for _ in range(2))
    assert np.array_equal(first, again)
    assert len(first) == 10
    assert set(pairs.languages[first]) == {"de"}


def test_weights_that_leave_no_batch_say_how_many_pairs_there_are(pairs, words):
    with pytest.raises(EmptySetError, match=r"an epoch has 0 of 60 pairs.*lower `batch`"):
        batches(pairs, words, languages={"fr": 1.0}).order(0)


def first_batches(snapshot, labels, words):
    """A hash of every tensor of the first two epochs' batches."""
    found = batches(corpus.load(snapshot, labels, "train", words, 16, 4), words)
    seen = hashlib.sha256()
    for epoch in range(2):
        for rows in found.order(epoch):
            for name, value in sorted(vars(found.make(epoch, rows)).items()):
                if torch.is_tensor(value):
                    seen.update(name.encode() + value.numpy().tobytes())
    return seen.hexdigest()


@pytest.fixture
def versions(small, words, project):
    """A repository with two versions of a snapshot; gives it and the batches of each then."""

    def call(*command):
        subprocess.run(command, check=True, capture_output=True)

    def dvc(*command):
        call(sys.executable, "-m", "dvc", *command)

    shutil.copytree(small.snapshot, "mine/data/snapshot")
    shutil.copytree(small.labels, "mine/data/labels")
    root = project / "mine"
    then = []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        for key, value in (("name", "t"), ("email", "t@t.invalid")):
            for role in ("AUTHOR", "COMMITTER"):
                patch.setenv(f"GIT_{role}_{key.upper()}", value)
        call("git", "init", "-q")
        dvc("init", "-q")
        for version in ("v1", "v2"):
            if version == "v2":  # pairs are gone, and the features are others
                file = root / "data/snapshot/manifest.parquet"
                tables.write(tables.read(file).slice(9), file, "uid", record.MANIFEST)
                file = root / "data/labels/regions/regions.parquet"
                rows = tables.read(file)
                rows = rows.set_column(
                    rows.column_names.index("label"), "label", pa.array([0] * len(rows), pa.int32())
                )
                tables.write(rows, file, ["image", "region"])
            (root / "data/snapshot/provenance.json").write_text(f'{{"revision": "{version}"}}')
            dvc("add", "-q", "data/snapshot", "data/labels")
            call("git", "add", ".")
            call("git", "commit", "-qm", version)
            call("git", "tag", version)
            then.append(first_batches(root / "data/snapshot", root / "data/labels", words))
    assert then[0] != then[1]
    return root, call, dvc, then


def test_a_version_that_is_checked_out_again_gives_exactly_its_batches(versions, words, project):
    root, call, dvc, then = versions
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        for version, wanted in (("v1", then[0]), ("v2", then[1])):
            call("git", "checkout", "-q", version)
            dvc("checkout", "-q")
            assert first_batches(root / "data/snapshot", root / "data/labels", words) == wanted
            assert version in (root / "data/snapshot/provenance.json").read_text()


@pytest.mark.parametrize("way", ["get", "import"])
def test_a_version_that_another_project_takes_gives_exactly_its_batches(
    versions, words, project, monkeypatch, way
):
    root, call, dvc, then = versions
    (project / "theirs").mkdir()
    monkeypatch.chdir(project / "theirs")
    call("git", "init", "-q")
    dvc("init", "-q")
    for name in ("snapshot", "labels"):
        dvc(way, "-q", "--rev", "v1", "-o", name, str(root), f"data/{name}")
    theirs = project / "theirs"
    assert first_batches(theirs / "snapshot", theirs / "labels", words) == then[0]
    assert "v1" in (theirs / "snapshot/provenance.json").read_text()
