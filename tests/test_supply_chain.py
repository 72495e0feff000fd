"""What comes from outside: no data, weights or hub runs code here, and licences are known."""

import ast
import functools
import re
from pathlib import Path

import pytest

from docs import licences

ROOT = Path(__file__).resolve().parent.parent
OURS = ("curate", "augment", "align", "train", "media", "tasks")
FILES = sorted(p.relative_to(ROOT) for top in OURS for p in (ROOT / top).rglob("*.py"))
PICKLES = ("pickle", "cPickle", "_pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve")
MAY_UNPICKLE = {
    "curate/packed.py": "what it packed itself, in memory, as dask sends it to workers",
    "train/tasks/formats/refcoco.py": "RefCOCO is published as pickles; its reader names no code",
}
MAY_LOAD_OBJECTS = {
    "train/costs.py": "hands objects to its own child, in a folder that its user alone may enter",
}
UNSAFE = {
    **dict.fromkeys(("eval", "exec", "compile"), "runs a text"),
    **dict.fromkeys(
        ("yaml.unsafe_load", "yaml.full_load", "yaml.unsafe_load_all"), "makes objects"
    ),
    **dict.fromkeys(("os.system", "os.popen"), "asks a shell"),
    **dict.fromkeys(("pd.read_pickle", "pandas.read_pickle"), "unpickles"),
    **dict.fromkeys(("torch.jit.load", "torch.package.PackageImporter"), "runs what a file holds"),
    "load_state_dict_from_url": "unpickles what a host sends",
}
SAFE_LOADER = '_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)'
JSON_ALONE = {  # read no weights
    "train/exchange/_peer.py: kind.from_pretrained": "a config's class; weights name safetensors",
    "augment/rewriting/language_models.py: auto.from_pretrained": "a tokenizer or a config",
}
PERMISSIVE = re.compile(
    r"(?:\d-Clause )?(?:MIT|BSD|Apache|ISC|PSF|Python Software Foundation|Zlib|0BSD|CC0|BSL|CNRI|"
    r"Zope|ZPL|Unlicense|HPND)",
    re.IGNORECASE,
)
COPYLEFT = {  # names -> why it may be there
    ("certifi", "orjson", "pathspec", "shtab", "tqdm"): "MPL-2.0: of changed files of their own",
    ("asyncssh",): "EPL-2.0: DVC's remotes by SSH",
    ("grandalf",): "GPL-2.0 or EPL-1.0: DVC draws its graph by it",
    ("pygit2",): "GPL-2.0 with an exception for all that links to it: DVC's git",
}
NVIDIA = "CUDA's libraries, which the wheels of torch for GPUs bring along, may be handed on"


@functools.cache
def parsed(file):
    return ast.parse((ROOT / file).read_text(encoding="utf-8"))


def calls(file):
    """(dotted name of what is called, the call) in a file."""
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def given(call, name):
    """What a call is given by a name; None where nothing is."""
    return next((ast.unparse(k.value) for k in call.keywords if k.arg == name), None)


def imported(file):
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


def test_no_file_is_unpickled():
    found = []
    for file in FILES:
        if str(file) not in MAY_UNPICKLE and {*imported(file)} & {*PICKLES}:
            found.append(str(file))
        for name, call in calls(file):
            careless = name == "torch.load" and given(call, "weights_only") != "True"
            if careless and str(file) not in MAY_LOAD_OBJECTS:
                found.append(f"{file}:{call.lineno}")
            if given(call, "allow_pickle") not in (None, "False"):
                found.append(f"{file}:{call.lineno}")
    assert found == []


def test_whoever_may_load_objects_still_does():
    assert all({*imported(Path(file))} & {*PICKLES} for file in MAY_UNPICKLE)
    for file in MAY_LOAD_OBJECTS:
        assert any(n == "torch.load" for n, _ in calls(Path(file)))


