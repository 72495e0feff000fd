import random

import pytest
from transformers import AutoTokenizer

from curate.dataset import record, tables
from curate.dataset.errors import ParamsError
from train import evaluate, pretrain, text, tokenizer
from train.params import Sampling, Vocabulary

CAPTIONS = [
    "A tiny red circle",
    "ein grüner  Würfel, groß",
    "ein großer grüner Würfel",
    "赤い丸",
    "красный круг",
] * 3


def learnt(folder, captions=CAPTIONS, size=120):
    tokenizer.learn(captions, Vocabulary(kind="wordpiece", size=size), folder)
    return text.Words(folder)


def test_captions_in_any_order_give_the_same_bytes(tmp_path):
    shuffled = list(CAPTIONS)
    random.Random(0).shuffle(shuffled)
    for name, captions in (("one", CAPTIONS), ("two", shuffled)):
        learnt(tmp_path / name, captions)
    for name in text.TOKENIZER_FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_what_was_learnt_from_is_read_without_an_unknown_token_and_as_hugging_face_reads_it(
    tmp_path,
):
    words = learnt(tmp_path)
    theirs = AutoTokenizer.from_pretrained(tmp_path)
    assert 5 < words.size <= 120
    found = words.encode(CAPTIONS, 64)
    for row, caption in enumerate(CAPTIONS):
        ours = found.ids[found.starts[row] : found.starts[row + 1]].tolist()
        assert ours == theirs(" ".join(caption.split()))["input_ids"]
        assert theirs.unk_token_id not in ours
    unknown = words.encode(["ξ"], 64).ids.tolist()
    assert theirs.unk_token_id in unknown
    assert not {theirs.unk_token_id, theirs.mask_token_id} & set(words.ordinary)


def test_frequent_words_are_one_token_and_each_token_knows_its_word(tmp_path):
    words = learnt(tmp_path, [*CAPTIONS, *["a circle"] * 50], 160)
    spans = words.spans(["a tiny circle"], 16)
    (last,) = spans.within(0, len("a tiny "), len("a tiny circle"))
    assert spans.words[last] == last
    assert words.encode(["CIRCLE"], 8).ids.tolist() == words.encode(["circle"], 8).ids.tolist()


def test_accents_stay(tmp_path):
    words = learnt(tmp_path, ["Würfel", "Wurfel"] * 20)
    assert words.encode(["Würfel"], 8).ids.tolist() != words.encode(["Wurfel"], 8).ids.tolist()


def test_training_captions_alone_are_learnt_from_as_often_as_their_language_weighs(small):
    found = tokenizer.captions(small.snapshot, Sampling(languages={"en": 1.0, "de": 0.25}))
    rows = tables.read(small.snapshot / record.MANIFEST_FILE).to_pylist()
    train = [row["caption"] for row in rows if row["split"] == "train"]
    assert set(found) == set(train)
    assert {caption: found.count(caption) for caption in train} == {
        row["caption"]: 10 if row["lang"] == "en" else 3 for row in rows if row["split"] == "train"
    }


def test_a_model_is_trained_and_measured_with_its_own_tokenizer(small, project, run_params):
    params = run_params(tokenizer=Vocabulary(kind="wordpiece", size=90), initial="none", steps=2)
    pretrain.main(
        "imagebert", small.snapshot, small.labels, small.network, project / "out", project / "log",
        params,
    )  # fmt: skip
    words = text.Words(project / "out")
    assert words.size <= 90 < text.Words(small.network).size
    found = evaluate.main(
        project / "out", small.snapshot, small.labels, evaluate.EvaluateParams(candidates=4)
    )
    assert found["tasks"]["mlm"]["targets"] > 0
    again = run_params(
        tokenizer=Vocabulary(kind="folder", folder=str(project / "out")), initial="none"
    )
    places = (small.network, small.snapshot, project)
    assert tokenizer.folder(again, *places) == project / "out"


def test_words_of_the_filter_network_do_not_fit_another_tokenizer(small, project, run_params):
    params = run_params(tokenizer=Vocabulary(kind="wordpiece"))
    with pytest.raises(ParamsError, match="set initial: none"):
        tokenizer.folder(params, small.network, small.snapshot, project)


def test_a_folder_that_is_not_named_is_asked_for(small, project, run_params):
    params = run_params(tokenizer=Vocabulary(kind="folder"), initial="none")
    with pytest.raises(ParamsError, match="folder: PATH"):
        tokenizer.folder(params, small.network, small.snapshot, project)


def test_a_vocabulary_without_room_for_the_characters_says_how_much_they_need(tmp_path):
    with pytest.raises(ParamsError, match=r"size 20 is too small: .* are \d+") as caught:
        learnt(tmp_path, size=20)
    least = int(str(caught.value).split()[-1])
    assert learnt(tmp_path, size=least).size <= least
