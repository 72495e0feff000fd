"""Labels and languages of the snapshot become what it has too few of, and where more is."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from curate.reports import cards
from curate.reports.inputs import Inputs

TITLE = "What there is too little of"
LEAD = (
    "Things that captions name, linked to WordNet, by the number of pictures that show them: a "
    "model learns little of what it sees a few times. What is scarce but was dropped can be had by "
    "another rule; for the rest, crawl."
)
_SHOWABLE = (  # WordNet's files of nouns that a picture can show
    *("noun.animal", "noun.artifact", "noun.body", "noun.food", "noun.object", "noun.person"),
    *("noun.phenomenon", "noun.plant", "noun.shape", "noun.substance"),
)
_PLACES = (  # relations in space that captions can state
    *("above", "at", "behind", "below", "beside", "between", "in", "in front of", "inside"),
    *("left of", "near", "next to", "on", "over", "right of", "under"),
)
_LISTED = 24  # concepts of a list
_PHRASE = 3  # words of a lemma that is sought in dropped captions, at most


def section(inputs: Inputs, thumbnails: Any, params: Any) -> dict[str, Any]:  # noqa: ARG001
    """Concepts, languages and relations in space of the snapshot's pictures."""
    manifest = inputs.manifest[["uid", "image", "lang"]]
    links = inputs.label("knowledge", "links")[["uid", "synset", "lemma"]]
    synsets = inputs.label("knowledge", "synsets")[["synset", "name", "lexfile"]]
    shown = links.merge(manifest, on="uid").merge(synsets, on="synset")
    shown = shown[shown["lexfile"].isin(_SHOWABLE)]
    concepts = (
        shown.groupby(["synset", "name", "lexfile"])
        .agg(images=("image", "nunique"), lemma=("lemma", "min"))
        .reset_index()
        .sort_values(["images", "lemma"])
    )
    scarce = concepts[concepts["images"] < params.few].assign(
        lemma=lambda few: few["lemma"].str.casefold()
    )
    dropped = _dropped(inputs.pool, scarce["lemma"])
    had = scarce.merge(dropped.reset_index(), on="lemma")
    had = had.sort_values(["dropped", "lemma"], ascending=[False, True]).head(_LISTED)
    gone = scarce[~scarce["lemma"].isin(dropped.index)].drop_duplicates("lemma")
    drawn = gone["synset"].to_numpy(object)
    gone = gone.assign(draw=pd.util.hash_array(drawn)).sort_values("draw")
    return {
        "few": params.few,
        "concepts": len(concepts),
        "scarce": len(scarce),
        "fields": _fields(concepts, params.few),
        "had": cards.rows(had.drop_duplicates("lemma")),
        "gone": cards.rows(gone.head(_LISTED)),
        "all_gone": len(gone),
        "languages": _languages(manifest),
        "places": _places(inputs, manifest),
    }


def _dropped(pool: pd.DataFrame, lemmas: pd.Series) -> pd.DataFrame:
    """Of each lemma in dropped English captions: dropped pictures beside it, and the usual rule.

    A lemma of up to three words is found as it is written, and with an s or es behind it.
    """
    english = pool["lang"].str.split("-").str[0] == "en"
    some = pool[english & ~pool["kept"]].drop_duplicates("image")[["caption", "reason"]]
    forms = {f"{lemma}{end}": lemma for end in ("es", "s", "") for lemma in lemmas}
    words = some["caption"].str.casefold().str.findall(r"\w+")
    found = words.map(lambda own: {forms[form] for form in _phrases(own) if form in forms})
    each = pd.concat([some["reason"], found.rename("lemma")], axis=1).explode("lemma").dropna()
    counts = each.groupby(["lemma", "reason"]).size().rename("by").reset_index()
    counts = counts.sort_values(["lemma", "by", "reason"], ascending=[True, False, True])
    return counts.groupby("lemma").agg(dropped=("by", "sum"), rule=("reason", "first"))


def _phrases(words: list[str]) -> Iterator[str]:
    for length in range(1, _PHRASE + 1):
        for start in range(len(words) - length + 1):
            yield " ".join(words[start : start + length])


def _fields(concepts: pd.DataFrame, few: int) -> list[dict[str, Any]]:
    """Of each of WordNet's files: concepts, and how many of them are in few pictures."""
    found = concepts.assign(scarce=concepts["images"] < few, field=concepts["lexfile"].str[5:])
    grouped = found.groupby("field").agg(concepts=("images", "size"), scarce=("scarce", "sum"))
    return cards.rows(grouped.sort_values("concepts", ascending=False).reset_index())


def _languages(manifest: pd.DataFrame) -> list[dict[str, Any]]:
    """Of each language: pairs, and the share of the pictures that have a caption in it."""
    primary = manifest.assign(lang=manifest["lang"].str.split("-").str[0])
    grouped = primary.groupby("lang").agg(pairs=("uid", "size"), images=("image", "nunique"))
    grouped["share"] = grouped["images"] / manifest["image"].nunique()
    order = grouped.reset_index().sort_values(["pairs", "lang"], ascending=[False, True])
    return cards.rows(order)


def _places(inputs: Inputs, manifest: pd.DataFrame) -> list[tuple[str, int]]:
    """Of each relation in space: captions that state it, most first."""
    edges = inputs.label("scene", "edges")[["uid", "lemma"]].drop_duplicates()
    counts = edges[edges["uid"].isin(manifest["uid"])]["lemma"].value_counts()
    found = [(name, int(counts.get(name, 0))) for name in _PLACES]
    return sorted(found, key=lambda place: (-place[1], place[0]))
