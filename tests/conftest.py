"""Shared fixtures: a project folder for each test, small drawn sets, servers and clusters."""

import contextlib
import io
import os
import shutil
import socketserver
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import settings
from PIL import Image, ImageDraw

from curate.dataset import files, record, sets, shards, tables, wordnet
from tests import _azurite, _browser, _dask, _films, _tiny_clip, _wordnet
from tests._hostile import Hostile, hostile_server, raw, running
from tests._shop import COUNT, Job, Shop

settings.register_profile("untimed", deadline=None)  # how long an example takes is no promise
settings.load_profile("untimed")
LONGEST = "test_end_to_end.py"  # takes a worker for so long that it begins first


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name != LONGEST)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project folder that is the working directory, with a memory of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def drawn() -> Callable[..., bytes]:
    """Draws a shape and gives the encoded picture."""

    def draw(shape: str, colour: str, size: int = 96, encoding: str = "PNG") -> bytes:
        image = Image.new("RGB", (size, size), "white")
        box = (size // 5, size // 5, size - size // 5, size - size // 5)
        pen = ImageDraw.Draw(image)
        if shape == "circle":
            pen.ellipse(box, fill=colour)
        elif shape == "square":
            pen.rectangle(box, fill=colour)
        else:
            corners = [(size // 2, box[1]), (box[0], box[3]), (box[2], box[3])]
            pen.polygon(corners, fill=colour)
        out = io.BytesIO()
        image.save(out, encoding)
        return out.getvalue()

    return draw


@pytest.fixture(scope="session")
def tone() -> Callable[..., bytes]:
    """Plays a tone of some length (s) and gives the encoded audio."""

    def play(hertz: float, seconds: float = 0.5, encoding: str = "ogg", channels: int = 1) -> bytes:
        import soundfile

        kind, subtype = {
            "ogg": ("OGG", "VORBIS"),
            "opus": ("OGG", "OPUS"),
            "wav": ("WAV", "PCM_16"),
            "flac": ("FLAC", "PCM_16"),
            "mp3": ("MP3", "MPEG_LAYER_III"),
            "aiff": ("AIFF", "PCM_16"),
        }[encoding]
        times = np.arange(round(seconds * 16_000)) / 16_000
        samples = np.repeat(np.sin(2 * np.pi * hertz * times)[:, None] * 0.3, channels, axis=1)
        out = io.BytesIO()
        soundfile.write(out, samples, 16_000, format=kind, subtype=subtype)
        return out.getvalue()

    return play


@pytest.fixture(scope="session")
def moving() -> Callable[..., bytes]:
    """Draws a ball that moves to the right, frame by frame, and gives the encoded clip."""

    def draw(
        colour: str = "red", frames: int = 4, encoding: str = "webp", size: int = 48, ms: int = 100
    ) -> bytes:
        places = [size * number // frames for number in range(frames)]
        shown = [Image.new("RGB", (size, size), "white") for _ in places]
        for image, left in zip(shown, places, strict=True):
            ImageDraw.Draw(image).ellipse((left, 8, left + size // 4, 8 + size // 4), fill=colour)
        if encoding in ("mp4", "webm"):
            return _films.film(shown, encoding, ms)
        out = io.BytesIO()
        more = {"lossless": True} if encoding == "webp" else {}
        how = {"apng": "PNG"}.get(encoding, encoding)
        shown[0].save(out, how, save_all=True, append_images=shown[1:], duration=ms, loop=0, **more)
        return out.getvalue()

    return draw


@pytest.fixture(scope="session")
def write_set() -> Callable[..., pa.Table]:
    """Writes a set from (bytes, language, caption[, source]) rows and gives its pairs."""

    def write(root: Path, rows: list[tuple[object, ...]]) -> pa.Table:
        from curate.dataset import pixels

        images = {record.image_name(row[0]): row[0] for row in rows}
        members = [(n, pixels.probe(d)[0], d) for n, d in sorted(images.items())]
        places = shards.write(root, "drawn", members, per_shard=16)
        pairs = []
        for data, lang, caption, *rest in rows:
            name = record.image_name(data)
            _, width, height = pixels.probe(data)
            pairs.append(
                {
                    "uid": record.pair_uid(name, lang, caption),
                    "image": name,
                    "caption": caption,
                    "lang": lang,
                    "source": rest[0] if rest else "drawn",
                    "url": f"http://drawn.localhost/{name}",
                    "page": None,
                    "licence": "CC0-1.0",
                    "width": width,
                    "height": height,
                    **places[name]._asdict(),
                    "parent": None,
                    "recipe": None,
                }
            )
        table = pa.Table.from_pylist(pairs, record.PAIRS)
        tables.write(table, root / sets.PAIRS_FILE, "uid", record.PAIRS)
        return tables.read(root / sets.PAIRS_FILE)

    return write


@pytest.fixture(scope="session")
def database_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with a small WordNet in the database's format."""
    folder = tmp_path_factory.mktemp("wordnet") / "usr/share/wordnet"
    return _wordnet.write_database(folder, _wordnet.entries(), _wordnet.EXCEPTIONS)


@pytest.fixture(scope="session")
def tiny_clip(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Gives a folder with a tiny CLIP, by its seed."""
    return lambda seed=0: _tiny_clip.write(tmp_path_factory.getbasetemp() / f"clip_{seed}", seed)


@pytest.fixture(scope="session")
def fetched_folder() -> Path:
    """Folder with the WordNet that the fetch stage got."""
    root = Path(__file__).resolve().parent.parent
    fetched = Path(os.environ.get("PAIRWRIGHT_PACKAGES", root / "data" / "packages"))
    if not (fetched / "wordnet-base.deb").is_file():
        pytest.skip(f"no wordnet-base in {fetched}: `dvc repro fetch` gets it")
    return wordnet.folder_of(fetched, "wordnet-base").resolve()


@pytest.fixture
def packages(tmp_path: Path, database_folder: Path) -> Path:
    """A folder as the fetch stage leaves it, with the small WordNet as its package."""
    folder = tmp_path / "packages"
    folder.mkdir()
    return _wordnet.packed(database_folder, folder)


@pytest.fixture(scope="session", name="running")
def run_server() -> Callable[[socketserver.BaseServer], contextlib.AbstractContextManager[None]]:
    """Keeps a server at work."""
    return running


@pytest.fixture(scope="session")
def open_hostile() -> Callable[[], contextlib.AbstractContextManager[Hostile]]:
    """Opens a server without answers, for a test that needs it for longer or several of them."""
    return hostile_server


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    """A running server without answers."""
    with hostile_server() as made:
        yield made


@pytest.fixture(scope="session", name="raw")
def raw_answer() -> Callable[..., bytes]:
    """Makes an answer as it stands on the wire."""
    return raw


@pytest.fixture
def shop(drawn: Callable[..., bytes]) -> Iterator[Shop]:
    """A server of pictures that counts what it is asked for and can hold one back."""
    made = Shop([drawn("circle", (number * 9, 9, 9)) for number in range(COUNT)])
    yield made
    made.close()


@pytest.fixture(scope="session")
def cluster_address() -> Iterator[str]:
    """Address of a running cluster in this process, so that a test need not start one."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=1,
        threads_per_worker=2,
        processes=False,
        protocol="tcp://",
        host="127.0.0.1",
        dashboard_address=None,
    ) as cluster:
        yield cluster.scheduler_address


@pytest.fixture
def workers(cluster_address: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Address of that cluster, which does the work of the test's stages."""
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", cluster_address)
    return cluster_address


@pytest.fixture
def job(project: Path, shop: Shop, workers: str) -> Job:
    """A crawl of the shop into data/pool."""
    return Job(shop, workers)


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An object store; tests that need one are skipped where none is installed, but not in CI."""
    if shutil.which(_azurite.PROGRAM) is None:
        said = f"{_azurite.PROGRAM} is not installed (make azurite)"
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(said)
        pytest.skip(said)
    with _azurite.serving(tmp_path_factory.mktemp("azurite")) as connection:
        yield connection


@pytest.fixture
def store(azurite: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """URL of an empty container on an object store, whose key is in the environment."""
    _azurite.used(azurite, monkeypatch)
    url = f"az://{uuid.uuid4().hex}"
    root = files.place(url)
    root.fs.mkdir(root.path.strip("/"))
    return url


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_dask.Cluster]:
    """A dask scheduler and two worker processes."""
    with _dask.cluster(tmp_path_factory.mktemp("dask")) as running:
        yield running


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_browser.Browser]:
    """A browser; tests that need one are skipped where none is installed, but not in CI."""
    yield from _browser.opened(tmp_path_factory.mktemp("browser"))


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core, a checker of accessibility; without it as without a browser."""
    return _browser.axe()
