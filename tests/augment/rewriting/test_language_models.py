import shutil
from pathlib import Path

import pytest
from PIL import Image

from augment.rewriting.language_models import Captioner, TextModel, check, fingerprint, same
from curate.dataset.errors import WeightsError
from tests import _language_models

ANSWERS = {"a red hat": "a hat that is red", "two dogs": "a pair of dogs"}
PROMPT = "reword {caption} as"


@pytest.fixture(scope="module")
def bart(tmp_path_factory):
    return _language_models.text_to_text(tmp_path_factory.mktemp("bart"), ANSWERS)


@pytest.fixture(scope="module")
def gpt(tmp_path_factory):
    return _language_models.causal(tmp_path_factory.mktemp("gpt"), PROMPT, ANSWERS)


@pytest.mark.parametrize("beams", [1, 3])
def test_a_text_to_text_model_answers_the_same_each_time(bart, beams):
    model = TextModel(bart, "here")
    for text, answer in ANSWERS.items():
        assert [model.tell(text, "{caption}", beams, 16) for _ in range(2)] == [answer, answer]


def test_a_causal_model_answers_without_the_prompt(gpt):
    model = TextModel(gpt, "here")
    assert [model.tell(text, PROMPT, 1, 16) for text in ANSWERS] == list(ANSWERS.values())


def test_an_answer_ends_after_so_many_tokens(bart):
    assert TextModel(bart, "here").tell("a red hat", "{caption}", 1, 3) == "a hat that"


def test_a_captioner_tells_pictures_apart(tmp_path):
    pictures = [Image.new("RGB", (40, 30), colour) for colour in ("red", "blue")]
    captions = ["a warm hat", "a cold dog"]
    model = Captioner(_language_models.captioner(tmp_path / "vit", pictures, captions), "here")
    assert [model.tell(picture, 1, 8) for picture in pictures] == captions


def test_a_missing_folder_is_an_error_that_says_what_to_put_there(tmp_path):
    with pytest.raises(WeightsError, match=r"make\.paraphrase\.model: no transformers model at"):
        check(tmp_path / "nothing", "make.paraphrase.model")


def test_pickled_weights_are_refused_with_what_to_do(bart, tmp_path):
    folder = tmp_path / "pickled"
    shutil.copytree(bart, folder)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(WeightsError, match="safe_serialization=True"):
        TextModel(folder, "here")


def test_damaged_weights_are_an_error_that_names_the_folder(bart, tmp_path):
    folder = tmp_path / "damaged"
    shutil.copytree(bart, folder)
    (folder / "model.safetensors").write_bytes(b"x" * 64)
    with pytest.raises(WeightsError, match="damaged cannot be loaded"):
        TextModel(folder, "here")


def test_code_in_a_folder_is_not_run(bart, tmp_path):
    folder = tmp_path / "code"
    shutil.copytree(bart, folder)
    witness = tmp_path / "ran"
    (folder / "own.py").write_text(f"open({str(witness)!r}, 'w')\nclass Own: pass\n")
    config = (folder / "config.json").read_text()
    mapped = '{"auto_map": {"AutoModelForSeq2SeqLM": "own.Own", "AutoConfig": "own.Own"},'
    (folder / "config.json").write_text(config.replace("{", mapped, 1))
    TextModel(folder, "here")
    assert not witness.exists()


def test_another_models_hash_is_an_error(bart, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(bart, folder)
    assert fingerprint(folder) == fingerprint(bart)
    (folder / "config.json").write_text("{}")
    with pytest.raises(WeightsError, match="another model tells another caption"):
        same(fingerprint(folder), fingerprint(bart), Path(folder))
