"""The covering solver beside a plain mixed-integer program in HiGHS and spopt's MCLP; then alone, at city size.

    python benchmarks/solver.py [--limit SECONDS] [--large]

Every solver runs alone, one after the other, in a process of its own, on the same instance, with the same time limit.
Seconds are wall time and CPU time of that process, from the instance in memory to the answer, with compiled code in the
cache; building a model counts, making the instance does not. `sooner` says how many times sooner camgap had a plan at
least as good as the other's last. spopt and pulp are needed for this benchmark only (`pip install spopt pulp`); where
they are absent, their rows are left out.
"""

import argparse
import importlib.util
import multiprocessing
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import highspy
import numpy as np

sys.path.insert(0, ".")
from benchmarks.covering_instances import points, street
from camgap.coverage.siting.covering import Covering, solve

GRACE = 30  # seconds a solver may overrun its limit before it is ended


@dataclass(frozen=True)
class Instance:
    """A covering problem to be made in the process that solves it."""

    name: str
    make: Callable[..., Covering]
    arguments: tuple[float, ...]
    picks: int
    one_per_mount: bool = True  # spopt knows no groups

    def problem(self) -> Covering:
        """Return the problem."""
        problem = self.make(*self.arguments)
        if self.one_per_mount:
            return problem
        return replace(problem, group=np.arange(len(problem)), most=np.ones(len(problem), np.int64))


@dataclass(frozen=True)
class Run:
    """What a solver answered, and when it had which plan (seconds, value)."""

    value: float
    bound: float
    wall: float
    cpu: float
    steps: tuple[tuple[float, float], ...]
    words: str = ""


SIDE_BY_SIDE = [
    Instance("points 100 x 2,000, radius 0.15", points, (100, 2_000, 0.15), 10),
    Instance("points 100 x 10,000, radius 0.15", points, (100, 10_000, 0.15), 10),
    Instance("points 1,000 x 100,000, radius 0.05", points, (1_000, 100_000, 0.05), 100),
    Instance("street 1,000 x 20,000, any view", street, (1_000, 20_000), 50, one_per_mount=False),
    Instance("street 10,000 x 200,000", street, (10_000, 200_000), 50),
    Instance("street 10,000 x 200,000", street, (10_000, 200_000), 200),
    Instance("street 10,000 x 40,000", street, (10_000, 40_000), 200),
]
ALONE = [
    Instance("points 100 x 100,000, radius 0.15", points, (100, 100_000, 0.15), 10),
    Instance("points 100 x 1,000,000, radius 0.15", points, (100, 1_000_000, 0.15), 10),
    Instance("street 10,000 x 40,000", street, (10_000, 40_000), 400),
    Instance("street 100,000 x 500,000", street, (100_000, 500_000), 500),
    Instance("street 100,000 x 500,000", street, (100_000, 500_000), 2_000),
    Instance("street 1,000,000 x 5,000,000", street, (1_000_000, 5_000_000), 2_000),
]


def camgap(problem: Covering, picks: int, limit: float) -> Run:
    """Run our own solver."""
    answer = solve(problem, count=picks, time_limit=limit)
    return Run(answer.value, answer.bound, 0, 0, tuple((s.seconds, s.value) for s in answer.trace), answer.words)


def plain_mip(problem: Covering, picks: int, limit: float) -> Run:
    """Run HiGHS on the model as the textbooks write it: one row per cell, one for each mount, one for the number."""
    started = time.perf_counter()
    n, cells, groups = len(problem), len(problem.weight), len(problem.most)
    column = np.repeat(np.arange(n), np.diff(problem.ptr))
    length = problem.last - problem.first
    row = np.repeat(problem.first - np.append(0, np.cumsum(length)[:-1]), length) + np.arange(length.sum())
    owner = np.repeat(column, length)
    entries = np.concatenate([
        np.column_stack([owner, row, -np.ones(len(row))]),
        np.column_stack([np.arange(n), cells + problem.group, np.ones(n)]),
        np.column_stack([np.arange(n), np.full(n, cells + groups), np.ones(n)]),
        np.column_stack([n + np.arange(cells), np.arange(cells), np.ones(cells)]),
    ])  # fmt: skip
    entries = entries[np.argsort(entries[:, 0], kind="stable")]
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = n + cells, cells + groups + 1
    model.sense_ = highspy.ObjSense.kMaximize
    model.col_cost_ = np.concatenate([np.zeros(n), problem.weight])
    model.col_lower_, model.col_upper_ = np.zeros(n + cells), np.ones(n + cells)
    model.row_lower_ = np.full(cells + groups + 1, -highspy.kHighsInf)
    model.row_upper_ = np.concatenate([np.zeros(cells), problem.most, [picks]])
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = np.searchsorted(entries[:, 0], np.arange(n + cells + 1)).astype(np.int32)
    model.a_matrix_.index_, model.a_matrix_.value_ = entries[:, 1].astype(np.int32), entries[:, 2]
    model.integrality_ = [highspy.HighsVarType.kInteger] * n + [highspy.HighsVarType.kContinuous] * cells
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.passModel(model)
    steps: list[tuple[float, float]] = []
    highs.cbMipImprovingSolution.subscribe(
        lambda event: steps.append((time.perf_counter() - started, event.data_out.objective_function_value))
    )
    highs.setOptionValue("time_limit", max(limit - (time.perf_counter() - started), 0.1))
    highs.run()
    info = highs.getInfo()
    solved = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    value = info.objective_function_value if solved else 0.0
    return Run(value, info.mip_dual_bound, 0, 0, tuple(steps), "" if solved else "no plan")


