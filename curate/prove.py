"""`pairwright prove` and `verify`: a uid in, a proof out; a proof and an id in, yes or no out.

A snapshot's id is a Merkle root, so some rows and hashes prove to anyone who has the id that a pair
is in the snapshot or is not, see `curate.proof`.
"""

import json
from pathlib import Path
from typing import Annotated

import typer

from curate.dataset.errors import DataError


def prove(
    uid: Annotated[str, typer.Argument(help="Name of a pair, whole.")],
    snapshot: Annotated[Path, typer.Option(help="Folder of a snapshot.")] = Path("data/snapshot"),
) -> None:
    """Print a proof, as JSON, that a snapshot holds a pair, or that it does not."""
    from curate import proof

    typer.echo(json.dumps(proof.prove(uid, snapshot), ensure_ascii=False, indent=2))


def verify(
    file: Annotated[Path, typer.Argument(help="A proof.")],
    identity: Annotated[str, typer.Argument(metavar="ID", help="Of the snapshot, 64 digits.")],
) -> None:
    """Hold a proof against a snapshot's id; needs no snapshot. An error says that it is none."""
    from curate import proof

    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        proof.check(said, identity)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"{file} is no proof: {error}") from error
    typer.echo(f"snapshot {identity} {'holds' if said['holds'] else 'does not hold'} {said['uid']}")
    if made := said.get("says"):
        changed = ", with uncommitted changes" if made["dirty"] else ""
        typer.echo(
            f"its provenance, which the id does not prove: revision {made['revision']}{changed}, "
            f"fingerprint of its stages {made['fingerprint']}"
        )
