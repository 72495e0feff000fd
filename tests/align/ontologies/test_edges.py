import pyarrow as pa
import pytest

from align.ontologies import KIND_OF, Fact, edges
from curate.dataset import wordnet
from curate.dataset.errors import DataError


@pytest.fixture
def load(project, database_folder):
    def run(**params):
        database = wordnet.open_folder(database_folder)
        return edges.load("mine", edges.Params(**params), project, database)

    return run


def test_a_csv_of_edges_is_a_graph_with_names_aliases_and_synsets(load, project):
    (project / "edges.csv").write_text(
        "source,relation,target\npoodle,kind_of,dog\ndog,kind_of,house_pet\ndog,same_as,dog.n.01\n"
        "dog,eats,bone\n"
    )
    (project / "names.csv").write_text(
        "concept,name,description\npoodle,Poodle,a curly dog\npoodle,Pudel,\n"
    )
    graph = load(path="edges.csv", names="names.csv")
    assert Fact("mine:poodle", KIND_OF, "mine:dog") in graph.facts
    assert Fact("mine:dog", "eats", "mine:bone") in graph.facts
    assert graph.concepts["mine:poodle"].names == ("Poodle", "Pudel")
    assert graph.concepts["mine:poodle"].description == "a curly dog"
    assert graph.concepts["mine:house_pet"].name == "house pet"
    assert graph.concepts["mine:dog"].synset is not None


def test_a_parquet_table_gives_the_same_graph_as_a_csv(load, project):
    import pyarrow.parquet as pq

    (project / "edges.csv").write_text("source,relation,target\na,part_of,b\n")
    table = pa.table({"source": ["a"], "relation": ["part_of"], "target": ["b"]})
    pq.write_table(table, project / "edges.parquet")
    assert load(path="edges.csv") == load(path="edges.parquet")


def test_what_is_wrong_with_a_table_is_said(load, project):
    (project / "edges.csv").write_text("from,relation,target\na,part_of,b\n")
    with pytest.raises(DataError, match=r"no column source \(there: from, relation, target\)"):
        load(path="edges.csv")
    (project / "edges.csv").write_text("source,relation,target\na,part_of,b\nc,,d\n")
    with pytest.raises(DataError, match="row 2: relation is empty"):
        load(path="edges.csv")
    with pytest.raises(DataError, match=r"nothing\.csv is no CSV table"):
        load(path="nothing.csv")
