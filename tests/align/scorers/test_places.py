from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
import torch

from align.grounding.matching import Rule
from align.scorers import places
from curate.contrastive import network, vocabulary
from curate.contrastive.recipe import Network
from curate.dataset import record, sets, shards
from curate.dataset.errors import ParamsError, WeightsError
from curate.stage import params


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A small contrastive model of random weights as open_clip reads it."""
    path = tmp_path_factory.mktemp("network")
    tokenizer = vocabulary.learn(["a dog left of a cat"] * 3, 300)
    recipe = Network(
        tower="test_resnet", size=32, embedding=16, width=32, layers=1, context=12, vocabulary=300
    )
    values = network.config(recipe, tokenizer.get_vocab_size())
    torch.manual_seed(0)
    network.save(path, network.build(values).eval(), values, tokenizer)
    return f"local-dir:{path}"


@pytest.fixture
def rows(tmp_path: Path, drawn: Callable[..., bytes]) -> Callable[..., pa.Table]:
    """Pairs of one picture."""

    def make(*said: tuple[str, str]) -> pa.Table:
        data = drawn("circle", "red", 60)
        name = record.image_name(data)
        place = shards.write(tmp_path, "drawn", [(name, "png", data)], per_shard=1)[name]
        empty = {f.name: "" if pa.types.is_string(f.type) else 0 for f in sets.LOCATED}
        here = {"image": name, "set": str(tmp_path), **place._asdict()}
        return pa.Table.from_pylist(
            [
                empty | here | {"uid": f"u{i}", "lang": lang, "caption": caption}
                for i, (lang, caption) in enumerate(said)
            ],
            sets.LOCATED,
        )

    return make


def test_two_captions_that_say_the_opposite_are_never_both_borne_out(
    rows: Callable[..., pa.Table], model: str, database_folder: Path
) -> None:
    params = places.Params(
        wordnet=database_folder, model=model, maker={"kind": "grid", "cells": 2},
        rule=Rule(least=-1, sure=0), clear=0.0,
    )  # fmt: skip
    said = [f"a dog to the {side} of a cat" for side in ("left", "right")]
    found = places.score(rows(*(("en", caption) for caption in said)), params)
    assert found.schema.equals(places.SCHEMA)
    assert found.column("relations").to_pylist() == [1, 1]
    assert sum(found.column("contradicted").to_pylist()) >= 1


def test_what_is_not_sure_is_not_judged(
    rows: Callable[..., pa.Table], model: str, database_folder: Path
) -> None:
    params = places.Params(wordnet=database_folder, model=model, rule=Rule(sure=1))
    found = places.score(rows(("en", "a dog to the left of a cat")), params).to_pylist()
    assert found == [{"uid": "u0", "relations": 0, "contradicted": 0}]


def test_captions_without_places_have_none_and_other_languages_are_not_read(
    rows: Callable[..., pa.Table], model: str, database_folder: Path
) -> None:
    params = places.Params(wordnet=database_folder, model=model)
    found = places.score(rows(("en", "a dog on a cat"), ("de", "ein Hund")), params)
    assert found.column("relations").to_pylist() == [0, None]
    assert found.column("contradicted").to_pylist() == [0, None]


def test_the_fingerprint_is_of_the_model_and_wordnet(model: str, database_folder: Path) -> None:
    known = places.fingerprint(places.Params(wordnet=database_folder, model=model))
    assert known == places.fingerprint(places.Params(wordnet=database_folder, model=model))
    with pytest.raises(WeightsError, match="no folder"):
        places.fingerprint(places.Params(wordnet=database_folder, model="local-dir:nowhere"))


def test_another_parser_or_detector_is_another_fingerprint(
    model: str, database_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    detector, parser = tmp_path / "detector.onnx", tmp_path / "parser.npz"
    detector.write_bytes(b"one")
    maker = {"kind": "detector", "weights": str(detector)}
    own = places.Params(wordnet=database_folder, model=model, maker=maker)
    found = [places.fingerprint(own)]
    detector.write_bytes(b"other")
    found.append(places.fingerprint(own))
    parser.write_bytes(b"newly trained")
    monkeypatch.setattr(places.network, "FILE", parser)
    found.append(places.fingerprint(own))
    assert len(set(found)) == 3


def test_a_look_that_there_is_not_is_said_with_its_place(model: str, database_folder: Path) -> None:
    values = {"wordnet": str(database_folder), "model": model, "look": "crop"}
    with pytest.raises(ParamsError, match=r"score_parsed\.places\.look is 'crop'.*crops"):
        params.build(places.Params, values, "score_parsed.places")
