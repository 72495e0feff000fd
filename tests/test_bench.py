"""What benchmarks measure with: the cost of a command with all that it starts, and ratios."""

import io
import json
import sys
import types

import pytest
import torch
from PIL import Image

from benchmarks import _cost, _kernel, peers
from benchmarks._train import _device

BUSY = "import time\nuntil = time.process_time() + 0.5\nwhile time.process_time() < until: pass"


def test_the_cost_of_a_command_holds_that_of_the_processes_it_starts():
    starts = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BUSY!r}], check=True)"
    cost = _cost.measured([sys.executable, "-c", f"{starts}\nprint('done')"])
    assert 0.5 <= cost.cpu < 5
    assert cost.wall >= 0.5
    assert cost.said == "done\n"


def test_memory_is_that_of_all_processes_at_the_peak():
    holds = "import time\nheld = b'x' * 200_000_000\ntime.sleep(1)"
    starts = (
        f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {holds!r}], check=True)"
    )
    assert 190 < _cost.measured([sys.executable, "-c", starts]).memory < 300


def test_a_command_that_fails_is_an_error_that_shows_what_it_said():
    with pytest.raises(RuntimeError, match="ended with 3:\nno luck"):
        _cost.measured([sys.executable, "-c", "print('no luck'); raise SystemExit(3)"])


def test_ratios_are_of_runs_that_followed_one_another():
    found = _cost.ratios([10, 40, 30], [10, 10, 10])
    assert found == {"median": 3.0, "min": 1.0, "max": 4.0, "n": 3}
    assert json.loads(_cost.last_line({"img2dataset": found})) == {"img2dataset": found}


def test_a_table_aligns_its_columns():
    assert _cost.table(["a", "bb"], [["long", 1.25], ["x", 10]]).splitlines() == [
        "a     bb",
        "----  ---",
        "long  1.2",
        "x     10",
    ]


def test_operations_are_the_products_of_matrices_of_both_passes():
    first, second = torch.nn.Linear(8, 16, bias=False), torch.nn.Linear(16, 2, bias=False)
    rows = torch.randn(4, 8)
    forward = 2 * 4 * (8 * 16 + 16 * 2)
    assert _device.operations(lambda: second(first(rows))) == forward
    backward = 2 * 4 * (8 * 16 + 2 * 16 * 2)  # the second layer's input has a gradient, too
    found = _device.operations(lambda: second(first(rows)).sum().backward())
    assert found == forward + backward


def test_operations_of_attention_are_counted():
    query = torch.randn(3, 2, 5, 4)  # pairs, heads, places, width
    attend = torch.nn.functional.scaled_dot_product_attention
    found = _device.operations(lambda: attend(query, query, query))
    assert found == 2 * (2 * 3 * 2 * 5 * 5 * 4)  # scores, then values


def test_what_a_device_could_do_is_known_by_its_name_or_told():
    named = {
        "NVIDIA H200": 989e12,
        "NVIDIA H100 80GB HBM3": 989e12,
        "NVIDIA H100 PCIe": 756e12,
        "NVIDIA A100-SXM4-80GB": 312e12,
        "Tesla T4": 65e12,
        "processor": 0.0,
    }
    assert {name: _device.peak(name) for name in named} == named
    assert _device.peak("processor", 1.5) == 1.5e12


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_is_known_as_baseline_or_progressive(drawn, progressive):
    out = io.BytesIO()
    Image.open(io.BytesIO(drawn("circle", "red"))).save(out, "JPEG", progressive=progressive)
    assert _kernel.coding(out.getvalue()) == ("progressive" if progressive else "baseline")
    with pytest.raises(ValueError, match="no frame"):
        _kernel.coding(out.getvalue()[:20])


def test_a_figure_beside_a_peer_is_told_at_the_head_of_its_file_and_the_peer_has_a_version():
    known = list(peers.known())
    assert {"crawl", "curate", "augment", "train"} <= {one.benchmark for one in known}
    for one in known:
        for figure in one.module.BESIDE:
            assert figure in one.module.__doc__
            assert all(part.split()[1][0].isdigit() for part in one.peer(figure).split(", "))


def test_the_page_of_peers_has_what_was_found_and_why_the_rest_was_not(tmp_path, monkeypatch):
    finds = tmp_path / "finds.py"
    finds.write_text(
        "import sys\nif sys.argv[-1] == '1': sys.exit('no pool')\n"
        "print('a table')\n"
        'print(\'{"one": {"median": 2.5, "min": 2, "max": 3, "n": 3}}\')\n'
    )
    module = types.SimpleNamespace(__doc__="What it is of.\n", BESIDE={"one": ("Pillow==9.1",)})
    monkeypatch.setattr(peers, "known", lambda: [peers.Measures("some", None, module)])
    monkeypatch.setattr(
        peers.Measures, "command", lambda _, n: [sys.executable, str(finds), "--repeats", str(n)]
    )
    page = tmp_path / "peers.md"
    for repeats in (3, 1):
        monkeypatch.setattr(sys, "argv", ["peers", f"--repeats={repeats}", f"--page={page}"])
        peers.main()
        if repeats == 3:
            row = "| `one` | What it is of. | Pillow 9.1 | 2.5 (2 to 3) | 3 |"
            assert row in page.read_text()
    assert "no pool" in page.read_text().partition("Not measured:")[2]


def test_figures_that_are_not_measured_anew_stay_on_the_page_of_the_same_machine(monkeypatch):
    before = peers.page([["`one`", "1.5"], ["`two`", "2.5"]], [])
    after = peers.page([["`one`", "1.75"]], [], before)
    assert "| `one` | 1.75 |\n| `two` | 2.5 |\n" in after
    assert "1.5 " not in after
    monkeypatch.setattr(peers, "_machine", lambda: "another machine")
    assert "`two`" not in peers.page([["`one`", "1.75"]], [], before)
