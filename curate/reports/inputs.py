"""What the stages left becomes what the report's sections ask for, each read once when asked for.

The pool and its decisions must be there. All else may be missing: a section that needs it
raises `NotRun`, and the report says so in its place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from curate.columns import Rows
from curate.dataset import labels, record, sets, tables
from curate.dataset.errors import ParamsError
from curate.reports import results
from curate.rules.rule import Rule
from curate.stage import params as parameter_file

_RULING = pa.schema([record.DECISIONS.field(n) for n in ("kept", "reason", "margin", "failed")])
_FAILED = _RULING.field("failed").type  # a million lists stay in Arrow: as objects they take GiB


class NotRun(Exception):  # noqa: N818 - it is no error: the report goes on
    """A section's inputs are not there; the message says which stage writes them."""


@dataclass(frozen=True)
class Paths:
    """Where the stages' outputs lie; those that may be missing may be None."""

    pool: Path  # a set
    decisions: Path  # folder of decisions: pool.parquet, made.parquet
    scores: Path | None = None  # folder of tables
    embeddings: Path | None = None  # folder of one scorer's vectors
    split: Path | None = None  # table
    made: Path | None = None  # folder of sets
    scores_made: Path | None = None  # folder of tables
    blurred: Path | None = None  # set of pictures with blurred faces
    blurred_made: Path | None = None  # the same of made pictures
    labels: Path | None = None  # folder of folders of tables
    labels_made: Path | None = None  # the same of made pairs
    snapshot: Path | None = None  # folder
    graph: Path | None = None  # folder of the snapshot's graph
    packages: Path | None = None  # folder with packages.parquet
    figures: Path | None = None  # folder of metrics
    dvclive: Path | None = None  # folder of DVCLive logs, one per model
    docs: Path | None = None  # folder of Data Docs, one per suite
    rules: Path | None = None  # the params file that holds filter.rules


