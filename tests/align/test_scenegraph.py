from align.scenegraph import ATTRIBUTE, OBJECT, Edge, Graph, Node, ordered, shifted

DOG = Node(OBJECT, "dog", "dog", 10, 13)
BIG = Node(ATTRIBUTE, "big", "big", 6, 9, parent=0)
HAT = Node(OBJECT, "hat", "hat", 0, 3)


def test_nodes_are_numbered_from_left_to_right_and_edges_follow():
    graph = ordered([DOG, BIG, HAT], [Edge(2, 0, "on", "on", 4, 6), Edge(2, 0, "on", "on", 4, 6)])
    assert [n.text for n in graph.nodes] == ["hat", "big", "dog"]
    assert graph.nodes[1].parent == 2
    assert graph.edges == [Edge(0, 2, "on", "on", 4, 6)]


def test_roots_are_the_objects_that_no_relation_leads_to():
    assert Graph([HAT, DOG], [Edge(0, 1, "on", "on", 4, 6)]).roots() == [0]


def test_a_shifted_graph_says_the_same_further_on():
    moved = shifted(Graph([DOG, BIG], [Edge(0, 1, "on", "on", 4, 6)]), 5, 3)
    assert [(n.start, n.end) for n in moved.nodes] == [(15, 18), (11, 14)]
    assert moved.nodes[1].parent == 3
    assert moved.edges == [Edge(3, 4, "on", "on", 9, 11)]
