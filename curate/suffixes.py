"""Hosts in; the domains that somebody may own out, by the public suffix list (publicsuffix.org)."""

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tldextract import TLDExtract


def registrable(host: str) -> str:
    """The registrable domain of a host.

    Suffixes under which others give out names (github.io) count; an address is its own domain.
    """
    labels = host.split(".")
    if ":" in host or labels[-1].isdigit():
        return host
    return _suffixes()(host).top_domain_under_public_suffix or ".".join(labels[-2:])


def is_registry(host: str) -> bool:
    """Whether a host is a suffix that belongs to nobody: `com`, `co.uk`; not `github.io`."""
    found = _suffixes()(host)
    return found.suffix == host and not found.is_private


@functools.cache
def _suffixes() -> "TLDExtract":
    """The list that came with the library: it asks nobody and writes no file."""
    from tldextract import TLDExtract

    return TLDExtract(cache_dir=None, suffix_list_urls=(), include_psl_private_domains=True)
