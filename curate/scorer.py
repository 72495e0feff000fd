"""A section of a params file in; the scorer that it asks for, with parameters and memory, out."""

from collections.abc import Mapping
from types import ModuleType
from typing import Any, NamedTuple

import pyarrow as pa

from curate.dataset.errors import PluginError
from curate.dataset.memory import Memory, fingerprint
from curate.stage import code, plugin
from curate.stage.params import as_dict, build

PACKAGE = "curate.scorers"
NOT_ITS = ("reads", "of", "beside", "kind")  # keys that are for DVC, and the scorer's file


class Scorer(NamedTuple):
    """A scorer as a section asks for it, see `asked`, in a form that can be sent to workers."""

    section: str  # where it stands in the params file, e.g. score.clip
    kind: str  # of its file
    values: Mapping[str, Any]  # its parameters as they are written

    @property
    def name(self) -> str:
        """What its table is called."""
        return self.section.rpartition(".")[2]

    @property
    def module(self) -> ModuleType:
        """Its file, loaded."""
        return plugin.load(PACKAGE, self.kind)

    @property
    def params(self) -> Any:
        """Its parameters, as its file declares them."""
        return build(self.module.Params, self.values, self.section)

    def memory(self, name: str | None = None, schema: pa.Schema | None = None) -> Memory:
        """What is remembered of the scorer as it is now: its code, libraries, params and weights.

        Args:
            name: of the memory; None: the kind's.
            schema: of what is remembered, its key first; None: that of its table.
        """
        module, params = self.module, self.params
        own = module.fingerprint(params) if hasattr(module, "fingerprint") else ""
        print_ = fingerprint(code.prints(module.__name__), as_dict(params), own)
        schema = module.SCHEMA if schema is None else schema
        return Memory(name or self.kind, print_, schema.names[0], schema)


def asked(section: str, values: Mapping[str, Any]) -> Scorer:
    """The scorer that a section asks for.

    Args:
        section: its dotted path.
        values: what stands there.

    Raises:
        PluginError: there is no such scorer.
        ParamsError: its parameters are not as its file declares them.
    """
    own = {key: value for key, value in values.items() if key not in NOT_ITS}
    scorer = Scorer(section, str(values.get("kind", section.rpartition(".")[2])), own)
    try:
        module = scorer.module
    except PluginError as error:
        raise PluginError(f"{section}: {error}") from error
    build(module.Params, own, section)
    return scorer
