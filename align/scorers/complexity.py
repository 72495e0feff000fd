"""English captions in; how much their scene graphs say, and whether anything is done, out.

The C and the A of the CAT filter (Radenovic et al., "Filtering, Distillation, and Hard Negatives
for Vision-Language Pre-Training", 2023). A caption's complexity is the largest number of
attributes and relations that any one object has in its parse, relations counted at both ends: 3 for
`a black cat is chasing a small brown bird`, by the bird. An action is a verb that relates two
objects, or that is said of one: `chases`, `sitting on`, `a dog sleeps`, but not `a sleeping dog`,
whose verb names a quality, and none of the verbs that say what is there and nothing that is done
(`has`, `shows`). That paper keeps captions of a complexity of 1 and one action at least; its T,
pictures that spell their caption, is `curate.scorers.text_spotted`.

Theirs is a parser of English, and so is ours (`align.parser`). A caption that it understands
nothing of has an empty graph, hence zeros.
"""

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from align import lexicon, network, parser
from align.scenegraph import ATTRIBUTE, Graph
from curate.dataset import languages, memory, wordnet
from curate.stage.params import parameters

KEY = "uid"
SCHEMA = pa.schema(
    [  # all null where the caption is not declared English
        pa.field("uid", pa.string(), nullable=False),
        pa.field("objects", pa.int32()),
        pa.field("attributes", pa.int32()),  # of all objects
        pa.field("relations", pa.int32()),  # from one object to another
        pa.field("complexity", pa.int32()),  # most attributes and relations of one object
        pa.field("actions", pa.int32()),  # distinct verbs that say what is done
    ]
)
_MEASURES = SCHEMA.names[1:]
_STATIVE = {  # verbs that only say what is there
    "be", "have", "see", "show", "depict", "picture", "feature", "contain", "include", "call",
    "name",
}  # fmt: skip


@parameters
class Params:
    """Where the words come from."""

    wordnet: Path  # archive of its package, or folder with its files


def fingerprint(params: Params) -> str:
    """Hash of WordNet's files and of the parser's network.

    Raises:
        DataError: there is no WordNet.
    """
    wordnet.check(params.wordnet)
    return memory.fingerprint(params.wordnet, network.FILE)


def score(rows: pa.Table, params: Params) -> pa.Table:
    """Measures of each caption; a distinct one is parsed once."""
    words = lexicon.of_folder(wordnet.folder_at(params.wordnet).resolve())
    captions = pc.if_else(languages.english(rows.column("lang")), rows.column("caption"), None)
    coded = captions.combine_chunks().dictionary_encode()
    found = [measure(parser.parse(caption, words)) for caption in coded.dictionary.to_pylist()]
    columns = {name: [one[name] for one in found] for name in _MEASURES}
    measures = [pa.array(columns[name], pa.int32()).take(coded.indices) for name in _MEASURES]
    return pa.table([rows.column("uid"), *measures], schema=SCHEMA)


def measure(graph: Graph) -> dict[str, int]:
    """Objects, attributes, relations, complexity and actions of a scene graph."""
    parents = [node.parent for node in graph.nodes if node.parent is not None]
    ends = [end for edge in graph.edges for end in {edge.source, edge.target}]
    said = [node for node in graph.nodes if node.kind == ATTRIBUTE]
    spans = {(e.start, e.end, e.lemma) for e in graph.edges if e.verbal}
    spans |= {(n.start, n.end, n.lemma) for n in said if n.verbal}
    verbs = {span[:2] for span in spans if span[2].partition(" ")[0] not in _STATIVE}
    return {
        "objects": len(graph.nodes) - len(said),
        "attributes": len(said),
        "relations": len(graph.edges),
        "complexity": max(Counter(parents + ends).values(), default=0),
        "actions": len(verbs),
    }
