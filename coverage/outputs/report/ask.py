"""The report's sentences on what is asked for, and what is proven of it."""

from collections import Counter

from camgap.coverage.outputs.report.words import Words
from camgap.coverage.outputs.run import Run


def ask(run: Run, words: Words) -> list[str]:
    """Return what is proposed, what it brings, and what no choice could exceed; nothing for a score."""
    if not run.is_plan:
        return []
    if not run.sites:
        return [nothing(run, words)]
    key = "ask_net" if run.lost_m else "ask_mixed" if is_mixed(run) else "ask"
    return [
        words(
            f"summary.{key}", count=len(run.sites), parts=_parts(run, words),
            spent=words.money(run.result["spent"], run.currency), gain=words.km(run.result["gain_m"]),
            newly=words.km(run.newly_covered_m), lost=words.km(run.lost_m), after=words.percent(run.after["share"]),
            points=words.points(run.after["share"] - run.before["share"]),
        ),
        *_target(run, words),
        _proof(run, words),
    ]  # fmt: skip


def nothing(run: Run, words: Words) -> str:
    """Return why nothing is proposed: there is nothing to gain, not enough money, or other limits."""
    adding = [r for r in run.result["rejected"] if r["now_m"] > 0]
    if not adding:
        return words("summary.nothing")
    budget, best = run.result["budget"], adding[0]
    if budget is None or any(r["cost"] <= budget for r in adding):
        return words("summary.nothing_limits")
    length, cost = words.metres(best["now_m"]), words.money(best["cost"], run.currency)
    return words("summary.nothing_money", within=within(run, words), length=length, cost=cost)


def within(run: Run, words: Words) -> str:
    """Return the limits that the bound of the whole plan holds for."""
    result = run.result
    if result["budget"] is not None:
        return words("summary.within_budget", budget=words.money(result["budget"], run.currency))
    if counts_money(run):
        return words("summary.within_money")
    return words("summary.within_number", number=f"{result['sites_limit']:,}")


def counts_money(run: Run) -> bool:
    """Tell whether the plan is compared with others for its money; else with others of as many measures."""
    return run.result["budget"] is not None or run.result["plan"]["target"] is not None


def is_mixed(run: Run) -> bool:
    """Tell whether a plan does more than put up new cameras."""
    return any(site.get("action", "new") != "new" for site in run.sites)


def _target(run: Run, words: Words) -> list[str]:
    """Return the share asked for, and what is proven of the money it takes."""
    plan = run.result["plan"]
    if plan["target"] is None:
        return []
    return [
        words(
            "summary.target_proven" if plan["least_proven"] else "summary.target",
            target=words.percent(plan["target"]), aim=words.name("aims", plan["objective"]),
            least=words.money(plan["least_money"], run.currency),
        )
    ]  # fmt: skip


def _proof(run: Run, words: Words) -> str:
    """Return what no choice could exceed, and how near the plan is to that in what it was made for."""
    result = run.result
    said = {
        "mounts": f"{result['candidates']['mounts']:,}", "bound": words.km(result["upper_bound_gain_m"]),
        "within": within(run, words),
    }  # fmt: skip
    if result["gap"] is not None:
        return words("summary.bound", gap=words.at_most(result["gap"]), **said)
    plan = result["plan"]
    proof = words("summary.best") if plan["proven"] else words("summary.near_best", gap=words.at_most(plan["gap"]))
    if floors := result.get("floors"):
        return words("summary.bound_floors", lost=words.metres(floors["given_up_m"]), proof=proof, **said)
    return words("summary.bound_aim", aim=words.name("aims", plan["objective"]), proof=proof, **said)


def _parts(run: Run, words: Words) -> str:
    counts = Counter(site.get("action", "new") for site in run.sites)
    return ", ".join(words(f"summary.{action}", number=n) for action, n in sorted(counts.items()))
