import json
import re
import shutil
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from curate import score, scoring
from curate.dataset import pixels, sets
from curate.dataset.errors import ParamsError, WeightsError
from curate.embeddings import Embeddings
from curate.scorers import clip
from tests._unreadable import blank

SHAPES = [(s, c) for s in ("circle", "square") for c in ("red", "green", "navy", "gold", "teal")]


@pytest.fixture
def pool(project, drawn, write_set):
    """Ten pictures, each with two captions."""
    rows = []
    for shape, colour in SHAPES:
        data = drawn(shape, colour)
        rows += [(data, "en", f"a {colour} {shape}"), (data, "de", f"{shape}, {colour}")]
    write_set(Path("pool"), rows)
    return sets.located([Path("pool")])


@pytest.fixture(scope="module")
def worker():
    """Address of a worker process that keeps its models between runs."""
    from distributed import LocalCluster

    with LocalCluster(1, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as found:
        yield found.scheduler_address


@pytest.fixture
def scored(pool, worker, monkeypatch, capsys):
    """Scores the pool by the stage: bytes of the table, and how many rows were remembered."""
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", worker)
    monkeypatch.setattr(scoring, "GROUP", 7)

    def call(folder):
        params = {"model": f"local-dir:{folder}", "weights": None, "batch": 8}
        score.main("clip", Path("pool"), Path("clip.parquet"), params)
        remembered = re.search(r"rows, (\d+) of them remembered", capsys.readouterr().err)
        return Path("clip.parquet").read_bytes(), int(remembered.group(1))

    return call


def scores(rows, params):
    captions = pa.table({"caption": sorted(set(rows.column("caption").to_pylist()))})
    images = clip.embed_images(sets.distinct_images(rows), params)
    return clip.score(rows, params, Embeddings(images, clip.embed_texts(captions, params)))


def similarities(rows, params):
    return dict(zip(*scores(rows, params).to_pydict().values(), strict=True))


def test_similarities_are_those_of_open_clip(pool, drawn, tiny_clip):
    import open_clip
    import torch

    name = f"local-dir:{tiny_clip()}"
    found = similarities(pool, clip.Params(model=name))
    model, preprocess = open_clip.create_model_from_pretrained(name)
    tokens = open_clip.get_tokenizer(name)
    data = {f"a {colour} {shape}": drawn(shape, colour) for shape, colour in SHAPES}
    captions = {row["caption"]: row["uid"] for row in pool.to_pylist()}
    with torch.inference_mode():
        for caption, picture in data.items():
            image = model.encode_image(preprocess(pixels.decode(picture))[None], normalize=True)
            text = model.encode_text(tokens([caption]), normalize=True)
            assert found[captions[caption]] == pytest.approx((image @ text.T).item(), abs=1e-4)
    assert len(set(found.values())) > 15


def test_a_similarity_does_not_depend_on_what_is_scored_beside_it(pool, tiny_clip):
    params = clip.Params(model=f"local-dir:{tiny_clip()}", batch=4)
    together = similarities(pool, params)
    for start in range(0, 20, 3):
        assert similarities(pool.slice(start, 3), params).items() <= together.items()
    backwards = pool.take(list(range(20))[::-1])
    assert similarities(backwards, params) == together


def test_a_memory_of_other_batches_changes_no_byte(scored, tiny_clip, write_set, drawn):
    folder = tiny_clip()
    cold = scored(folder)
    assert cold[1] == 0
    shutil.rmtree(".pairwright")
    rows = [(drawn(s, c), "en", f"a {c} {s}") for s, c in SHAPES]
    write_set(Path("pool"), rows[3:8])
    assert scored(folder)[1] == 0
    rows += [(drawn(s, c), "de", f"{s}, {c}") for s, c in SHAPES]
    write_set(Path("pool"), rows)
    assert scored(folder) == (cold[0], 5)
    assert scored(tiny_clip(1))[1] == 0  # other weights remember nothing


def test_vectors_are_the_same_to_the_last_bit_at_every_place_of_a_batch(tiny_clip, drawn):
    params = clip.Params(model=f"local-dir:{tiny_clip()}", batch=8)
    encode_images, encode_texts = clip.encoders(params)
    captions = [f"a {colour} {shape}" for shape, colour in SHAPES[:8]]
    first = encode_texts(captions)
    named = [(c, pixels.decode(drawn(s, c))) for s, c in SHAPES[:5]]
    seen = encode_images(named)
    for turn in range(1, 8):
        again = encode_texts(captions[turn:] + captions[:turn])
        assert all(np.array_equal(again[c], first[c]) for c in captions)
        looked = encode_images(named[turn % 5 :] + named[: turn % 5])
        assert all(np.array_equal(looked[c], seen[c]) for c, _ in named)


def test_a_captions_vector_depends_on_no_longer_one_beside_it(tiny_clip):
    params = clip.Params(model=f"local-dir:{tiny_clip()}", batch=4)
    captions = ["a dog", "gold", "two very small green squares beside a teal circle", "red sea"]
    network, read = clip._network(params), clip.encoders(params)[1]
    lengths = [rows.shape for _, _, rows in network.readers.parted(network.tokenizer(captions))]
    assert lengths == [(3, 8), (1, 16)]
    together = read(captions)
    for caption in captions:
        assert np.array_equal(read([caption])[caption], together[caption])


def test_an_image_is_decoded_once_for_all_its_captions(pool, tiny_clip, monkeypatch):
    reads = []
    decoded = clip.decoded
    monkeypatch.setattr(clip, "decoded", lambda rows: decoded(reads.append(len(rows)) or rows))
    assert len(similarities(pool, clip.Params(model=f"local-dir:{tiny_clip()}"))) == 20
    assert reads == [10]


def test_a_checkpoint_file_is_loaded_with_its_architecture(pool, tiny_clip, tmp_path):
    import open_clip

    folder = tiny_clip()
    config = tmp_path / "pairwright-tiny.json"
    config.write_text(
        json.dumps(json.loads((folder / "open_clip_config.json").read_text())["model_cfg"])
    )
    open_clip.add_model_config(config)
    named = clip.Params(
        model="pairwright-tiny", weights=str(folder / "open_clip_model.safetensors")
    )
    assert scores(pool, named).column_names == ["uid", "similarity"]
    assert clip.fingerprint(named) != clip.fingerprint(clip.Params(model=f"local-dir:{folder}"))


def test_bf16_comes_close_to_fp32(pool, tiny_clip):
    model = f"local-dir:{tiny_clip()}"
    full = similarities(pool, clip.Params(model=model))
    half = similarities(pool, clip.Params(model=model, precision="bf16"))
    assert max(abs(full[uid] - half[uid]) for uid in full) < 0.05
    assert full != half


def test_auto_is_what_pays_on_this_machine_and_has_a_fingerprint_of_its_own(pool, tiny_clip):
    import torch

    params = [
        clip.Params(model=f"local-dir:{tiny_clip()}", device="cpu", precision=precision)
        for precision in ("auto", "fp32", "bf16")
    ]
    auto, full, half = (similarities(pool, each) for each in params)
    assert auto == (half if torch.cpu.get_capabilities().get("amx_bf16") else full)
    assert clip.fingerprint(params[0]) != clip.fingerprint(params[1])


def test_any_number_of_threads_gives_the_same_bytes(pool, tiny_clip):
    import torch

    params = clip.Params(model=f"local-dir:{tiny_clip()}", batch=2)
    images, network = sets.distinct_images(pool), clip._network(params)
    alone = clip.embed_images(images, params)
    network.loaders = 4
    with ThreadPoolExecutor(4) as threads:
        tables = list(threads.map(lambda _: clip.embed_images(images, params), range(8)))
    network.loaders = 1
    assert all(table.equals(alone) for table in tables)
    assert torch.get_num_threads() == 1


def test_a_picture_that_cannot_be_read_has_no_similarity(pool, tiny_clip):
    first = sets.distinct_images(pool).to_pylist()[0]
    blank(first)
    found = similarities(pool, clip.Params(model=f"local-dir:{tiny_clip()}"))
    broken = {row["uid"] for row in pool.to_pylist() if row["image"] == first["image"]}
    assert {uid for uid, value in found.items() if value is None} == broken


def test_other_weights_have_another_fingerprint(project, tiny_clip):
    prints = [clip.fingerprint(clip.Params(model=f"local-dir:{tiny_clip(s)}")) for s in (0, 1)]
    assert prints[0] != prints[1]
    copy = Path(shutil.copytree(tiny_clip(), "copy"))
    before = clip.fingerprint(clip.Params(model="local-dir:copy"))
    weights = copy / "open_clip_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    assert clip.fingerprint(clip.Params(model="local-dir:copy")) != before
    tags = [clip.fingerprint(clip.Params(model="ViT-B-32", weights=w)) for w in ("openai", "x")]
    assert tags[0] != tags[1]


def test_weights_that_are_changed_are_loaded_again_by_the_same_process(pool, tiny_clip):
    params, found = clip.Params(model="local-dir:weights", batch=4), []
    for seed in (0, 1):
        shutil.copytree(tiny_clip(seed), "weights", dirs_exist_ok=True)
        found.append(clip.embed_images(pool.slice(0, 2), params))
        there = clip.Params(model=f"local-dir:{tiny_clip(seed)}", batch=4)
        assert found[-1] == clip.embed_images(pool.slice(0, 2), there)
    assert found[0] != found[1]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"model": "local-dir:models/none"}, "models/none holds no open_clip_config.json"),
        ({"model": "ViT-B-32", "weights": "models/none.pt"}, "no checkpoint at models/none.pt"),
        ({"model": "ViT-B-32"}, "weights is null"),
    ],
)
def test_weights_that_are_not_there_are_told_with_what_to_do(project, params, message):
    with pytest.raises(WeightsError, match=message) as caught:
        clip.fingerprint(clip.Params(**params))
    assert "local-dir:models/filter_network" in str(caught.value)
    assert "~filter.rules.clip" in str(caught.value)


def test_a_hub_that_cannot_be_reached_is_told_with_what_to_do(pool, monkeypatch):
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(WeightsError, match="Every other scorer runs without weights"):
        scores(pool, clip.Params(model="hf-hub:pairwright/no-such-model"))
    with pytest.raises(WeightsError, match="a checkpoint of yours"):
        scores(pool, clip.Params(model="ViT-B-32", weights="no_such_tag"))


def test_a_hub_that_cannot_be_reached_is_given_up_soon(monkeypatch):
    import huggingface_hub.constants as hub

    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setattr(hub, "ENDPOINT", f"http://127.0.0.1:{closed.getsockname()[1]}")
        started = time.perf_counter()
        with pytest.raises(WeightsError, match="Every other scorer runs without weights"):
            clip.encoders(clip.Params(model="ViT-B-32", weights="laion2b_s34b_b79k"))
        assert time.perf_counter() - started < 15
    assert not hub.HF_HUB_OFFLINE


def test_weights_beside_a_model_that_brings_its_own_are_refused(tiny_clip):
    with pytest.raises(ParamsError, match="brings its own weights"):
        clip.fingerprint(clip.Params(model=f"local-dir:{tiny_clip()}", weights="openai"))
