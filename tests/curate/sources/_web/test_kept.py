"""What was found out under a name is found out once."""

import asyncio

import pytest

from curate.sources._web.kept import Kept
from curate.sources._web.refused import NotTaken


def kept(
    seconds: float = 100.0, most: int = 10, refused: float = 100.0
) -> tuple[Kept[str], list[str]]:
    asked: list[str] = []

    async def find(name: str) -> str:
        asked.append(name)
        await asyncio.sleep(0)
        if name == "no":
            raise NotTaken("refused", name)
        return name.upper()

    return Kept(find, seconds, most, refused), asked


def test_all_who_ask_at_once_or_later_share_one_answer():
    async def run() -> list[str]:
        store, asked = kept()
        found = await asyncio.gather(*(store.get(name) for name in "aabab"))
        assert [*found, await store.get("a")] == list("AABABA")
        return asked

    assert asyncio.run(run()) == ["a", "b"]


def test_a_refusal_stands_for_its_own_time():
    async def run() -> list[str]:
        store, asked = kept(refused=0.0)
        for name in ("no", "a", "no", "a"):
            await asyncio.gather(store.get(name), return_exceptions=True)
        return asked

    assert asyncio.run(run()) == ["no", "a", "no"]


def test_an_answer_is_asked_for_again_when_its_time_is_up():
    async def run() -> list[str]:
        store, asked = kept(seconds=0.0)
        await store.get("a")
        await store.get("a")
        return asked

    assert asyncio.run(run()) == ["a", "a"]


def test_a_refusal_is_kept_and_raised_anew():
    async def run() -> None:
        store, asked = kept()
        raised = []
        for _ in range(2):
            with pytest.raises(NotTaken, match="refused: no") as caught:
                await store.get("no")
            raised.append(caught.value)
        assert raised[0] is not raised[1]  # or each would carry the traces of all before
        assert asked == ["no"]

    asyncio.run(run())


def test_the_answers_used_longest_ago_go_first():
    async def run() -> list[str]:
        store, asked = kept(most=2)
        for name in "abacab":
            await store.get(name)
        assert len(store) == 2
        return asked

    assert asyncio.run(run()) == ["a", "b", "c", "b"]


def test_one_who_gives_up_does_not_take_the_answer_from_the_others():
    async def run() -> str:
        store, _ = kept()
        first = asyncio.create_task(store.get("a"))
        second = asyncio.create_task(store.get("a"))
        await asyncio.sleep(0)
        first.cancel()
        return await second

    assert asyncio.run(run()) == "A"
