"""Captions: a text to one line, to scores, graph, rewrites, tokens, and to a page of the report."""

from collections.abc import Iterator

import pyarrow as pa
from selectolax.lexbor import LexborHTMLParser

from align import lexicon, parser
from augment.facts import Graph
from augment.methods import rewrite
from augment.rewriting import grammar
from augment.rewriting.forms import Words as Meanings
from augment.transforms import caption_rules, rules
from curate.dataset import wordnet
from curate.reports import page
from curate.scorers import caption, concreteness, language
from curate.sources._texts import clean, language_tag
from tests import _wordnet
from tests._fuzz import scratch
from tests._strange import CAPTIONS
from train import tokenizer
from train.params import Vocabulary
from train.text import Words

_FOLDER = _wordnet.write_database(
    scratch.FOLDER / "wordnet", _wordnet.entries(), _wordnet.EXCEPTIONS
)
_WORDNET = concreteness.Params(wordnet=_FOLDER)
_LIMIT = 24  # tokens
_CARDS = page._environment().from_string(
    "{% from 'cards.html' import gallery %}{{ gallery(cards) }}"
)


def _words() -> Iterator[Words]:
    """Tokenizers of both kinds, learnt from a few captions."""
    said = ["a red ball", "ein roter Ball", "\u7ea2\u8272\u7684\u7403", "a dog and two cats"] * 4
    for kind in ("wordpiece", "unigram"):
        folder = scratch.folder(kind)
        tokenizer.learn(said, Vocabulary(kind=kind, size=120), folder)
        yield Words(folder)


_TOKENIZERS = list(_words())


def seeds() -> Iterator[bytes]:
    """Strange captions and plain ones, behind a byte that says their language."""
    for text in ("A red ball.", "two dogs under the man's hat", "flag: France", *CAPTIONS.values()):
        yield b"\0" + text.encode("utf-8", "replace")
    for number, text in enumerate(("ein Ball", "\u0643\u0631\u0629", "\u7403"), 1):
        yield bytes([number]) + text.encode()


def read(data: bytes) -> None:
    """Take a caption through all that reads captions."""
    lang = ("en", "de", "ar", "zh", "und", language_tag(repr(data[1:9])) or "x-1")[
        (data[:1] or b"\0")[0] % 6
    ]
    raw = data[1:].decode("utf-8", "surrogateescape")
    text = clean(raw)
    if text != clean(text) or len(text.splitlines()) > 1:
        raise ValueError(f"{text!r} is not clean")
    if not text:
        return
    rows = pa.table({"uid": ["a"], "caption": [text], "lang": [lang]})
    caption.score(rows, caption.Params()).validate(full=True)
    language.score(rows, language.Params()).validate(full=True)
    concreteness.score(rows, _WORDNET).validate(full=True)
    for name in rules.RULES:
        caption_rules.judge([name], text, lang)
    for words in _TOKENIZERS:
        tokens = words.encode([text], _LIMIT)
        if not len(words.spans([text], _LIMIT).words) == len(tokens.ids) <= _LIMIT:
            raise ValueError("tokens and their places do not fit")
        words.decode(tokens.ids.tolist())
    _graph(text)
    _card(text)


def _graph(text: str) -> None:
    """Read a caption's scene graph, whose parts are parts of it; say it otherwise."""
    graph = parser.parse(text, lexicon.of_folder(_FOLDER))
    for start, end, said in (
        *((node.start, node.end, node.text) for node in graph.nodes),
        *((edge.start, edge.end, edge.relation) for edge in graph.edges),
    ):
        if text[start:end] != said:
            raise ValueError(f"{said!r} is not in the caption at {start}")
    nodes = [{"node": i, **node._asdict()} for i, node in enumerate(graph.nodes)]
    edges = [{"edge": i, **edge._asdict()} for i, edge in enumerate(graph.edges)]
    row = {"uid": "a", "caption": text, "lang": "en", "source": "a"}
    known = Meanings(wordnet.open_folder(_FOLDER), {})
    for proposal in rewrite.rewrites(row, Graph(nodes, edges), known, tuple(grammar.FORMS)):
        proposal.caption.encode()


def _card(text: str) -> None:
    """Show a caption as the report does: it becomes text, whatever it holds."""
    card = {
        "src": "",
        "caption": text,
        "lang": "",
        "facts": [(text[:9], text[-9:])],
        "source": text,
        "licence": text,
        "uid": text,
    }
    tree = LexborHTMLParser(f"<main>{_CARDS.render(cards=[card])}</main>")
    tags = {node.tag for node in tree.css("main *")}
    if not tags <= {"div", "figure", "span", "figcaption", "p", "b", "br"}:
        raise ValueError(f"a caption becomes elements: {tags}")
    names = {name for node in tree.css("main *") for name in node.attributes}
    if not names <= {"class", "dir", "lang"}:
        raise ValueError(f"a caption becomes attributes: {names}")
