from align import texts
from align.labelers.scene import parse_all


def test_results_keep_the_order_of_the_items(database_folder):
    captions = ["a dog", "two cats", "a red hat"]
    found = texts.each(parse_all, captions, database_folder, label="test", unit="captions")
    assert [graph.nodes[0].lemma for graph in found] == ["dog", "cat", "red"]


def test_no_items_give_no_results(database_folder):
    assert texts.each(parse_all, [], database_folder, label="test", unit="captions") == []


def test_dask_workers_give_what_this_process_gives(database_folder, monkeypatch):
    captions = [f"{n} dogs on a table" for n in range(2, 40)]
    here = texts.each(parse_all, captions, database_folder, label="test", unit="captions")
    monkeypatch.setattr(texts, "_HERE", 0)
    monkeypatch.setattr(texts, "GROUP", 7)
    there = texts.each(parse_all, captions, database_folder, label="test", unit="captions")
    assert there == here
