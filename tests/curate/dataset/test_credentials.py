import pytest
from hypothesis import given
from hypothesis import strategies as st

from curate.dataset.credentials import REDACTED, places, redacted

SIGNED = (
    "https://b.s3.amazonaws.com/a.png?X-Amz-Credential=AK%2Fus&X-Amz-Expires=60&X-Amz-Signature={}",
    "https://c.blob.core.windows.net/a/b.png?sv=2024-01-01&se=2027-01-01&sr=b&sig={}",
    "https://storage.googleapis.com/b/a.png?X-Goog-Expires=9&X-Goog-Signature={}",
    "https://storage.googleapis.com/b/a.png?GoogleAccessId=a%40b&Expires=1&Signature={}",
    "https://d.cloudfront.net/a.png?Policy={}&Signature=x~y&Key-Pair-Id=K1",
    "https://a.example/a.png?access_token={}",
    "https://a.example/a.png?w=1;api_key={}#top",
    "https://a.example/a.png?client_secret={}",
    "http://user:{}@a.example/a.png",
    "http://{}@a.example:8080/a.png?w=1",
    "az://account:{}@container/a.parquet",
)
SECRET = "s3cr3t%2Fx+y=="
PLAIN = (
    "https://a.example/a.png?w=800&sort=key&signed=1#sig=1",
    "https://a.example/@user/a.png",
    "mailto:somebody@a.example",
    "a caption with = and ? and @ and http://a.example",
    "",
)


@pytest.mark.parametrize("form", SIGNED)
def test_no_form_of_a_signed_url_tells_its_credentials(form):
    url = form.format(SECRET)
    said = redacted(f"<{url}> answered 403 ({url}: forbidden)")
    assert SECRET not in said
    assert redacted(said) == said
    assert said.endswith(": forbidden)")
    host = url.partition("://")[2].rpartition("@")[2].partition("/")[0]
    assert said.count(host) == 2


@pytest.mark.parametrize("text", PLAIN)
def test_other_texts_stay_as_they_are(text):
    assert redacted(text) == text


def test_what_is_no_secret_of_a_signed_url_stays():
    url = "https://c.blob.core.windows.net/a/b.png?sv=2024-01-01&sig=abc&sr=b"
    assert redacted(url) == url.replace("abc", REDACTED)


@given(st.text(), st.text("abc/?&=@:#;", max_size=40))
def test_what_is_told_once_is_told_alike_again(text, more):
    once = redacted(f"{text}http://{more}")
    assert redacted(once) == once


def test_credentials_in_parameters_are_named_by_their_place():
    values = {
        "path": "http://user:pw@a.example/t.parquet",
        "seeds": ["http://a.example", "http://a.example/?token=x"],
        "contact": "mailto:a@b.example",
        "deep": {"n": 1, "none": None},
    }
    assert places(values, "crawl.sources.a") == [
        "crawl.sources.a.path",
        "crawl.sources.a.seeds.1",
    ]
