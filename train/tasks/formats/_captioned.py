"""A picture's captions in a language as an example: all of them count as right to be written."""

from collections.abc import Iterable
from pathlib import Path

from train.tasks.formats import Example, Omitted, Picture
from train.tasks.metrics._tokens import words


def example(
    name: str, split: str, picture: Picture, lang: str, captions: Iterable[str], where: Path
) -> Example | Omitted:
    """An example that asks for a caption by its language's tag; omitted, if none has a word.

    Args:
        name: of the example.
        split: train, validation or test.
        picture: that is shown.
        lang: BCP-47 tag.
        captions: in that language; equal ones count once.
        where: the file that tells them.
    """
    told = tuple(dict.fromkeys(caption for caption in captions if words(caption, lang)))
    if not told:
        return Omitted(name, "no words", f"{where} has no caption with a word")
    return Example(
        example=name,
        split=split,
        pictures=(picture,),
        text=lang,
        lang=lang,
        answers=told,
        scores=(1.0,) * len(told),
        kind=lang,
    )
