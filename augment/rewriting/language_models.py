"""A folder of a transformers model in, texts by texts or by pictures out; nothing is downloaded.

Text-to-text models (T5, BART, Marian), causal ones (with a prompt; a chat template is used where
the tokenizer brings one) and captioners (vision encoder-decoders, BLIP, GIT) are those that
transformers' auto classes load. Only safetensors are read and no code of the folder is run.
Beams are searched without sampling and one text at a time: what a text becomes never depends on
those beside it.
"""

import hashlib
from pathlib import Path
from typing import Any

import torch
import transformers
from PIL import Image

from curate.dataset import files
from curate.dataset.errors import WeightsError
from curate.dataset.read_once import read_once

_LOCAL = {"local_files_only": True, "trust_remote_code": False}
_IGNORED = (".bin", ".pt", ".pth", ".h5", ".msgpack", ".ot", ".md")  # never read
_QUOTES = "\"'“”„«» "


class TextModel:
    """A model that makes texts of texts.

    Args:
        folder: of a transformers model, as `save_pretrained` writes it, with its tokenizer.
        where: dotted path of the parameter that names it, for messages.

    Raises:
        WeightsError: it cannot be loaded.
    """

    def __init__(self, folder: Path, where: str) -> None:
        check(folder, where)
        config = _loaded(transformers.AutoConfig, folder, where)
        self._causal = not config.is_encoder_decoder
        name = "AutoModelForCausalLM" if self._causal else "AutoModelForSeq2SeqLM"
        self._tokenizer = _loaded(transformers.AutoTokenizer, folder, where)
        self._model = _weights(getattr(transformers, name), folder, where)
        self.sha256 = fingerprint(folder)

    @torch.inference_mode()
    def tell(self, text: str, prompt: str, beams: int, longest: int) -> str:
        """The model's answer.

        Args:
            text: a caption.
            prompt: what the model is given, with `{caption}` where the caption goes.
            beams: searched at once; 1: greedy.
            longest: tokens of the answer, at most.
        """
        asked = prompt.replace("{caption}", text)
        given = self._tokenizer(self._chat(asked), return_tensors="pt").to(self._model.device)
        given.pop("token_type_ids", None)
        found = _generate(self._model, self._tokenizer, beams, longest, **given)
        if self._causal:
            found = found[given["input_ids"].shape[1] :]
        return _cleaned(self._tokenizer.decode(found, skip_special_tokens=True))

    def _chat(self, asked: str) -> str:
        if not self._causal or not getattr(self._tokenizer, "chat_template", None):
            return asked
        talk = [{"role": "user", "content": asked}]
        return self._tokenizer.apply_chat_template(talk, tokenize=False, add_generation_prompt=True)


class Captioner:
    """A model that tells what a picture shows.

    Args:
        folder: of a transformers model with its tokenizer and image processor.
        where: dotted path of the parameter that names it, for messages.

    Raises:
        WeightsError: it cannot be loaded.
    """

    def __init__(self, folder: Path, where: str) -> None:
        check(folder, where)
        self._tokenizer = _loaded(transformers.AutoTokenizer, folder, where)
        self._processor = _loaded(transformers.AutoImageProcessor, folder, where)
        self._model = _weights(transformers.AutoModelForImageTextToText, folder, where)
        self.sha256 = fingerprint(folder)

    @torch.inference_mode()
    def tell(self, picture: Image.Image, beams: int, longest: int) -> str:
        """A caption of an RGB picture, of so many tokens at most."""
        seen = self._processor(images=picture, return_tensors="pt").to(self._model.device)
        pixels = seen["pixel_values"]
        found = _generate(self._model, self._tokenizer, beams, longest, pixel_values=pixels)
        return _cleaned(self._tokenizer.decode(found, skip_special_tokens=True))


@read_once(lambda folder, *_: [folder], keep=2)
def text_model(folder: Path, where: str) -> TextModel:
    """The text model of a folder, loaded once per process until a file of it is changed."""
    return TextModel(folder, where)


@read_once(lambda folder, *_: [folder], keep=1)
def captioner(folder: Path, where: str) -> Captioner:
    """The captioner of a folder, loaded once per process until a file of it is changed."""
    return Captioner(folder, where)


def check(folder: Path, where: str) -> None:
    """Make sure that a folder holds a model that may be loaded.

    Raises:
        WeightsError: it does not; says what to do.
    """
    if not (folder / "config.json").is_file():
        raise WeightsError(
            f"{where}: no transformers model at {folder} (no config.json); put one there as "
            "`model.save_pretrained` and `tokenizer.save_pretrained` write it, with its licence "
            "read, or set the parameter to null"
        )
    if not any(folder.glob("*.safetensors")):
        raise WeightsError(
            f"{where}: {folder} holds no .safetensors, and a pickle may run any code; load it once "
            "where you trust it and `save_pretrained(folder, safe_serialization=True)`"
        )


def fingerprint(folder: Path) -> str:
    """Hash of a model's files, by name and content; 64 hex digits."""
    found = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.suffix not in _IGNORED and not file.name.startswith("."):
            found.update(f"{file.relative_to(folder).as_posix()} {files.sha256(file)}\n".encode())
    return found.hexdigest()


def library() -> str:
    """Name and version of the library, for a recipe."""
    return f"transformers {transformers.__version__}"


def same(found: str, recipe: Any, folder: Path) -> None:
    """Make sure that a folder's model is the one that a recipe names.

    Raises:
        WeightsError: it is another.
    """
    if found != recipe:
        raise WeightsError(
            f"the model at {folder} has the hash {found[:12]}, the recipe names {recipe[:12]}: "
            "another model tells another caption; put the recipe's one there"
        )


def _loaded(auto: Any, folder: Path, where: str) -> Any:
    try:
        return auto.from_pretrained(folder, **_LOCAL)
    except Exception as error:  # whatever a config, a tokenizer's file or a version may raise
        raise WeightsError(f"{where}: {folder} cannot be loaded: {error}") from error


def _weights(auto: Any, folder: Path, where: str) -> Any:
    try:
        model = auto.from_pretrained(folder, use_safetensors=True, **_LOCAL)
    except Exception as error:  # likewise
        raise WeightsError(f"{where}: {folder} cannot be loaded: {error}") from error
    return model.eval().to("cuda" if torch.cuda.is_available() else "cpu")


def _generate(model: Any, tokenizer: Any, beams: int, longest: int, **given: Any) -> torch.Tensor:
    """Token ids of the best answer `(T,)`."""
    if model.generation_config.pad_token_id is None:  # BLIP takes no such argument
        model.generation_config.pad_token_id = (
            tokenizer.eos_token_id if tokenizer.pad_token_id is None else tokenizer.pad_token_id
        )
    found = model.generate(**given, do_sample=False, num_beams=beams, max_new_tokens=longest)
    return found[0]


def _cleaned(text: str) -> str:
    """The first line of an answer, without quotation marks around it."""
    lines = [line.strip() for line in text.strip().splitlines()] or [""]
    return " ".join(lines[0].strip(_QUOTES).split())
