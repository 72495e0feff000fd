"""The bank of concepts in; the phrases that are drawn out, those of the rarest concepts first."""

from collections.abc import Sequence

from augment.diffusion.concepts import Concept, Phrase
from augment.made import Count, seed
from curate.stage.params import parameters


@parameters
class Prompts:
    """Which prompts, and how many."""

    count: Count = 100  # at most
    per_concept: Count = 1  # at most
    least: Count = 5  # kept training pictures of a concept; fewer teach no model of ours
    objects: Count = 1  # in a prompt, at most
    plain: bool = False  # only names of things, as `compose` takes them; else whole captions, too
    language: str = "en"
    sources: tuple[str, ...] = ()  # whose concepts are drawn; none: all


def plan(bank: Sequence[Concept], params: Prompts, of: int) -> list[Phrase]:
    """The prompts: rarest concepts first, words drawn by the seed, none twice.

    Args:
        bank: of `concepts.bank`.
        params: which, and how many.
        of: the seed.
    """
    found: dict[str, Phrase] = {}
    for concept in bank:
        if concept.pictures < params.least:
            continue
        order = sorted(
            concept.phrases, key=lambda phrase: seed("prompt", of, concept.name, phrase.text)
        )
        new = {phrase.text: phrase for phrase in order if phrase.text not in found}
        found |= dict(list(new.items())[: params.per_concept])
        if len(found) >= params.count:
            break
    return list(found.values())[: params.count]
