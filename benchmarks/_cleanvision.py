"""A folder of pictures in; what cleanvision flags in it, and what that costs, out as JSON.

It runs in an environment of its own: nothing of ours can be imported here.
"""

import contextlib
import io
import json
import sys
import time
from pathlib import Path

from cleanvision import Imagelab


def main(folder: Path) -> None:
    """Run all checks of one folder with their own thresholds, in this process."""
    started = time.process_time()
    with contextlib.redirect_stdout(io.StringIO()):
        lab = Imagelab(data_path=str(folder))
        lab.find_issues(n_jobs=1, verbose=False)
    seconds = time.process_time() - started
    flagged = {
        column.removeprefix("is_").removesuffix("_issue"): [
            Path(file).name for file in lab.issues.index[lab.issues[column]]
        ]
        for column in lab.issues.columns
        if column.startswith("is_")
    }
    print(json.dumps({"seconds": seconds, "flagged": flagged}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