def spopt_mclp(problem: Covering, picks: int, limit: float) -> Run:
    """Run spopt's MCLP, with the solver it recommends first."""
    import pulp
    from spopt.locate import MCLP

    distance = np.ones((len(problem.weight), len(problem)), np.float32)
    for action in range(len(problem)):
        distance[problem.covered(np.array([action])), action] = 0.0
    model = MCLP.from_cost_matrix(distance, problem.weight, 0.5, picks)
    model = model.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=limit), results=False)
    plan = [i for i, variable in enumerate(model.fac_vars) if (variable.value() or 0) > 0.5]
    if len(plan) > picks:
        return Run(0.0, np.inf, 0, 0, (), "no plan")
    return Run(problem.value_of(np.array(plan, np.int64)), np.inf, 0, 0, ())


def _work(solver: Callable[..., Run], instance: Instance, limit: float, out: multiprocessing.Queue) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # HiGHS prints a banner whatever it is told
    problem = instance.problem()
    if solver is camgap:  # compiled code into memory
        solve(points(20, 200, 0.2), count=3)
    wall, cpu = time.perf_counter(), time.process_time()
    run = solver(problem, instance.picks, limit)
    out.put(replace(run, wall=time.perf_counter() - wall, cpu=time.process_time() - cpu))


def timed(solver: Callable[..., Run], instance: Instance, limit: float) -> Run | None:
    """Run a solver in a process of its own; None if it does not come back."""
    context = multiprocessing.get_context("spawn")
    out = context.Queue()
    process = context.Process(target=_work, args=(solver, instance, limit, out))
    process.start()
    try:
        return out.get(timeout=limit + GRACE)
    except Exception:  # queue.Empty: neither plan nor bound
        return None
    finally:
        process.kill()
        process.join()


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for each solver, side by side")
    parser.add_argument("--large", action="store_true", help="also ours alone, with 180 s each")
    parser.add_argument("--only", default="", help="instances whose name contains this")
    options = parser.parse_args()
    wanted = [i for i in SIDE_BY_SIDE if options.only in i.name]
    print(
        f"{'instance, picks':44} {'solver':10} {'value':>12} {'bound':>14} {'wall s':>7} {'CPU s':>7}  verdict, ratio"
    )
    for instance in wanted:
        ours = timed(camgap, instance, options.limit)
        tell(instance, "camgap", ours, ours)
        tell(instance, "plain MIP", timed(plain_mip, instance, options.limit), ours)
        if importlib.util.find_spec("spopt") and (not instance.one_per_mount or instance.make is points):
            tell(instance, "spopt", timed(spopt_mclp, instance, options.limit), ours)
    for instance in [i for i in ALONE if options.large and options.only in i.name]:
        run = timed(camgap, instance, 180.0)
        tell(instance, "camgap", run, run)


def tell(instance: Instance, solver: str, run: Run | None, ours: Run | None) -> None:
    """Print one row."""
    head = f"{instance.name + ', ' + str(instance.picks):44} {solver:10}"
    if run is None:
        print(f"{head} {'no answer in time':>35}", flush=True)
        return
    note = run.words
    if ours is not None and run is not ours:
        when = next((seconds for seconds, value in ours.steps if value >= run.value - 1e-6), None)
        theirs = next((seconds for seconds, value in run.steps if value >= run.value - 1e-6), run.wall)
        if run.value == 0:
            note += ", camgap's stands above"
        elif when is None:
            note += f" better than camgap by {run.value - ours.value:g}"
        else:
            worse = 100 * (1 - run.value / ours.value)
            note += f" {worse:.2f} % below camgap, which reached this value {theirs / when:,.0f} times sooner"
    print(f"{head} {run.value:12,.0f} {run.bound:14,.1f} {run.wall:7.2f} {run.cpu:7.2f}  {note}", flush=True)


if __name__ == "__main__":
    main()
