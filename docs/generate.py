"""The code in; pages of the reference that tell its commands, parameters and tables out.

`make docs` runs it before it builds the site. The pages lie in docs/reference/ and are in no
commit: what they tell stands in params.yaml, dvc.yaml, the Makefile, pyproject.toml and the code.
"""

import importlib
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import typer
import yaml

from curate.stage import plugin
from curate.stage.commands import GROUP
from docs import licences
from docs.reading import Column, Params, Source

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "docs/reference"
PIPELINES = (
    "dvc.yaml",
    "tasks/dvc.yaml",
    "media/dvc.yaml",
    "proof/dvc.yaml",
    "proof/search/dvc.yaml",
    "proof/influence/dvc.yaml",
)
PLUGINS = (  # heading, package, where its keys are
    ("Sources", "curate.sources", "crawl.sources.NAME"),
    ("Scorers", "curate.scorers", "score.NAME"),
    ("Scorers of parsed captions", "align.scorers", "score_parsed.NAME"),
    ("Labelers", "align.labelers", "label.NAME"),
    ("Graphs of knowledge", "align.ontologies", "label_linked.knowledge.graphs.NAME"),
    ("Makers of regions", "align.regions.makers", "label_linked.regions.maker"),
    ("Methods of making", "augment.methods", "make.NAME"),
    ("Pretraining tasks", "train.objectives", "pretrain.RUN.model.objectives.NAME"),
    ("Formats of tasks", "train.tasks.formats", "tasks.NAME"),
)
SHARED = {  # files of tables that several stages write and read -> what their tables are of
    "curate/dataset/record.py": "Sets, decisions, splits and snapshots",
    "curate/dataset/truth.py": "What is known exactly of made pairs",
}


def main() -> None:
    """Write all pages."""
    OUT.mkdir(exist_ok=True)
    pages = {"commands": commands, "params": params, "tables": tables, "licences": licences.page}
    for name, page in pages.items():
        (OUT / f"{name}.md").write_text("\n".join(page()) + "\n", encoding="utf-8")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Lines of a Markdown table; none where it has no rows. Only code may have a bar in it."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    if lines:
        yield from ("", f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}", *lines, "")