def test_nothing_that_is_read_is_run():
    found = []
    for file in FILES:
        text = (ROOT / file).read_text(encoding="utf-8")
        for name, call in calls(file):
            why = UNSAFE.get(name) or UNSAFE.get(name.rpartition(".")[2] if "url" in name else "")
            if name.startswith("torch.hub."):
                why = "fetches code"
            if "True" in (given(call, "trust_remote_code"), given(call, "shell")):
                why = "trusts what others wrote"
            if name in ("yaml.load", "yaml.load_all"):
                safe = ast.unparse(call.args[1]) == "_LOADER" and SAFE_LOADER in text
                why = None if safe else "makes objects"
            if why:
                found.append(f"{file}:{call.lineno}: {name} {why}")
    assert found == []


def test_models_of_others_are_read_from_the_disk_and_from_safetensors_alone():
    found = []
    for file in FILES:
        for name, call in calls(file):
            if not name.endswith(".from_pretrained"):
                continue
            bundled = any(k.arg is None for k in call.keywords)  # `_LOCAL`, see below
            told = bundled or given(call, "local_files_only") == "True" or given(call, "config")
            weights = given(call, "use_safetensors") == "True" or "Tokenizer" in name
            if not (told and weights) and f"{file}: {name}" not in JSON_ALONE:
                found.append(f"{file}:{call.lineno}: {name}")
    assert found == []


def test_what_text_models_are_always_loaded_with_forbids_hub_and_code():
    from augment.rewriting import language_models

    assert language_models._LOCAL == {"local_files_only": True, "trust_remote_code": False}


def test_open_clip_unpickles_no_weights_either(tmp_path):
    import inspect

    from open_clip import factory

    for function in (factory.create_model_from_pretrained, factory.load_state_dict):
        assert inspect.signature(function).parameters["weights_only"].default is True


def test_services_and_clusters_are_for_this_machine_unless_asked_otherwise():
    import inspect
    from typing import get_args

    from train.search import command

    host = inspect.signature(command.serve).parameters["host"]
    assert host.default == "127.0.0.1" or get_args(host.annotation)
    hosts = {
        ast.unparse(value)
        for file in FILES
        for name, call in calls(file)
        if name.endswith(
            ("LocalCluster", "HTTPServer", "TCPServer", "bind_sockets", "start_server")
        )
        for value in (*call.args, *(k.value for k in call.keywords))
    }
    assert not any("0.0.0.0" in host or "'::'" in host for host in hosts), hosts
    assert any("127.0.0.1" in host for host in hosts)


def fine(text):
    """Whether a licence asks for no more than its text and names."""
    if " AND " in text:
        return all(map(fine, text.strip("()").split(" AND ")))
    if " OR " in text:
        return any(map(fine, text.strip("()").split(" OR ")))
    return any(PERMISSIVE.match(part.strip(" ()")) for part in text.split(";"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("MIT", True),
        ("Apache-2.0 OR GPL-2.0-or-later", True),
        ("MPL-2.0 AND (Apache-2.0 OR MIT)", False),
        ("GNU General Public License v2 (GPLv2)", False),
        ("LicenseRef-NVIDIA-Proprietary", False),
        ("BSD License; Apache Software License", True),
        ("unknown", False),
    ],
)
def test_a_licence_is_told_apart_from_what_asks_for_more(text, expected):
    assert fine(text) is expected


def test_all_that_pairwright_needs_is_permissive_or_named_with_a_reason():
    needed = {one.name: one.licence for one in licences.installed() if one.by == "default"}
    assert len(needed) > 100
    named = {name: why for names, why in COPYLEFT.items() for name in names}
    odd = {
        name: text
        for name, text in needed.items()
        if not fine(text) and name not in named and not name.startswith(("nvidia-", "cuda-"))
    }
    assert odd == {}
    assert {name for name in named if fine(needed.get(name, "MPL"))} == set()


def test_no_code_of_ours_imports_what_is_under_a_licence_that_asks_for_more():
    strict = {"asyncssh", "grandalf", "pygit2"}
    assert [str(file) for file in FILES if {*imported(file)} & strict] == []
