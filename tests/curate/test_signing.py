"""Made pictures are signed by a certificate that the test makes, and read by the library."""

import datetime
import hashlib
import io
import json
from pathlib import Path

import c2pa
import pyarrow.parquet as pq
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from PIL import Image

from curate.dataset import files, marks
from curate.dataset.errors import ParamsError
from curate.export import export
from curate.signing import RECIPE, Signing, check

KEYS = {
    "es256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "ps256": lambda: rsa.generate_private_key(65537, 2048),
}


def certificate(subject, key, by, by_key, days=2):
    """A certificate, for some days from now, of a key by an authority, or of that itself."""
    own = key is by_key
    named = [x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, n)]) for n in (subject, by)]
    now = datetime.datetime.now(datetime.UTC)
    usage = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False
    ) | {"encipher_only": False, "decipher_only": False}
    parts = [
        (x509.BasicConstraints(own, None), True),
        (x509.KeyUsage(not own, key_cert_sign=own, crl_sign=own, **usage), True),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(by_key.public_key()), False),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
    ]
    if not own:
        parts.append((x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False))
    built = x509.CertificateBuilder(
        named[1],
        named[0],
        key.public_key(),
        x509.random_serial_number(),
        now - datetime.timedelta(days=9),
        now + datetime.timedelta(days=days),
        [x509.Extension(part.oid, critical, part) for part, critical in parts],
    ).sign(by_key, hashes.SHA256())
    return built.public_bytes(serialization.Encoding.PEM)


@pytest.fixture
def signing(tmp_path):
    """Files of a key and of its certificate, by an authority made for it."""

    def write(kind="es256", days=2, alone=False):
        authority, key = KEYS["es256"](), KEYS[kind]()
        by = ("Signer", key) if alone else ("Authority", authority)
        own = certificate("Signer", key, *by, days)
        pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        found = Signing(tmp_path / "signer.pem", tmp_path / "key.pem")
        found.certificate.write_bytes(
            own + certificate("Authority", authority, "Authority", authority)
        )
        found.key.write_bytes(key.private_bytes(pem, pkcs8, serialization.NoEncryption()))
        return found

    return write


def written(out, signing=None):
    """The pairs of a snapshot as parquet has them, with their bytes."""
    export(Path("data/snapshot"), files.place(str(out)), "parquet", (), 100, signing)
    rows = [row for file in Path(out).rglob("*.parquet") for row in pq.read_table(file).to_pylist()]
    return {row["uid"]: row for row in rows if "caption" in row}


def told(data, kind):
    with c2pa.Reader(kind, io.BytesIO(data)) as reader:
        return json.loads(reader.json())


def bytes_of(row):
    (data,) = (value for value in row.values() if isinstance(value, bytes))
    return data


@pytest.mark.parametrize("kind", list(KEYS))
def test_made_pictures_are_signed_with_how_they_were_made_and_no_other_is_touched(
    kind, frozen, signing
):
    plain, with_it = written("plain"), written("signed", signing(kind))
    changed = {uid for uid, row in plain.items() if bytes_of(row) != bytes_of(with_it[uid])}
    assert changed == {
        uid for uid, row in plain.items() if row["recipe"] and marks.held(bytes_of(row))
    }
    assert changed
    for uid in changed:
        data, mark = bytes_of(with_it[uid]), marks.read(bytes_of(plain[uid]))
        picture = Image.open(io.BytesIO(data))
        assert picture.tobytes() == Image.open(io.BytesIO(bytes_of(plain[uid]))).tobytes()
        found = told(data, picture.format.lower())
        assert found["validation_state"] == "Valid"  # and its signer is trusted by nobody
        manifest = found["manifests"][found["active_manifest"]]
        said = {one["label"]: one["data"] for one in manifest["assertions"]}
        (action,) = said["c2pa.actions.v2"]["actions"]
        assert action["digitalSourceType"].endswith("/" + mark.source_type)
        recipe = hashlib.sha256(plain[uid]["recipe"].encode()).hexdigest()
        assert said[RECIPE]["sha256"] == recipe
        assert marks.read(data) == mark


def test_a_signed_picture_that_is_changed_is_known_as_such(frozen, signing):
    plain, with_it = written("plain"), written("signed", signing())
    uid = next(uid for uid, row in plain.items() if bytes_of(row) != bytes_of(with_it[uid]))
    data = bytearray(bytes_of(with_it[uid]))
    kind = Image.open(io.BytesIO(data)).format.lower()
    data[-30] ^= 1
    found = told(bytes(data), kind)
    assert found["validation_state"] == "Invalid"
    assert "assertion.dataHash.mismatch" in {one["code"] for one in found["validation_status"]}


def test_what_cannot_sign_is_said_before_anything_is_written(frozen, signing):
    good = signing()
    good.key.write_text("no key")
    with pytest.raises(ParamsError, match=r"key.pem cannot sign: .*PEM"):
        written("out", good)
    assert not Path("out").exists()
    with pytest.raises(ParamsError, match="nowhere"):
        check(Signing(Path("nowhere"), good.key))


def test_a_key_that_is_not_the_certificates_is_said_before_anything_is_written(frozen, signing):
    good = signing()
    certificates = good.certificate.read_bytes()
    others = signing()
    others.certificate.write_bytes(certificates)
    with pytest.raises(ParamsError, match=r"signer.pem and .*key.pem sign.* not valid .*mismatch"):
        written("out", others)
    assert not Path("out").exists()


@pytest.mark.parametrize("wrong", [{"days": -1}, {"alone": True}], ids=["old", "by itself"])
def test_a_certificate_that_c2pa_does_not_take_is_said_before_anything_is_written(
    wrong, frozen, signing
):
    with pytest.raises(ParamsError, match=r"cannot sign: .*an authority gave .* not run out"):
        written("out", signing(**wrong))
    assert not Path("out").exists()
