import pytest

from align import seq2seq
from curate.dataset.errors import WeightsError


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """A T5 of a few thousand random weights, and a tokenizer of some words."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast, T5Config, T5ForConditionalGeneration

    folder = tmp_path_factory.mktemp("t5")
    words = ["<pad>", "</s>", "<unk>", "(", ")", ",", "dog", "hat", "in", "is", "big"]
    own = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="<unk>"))
    own.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=own, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    )
    torch.manual_seed(0)
    config = T5Config(
        vocab_size=len(words), d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2,
        decoder_start_token_id=0, pad_token_id=0, eos_token_id=1,
    )  # fmt: skip
    T5ForConditionalGeneration(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_a_checkpoint_writes_for_every_caption_whatever_the_others_are(checkpoint):
    model = seq2seq.of_folder(checkpoint)
    captions = ["a dog in a hat", "dog", "a big dog"]
    together = model.write(captions)
    assert all(0 < confidence <= 1 for _, confidence in together)
    for caption, (text, confidence) in zip(captions, together, strict=True):
        ((alone, own),) = model.write([caption])
        assert alone == text
        assert own == pytest.approx(confidence, abs=1e-4)


def test_one_that_is_less_sure_than_asked_says_nothing(checkpoint, words):
    assert seq2seq.parse_all(["a dog"], words, checkpoint, 1.0) == [([], [])]


def test_what_it_writes_has_the_caption_s_spans(words, said):
    text = "( dogs , is , 2 ) , ( dogs , is , big ) , ( dogs , wear , hat ) , ( dogs , in , box )"
    caption = "Two big dogs with a hat"
    graph = seq2seq.graph_of(caption, text, words, 0.7)
    assert said(graph) == {"2 dog", "dog: big", "hat", "dog wear hat"}
    assert [caption[n.start : n.end] for n in graph.nodes] == ["big", "dogs", "hat"]
    assert {n.confidence for n in graph.nodes} == {0.7}


@pytest.mark.parametrize("text", ["", "( dog", "nothing , at all", "( , , )", "dog ( in ) hat"])
def test_a_text_of_another_form_says_only_what_can_be_read(text, words):
    graph = seq2seq.graph_of("a dog in a hat", text, words, 0.5)
    assert all(node.lemma for node in graph.nodes)


def test_a_folder_without_a_checkpoint_is_an_error_that_says_what_is_needed(tmp_path):
    with pytest.raises(WeightsError, match=r"config\.json, model\.safetensors"):
        seq2seq.Checkpoint(tmp_path / "none")
