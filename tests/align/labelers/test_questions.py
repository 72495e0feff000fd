import pyarrow as pa
import pytest

from align.labelers import Context, negatives, questions, scene
from curate.dataset import labels, sets, tables
from curate.dataset.errors import ParamsError
from tests.align._composed import beside, write

EMPTY = {f.name: "" if pa.types.is_string(f.type) else 0 for f in sets.LOCATED}


@pytest.fixture
def label(tmp_path, packages):
    """Labels pairs of a set with questions, after scene graphs and negatives."""

    def run(pairs, **values):
        context = Context(packages)
        params = negatives.Params(within=0.5, uses=1)
        for name, module, own in (("scene", scene, scene.Params()),
                                  ("negatives", negatives, params)):  # fmt: skip
            found = module.label(pairs, context, own)
            for table, form in module.TABLES.items():
                labels.write(found[table], tmp_path / name, table, form)
        context = Context(
            packages, of=tmp_path / "scene", beside=tmp_path / "negatives", sets=tmp_path / "set"
        )
        return questions.label(pairs, context, questions.Params(**values))["questions"]

    return run


def crawled(*captions, source="drawn"):
    rows = [
        EMPTY | {"uid": f"u{at:03d}", "image": f"i{at}", "lang": "en", "caption": caption,
                 "source": source, "parent": None}
        for at, caption in enumerate(captions)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, sets.LOCATED)


@pytest.fixture
def pool(tmp_path):
    """A set without anything known, where crawled pairs are said to lie."""
    folder = tmp_path / "set"
    tables.write(sets.record.PAIRS.empty_table(), folder / sets.PAIRS_FILE, "uid")
    return crawled(*(f"a {colour} ball" for colour in ("red", "blue") for _ in range(40)))


def test_captions_and_their_negatives_are_asked_about(label, pool):
    found = label(pool).to_pylist()
    assert {(row["kind"], row["how"]) for row in found} == {
        ("colour", "caption"), ("attribute", "negative"),
    }  # fmt: skip
    true = dict(zip(*(pool.column(n).to_pylist() for n in ("image", "caption")), strict=True))
    for row in found:
        colour = true[row["image"]].split()[1]
        if row["kind"] == "colour":
            assert (row["text"], row["answer"]) == ("What colour is the ball?", colour)
        else:
            assert (row["answer"] == "yes") == (f" {colour}?" in row["text"])
    numbers = {}
    for row in found:
        numbers.setdefault(row["image"], []).append(row["question"])
    assert all(own == list(range(len(own))) for own in numbers.values())


def test_the_figures_tell_what_can_be_guessed_blind(label, pool):
    found = {"questions": label(pool)}
    figures = questions.figures(pool, found)
    assert figures["share_of_pictures_asked_about"] == 1
    assert figures["how"]["caption"] == 80
    own = figures["kinds"]["attribute"]
    deviation = 0.5 / own["questions"] ** 0.5
    assert abs(own["guessed_by_words"] - 0.5) < 3 * deviation
    assert figures["kinds"]["colour"]["majority"] == 0.5


def test_neither_order_nor_other_pictures_change_a_question(label, pool):
    one = label(pool)
    assert label(pool.take(list(range(pool.num_rows))[::-1])).equals(one)
    beside = pool.filter(pa.compute.not_equal(pool.column("image"), "i0"))
    rest = label(beside).filter(pa.compute.field("kind") == "colour")
    own = one.filter((pa.compute.field("kind") == "colour") & (pa.compute.field("image") != "i0"))
    assert rest.column("text").equals(own.column("text"))


def test_sources_that_are_named_and_made_pairs_that_are_not_known_are_not_asked_about(label, pool):
    assert not label(pool, except_sources=["drawn"]).num_rows
    made = pool.set_column(
        pool.column_names.index("parent"), "parent", pa.array(["p"] * pool.num_rows)
    )
    assert not label(made).num_rows


def test_composed_pictures_are_asked_by_what_is_known(label, tmp_path):
    folder = tmp_path / "set"
    one, other = beside("a", "dog", "left of", "hat"), beside("b", "dog", "right of", "hat")
    pairs = write(folder, one, other, twins=[("a-0", "b-0", "relation")])
    found = label(pairs)
    assert {row["kind"] for row in found.to_pylist()} == {"place", "relation"}
    assert set(found.column("how").to_pylist()) <= {"scene", "twin"}


def test_it_needs_scene_graphs_and_negatives(packages):
    with pytest.raises(ParamsError, match="beside: negatives"):
        questions.label(crawled("a red ball"), Context(packages), questions.Params())
