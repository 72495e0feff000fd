"""A library that only small devices need: where it is not installed, what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

from curate.dataset.errors import ParamsError


@contextmanager
def told(library: str) -> Iterator[None]:
    """Say how a library is had that an import did not find.

    Raises:
        ParamsError: it is not installed.
    """
    try:
        yield
    except ImportError as error:
        raise ParamsError(
            f"{library} is not installed ({error}): pip install 'pairwright[devices]', or leave "
            "its form out of compress.forms"
        ) from error
