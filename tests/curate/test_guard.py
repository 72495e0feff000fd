"""Pictures that are no longer what their source says."""

import hashlib
import io

import pytest
from PIL import Image

from curate import guard
from curate.blocklist import Blocklist, BlocklistParams
from curate.gather import Checks, Refused, check
from curate.guard import Guard, verdict
from curate.sources import Caption, Expected, Found


@pytest.fixture
def ball(drawn) -> bytes:
    return drawn("circle", "red")


@pytest.fixture
def saved_again(ball) -> bytes:
    out = io.BytesIO()
    Image.open(io.BytesIO(ball)).resize((64, 64)).save(out, "JPEG", quality=70)
    return out.getvalue()


@pytest.fixture
def other(drawn) -> bytes:
    return drawn("triangle", "blue")


def expected(data: bytes, *kinds: str) -> Expected:
    known = {
        "sha256": hashlib.sha256(data).hexdigest(),
        "md5": hashlib.md5(data).hexdigest(),
        "phash": f"{guard.phash(data, 1_000_000):016x}",
    }
    return Expected(**{kind: known[kind] for kind in kinds})


def told(want: Expected, data: bytes, distance: int = 10) -> tuple[bool, str]:
    sha256 = hashlib.sha256(data).hexdigest()
    looks = lambda: guard.phash(data, 1_000_000)  # noqa: E731
    return verdict(want, data, sha256, looks, Guard(distance=distance))


@pytest.mark.parametrize("kinds", [("sha256",), ("md5",), ("md5", "phash"), ("sha256", "md5")])
def test_the_same_bytes_are_the_picture_and_need_not_be_looked_at(ball, kinds):
    def looks() -> int:
        raise AssertionError("was looked at")

    sha256 = hashlib.sha256(ball).hexdigest()
    assert verdict(expected(ball, *kinds), ball, sha256, looks, Guard()) == (True, guard.SAME)
    upper = Expected(*(value and value.upper() for value in expected(ball, *kinds)))
    assert verdict(upper, ball, sha256, looks, Guard()) == (True, guard.SAME)


def test_other_bytes_that_look_the_same_are_taken_where_the_look_is_known(ball, saved_again):
    same, why = told(expected(ball, "sha256", "phash"), saved_again)
    assert same
    assert why.endswith("of 64 bits of its look changed")
    assert told(expected(ball, "phash"), saved_again)[0]


def test_other_bytes_are_refused_where_the_look_is_not_known(ball, saved_again):
    same, why = told(expected(ball, "sha256"), saved_again)
    assert not same
    assert why.startswith(f"sha256 {hashlib.sha256(saved_again).hexdigest()} instead of ")


def test_another_picture_is_refused_however_many_hashes_are_known(ball, other):
    for kinds in (("sha256",), ("md5",), ("phash",), ("sha256", "md5", "phash")):
        assert not told(expected(ball, *kinds), other)[0]
    assert not told(expected(ball, "sha256", "phash"), other, distance=0)[0]


def test_one_hash_that_fits_does_not_excuse_another_that_does_not(ball, other):
    mixed = Expected(md5=expected(ball, "md5").md5, sha256=expected(other, "sha256").sha256)
    assert not told(mixed, ball)[0]


def test_what_was_replaced_is_refused_with_what_differs(ball, other):
    checks = Checks(1_000_000, 1_000_000, Blocklist(BlocklistParams()), Guard())
    wanted = expected(ball, "sha256", "phash")
    found = Found("u", other, (Caption("en", "ball"),), "u", None, expected=wanted)
    with pytest.raises(Refused) as refused:
        check(found, hashlib.sha256(other).hexdigest(), checks)
    assert refused.value.reason == guard.REPLACED
    assert "phash is" in refused.value.detail
    broken = Found("u", b"no picture", (Caption("en", "ball"),), "u", None, expected=wanted)
    with pytest.raises(Refused) as refused:
        check(broken, hashlib.sha256(b"no picture").hexdigest(), checks)
    assert refused.value.reason == "unreadable picture"
