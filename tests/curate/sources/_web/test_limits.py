"""How a source asks hosts, as parameters say it."""

import dataclasses
from typing import Any

import pytest

from curate.dataset.errors import ParamsError
from curate.sources import html, urls, wat
from curate.sources._web.limits import Asking, Limits
from curate.sources._web.optout import SIGNALS
from curate.stage.params import build

CONTACT = {"contact": "mailto:o@c.example"}


def test_limits_are_what_the_parameters_say():
    given = {"connections": 2, "delay": 3.0, "private_hosts": ["10.0.0.0/8"], "honour": ["tdm"]}
    found = build(Asking, CONTACT | given, "x").limits()
    assert found.agent == "Pairwright/0.1 (+mailto:o@c.example)"
    assert (found.connections, found.delay) == (2, 3.0)
    assert (found.private_hosts, found.honour) == ({"10.0.0.0/8"}, {"tdm"})


def test_no_parameter_is_lost_on_the_way_to_the_limits():
    usual = build(Asking, CONTACT, "x")
    for field in dataclasses.fields(Asking):
        value: Any = getattr(usual, field.name)
        if isinstance(value, tuple):
            other: Any = () if value else ("10.0.0.1",)
        else:
            other = f"{value}/" if isinstance(value, str) else value + 1
        assert dataclasses.replace(usual, **{field.name: other}).limits() != usual.limits()


def test_nobody_is_asked_in_nobodys_name():
    assert build(html.Params, {}, "x").limits().agent == "Pairwright/0.1"
    build(Asking, CONTACT, "x").require_contact("a source")
    with pytest.raises(ParamsError, match="a source needs `contact`, a URL or mail address"):
        build(Asking, {"contact": ""}, "x").require_contact("a source")


@pytest.mark.parametrize(("kind", "delay"), [(html, 0.5), (urls, 0.0), (wat, 0.0)])
def test_all_signals_are_honoured_by_default_and_one_that_is_unknown_is_an_error(kind, delay):
    path = {} if kind is html else {"path": "a"}
    limits: Limits = build(kind.Params, CONTACT | path, "x").limits()
    assert (limits.honour, limits.delay) == (SIGNALS, delay)
    wrong = {"honour": ["meta", "robots"]}
    with pytest.raises(ParamsError, match=r"x\.honour\.1 is 'robots': .*'robots\.txt', 'tdm' or"):
        build(kind.Params, CONTACT | path | wrong, "x")
