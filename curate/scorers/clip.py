"""Pairs in; the cosine similarity of picture and caption by any CLIP that `open_clip` loads, out.

`model` and `weights` are open_clip's own two names (Cherti et al., "Reproducible scaling laws for
contrastive language-image learning", 2022): an architecture with a hub tag or a checkpoint file,
or one of `hf-hub:org/model` and `local-dir:folder`, which bring their weights with them.

Every distinct picture and caption is encoded once, whatever pairs they stand in; the next batches
of pictures are decoded and preprocessed by threads while the model is at one.
A similarity is the same whatever else is scored beside it: batches always have the same shape
(the last one is filled up), and what is left of rounding noise is cut off at four decimals.
For the same reason captions are cut to fixed lengths, whatever the longest of a batch, and only of
models that give the same vectors without padding; others read them at full length. Our own filter
network reads 1,670 captions a CPU second so, 1,000 at full length.
"""

import contextlib
import functools
import os
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
from curate.dataset.read_once import hashed, read_once
from curate.stage.ahead import ahead
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
_BLOCK = 4096  # pairs whose vectors are in double precision, captions whose tokens are, at once
_STEP = 8  # tokens; captions are cut to multiples of it
_LOADERS = 8  # threads that decode for a GPU, at most; each holds a batch of pictures
_LOCAL, _HUB = "local-dir:", "hf-hub:"


@parameters
class Params:
    """Which CLIP scores, and how."""

    model: str  # open_clip architecture, hf-hub:org/model, or local-dir:folder
    weights: str | None = None  # hub tag or checkpoint file; null with hf-hub: and local-dir:
    device: str = "auto"  # auto (CUDA where there is one), cpu, cuda, cuda:1, ...
    precision: Literal["auto", "fp32", "bf16"] = "fp32"  # auto: bf16 where it is faster
    batch: int = 32  # pictures or captions encoded at once


def fingerprint(params: Params) -> str:
    """Hash of the weights where they lie on this machine, else open_clip's name for them.

    With what `auto` comes to here: a cluster of unlike machines needs a precision by name.

    Raises:
        ParamsError: weights are named beside a model that brings its own.
        WeightsError: a local folder or checkpoint is not there, or none is named.
    """
    found = _weights(params)
    return memory.fingerprint(found, _half(params)) if params.precision == "auto" else found


def _weights(params: Params) -> str:
    packed = params.model.startswith((_LOCAL, _HUB))
    if packed and params.weights is not None:
        raise ParamsError(
            f"weights is {params.weights!r}, but {params.model} brings its own weights; "
            "set it to null"
        )
    if params.model.startswith(_LOCAL):
        folder = Path(params.model.removeprefix(_LOCAL))
        if not (folder / "open_clip_config.json").is_file():
            raise WeightsError(_advice(params, f"{folder} holds no open_clip_config.json"))
        return hashed(folder)
    if params.weights is None and not packed:
        raise WeightsError(_advice(params, f"{params.model} is an architecture, weights is null"))
    checkpoint = Path(params.weights or "")
    if checkpoint.is_file():
        return hashed(checkpoint)
    if checkpoint.suffix or len(checkpoint.parts) > 1:
        raise WeightsError(_advice(params, f"no checkpoint at {checkpoint}"))
    return memory.fingerprint(params.model, params.weights)


def embed_images(rows: pa.Table, params: Params) -> pa.Table:
    """Raw vectors of some pictures, one row each; none of what cannot be read."""
    network = _network(params)
    parts = (rows.slice(start, params.batch) for start in range(0, rows.num_rows, params.batch))
    batches = ahead(lambda part: network.prepared(decoded(part)), parts, network.loaders)
    return embeddings.raw("images", network.images(batches))


def embed_texts(rows: pa.Table, params: Params) -> pa.Table:
    """Raw vectors of some captions, one row each.

    Raises:
        WeightsError: the model cannot be loaded; says how to get it and what runs without it.
    """
    return embeddings.raw("texts", _network(params).texts(rows.column("caption").to_pylist()))


def score(rows: pa.Table, params: Params, found: embeddings.Embeddings) -> pa.Table:  # noqa: ARG001
    """Similarity of each pair, from the vectors of its picture and its caption."""
    there, pictures, captions = found.beside(rows)
    values = np.full(len(there), np.nan)
    near = []
    for start in range(0, len(pictures), _BLOCK):
        some = slice(start, start + _BLOCK)
        both = zip(pictures[some], captions[some], strict=True)
        near += [round(float(p @ c), DECIMALS) for p, c in both]
    values[there] = near
    similarity = pa.array(values, pa.float32(), from_pandas=True)
    return pa.table([rows.column("uid"), similarity], schema=SCHEMA)


