"""A language in, its words that exclude each other, mean the same or frame a caption, out.

`lexicon/<language>.toml` holds them; a new language is a new file. The names of groups and of their
members are the same in every language, so that what a caption says in one can be held against what
another says of the same picture. The forms of a group's members stand in one order (`roter`,
`blauer`), so that one form takes the place of another and the grammar around it stays right.
"""

import functools
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from curate.dataset import languages
from curate.dataset.errors import DataError

_LEXICON = Path(__file__).parent / "lexicon"


class Said(NamedTuple):
    """A member of a group, found in a caption."""

    group: str
    member: str
    form: int  # place among the forms of its member
    start: int
    end: int


class Words:
    """The words of one language.

    Args:
        data: as the file holds them.

    Raises:
        DataError: the members of a group have unlike numbers of forms.
    """

    def __init__(self, data: dict[str, object]) -> None:
        self.scattered = bool(data["scattered"])
        self.frames: list[str] = list(data["frames"])  # type: ignore[call-overload]
        self.groups = _groups(data["groups"])  # type: ignore[arg-type]
        self.nameless = frozenset(_listed(str(data.get("nameless", ""))))
        same = data["same"]["pairs"]  # type: ignore[index]
        self.same = [tuple(part.strip() for part in pair.split("=")) for pair in _listed(same)]
        articles = _listed(str(data["articles"]))
        self._articles = self._pattern(articles) if articles else None
        self._forms = {
            form.casefold(): (group, member, place)
            for group, members in self.groups.items()
            for member, forms in members.items()
            for place, form in reversed(list(enumerate(forms)))
        }
        self._said = self._pattern(self._forms)
        self._only = {
            group: (re.compile(around["before"]), re.compile(around["after"], re.IGNORECASE))
            for group, around in data.get("only", {}).items()  # type: ignore[attr-defined]
        }

    def said(self, caption: str) -> Iterator[Said]:
        """What of the groups a caption says, from left to right, none overlapping."""
        for match in self._said.finditer(caption):
            yield Said(*self._forms[match.group().casefold()], *match.span())

    def others(self, caption: str, found: Said) -> Iterator[tuple[str, str]]:
        """The other members of a group, with the form that can take a word's place."""
        if found.group in self._only:
            before, after = self._only[found.group]
            if not before.fullmatch(caption[: found.start]) or not after.match(caption, found.end):
                return
        for member, forms in self.groups[found.group].items():
            if member != found.member and found.form < len(forms):
                yield member, forms[found.form]

    def equals(self, caption: str) -> Iterator[tuple[int, int, str]]:
        """Where a caption says what other words mean too: start, end, and these."""
        for one, other in self.same:
            for was, becomes in ((one, other), (other, one)):
                pattern = self._pattern([was])
                for match in pattern.finditer(caption):
                    yield match.start(), match.end(), becomes

    def articles(self, caption: str) -> int:
        """How many articles a caption has."""
        return len(self._articles.findall(caption)) if self._articles else 0

    def _pattern(self, words: object) -> re.Pattern[str]:
        return _pattern(tuple(sorted(words, key=lambda w: (-len(w), w))), self.scattered)  # type: ignore[call-overload]


@functools.cache
def languages_known() -> tuple[str, ...]:
    """The languages that there are words for, as primary BCP-47 subtags, sorted."""
    return tuple(sorted(file.stem for file in _LEXICON.glob("*.toml")))


@functools.lru_cache(1024)
def of(lang: str) -> Words | None:
    """The words of a BCP-47 tag's language; None where there are none."""
    primary = languages.primary(lang)
    return _words(primary) if primary in languages_known() else None


@functools.cache
def _words(primary: str) -> Words:
    file = _LEXICON / f"{primary}.toml"
    return Words(tomllib.loads(file.read_text(encoding="utf-8")))


def _groups(data: dict[str, dict[str, str]]) -> dict[str, dict[str, list[str]]]:
    groups = {
        name: {member: _listed(forms) for member, forms in members.items()}
        for name, members in data.items()
    }
    for name, members in groups.items():
        if len(members) < 2 or any(not forms for forms in members.values()):
            raise DataError(f"group {name} of words needs two members, each with a form")
    return groups


@functools.cache
def _pattern(words: tuple[str, ...], scattered: bool) -> re.Pattern[str]:
    choices = "|".join(map(re.escape, words))
    around = r"(?<![\w-])(?:{})(?![\w-])" if scattered else "(?:{})"
    return re.compile(around.format(choices), re.IGNORECASE)


def _listed(text: str) -> list[str]:
    return [word.strip() for word in text.replace("\n", " ").split(",") if word.strip()]
