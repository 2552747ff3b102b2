"""What a search takes beside its trainings, and what its worker's memory does.

    python benchmarks/tuning.py [--trials 12] [--recipe R] [--space S] [KEY=VALUE ...]

Three ways to the same trainings, each from the start of its process to the end:

- the search, as the command runs it, without the comparison that follows;
- plainly: one process that trains the search's recipes one after the other;
- by hand: `kpoc train` for each recipe, which also saves the model and its predictions.

The overhead is that of the search over the plain way.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Python looks beside this file first, which has the package's name
sys.path[0] = str(Path(__file__).parents[1])

from kpoc.ground.child_python import child_command  # noqa: E402
from tuning.folder import Folder  # noqa: E402

PLAIN = """
import sys
from pathlib import Path
from tuning.training import train_trial

data, *recipes = sys.argv[1:]
for number, recipe in enumerate(recipes):
    request = {"recipe": recipe, "folder": f"plain/{number}", "data": data or None}
    train_trial(request, lambda rows: True)
"""


def seconds(command: list, folder: Path) -> float:
    """How long a command takes; its words go to a file."""
    start = time.perf_counter()
    with open(folder / "log.txt", "a") as log:
        done = subprocess.run(
            list(map(str, command)), cwd=folder, stdout=log, stderr=log, check=False
        )
    if done.returncode:
        sys.exit((folder / "log.txt").read_text()[-4000:])
    return time.perf_counter() - start


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE")
    parser.add_argument("--recipe", default="portraits/baseline")
    parser.add_argument("--space", default="portraits/baseline")
    parser.add_argument("--trials", type=int, default=12)
    parser.add_argument("--data", default="")
    parser.add_argument("--by-hand", action="store_true", help="also the third way")
    options = parser.parse_args()
    if options.data:
        options.data = Path(options.data).resolve()
    data = ["--data", options.data] if options.data else []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # nothing is stopped early, so that all ways train the same
        (folder / "space.yaml").write_text(
            f"extends: {options.space}\nmedian_rule: null\n"
        )
        words = [options.recipe, *options.overrides, *data, "--space", "space.yaml"]
        words += ["--trials", options.trials, "--seeds", 0]
        took = {
            "search": seconds(child_command("tuning", *words), folder),
        }
        [search] = (folder / "searches").glob("*")
        records = Folder(search).records()
        recipes = [Folder(search).trial(one.number) / "recipe.yaml" for one in records]
        plain = [sys.executable, "-P", "-c", PLAIN, options.data, *recipes]
        took["plainly"] = seconds(plain, folder)
        if options.by_hand:
            took["by hand"] = sum(
                seconds(child_command("kpoc", "train", recipe, *data), folder)
                for recipe in recipes
            )
    peaks = [one.cost["peak_memory_bytes"] for one in records if one.cost]
    print("| way | seconds | to plainly |")
    print("|---|---|---|")
    for way, spent in took.items():
        print(f"| {way} | {spent:.1f} | {spent / took['plainly'] - 1:+.1%} |")
    print(
        f"\n{len(records)} trials; peak memory of a trial {min(peaks) / 1e6:.0f} to "
        f"{max(peaks) / 1e6:.0f} MB ({max(peaks) / min(peaks) - 1:.1%} apart)"
    )


if __name__ == "__main__":
    main()
