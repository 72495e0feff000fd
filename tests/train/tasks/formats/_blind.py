"""Examples in; how often the best of all readers that do not look would be right, out."""

import re
from collections import Counter, defaultdict


def best(examples, seen):
    """Accuracy of whoever knows the commonest answer to all that `seen` gives of an example."""
    told = defaultdict(Counter)
    for one in examples:
        told[seen(one)][one.answers] += 1
    return sum(max(answers.values()) for answers in told.values()) / len(examples)


def words(one):
    """The words of an example's text, in no order."""
    return tuple(sorted(re.findall(r"[\w-]+", one.text.lower())))
