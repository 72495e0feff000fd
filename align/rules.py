"""An English caption in, the scene graph that rules read from it out, with spans.

What the rules find is one of the features by which the trained parser (`align.parser`) decides.
Follows FACTUAL's notion of a faithful graph (Li et al., 2023): what the caption says and no
more. Words that fit nowhere make no node: an empty graph is better than a guessed one.
"""

from align import relations
from align.lexicon import Lexicon
from align.phrases import Description, Element, NounPhrase, Part, chunk
from align.scenegraph import ATTRIBUTE, OBJECT, Edge, Graph, Node, ordered
from align.tagger import Token, tag
from curate.dataset.wordnet import NOUN

_ANIMATE = {"noun.person", "noun.animal"}
_CLOTHING = frozenset({"clothing.n.01", "footwear.n.01", "footwear.n.02", "headdress.n.01"})
_PLACING = {"in", "on", "at", "near"}


def read(caption: str, lexicon: Lexicon) -> Graph:
    """Scene graph of an English caption; empty where nothing in it is understood."""
    tokens = tag(caption, lexicon)
    builder = _Builder(caption, lexicon)
    if not foreign(tokens, lexicon):
        builder.read(chunk(caption, tokens, lexicon))
    return ordered(builder.nodes, builder.edges)


def foreign(tokens: list[Token], lexicon: Lexicon) -> bool:
    """Whether most words of a caption of several are no English words that we know."""
    words = [t for t in tokens if t.text[:1].isalpha()]
    if len(words) < 2 or 2 * sum(t.word.unknown for t in words) <= len(words):
        return False
    return not lexicon.database.known(" ".join(t.text for t in words), NOUN)  # Sri Lanka


