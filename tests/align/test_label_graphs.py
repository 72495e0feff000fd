import json

import networkx as nx
import pytest
from networkx.readwrite import json_graph

from align import label_graphs
from align.labelers import Context, knowledge, scene
from curate.dataset import tables


@pytest.fixture
def labels(packages, project, write_set, drawn):
    """Folders of scene and knowledge labels of three captions, and the captions by uid."""
    captions = ["two big dogs on a table", "a man holding and wearing a hat", "a bat"]
    rows = [(drawn("circle", "red"), "en", caption) for caption in captions]
    pairs = write_set(project / "pool", rows)
    located = pairs.add_column(1, "set", [["pool"] * pairs.num_rows])
    for module, name, of in ((scene, "scene", None), (knowledge, "knowledge", "scene")):
        context = Context(packages, of=project / of if of else None)
        found = module.label(located, context, module.Params())
        for table, (schema, key) in module.TABLES.items():
            tables.write(found[table], project / f"{name}/{table}.parquet", key, schema)
    return project, {row["uid"]: row["caption"] for row in pairs.to_pylist()}


def through_json(built):
    data = json.loads(json.dumps(json_graph.node_link_data(built, edges="edges")))
    return json_graph.node_link_graph(data, edges="edges")


def test_a_scene_graph_is_a_directed_graph_of_what_the_caption_says(labels):
    folder, captions = labels
    graphs = label_graphs.SceneGraphs.open(folder / "scene")
    uid = next(uid for uid, caption in captions.items() if "dogs" in caption)
    built = graphs[uid]
    assert isinstance(built, nx.DiGraph)
    assert set(graphs) == set(captions)
    lemmas = nx.get_node_attributes(built, "lemma")
    said = {(lemmas[s], d["kind"], lemmas[t]) for s, t, d in built.edges(data=True)}
    assert said == {("dog", "attribute", "big"), ("dog", "relation", "table")}
    (dog,) = [n for n, lemma in lemmas.items() if lemma == "dog"]
    assert built.nodes[dog]["quantifier"] == "2"
    start, end = built.nodes[dog]["start"], built.nodes[dog]["end"]
    assert captions[uid][start:end] == "dogs"


def test_scene_tables_survive_networkx_and_json(labels):
    folder, _ = labels
    graphs = label_graphs.SceneGraphs.open(folder / "scene")
    nodes, edges = label_graphs.scene_tables({uid: through_json(graphs[uid]) for uid in graphs})
    assert nodes.equals(tables.read(folder / "scene/nodes.parquet"))
    assert edges.equals(tables.read(folder / "scene/edges.parquet"))


def test_an_unknown_uid_is_a_key_error(labels):
    folder, _ = labels
    with pytest.raises(KeyError):
        label_graphs.SceneGraphs.open(folder / "scene")["nobody"]


def test_the_knowledge_graph_leads_from_a_meaning_to_what_it_is_a_kind_of(labels):
    folder, _ = labels
    built = label_graphs.open_knowledge(folder / "knowledge")
    assert nx.is_directed_acyclic_graph(built)
    names = nx.get_node_attributes(built, "name")
    (bat,) = [n for n, name in names.items() if name == "bat.n.01"]
    assert {names[n] for n in nx.descendants(built, bat)} == {"animal.n.01", "thing.n.01"}


def test_knowledge_tables_survive_networkx_and_json(labels):
    folder, _ = labels
    built = label_graphs.open_knowledge(folder / "knowledge")
    synsets, hypernyms = label_graphs.knowledge_tables(through_json(built))
    assert synsets.equals(tables.read(folder / "knowledge/synsets.parquet"))
    assert hypernyms.equals(tables.read(folder / "knowledge/hypernyms.parquet"))
