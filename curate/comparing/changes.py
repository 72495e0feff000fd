"""Two versions' params.yaml and dvc.lock in; which keys and which stages changed, and how, out.

Where not both are at hand, as for snapshots without their projects, what provenance.json in the
snapshots says of params and stages is compared instead.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from curate.comparing.version import PARAMS_FILE, Version, at

ABSENT = "–"  # in place of a value that is not there


@dataclass(frozen=True)
class Change:
    """One thing that a stage ran with and that differs."""

    kind: str  # code (what no stage writes), data (what one writes), param, command or stage
    name: str  # path, or dotted key
    then: Any
    now: Any


class Changes:
    """What differs between what two versions were made with.

    Attributes:
        params: keys of params.yaml that differ: (dotted key, value then, value now).
        stages: of each stage that ran otherwise, what differs; in the order of dvc.lock.
        known: whether both versions have a dvc.lock, or both a provenance.json.
    """

    def __init__(self, a: Version, b: Version) -> None:
        params = [(a.params, b.params), (a.recorded_params, b.recorded_params)]
        whole = next((both for both in params if None not in both), ({}, {}))
        self.params = list(differences(*whole))
        locks = (a.lock, b.lock) if a.lock and b.lock else (a.recorded_stages, b.recorded_stages)
        then, now = locks
        self.known = bool(then and now)
        self._writes = {
            out["path"]: stage
            for lock in locks
            for stage, said in lock.items()
            for out in said.get("outs", [])
        }
        self.stages: dict[str, list[Change]] = {}
        for stage in dict.fromkeys([*then, *now]) if self.known else ():
            if found := list(self._of_stage(then.get(stage), now.get(stage))):
                self.stages[stage] = found

    def behind(self, stage: str) -> list[str]:
        """What a stage's results may differ by: changes of its own and of those upstream.

        Data that another stage wrote is followed to that stage; each change is named once.
        """
        found: dict[str, None] = {}
        seen, queue = {stage}, [stage]
        while queue:
            for change in self.stages.get(queue.pop(0), []):
                if change.kind != "data":
                    found[f"{change.kind} {change.name}"] = None
                    continue
                for writer in self._writers(change.name):
                    if writer not in seen:
                        seen.add(writer)
                        queue.append(writer)
        return list(found)

    def _of_stage(self, then: Any, now: Any) -> Iterator[Change]:
        if then is None or now is None:
            said = ("is not there", "is new") if then is None else ("was there", "is gone")
            yield Change("stage", said[1], then is not None, now is not None)
            return
        if then.get("cmd") != now.get("cmd"):
            yield Change("command", "cmd", then.get("cmd"), now.get("cmd"))
        old, new = ({d["path"]: d.get("md5") for d in lock.get("deps", [])} for lock in (then, now))
        for path in dict.fromkeys([*old, *new]):
            if old.get(path) != new.get(path):
                kind = "data" if self._writers(path) else "code"
                yield Change(kind, path, old.get(path), new.get(path))
        for key, was, is_now in differences(then.get("params"), now.get("params")):
            yield Change("param", key.removeprefix(f"{PARAMS_FILE}."), was, is_now)

    def _writers(self, path: str) -> list[str]:
        """The stages that write a path, something in it, or a folder that it is in."""
        return [stage for out, stage in self._writes.items() if _meet(out, path)]


def unrun(version: Version) -> list[str]:
    """Keys of which params.yaml says other than what the snapshot, and all before it, ran with."""
    found: dict[str, None] = {}
    for stage in _upstream(version.lock, "snapshot"):
        for key, ran in version.lock[stage].get("params", {}).get(PARAMS_FILE, {}).items():
            value = at(version.params, key, ABSENT)
            found |= dict.fromkeys(place for place, *_ in differences(ran, value, key))
    return list(found)


def _upstream(lock: dict[str, Any], stage: str) -> list[str]:
    """A stage and all that it follows from, in the order of dvc.lock."""
    found, queue = {stage}, [stage]
    while queue:
        reads = [dep["path"] for dep in lock.get(queue.pop(), {}).get("deps", [])]
        for name, said in lock.items():
            writes = [out["path"] for out in said.get("outs", [])]
            if name not in found and any(_meet(a, b) for a in writes for b in reads):
                found.add(name)
                queue.append(name)
    return [name for name in lock if name in found]


def _meet(a: str, b: str) -> bool:
    """Whether two paths are the same, or one is inside the other."""
    return f"{a}/".startswith(f"{b}/") or f"{b}/".startswith(f"{a}/")


def differences(then: Any, now: Any, where: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Dotted keys whose values differ between two trees of mappings; None is a value."""
    if isinstance(then, dict) and isinstance(now, dict):
        for key in dict.fromkeys([*then, *now]):
            place = f"{where}.{key}" if where else str(key)
            yield from differences(then.get(key, ABSENT), now.get(key, ABSENT), place)
    elif then != now:
        yield where, then, now


def said(value: Any) -> str:
    """A value of a parameter in words, on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {said(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(said, value)) + "]"
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    return str(value)
