"""An origin to what its own files say of what may be taken there: robots.txt and tdmrep.json."""

import contextlib
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

from protego import Protego

from curate.sources._web import optout, robots
from curate.sources._web.limits import Answer
from curate.sources._web.links import Url
from curate.sources._web.refused import NotTaken

Ask = Callable[[str], Awaitable[Answer]]  # URL -> answer of any status; raises NotTaken


@dataclass(frozen=True)
class Site:
    """What the files of an origin say."""

    robots: robots.Rules
    reserved: Protego | None  # by its tdmrep.json, if it has one

    def check(self, url: Url, honour: Collection[str]) -> None:
        """Refuse a URL of this origin that is not ours to take.

        Args:
            url: what is to be asked for.
            honour: signals that are obeyed, see `optout.SIGNALS`.

        Raises:
            NotTaken: `robots.txt` or `opted out`.
        """
        if "robots.txt" in honour and not self.robots.allow(url.text):
            raise NotTaken("robots.txt", f"{url.origin}/robots.txt disallows {url.text}")
        if "content-usage" in honour and (name := self.robots.against_training(url.text)):
            where = f"{name} in {url.origin}/robots.txt"
            raise NotTaken("opted out", f"{url.text}: {where}")
        if self.reserved is not None and not self.reserved.can_fetch(url.text, optout.AGENT):
            where = f"tdm-reservation in {url.origin}{optout.TDM_FILE}"
            raise NotTaken("opted out", f"{url.text}: {where}")


async def read(
    origin: str, honour: Collection[str], ask: Ask, heed: Callable[[robots.Rules], None]
) -> Site:
    """Ask an origin for its files.

    Args:
        origin: scheme, host and port.
        honour: signals that are obeyed; files that state none of them are not asked for.
        ask: fetches a file, within `robots.MAX_BYTES`.
        heed: is shown the rules before anything else is asked for; may raise NotTaken.

    Raises:
        NotTaken: the host is in trouble, so that nothing may be asked for (RFC 9309).
    """
    rules, reserved = robots.read(""), None
    if not {"robots.txt", "content-usage"}.isdisjoint(honour):
        rules = await _ask_robots(f"{origin}/robots.txt", ask)
        heed(rules)
    if "tdm" in honour:
        with contextlib.suppress(NotTaken):
            answer = await ask(origin + optout.TDM_FILE)
            reserved = optout.reserved(answer.body) if 200 <= answer.status < 300 else None
    return Site(rules, reserved)


async def _ask_robots(url: str, ask: Ask) -> robots.Rules:
    try:
        answer = await ask(url)
    except NotTaken as problem:
        if problem.reason != "redirects":  # too many of which count as no file
            raise
        return robots.read("")
    found = robots.rules(answer.status, answer.body, answer.whole)
    if found is None:
        raise NotTaken("robots.txt", f"{url} answers {answer.status}, so nothing is allowed")
    return found
