"""Do the intervals cover, and does an A/A comparison keep silent?

A simulation with known truth, through the functions of `kpoc.evaluation`: test rows
and trainings are both random, and the truth is the expected score of a training on
the population, within the design of the strata.

The world: the answer of training s of side a on row i is right when

    ability_a + cell_i + u_as + w_ask + difficulty_i + method_ai + noise_asi > 0

where difficulty (share 0.5 of the variance) is common to all sides and seeds,
method (0.1) to the seeds of one method, noise (0.4) is the seed x row interaction,
u and w (by class k) are the seed's effects. Wrong answers fall on the other classes
with fixed odds; 4 classes of 55, 25, 15 and 5 %. Ages err by a normal error of the
same composition, whose scale depends on the side, the cell and the seed. The baseline,
its twin (same method, other seeds: A/A) and a better method have 3 seeds each.

Run: ``python benchmarks/coverage.py`` (writes results/coverage.md; exit status 1 if a
cell breaks its bounds by more than 2 standard errors of the simulation).
"""

import argparse
import dataclasses
import itertools
import sys
import time
from pathlib import Path

import numpy as np
from scipy import special

from kpoc.evaluation import scores
from kpoc.evaluation.bootstrap import Block, Moments, bootstrap
from kpoc.evaluation.intervals import contrast

SHARES = np.array([0.55, 0.25, 0.15, 0.05])
CONFUSION = np.array(
    [[0, 0.6, 0.3, 0.1], [0.5, 0, 0.4, 0.1], [0.5, 0.4, 0, 0.1], [0.4, 0.3, 0.3, 0]]
)
VARIANCES = {"difficulty": 0.5, "method": 0.1, "noise": 0.4}
CELL_SPREAD = 0.4
CELL_SIZE = 10
SMALL = 640
SEEDS = 3
METRICS = ("accuracy", "macro_f1", "balanced_accuracy", "mae")
RATES = ("difference", "single", "alarm", "rows_only", "rows_only_alarm", "plain")
MIN_COVER, MAX_COVER, MAX_ALARM = 0.93, 0.97, 0.06


@dataclasses.dataclass(frozen=True)
class Side:
    """What one side can do: ability of its classifier, scale of its age errors."""

    ability: float
    scale: float
    method: int


SIDES = {
    "baseline": Side(0.9, 8.0, 0),
    "twin": Side(0.9, 8.0, 0),
    "better": Side(1.05, 7.4, 1),
}


