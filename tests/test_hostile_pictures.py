"""Malformed and hostile picture files: each is read or refused, in bounded time and memory.

The files are made here from real small pictures and opened in a child process whose memory and
processor time are limited: a crash, a hang or a flood of memory ends that child and fails the test.
"""

import base64
import io
import json
import random
import resource
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from PIL import Image, ImageDraw

from curate.dataset import pixels

SECONDS = 120  # of the processor, for all files of a test
MEGABYTES = 1500  # of address space beyond what the libraries take
SLOWEST = 10.0  # seconds of the processor for one file
READ = """
import json, resource, sys, time, zlib
from pathlib import Path
import cv2
from curate.dataset import pixels
from curate.dataset.errors import ImageError
from curate.resize import Resize, resized

def outcome(call, data):
    try:
        return call(data)
    except ImageError as error:
        assert " at 0x" not in str(error), error
        return str(error) or "no reason"

def shown(data):
    image = pixels.decode(data)
    return *image.size, zlib.crc32(image.tobytes())

held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
limit = held + int(sys.argv[2]) * 2**20
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
resource.setrlimit(resource.RLIMIT_CPU, (int(sys.argv[3]),) * 2)
for file in sorted(Path(sys.argv[1]).iterdir()):
    data, start = file.read_bytes(), time.process_time()
    print(file.name, file=sys.stderr, flush=True)
    found = {
        "name": file.name,
        "probe": outcome(pixels.probe, data),
        "decode": outcome(shown, data),
        "resized": outcome(lambda data: resized(data, Resize(side=32))[1:], data),
    }
    print(json.dumps(found | {"seconds": time.process_time() - start}), flush=True)
"""
HEIC = (
    "0000SW^{RQXk}?*00000ZE0pPXk}?*ZE0a<0005LZDn*}000000000XXk=`10000000000aA{+70000000000000000"
    "0000G-+&aV*mgE07O6l0ssL300001;s5~v00000003bC0ssI200Kh*0RR9100000Bme*aIB98aW&i*H00062000$fZf0"
    "cy000000RRAKc4ILB0000LX>Mj^0ssI300IC2MR;ju000004sdC7Z2$lO00031008}IaB^?}007--aAR)(004Gqc4I>U"
    "18@KU0FVFx0000U@BsY%`1k+-4+CHT0RR|40Sp2E{{wIU00RJ!0009300RIXx&lC90096hLID8-Z~y=U0FVFx0{{R603"
    "M(qfd!W8<fgf}2xu@M00096AOHXZ03l)k0RRR>0l{;?i2wiq6Ju{|a&BX6cmM$a4FCp!0000KX>)L8000000000$0000"
    "$0000eV{Bn?0000$000010000m000010000000002|NsB+000020000GaA|mH000000|*ER0000OX>e^}0000000001"
    "009Mo0s{qv0000QX>w&|000000000EV`Ot<00IC3009610F7;AVRQfh09_~nuM>dvCxJiz;H5|Zy4HAp4-GLt{`1Bo`U"
    "bK8;`MiK109Pf3@3?1Q+ST<Sj!aF8d9^|3YDX)(rUevXj1+YX#e0N!gwDbL*6H`zC2OedcRulsxp)=GKX#e000I>cxh$"
    ";08LE*DgXcg2mk>A5&#L1000311^@s60000"
)  # base 85; 64 x 48, red left and blue right, turned by EXIF orientation 6


def encoded(image, encoding, **options):
    out = io.BytesIO()
    image.save(out, encoding, **options)
    return out.getvalue()


def scene(size=(96, 72)):
    """Something with flat parts, edges and noise, as pictures have."""
    noise = np.random.default_rng(0).normal(128, 40, (size[1], size[0], 3)).clip(0, 255)
    image = Image.fromarray(noise.astype(np.uint8))
    pen = ImageDraw.Draw(image)
    pen.ellipse((10, 10, 60, 60), fill="red")
    pen.rectangle((50, 30, 90, 66), fill="navy")
    return image


