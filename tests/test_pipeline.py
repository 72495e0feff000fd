"""Each dvc.yaml held against the code: modules, flags, dependencies and params of every stage."""

import ast
import functools
import importlib
import inspect
import re
import shlex
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_type_hints

import networkx
import pytest
import yaml

from curate import provenance
from curate.stage import params as parameter_file
from curate.stage import plugin

ROOT = Path(__file__).resolve().parent.parent
OURS = ("curate", "augment", "align", "train")
PIPELINES = ("dvc.yaml", "tasks/dvc.yaml", "media/dvc.yaml", "proof/dvc.yaml")
PIPELINES += ("proof/search/dvc.yaml", "proof/influence/dvc.yaml")
OF_RUN = {"metrics", "params", "section"}  # flags that curate.stage.run adds itself


def load_stages():
    """Stages by name, those too that are made only where a seed or a variant is asked for."""
    from dvc.repo import Repo

    params = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    compared = params["comparison"]
    first = {key: compared[key][:1] for key in ("models", "task_models")}
    params["comparison"] = {**compared, **first, "seeds": [0]}
    params["languages"] = {"models": params["languages"]["models"][:1], "seeds": [0]}
    params["devices"]["variants"] = ["pruned"]
    params["backbones"]["models"] = ["proposals"]
    with TemporaryDirectory() as folder:
        for file in PIPELINES:
            Path(folder, file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, Path(folder, file))
        Path(folder, "params.yaml").write_text(yaml.safe_dump(params), encoding="utf-8")
        repo = Repo.init(folder, no_scm=True)
        return {
            stage.name: {
                "cmd": stage.cmd,
                "deps": [d.def_path for d in stage.deps if not hasattr(d, "params")],
                "params": [p for d in stage.deps if hasattr(d, "params") for p in d.params],
                "outs": [out.def_path for out in stage.outs],
                "file": stage.path_in_repo,
                "waits_for": {
                    before.name for before in networkx.descendants(repo.index.graph, stage)
                },
            }
            for stage in repo.index.stages
        }


STAGES = load_stages()
WHOLE_JOB = [name for name, stage in STAGES.items() if stage["file"] == PIPELINES[0]]
each_stage = pytest.mark.parametrize("name", sorted(STAGES))


def test_the_whole_job_waits_for_no_stage_of_another_pipeline():
    waited_for = {name for stage in WHOLE_JOB for name in STAGES[stage]["waits_for"]}
    assert "fetch" in waited_for
    assert waited_for <= set(WHOLE_JOB)


def module_and_flags(name):
    words = shlex.split(STAGES[name]["cmd"])
    assert words[:2] == ["python", "-m"], STAGES[name]["cmd"]
    flags = {}
    for word in words[3:]:
        if word.startswith("--"):
            last = word[2:].replace("-", "_")
            flags[last] = []
        else:
            flags[last].append(word)
    return words[2], {flag: values[0] for flag, values in flags.items()}


def plugin_packages(module):
    """Packages of ours that a module or what it imports names as a string: where plugins lie."""
    return [package for file in sorted(files_of(module)) for package in read(file)[1]]


