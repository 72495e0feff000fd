"""ROUGE-L (Lin, 2004) of a caption, as COCO's evaluator computes it.

The longest common subsequence with a reference, as a share of the caption and of the reference; of
several references the larger share of either counts, and the F-measure weighs what is said of the
references 1.2 times as much.
"""

from collections.abc import Sequence

Text = tuple[str, ...]
_BETA = 1.2


def score(caption: Text, references: Sequence[Text]) -> float:
    """ROUGE-L of a caption's words, 0-1."""
    if not caption:
        return 0.0
    shared = [(_common(caption, told), told) for told in references if told]
    precision = max((number / len(caption) for number, _ in shared), default=0.0)
    recall = max((number / len(told) for number, told in shared), default=0.0)
    if not precision or not recall:
        return 0.0
    return (1 + _BETA**2) * precision * recall / (recall + _BETA**2 * precision)


def _common(one: Text, other: Text) -> int:
    """Words of the longest common subsequence."""
    row = [0] * (len(other) + 1)
    for word in one:
        before = 0  # of the row above, one to the left
        for at, their in enumerate(other, 1):
            above = row[at]
            row[at] = before + 1 if word == their else max(above, row[at - 1])
            before = above
    return row[-1]
