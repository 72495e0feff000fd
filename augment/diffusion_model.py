"""Pool, decisions, split and CLIP in; a small text-to-image pipeline, and how good it is, out.

It learns from the kept training pairs of the trusted sources alone: first an autoencoder of their
pictures, then a diffusion model of its latents that is told their captions by the text tower of
the filter network. What is written is an ordinary folder of diffusers, which `make.diffusion`, or
any other tool that loads a Stable Diffusion, draws with.
"""

import shutil
from collections.abc import Sequence
from dataclasses import field
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
from pydantic import Field

from augment import kept
from augment.diffusion.recipe import Codec, Network, Shown, Telling, Training
from curate.dataset import tables
from curate.dataset.errors import EmptySetError
from curate.dataset.memory import fingerprint
from curate.stage import code
from curate.stage.params import as_dict, parameters
from curate.stage.run import run


@parameters
class DiffusionModelParams:
    """Whom it trusts, what it is made of, how it is trained: see augment/diffusion/recipe.py."""

    sources: tuple[str, ...]  # keys under crawl.sources that are trusted
    main: str  # BCP-47 language that is told most
    side: Annotated[int, Field(ge=8, multiple_of=8)]  # pixels
    codec: Codec
    squeezing: Training  # of the codec
    network: Network
    training: Training  # of the network
    telling: Telling = field(default_factory=Telling)
    shown: Shown = field(default_factory=Shown)


def main(
    pool: Path,
    decisions: Path,
    split: Path,
    filter_network: Path,
    out: Path,
    params: DiffusionModelParams,
    blurred: Path | None = None,
) -> dict[str, Any]:
    """Train a small text-to-image pipeline, and draw captions that it learnt by it.

    These are of pictures of `shown.captions` groups of near-duplicates, whatever they are of: how
    often a concept is told has no say.

    Raises:
        EmptySetError: no kept training pair is of a trusted source.
        WeightsError: the CLIP's folder is not complete.
        DataError: a loss is not finite.
    """
    import torch

    from augment.diffusion import autoencoder, conditioning, examine, flow, loop, network
    from augment.diffusion.examples import Examples, groups
    from curate.stage.checkpoint import Checkpoints

    torch.set_num_threads(1)  # but for the threads of `loop`, so that bytes depend on no core count
    pairs = _trusted(kept.training(pool, decisions, split, blurred), params.sources)
    tokens = params.network.tokens
    encoder = conditioning.text_encoder(filter_network, tokens)
    tokenize = conditioning.tokenizer(filter_network, tokens)
    examples = Examples(pairs, groups(split), tokenize, params.side, params.main)
    print_ = fingerprint(
        code.prints(__name__), as_dict(params), pairs.column("uid").to_pylist(), filter_network
    )
    checkpoints = [Checkpoints(f"diffusion-{part}-{print_}") for part in ("codec", "network")]
    torch.manual_seed(params.squeezing.seed)
    codec, squeezed = loop.train(
        autoencoder.build(params.codec),
        autoencoder.Squeezing(examples.pictures, params.squeezing),
        params.squeezing,
        checkpoints[0],
        "train autoencoder",
    )
    latents = autoencoder.encode(codec, examples.pictures)
    torch.manual_seed(params.training.seed)
    unet, flowed = loop.train(
        network.unet(
            params.network, latents.shape[-1], latents.shape[1], encoder.config.hidden_size
        ),
        flow.Flow(latents, examples, encoder, params.telling, params.training),
        params.training,
        checkpoints[1],
        "train diffusion",
    )
    whole = network.assemble(unet, codec, encoder.cpu(), tokenize, params.telling.shift)
    shutil.rmtree(out, ignore_errors=True)
    whole.save_pretrained(out)
    for states in checkpoints:
        states.remove()
    return {
        "pictures": len(examples.names),
        "captions": pairs.num_rows,
        "parameters": {
            name: sum(value.numel() for value in model.parameters())
            for name, model in (("codec", codec), ("network", unet), ("text", encoder))
        },
        "psnr": autoencoder.error(codec, examples.pictures, latents),
        "loss": {"codec": squeezed[-1][1], "network": flowed[-1][1]},
        "curve": {"codec": squeezed, "network": flowed},
        "recognised": examine.recognised(whole, filter_network, examples, params.shown),
    }


def _trusted(pairs: pa.Table, sources: Sequence[str]) -> pa.Table:
    found = tables.rows_with(pairs, "source", sources)
    if found.num_rows == 0:
        known = ", ".join(sorted(set(pairs.column("source").to_pylist())))
        raise EmptySetError(
            f"no kept training pair is of {', '.join(sources)} (diffusion_model.sources); "
            f"there are {known}"
        )
    return found


if __name__ == "__main__":
    run("augment.diffusion_model", section="diffusion_model")
