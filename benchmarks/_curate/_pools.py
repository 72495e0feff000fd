"""A number of pairs in; a pool of that many and its score tables, as a crawl of the web gives, out.

Pictures are references: no pixels are made. A tenth of them looks like another (hashes up to three
bits apart, colours alike), one in 200 is a blank page that many repeat, one in a hundred repeats a
picture with another caption. Captions are words by Zipf's law, in five sources and six languages.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa

from curate.dataset import record, sets, tables

_SOURCES = ("web", "shop", "news", "blog", "books")
LANGUAGES = ("en", "de", "es", "fr", "ru", "ja")
SPOKEN = (0.5, 0.1, 0.1, 0.1, 0.1, 0.1)  # share of each
_WORDS = 60_000
_PER_SHARD = 1000  # pictures
_SYLLABLES = np.array([c + v for c in "bdfgklmnprstvz" for v in ("a", "e", "i", "o", "u", "ai")])


def write(folder: Path, count: int) -> None:
    """A pool in `data/pool`, scores in `data/scores`, entries of a rule `balance` in `entries`."""
    random = np.random.default_rng(count)
    words = vocabulary(random)
    (folder / "data/scores").mkdir(parents=True, exist_ok=True)
    (folder / "entries").write_text("\n".join(words[::2]))
    pictures = count - count // 100
    names, uids = _names(pictures, random), _names(count, random)
    side = random.integers(20, 2000, (pictures, 2))
    of = np.append(np.arange(pictures), random.integers(0, pictures, count - pictures))
    image = names[of]
    pairs = {
        "uid": uids,
        "image": image,
        "caption": captions(count, words, random),
        "lang": random.choice(LANGUAGES, count, p=SPOKEN),
        "source": random.choice(_SOURCES, count, p=(0.6, 0.2, 0.1, 0.05, 0.05)),
        "url": [f"https://host{n % 5000}.example/{name}.jpg" for n, name in enumerate(image)],
        "page": [f"https://host{n % 5000}.example/{n // 7}.html" for n in range(count)],
        "licence": pa.nulls(count, pa.string()),
        "width": side[of, 0],
        "height": side[of, 1],
        "shard": [f"images/web-{n // _PER_SHARD:05}.tar" for n in of],
        "offset": of % _PER_SHARD * 40_000,
        "size": random.integers(4_000, 39_000, pictures)[of],
        "parent": pa.nulls(count, pa.string()),
        "recipe": pa.nulls(count, pa.string()),
    }
    tables.write(pa.table(pairs), folder / "data/pool" / sets.PAIRS_FILE, "uid", record.PAIRS)
    for name, (key, columns) in _scores(names, uids, side, random).items():
        tables.write(pa.table(columns), folder / f"data/scores/{name}.parquet", key)


def _scores(
    names: np.ndarray, uids: np.ndarray, side: np.ndarray, random: np.random.Generator
) -> dict[str, tuple[str, dict[str, object]]]:
    """Tables of scores by scorer, with the key of each."""
    pictures, count = len(names), len(uids)

    def floats(values: np.ndarray) -> pa.Array:
        return pa.array(values, pa.float32(), mask=random.random(len(values)) < 0.001)

    image = {
        "image": names,
        "shortest_side": side.min(axis=1),
        "aspect": floats(side.max(axis=1) / side.min(axis=1)),
        "blank": floats(random.beta(1, 6, pictures)),
        "sharpness": floats(random.gamma(3, 20, pictures)),
    }
    caption = {
        "uid": uids,
        "words": random.integers(0, 14, count),
        "repetition": floats(random.beta(1, 9, count)),
        "filename_like": floats(random.beta(1, 20, count)),
    }
    return {
        "image": ("image", image),
        "phash": ("image", {"image": names, **_looks(pictures, random)}),
        "leakage": (
            "image",
            {"image": names, **{way: random.random(pictures) < 1e-3 for way in ("exact", "near")}},
        ),
        "caption": ("uid", caption),
        "clip": ("uid", {"uid": uids, "similarity": floats(random.normal(0.22, 0.06, count))}),
        "language": ("uid", {"uid": uids, "support": floats(-random.exponential(0.4, count))}),
    }


def _looks(count: int, random: np.random.Generator) -> dict[str, object]:
    """Hashes and thumbnails of pictures, some of which look like others."""
    hashes = random.integers(0, 2**64, count, dtype=np.uint64)
    colours = random.integers(0, 256, (count, 192), dtype=np.uint8)
    alike = count // 10
    hashes[-alike:], colours[-alike:] = hashes[:alike], colours[:alike]
    for _ in range(3):
        hashes[-alike:] ^= np.uint64(1) << random.integers(0, 64, alike, dtype=np.uint64)
    blank = random.integers(0, count, count // 200)
    hashes[blank], colours[blank] = np.uint64(1) << np.uint64(63), 255
    hexadecimal = [f"{value:016x}" for value in hashes.tolist()]
    held = pa.array([row.tobytes() for row in colours], pa.binary(192))
    return {"phash": hexadecimal, "colours": held}


def _names(count: int, random: np.random.Generator) -> np.ndarray:
    digits = random.bytes(16 * count).hex()
    return np.array([digits[start : start + 32] for start in range(0, len(digits), 32)], object)


def vocabulary(random: np.random.Generator) -> list[str]:
    """Words of one to four syllables."""
    parts = random.choice(_SYLLABLES, (_WORDS, 4))
    lengths = random.integers(1, 5, _WORDS)
    return ["".join(row[:length]) for row, length in zip(parts, lengths, strict=True)]


def captions(count: int, words: list[str], random: np.random.Generator) -> list[str]:
    """So many captions of up to 15 of the words, by Zipf's law."""
    lengths = random.integers(1, 16, count)
    chosen = np.array(words, object)[np.minimum(random.zipf(1.3, lengths.sum()), _WORDS) - 1]
    ends = lengths.cumsum()
    return [" ".join(chosen[end - length : end]) for end, length in zip(ends, lengths, strict=True)]