def sound_pictures():
    """Name -> bytes of pictures in every form that is read."""
    image = scene()
    clear = image.copy()
    clear.putalpha(Image.radial_gradient("L").resize(image.size))
    deep = Image.frombytes("I;16", (64, 64), struct.pack("<4096H", *range(0, 65536, 16)))
    frames = {"save_all": True, "append_images": [image.rotate(90), image.rotate(180)]}
    turned = Image.Exif()
    turned[0x0112] = 6
    return {
        "png": encoded(image, "PNG"),
        "png-alpha": encoded(clear, "PNG"),
        "png-palette": encoded(image.quantize(16), "PNG", transparency=3),
        "png-16": encoded(deep, "PNG"),
        "png-animated": encoded(image, "PNG", **frames),
        "jpeg": encoded(image, "JPEG"),
        "jpeg-progressive": encoded(image, "JPEG", progressive=True, exif=turned),
        "jpeg-cmyk": encoded(image.convert("CMYK"), "JPEG"),
        "jpeg-grey": encoded(image.convert("L"), "JPEG"),
        "webp": encoded(image, "WEBP"),
        "webp-lossless": encoded(clear, "WEBP", lossless=True, exif=turned),
        "webp-animated": encoded(image, "WEBP", **frames),
        "gif": encoded(image, "GIF"),
        "gif-animated": encoded(image, "GIF", **frames),
        "bmp": encoded(image, "BMP"),
        "tiff": encoded(image, "TIFF"),
        "tiff-lzw": encoded(clear, "TIFF", compression="tiff_lzw"),
        "tiff-cmyk": encoded(image.convert("CMYK"), "TIFF", compression="tiff_adobe_deflate"),
        "avif": encoded(image, "AVIF"),
        "heic": base64.b85decode(HEIC),
    }


def malformed(sound):
    """Name -> bytes: each picture cut, bent, overwritten and dressed up as another."""
    chance = random.Random(7)
    others = list(sound.values())
    for number, (name, data) in enumerate(sound.items()):
        for share in (0.02, 0.1, 0.3, 0.5, 0.7, 0.9):
            yield f"{name}.cut-{share}", data[: int(len(data) * share)]
        for lost in (1, 2, 5):
            yield f"{name}.cut-end-{lost}", data[:-lost]
        for bend in range(8):
            bent = bytearray(data)
            for _ in range(1 << bend % 4):
                bent[chance.randrange(12 if bend < 5 else 0, len(bent))] ^= 1 << chance.randrange(8)
            yield f"{name}.bent-{bend}", bytes(bent)
        middle = len(data) // 2
        yield f"{name}.zeros", data[:middle] + bytes(64) + data[middle + 64 :]
        yield f"{name}.headless", data[16:]
        yield f"{name}.masked", others[(number + 7) % len(others)][:16] + data[16:]
        yield f"{name}.glued", data[:middle] + others[(number + 3) % len(others)]
        yield f"{name}.tail", data + b"<script>" * 20


def chunk(kind, body):
    """A chunk of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width, height, body, *extra):
    """A PNG, one bit grey, with chunks in front of its (compressed) body."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    pieces = [chunk(kind, data) for kind, data in extra]
    return b"\x89PNG\r\n\x1a\n" + b"".join([header, *pieces, chunk(b"IDAT", body)])


def hostile(sound):
    """Name -> bytes of files that are made to cost more than they show."""
    squeezed = zlib.compress(bytes(60_000_000), 9)
    jpeg, gif, webp = sound["jpeg"], sound["gif"], sound["webp-animated"]
    tiles = zlib.compress(bytes(50 * 1024))
    yield "bomb-png", png(20_000, 20_000, squeezed)
    yield "bomb-png-idat", png(64, 64, squeezed)
    yield "bomb-png-widest", png(2**31 - 1, 2**31 - 1, b"")
    yield "bomb-png-text", png(64, 64, tiles, *[(b"zTXt", b"a\0\0" + squeezed)] * 3)
    yield "bomb-png-colours", png(64, 64, tiles, (b"iCCP", b"a\0\0" + squeezed))
    yield "bomb-png-exif", png(64, 64, tiles, (b"eXIf", exif_flood()))
    yield "flood-png-chunks", png(64, 64, tiles, *[(b"teSt", b"")] * 200_000)
    yield "bomb-gif", gif[:6] + struct.pack("<HH", 65_535, 65_535) + gif[10:]
    yield "flood-gif-comment", gif[:781] + b"\x21\xfe" + b"\x01a" * 1_000_000 + b"\0" + gif[781:]
    yield "bomb-bmp", sound["bmp"][:18] + struct.pack("<ii", 60_000, 60_000) + sound["bmp"][26:]
    yield "bomb-webp", webp[:24] + b"\xff\x3f\0\xff\x3f\0" + webp[30:]
    at = jpeg.index(b"\xff\xc0") + 5
    yield "bomb-jpeg", jpeg[:at] + struct.pack(">HH", 65_500, 65_500) + jpeg[at + 4 :]
    yield "bomb-jpeg-thin", jpeg[:at] + struct.pack(">HH", 1, 65_500) + jpeg[at + 4 :]
    yield "flood-jpeg-segments", jpeg[:2] + b"\xff\xe5\0\2" * 1_000_000 + jpeg[2:]
    yield "flood-jpeg-exif", jpeg[:2] + b"\xff\xe1\xff\xff" + exif_flood(65_527, True) + jpeg[2:]
    large = encoded(Image.new("RGB", (6000, 6000)), "JPEG", progressive=True)
    last = large[large.rindex(b"\xff\xda") : -2]
    yield "bomb-jpeg-scans", large[:-2] + last * 20_000 + large[-2:]
    yield "bomb-tiff-tags", exif_flood(5_000_000)
    at = sound["avif"].index(b"ispe") + 8
    yield "bomb-avif", sound["avif"][:at] + b"\0\1\0\0\0\1\0\0" + sound["avif"][at + 8 :]
    at = sound["heic"].index(b"ispe") + 8
    yield "bomb-heic", sound["heic"][:at] + b"\0\1\0\0\0\1\0\0" + sound["heic"][at + 8 :]
    for size in (0, 1, 12, 4096):
        yield f"zeros-{size}", bytes(size)
    yield "text", b"<html><body>Not found</body></html>"
    yield "drawing", b"<svg xmlns='http://www.w3.org/2000/svg'><image href='/etc/passwd'/></svg>"
    yield "postscript", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) run\n"