def encoders(params: Params) -> tuple[Callable[..., dict[str, np.ndarray]], ...]:
    """Functions that give (D,) float64 vectors of length 1, by image name and by caption."""

    def units(encode: Callable[..., dict[str, np.ndarray]], items: Any) -> dict[str, np.ndarray]:
        raw = encode(items)
        if not raw:
            return {}
        return dict(zip(raw, embeddings.unit(np.array(list(raw.values()), float)), strict=True))

    network = _network(params)

    def images(named: Iterable[tuple[str, Any]]) -> dict[str, np.ndarray]:
        return network.images(map(network.prepared, _batches(iter(named), params.batch)))

    return functools.partial(units, images), functools.partial(units, network.texts)


def _files(params: Params) -> list[str]:
    """Where the weights lie, if they lie on this machine; the hub's bear their revision's name."""
    if params.model.startswith(_LOCAL):
        return [params.model.removeprefix(_LOCAL)]
    return [] if params.weights is None else [params.weights]


@read_once(_files, keep=4)
def _network(params: Params) -> "_Network":
    return _Network(params)


class _Network:
    """A model with what it needs to give raw (D,) float32 vectors, by image name and by caption."""

    def __init__(self, params: Params) -> None:
        import torch

        from curate.contrastive import padding

        torch.set_num_threads(1)  # there is a process for every core
        self.model, self.preprocess, self.tokenizer, self.device = _load(params)
        self.readers = padding.Readers(self.model, self.tokenizer, _STEP)
        self.size, self.half = params.batch, _half(params)
        cores = len(os.sched_getaffinity(0))
        self.loaders = min(_LOADERS, cores) if self.device.type == "cuda" else 1

    def prepared(self, named: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
        """Names and (3, H, W) tensors of the pictures that there are."""
        return [(name, self.preprocess(picture)) for name, picture in named if picture is not None]

    def images(self, batches: Iterable[list[tuple[str, Any]]]) -> dict[str, np.ndarray]:
        """Vectors of what `prepared` gave, in batches that are no longer than the model's."""
        import torch

        found: dict[str, np.ndarray] = {}
        for batch in filter(None, batches):
            vectors = self._run(self.model.encode_image, torch.stack([one for _, one in batch]))
            found.update(zip((name for name, _ in batch), vectors, strict=False))
        return found

    def texts(self, captions: Sequence[str]) -> dict[str, np.ndarray]:
        """Vectors of captions."""
        found: dict[str, np.ndarray] = {}
        for block in _batches(iter(captions), _BLOCK):
            for read, places, rows in self.readers.parted(self.tokenizer(block)):
                for some in _batches(iter(range(len(places))), self.size):
                    vectors = self._run(read, rows[some])
                    found.update(zip((block[places[at]] for at in some), vectors, strict=False))
        return found

    def _run(self, encode: Callable[..., Any], rows: Any) -> np.ndarray:
        """Vectors of rows (n, ...), and of the last one again up to the batch's size."""
        import torch

        filled = rows[np.minimum(np.arange(self.size), len(rows) - 1)].to(self.device)
        kind = self.device.type
        with torch.inference_mode(), torch.autocast(kind, torch.bfloat16, enabled=self.half):
            return encode(filled).float().cpu().numpy()


def _half(params: Params) -> bool:
    """Whether to compute in bfloat16; for `auto` on GPUs that have it and on CPUs with AMX.

    Of CPUs, AVX-512's instructions for it alone are not worth it: ViT-B-32 took 121 ms a picture
    and 94 ms a caption on one core of an AMD EPYC that has them, 96 and 71 ms in full precision.
    """
    import torch

    if params.precision != "auto":
        return params.precision == "bf16"
    if _device(params).type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return bool(torch.cpu.get_capabilities().get("amx_bf16", False))


def _device(params: Params) -> Any:
    import torch

    cuda = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(cuda if params.device == "auto" else params.device)


def _batches(items: Iterator[Any], size: int) -> Iterator[list[Any]]:
    while batch := [item for _, item in zip(range(size), items, strict=False)]:
        yield batch


def _load(params: Params) -> tuple[Any, Any, Any, Any]:
    """Model in evaluation mode, its preprocessing, its tokenizer, and the torch device."""
    import open_clip

    device = _device(params)
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
    model: {_LOCAL}models/filter_network and weights: null
  - a hub tag needs a network once: model: ViT-B-32 and weights: laion2b_s34b_b79k;
    `python -c "import open_clip; print(open_clip.list_pretrained())"` lists them
  - a checkpoint of yours: model: ViT-B-32 and weights: path/to/it.pt
Every other scorer runs without weights. To do without this one, take out the rules on
clip.similarity: -S '~filter.rules.clip'"""
