"""A hub id or a folder in; a diffusers pipeline for a task, and the fingerprint of its files, out.

Whatever `DiffusionPipeline` loads will do: Stable Diffusion, SDXL-Turbo, an LCM, our own of
`dvc repro diffusion_model`. What is on this machine is taken before anything is asked of the
hub. Only safetensors are read, and no code that lies beside the weights is run.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from curate.dataset.errors import ParamsError, WeightsError
from curate.dataset.read_once import read_once
from curate.stage import machine

TASKS = ("text", "image", "inpaint")
_INDEX = "model_index.json"
_LATENTS = 4  # channels of Stable Diffusion's
_SNAPSHOTS = "snapshots"  # folder of a hub's model on this machine: a folder for each commit


@dataclass(frozen=True)
class Loaded:
    """A pipeline and what a recipe says of it."""

    pipeline: Any
    print: str  # of the folder's files
    precision: str  # fp32, fp16 or bf16
    scheduler: str  # class in diffusers
    revision: str | None  # commit of a hub's model; None: a folder


@read_once(lambda model, *_: [model], keep=1)
def load(
    model: str,
    task: str,
    precision: str,
    scheduler: "Scheduler",
    revision: str | None = None,
    section: str = "make.diffusion",
) -> Loaded:
    """A pipeline on this machine's device.

    Args:
        model: folder of a pipeline, or id on the hub.
        task: of `TASKS`.
        precision: fp32, fp16, bf16, or auto: fp16 on an accelerator, else fp32.
        scheduler: the sampler that takes the place of the pipeline's own, if any.
        revision: commit of a hub's model; None: the newest one that is here.
        section: of params.yaml that asks for it, for messages.

    Raises:
        WeightsError: there is no such pipeline, or it cannot be loaded.
        ParamsError: no such scheduler, or the pipeline cannot do the task.
    """
    import diffusers
    import torch

    torch.set_num_threads(1)  # there is a process for every core; more would round differently
    folder = resolve(model, revision, section)
    device = machine.device()
    if precision == "auto":
        precision = "fp16" if device.type == "cuda" else "fp32"
    kind = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}[precision]
    with _quiet():
        try:
            found = diffusers.DiffusionPipeline.from_pretrained(
                folder.as_posix(),
                dtype=kind,
                use_safetensors=True,
                local_files_only=True,
                low_cpu_mem_usage=False,
            )
        except Exception as error:  # whatever a file format or a config may raise
            raise WeightsError(_unloaded(section, model, error)) from error
        found = _for_task(found, task, model, section)
        if scheduler.name:
            found.scheduler = _sampler(found.scheduler, scheduler, section)
        found.set_progress_bar_config(disable=True)
        found.to(device)
    of = folder.name if folder.parent.name == _SNAPSHOTS else None
    return Loaded(found, fingerprint(folder), precision, type(found.scheduler).__name__, of)


@dataclass(frozen=True)
class Scheduler:
    """A sampler of diffusers by the name of its class, and what of its configuration is changed."""

    name: str | None = None
    changed: tuple[tuple[str, Any], ...] = field(default=())

    @classmethod
    def of(cls, name: str | None, changed: Mapping[str, Any]) -> "Scheduler":
        """As a section of params.yaml says it."""
        return cls(name, tuple(sorted(changed.items())))


def resolve(model: str, revision: str | None = None, section: str = "make.diffusion") -> Path:
    """Folder of a pipeline's files: its own, or where the hub's are kept on this machine.

    Of a hub's model a commit may be asked for (`revision`); `section` of params.yaml asks for it.

    Raises:
        WeightsError: it is neither a pipeline's folder nor to be had from the hub.
    """
    folder = Path(model)
    if (folder / _INDEX).is_file():
        return folder
    if folder.is_absolute() or folder.exists() or folder.parent.is_dir():
        raise WeightsError(_unloaded(section, model, f"{folder / _INDEX} is not there"))
    from diffusers import DiffusionPipeline

    with _quiet():
        for local in (True, False):
            try:
                return Path(
                    DiffusionPipeline.download(
                        model, use_safetensors=True, local_files_only=local, revision=revision
                    )
                )
            except Exception as error:  # of the network, the hub, or a file that is missing
                last = error
    raise WeightsError(_unloaded(section, model, last)) from last


def library_versions() -> str:
    """Releases of the libraries that a drawn picture's bytes depend on."""
    return f"diffusers {version('diffusers')}, torch {version('torch')}"