@dataclasses.dataclass(frozen=True)
class World:
    """A test design and the size of the seeds' effects."""

    rows: int
    stratified: bool
    seed_sd: float

    @property
    def cells(self) -> int:
        """Number of cells; they are strata in a stratified world only."""
        return self.rows // CELL_SIZE

    def replications(self, wanted: int) -> int:
        """Fewer for larger tests, so that each world costs about the same."""
        return round(wanted * SMALL / self.rows)

    def cell_table(self) -> tuple[np.ndarray, np.ndarray]:
        """Class and difficulty of each cell, fixed properties of the population."""
        edges = np.round(np.cumsum(SHARES) * self.cells)
        classes = np.searchsorted(edges, np.arange(self.cells), side="right")
        effects = CELL_SPREAD * special.ndtri(
            (np.arange(self.cells) + 0.5) / self.cells
        )
        return classes, np.random.default_rng(5).permutation(effects)

    def draw_seeds(
        self, generator: np.random.Generator, count: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Effects of `count` trainings: on classes (count, K), on log error scale."""
        common = generator.normal(0, self.seed_sd, (count, 1))
        by_class = generator.normal(0, self.seed_sd, (count, len(SHARES)))
        return common + by_class, generator.normal(0, self.seed_sd, count)

    def truth(self, side: Side, draws: int = 20_000) -> dict[str, float]:
        """Expected score of a training on the population, by metric."""
        generator = np.random.default_rng(11)
        effects, log_scales = self.draw_seeds(generator, draws)
        classes, cell_effects = self.cell_table()
        shares = np.zeros((draws, len(SHARES), len(SHARES)))
        for true, effect in zip(classes, cell_effects, strict=True):
            right = special.ndtr(side.ability + effect + effects[:, true])
            shares[:, true, true] += right / self.cells
            shares[:, true] += (1 - right)[:, None] * CONFUSION[true] / self.cells
        right = np.diagonal(shares, axis1=1, axis2=2)
        sums = np.concatenate([right, shares.sum(1), shares.sum(2)], axis=1)
        result = {
            name: scores.get(name).finish(sums).mean()
            for name in ("macro_f1", "balanced_accuracy")
        }
        result["accuracy"] = right.sum(1).mean()
        spread = np.exp(cell_effects).mean() * np.exp(log_scales).mean()
        result["mae"] = side.scale * spread * np.sqrt(2 / np.pi)
        return result

    def draw(
        self, generator: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, list[np.ndarray], np.ndarray]:
        """One test set and its answers by 3 trainings of each side.

        Returns:
            Strata (n,), true classes (n,), one-hot predictions a training, and errors
            of age (n, trainings).
        """
        classes, cell_effects = self.cell_table()
        if self.stratified:
            cell = np.repeat(np.arange(self.cells), CELL_SIZE)
            strata = cell
        else:
            cell = generator.integers(0, self.cells, self.rows)
            strata = np.zeros(self.rows, np.int64)
        true, effect = classes[cell], cell_effects[cell]
        sd = {name: np.sqrt(variance) for name, variance in VARIANCES.items()}
        shared = generator.normal(0, sd["difficulty"], (2, self.rows))
        methods = generator.normal(0, sd["method"], (2, 2, self.rows))
        cumulative = np.cumsum(CONFUSION, axis=1)[true]
        common_pick = generator.random(self.rows)
        answers, errors = [], []
        for side in SIDES.values():
            seed_effects, log_scales = self.draw_seeds(generator, SEEDS)
            for seed in range(SEEDS):
                noise = generator.normal(0, sd["noise"], (2, self.rows))
                latent = shared + methods[side.method] + noise
                margin = side.ability + effect + seed_effects[seed, true] + latent[0]
                own = generator.random(self.rows)
                pick = np.where(own < 0.5, common_pick, generator.random(self.rows))
                wrong = (pick[:, None] >= cumulative).sum(axis=1)
                answers.append(np.where(margin > 0, true, wrong))
                scale = side.scale * np.exp(effect + log_scales[seed])
                errors.append(scale * latent[1])
        one_hot = [np.eye(len(SHARES))[answer] for answer in answers]
        return strata, true, one_hot, np.stack(errors, axis=1)


WORLDS = [
    World(rows, stratified, seed_sd)
    for rows in (SMALL, 2000)
    for stratified in (True, False)
    for seed_sd in (0.0, 0.03, 0.09)
]


def score(world: World, generator: np.random.Generator, resamples: int) -> tuple:
    """Moments of each metric for one draw of the world, and the rows' df."""
    strata, true, answers, errors = world.draw(generator)
    ages = [scores.get("mae").rows(np.zeros(world.rows), e) for e in errors.T]
    blocks, names = (
        [Block(np.stack(ages, axis=1), (scores.get("mae").finish,))],
        ["mae"],
    )
    for group in (("accuracy",), ("macro_f1", "balanced_accuracy")):
        wanted = [scores.get(name) for name in group]
        columns = [wanted[0].rows(true, answer) for answer in answers]
        finishes = tuple(each.finish for each in wanted)
        blocks.append(Block(np.stack(columns, axis=1), finishes))
        names += group
    seed = int(generator.integers(2**32))
    results = bootstrap(blocks, strata, resamples=resamples, seed=seed)
    moments = dict(zip(names, itertools.chain(*results), strict=True))
    return moments, world.rows - len(set(strata))


def rows_only_half_width(rows_variance: float) -> float:
    """Half-width if the seeds did not count."""
    return special.ndtri(0.975) * np.sqrt(rows_variance)


def plain_half_width(
    moments: Moments, sides: list, rows_variance: float, rows_df: float
) -> float:
    """Half-width if s^2/S were added with the seed x row interaction left in it."""
    parts = [moments.estimate[0, seeds].var(ddof=1) / SEEDS for _, seeds in sides]
    variance = rows_variance + sum(parts)
    spread = rows_variance**2 / rows_df + sum(p**2 / (SEEDS - 1) for p in parts)
    return special.stdtrit(variance**2 / spread, 0.975) * np.sqrt(variance)


def simulate(
    world: World, replications: int, resamples: int, seed: int = 0
) -> dict[str, dict[str, float]]:
    """Coverage of the intervals and A/A alarms in one world, by metric."""
    truths = {name: world.truth(side) for name, side in SIDES.items()}
    models = {
        name: list(range(i * SEEDS, (i + 1) * SEEDS)) for i, name in enumerate(SIDES)
    }
    hits = {metric: {name: [] for name in RATES} for metric in METRICS}
    generator = np.random.default_rng(
        [seed, world.rows, world.stratified, round(1000 * world.seed_sd)]
    )
    for _ in range(replications):
        by_metric, rows_df = score(world, generator, resamples)
        for metric, moments in by_metric.items():
            arguments = moments.estimate[0], moments.covariance[0]
            hit = hits[metric]
            for name, seeds in models.items():
                one = contrast(*arguments, [(1.0, seeds)], rows_df=rows_df)
                hit["single"].append(one.low <= truths[name][metric] <= one.high)
            for name in ("baseline", "twin"):
                pair = [(1.0, models["better"]), (-1.0, models[name])]
                gain = truths["better"][metric] - truths[name][metric]
                two = contrast(*arguments, pair, rows_df=rows_df)
                hit["difference"].append(two.low <= gain <= two.high)
                alone = rows_only_half_width(two.rows_variance)
                hit["rows_only"].append(abs(two.estimate - gain) <= alone)
                half = plain_half_width(moments, pair, two.rows_variance, rows_df)
                hit["plain"].append(abs(two.estimate - gain) <= half)
            pair = [(1.0, models["twin"]), (-1.0, models["baseline"])]
            same = contrast(*arguments, pair, rows_df=rows_df)
            hit["alarm"].append(same.p < 0.05)
            alone = rows_only_half_width(same.rows_variance)
            hit["rows_only_alarm"].append(abs(same.estimate) > alone)
    return {
        metric: {name: float(np.mean(values)) for name, values in hit.items()}
        for metric, hit in hits.items()
    }


def excess(rates: dict[str, float]) -> dict[str, float]:
    """By how much rates break their bounds; rates within them are left out."""
    over = {
        name: max(MIN_COVER - rates[name], rates[name] - MAX_COVER)
        for name in ("difference", "single")
    }
    over["alarm"] = rates["alarm"] - MAX_ALARM
    return {name: value for name, value in over.items() if value > 1e-9}


def error(replications: int) -> float:
    """Monte Carlo standard error of a rate near 95 %."""
    return float(np.sqrt(0.95 * 0.05 / replications))


def outside(rates: dict[str, float], replications: int) -> list[str]:
    """Names of the rates that break their bounds by more than 2 standard errors."""
    over = excess(rates)
    return [name for name, value in over.items() if value > 2 * error(replications)]


def render(results: list, replications: int, resamples: int, seconds: float) -> str:
    """The results page."""
    command = (
        f"python benchmarks/coverage.py --replications {replications} "
        f"--resamples {resamples}"
    )
    counts = {world.rows: world.replications(replications) for world, _, _ in results}
    sizes = ", ".join(f"{n} replications of {rows} rows" for rows, n in counts.items())
    errors = ", ".join(f"{100 * error(n):.1f}" for n in counts.values())
    strict = sum(not excess(rates) for _, _, rates in results)
    failures = sum(
        bool(outside(rates, world.replications(replications)))
        for world, _, rates in results
    )
    lines = [
        "# Do the intervals cover?",
        "",
        "A simulation with known truth (`benchmarks/coverage.py` describes the world): "
        "random rows, random seeds, paired difficulty, seed x row interaction. 3 seeds "
        "a side; 95 % intervals; the truth is the expected score of a training on the "
        "population within the design of the strata.",
        "",
        f"Command: `{command}`  ",
        f"{sizes} ({resamples} resamples each), {seconds:.0f} s of 1 CPU core. Monte "
        f"Carlo standard error of an A/A rate: {errors} points; the others are means "
        f"over 2 differences and 3 sides a replication and vary less.",
        "",
        f"Required: coverage {100 * MIN_COVER:.0f} to {100 * MAX_COVER:.0f} % of the "
        f"difference and of a single side, A/A alarms at most {100 * MAX_ALARM:.0f} %. "
        f"**{strict} of {len(results)} cells are inside, {failures} are outside by "
        f"more than two standard errors.** The range over all cells: difference "
        f"{span(results, 'difference')}, single side {span(results, 'single')}, A/A "
        f"alarms {span(results, 'alarm')}.",
        "",
        "Seed sd: standard deviation of a training's effect on the latent scale (the "
        "rows' is 1), on all classes and again on each class; and of log error scale. "
        "The accuracy of trainings then differs by about 0.9 points (sd) for 0.03 and "
        "2.8 for 0.09. The three columns on the right are not kpoc's intervals: rows "
        "only, and s²/S added with the seed x row interaction left in it.",
        "",
        "| rows | test | seed sd | metric | difference covers | single side covers | "
        "A/A alarms | rows only: covers | rows only: A/A alarms | plain s²/S: covers "
        "| |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for world, metric, rates in results:
        design = f"cells of {CELL_SIZE}" if world.stratified else "no strata"
        figures = " | ".join(f"{100 * rates[name]:.1f} %" for name in RATES)
        note = "; ".join(
            f"{name} beyond its bound by {100 * value:.1f}"
            + (
                " (2 standard errors or less)"
                if value <= 2 * error(counts[world.rows])
                else ""
            )
            for name, value in excess(rates).items()
        )
        lines.append(
            f"| {world.rows} | {design} | {world.seed_sd:g} | {metric} | {figures} | "
            f"{note} |"
        )
    return "\n".join([*lines, "", EXPLANATION])


def span(results: list, name: str) -> str:
    """Smallest and largest of a rate."""
    values = [100 * rates[name] for _, _, rates in results]
    return f"{min(values):.1f} to {max(values):.1f} %"


EXPLANATION = """\
How to read it. Rows alone are far from enough where trainings differ, and s²/S added
plainly is too cautious where they do not. With 3 seeds one can hardly tell trainings
that do not differ from trainings that happened to come out close, and none of the rules
that were tried covers 95 % everywhere. kpoc's errs to the cautious side, by one to
three points, where seeds have no effect at all, and to the other side, by as much, for
the score of a single side where the seeds' effect is several times that of the
rows. More seeds mend both. About twenty rules were tried, on other draws of four of
these worlds, before this one was kept: the page confirms it on new draws, but not on
worlds of another make. "2 standard errors" are those of an A/A rate, which is generous
for the other two columns.
"""


def main(arguments: list[str] | None = None) -> int:
    """Runs the simulation and writes the page; 1 if a cell is outside the bounds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replications", type=int, default=2000)
    parser.add_argument("--resamples", type=int, default=250)
    parser.add_argument("--out", type=Path, default=Path("results/coverage.md"))
    options = parser.parse_args(arguments)
    start, results = time.process_time(), []
    for world in WORLDS:
        rates = simulate(
            world, world.replications(options.replications), options.resamples
        )
        results += [(world, metric, rates[metric]) for metric in METRICS]
        print(f"{time.process_time() - start:6.0f} s  {world}", flush=True)
        for metric, row in rates.items():
            print("   ", metric, {k: f"{100 * v:.1f}" for k, v in row.items()})
    page = render(
        results, options.replications, options.resamples, time.process_time() - start
    )
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(page, encoding="utf-8")
    failures = [
        f"{world} {metric}: {', '.join(names)}"
        for world, metric, rates in results
        if (names := outside(rates, world.replications(options.replications)))
    ]
    print(f"{len(failures)} of {len(results)} cells outside", *failures, sep="\n  ")
    return int(bool(failures))


if __name__ == "__main__":
    sys.exit(main())
