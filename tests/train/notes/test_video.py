import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from curate.dataset import clips, record, tables
from curate.dataset.errors import DataError, EmptySetError
from curate.dataset.shards import ShardReader
from train.notes import video
from train.notes.video import FRAMES, SIDE


def told(corpus, texts, pictures):
    return corpus.notes[-1](texts, pictures, 8)


def bare(corpus, place):
    """The corpus without its notes, of a set elsewhere."""
    return dataclasses.replace(corpus, notes=(), sets=(str(place),))


def test_each_picture_that_moves_is_watched_whatever_is_said_of_it_and_no_other(shown):
    corpus = shown()
    rows = np.arange(len(corpus))
    moving = ["huge" not in caption for caption in corpus.captions]
    found = told(corpus, rows, rows)
    assert found["video_frames"].tolist() == [FRAMES * one for one in moving]
    assert (found["video"][~torch.tensor(moving)] == 0).all()
    others = told(corpus, rows[::-1].copy(), rows)
    assert torch.equal(found["video"], others["video"])


def test_what_is_watched_are_the_frames_of_the_clip_that_lies_beside_the_picture(shown):
    corpus = shown()
    places = tables.read(Path(corpus.sets[0]) / record.VIDEO_FILE).to_pylist()
    row = next(row for row, text in enumerate(corpus.captions) if text.startswith("a tiny"))
    (place,) = (one for one in places if one["image"] == corpus.originals[row])
    with ShardReader(corpus.sets[0]) as reader:
        data = reader.read(place["shard"], place["offset"], place["size"])
    frames, times = clips.sample(data, FRAMES, SIDE)
    found = told(corpus, np.array([row]), np.array([row]))
    assert np.array_equal(found["video"][0].numpy(), frames)
    assert found["video_times"][0].tolist() == pytest.approx(times.tolist())


def test_what_was_watched_once_is_remembered(shown, tmp_path):
    corpus = shown()
    copy = tmp_path / "pool"
    copy.mkdir()
    shutil.copy(Path(corpus.sets[0]) / record.VIDEO_FILE, copy)  # and no tars
    rows = np.arange(len(corpus))
    again = video.read(bare(corpus, copy), None, 16, None, None)(rows, rows, 8)
    whole = told(corpus, rows, rows)
    assert all(torch.equal(again[name], one) for name, one in whole.items())


def test_a_clip_that_cannot_be_decoded_is_named_with_its_shard(shown, tmp_path):
    corpus = shown()
    shutil.copytree(corpus.sets[0], tmp_path / "pool")
    for tar in (tmp_path / "pool/video").iterdir():
        tar.write_bytes(bytes(tar.stat().st_size))
    shutil.rmtree(".pairwright")
    with pytest.raises(DataError, match=r"video \w+ in .*pool/video/drawn-\w+\.tar: "):
        video.read(bare(corpus, tmp_path / "pool"), None, 16, None, None)


def test_a_split_in_which_nothing_moves_is_an_error(shown, tmp_path):
    with pytest.raises(EmptySetError, match=r"no picture of .*empty has a clip"):
        video.read(bare(shown(), tmp_path / "empty"), None, 16, None, None)
