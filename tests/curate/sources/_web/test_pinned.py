"""No name leads to a private address, however often it changes its mind."""

import asyncio
import ipaddress
import socket

import pytest

from curate.dataset.errors import ParamsError
from curate.sources._web.fetcher import NotTaken
from curate.sources._web.pinned import Resolver, is_public

FINE = b"a picture"
PUBLIC = "192.88.99.1"  # a public address at which nobody is


def answers(*rounds: list[str]):
    """A name server that gives one answer after the other, the last one for good."""
    waiting, asked = list(rounds), []

    async def lookup(name: str) -> list[str]:
        asked.append(name)
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    lookup.asked = asked
    return lookup


def refusal(found: object) -> str:
    assert isinstance(found, NotTaken), found
    return found.reason


NOBODY = {"private_hosts": frozenset(), "honour": frozenset(), "connect": 0.2}


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.0.0.7"],
        ["169.254.169.254"],
        ["::1"],
        ["fe80::1%eth0"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        [PUBLIC, "127.0.0.1"],
    ],
)
def test_a_name_at_a_private_address_is_refused(hostile, ask, addresses):
    url = f"http://a.example:{hostile.port}/i.png"
    (found,) = ask(url, lookup=answers(addresses), **NOBODY)
    assert refusal(found) == "private address"
    assert hostile.asked == []


def test_a_name_that_is_public_first_and_private_then_gains_nothing(hostile, ask, raw):
    hostile.answers["/i.png"] = raw(FINE)
    url = f"http://a.example:{hostile.port}/i.png"
    lookup = answers([PUBLIC], ["127.0.0.1"])
    first = ask(url, lookup=lookup, attempts=2, **NOBODY)  # looked up once, connected there
    assert refusal(first[0]) in ("too slow", "no answer")
    second = ask(url, lookup=lookup, **NOBODY)
    assert refusal(second[0]) == "private address"
    assert hostile.asked == []


def test_a_name_that_turns_private_between_attempts_is_refused_then(hostile, ask, raw):
    hostile.answers["/i.png"] = raw(FINE)
    lookup = answers([PUBLIC], ["127.0.0.1"])
    url = f"http://a.example:{hostile.port}/i.png"
    (found,) = ask(url, lookup=lookup, attempts=2, dns=0.0, **NOBODY)
    assert refusal(found) == "private address"
    assert (len(lookup.asked), hostile.asked) == (2, [])


def test_connections_go_to_the_address_that_was_looked_up(hostile, ask, raw):
    hostile.answers["/i.png"] = raw(FINE)
    lookup = answers(["127.0.0.1"])
    (found,) = ask(f"http://nowhere.invalid:{hostile.port}/i.png", lookup=lookup)
    assert (found.body, set(lookup.asked)) == (FINE, {"nowhere.invalid"})
    assert f"Host: nowhere.invalid:{hostile.port}" in hostile.heads[0]


def test_a_second_address_is_tried_where_the_first_is_dead(hostile, ask, raw):
    hostile.answers["/i.png"] = raw(FINE)
    lookup = answers(["127.0.0.2", "127.0.0.1"])  # the server listens on the second only
    (found,) = ask(f"http://a.example:{hostile.port}/i.png", lookup=lookup)
    assert found.body == FINE


@pytest.mark.parametrize(
    ("allowed", "reason"),
    [
        ({"127.0.0.0/8"}, ""),
        ({"a.example"}, ""),
        ({"127.0.0.1"}, "private address"),  # opens that address in a URL, to no other name
        ({"b.example", "10.0.0.0/8"}, "private address"),
    ],
)
def test_the_allow_list_opens_hosts_and_networks(hostile, ask, raw, allowed, reason):
    hostile.answers["/i.png"] = raw(FINE)
    url = f"http://a.example:{hostile.port}/i.png"
    (found,) = ask(url, lookup=answers(["127.0.0.1"]), private_hosts=frozenset(allowed))
    assert (found.reason if isinstance(found, NotTaken) else "") == reason


def test_an_allowed_network_that_is_none_is_an_error():
    with pytest.raises(ParamsError, match=r"10\.0\.0\.0/99"):
        Resolver({}, {"10.0.0.0/99"}, 1.0, 1.0, 1.0)


def test_a_name_is_looked_up_once_for_all_its_urls(hostile, ask, raw):
    hostile.answers |= {f"/{n}": raw(FINE) for n in range(20)}
    lookup = answers(["127.0.0.1"])
    found = ask(*(f"http://a.example:{hostile.port}/{n}" for n in range(20)), lookup=lookup)
    assert [answer.body for answer in found] == [FINE] * 20
    assert lookup.asked == ["a.example"]


def test_a_name_whose_address_is_none_is_no_answer(ask):
    (found,) = ask("http://a.example/", lookup=answers(["no address"]))
    assert refusal(found) == "no answer"


def test_a_name_that_is_not_known_is_no_answer_and_is_asked_for_once(ask):
    asked = []

    async def unknown(name: str) -> list[str]:
        asked.append(name)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    found = ask("http://a.example/1", "http://a.example/2", lookup=unknown, attempts=3)
    assert [refusal(one) for one in found] == ["no answer"] * 2
    assert asked == ["a.example"]


def test_a_name_server_in_trouble_is_asked_again(hostile, ask, raw):
    hostile.answers["/i.png"] = raw(FINE)
    troubles = [socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")]

    async def troubled(_: str) -> list[str]:
        if troubles:
            raise troubles.pop()
        return ["127.0.0.1"]

    assert ask(f"http://a.example:{hostile.port}/i.png", lookup=troubled)[0].body == FINE


def test_a_name_server_that_never_answers_is_left(ask):
    async def silent(_: str) -> list[str]:
        await asyncio.sleep(30)
        return []

    (found,) = ask("http://a.example/", lookup=silent, connect=0.1)
    assert refusal(found) == "too slow"


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1", True),
        ("64:ff9b::808:808", True),
        ("64:ff9b::a00:1", False),
        ("2002:7f00:1::", False),
        ("2002:808:808::", True),
        ("100.64.0.1", False),
        ("192.168.1.1", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("0.0.0.0", False),
        ("fd00::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("::", False),
        ("::ffff:8.8.8.8", True),
    ],
)
def test_an_address_is_public_only_if_what_it_wraps_is(address, public):
    assert is_public(ipaddress.ip_address(address)) is public
