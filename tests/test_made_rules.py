"""The rules of `filter_made` in params.yaml, on captions and pictures that they must drop."""

from pathlib import Path

import pyarrow as pa
import pytest
import yaml

from curate import filter as stage
from curate import together
from curate.columns import Rows
from curate.dataset import record, sets, tables
from curate.scorers import caption, language, phash

SECTION = yaml.safe_load((Path(__file__).parents[1] / "params.yaml").read_text("utf-8"))
RULES = stage.rules_of(stage.FilterParams(**SECTION["filter_made"]))


@pytest.fixture
def failed(project, drawn, write_set):
    """Asks rules about a made pair with a caption, by scores as the scorers give them."""

    def ask(names, text, lang="en", changed=None):
        pairs = write_set(Path("made"), [(drawn("circle", "red"), lang, text, "captioning")])
        for scorer, name in ((caption, "caption"), (language, "language")):
            found = scorer.score(pairs, scorer.Params())
            tables.write(found, Path(f"scores/{name}.parquet"), scorer.KEY, scorer.SCHEMA)
        verified = {"uid": pairs.column("uid"), "changed": pa.array([changed], pa.float32())}
        tables.write(pa.table(verified), Path("scores/verified.parquet"), "uid")
        asked = {name: RULES[name] for name in names}
        answers = stage.ask(asked, Rows(sets.located([Path("made")]), Path("scores")))
        return {name for name, row in zip(names, answers.failed, strict=True) if row.any()}

    return ask


CAPTIONS = ("repetition", "boilerplate", "mojibake", "language")


@pytest.mark.parametrize(
    ("text", "lang", "reason"),
    [
        ("a dog a dog a dog a dog a dog a dog a dog", "en", "repetition"),
        ("stock photo", "en", "boilerplate"),
        ("a cafÃ© in the cityâ€™s centre", "en", "mojibake"),
        ("ein alter Mann sitzt mit seinem Hund auf einer Bank vor dem Haus", "en", "language"),
    ],
)
def test_what_a_captioner_or_translator_gets_wrong_is_dropped(failed, text, lang, reason):
    assert reason in failed(CAPTIONS, text, lang)


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("an old man sits with his dog on a bench in front of the house", "en"),
        ("un perro a la izquierda de un caballo", "es"),
        ("犬と猫", "ja"),
    ],
)
def test_a_good_caption_is_kept(failed, text, lang):
    assert failed(CAPTIONS, text, lang) == set()


@pytest.mark.parametrize(("changed", "dropped"), [(1.4, True), (4.0, False), (None, False)])
def test_a_picture_that_is_its_parents_once_more_is_dropped(failed, changed, dropped):
    assert bool(failed(["changed"], "a dog", changed=changed)) == dropped


def test_a_sibling_stays_where_the_one_it_looks_like_is_dropped_by_another_rule(
    project, drawn, write_set
):
    alike = [drawn("circle", "red", encoding=encoding) for encoding in ("PNG", "BMP", "TIFF")]
    captions = ("stock photo", "a red circle", "a circle")  # which of them is kept: the first's
    named = zip(sorted(alike, key=record.image_name), captions, strict=True)
    rows = [(data, "en", text, "photometric") for data, text in named]
    rows.append((drawn("square", "red"), "en", "a square", "photometric"))
    pairs = write_set(Path("made"), rows)
    found = caption.score(pairs, caption.Params())
    tables.write(found, Path("scores/caption.parquet"), caption.KEY, caption.SCHEMA)
    located = sets.located([Path("made")])
    looks = together.measure(sets.distinct_images(located), [(phash, phash.Params())])[0]
    tables.write(looks, Path("scores/phash.parquet"), phash.KEY, phash.SCHEMA)
    asked = {name: rule for name, rule in RULES.items() if name in ("siblings", "boilerplate")}
    dropped = stage.ask(asked, Rows(located, Path("scores"))).failed.any(axis=0)
    kept = located.filter(pa.array(~dropped)).column("caption").to_pylist()
    assert sorted(kept) == ["a red circle", "a square"]
