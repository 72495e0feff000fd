"""A made picture in; the same with a signed manifest in it that says how it was made, out.

The manifest is one of C2PA (Coalition for Content Provenance and Authenticity, 2.1), as c2pa-python
writes it: the digital source type and method of the picture's own mark (`curate.dataset.marks`),
its parents' names and the SHA-256 of its recipe. Certificate and key are the user's; signing asks
nothing of a network. A signature tells of the hour, so the same picture has other bytes each time.
"""

import functools
import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

from curate.dataset import marks
from curate.dataset.errors import ParamsError
from curate.forms import Sample

TOLD = """\
- Made pictures have a signed manifest (C2PA) of how they were made; `image` names their bytes
  without it. A signature tells of the hour: to mend what is damaged, write the snapshot anew,
  elsewhere, with `--certificate` and `--key`, or without these have the same bytes each time.
"""
RECIPE = "org.pairwright.recipe"  # label of what a manifest says beside the standard's own
_OFFLINE = {
    "builder": {"thumbnail": {"enabled": False}},
    "verify": {"verify_after_sign": False, "remote_manifest_fetch": False, "ocsp_fetch": False},
}


class Signing(NamedTuple):
    """Who signs."""

    certificate: Path  # PEM: the signer's own, then those that vouch for it
    key: Path  # PEM: the private key of the first, not encrypted


def check(signing: Signing) -> None:
    """Sign a small picture; raise ParamsError where that is not done, or not valid: says why."""
    picture = io.BytesIO()
    Image.new("RGB", (16, 16)).save(picture, "JPEG")
    mark = marks.Mark(marks.GENERATED, "trial", ())
    data = _with(json.dumps(_manifest(mark, "")), "jpg", picture.getvalue(), signing)
    _, context = _signer(signing)
    import c2pa

    with c2pa.Reader("jpg", io.BytesIO(data), context=context) as reader:
        found = json.loads(reader.json())
    if found["validation_state"] == "Invalid":
        wrong = ", ".join(sorted({one["code"] for one in found["validation_status"]}))
        raise ParamsError(
            f"what {signing.certificate} and {signing.key} sign is not valid ({wrong}); the key "
            "must be that of the first certificate"
        )


def signed(samples: Iterator[Sample], signing: Signing | None) -> Iterator[Sample]:
    """Pairs, those whose picture was made with a manifest in it; all as they are if nobody signs.

    Raises:
        ParamsError: nothing can be signed so.
    """
    for sample in samples:
        made = signing is not None and sample.row["recipe"] is not None
        mark = marks.read(sample.data) if made and marks.held(sample.data) else None
        if signing is not None and mark is not None:
            manifest = json.dumps(_manifest(mark, sample.row["recipe"]))
            data = _with(manifest, sample.extension, sample.data, signing)
            sample = sample._replace(data=data)
        yield sample


def _with(manifest: str, extension: str, data: bytes, signing: Signing) -> bytes:
    """The bytes of a JPEG, PNG or WebP with a manifest.

    Raises:
        ParamsError: certificate and key cannot sign, or not today.
    """
    signer, context = _signer(signing)
    import c2pa

    out = io.BytesIO()
    try:
        with c2pa.Builder(manifest, context) as builder:
            builder.sign(signer, extension, io.BytesIO(data), out)
    except c2pa.C2paError as error:
        raise ParamsError(
            f"{signing.certificate} and {signing.key} cannot sign: {error}; C2PA asks for a "
            "certificate for signing (S/MIME) that an authority gave and that has not run out"
        ) from error
    return out.getvalue()


def _manifest(mark: marks.Mark, recipe: str) -> dict[str, Any]:
    made = {
        "action": "c2pa.created",
        "digitalSourceType": marks.SCHEME + mark.source_type,
        "softwareAgent": {"name": f"Pairwright {mark.method}"},
    }
    told = {
        "method": mark.method,
        "parents": list(mark.parents),
        "sha256": hashlib.sha256(recipe.encode()).hexdigest(),
    }
    return {
        "claim_generator_info": [{"name": "Pairwright"}],
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": [made]}},
            {"label": RECIPE, "data": told},
        ],
    }


@functools.cache
def _signer(signing: Signing) -> tuple[Any, Any]:
    """The library's signer and settings."""
    try:
        import c2pa
    except ImportError as error:
        raise ParamsError(
            "--certificate needs c2pa-python (pip install pairwright[c2pa])"
        ) from error
    try:
        certificate, key = (file.read_bytes() for file in signing)
        info = c2pa.C2paSignerInfo(_algorithm(key), certificate, key, None)
        return c2pa.Signer.from_info(info), c2pa.Context(c2pa.Settings.from_dict(_OFFLINE))
    except (OSError, ValueError, TypeError, c2pa.C2paError) as error:
        raise ParamsError(
            f"{signing.certificate} and {signing.key} cannot sign: {error}; give the certificates "
            "and the private key as PEM, the key not encrypted"
        ) from error


def _algorithm(key: bytes) -> bytes:
    """The name that C2PA has for how a private key signs.

    Raises:
        ValueError, TypeError: it is none, or an encrypted one.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    private = serialization.load_pem_private_key(key, None)
    if isinstance(private, ec.EllipticCurvePrivateKey) and private.key_size in (256, 384):
        return f"es{private.key_size}".encode()
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return b"ed25519"
    if isinstance(private, rsa.RSAPrivateKey):
        return b"ps256"
    raise ValueError("C2PA knows keys of P-256, P-384, Ed25519 and RSA")
