"""Emoji that a package draws under the name of another."""

import pytest

from curate.sources import _misnamed
from curate.sources._misnamed import shown

FLUENT = "@lobehub/fluent-emoji-3d@1.1.0"


@pytest.mark.parametrize(
    ("stem", "shows"),
    [
        ("1f44d-1f3fc", "1f44d-1f3fd"),
        ("1f44d-1f3fd", "1f44d-1f3fc"),
        ("1f44d-1f3fe", "1f44d-1f3fe"),
        ("1f431", "1f431"),
        ("1f9d1-1f3fc-200d-1f4bb", "1f9d1-1f3fc-200d-1f4bb"),  # is as it should be
        (
            "1f469-1f3fd-200d-2764-fe0f-200d-1f469-1f3fd",
            "1f469-1f3fd-200d-2764-fe0f-200d-1f469-1f3fd",
        ),
        ("1f6b5-1f3fb", "1f6b5-1f3ff"),
        ("1f6b5-1f3fc-200d-2640-fe0f", "1f6b5-1f3fd-200d-2640-fe0f"),
        ("1f9cf-200d-2640-fe0f", "1f9cf-200d-2642-fe0f"),
        ("1f9cf-1f3fc-200d-2642-fe0f", "1f9cf-1f3fd-200d-2640-fe0f"),
    ],
)
def test_a_name_becomes_that_of_what_is_shown(stem, shows):
    assert shown(FLUENT, stem) == shows


def test_nothing_of_another_package_or_version_is_renamed():
    for package in ("", "@lobehub/fluent-emoji-3d@1.2.0", "@of/drawings@1.1.0"):
        assert shown(package, "1f44d-1f3fc") == "1f44d-1f3fc"


def test_whole_names_are_exchanged_among_themselves_or_shown_twice():
    for faults in _misnamed._faults().values():
        unlisted = set(faults["shows"].values()) - set(faults["shows"])
        assert unlisted <= {"1fac4-1f3fe"}  # the one that is drawn twice
