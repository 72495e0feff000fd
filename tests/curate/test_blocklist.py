"""Lists of pictures that must not be taken."""

import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from curate import answers, guard, pdq
from curate.blocklist import Blocklist, BlocklistParams
from curate.dataset.errors import DataError
from curate.gather import Batch, Checks, gather
from curate.guard import Guard
from curate.packed import Packed
from curate.sources import folder
from curate.stage.params import build


def listed(tmp_path: Path, *lines: str, distance: int = 6) -> Blocklist:
    (tmp_path / "list.txt").write_text("\n".join(lines), encoding="utf-8")
    return Blocklist(BlocklistParams(path=f"{tmp_path}/list.txt", distance=distance))


def hashes(data: bytes) -> tuple[str, str, str]:
    look = f"{guard.phash(data, 1_000_000):016x}"
    return hashlib.sha256(data).hexdigest(), hashlib.md5(data).hexdigest(), look


def test_a_file_is_on_a_list_by_sha256_or_md5_in_any_spelling(tmp_path, drawn):
    red, blue, gold = (drawn("circle", colour) for colour in ("red", "blue", "gold"))
    many = [hashlib.md5(str(n).encode()).hexdigest() for n in range(100)]
    lines = ["# ours", "", f"sha256:{hashes(red)[0].upper()}, a reason", *many, hashes(blue)[1]]
    blocklist = listed(tmp_path, *lines)
    assert blocklist.by_bytes(red, hashes(red)[0]) == f"sha256 {hashes(red)[0]}"
    assert blocklist.by_bytes(blue, hashes(blue)[0]) == f"md5 {hashes(blue)[1]}"
    assert blocklist.by_bytes(gold, hashes(gold)[0]) is None
    assert not blocklist.perceptual


def test_a_picture_is_on_a_list_by_its_look_within_the_distance(tmp_path, drawn):
    look = int(hashes(drawn("triangle", "red"))[2], 16)
    blocklist = listed(tmp_path, "0" * 16, f"phash:{look:016x}", distance=3)
    assert blocklist.by_looks(look ^ 0b111) == f"phash {look:016x}, 3 bits away"
    assert blocklist.by_looks(look ^ 0b1111) is None


def test_a_picture_is_on_a_list_by_pdq_within_its_distance_if_there_is_enough_to_see(tmp_path):
    digest = bytes(range(32))
    blocklist = listed(tmp_path, "pdq:" + "f" * 64, f"pdq:{digest.hex()}, a reason")
    assert blocklist.pdq
    assert not blocklist.perceptual
    near = bytes([digest[0] ^ 0x7F, *digest[1:29], *(b ^ 0xFF for b in digest[29:])])
    further = bytes([digest[0] ^ 0xFF, *near[1:]])
    assert blocklist.by_pdq(near, 50) == f"pdq {digest.hex()}, 31 bits away"
    assert blocklist.by_pdq(further, 50) is None
    assert blocklist.by_pdq(digest, 49) is None
    assert not listed(tmp_path, "0" * 64).pdq  # 64 digits without a kind are SHA-256


def test_no_list_blocks_nothing_and_every_change_of_a_list_changes_its_name(tmp_path, drawn):
    none = Blocklist(BlocklistParams())
    assert none.by_bytes(b"x", hashlib.sha256(b"x").hexdigest()) is None
    assert none.by_looks(0) is None
    assert none.by_pdq(bytes(32), 100) is None
    names = [
        none.fingerprint,
        listed(tmp_path, "0" * 16).fingerprint,
        listed(tmp_path, "0" * 32).fingerprint,
        listed(tmp_path, "0" * 16, distance=7).fingerprint,
        listed(tmp_path, "0" * 64).fingerprint,
        listed(tmp_path, "pdq:" + "0" * 64).fingerprint,
    ]
    assert len(set(names)) == 6
    assert (
        listed(tmp_path, "0" * 32, "1" * 32).fingerprint
        == listed(tmp_path, "1" * 32, "# again", "0" * 32).fingerprint
    )


def test_a_folder_of_lists_is_one_list(tmp_path):
    together = listed(tmp_path, "0" * 32, "1" * 64).fingerprint
    for place, line in (("mine", "0" * 32), ("mine/others", "1" * 64)):
        (tmp_path / place).mkdir()
        (tmp_path / place / "list.txt").write_text(line)
    (tmp_path / "mine" / "README.md").write_text("no list")
    assert Blocklist(BlocklistParams(path=f"{tmp_path}/mine")).fingerprint == together


@pytest.mark.parametrize(
    "line", ["abc", "g" * 32, f"md5:{'0' * 64}", f"{'0' * 32}x", "crc:00", "pdq:00"]
)
def test_a_line_that_is_no_hash_is_an_error_that_names_it(tmp_path, line):
    with pytest.raises(DataError, match=r"list\.txt, line 2: .* is no hash"):
        listed(tmp_path, "# mine", line)
    with pytest.raises(DataError, match=r"missing\.txt cannot be read"):
        Blocklist(BlocklistParams(path="missing.txt"))


def test_what_is_blocked_is_never_written_and_says_by_which_entry(project, drawn):
    """Four pictures on the list, two of them saved again as JPEG, and one that is not."""
    shapes = {"a.png": ("circle", "red"), "b.png": ("circle", "blue"), "c.jpg": ("triangle", "red")}
    blocked = {name: drawn(*shape) for name, shape in shapes.items()}
    saved = io.BytesIO()
    Image.open(io.BytesIO(blocked["c.jpg"])).convert("RGB").save(saved, "JPEG", quality=60)
    noise = np.random.default_rng(0).integers(0, 256, (9, 12, 3), np.uint8)
    photo, smaller = (
        Image.fromarray(noise).resize((640, 480), Image.Resampling.BICUBIC),
        io.BytesIO(),
    )
    photo.resize((400, 300)).save(smaller, "JPEG", quality=70)
    again = {"c.jpg": saved.getvalue(), "e.jpg": smaller.getvalue()}
    pictures = {**blocked, **again, "d.png": drawn("square", "gold")}
    Path("drawn").mkdir()
    for name, data in pictures.items():
        Path("drawn", name).write_bytes(data)
        Path("drawn", name).with_suffix(".txt").write_text("A shape")
    lines = [hashes(blocked["a.png"])[0], hashes(blocked["b.png"])[1], hashes(blocked["c.jpg"])[2]]
    lines.append(f"pdq:{pdq.of(np.asarray(photo))[0].hex()}")
    blocklist = listed(project, *lines, distance=4)
    params = build(folder.Params, {"path": "drawn"}, "drawn")
    items = folder.items(params, Path(), Path())
    batch = Batch("drawn", "folder", params, Packed(items), project / "batch.parquet")
    gather(batch, Checks(1_000_000, 1_000_000, blocklist, Guard()), ())
    rows = {Path(row["item"]).name: row for row in answers.whole(batch.path).to_pylist()}
    reasons = {name: row["reason"] for name, row in rows.items()}
    assert reasons == {**dict.fromkeys([*shapes, "e.jpg"], "blocked"), "d.png": None}
    kinds = [rows[n]["detail"].split()[0] for n in (*shapes, "e.jpg")]
    assert kinds == ["sha256", "md5", "phash", "pdq"]
    assert rows["a.png"]["sha256"] == hashes(pictures["a.png"])[0]
    (blob,) = batch.path.parent.glob("batch.*.blob")
    assert blob.read_bytes() == pictures["d.png"]
