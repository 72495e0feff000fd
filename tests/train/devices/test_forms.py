"""Every form of a model answers as the model does, however many pairs and words it is given."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from curate.dataset.errors import ParamsError, WeightsError
from curate.stage import plugin
from train.batch import collate
from train.devices import matching
from train.model import save

ROOT = Path(__file__).resolve().parents[3]
FORMS = "train.devices.forms"
EXACT = {"eager": 1e-6, "onnx": 1e-4}
ROUNDED = ("eager_int8", "onnx_int8")


@pytest.fixture(scope="module")
def told(pairs, words):
    """Makes what a form is given, of some rows."""

    def make(*rows: int):
        chosen = np.array(rows)
        return matching.of(
            collate(pairs, chosen, chosen[::-1].copy(), np.ones(len(rows), bool), words)
        )

    return make


@pytest.fixture(scope="module")
def written(make_model, told, tmp_path_factory):
    """Writes a model in a form, once; gives the model and the folder, beside that of the model."""
    done = {}

    def write(form: str, **changed):
        asked = f"{form} {changed}"
        if asked not in done:
            folder = tmp_path_factory.mktemp("written")
            model = make_model(**changed).eval()
            save(model, folder / "model")
            out = folder / form
            out.mkdir()
            plugin.load(FORMS, form).write(folder / "model", out, told(0, 3, 5))
            done[asked] = model, out
        return done[asked]

    return write


def expected(model, inputs):
    run = plugin.load(FORMS, "eager").run(matching.Matching(model))
    return run(inputs)


@pytest.mark.parametrize("form", sorted(EXACT))
@pytest.mark.parametrize("rows", [(7,), (1, 2, 3, 4, 8)])
def test_a_form_in_full_precision_gives_the_models_log_odds(written, told, form, rows):
    model, out = written(form)
    found = plugin.load(FORMS, form).read(out)(told(*rows))
    assert found.shape == (len(rows),)
    np.testing.assert_allclose(found, expected(model, told(*rows)), atol=EXACT[form])


@pytest.mark.parametrize("form", ROUNDED)
def test_a_form_of_8_bits_is_smaller_and_nearly_the_model(written, told, form):
    model, out = written(form, inner=2048)
    rows = range(24)
    found = plugin.load(FORMS, form).read(out)(told(*rows))
    wanted = expected(model, told(*rows))
    assert np.corrcoef(found, wanted)[0, 1] > 0.95
    assert not np.array_equal(found, wanted)
    sizes = [sum(file.stat().st_size for file in f.iterdir()) for f in (out.parent / "model", out)]
    assert sizes[1] < sizes[0] / 2


@pytest.mark.parametrize("streams", ["text 1 | vision 1 | cross 1", "text 1 | coattention 1"])
def test_models_of_two_streams_are_traced_too(written, told, streams):
    model, out = written("onnx", streams=streams)
    found = plugin.load(FORMS, "onnx").read(out)(told(1, 2))
    np.testing.assert_allclose(found, expected(model, told(1, 2)), atol=1e-4)


def test_no_path_of_the_machine_that_traced_it_is_in_the_file(written):
    _, out = written("onnx")
    assert str(ROOT).encode() not in (out / "match.onnx").read_bytes()


def test_onnx_runs_where_there_is_no_torch(written, told, tmp_path):
    model, out = written("onnx_int8", inner=2048)
    np.savez(tmp_path / "inputs.npz", **told(1, 2))
    code = (
        "import sys, numpy as np; sys.modules['torch'] = None\n"
        "from pathlib import Path; from train.devices.forms import onnx_int8\n"
        "np.save(sys.argv[3], onnx_int8.read(Path(sys.argv[1]))(dict(np.load(sys.argv[2]))))"
    )
    files = [str(tmp_path / name) for name in ("inputs.npz", "found.npy")]
    command = [sys.executable, "-c", code, str(out), *files]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert ran.returncode == 0, ran.stderr
    np.testing.assert_allclose(np.load(files[1]), expected(model, told(1, 2)), atol=0.5)


def test_a_model_that_cannot_match_is_refused(written):
    with pytest.raises(ParamsError, match="no task itm"):
        written("onnx", objectives={"itm": None})


def test_a_damaged_file_is_named(written, tmp_path):
    _, whole = written("onnx")
    out = shutil.copytree(whole, tmp_path / "damaged")
    (out / "match.onnx").write_bytes(b"cut off")
    with pytest.raises(WeightsError, match=r"match\.onnx cannot be read"):
        plugin.load(FORMS, "onnx").read(out)
