"""Many leaves to one name: the Merkle root of a list of byte strings.

The tree is that of RFC 6962 (Certificate Transparency), section 2.1: leaves and inner nodes are
hashed with different prefixes, and a last node without a neighbour moves up unchanged. Whoever
has the root can be shown, with log2(n) hashes, that a leaf is in the list; over sorted leaves,
two neighbours show that one between them is not.
"""

import hashlib
from collections.abc import Iterable


def leaf(data: bytes) -> bytes:
    """Hash of one leaf: SHA-256 over a zero byte and the data, 32 bytes."""
    return hashlib.sha256(b"\x00" + data).digest()


def root(leaves: Iterable[bytes]) -> str:
    """Merkle root of the leaves in their order.

    Args:
        leaves: the data of the leaves, not yet hashed.

    Returns:
        64 hex digits; for no leaves the SHA-256 of nothing.
    """
    level = [leaf(data) for data in leaves]
    if not level:
        return hashlib.sha256(b"").hexdigest()
    while len(level) > 1:
        pairs = [level[i : i + 2] for i in range(0, len(level), 2)]
        level = [_node(*pair) if len(pair) == 2 else pair[0] for pair in pairs]
    return level[0].hex()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
