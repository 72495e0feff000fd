"""What is to be measured in; the command line of DVC that measures it, out."""

from collections.abc import Iterable, Sequence

from curate.choosing.candidate import Candidate, Stages

COMPARE = Stages("compare@", "comparison")
WAYS = Stages("compare_backbones@", "backbones", "backbones.seeds")  # to take pictures in
TASK = Stages("tasks/dvc.yaml:evaluate_compared@", "tasks/dvc.yaml:task_comparison")
FIRST = "dvc exp run -S 'comparison.seeds=[0,1]'"  # trains all models that may be compared
FIRST_WAYS = "dvc exp run -S 'backbones.models=[proposals,patches,resnet,tower_frozen]'"
FIRST_TASKS = "dvc exp run tasks/dvc.yaml -S 'comparison.seeds=[0,1]'"
PAGE = "pairwright choose --html reports/choices.html"
SMALL = "dvc exp run -S 'devices.variants=[whole,pruned,sparse,distilled]'"
SMALL_ALIKE = "dvc exp run -S measure_compressed.candidates={} compression"


def made(stages: Stages, names: Iterable[str]) -> str:
    """Makes runs that are wanted already, and puts them beside the others."""
    return f"dvc repro {' '.join(stages.one + name for name in names)} && {_joined(stages)}"


def again(stages: Stages, name: str) -> str:
    """Makes one run again."""
    return f"dvc repro -f -s {stages.one}{name} && {_joined(stages)}"


def more(candidates: Sequence[Candidate], runs: int) -> str:
    """Trains some candidates from further seeds, until there are so many runs of each.

    Args:
        candidates: that can be trained from seeds, by the same stages.
        runs: of each, when all is done.
    """
    seeds = {candidate.name: further(candidate.seeds, runs) for candidate in candidates}
    every = sorted({seed for one in candidates for seed in (*one.seeds, *seeds[one.name])})
    ((stages, seeds_of),) = {(s.all, s.seeds) for one in candidates if (s := one.stages)}
    wanted = [
        f"{one.stages.one}-{seed}" for one in candidates if one.stages for seed in seeds[one.name]
    ]
    listed = ",".join(map(str, every))
    return f"dvc exp run -S '{seeds_of}=[{listed}]' {' '.join(wanted)} && dvc repro -s {stages}"


def further(seeds: Sequence[int], runs: int) -> list[int]:
    """The least seeds that are not among some, until there are so many in all."""
    fresh = (seed for seed in range(len(seeds) + runs) if seed not in seeds)
    return [next(fresh) for _ in range(runs - len(seeds))]


def smaller(folder: str) -> str:
    """Brings a model into its forms for small devices, unpruned, and measures them."""
    return f"dvc exp run -S devices.model={folder} -S 'devices.variants=[whole]'"


def _joined(stages: Stages) -> str:
    return f"dvc repro -s {stages.all}"