def section_name(flags, module):
    """Section of the params file that a stage with some flags takes."""
    source = (ROOT / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8")
    section = flags.get("section") or re.search(r'section="([a-z_]+)"', source).group(1)
    return f"{section}.{flags['name']}" if "name" in flags else section


@functools.cache
def read(file):
    """Modules of ours that a file imports, and packages of ours that it names as a string."""
    form = rf"({'|'.join(OURS)})(\.[a-z_]+)+"
    modules, packages = [], []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and re.fullmatch(form, text):
            packages += [text] if (ROOT / text.replace(".", "/")).is_dir() else []
    return [name for name in modules if name.split(".")[0] in OURS], packages


def files_of(module, seen=None):
    """Files of ours that a module imports, itself included, however deep."""
    seen = set() if seen is None else seen
    base = ROOT / module.replace(".", "/")
    file = base / "__init__.py" if base.is_dir() else base.with_suffix(".py")
    if not file.is_file() or file in seen:
        return seen
    seen.add(file)
    for imported in read(file)[0]:
        files_of(imported, seen)
    return seen


def covered(path, paths):
    return any(path == p or path.startswith(f"{p}/") for p in (p.rstrip("/") for p in paths))


@each_stage
def test_a_stage_calls_a_module_of_ours_with_the_flags_of_its_main(name):
    module, flags = module_and_flags(name)
    main = importlib.import_module(module).main
    wanted = {
        n: p.default is inspect.Parameter.empty
        for n, p in inspect.signature(main).parameters.items()
        if n != "params"
    }
    assert set(flags) - OF_RUN <= set(wanted)
    assert {flag for flag, required in wanted.items() if required} <= set(flags)


@each_stage
def test_a_stage_depends_on_every_file_that_it_imports(name):
    module, flags = module_and_flags(name)
    files = files_of(module)
    if "name" in flags:
        for package in plugin_packages(module):
            files_of(f"{package}.{flags['name']}", files)
        values = parameter_file.load(ROOT / "params.yaml", section_name(flags, module))
        if "." in (kind := str(values.get("kind", ""))):
            files_of(kind, files)
    missing = [
        file.relative_to(ROOT).as_posix()
        for file in sorted(files)
        if file.name != "__init__.py"
        and not covered(file.relative_to(ROOT).as_posix(), STAGES[name]["deps"])
    ]
    assert missing == []


@each_stage
def test_every_path_of_a_command_is_a_dependency_or_an_output(name):
    _, flags = module_and_flags(name)
    declared = STAGES[name]["deps"] + STAGES[name]["outs"]
    paths = [value for value in flags.values() if "/" in value]
    named = [p for p in paths if covered(p, declared) or any(covered(d, [p]) for d in declared)]
    assert named == paths
    assert [out for out in STAGES[name]["outs"] if not covered(out, paths)] == []


def texts(values):
    """Every text in parameters."""
    if isinstance(values, dict | list):
        inside = values.values() if isinstance(values, dict) else values
        return [text for value in inside for text in texts(value)]
    return [values] if isinstance(values, str) else []


@each_stage
def test_a_clip_that_another_stage_trains_is_a_dependency(name):
    module, flags = module_and_flags(name)
    if not STAGES[name]["params"]:
        return
    values = parameter_file.load(ROOT / "params.yaml", section_name(flags, module))
    made = {out for stage in STAGES.values() for out in stage["outs"]} - {*STAGES[name]["outs"]}
    prefix = "local-dir:"
    named = made & {t.removeprefix(prefix) for t in texts(values) if t.startswith(prefix)}
    assert [path for path in sorted(named) if not covered(path, STAGES[name]["deps"])] == []


@each_stage
def test_a_stage_names_its_section_and_the_section_fits_its_class(name):
    module, flags = module_and_flags(name)
    main = importlib.import_module(module).main
    if "params" not in inspect.signature(main).parameters:
        assert STAGES[name]["params"] == []
        return
    section = section_name(flags, module)
    assert section in STAGES[name]["params"]
    values = parameter_file.load(ROOT / "params.yaml", section)
    kind = get_type_hints(main)["params"]
    if kind is Any:
        packages = plugin_packages(module)
        file = values.get("kind", flags["name"])
        homes = [p for p in packages if "." in file or file in plugin.names(p)]
        kind = plugin.load(homes[0], file).Params
        other = ("reads", "kind", "of", "beside")
        values = {key: value for key, value in values.items() if key not in other}
    parameter_file.build(kind, values, section)


def test_the_snapshot_depends_on_all_that_its_provenance_tells_of(monkeypatch):
    monkeypatch.chdir(ROOT)
    found = provenance.of(Path("data/snapshot"))
    assert found["unknown"] == []
    told = found["stages"]
    own = STAGES["snapshot"]
    deps = {dep for stage in told.values() for dep in stage["deps"]}
    assert [dep for dep in sorted(deps) if not covered(dep, own["deps"])] == []
    params = {key.split(".")[0] for name in told for key in STAGES[name]["params"]}
    assert params == set(own["params"])


def test_a_model_depends_on_no_more_of_a_snapshot_than_it_reads():
    names = ("manifest.parquet", "parents.parquet", "leakage.json", "id")
    files = rows, parents, *_ = [f"data/snapshot/{name}" for name in names]
    of_models = {"pretrain@imagebert": files, "evaluate@imagebert": [rows, parents]}
    for name, wanted in of_models.items():
        assert [dep for dep in STAGES[name]["deps"] if dep.startswith("data/snapshot")] == wanted


def test_every_section_of_params_belongs_to_a_stage():
    sections = {p.split(".")[0] for stage in STAGES.values() for p in stage["params"]}
    written = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    assert set(written) == sections


def test_every_command_of_ours_is_a_stage_or_a_make_target():
    commands = {
        ".".join(file.relative_to(ROOT).with_suffix("").parts)
        for top in OURS
        for file in (ROOT / top).rglob("*.py")
        if '\nif __name__ == "__main__"' in file.read_text(encoding="utf-8")
    }
    called = {module_and_flags(name)[0] for name in STAGES}
    make = (ROOT / "Makefile").read_text(encoding="utf-8")
    called |= set(re.findall(r"python -m ((?:curate|augment|align|train)\.\S+)", make))
    assert commands == called
