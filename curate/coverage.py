"""A snapshot and its labels in; what it has too few of, and what to crawl or make next, out.

Three kinds of things are counted: concepts (nouns that a picture can show, by WordNet's sense),
relations that captions state, and languages. Concepts that texts often name are wanted even where
no caption of ours names them (`curate.dataset.usual`). Each list is ranked, the most wanted first,
and each entry says with figures what brings more: another rule (dropped pairs have it), a crawl
(which crawled source is rich in such things), or made pairs (how many of each picture there is).
Figures are a stage's metrics, so that a crawler can read them: `metrics/coverage.json`, under
`next`.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from curate.dataset import wordnet
from curate.dataset.errors import DataError
from curate.dataset.languages import primary
from curate.dataset.relations import relation_name
from curate.dataset.usual import SHOWABLE, meant
from curate.dropped import dropped_with
from curate.reports.inputs import Inputs, NotRun, Paths
from curate.stage.params import parameters
from curate.stage.run import run

PLACES = (  # relations in space that captions can state, by their one name each
    *("above", "at", "behind", "beside", "between", "in", "in front of", "inside"),
    *("left of", "near", "next to", "on", "right of", "under"),
)
_DECIMALS = 4


@parameters
class CoverageParams:
    """From when on there is enough of something."""

    few: int = 5  # pictures; a concept, or captions; a relation in fewer is scarce
    share: float = 0.2  # of the pictures; a language that captions fewer is scarce
    usual: int = 5  # uses in WordNet's texts, from which on a concept must not be missing
    languages: tuple[str, ...] = ()  # BCP-47, that are wanted though the pool has none of them
    listed: int = 100  # entries of each list
    wordnet: str = "wordnet-base"  # fetched package with WordNet's database files


def main(
    pool: Path,
    decisions: Path,
    labels: Path,
    snapshot: Path,
    packages: Path,
    params: CoverageParams,
    labels_made: Path | None = None,
) -> dict[str, Any]:
    """Rank what a snapshot has too few of.

    Args:
        pool: the set of crawled pairs.
        decisions: folder of decisions.
        labels: folder of the tables of `knowledge` and `scene`, of the pool.
        snapshot: its folder.
        packages: folder of fetched packages.
        params: section `coverage`.
        labels_made: folder of those tables of made pairs.

    Raises:
        DataError: labels or the snapshot are missing.
    """
    places = Paths(pool, decisions, labels=labels, labels_made=labels_made, snapshot=snapshot)
    inputs = Inputs(places, Path())
    database = wordnet.open_folder(wordnet.folder_of(packages, params.wordnet).resolve())
    try:
        manifest = inputs.manifest
        named = inputs.label("knowledge", "links")[["uid", "synset", "lemma"]]
        synsets = inputs.label("knowledge", "synsets")[["synset", "name", "lexfile"]]
        edges = inputs.label("scene", "edges")[["uid", "lemma"]]
    except NotRun as reason:
        raise DataError(str(reason)) from reason
    shown = named.merge(manifest[["uid", "image", "source", "parent"]], on="uid")
    shown = shown.merge(synsets, on="synset")
    shown = shown[shown["lexfile"].isin(SHOWABLE)]
    there = _concepts(shown)
    concepts = _usual(there, database, params.usual)
    edges = edges.assign(lemma=edges["lemma"].map(relation_name)).drop_duplicates()
    stated = edges.merge(manifest[["uid", "source", "parent"]], on="uid")
    relations = _relations(stated, database)
    languages = _languages(manifest, inputs.pool, params.languages)
    made = manifest[manifest["parent"].notna()]["source"].value_counts()
    method = None if made.empty else str(made.index[0])
    lists = {
        "concepts": _wanted_concepts(concepts, shown, inputs.pool, params, method),
        "relations": _wanted_relations(relations, stated, manifest, inputs.pool, params),
        "languages": _wanted_languages(languages, inputs.pool, manifest, params),
    }
    return {
        "few": params.few,
        "share": params.share,
        "usual": params.usual,
        "concepts": {
            "there": len(there),
            "scarce": int((there["images"] < params.few).sum()),
            "absent": int((concepts["images"] == 0).sum()),
            "fields": _fields(there, params.few),
        },
        "languages": languages.to_dict("records"),
        "relations": {
            "there": int((relations["captions"] > 0).sum()),
            "scarce": int((relations["captions"] < params.few).sum()),
            "places": _places(relations),
        },
        "wanted": {name: len(entries) for name, entries in lists.items()},
        "next": {name: _ranked(entries, params.listed) for name, entries in lists.items()},
    }


def _concepts(shown: pd.DataFrame) -> pd.DataFrame:
    """Of each concept of the snapshot: pictures that show it, and a lemma that names it."""
    grouped = shown.groupby(["synset", "name", "lexfile"])
    return grouped.agg(images=("image", "nunique"), lemma=("lemma", "min")).reset_index()


def _usual(there: pd.DataFrame, database: wordnet.WordNet, least: int) -> pd.DataFrame:
    """The snapshot's concepts, and those missing from it that texts use so often; with `usual`."""
    uses = meant(database)
    known = set(there["synset"])
    absent = [
        {"synset": id_, "name": found.name, "lexfile": found.lexfile, "images": 0, "lemma": lemma}
        for id_, (count, lemma) in sorted(uses.items())
        if count >= least and id_ not in known
        for found in [database.synset(id_)]
    ]  # fmt: skip
    both = pd.concat([there, pd.DataFrame(absent, columns=there.columns)], ignore_index=True)
    return both.assign(
        usual=[uses.get(id_, (0, ""))[0] for id_ in both["synset"]],
        lemma=both["lemma"].str.casefold(),
    )