def fingerprint(folder: Path) -> str:
    """Hash of the names and bytes of a folder's files, wherever it lies."""
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder).as_posix()
        if file.is_file() and not any(part.startswith(".") for part in name.split("/")):
            with file.open("rb") as content:
                digest.update(
                    f"{name}\0{hashlib.file_digest(content, 'sha256').hexdigest()}\n".encode()
                )
    return digest.hexdigest()[:32]


def side(pipeline: Any) -> int | None:
    """Pixels of a side that a pipeline was made for; None where it does not say."""
    network = getattr(pipeline, "unet", None) or getattr(pipeline, "transformer", None)
    size = getattr(getattr(network, "config", None), "sample_size", None)
    scale = getattr(pipeline, "vae_scale_factor", None)
    return size * scale if isinstance(size, int) and isinstance(scale, int) else None


def _for_task(pipeline: Any, task: str, model: str, section: str) -> Any:
    import diffusers

    if task == "text":
        return pipeline
    if task == "inpaint":
        _take_latents_alone(pipeline)
    name = {"image": "AutoPipelineForImage2Image", "inpaint": "AutoPipelineForInpainting"}[task]
    try:
        return getattr(diffusers, name).from_pipe(pipeline)
    except ValueError as error:
        raise ParamsError(
            f"{section}: {type(pipeline).__name__} of {model} has no form for {task!r}: {error}"
        ) from error


def _take_latents_alone(pipeline: Any) -> None:
    """Let diffusers inpaint with a network that takes nothing beside latents, as ours does.

    It keeps such a network's unmasked latents at every step, and knows it by the number of its
    channels: the 4 that Stable Diffusion's latents have, where ours have more.
    """
    network, codec = getattr(pipeline, "unet", None), getattr(pipeline, "vae", None)
    if network is None or codec is None:
        return
    if network.config.in_channels == codec.config.latent_channels:
        network.register_to_config(in_channels=_LATENTS)


def _sampler(own: Any, wanted: Scheduler, section: str) -> Any:
    import diffusers

    kind = getattr(diffusers, wanted.name or "", None)
    if kind is None or not hasattr(kind, "set_timesteps"):
        known = ", ".join(sorted(c.__name__ for c in getattr(own, "compatibles", []))) or "none"
        raise ParamsError(
            f"{section}.scheduler is {wanted.name!r}; those that fit the pipeline are {known}"
        )
    return kind.from_config(own.config, **dict(wanted.changed))


def _unloaded(section: str, model: str, why: object) -> str:
    return (
        f"{section}.model: no pipeline can be loaded from {model!r}: {why}. It is a folder "
        f"with {_INDEX} and safetensors, as `save_pretrained` writes it, or an id on the hub, "
        "which is fetched once a network allows it. Without either, "
        "`dvc repro diffusion_model` trains a small one into models/diffusion; all other methods "
        "of making run without it"
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Diffusers and transformers without bars and remarks while they load."""
    from diffusers.utils import logging as remarks
    from transformers.utils import logging as others

    levels = [(log, log.get_verbosity()) for log in (remarks, others)]
    try:
        for log, _ in levels:
            log.set_verbosity_error()
            log.disable_progress_bar()
        yield
    finally:
        for log, level in levels:
            log.set_verbosity(level)
            log.enable_progress_bar()
