"""SPICE of captions: what they say and their references do, worked out by hand."""

import pyarrow as pa
import pytest

from align import evaluate_captions
from align.evaluate_captions import EvaluateCaptionsParams
from curate.dataset import tables

FORM = pa.schema(
    [
        ("example", pa.string()),
        ("answer", pa.string()),
        ("right", pa.list_(pa.string())),
        ("lang", pa.string()),
        ("beside", pa.map_(pa.string(), pa.string())),
    ]
)


@pytest.fixture
def spice(project, packages):
    """SPICE of some rows: caption, references, language, what others said."""

    def run(*rows):
        names = ("answer", "right", "lang", "beside")
        told = [
            dict(zip(names, row, strict=True)) | {"example": str(at)} for at, row in enumerate(rows)
        ]
        tables.write(pa.Table.from_pylist(told, FORM), project / "answers.parquet", "example")
        params = EvaluateCaptionsParams()
        return evaluate_captions.main("captions", project / "answers.parquet", packages, params)

    return run


def test_facts_are_those_of_all_references_together(spice):
    found = spice(
        # dog, (dog, brown) of dog, (dog, brown), hat, (dog, wear, hat)
        ("a brown dog", ["a brown dog", "a dog wearing a hat"], "en", {"commonest": "a hat"}),
        ("a cat", ["a cat"], "en-GB", {"commonest": "a dog"}),
    )
    recall = 2 / 4
    assert found["found"]["spice"] == pytest.approx((2 * recall / (1 + recall) + 1) / 2)
    of_hat = 1 / 4
    assert found["commonest"]["spice"] == pytest.approx((2 * of_hat / (1 + of_hat) + 0) / 2)
    assert (found["captions"], found["without_facts"]) == (2, 0)


def test_only_english_counts_and_only_where_the_references_say_a_fact(spice):
    found = spice(
        ("a cat", ["a cat"], "en", {}),
        (None, ["a cat"], "en", {"by_lot": "a cat"}),
        ("ein Hund", ["ein Hund"], "de", {}),
        ("a dog", ["?!"], "en", {}),
    )
    assert (found["captions"], found["without_facts"]) == (2, 1)
    assert found["found"]["spice"] == pytest.approx(1 / 2)
    assert found["by_lot"]["spice"] == pytest.approx(1 / 2)


def test_of_a_model_of_several_tasks_the_captions_alone_are_read(spice, project, packages, capsys):
    alone = spice(("a brown dog", ["a dog"], "en", {"by_lot": "a cat"}))
    (project / "several").mkdir()
    (project / "answers.parquet").rename(project / "several/captions.parquet")
    params = EvaluateCaptionsParams()
    told = (project / "several", packages, params)
    assert evaluate_captions.main("captions", *told) == alone
    assert evaluate_captions.main("titles", *told) == {"captions": 0, "without_facts": 0}
    assert "several has no answers of the task titles" in capsys.readouterr().err


def test_without_english_captions_there_is_nothing_to_say(spice, capsys):
    assert spice(("ein Hund", ["ein Hund"], "de", {})) == {"captions": 0, "without_facts": 0}
    assert "captions: no English reference in " in capsys.readouterr().err
