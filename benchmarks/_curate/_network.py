"""Captions in; a CLIP as the stage `filter_network` trains it, but of random weights, out."""

from collections.abc import Sequence
from pathlib import Path

from curate.contrastive.recipe import Network
from curate.stage import params as parameter_file


def write(folder: Path, captions: Sequence[str]) -> None:
    """Its folder, in open_clip's format, with a tokenizer that is learnt from the captions."""
    import torch

    from curate.contrastive import network, vocabulary

    values = parameter_file.load(Path("params.yaml"), "filter_network.network")
    recipe = parameter_file.build(Network, values, "filter_network.network")
    tokenizer = vocabulary.learn(captions, recipe.vocabulary)
    config = network.config(recipe, tokenizer.get_vocab_size())
    torch.manual_seed(0)
    network.save(folder, network.build(config), config, tokenizer)