class Inputs:
    """Tables and figures of one run of the pipeline.

    Args:
        paths: where they lie.
        out: the report's file, which links are relative to.
    """

    def __init__(self, paths: Paths, out: Path) -> None:
        self.paths = paths
        self.out = out

    @cached_property
    def pool(self) -> pd.DataFrame:
        """Crawled pairs with their decision: schema `sets.LOCATED`, then kept, reason, margin,
        failed (null where nothing was decided), and split (null where it was not run), sorted by
        uid.
        """
        return self._decided(sets.located([self.paths.pool]), "pool")

    @cached_property
    def made(self) -> pd.DataFrame:
        """Made pairs, as `pool`.

        Raises:
            NotRun: nothing was made.
        """
        folder = self.there(self.paths.made, "make")
        if not sets.any_in(folder):
            raise NotRun(f"{folder} holds no set; the stage make writes them")
        self.there(self.paths.decisions / "made.parquet", "filter_made")
        return self._decided(sets.located([folder]), "made")

    @property
    def blurred(self) -> pa.Table:
        """Pairs whose pictures stand for those of before faces were blurred, `sets.LOCATED`."""
        folders = (self.paths.blurred, self.paths.blurred_made)
        return sets.located([folder for folder in folders if folder and sets.any_in(folder)])

    @cached_property
    def rejected(self) -> pd.DataFrame:
        """What the crawl refused, schema `record.REJECTED`."""
        files = [folder / sets.REJECTED_FILE for folder in sets.folders(self.paths.pool)]
        parts = [tables.read(file) for file in files if file.is_file()]
        return tables.concat(parts, record.REJECTED).to_pandas()

    @cached_property
    def sources(self) -> list[str]:
        """Names of all sources that something was found in, those of most pairs first."""
        counts = self.pool["source"].value_counts()
        names = set(counts.index) | set(self.rejected["source"])
        return sorted(names, key=lambda name: (-counts.get(name, 0), name))

    @cached_property
    def manifest(self) -> pd.DataFrame:
        """Rows of the snapshot.

        Raises:
            NotRun: there is none.
        """
        folder = self.there(self.paths.snapshot, "snapshot")
        return tables.read(folder / record.MANIFEST_FILE).to_pandas()

    @cached_property
    def rules(self) -> dict[str, Rule]:
        """The rules of section filter, in their order; none where no params file was given."""
        if self.paths.rules is None or not self.paths.rules.is_file():
            return {}
        try:
            section = parameter_file.load(self.paths.rules, "filter")
        except ParamsError:
            return {}
        named = {n: rule for n, rule in section.get("rules", {}).items() if rule is not None}
        return {n: parameter_file.build(Rule, r, f"filter.rules.{n}") for n, r in named.items()}

    def scores(self, pairs: pd.DataFrame, made: bool = False) -> Rows:
        """Any scorer's column beside some pairs.

        Raises:
            NotRun: nothing was scored.
        """
        folder = self.paths.scores_made if made else self.paths.scores
        folder = self.there(folder, "score_made" if made else "score")
        columns = pairs[sets.LOCATED.names]
        table = pa.Table.from_pandas(columns, schema=sets.LOCATED, preserve_index=False)
        return Rows(table, folder)

    def metrics(self, name: str) -> dict[str, Any]:
        """Figures that a stage wrote; empty where it wrote none."""
        folder = self.paths.figures
        return {} if folder is None else results.read(folder / f"{name}.json")

    def metrics_below(self, name: str) -> dict[str, dict[str, Any]]:
        """Figures of every stage of a `foreach`, by key."""
        folder = self.paths.figures
        return {} if folder is None else results.below(folder / name)

    def label(
        self,
        labeler: str,
        table: str,
        columns: Sequence[str] | None = None,
        of: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """A table of labels, of the pool's and of made pairs.

        Args:
            labeler: its name.
            table: its table's name.
            columns: those that are wanted, the first one among them; None: all.
            of: values of the first column whose rows are wanted; None: all.

        Raises:
            NotRun: the labeler did not write it.
        """
        folder = self.there(self.paths.labels, f"label@{labeler}")
        first, *_ = labels.files(labeler, table, folder)
        self.there(first, f"label@{labeler}")
        some = pa.chunked_array([of], pa.string()) if of is not None else None
        made = self.paths.labels_made
        return labels.read(labeler, table, folder, made, columns, some).to_pandas()

    @staticmethod
    def there(path: Path | None, stage: str) -> Path:
        """The path itself.

        Raises:
            NotRun: it was not given or does not exist.
        """
        if path is None or not path.exists():
            found = "was not given" if path is None else "is missing"
            raise NotRun(f"{path or 'its input'} {found}; the stage {stage} writes it")
        return path

    def _decided(self, pairs: pa.Table, name: str) -> pd.DataFrame:
        file = self.paths.decisions / f"{name}.parquet"
        rulings = tables.read(file, ["uid", *_RULING.names])
        place = pc.index_in(
            pairs.column("uid"), value_set=rulings.column("uid").combine_chunks()
        ).combine_chunks()
        ruled = tables.conform(rulings, _RULING, file).take(place)
        for field in _RULING:
            pairs = pairs.append_column(field.name, ruled.column(field.name))
        frame = pairs.to_pandas(types_mapper={_FAILED: pd.ArrowDtype(_FAILED)}.get)
        frame["kept"] = frame["kept"].fillna(False).astype(bool)
        frame["reason"] = frame["reason"].fillna("not decided")
        if self.paths.split is not None and self.paths.split.is_file():
            splits = tables.read(self.paths.split, ["image", "split"])
            place = pc.index_in(
                pairs.column("image"), value_set=splits.column("image").combine_chunks()
            )
            frame["split"] = splits.column("split").combine_chunks().take(place).to_pandas()
        else:
            frame["split"] = np.nan
        return frame


def among(values: pd.Series, known: Any) -> np.ndarray:
    """Which of some names are among others, `(n,)` bool, by Arrow.

    Pandas makes a Python object of each of the others first: 4 s for a million.
    """
    own, others = (pa.array(names, pa.large_string()) for names in (values, known))
    return np.asarray(pc.is_in(own, value_set=others), bool)


def sample(frame: pd.DataFrame, count: int) -> pd.DataFrame:
    """Some rows, always the same ones: those of the lowest uid, which is a hash.

    No image and no caption is drawn twice. One row more in the frame changes at most one row of
    the sample, or two where it takes the place of a row of equal image or caption.
    """
    order = frame.sort_values("uid")
    return order.drop_duplicates("image").drop_duplicates("caption").head(count)
