import json
import shutil

import numpy as np
import pytest
from transformers import AutoTokenizer

from curate.dataset.errors import WeightsError
from train import text

CAPTIONS = ["a tiny red circle", "ein  grüner\tKreis, large", "丸", ""]


def test_captions_become_the_ids_that_hugging_face_gives(small, words):
    theirs = AutoTokenizer.from_pretrained(small.network)
    found = words.encode(CAPTIONS, 64)
    for row, caption in enumerate(CAPTIONS):
        ours = found.ids[found.starts[row] : found.starts[row + 1]].tolist()
        assert ours == theirs(" ".join(caption.split()))["input_ids"]
    assert (words.pad, words.start, words.end, words.mask) == (
        theirs.pad_token_id,
        theirs.cls_token_id,
        theirs.sep_token_id,
        theirs.mask_token_id,
    )


def test_a_long_caption_is_cut_and_still_ends(words):
    found = words.encode(["a tiny red circle and a square and a triangle"], 6)
    assert found.lengths().tolist() == [6]
    assert found.ids[0] == words.start
    assert found.ids[-1] == words.end


def test_rows_are_padded_to_the_longest_of_them_only(words):
    found = words.encode(CAPTIONS, 64)
    rows = np.array([3, 0])
    padded = found.padded(rows, words.pad)
    assert padded.shape == (2, found.lengths()[0])
    assert padded[0].tolist() == [words.start, words.end] + [words.pad] * (padded.shape[1] - 2)
    assert padded[1].tolist() == found.ids[: found.starts[1]].tolist()


def test_no_special_token_counts_as_an_ordinary_word(words):
    assert not set(words.ordinary) & {words.pad, words.start, words.end, words.mask}
    assert len(words.ordinary) == words.size - 5


def test_a_tokenizer_without_a_mask_is_refused_by_what_it_lacks(small, tmp_path):
    text.Words(small.network).save(tmp_path)
    config = json.loads((tmp_path / "tokenizer_config.json").read_text())
    del config["mask_token"]
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config))
    bare = text.Words(tmp_path)  # CLIP needs none
    with pytest.raises(WeightsError, match="has no mask_token"):
        _ = bare.mask
    del config["pad_token"]
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config))
    with pytest.raises(WeightsError, match="has no pad_token"):
        text.Words(tmp_path)


def test_a_folder_without_a_tokenizer_says_what_works(small, tmp_path):
    shutil.copy(small.network / "tokenizer.json", tmp_path)
    with pytest.raises(WeightsError, match=r"has no tokenizer_config\.json.*known to work"):
        text.Words(tmp_path)


@pytest.mark.parametrize("name", text.TOKENIZER_FILES)
def test_a_damaged_tokenizer_is_told_by_its_folder(small, tmp_path, name):
    text.Words(small.network).save(tmp_path)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:40])
    with pytest.raises(WeightsError, match=f"the tokenizer in {tmp_path} is damaged"):
        text.Words(tmp_path)


def test_each_token_knows_its_characters_whatever_the_blanks(words):
    tokens, spans = words.encode(CAPTIONS, 64), words.spans(CAPTIONS, 64)
    assert np.array_equal(spans.starts, tokens.starts)
    assert len(spans.characters) == len(spans.words) == len(tokens.ids)
    for caption in CAPTIONS[:2]:
        row, word = CAPTIONS.index(caption), caption.split()[-1]
        places = spans.within(row, caption.index(word), len(caption))
        own = spans.characters[spans.starts[row] : spans.starts[row + 1]][places]
        assert caption[own[0, 0] : own[-1, 1]].strip() == word
        assert places[-1] == tokens.lengths()[row] - 2
        assert len(set(spans.words[spans.starts[row] : spans.starts[row + 1]][places])) == 1
    assert len(spans.within(0, 0, 0)) == 0


def test_spans_are_cut_where_the_caption_is(words):
    long = ["a tiny red circle and a square and a triangle"]
    spans = words.spans(long, 6)
    assert spans.starts.tolist() == [0, 6]
    assert spans.words[[0, 5]].tolist() == [0, 5]
    assert spans.characters[[0, 5]].tolist() == [[0, 0], [0, 0]]


def test_ids_become_the_text_again_without_what_marks_its_ends(words):
    told = words.encode(["a red  circle,\nlarge"], 16).ids
    assert words.decode(told.tolist()) == "a red circle, large"


@pytest.mark.parametrize(
    ("name", "damaged"),  # by the fuzzer
    [
        ("tokenizer_config.json", b'{"pad_token": [0], "cls_token": "[CLS]"}'),
        ("tokenizer_config.json", b"[1]"),
        ("tokenizer_config.json", b"[" * 100_000),
        ("tokenizer.json", b'{"model": null}'),
    ],
)
def test_a_damaged_tokenizer_is_told_as_such(small, tmp_path, name, damaged):
    text.Words(small.network).save(tmp_path)
    (tmp_path / name).write_bytes(damaged)
    with pytest.raises(WeightsError, match=r"damaged or no tokenizer|has no pad_token"):
        text.Words(tmp_path)
