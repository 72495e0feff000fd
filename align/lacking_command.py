"""`pairwright lacking`: labels in; what too few pictures show, and dropped pairs with it, out."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from align.lacking import Lacking
    from curate.dataset.wordnet import WordNet


def lacking(
    concept: Annotated[
        str | None, typer.Argument(help="Word or synset (animal, dog.n.01) whose kinds are meant.")
    ] = None,
    most: Annotated[int, typer.Option(min=1, help="Meanings that are listed.")] = 20,
    usual: Annotated[int, typer.Option(help="Uses in WordNet's texts, at least.")] = 5,
    pairs: Annotated[int, typer.Option(min=0, help="Dropped pairs that are named of each.")] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="Lines of JSON.")] = False,
    data: Annotated[Path, typer.Option(help="Folder of the tables.")] = Path("data"),
    package: Annotated[str, typer.Option(help="Fetched package of WordNet.")] = "wordnet-base",
) -> None:
    """Say what the pictures show too seldom (12 dogs, no cats), and which dropped pairs have it."""
    from align.lacking import rank, shown
    from curate.dataset import labels, tables, wordnet

    database = wordnet.open_folder(wordnet.folder_of(data / "packages", package).resolve())
    links = labels.read("knowledge", "links", data / "labels", columns=["uid", "synset"])
    pool = tables.read(data / "pool/pairs.parquet", ["uid", "image", "caption", "lang"])
    images = dict(zip(*(pool.column(n).to_pylist() for n in ("uid", "image")), strict=True))
    seen = shown(((images[r["uid"]], r["synset"]) for r in links.to_pylist()), database)
    below = _synset(concept, database) if concept else None
    found = rank(seen, database, below, usual)[:most]
    kept = {images[uid] for uid in links.column("uid").to_pylist()}
    dropped = _dropped(found, data, pool.to_pylist(), kept, database)
    for entry in found:
        own = dropped[entry.synset]
        if as_json:
            told = entry._asdict() | {"kin": [k._asdict() for k in entry.kin], "dropped": own}
            typer.echo(json.dumps(told, ensure_ascii=False))
        else:
            for line in _lines(entry, own, pairs):
                typer.echo(line)
    if not found and not as_json:
        typer.echo(f"Nothing that texts name {usual} times is lacking")


def _synset(said: str, database: "WordNet") -> str:
    """Id of a synset by its name, or the commonest sense of a word."""
    from curate.dataset.errors import ParamsError
    from curate.dataset.wordnet import NOUN

    lemma, numbered, number = said.partition(f".{NOUN}.")
    senses = database.senses(lemma.replace("_", " "), NOUN)
    rank = int(number) if number.isdecimal() else int(not numbered)
    if not 0 < rank <= len(senses):
        raise ParamsError(f"WordNet knows no noun {said!r}; say a word, or a sense as dog.n.01")
    return senses[rank - 1]


def _dropped(
    found: list["Lacking"],
    data: Path,
    pool: list[dict[str, Any]],
    kept: set[str],
    database: "WordNet",
) -> dict[str, list[dict[str, str]]]:
    """Of each meaning: English pairs that were dropped with their pictures and name it."""
    import re

    from curate.dataset import languages, tables, wordnet

    decisions = tables.read(data / "decisions/pool.parquet", ["uid", "kept", "reason"])
    reasons = {row["uid"]: row["reason"] for row in decisions.to_pylist() if not row["kept"]}
    words = {
        name.casefold(): entry.synset
        for entry in found
        for name in (entry.name, *database.synset(entry.synset).lemmas)
        if name == entry.name or database.senses(name, wordnet.NOUN)[0] == entry.synset
    }
    dropped: dict[str, list[dict[str, str]]] = {entry.synset: [] for entry in found}
    for row in pool:
        if row["uid"] not in reasons or row["image"] in kept:
            continue
        if languages.primary(row["lang"]) != "en":
            continue
        said = re.findall(r"\w+", row["caption"].casefold())
        named = {words[w] for w in (*said, *(w.removesuffix("s") for w in said)) if w in words}
        for synset in sorted(named):
            told = {"uid": row["uid"], "caption": row["caption"], "rule": reasons[row["uid"]]}
            dropped[synset].append(told)
    return dropped


def _lines(entry: "Lacking", dropped: list[dict[str, str]], most: int) -> list[str]:
    """A meaning in words: `cat: 0 pictures, of 8.3 expected beside dog 12, bear 9 (carnivore)`."""
    kin = ", ".join(f"{k.name} {k.images}" for k in entry.kin)
    first = (
        f"{entry.name}: {entry.images} pictures, {entry.expected:g} expected; "
        f"of other kinds of {entry.above}: {kin or 'none'}"
    )
    named = [
        f"  dropped by {row['rule']}: {row['caption']!r} ({row['uid']})" for row in dropped[:most]
    ]
    more = len(dropped) - len(named)
    return [first, *named, *([f"  and {more} more dropped pairs"] if most and more > 0 else [])]