def commands() -> Iterator[str]:
    """The page of `pairwright`, of make's targets and of the stages."""
    yield from ("# Commands", "", "## make", "")
    found = re.findall(r"^([a-z-]+):.*?## (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    yield from table(("target", "what it does"), [(f"`make {n}`", said) for n, said in found])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    yield from ("## pairwright", "", "Each answers `--help`.")
    for name, place in sorted(project["entry-points"][GROUP].items()):
        module, _, function = place.partition(":")
        yield from subcommand(name, getattr(importlib.import_module(module), function))
    yield from ("## Stages", "", "`dvc repro NAME` runs one of them, with all that it needs.")
    yield from table(("stage", "what it makes", "module"), stages())


def subcommand(name: str, function: Callable[..., Any]) -> Iterator[str]:
    """What a subcommand says of itself when it is asked for help."""
    app = typer.Typer(add_completion=False)
    app.command(name)(function)
    command = typer.main.get_command(app)
    yield from ("", f"### pairwright {name}", "", " ".join((command.help or "").split()))
    rows = []
    for one in command.params:
        if one.param_type_name == "argument":
            flags = one.name or ""
        else:
            flags = ", ".join([*one.opts, *one.secondary_opts])
        if flags != "--help":
            default = "" if one.default in (None, False) or callable(one.default) else one.default
            shown = "required" if one.required else f"`{default}`" if default != "" else ""
            rows.append((f"`{flags}`", shown, getattr(one, "help", None) or ""))
    yield from table(("argument", "default", "meaning"), rows)


def stages() -> Iterator[tuple[str, str, str]]:
    """Name, description and module of the stages of every pipeline."""
    for file in PIPELINES:
        before = "" if file == "dvc.yaml" else f"{file}:"
        for name, stage in yaml.safe_load((ROOT / file).read_text())["stages"].items():
            told = stage.get("do", stage)
            keys = "@NAME" if "foreach" in stage else ""
            yield f"`{before}{name}{keys}`", told.get("desc", ""), f"`{told['cmd'].split()[2]}`"


def params() -> Iterator[str]:
    """The page of every section of params.yaml."""
    yield from ("# Parameters", "")
    yield "What every stage does stands in `params.yaml`; each section is one below. An unknown key"
    yield "is an error that names the known ones. A parameter without a default must be given."
    yield from ("", "## Sections", "")
    owners, told = sections(), dict[Path, str]()
    for name, text in written():
        yield from (f"### {name}", "")
        for file in owners.get(name, []):
            where = f"`{file.relative_to(ROOT)}`"
            if file in told:
                yield from (f"From {where}: as of [{told[file]}](#{told[file]}).", "")
            else:
                told[file] = name
                yield from classes(Source(file).classes(), where)
        yield from (f'??? example "{name} in params.yaml"', "", "    ```yaml")
        yield from (*(f"    {line}" for line in text.splitlines()), "    ```", "")
    for heading, package, keys in PLUGINS:
        yield from (f"## {heading}", "", f"Keys of `{keys}`.", "")
        for name in plugin.names(package):
            source = Source(ROOT / package.replace(".", "/") / f"{name}.py")
            yield from (f"### {name} {{ #{package.split('.')[1]}-{name} }}", "", source.said(), "")
            yield from classes(source.classes(), "")


def written() -> Iterator[tuple[str, str]]:
    """The sections of params.yaml and their text."""
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    starts = [*re.finditer(r"^([a-z_]+):", text, re.MULTILINE)]
    ends = [match.start() for match in starts[1:]] + [len(text)]
    for match, end in zip(starts, ends, strict=True):
        lines = text[match.start() : end].rstrip().splitlines()
        while not lines[-1].strip() or lines[-1].startswith("#"):
            lines.pop()  # what introduces the next section
        yield match[1], "\n".join(lines)


def sections() -> dict[str, list[Path]]:
    """Section of params.yaml -> files with the classes of parameters that it becomes."""
    found: dict[str, list[Path]] = {}
    tops = (ROOT / name for name in ("curate", "augment", "align", "train"))
    for file in sorted(path for top in tops for path in top.glob("*.py")):
        text = file.read_text(encoding="utf-8")
        if match := re.search(r"\brun\(\"[a-z_.]+\", section=\"([a-z_]+)\"\)", text):
            found.setdefault(match[1], []).extend(declaring(file))
    return found


def declaring(file: Path) -> list[Path]:
    """A file and those of ours whose classes of parameters it takes, as far as they have any."""
    source = Source(file)
    found = [file] if source.classes() else []
    for module, names in source.imported().items():
        other = ROOT / f"{module.replace('.', '/')}.py"
        if other.is_file() and names & {one.name for one in Source(other).classes()}:
            found.append(other)
    return found


def classes(found: Sequence[Params], title: str) -> Iterator[str]:
    """Tables of some classes of parameters."""
    if title and found:
        yield from (f"From {title}:", "")
    for one in found:
        also = f" Has all of `{', '.join(one.bases)}`, too." if one.bases else ""
        yield from (f"**{one.name}**: {one.said}{also}", "")
        rows = [
            (f"`{f.name}`", f"`{f.type}`", "" if f.default is None else f"`{f.default}`", f.note)
            for f in one.fields
        ]
        yield from table(("parameter", "type", "default", "unit and meaning"), rows)


def tables() -> Iterator[str]:
    """The page of the tables and their columns."""
    yield from ("# Tables", "", "Parquet files, sorted by their key. Other columns than those that")
    yield from ("say `null` are never null.", "")
    for file, where in SHARED.items():
        yield from (f"## {where}", "", Source(ROOT / file).said())
        for schema, columns in Source(ROOT / file).schemas().items():
            yield from columns_of(schema.lower(), columns)
    yield from ("## Scores", "", "`data/scores/NAME.parquet`; of made pairs `data/scores_made/`.")
    for package in ("curate.scorers", "align.scorers"):
        for name in plugin.names(package):
            source = Source(ROOT / package.replace(".", "/") / f"{name}.py")
            for columns in source.schemas().values():
                yield from columns_of(name, columns)
    yield from ("## Labels", "", "`data/labels/LABELER/TABLE.parquet`; of made pairs")
    yield "`data/labels_made/`."
    said = comments()
    for name in plugin.names("align.labelers"):
        for label, written_as in plugin.load("align.labelers", name).TABLES.items():
            schema = written_as.schema
            notes = said.get(tuple(schema.names), {})
            columns = [
                Column(f.name, str(f.type), f.nullable, notes.get(f.name, "")) for f in schema
            ]
            yield from columns_of(f"{name}/{label}", columns)


def comments() -> dict[tuple[str, ...], dict[str, str]]:
    """Names of a schema's columns -> what is said of each, wherever it is written out."""
    files = [path for top in ("align", "curate/dataset") for path in (ROOT / top).rglob("*.py")]
    schemas = [columns for file in files for columns in Source(file).schemas().values()]
    return {
        tuple(c.name for c in columns): {c.name: c.note for c in columns} for columns in schemas
    }


def columns_of(name: str, columns: Sequence[Column]) -> Iterator[str]:
    """A table's columns."""
    yield from ("", f"### {name}")
    rows = [(f"`{c.name}`", f"`{c.type}`", "null" if c.nullable else "", c.note) for c in columns]
    yield from table(("column", "type", "", "meaning"), rows)


if __name__ == "__main__":
    main()
