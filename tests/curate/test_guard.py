"""Pictures that are no longer what their source says."""

import hashlib
import io
from typing import Any

import pytest
from PIL import Image

from curate import guard
from curate.blocklist import Blocklist, BlocklistParams
from curate.dataset import pixels
from curate.gather import Checks, Refused, check
from curate.guard import Guard, verdict
from curate.sources import Caption, Expected, Found

NO_EXTRA: dict[str, Any] = {}


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


def picture(want: Expected, data: bytes, **extra: float) -> Found:
    return Found("u", data, (Caption("en", "a red ball"),), "u", None, extra, want)


def told(want: Expected, data: bytes, extra: dict[str, Any] = NO_EXTRA, **params: Any) -> Any:
    sha256 = hashlib.sha256(data).hexdigest()
    found, values = picture(want, data, **extra), Guard(**params)
    looks = lambda: guard.phash(data, 1_000_000)  # noqa: E731
    fits = lambda: guard.fit(data, [found.captions[0].text], values, 1_000_000)  # noqa: E731
    return verdict(found, sha256, looks, fits, values)


@pytest.mark.parametrize("kinds", [("sha256",), ("md5",), ("md5", "phash"), ("sha256", "md5")])
def test_the_same_bytes_are_the_picture_and_need_not_be_looked_at(ball, kinds):
    def looks() -> int:
        raise AssertionError("was looked at")

    sha256, same = hashlib.sha256(ball).hexdigest(), (True, guard.SAME)
    assert verdict(picture(expected(ball, *kinds), ball), sha256, looks, looks, Guard()) == same
    upper = Expected(*(value and value.upper() for value in expected(ball, *kinds)))
    assert verdict(picture(upper, ball), sha256, looks, looks, Guard()) == same


def test_other_bytes_that_look_the_same_are_taken_where_the_look_is_known(ball, saved_again):
    same, why = told(expected(ball, "sha256", "phash"), saved_again)
    assert same
    assert why.endswith("of 64 bits of its look changed")
    assert told(expected(ball, "phash"), saved_again)[0]


def test_other_bytes_are_refused_where_the_look_is_not_known(ball, saved_again):
    same, why = told(expected(ball, "sha256"), saved_again)
    assert not same
    assert why.startswith(f"sha256 {hashlib.sha256(saved_again).hexdigest()} instead of ")
    assert "nothing can tell whether the picture is the same: set crawl.guard.model" in why


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


@pytest.fixture
def model(tiny_clip) -> dict[str, Any]:
    return {"model": f"local-dir:{tiny_clip()}"}


def cosine(data: bytes, model: dict[str, Any]) -> float:
    """By open_clip itself."""
    import open_clip
    import torch

    network, preprocess = open_clip.create_model_from_pretrained(model["model"])
    tokens = open_clip.get_tokenizer(model["model"])(["a red ball"])
    with torch.inference_mode():
        image = network.encode_image(preprocess(pixels.decode(data))[None], normalize=True)
        return (image @ network.encode_text(tokens, normalize=True).T).item()


def test_where_no_look_is_known_a_picture_that_fits_its_caption_is_taken(ball, saved_again, model):
    fit = cosine(saved_again, model)
    same, why = told(expected(ball, "sha256"), saved_again, similarity=fit - 0.001, **model)
    assert (same, why) == (True, f"other bytes that fit the caption: cosine {fit:.4f}")
    same, why = told(expected(ball, "md5"), saved_again, similarity=fit + 0.001, **model)
    assert not same
    assert why.endswith(f"cosine with the caption is {fit:.4f}, less than {fit + 0.001:.4f}")


def test_a_picture_may_not_fit_much_less_than_the_one_that_was(ball, saved_again, model):
    fit, want = cosine(saved_again, model), expected(ball, "sha256")
    values = {"column": "clip", "similarity": fit - 0.2, "drop": 0.05} | model
    assert told(want, saved_again, {"clip": fit + 0.04}, **values)[0]
    assert not told(want, saved_again, {"clip": fit + 0.06}, **values)[0]
    assert told(want, saved_again, {"clip": "?"}, **values)[0]
    assert told(want, saved_again, {"similarity": 1.0}, **values)[0]
    strict = values | {"similarity": fit + 0.01}
    assert not told(want, saved_again, {"clip": fit}, **strict)[0]


def test_where_look_and_caption_can_be_had_both_must_agree(ball, saved_again, model):
    fit, want = cosine(saved_again, model), expected(ball, "sha256", "phash")
    same, why = told(want, saved_again, similarity=fit - 0.001, **model)
    assert same
    assert why.endswith(f"bits of its look changed, and it fits the caption: cosine {fit:.4f}")
    same, why = told(want, saved_again, similarity=fit + 0.001, **model)
    assert not same
    assert why.startswith("sha256 ")
    told_both = "bits of its look changed; cosine with the caption is"
    assert why.endswith(f"{told_both} {fit:.4f}, less than {fit + 0.001:.4f}")


def test_another_look_is_refused_however_well_it_fits_the_caption(ball, other, model):
    fits = cosine(other, model) - 0.5
    same, why = told(expected(ball, "sha256", "phash"), other, similarity=fits, **model)
    assert not same
    assert "cosine" not in why
    assert told(expected(ball, "sha256"), other, similarity=fits, **model)[0]


def test_a_caption_that_never_fitted_well_is_not_held_against_what_looks_the_same(
    ball, saved_again, model
):
    fit = cosine(saved_again, model)
    values = {"column": "clip", "similarity": fit + 0.1, "drop": 0.05} | model
    assert told(expected(ball, "sha256", "phash"), saved_again, {"clip": fit}, **values)[0]
    less = {"clip": fit + 0.06}
    assert not told(expected(ball, "sha256", "phash"), saved_again, less, **values)[0]
    assert not told(expected(ball, "sha256"), saved_again, {"clip": fit}, **values)[0]


def test_the_model_is_asked_only_where_the_caption_can_decide(ball, other):
    nowhere = {"model": "local-dir:nowhere"}
    assert told(expected(ball, "sha256"), ball, **nowhere)[0]
    assert told(expected(ball, "phash"), ball, **nowhere) == (
        True,
        "0 of 64 bits of its look changed",
    )
    assert not told(expected(ball, "sha256", "phash"), other, **nowhere)[0]
    assert guard.fingerprint(Guard()) is None


@pytest.mark.parametrize("phash", [None, "0" * 16])
@pytest.mark.parametrize("before", [float("nan"), float("inf"), float("-inf")])
def test_a_cosine_before_that_is_no_number_is_unknown(ball, other, before, phash):
    found = picture(expected(ball, "sha256")._replace(phash=phash), other, clip=before)
    values = Guard(model="any", column="clip", similarity=0.28)
    sha256 = hashlib.sha256(other).hexdigest()
    assert verdict(found, sha256, lambda: 0, lambda: 0.3, values)[0]
    assert not verdict(found, sha256, lambda: 0, lambda: 0.2, values)[0]