def _relations(stated: pd.DataFrame, database: wordnet.WordNet) -> pd.DataFrame:
    """Of each relation: captions that state it, whether it is one in space, how usual its verb."""
    counts = stated["lemma"].value_counts()
    names = sorted({*PLACES, *counts.index})
    return pd.DataFrame(
        {
            "lemma": names,
            "captions": [int(counts.get(name, 0)) for name in names],
            "place": [name in PLACES for name in names],
            "usual": [database.count(name.split(" ")[0], wordnet.VERB) for name in names],
        }
    )


def _languages(manifest: pd.DataFrame, pool: pd.DataFrame, wanted: Sequence[str]) -> pd.DataFrame:
    """Of each language: pairs, pictures and their share, most pairs first."""
    named = manifest.assign(lang=manifest["lang"].map(primary))
    grouped = named.groupby("lang").agg(pairs=("uid", "size"), images=("image", "nunique"))
    found = {*pool["lang"].map(primary), *map(primary, wanted), *grouped.index} - {"und"}
    grouped = grouped.reindex(sorted(found), fill_value=0).rename_axis("lang").reset_index()
    grouped["share"] = (grouped["images"] / manifest["image"].nunique()).round(_DECIMALS)
    return grouped.sort_values(["pairs", "lang"], ascending=[False, True])


def _wanted_concepts(
    concepts: pd.DataFrame,
    shown: pd.DataFrame,
    pool: pd.DataFrame,
    params: CoverageParams,
    method: str | None,
) -> list[dict[str, Any]]:
    """Scarce concepts, the most wanted first: how usual, by the share of `few` that is missing."""
    scarce = concepts[concepts["images"] < params.few]
    dropped = dropped_with(pool, scarce["lemma"])
    sources = _richest(shown[shown["parent"].isna()], "lexfile", "image")
    found = []
    for row in scarce.to_dict("records"):
        missing = params.few - int(row["images"])
        entry: dict[str, Any] = {
            "what": row["lemma"],
            "synset": row["name"],
            "field": row["lexfile"].partition(".")[2],
            "have": int(row["images"]),
            "missing": missing,
            "usual": int(row["usual"]),
            "weight": round((1 + row["usual"]) * missing / params.few, _DECIMALS),
        }
        entry |= _next(row["lemma"], dropped, sources.get(row["lexfile"]))
        if method is not None and row["images"]:
            entry["make"] = {"method": method, "each": math.ceil(missing / row["images"])}
        found.append(entry)
    return found


