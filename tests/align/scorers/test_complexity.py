import pyarrow as pa
import pytest

from align import parser
from align.scorers import complexity
from curate.dataset.errors import DataError
from curate.stage import code


@pytest.mark.parametrize(
    ("caption", "objects", "attributes", "relations", "most", "actions"),
    [
        ("dog", 1, 0, 0, 0, 0),
        ("a big brown dog", 1, 2, 0, 2, 0),
        ("a black cat is holding a big red ball", 2, 3, 1, 3, 1),  # the ball: big, red, held
        ("dog on a table", 2, 0, 1, 1, 0),
        ("a man sitting on a box holds an umbrella", 3, 0, 2, 2, 2),
        ("a man and a woman hold a ball", 3, 0, 2, 2, 1),  # one verb, whoever does it
        ("a dog is sitting", 1, 1, 0, 1, 1),
        ("a sitting dog", 1, 1, 0, 1, 0),
        ("a man in a hat", 2, 0, 1, 1, 0),  # he wears it, but no verb says so
        ("a dog has a ball", 2, 0, 1, 1, 0),
        ("dog held by a man", 2, 0, 1, 1, 1),
        ("the of", 0, 0, 0, 0, 0),
    ],
)
def test_what_a_caption_says_is_counted_by_its_parse(
    words, caption, objects, attributes, relations, most, actions
):
    assert complexity.measure(parser.parse(caption, words)) == {
        "objects": objects,
        "attributes": attributes,
        "relations": relations,
        "complexity": most,
        "actions": actions,
    }


def test_a_caption_of_another_language_has_no_measures(database_folder):
    captions = ["a dog on a table", "ein Hund", "a dog on a table", "a dog"]
    rows = pa.table({"uid": list("abcd"), "caption": captions, "lang": ["en", "de", "en-GB", "fr"]})
    table = complexity.score(rows, complexity.Params(wordnet=database_folder))
    assert table.schema.equals(complexity.SCHEMA)
    assert table.column("uid").to_pylist() == list("abcd")
    assert table.column("complexity").to_pylist() == [1, None, 1, None]
    assert complexity.score(rows.slice(0, 0), complexity.Params(wordnet=database_folder)).equals(
        complexity.SCHEMA.empty_table()
    )


def test_wordnet_is_read_from_the_archive_of_its_package(packages):
    rows = pa.table({"uid": ["a"], "caption": ["a cat is sitting"], "lang": ["en"]})
    params = complexity.Params(wordnet=packages / "wordnet-base.tgz")
    assert complexity.score(rows, params).column("actions").to_pylist() == [1]


def test_the_fingerprint_holds_every_file_that_the_measures_depend_on(database_folder, tmp_path):
    from tests.test_pipeline import ROOT, files_of

    own = {file for file in files_of("align.parser") if (ROOT / "align") in file.parents}
    names = code.prints(complexity.__name__)
    held = {ROOT / f"{name.replace('.', '/')}.py" for name in names}
    assert {file for file in own if file.name != "__init__.py"} <= held
    with pytest.raises(DataError, match="no WordNet at"):
        complexity.fingerprint(complexity.Params(wordnet=tmp_path / "none"))
