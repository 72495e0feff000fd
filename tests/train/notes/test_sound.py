import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from curate.dataset import record, tables
from curate.dataset.errors import DataError, EmptySetError
from curate.dataset.shards import ShardReader
from train import mel
from train.notes import sound


def told(corpus, rows):
    return corpus.notes[-1](rows, rows, 8)


def bare(corpus, place=None):
    """The corpus without its notes, perhaps of a set elsewhere."""
    sets = corpus.sets if place is None else (str(place),)
    return dataclasses.replace(corpus, notes=(), sets=sets)


def test_each_spoken_caption_is_heard_and_no_other(listened):
    corpus = listened()
    rows = np.arange(len(corpus))
    found = told(corpus, rows)
    heard = [t.startswith("a ") and "huge" not in t for t in corpus.captions]
    assert (found["sound_frames"] > 0).tolist() == heard
    assert found["sound"].shape[1] % sound.PATCH == 0
    at = torch.arange(found["sound"].shape[1])
    assert (found["sound"][at >= found["sound_frames"][:, None]] == 0).all()


def test_what_is_heard_is_the_audio_that_speaks_the_caption_whatever_the_picture(listened):
    corpus = listened()
    audio = tables.read(Path(corpus.sets[0]) / record.AUDIO_FILE).to_pylist()
    row = next(row for row, text in enumerate(corpus.captions) if text.startswith("a tiny"))
    (place,) = (a for a in audio if a["uid"] == corpus.uids[row])
    with ShardReader(corpus.sets[0]) as reader:
        wanted = mel.log_mel(reader.read(place["shard"], place["offset"], place["size"]))
    found = corpus.notes[-1](np.array([row, row]), np.array([0, 5]), 8)
    assert found["sound_frames"].tolist() == [len(wanted)] * 2
    for one in found["sound"]:
        assert np.array_equal(one[: len(wanted)].numpy(), wanted.astype(np.float32))


def test_what_was_heard_once_is_remembered(listened, tmp_path):
    corpus = listened()
    copy = tmp_path / "pool"
    copy.mkdir()
    shutil.copy(Path(corpus.sets[0]) / record.AUDIO_FILE, copy)  # and no tars
    note = sound.read(bare(corpus, copy), None, 16, None, None)
    rows = np.arange(len(corpus))
    again = note(rows, rows, 8)
    assert all(torch.equal(again[name], one) for name, one in told(corpus, rows).items())


def test_audio_that_cannot_be_decoded_is_named_with_its_shard(listened, tmp_path):
    corpus = listened()
    shutil.copytree(corpus.sets[0], tmp_path / "pool")
    for tar in (tmp_path / "pool/audio").iterdir():
        tar.write_bytes(bytes(tar.stat().st_size))
    shutil.rmtree(".pairwright")
    with pytest.raises(DataError, match=r"audio \w+ in .*pool/audio/drawn-\w+\.tar: .*decoded"):
        sound.read(bare(corpus, tmp_path / "pool"), None, 16, None, None)


def test_a_split_of_which_nothing_is_spoken_is_an_error(listened, tmp_path):
    with pytest.raises(EmptySetError, match=r"no caption of .*empty is spoken"):
        sound.read(bare(listened(), tmp_path / "empty"), None, 16, None, None)
