"""Memory that a process got and no longer uses in; given back to the system out."""

import ctypes

import pyarrow as pa

_ARENA_MAX = -8  # number of this option of glibc's mallopt
_ARENAS = 2  # glibc would have eight for each core, and what one has free no other takes


def lean() -> None:
    """Let this process have few heaps; to be called before it starts threads.

    Arrow takes memory from the C library, as all else does: its own allocator has a heap for each
    thread, too, and keeps what is freed (50 MB where 12 MB of a crawl's answers were read).
    """
    pa.set_memory_pool(pa.system_memory_pool())
    library = ctypes.CDLL(None)
    if hasattr(library, "mallopt"):
        library.mallopt(_ARENA_MAX, _ARENAS)


def trim() -> None:
    """Give back what is free; a C library that cannot (it is no glibc) keeps it."""
    pa.default_memory_pool().release_unused()
    library = ctypes.CDLL(None)
    if hasattr(library, "malloc_trim"):
        library.malloc_trim(0)
