"""Tiny transformers models that learn a few answers by heart, saved as their folders."""

import re
from pathlib import Path

import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

PAD, START, END, UNKNOWN = "<pad>", "<s>", "</s>", "<unk>"
_TINY = {"n_embd": 32, "n_layer": 1, "n_head": 2, "n_positions": 64}


def tokenizer(texts):
    """Words of some texts, each a token; an answer ends with an end token."""
    words = sorted({w for text in texts for w in re.findall(r"\w+|[^\w\s]", text)})
    vocabulary = {word: i for i, word in enumerate([PAD, START, END, UNKNOWN, *words])}
    plain = Tokenizer(models.WordLevel(vocabulary, unk_token=UNKNOWN))
    plain.pre_tokenizer = pre_tokenizers.Whitespace()
    special = {"pad_token": PAD, "bos_token": START, "eos_token": END, "unk_token": UNKNOWN}
    return PreTrainedTokenizerFast(tokenizer_object=plain, **special)


def text_to_text(folder: Path, answers: dict[str, str]) -> Path:
    """A BART that answers texts."""
    words = tokenizer([*answers, *answers.values()])
    torch.manual_seed(0)
    config = transformers.BartConfig(
        vocab_size=len(words), d_model=32, encoder_layers=1, decoder_layers=1,
        encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=64,
        decoder_ffn_dim=64, max_position_embeddings=64, pad_token_id=0, bos_token_id=1,
        eos_token_id=2, decoder_start_token_id=1, forced_eos_token_id=None, dropout=0.0,
    )  # fmt: skip
    model = transformers.BartForConditionalGeneration(config)
    given = words(list(answers), return_tensors="pt", padding=True)
    given.pop("token_type_ids", None)
    _learn(model, {**given, "labels": _labels(words, answers.values())})
    return _saved(folder, model, words)


def causal(folder: Path, prompt: str, answers: dict[str, str]) -> Path:
    """A GPT-2 that goes on after a prompt."""
    asked = {prompt.replace("{caption}", text): answer for text, answer in answers.items()}
    words = tokenizer([*asked, *asked.values()])
    torch.manual_seed(0)
    config = transformers.GPT2Config(
        vocab_size=len(words), bos_token_id=1, eos_token_id=2, pad_token_id=0,
        resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, **_TINY,
    )  # fmt: skip
    model = transformers.GPT2LMHeadModel(config)
    whole = [f"{text} {answer} {END}" for text, answer in asked.items()]
    given = words(whole, return_tensors="pt", padding=True, padding_side="right")
    given.pop("token_type_ids", None)
    labels = given["input_ids"].masked_fill(given["attention_mask"] == 0, -100)
    _learn(model, {**given, "labels": labels})
    return _saved(folder, model, words)


def captioner(folder: Path, pictures, captions) -> Path:
    """A ViT with a GPT-2 that captions pictures."""
    words = tokenizer(captions)
    torch.manual_seed(0)
    vision = transformers.ViTConfig(
        hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64,
        image_size=32, patch_size=8, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    text = transformers.GPT2Config(
        vocab_size=len(words), bos_token_id=1, eos_token_id=2, pad_token_id=0,
        add_cross_attention=True, is_decoder=True, **_TINY,
    )  # fmt: skip
    config = transformers.VisionEncoderDecoderConfig.from_encoder_decoder_configs(vision, text)
    config.decoder_start_token_id, config.pad_token_id = 1, 0
    model = transformers.VisionEncoderDecoderModel(config=config)
    model.generation_config.decoder_start_token_id = 1
    model.generation_config.eos_token_id = 2
    processor = transformers.ViTImageProcessor(size={"height": 32, "width": 32})
    seen = processor(images=list(pictures), return_tensors="pt")
    _learn(model, {**seen, "labels": _labels(words, captions)})
    processor.save_pretrained(folder)
    return _saved(folder, model, words)


def _labels(words, answers):
    ended = [f"{answer} {END}" for answer in answers]
    found = words(ended, return_tensors="pt", padding=True, padding_side="right")
    return found["input_ids"].masked_fill(found["attention_mask"] == 0, -100)


def _learn(model, batch, steps=150):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(steps):
        loss = model(**batch).loss
        if loss < 0.01:
            break
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def _saved(folder, model, words):
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    return folder
