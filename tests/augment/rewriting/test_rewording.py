"""Methods whose captions come from a model that the user brings."""

import json
from pathlib import Path

import pytest

from augment.made import Context
from augment.methods import back_translation, captioning, paraphrase
from curate.dataset import pixels
from curate.dataset.errors import DataError, ParamsError, WeightsError
from curate.stage import params as parameter_file
from tests import _language_models
from tests.augment._captions import label, located

CAPTIONS = ["a red hat", "a big dog", "two cats"]
ANSWERS = dict(zip(CAPTIONS, ["a hat that is red", "a big dog", "three cats"], strict=True))
NOWHERE = Context(Path("nowhere"), Path("nowhere"), None, None)


def settings(method, **values):
    return parameter_file.build(method.Params, values, f"make.{method.METHOD}")


def told(batch):
    return [(t.image, c.caption) for t in batch.told for c in t.captions]


@pytest.fixture(scope="module")
def bart(tmp_path_factory):
    return _language_models.text_to_text(tmp_path_factory.mktemp("bart"), ANSWERS)


def test_what_a_model_says_is_told_or_refused_with_its_reason(bart):
    pairs = located([(caption, "en", caption) for caption in CAPTIONS])
    batch = paraphrase.make(pairs, NOWHERE, settings(paraphrase, model=str(bart)))
    assert told(batch) == [("a red hat", "a hat that is red")]
    named = {row["uid"]: row["caption"] for row in pairs.to_pylist()}
    refused = {named[uid]: reason for uid, reason, _ in batch.rejected}
    assert refused == {"a big dog": "copy", "two cats": "number changed"}


def test_a_paraphrase_states_the_facts_of_its_parent(bart, packages, project):
    pairs = located([("a", "en", "a red hat")])
    labels = label(pairs, packages, project / "labels")
    context = Context(Path("nowhere"), packages, labels, None)
    batch = paraphrase.make(pairs, context, settings(paraphrase, model=str(bart)))
    facts = [(f["kind"], f["subject"], f["value"]) for f in batch.rows["facts"]]
    assert facts == [("attribute", "hat", "red"), ("object", "hat", None)]


def test_a_paraphrase_is_made_again_by_the_same_model_alone(bart):
    pairs = located([("a", "en", "a red hat")])
    batch = paraphrase.make(pairs, NOWHERE, settings(paraphrase, model=str(bart)))
    recipe = json.loads(json.dumps(batch.told[0].captions[0].recipe))
    assert paraphrase.recaption(recipe, ["a red hat"]) == "a hat that is red"
    with pytest.raises(WeightsError, match="another model"):
        paraphrase.recaption({**recipe, "sha256": "0" * 64}, ["a red hat"])


def test_captions_go_there_and_back(bart, tmp_path):
    there = {"a red hat": "ein roter Hut", "a big dog": "ein Hund"}
    back = {"ein roter Hut": "a hat that is red", "ein Hund": "a dog that is big"}
    folders = {
        "there": str(_language_models.text_to_text(tmp_path / "there", there)),
        "back": str(_language_models.text_to_text(tmp_path / "back", back)),
    }
    pairs = located([("a", "en", "a red hat"), ("b", "en", "a big dog"), ("c", "de", "ein Hund")])
    batch = back_translation.make(pairs, NOWHERE, settings(back_translation, **folders))
    assert told(batch) == [("a", "a hat that is red"), ("b", "a dog that is big")]
    recipe = json.loads(json.dumps(batch.told[0].captions[0].recipe))
    assert back_translation.recaption(recipe, ["a red hat"]) == "a hat that is red"
    named = [Path(f) for f in folders.values()], "the recipe's back_translation models"
    first = back_translation._models(*named)
    assert back_translation.recaption(recipe, ["a big dog"]) == "a dog that is big"
    again = back_translation._models(*named)
    assert [a is b for a, b in zip(first, again, strict=True)] == [True, True]


def test_a_captioner_looks_at_the_picture(project, write_set, drawn):
    shapes = {"a dog": drawn("square", "red"), "a hat": drawn("circle", "blue")}
    pairs = write_set(project / "pool", [(data, "en", text) for text, data in shapes.items()])
    texts = ["a dog sits", "a cat sits"]
    pictures = [pixels.decode(data) for data in shapes.values()]
    folder = _language_models.captioner(project / "vit", pictures, texts)
    rows = located([])
    rows = type(rows).from_pylist([{**r, "set": "pool"} for r in pairs.to_pylist()], rows.schema)
    batch = captioning.make(rows, NOWHERE, settings(captioning, model=str(folder)))
    ((_, caption),) = told(batch)
    assert caption == "a dog sits"
    assert [reason for _, reason, _ in batch.rejected] == ["names nothing of the captions"]
    recipe = json.loads(json.dumps(batch.told[0].captions[0].recipe))
    assert captioning.recaption(recipe, ["a dog"], shapes["a dog"]) == caption
    with pytest.raises(DataError, match="give its encoded bytes"):
        captioning.recaption(recipe, ["a dog"])


@pytest.mark.parametrize("method", [paraphrase, back_translation, captioning])
def test_without_a_model_nothing_is_made(method):
    batch = method.make(located([("a", "en", "a red hat")]), NOWHERE, settings(method))
    assert (batch.told, batch.rejected) == ([], [])


@pytest.mark.parametrize(
    ("method", "names"),
    [(paraphrase, ["model"]), (back_translation, ["there", "back"]), (captioning, ["model"])],
)
def test_a_model_that_is_not_there_is_an_error_that_says_so(method, names):
    values = dict.fromkeys(names, "models/missing")
    with pytest.raises(WeightsError, match="no transformers model at models/missing"):
        method.make(located([("a", "en", "a red hat")]), NOWHERE, settings(method, **values))


def test_a_captioner_of_a_language_without_words_to_check_it_by_is_refused_at_once():
    with pytest.raises(ParamsError, match=r"make\.captioning\.lang is 'sw'.*known: de, en"):
        settings(captioning, lang="sw")


def test_one_way_alone_is_no_back_translation():
    with pytest.raises(ParamsError, match="both `there` and `back`"):
        settings(back_translation, there="models/en-de")
