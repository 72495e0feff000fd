import pytest

from curate import suffixes


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("a.b.example.com", "example.com"),
        ("img.example.co.uk", "example.co.uk"),
        ("alice.github.io", "alice.github.io"),
        ("www.xn--bcher-kva.de", "xn--bcher-kva.de"),
        ("a.b.intern", "b.intern"),
        ("localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("2001:db8::1", "2001:db8::1"),
    ],
)
def test_a_domain_is_what_somebody_can_register(host, domain):
    assert suffixes.registrable(host) == domain


@pytest.mark.parametrize("host", ["com", "co.uk", "org", "de", "xn--p1ai"])
def test_a_registry_s_suffix_is_nobody_s(host):
    assert suffixes.is_registry(host)


@pytest.mark.parametrize("host", ["example.com", "github.io", "localhost", "127.0.0.1", "intern"])
def test_a_name_that_somebody_has_is_none(host):
    assert not suffixes.is_registry(host)
