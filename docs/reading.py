"""Source files in; what they say of their parameters and tables, comments included, out.

Parameters are fields of classes decorated by `curate.stage.params.parameters`, tables are Arrow
schemas; of both, a comment beside a field or a column says its unit and meaning. Files are read
and not imported, since nothing but their text has the comments.
"""

import ast
import functools
import io
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Field(NamedTuple):
    """A parameter: its name, the type and default as they are written, and what a comment says."""

    name: str
    type: str
    default: str | None  # None: it must be given
    note: str


class Params(NamedTuple):
    """A class of parameters, with those that it inherits from by name."""

    name: str
    said: str  # first paragraph of its docstring
    bases: tuple[str, ...]
    fields: tuple[Field, ...]


class Column(NamedTuple):
    """A column of a table."""

    name: str
    type: str
    nullable: bool
    note: str


class Source:
    """A Python file, parsed.

    Args:
        file: its path.
    """

    def __init__(self, file: Path) -> None:
        self.text = file.read_text(encoding="utf-8")
        self.tree = ast.parse(self.text)

    @functools.cached_property
    def comments(self) -> dict[int, str]:
        """Line -> its comment, without the mark and what is meant for the linter."""
        found = {}
        for token in tokenize.generate_tokens(io.StringIO(self.text).readline):
            if token.type == tokenize.COMMENT:
                words = token.string.lstrip("# ").strip()
                found[token.start[0]] = "" if words.startswith(("noqa", "type:")) else words
        return found

    def said(self) -> str:
        """The first paragraph of the file's docstring, in one line."""
        return _first(ast.get_docstring(self.tree))

    def classes(self) -> list[Params]:
        """Every class of parameters, in the file's order."""
        found = []
        for node in self.tree.body:
            if isinstance(node, ast.ClassDef) and "parameters" in map(_name, node.decorator_list):
                bases = tuple(ast.unparse(base) for base in node.bases)
                said = _first(ast.get_docstring(node))
                found.append(Params(node.name, said, bases, tuple(self._fields(node))))
        return found

    def imported(self) -> dict[str, set[str]]:
        """Module -> names that the file takes from it."""
        found: dict[str, set[str]] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                found.setdefault(node.module, set()).update(alias.name for alias in node.names)
        return found

    def schemas(self) -> dict[str, list[Column]]:
        """Name -> columns of every schema that is written out in the file."""
        found = {}
        for name, value in self.assigned():
            calls = (node for node in ast.walk(value) if isinstance(node, ast.Call))
            if not name.startswith("_") and any(_name(call.func) == "schema" for call in calls):
                found[name] = list(self._columns(value))
        return found

    def assigned(self) -> Iterator[tuple[str, ast.expr]]:
        """Names of the file's top level, and what they are set to."""
        for node in self.tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                yield node.targets[0].id, node.value
            elif isinstance(node, ast.AnnAssign) and node.value is not None:
                yield ast.unparse(node.target), node.value

    def tables(self) -> dict[str, str]:
        """Name of a table -> name of its schema, as the dictionary `TABLES` has them."""
        for name, value in self.assigned():
            if name == "TABLES" and isinstance(value, ast.Dict):
                pairs = zip(value.keys, value.values, strict=True)
                return {
                    str(ast.literal_eval(key)): ast.unparse(table.args[0])
                    for key, table in pairs
                    if isinstance(key, ast.Constant) and isinstance(table, ast.Call) and table.args
                }
        return {}

    def _fields(self, of: ast.ClassDef) -> Iterator[Field]:
        for node in of.body:
            if isinstance(node, ast.AnnAssign) and not ast.unparse(node.target).startswith("_"):
                default = None if node.value is None else _default(node.value)
                kind = ast.unparse(node.annotation)
                yield Field(ast.unparse(node.target), kind, default, self._note(node))

    def _columns(self, schema: ast.expr) -> Iterator[Column]:
        for node in ast.walk(schema):
            if isinstance(node, ast.Call) and _name(node.func) == "field":
                if not node.args or not isinstance(node.args[0], ast.Constant):
                    continue
                given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
                kind = ast.unparse(node.args[1]).replace("pa.", "").replace("()", "")
                nullable = given.get("nullable") != "False"
                yield Column(str(node.args[0].value), kind, nullable, self._note(node))

    def _note(self, node: ast.expr | ast.stmt) -> str:
        """The comment on the lines of a field, or on the lines above it that hold nothing else."""
        lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
        beside = [self.comments[line] for line in lines if line in self.comments]
        if beside:
            return " ".join(beside)
        above: list[str] = []
        line = node.lineno - 1
        written = self.text.splitlines()
        while line in self.comments and written[line - 1].lstrip().startswith("#"):
            above.insert(0, self.comments[line])
            line -= 1
        return " ".join(above)


def _name(node: ast.expr) -> str:
    """The last part of a name: `schema` of `pa.schema`."""
    return ast.unparse(node).rpartition(".")[2]


def _default(node: ast.expr) -> str:
    """A default as it is written, or as what makes it anew each time is written."""
    if isinstance(node, ast.Call) and _name(node.func) == "field" and node.keywords:
        made = node.keywords[0].value
        return ast.unparse(made.body) if isinstance(made, ast.Lambda) else f"{ast.unparse(made)}()"
    return ast.unparse(node)


def _first(docstring: str | None) -> str:
    return " ".join((docstring or "").split("\n\n")[0].split())
