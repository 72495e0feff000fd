"""Pairs in; the cosine similarity of picture and caption by any CLIP that `open_clip` loads, out.

`model` and `weights` are open_clip's own two names (Cherti et al., "Reproducible scaling laws for
contrastive language-image learning", 2022): an architecture with a hub tag or a checkpoint file,
or one of `hf-hub:org/model` and `local-dir:folder`, which bring their weights with them.

Every distinct picture and caption is encoded once, whatever pairs they stand in.
A similarity is the same whatever else is scored beside it: batches always have the same shape
(the last one is filled up), and what is left of rounding noise is cut off at four decimals.
"""

import contextlib
import functools
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from curate import embeddings
from curate.dataset import memory
from curate.dataset.errors import ParamsError, WeightsError
from curate.dataset.pictures import decoded
from curate.stage.params import parameters

KEY = "uid"
SCHEMA = pa.schema(
    [
        pa.field("uid", pa.string(), nullable=False),
        pa.field("similarity", pa.float32()),  # cosine, -1 to 1, 4 decimals; null: no picture
    ]
)
DECIMALS = 4
HUB_TIMEOUT = 5  # s
_LOCAL, _HUB = "local-dir:", "hf-hub:"


@parameters
class Params:
    """Which CLIP scores, and how."""

    model: str  # open_clip architecture, hf-hub:org/model, or local-dir:folder
    weights: str | None = None  # hub tag or checkpoint file; null with hf-hub: and local-dir:
    device: str = "auto"  # auto (CUDA where there is one), cpu, cuda, cuda:1, ...
    precision: Literal["fp32", "bf16"] = "fp32"  # bf16 pays on GPUs and CPUs that have it
    batch: int = 32  # pictures or captions encoded at once


def fingerprint(params: Params) -> str:
    """Hash of the weights where they lie on this machine, else open_clip's name for them.

    Raises:
        ParamsError: weights are named beside a model that brings its own.
        WeightsError: a local folder or checkpoint is not there, or none is named.
    """
    packed = params.model.startswith((_LOCAL, _HUB))
    if packed and params.weights is not None:
        raise ParamsError(
            f"score.clip.weights is {params.weights!r}, but {params.model} brings its own weights; "
            "set it to null"
        )
    if params.model.startswith(_LOCAL):
        folder = Path(params.model.removeprefix(_LOCAL))
        if not (folder / "open_clip_config.json").is_file():
            raise WeightsError(_advice(params, f"{folder} holds no open_clip_config.json"))
        return memory.fingerprint(folder)
    if params.weights is None and not packed:
        raise WeightsError(_advice(params, f"{params.model} is an architecture, weights is null"))
    checkpoint = Path(params.weights or "")
    if checkpoint.is_file():
        return memory.fingerprint(checkpoint)
    if checkpoint.suffix or len(checkpoint.parts) > 1:
        raise WeightsError(_advice(params, f"no checkpoint at {checkpoint}"))
    return memory.fingerprint(params.model, params.weights)


def embed_images(rows: pa.Table, params: Params) -> pa.Table:
    """Raw vectors of some pictures, one row each; none of what cannot be read."""
    return embeddings.raw("images", _networks(params)[0](decoded(rows)))


def embed_texts(rows: pa.Table, params: Params) -> pa.Table:
    """Raw vectors of some captions, one row each.

    Raises:
        WeightsError: the model cannot be loaded; says how to get it and what runs without it.
    """
    return embeddings.raw("texts", _networks(params)[1](rows.column("caption").to_pylist()))


def score(rows: pa.Table, params: Params, found: embeddings.Embeddings) -> pa.Table:  # noqa: ARG001
    """Similarity of each pair, from the vectors of its picture and its caption."""
    there, pictures, captions = found.beside(rows)
    values = iter([round(float(p @ c), DECIMALS) for p, c in zip(pictures, captions, strict=True)])
    similarity = [next(values) if both else None for both in there]
    return pa.table([rows.column("uid"), pa.array(similarity, pa.float32())], schema=SCHEMA)


