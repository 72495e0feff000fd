"""Many leaves to one name: the Merkle root of a list of byte strings.

The tree is that of RFC 6962 (Certificate Transparency), section 2.1: leaves and inner nodes are
hashed with different prefixes, and a last node without a neighbour moves up unchanged. Whoever
has the root can be shown, with log2(n) hashes, that a leaf is in the list; over sorted leaves,
two neighbours show that one between them is not.
"""

import hashlib
from collections.abc import Iterable, Iterator


def leaf(data: bytes) -> bytes:
    """Hash of one leaf: SHA-256 over a zero byte and the data, 32 bytes."""
    return hashlib.sha256(b"\x00" + data).digest()


def root(leaves: Iterable[bytes]) -> str:
    """Merkle root of the leaves in their order; of n leaves log2(n) hashes are held.

    Args:
        leaves: the data of the leaves, not yet hashed.

    Returns:
        64 hex digits; for no leaves the SHA-256 of nothing.
    """
    whole: list[bytes] = []  # roots of full trees side by side, each smaller than the one before
    for number, data in enumerate(leaves):
        node = leaf(data)
        while number & 1:
            node, number = _node(whole.pop(), node), number >> 1
        whole.append(node)
    if not whole:
        return hashlib.sha256(b"").hexdigest()
    top = whole.pop()
    while whole:
        top = _node(whole.pop(), top)
    return top.hex()


def path(leaves: Iterable[bytes], index: int) -> list[str]:
    """What shows that a leaf is in the list: the hashes beside its way to the root (2.1.1).

    Args:
        leaves: the data of the leaves, not yet hashed.
        index: place of the leaf, from 0.

    Returns:
        Hashes from the leaf's neighbour up, 64 hex digits each.
    """
    found = []
    for level in _levels(leaves):
        if (beside := index ^ 1) < len(level):
            found.append(level[beside].hex())
        index >>= 1
    return found


def root_by(data: bytes, index: int, count: int, path: Iterable[str]) -> str | None:
    """The root that a path leads to from a leaf (RFC 9162, 2.1.3.2).

    Args:
        data: of the leaf, not yet hashed.
        index: its place, from 0.
        count: leaves in the list.
        path: as `path` gives it.

    Returns:
        64 hex digits; None where no list of so many leaves has such a path.
    """
    node, last = leaf(data), count - 1
    if not 0 <= index <= last:
        return None
    for beside in map(bytes.fromhex, path):
        if last == 0:
            return None
        while index == last and index % 2 == 0:  # moved up without a neighbour
            index, last = index >> 1, last >> 1
        node = _node(beside, node) if index % 2 else _node(node, beside)
        index, last = index >> 1, last >> 1
    return None if last else node.hex()


def _levels(leaves: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Hashes of the leaves, of the nodes above them, and so on up to the root."""
    level = [leaf(data) for data in leaves]
    yield level
    while len(level) > 1:
        pairs = [level[i : i + 2] for i in range(0, len(level), 2)]
        level = [_node(*pair) if len(pair) == 2 else pair[0] for pair in pairs]
        yield level


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
