"""Captions in; length, repetition, oddness, and how far they are file names or boilerplate, out."""

import ftfy.badness
import pyarrow as pa
import regex

from curate.dataset import memory, oddness
from curate.dataset.languages import primary
from curate.dataset.words import SPACELESS
from curate.dataset.words import words as words_of
from curate.stage.params import parameters

KEY = "uid"
SCHEMA = pa.schema(
    [
        pa.field("uid", pa.string(), nullable=False),
        pa.field("words", pa.int32()),  # see `words`
        pa.field("characters", pa.int32()),  # code points
        pa.field("repetition", pa.float32()),  # share of its words that occurred before in it
        pa.field("filename_like", pa.float32()),  # 0 to 1, see `filename_like`
        pa.field("boilerplate", pa.float32()),  # share of its letters in stock phrases, 0 to 1
        pa.field("mojibake", pa.int32()),  # sequences that hint at a wrong encoding
        # bits per character, see `curate.dataset.oddness`; null: too short, or not English
        pa.field("oddness", pa.float32()),
    ]
)


@parameters
class Params:
    """Nothing to set."""


_RUN = regex.compile(r"[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}]+)*")
_APOSTROPHES = "'’"
_IDEOGRAPH = regex.compile(r"\p{Script=Han}")
_UNSPACED = regex.compile(r"[\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
_LETTERS_PER_WORD = 4  # of a script without spaces; about the mean in Thai and in kana

_FILE = regex.compile(
    r"\S+\.(?:jpe?g|png|gif|svgz?|webp|bmp|tiff?|eps|ai|xcf|psd|pdf|html?|ico|heic)", regex.I
)
_HASH = regex.compile(
    r"HASH\(0x[0-9a-f]+\)|(?=[a-f]*\d)[0-9a-f]{16,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    regex.I,
)
_CAMERA = regex.compile(
    r"(?:IMG|DSCN?|DSC_|PICT|MVC|PXL|VID|SCAN|SCREENSHOT)[-_ ]?\d{2,}\S*|P\d{7}", regex.I
)
_TOKENS = (  # what a token without spaces looks like -> how sure that it names a file
    (regex.compile(r"(?=.*\p{L}).*_.*"), 0.9),  # libyan_arab_jamahiriya
    (regex.compile(r"(?=.*\p{L})(?=.*\p{N}).*-.*"), 0.8),  # connector-db9
    (regex.compile(r"\p{L}{3,}\p{N}+\p{L}?"), 0.7),  # arrow08, home6, people01a
    (regex.compile(r"\p{L}+(?:-\p{L}+){2,}"), 0.5),  # arrow-up-purple
    (regex.compile(r"\p{Lu}?\p{Ll}+(?:\p{Lu}\p{Ll}+)+"), 0.4),  # pointingHand
    (regex.compile(r"\p{Ll}+-\p{Ll}+"), 0.2),  # post-it
)
_PLAIN_TOKENS = frozenset({"jack-o-lantern", "stick-in-the-mud", "forget-me-not", "tic-tac-toe"})

_WHOLE = regex.compile(  # captions that are nothing else
    r"\W*(?:(?:figure|fig|example|image|picture|photo|icon|step|table|plate|slide|exhibit)\W*\d*"
    r"|prev(?:ious)?|next|home|up|back|top|index|contents?|menu|search|logo|thumb(?:nail)?"
    r"|note|tip|warning|caution|important|info(?:rmation)?|question|answer"
    r"|untitled|unnamed|unknown|none|null|n/?a|test|tbd|todo|title|description|caption|alt"
    r"|(?:new|untitled|unnamed) (?:document|image|drawing|page)(?:\W*\d+)?"
    r"|spacer|blank|bullet|placeholder|loading|screenshot|clip ?art|drawing|graphics?)\W*",
    regex.I,
)
_PHRASES = regex.compile(  # phrases that say nothing of the picture they stand beside
    r"""\b(?:(?:EPS|SVG|PNG|PDF|AI|WMF)\ )?(?:converted|exported|traced)
        \ (?:from|by|with|using)(?:\ \S+)?
    | \b(?:created|made|drawn|designed)\ (?:with|in|using)
        \ (?:inkscape|sodipodi|gimp|illustrator)\b\S*
    | \bpart\ of\ (?:the\ |an?\ |my\ )?[\w'\ -]*?(?:collection|set|series|theme)\b(?:\ *\([^)]*\))?
    | \bclip\ ?art\ by\ [\w.-]+(?:\ \p{Lu}(?-i:\p{Ll})[\w.-]*)*(?:\ -)?
    | \b(?:clip\ ?art|icons?|symbols?)\ (?:collection|set|theme)s?\b | \bsvg\ theme\b
    | \b(?:clipart|stock)\ (?:image|photo|vector|illustration|picture)s?\b | \bfree\ download\b
    | \b(?:click|tap)\ (?:here|to\ [\w\ ]+) | \b(?:read|learn|see|show)\ more\b
    | \bmore\ info(?:rmation)?\b | \ball\ rights\ reserved\b | (?:\bcopyright|©)(?:\ \(c\))?\ ?\d*
    | \b(?:contact|e-?mail|mailto|author|source|licen[cs]e)\s*:\s*
    | [\w.+-]+@[\w-]+(?:\.[\w-]+)+ | (?:https?://|www\.)\S+ | HASH\(0x[0-9a-f]+\)
    | \b(?:image|picture|photo|photograph|illustration|drawing)\ (?:of|showing)\b""",
    regex.I | regex.X,
)
_LETTER = regex.compile(r"[\p{L}\p{N}]")


def fingerprint(params: Params) -> str:  # noqa: ARG001
    """The vocabulary that oddness is told by."""
    return memory.fingerprint(oddness.vocabulary())


def score(rows: pa.Table, params: Params) -> pa.Table:  # noqa: ARG001
    """Measures of each caption; a caption is never left without them."""
    captions = rows.column("caption").to_pylist()
    return pa.table(
        {
            "uid": rows.column("uid"),
            "words": [words(text) for text in captions],
            "characters": [len(text) for text in captions],
            "repetition": [repetition(text) for text in captions],
            "filename_like": [filename_like(text) for text in captions],
            "boilerplate": [boilerplate(text) for text in captions],
            "mojibake": [mojibake(text) for text in captions],
            "oddness": [
                oddness.oddness(text) if primary(lang) == "en" else None
                for text, lang in zip(captions, rows.column("lang").to_pylist(), strict=True)
            ],
        }
    ).cast(SCHEMA)


def words(text: str) -> int:
    """Number of words: runs of letters and digits, whatever the script.

    Chinese characters count one each; of a script without spaces (kana, Thai, Lao, Khmer,
    Burmese) four letters count as a word.
    """
    total = 0
    for run in _RUN.findall(text):
        unspaced = len(_UNSPACED.findall(run))
        total += len(_IDEOGRAPH.findall(run)) + -(-unspaced // _LETTERS_PER_WORD)
        total += sum(not SPACELESS.match(word) for word in words_of(run, _APOSTROPHES))
    return total


def repetition(text: str) -> float:
    """Share of its words that occurred before in it, letter case aside; 0 where it has none.

    Of a script without spaces two letters in a row stand for a word.
    """
    found, before = [], ""
    for word in words_of(text.casefold(), _APOSTROPHES):
        alone = SPACELESS.match(word) is not None
        if before or not alone:
            found.append(before + word if alone else word)
        before = word if alone else ""
    return 1 - len(set(found)) / len(found) if found else 0.0


def filename_like(text: str) -> float:
    """How sure it is that a caption is a file's name, or a name made by a program.

    A file ending, a camera's numbering or a hash is certain (1); else the mean over its tokens,
    by their length, of how much each looks like part of a file's name (`star_98pt`, `arrow08`).
    """
    stripped = text.strip()
    if any(known.fullmatch(stripped) for known in (_FILE, _HASH, _CAMERA)):
        return 1.0
    tokens = stripped.split()
    total = sum(map(len, tokens))
    return sum(_token(token) * len(token) for token in tokens) / total if total else 0.0


def _token(token: str) -> float:
    if any(known.fullmatch(token) for known in (_FILE, _HASH, _CAMERA)):
        return 1.0
    if token.casefold() in _PLAIN_TOKENS:
        return 0.0
    return next((sure for shape, sure in _TOKENS if shape.fullmatch(token)), 0.0)


def boilerplate(text: str) -> float:
    """Share of a caption's letters that stand in stock phrases; 1 where it is one as a whole."""
    letters = len(_LETTER.findall(text))
    if not letters or _WHOLE.fullmatch(text):
        return 1.0
    covered = sum(len(_LETTER.findall(found.group())) for found in _PHRASES.finditer(text))
    return covered / letters


def mojibake(text: str) -> int:
    """Character sequences that only a wrong encoding explains, by `ftfy`, and U+FFFD."""
    return int(ftfy.badness.badness(text)) + text.count("�")