def encoders(params: Params) -> tuple[Callable[..., dict[str, np.ndarray]], ...]:
    """Functions that give (D,) float64 vectors of length 1, by image name and by caption."""

    def units(encode: Callable[..., dict[str, np.ndarray]], items: Any) -> dict[str, np.ndarray]:
        raw = encode(items)
        if not raw:
            return {}
        return dict(zip(raw, embeddings.unit(np.array(list(raw.values()), float)), strict=True))

    images, texts = _networks(params)
    return functools.partial(units, images), functools.partial(units, texts)


@functools.cache
def _networks(params: Params) -> tuple[Callable[..., dict[str, np.ndarray]], ...]:
    """Functions that give raw (D,) float32 vectors, by image name and by caption."""
    import torch

    torch.set_num_threads(1)  # there is a process for every core
    model, preprocess, tokenizer, device = _load(params)

    def run(encode: Callable[..., Any], batch: Any) -> np.ndarray:
        half = params.precision == "bf16"
        with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=half):
            return encode(batch.to(device)).float().cpu().numpy()

    def images(named: Iterable[tuple[str, Any]]) -> dict[str, np.ndarray]:
        ready = ((name, preprocess(picture)) for name, picture in named if picture is not None)
        found: dict[str, np.ndarray] = {}
        for batch in _batches(ready, params.batch):
            stacked = torch.stack([tensor for _, tensor in batch])
            vectors = run(model.encode_image, _fill(stacked, params.batch))
            found.update(zip((name for name, _ in batch), vectors, strict=False))
        return found

    def texts(captions: Sequence[str]) -> dict[str, np.ndarray]:
        found: dict[str, np.ndarray] = {}
        for batch in _batches(iter(captions), params.batch):
            vectors = run(model.encode_text, _fill(tokenizer(batch), params.batch))
            found.update(zip(batch, vectors, strict=False))
        return found

    return images, texts


def _batches(items: Iterator[Any], size: int) -> Iterator[list[Any]]:
    while batch := [item for _, item in zip(range(size), items, strict=False)]:
        yield batch


def _fill(rows: Any, size: int) -> Any:
    """The rows (n, ...) with the last one repeated to (size, ...)."""
    return rows[np.minimum(np.arange(size), len(rows) - 1)]


def _load(params: Params) -> tuple[Any, Any, Any, Any]:
    """Model in evaluation mode, its preprocessing, its tokenizer, and the torch device."""
    import open_clip
    import torch

    cuda = "cuda" if torch.cuda.is_available() else "cpu"
    device = torch.device(cuda if params.device == "auto" else params.device)
    try:
        with _no_vain_retries(params):
            model, preprocess = open_clip.create_model_from_pretrained(
                params.model, pretrained=params.weights, device=device
            )
            tokenizer = open_clip.get_tokenizer(params.model)
    except Exception as error:  # whatever a hub, a file format or a config may raise
        raise WeightsError(_advice(params, str(error))) from error
    return model.eval(), preprocess, tokenizer, device


@contextlib.contextmanager
def _no_vain_retries(params: Params) -> Iterator[None]:
    """Where the hub does not answer, its client looks into its cache alone and gives up at once.

    Left to itself it asks for every file again and again, for most of a minute.
    """
    from huggingface_hub import constants

    local = params.model.startswith(_LOCAL) or Path(params.weights or "").is_file()
    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = before or not (local or _answers(constants.ENDPOINT))
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=HUB_TIMEOUT):
            return True
    except urllib.error.HTTPError:
        return True  # it did, if with an error
    except OSError:
        return False


def _advice(params: Params, found: str) -> str:
    return f"""model {params.model!r} with weights {params.weights!r} cannot be loaded: {found}
  - our own filter network needs no download: after `dvc repro filter_network`,
    score.clip.model: {_LOCAL}models/filter_network and score.clip.weights: null
  - a hub tag needs a network once: score.clip.model: ViT-B-32 and score.clip.weights:
    laion2b_s34b_b79k; `python -c "import open_clip; print(open_clip.list_pretrained())"` lists them
  - a checkpoint of yours: score.clip.model: ViT-B-32 and score.clip.weights: path/to/it.pt
Every other scorer runs without weights. To do without this one, take out the rules on
clip.similarity: -S '~filter.rules.clip'"""