def _wanted_relations(
    relations: pd.DataFrame,
    stated: pd.DataFrame,
    manifest: pd.DataFrame,
    pool: pd.DataFrame,
    params: CoverageParams,
) -> list[dict[str, Any]]:
    """Scarce relations: those in space first, then the usual verbs."""
    scarce = relations[relations["captions"] < params.few]
    dropped = dropped_with(pool, scarce["lemma"])
    pairs = manifest[manifest["parent"].isna()]["source"].value_counts()
    crawled = stated[stated["parent"].isna()]
    rates = (crawled.groupby("source")["uid"].nunique() / pairs).dropna()
    best = None
    if len(rates):
        name = min(rates.index, key=lambda source: (-rates[source], source))
        best = {"source": str(name), "share": round(float(rates[name]), _DECIMALS)}
    most = int(scarce["usual"].max()) + 1 if len(scarce) else 1
    return [
        {
            "what": row["lemma"],
            "have": int(row["captions"]),
            "missing": params.few - int(row["captions"]),
            "usual": int(row["usual"]),
            "weight": round(
                (most if row["place"] else 1 + row["usual"])
                * (params.few - row["captions"])
                / params.few,
                _DECIMALS,
            ),
            **_next(row["lemma"], dropped, best),
        }
        for row in scarce.to_dict("records")
    ]


def _wanted_languages(
    languages: pd.DataFrame, pool: pd.DataFrame, manifest: pd.DataFrame, params: CoverageParams
) -> list[dict[str, Any]]:
    """Languages that caption too few pictures, those that lack most first."""
    own = pool.assign(lang=pool["lang"].map(primary))
    sources = _richest(own, "lang", "image")
    wanted = math.ceil(params.share * manifest["image"].nunique())
    found = []
    for row in languages[languages["images"] < wanted].to_dict("records"):
        lost = own[(own["lang"] == row["lang"]) & ~own["kept"]]
        entry: dict[str, Any] = {
            "what": row["lang"],
            "have": int(row["images"]),
            "missing": wanted - int(row["images"]),
            "weight": round(1 - row["images"] / wanted, _DECIMALS),
            "action": "crawl",
        }
        if len(lost):
            rules = lost["reason"].value_counts()
            rule = min(rules.index, key=lambda name: (-rules[name], name))
            entry |= {"action": "keep", "dropped": lost["image"].nunique(), "rule": str(rule)}
        found.append(entry | sources.get(row["lang"], {}))
    return found


def _next(lemma: str, dropped: pd.DataFrame, source: dict[str, Any] | None) -> dict[str, Any]:
    """What brings more: dropped pictures and their rule, else a query and the richest crawl."""
    if lemma in dropped.index:
        count, rule = dropped["dropped"][lemma], dropped["rule"][lemma]
        return {"action": "keep", "dropped": int(count), "rule": str(rule)}
    return {"action": "crawl", "query": lemma, **(source or {})}


def _richest(rows: pd.DataFrame, by: str, what: str) -> dict[str, dict[str, Any]]:
    """Of each group: the source with most of its pictures, and their share of the group's."""
    counts = rows.groupby([by, "source"])[what].nunique().rename("images").reset_index()
    counts = counts.sort_values([by, "images", "source"], ascending=[True, False, True])
    totals = counts.groupby(by)["images"].sum()
    best = counts.drop_duplicates(by)
    return {
        str(group): {"source": str(source), "share": round(float(n / totals[group]), _DECIMALS)}
        for group, source, n in best.itertuples(index=False)
    }


def _ranked(entries: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    order = sorted(entries, key=lambda entry: (-entry["weight"], entry["what"]))[:most]
    return [{"rank": rank, **entry} for rank, entry in enumerate(order, 1)]


def _fields(concepts: pd.DataFrame, few: int) -> list[dict[str, Any]]:
    """Of each of WordNet's files: concepts, and how many of them are in few pictures."""
    found = concepts.assign(scarce=concepts["images"] < few, field=concepts["lexfile"].str[5:])
    grouped = found.groupby("field").agg(concepts=("images", "size"), scarce=("scarce", "sum"))
    order = grouped.reset_index().sort_values(["concepts", "field"], ascending=[False, True])
    return [{str(k): v for k, v in row.items()} for row in order.to_dict("records")]


def _places(relations: pd.DataFrame) -> list[tuple[str, int]]:
    """Of each relation in space: captions that state it, most first."""
    some = relations[relations["place"]].sort_values(["captions", "lemma"], ascending=[False, True])
    return list(zip(some["lemma"].tolist(), some["captions"].tolist(), strict=True))


if __name__ == "__main__":
    run("curate.coverage", section="coverage")