def exif_flood(size=2_000_000, in_jpeg=False):
    """TIFF tags that all claim the whole of the data for themselves."""
    count = min(5000, size // 24)
    tags = b"".join(struct.pack("<HHII", 1000 + n, 1, size - 100, 8) for n in range(count))
    data = b"II*\0\x08\0\0\0" + struct.pack("<H", count) + tags
    return (b"Exif\0\0" if in_jpeg else b"") + data.ljust(size, b"\0")[: size - 6 * in_jpeg]


def opened_by_a_child(folder, files):
    """What probe, decode and resized say of each file, from a process with limits."""
    for name, data in files.items():
        (folder / name).write_bytes(data)
    command = [sys.executable, "-c", READ, str(folder), str(MEGABYTES), str(SECONDS)]
    child = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    tail = "\n".join(child.stderr.splitlines()[-12:])
    assert child.returncode == 0, f"the child ended with {child.returncode} at:\n{tail}"
    found = {row["name"]: row for row in map(json.loads, child.stdout.splitlines())}
    assert found.keys() == files.keys()
    assert max(row["seconds"] for row in found.values()) < SLOWEST
    return found


@pytest.fixture(scope="module")
def sound():
    return sound_pictures()


def test_sound_pictures_of_every_form_are_read(tmp_path, sound):
    for name, row in opened_by_a_child(tmp_path, sound).items():
        extension, *size = row["probe"]
        assert extension.startswith(name.partition("-")[0].replace("jpeg", "jpg")[:3]), row
        assert row["decode"][:2] == size
        assert row["resized"][0] == "jpg"
        assert min(row["resized"][1:]) == 32


def test_malformed_pictures_are_read_or_refused_and_never_end_a_worker(tmp_path, sound):
    files = dict(malformed(sound))
    assert len(files) >= 400
    found = opened_by_a_child(tmp_path, files)
    for name, row in found.items():
        if isinstance(row["probe"], list):
            assert row["decode"][:2] == row["probe"][1:], row
        if name.endswith(".headless"):
            assert isinstance(row["probe"], str), row
        kind, _, fault = name.partition(".")
        if fault.startswith("cut") and isinstance(row["probe"], list):
            whole = zlib.crc32(pixels.decode(sound[kind]).tobytes())
            assert row["decode"][2] == whole, f"half a picture is taken for a whole: {row}"
            assert isinstance(row["resized"], list)
    refused = [row for row in found.values() if isinstance(row["probe"], str)]
    assert len(refused) > 200


def test_hostile_files_cost_bounded_time_and_memory(tmp_path, sound):
    files = dict(hostile(sound))
    found = opened_by_a_child(tmp_path, files)
    for name, row in found.items():
        if name.startswith(("bomb-png-idat", "bomb-png-exif", "flood", "bomb-webp", "bomb-avif")):
            continue  # what they show is small, whatever else they say
        assert isinstance(row["probe"], str), row
        assert isinstance(row["resized"], str), row


def test_a_child_really_ends_where_a_file_takes_too_much_memory(tmp_path, sound):
    code = READ.replace("    found = {", "    bytearray(2**33)\n    found = {")
    (tmp_path / "png").write_bytes(sound["png"])
    command = [sys.executable, "-c", code, str(tmp_path), str(MEGABYTES), str(SECONDS)]
    child = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "MemoryError" in child.stderr
    assert resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY
