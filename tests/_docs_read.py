"""Parameters and command lines of a page in; an error where what they are for does not take them.

Nothing is run: a command is read by its own parser, a section of params.yaml by its own loader.
"""

import importlib
import inspect
import re
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, get_type_hints

import typer
import yaml

from curate.stage import params as parameter_file
from curate.stage import plugin, run
from curate.stage.commands import GROUP
from tests._docs import OURS, ROOT, Params, merged


def load(params: Mapping[str, Any], more: Mapping[str, Any]) -> None:
    """Have the sections that a page touches read by what reads them; raises what that raises."""
    from curate import crawl, scorer
    from curate import filter as stage
    from curate.rules import asking
    from train.params import PretrainParams

    whole = merged(params, more)
    for section, values in more.items():
        if section == "crawl":
            parameter_file.build(crawl.CrawlParams, whole["crawl"], section)
            for name, source in values.get("sources", {}).items():
                kind = plugin.load("curate.sources", source.get("kind", name))
                own = {key: value for key, value in source.items() if key != "kind"}
                parameter_file.build(kind.Params, own, f"crawl.sources.{name}")
        elif section in ("filter", "filter_made"):
            built = parameter_file.build(stage.FilterParams, whole[section], section)
            for name, rule in stage.rules_of(built).items():
                asking.kind_of(rule, f"{section}.rules.{name}")
        elif section == "score":
            for name, own in values.items():
                asked = scorer.asked(f"score.{name}", own)
                assert asked.params is not None
        elif section == "pretrain":
            for name in values:
                where, module = f"pretrain.{name}", plugin.load("train.models", name)
                built = parameter_file.build(PretrainParams, whole["pretrain"][name], where)
                model = parameter_file.build(module.Params, built.model, f"{where}.model")
                assert module.plan(model).streams
        else:
            raise AssertionError(f"no loader is known for section {section} of a page")


def read(line: str, params: Mapping[str, Any]) -> None:
    """Have a command line read by the parser of its command; raises what that raises.

    A store whose driver is not installed is taken for one whose driver is.
    """
    line = line.replace("s3://", "az://")
    subprocess.run(["bash", "-n", "-c", line], check=True, capture_output=True)
    words = shlex.split(re.sub(r"\$\([^)]*\)", "SAID", line))
    while re.match(r"[A-Z_]+=", words[0]):
        words.pop(0)
    program, *rest = words
    reader = _READERS.get(program)
    assert reader is not None, f"no parser is known for {program}"
    reader(rest, params)


def _click(command: Any, words: Sequence[str]) -> None:
    command.make_context(command.name, list(words))


def _pairwright(words: Sequence[str], params: Mapping[str, Any]) -> None:
    (entry,) = entry_points(group=GROUP, name=words[0])
    app = typer.Typer(add_completion=False)
    app.command(words[0])(entry.load())
    _click(typer.main.get_command(app), _until_redirected(words[1:]))


def _until_redirected(words: Sequence[str]) -> list[str]:
    ends = [number for number, word in enumerate(words) if word in (">", "|")]
    return list(words[: min(ends, default=len(words))])


def _python(words: Sequence[str], params: Mapping[str, Any]) -> None:
    if words[0] == "-c":
        compile(words[1], "console", "exec")
        return
    assert words[0] == "-m", words
    _module(words[1], words[2:])


def _module(name: str, words: Sequence[str]) -> None:
    assert name.startswith(OURS), name
    module = importlib.import_module(name)
    text = Path(inspect.getfile(module)).read_text(encoding="utf-8")
    if not (found := re.search(r'\brun\("[a-z_.]+", section="([a-z_]+)"\)', text)):
        assert '\nif __name__ == "__main__"' in text, f"{name} is no command"
        return
    app = typer.Typer(add_completion=False)
    app.command()(run.command(module.main, found[1]))
    command = typer.main.get_command(app)
    _click(command, words)
    kind = get_type_hints(module.main).get("params", Any)
    if "--params" in words and kind is not Any:
        file = ROOT / words[list(words).index("--params") + 1]
        parameter_file.build(kind, parameter_file.load(file, found[1]), found[1])


def _torchrun(words: Sequence[str], params: Mapping[str, Any]) -> None:
    from torch.distributed.run import get_args_parser

    parsed = get_args_parser().parse_args(list(words))
    module, *rest = [w for w in (parsed.training_script, *parsed.training_script_args) if w != "--"]
    _module(module, rest)


def _dvc(words: Sequence[str], params: Mapping[str, Any]) -> None:
    from dvc.cli.parser import get_main_parser
    from dvc.utils.hydra import apply_overrides

    parsed = get_main_parser().parse_args(list(words))
    for target in getattr(parsed, "targets", None) or ():
        assert target in _outs() or _is_stage(target, params), f"dvc knows no {target}"
    if changes := getattr(parsed, "set_param", None):
        file = Path("changed.yaml").absolute()
        file.write_text(yaml.safe_dump(params, sort_keys=False))
        apply_overrides(file, changes)
        file.unlink()


def _stages() -> Params:
    return yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"]


def _outs() -> set[str]:
    return {
        out if isinstance(out, str) else next(iter(out))
        for stage in _stages().values()
        for out in stage.get("do", stage).get("outs", ())
    }


def _is_stage(target: str, params: Mapping[str, Any]) -> bool:
    name, _, key = target.partition("@")
    stage = _stages().get(name)
    if stage is None or bool(key) != ("foreach" in stage):
        return False
    return not key or key in params[stage["foreach"].strip("${}")]


def _dask(words: Sequence[str], params: Mapping[str, Any]) -> None:
    module = importlib.import_module(f"distributed.cli.dask_{words[0]}")
    _click(module.main, words[1:])


def _make(words: Sequence[str], params: Mapping[str, Any]) -> None:
    command = ["make", "--dry-run", "-o", ".venv/installed", *words]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)


def _pip(words: Sequence[str], params: Mapping[str, Any]) -> None:
    from pip._internal.commands import create_command

    options, packages = create_command(words[0]).parse_args(list(words[1:]))
    assert packages or options.editables


def _git(words: Sequence[str], params: Mapping[str, Any]) -> None:
    known = subprocess.run(["git", "--list-cmds=main"], check=True, capture_output=True, text=True)
    assert words[0] in known.stdout.split()


def _shell(words: Sequence[str], params: Mapping[str, Any]) -> None:
    """What bash has read already."""


_READERS = {
    **dict.fromkeys(("cat", "cd", "cp", "export", "rm"), _shell),
    "pairwright": _pairwright,
    "python": _python,
    "torchrun": _torchrun,
    "dvc": _dvc,
    "dask": _dask,
    "make": _make,
    "pip": _pip,
    "git": _git,
}
