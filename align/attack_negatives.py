"""Hard negatives and the pairs that they are of in; how well a learnt blind reader finds them, out.

    python -m align.attack_negatives --negatives data/labels/negatives --sets data/pool

Length, spacing and a model of the captions' language are attacks known beforehand, and what is
balanced against those may still be given away by other things: an ending that no longer agrees, a
word that negatives bring and captions never say. So one attacker is learnt from the set itself:
logistic regression on how often caption and negative hold each word and each two in a row
(characters, of Japanese), the one minus the other: the kind of reader by which AFLite filters
(Sakaguchi et al., WinoGrande, 2020), held to pairs. It is tried on negatives of pictures that it
has not seen (five folds, none parts a picture's own). At 0.5 it has found nothing that tells the
true caption without the picture; it reads the captions and, apart from these, the twins. Less than
a half is no leak: where a set holds each exchange of words as often both ways, the folds read hold
too many of one way just because the fold that is asked holds too many of the other.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from curate.dataset import languages, tables
from curate.dataset.errors import DataError
from curate.dataset.sets import located
from curate.stage.run import run

_COLUMNS = ["uid", "lang", "kind", "caption", "twin", "twin_negative"]
_WORD = re.compile(r"\w+|[^\w\s]")
_FOLDS = 5
_LEAST = 100  # negatives of a set: of fewer, chance alone is 10 points from a half (95%)
_UNPARTED = frozenset(("ja", "zh", "th"))  # written without spaces between words


class Contest(NamedTuple):
    """Two captions, one of which is true of a picture."""

    image: str
    true: str
    false: str


def main(negatives: Path, sets: Path) -> dict[str, Any]:
    """Attack every set of negatives (a language's of one kind).

    Args:
        negatives: folder of the labeler's tables.
        sets: the pool, or the folder of made sets.

    Raises:
        DataError: there is no such table, or a negative is of no pair in the sets.
    """
    rows = tables.read(negatives / "negatives.parquet", _COLUMNS).to_pylist()
    columns = located([sets]).select(["uid", "image", "caption"])
    pairs = {row["uid"]: row for row in columns.to_pylist()}
    if lost := sorted({row["uid"] for row in rows} - set(pairs)):
        raise DataError(
            f"{negatives}: {len(lost)} pairs of negatives are not in {sets}, first {lost[0]}; "
            "give the sets that were labelled"
        )
    told: dict[tuple[str, str, str], list[Contest]] = defaultdict(list)
    for row in rows:
        pair, name = pairs[row["uid"]], (row["lang"], row["kind"])
        told[*name, "caption"].append(Contest(pair["image"], pair["caption"], row["caption"]))
        told[*name, "twin"].append(Contest(pair["image"], row["twin"], row["twin_negative"]))
    found = []
    for (lang, kind, said), contests in sorted(told.items()):
        right = accuracy(contests, lang) if len(contests) >= _LEAST else None
        found.append(
            {"lang": lang, "kind": kind, "said": said, "count": len(contests), "accuracy": right}
        )
        shown = f"{right:.3f}" if right is not None else f"fewer than {_LEAST}"
        print(f"{lang} {kind:<10} {said:<8} {len(contests):>7} {shown}")
    return {"sets": found}


def accuracy(contests: Sequence[Contest], lang: str) -> float | None:
    """Share of contests (0-1) whose true caption a reader finds that learnt from the others.

    Args:
        contests: of one set, in any order.
        lang: BCP-47 tag of their language.

    Returns:
        None where fewer pictures than folds leave nothing to learn from.
    """
    import numpy as np
    from scipy.sparse import diags
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_predict

    ordered = sorted(contests)
    images = [contest.image for contest in ordered]
    if len(set(images)) < _FOLDS:
        return None
    parted = languages.primary(lang) not in _UNPARTED
    counts = CountVectorizer(
        tokenizer=_WORD.findall if parted else list, token_pattern=None, ngram_range=(1, 2)
    )
    counts.fit([text for contest in ordered for text in contest[1:]])
    true, false = (counts.transform(texts) for texts in list(zip(*ordered, strict=True))[1:])
    # which of the two is read first is drawn, so that both answers are equally frequent
    first = np.array([_draw(contest) for contest in ordered], float)
    seen = diags(first) @ (true - false)
    reader = LogisticRegression(fit_intercept=False, max_iter=1000)
    guessed = cross_val_predict(
        reader, seen, first, groups=images, cv=GroupKFold(_FOLDS), method="decision_function"
    )
    # one that sees no difference is right half the time
    return float(np.mean((np.sign(guessed) * first + 1) / 2))


def _draw(contest: Contest) -> int:
    """1 or -1, by a draw on a contest's own texts."""
    return 1 if hashlib.sha256("\0".join(contest).encode()).digest()[0] & 1 else -1


if __name__ == "__main__":
    run("align.attack_negatives", section="label.negatives")
