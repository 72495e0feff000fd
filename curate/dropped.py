"""Decided pairs and some lemmas in; how many dropped pictures each would bring, out."""

from collections.abc import Iterator

import pandas as pd

from curate.dataset.languages import primary

_PHRASE = 3  # words of a lemma that is sought in captions, at most


def dropped_with(pool: pd.DataFrame, lemmas: pd.Series) -> pd.DataFrame:
    """Of each lemma in dropped English captions: dropped pictures beside it, and the usual rule.

    A lemma of up to three words is found as it is written, and with an s or es behind it.
    """
    english = pool["lang"].map(primary) == "en"
    there = pool["image"].isin(pool.loc[pool["kept"], "image"])  # by another of its pairs
    some = pool[english & ~pool["kept"] & ~there][["image", "caption", "reason"]]
    forms = {f"{lemma}{end}": lemma for end in ("es", "s", "") for lemma in lemmas}
    words = some["caption"].str.casefold().str.findall(r"\w+")
    found = words.map(lambda own: {forms[form] for form in _phrases(own) if form in forms})
    each = some[["image", "reason"]].assign(lemma=found).explode("lemma").dropna(subset="lemma")
    each = each.drop_duplicates(["image", "lemma"])
    counts = each.groupby(["lemma", "reason"]).size().rename("by").reset_index()
    counts = counts.sort_values(["lemma", "by", "reason"], ascending=[True, False, True])
    return counts.groupby("lemma").agg(dropped=("by", "sum"), rule=("reason", "first"))


def _phrases(words: list[str]) -> Iterator[str]:
    for length in range(1, _PHRASE + 1):
        for start in range(len(words) - length + 1):
            yield " ".join(words[start : start + length])
