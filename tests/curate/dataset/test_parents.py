import pyarrow as pa
import pytest

from curate.dataset import parents, record, tables
from curate.dataset.errors import DataError


def table(**of):
    rows = [
        {"uid": uid, "parent": parent, "position": position}
        for uid, parents_ in of.items()
        for position, parent in enumerate(parents_)
    ]
    return pa.Table.from_pylist(rows, record.PARENTS)


def test_parents_are_in_their_order_and_one_that_was_taken_twice_is_there_twice():
    found = table(mixed=["z", "a", "z"], flipped=["a"])
    assert parents.by_pair(found) == {"mixed": ["z", "a", "z"], "flipped": ["a"]}


def test_what_goes_back_to_a_pair_is_followed_over_every_parent_and_every_step():
    found = table(mixed=["a", "b"], again=["c", "mixed"], other=["c"], last=["again"])
    assert parents.descendants(found, {"b"}) == {"mixed", "again", "last"}
    assert parents.descendants(found, {"c"}) == {"again", "other", "last"}
    assert parents.descendants(found, set()) == set()
    assert parents.line("last", parents.by_pair(found)) == ["again", "c", "mixed", "a", "b"]
    assert parents.line("a", parents.by_pair(found)) == []


def test_pairs_that_go_back_to_each_other_end_and_are_named():
    found = table(one=["two"], two=["one"])
    assert parents.descendants(found, {"one"}) == {"one", "two"}
    with pytest.raises(DataError, match="one goes back to itself"):
        parents.line("one", parents.by_pair(found))


def test_a_set_from_before_there_was_a_table_has_one_parent_for_each_pair(
    project, drawn, write_set
):
    folder = project / "made/old"
    (pair,) = write_set(folder, [(drawn("circle", "red"), "en", "a red circle")]).to_pylist()
    assert parents.of_sets([project / "made", project / "nowhere"]).num_rows == 0
    rows = pa.Table.from_pylist([{**pair, "parent": "p"}], record.PAIRS)
    tables.write(rows, folder / "pairs.parquet", "uid", record.PAIRS)
    assert parents.by_pair(parents.of_sets([project / "made"])) == {pair["uid"]: ["p"]}


def test_of_a_pair_that_two_sets_hold_those_in_the_first_are_its_parents(project, drawn, write_set):
    for name, uids in (("a", ["p", "q"]), ("b", ["r"])):
        (pair,) = write_set(
            project / "made" / name, [(drawn("circle", "red"), "en", "a red circle")]
        ).to_pylist()
        found = table(**{pair["uid"]: uids})
        tables.write(found, project / "made" / name / parents.FILE, parents.KEY)
    assert parents.by_pair(parents.of_sets([project / "made"])) == {pair["uid"]: ["p", "q"]}
