import pytest

from align import factual
from curate.dataset.errors import DataError


def written(folder, *graphs):
    file = folder / "some.csv"
    rows = "\n".join(f'a caption,"{graph}"' for graph in graphs)
    file.write_text(f"caption,scene_graph\n{rows}\n", encoding="utf-8")
    return file


def test_a_graph_is_its_facts_and_a_thing_of_another_fact_is_none_of_its_own(tmp_path):
    file = written(tmp_path, "( cup , is , red ) , ( man , hold , cup ) , ( cup )", "( door )")
    first, second = factual.read(file)
    assert first.facts == {("cup", "red"), ("man", "hold", "cup")}
    assert second.facts == {("door",)}


def test_a_fact_of_another_form_is_an_error_that_says_where(tmp_path):
    with pytest.raises(DataError, match=r"row 1: 'cup , red' is no fact"):
        factual.read(written(tmp_path, "( cup , red )"))


def test_a_file_without_the_columns_is_an_error(tmp_path):
    (tmp_path / "other.csv").write_text("text\nx\n", encoding="utf-8")
    with pytest.raises(DataError, match="have `caption` and `scene_graph`"):
        factual.read(tmp_path / "other.csv")
    with pytest.raises(DataError, match="no CSV file"):
        factual.read(tmp_path / "none.csv")