class _Builder:
    """Reads elements left to right; knows the last phrases, their clause, and what is pending."""

    def __init__(self, caption: str, lexicon: Lexicon) -> None:
        self._caption = caption
        self._lexicon = lexicon
        self.nodes: list[Node] = []
        self.edges: dict[Edge, None] = {}
        self._last: list[int] = []  # objects of the last noun phrase and those joined to it
        self._clause: list[int] = []  # what the clause is about
        self._sources: list[int] = []  # sources of the last relation
        self._via: list[Token] = []  # tokens of the relation that led to the last phrase
        self._relation: list[Token] = []  # tokens since the last phrase
        self._joining = False  # after `and`
        self._relative = False  # after `that`, `which`, `who`
        self._stranded: list[int] = []  # a phrase that another followed at once
        self._via_start = -1  # where that relation starts in the caption
        self._owner: tuple[int, Token] | None = None  # and the mark: man's
        self._measure: str | None = None

    def read(self, elements: list[Element]) -> None:
        for i, element in enumerate(elements):
            after = elements[i + 1 :]
            if self._measure is not None and _is([element], "of"):
                continue
            if isinstance(element, NounPhrase):
                self._read_phrase(element, after)
            elif isinstance(element, Description):
                self._read_description(element)
            else:
                self._read_token(element, after)
        self._close()

    def _read_phrase(self, phrase: NounPhrase, after: list[Element]) -> None:
        if phrase.measure and _is(after[:1], "of") and _phrase(after[1:2]):
            self._measure = phrase.head.lemma
            return
        node = self._add(phrase)
        if self._owner is not None:
            owner, mark = self._owner
            text = self._caption[mark.start : mark.end]
            self.edges[Edge(owner, node, text, "have", mark.start, mark.end)] = None
            self._owner = None
        if after and isinstance(after[0], Token) and after[0].tag == "S":
            self._owner = node, after[0]
            return
        if self._relation:
            self._connect(node)
        elif self._joining and self._last:
            self._join(node)
        else:
            self._stranded = self._last
            self._clause = self._last = [node]
            self._via = []
        self._joining = False

    def _add(self, phrase: NounPhrase) -> int:
        head = phrase.head
        node = len(self.nodes)
        quantifier = phrase.quantifier or self._measure
        self._measure = None
        self.nodes.append(
            Node(OBJECT, head.text, head.lemma, head.start, head.end, None, quantifier)
        )
        for part in phrase.modifiers:
            self._describe([node], part)
        return node

    def _describe(self, objects: list[int], part: Part, *, verbal: bool = False) -> None:
        plain = Node(ATTRIBUTE, part.text, part.lemma, part.start, part.end, verbal=verbal)
        self.nodes += [plain._replace(parent=node) for node in objects]

    def _join(self, node: int) -> None:
        """`and` after a phrase: the new one takes part in whatever led to it."""
        for edge in [e for e in self.edges if e.target == self._last[0] and self._via]:
            if edge.start == self._via_start:
                self.edges[edge._replace(target=node)] = None
        if not self._via:
            self._clause = [*self._clause, node]
        self._last = [*self._last, node]

    def _read_description(self, element: Description) -> None:
        """Adjectives after a form of be, or right after a noun, describe what it is about."""
        verbs = [t for t in self._relation if t.tag in "VGKP"]
        if self._relation and not verbs:
            about = self._last if self._relative else self._clause
        elif not self._relation:
            about = self._last
        else:
            about = []
        for part in element.modifiers:
            self._describe(about, part)
        if not verbs:
            self._relation = []

    def _read_token(self, token: Token, after: list[Element]) -> None:
        if self._owner is not None and token.tag != "S":  # nothing is owned
            self._clause = self._last = [self._owner[0]]
            self._owner = None
        if token.tag == "W":
            self._close()
            self._relative = True
        elif token.tag == "C" or token.text == ",":
            if self._relation:
                self._close()
            self._joining = token.tag == "C" or _continues(after)
        elif token.tag in "XO":
            self._close()
            if token.tag == "X":
                self._clause, self._last, self._stranded = [], [], []
            self._joining = False
        elif token.tag in "VGKBPR":
            self._relation.append(token)

    def _connect(self, node: int) -> None:
        """Relate the pending words' subject to a new object."""
        relation = relations.of_tokens(self._relation)
        via = relations.core(self._relation)
        sources = self._subject(node)
        self._relation, self._relative = [], False
        self._last, self._via, self._via_start = [node], [], -1
        if not sources:
            self._clause = [node]
        if relation is None:
            return
        text = self._caption[relation.start : relation.end]
        for source in sources:
            lemma = "wear" if self._wears(source, relation.lemma, node) else relation.lemma
            pair = (node, source) if relation.reversed else (source, node)
            edge = Edge(*pair, text, lemma, relation.start, relation.end, relation.verbal)
            self.edges[edge] = None
        self._sources, self._via, self._via_start = sources, via, relation.start

    def _wears(self, source: int, lemma: str, target: int) -> bool:
        """`man in a suit`, but not `box in a suit`."""
        return lemma in ("in", "dress in") and self._clothing(target) and self._animate(source)

    def _subject(self, target: int | None = None) -> list[int]:
        """What the pending relation is said of: the last phrase, or what the clause is about."""
        if self._relative or not self._last or not self._clause:
            return self._last
        if self._joining:
            return self._sources or self._clause
        first = next((t for t in self._relation if t.tag in relations.VERBAL), None)
        if first is not None and first.tag in "VB":
            return self._clause
        if not self._via or self._via[0].text == "of" or self._animate(self._last[0]):
            return self._last
        if first is not None:
            return self._clause if first.tag == "G" else self._last
        return self._clause if self._bears(target) else self._last

    def _bears(self, target: int | None) -> bool:
        """Whether an animate subject, not the thing last named, is meant by a preposition."""
        if target is None or not self._animate(self._clause[0]):
            return False
        preposition, field = self._relation[-1].text, self._field(target)
        if preposition == "with":
            return field != "noun.shape"
        acts = self._via[-1].tag in "VGK"
        worn = preposition == "in" and self._clothing(target)
        return worn or (acts and preposition in _PLACING and field != "noun.body")

    def _close(self) -> None:
        """A verb that no object follows describes its subject, or looks back for its object."""
        tokens = relations.core(self._relation)
        verbal = any(t.tag in relations.VERBAL for t in self._relation)
        backwards = verbal and tokens[-1:] and tokens[-1].tag == "P"
        if self._stranded and backwards and self._clause == self._last:
            target = self._stranded[-1]  # the chair the man is sitting in
            self._connect(target)
            self._clause, self._stranded = [target], []
        elif token := relations.state(self._relation):
            lemma = token.word.lemmas.get("V", token.text)
            text = self._caption[token.start : token.end]
            self._sources = self._subject()
            said = Part(text, lemma, token.start, token.end)
            self._describe(self._sources, said, verbal=True)
        self._relation, self._relative = [], False

    def _field(self, node: int) -> str:
        return self._lexicon.field(self.nodes[node].lemma)

    def _clothing(self, node: int) -> bool:
        return self._lexicon.is_a(self.nodes[node].lemma, _CLOTHING)

    def _animate(self, node: int) -> bool:
        return self._field(node) in _ANIMATE


def _is(elements: list[Element], text: str) -> bool:
    return bool(elements) and isinstance(elements[0], Token) and elements[0].text == text


def _phrase(elements: list[Element]) -> bool:
    return bool(elements) and isinstance(elements[0], NounPhrase)


def _continues(after: list[Element]) -> bool:
    """Whether a comma parts the members of a list that ends in `and` and a last member."""
    i = 0
    while i < len(after) and isinstance(after[i], NounPhrase):
        mark = after[i + 1] if i + 1 < len(after) else None
        if not isinstance(mark, Token):
            return False
        if mark.tag == "C":
            return True
        if mark.text != ",":
            return False
        i += 2
    last = after[i] if i < len(after) else None
    return isinstance(last, Token) and last.tag == "C"
