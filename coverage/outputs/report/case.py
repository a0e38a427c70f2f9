"""The report's chapters on what is proposed: options, plan and cost, evaluation."""

from collections.abc import Mapping
from typing import Any

from camgap.coverage.outputs.money import USUAL_UPKEEP, Terms, budget, phase_name, phase_names, schedule
from camgap.coverage.outputs.report.ask import counts_money, is_mixed, nothing
from camgap.coverage.outputs.report.curve import cost_curve
from camgap.coverage.outputs.report.markup import Markup, tag
from camgap.coverage.outputs.report.parts import figure, heading, paragraphs, table
from camgap.coverage.outputs.report.words import Words
from camgap.coverage.outputs.run import Run

UNITS = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)


def options(run: Run, words: Words, terms: Terms) -> list[Markup]:
    """Return doing nothing, the phases, the whole plan and the limit of any choice, side by side."""
    before, result = run.before, run.result
    listed = schedule(run, terms)
    unit = _unit(result["spent"])
    rows: list[tuple[str, ...]] = [
        (
            words("options.nothing"),
            words.money(0, run.currency),
            words.km(before["covered_m"]),
            words.percent(before["share"]),
            "",
        )
    ]
    for phase in range(1, int(listed["phase"].max()) if len(listed) else 0):
        part = listed[listed["phase"] <= phase]
        if len(part) and len(part) < len(listed):
            name = words("options.phase") if phase == 1 else words("options.phases", number=phase)
            rows.append(_option(words, run, name, float(part["cost"].sum()), float(part["gain_m"].sum()), unit))
    if len(listed):
        rows.append(_option(words, run, words("options.all"), result["spent"], result["gain_m"], unit))
        most_m = result["curve"][-1]["bound_share"] * before["length_m"] - before["covered_m"]
        name = words("options.bound" if counts_money(run) else "options.bound_number")
        rows.append(_option(words, run, name, result["spent"], most_m, unit))
    columns = [words(f"options.{c}") for c in ("option", "cost", "covered", "share")]
    idle = result["cameras"]["set_aside"].get("not_working", 0)
    mended = "repair" in result.get("actions", {}).get("used", ())
    crowded = before["depth_m"]["3+"]
    if result["spent"]:
        columns.append(words("options.per_money", unit=words.money(unit, run.currency)))
    else:
        rows = [row[:-1] for row in rows]
    share = words.percent(crowded / (before["length_m"] or 1.0))
    return [
        table(words("options.table"), columns, rows),
        *paragraphs(
            words("options.idle", count=f"{idle:,}") if idle and not mended else None,
            words("options.overlap", length=words.km(crowded), share=share),
        ),
    ]  # fmt: skip


def _option(words: Words, run: Run, name: str, cost: float, gain: float, unit: float) -> tuple[str, ...]:
    covered = run.before["covered_m"] + gain
    share = covered / (run.before["length_m"] or 1.0)
    per = words.metres(gain / cost * unit) if cost else ""
    return name, words.money(cost, run.currency), words.km(covered), words.percent(share), per


def _unit(spent: float) -> float:
    return next((u for u in reversed(UNITS) if spent >= 10 * u), 1)


def _gain(run: Run) -> str:
    """Return the key of the column of gains: those of measures are told on balance."""
    return "gain_net" if is_mixed(run) else "gain"


def plan(run: Run, words: Words, terms: Terms) -> list[Markup]:
    """Return the proposed cameras, their phases, what they cost over the years and what the money buys."""
    listed = schedule(run, terms)
    if listed.empty:
        return paragraphs(nothing(run, words))
    models = run.models
    rows = [
        (
            str(s["rank"]), words.street(s["street"]), what(words, models, s), heading(s["azimuth"]),
            words.money(s["cost"], ""), words.metres(s["gain_m"]), words.percent(s["cumulative_share"]),
            phase_name(run, s["phase"]),
        )
        for s in listed.to_dict("records")
    ]  # fmt: skip
    names = ("rank", "street", "model", "azimuth", "cost", _gain(run), "then", "phase")
    sites = table(words("plan.sites"), [words(f"plan.{n}") for n in names], rows, left=3)
    used = sorted(set(listed["model"]) & set(models))
    curve_text = words("plan.curve_text" if counts_money(run) else "plan.curve_text_number")
    prices = "; ".join(
        f"{model_name(models, m)} {words.money(models[m]['price'], run.currency)}" for m in used if m in models
    )
    return [
        figure(cost_curve(run, words), [tag("strong", words("plan.curve")), " ", curve_text]),
        _phases(run, words, terms), _years(run, words, terms),
        *paragraphs(_upkeep(run, words, terms, used), words("plan.prices", models=prices) if prices else None), sites,
    ]  # fmt: skip


def what(words: Words, models: dict[str, dict[str, Any]], site: Mapping[Any, Any]) -> str:
    """Return what is bought at a site: the model of a new camera, else the action and the model if there is one."""
    model, action = model_name(models, site["model"] or ""), site.get("action", "new")
    return model if action == "new" else f"{words.name('actions', action)} {model}".strip()


def _upkeep(run: Run, words: Words, terms: Terms, used: list[str]) -> str:
    """Return what running costs are counted."""
    if terms.upkeep is not None:
        said = words("plan.upkeep_share", upkeep=words.percent(terms.upkeep))
    else:
        stated = [m for m in used if run.models[m].get("yearly") is not None]
        listed = "; ".join(
            f"{model_name(run.models, m)} {words.money(run.models[m]['yearly'], run.currency)}" for m in stated
        )
        said = words("plan.upkeep_models", models=listed) if stated else ""
        if len(stated) < len(used):
            said += words("plan.upkeep_usual", upkeep=words.percent(USUAL_UPKEEP))
    return said + words("plan.upkeep_note")


def model_name(models: dict[str, dict[str, Any]], model: str) -> str:
    """Return the name of a model, its id where the run does not state one."""
    return str(models[model]["name"]) if model in models else model


def _phases(run: Run, words: Words, terms: Terms) -> Markup:
    listed = schedule(run, terms)
    rows = []
    for phase, part in listed.groupby("phase"):
        then = float(part["cumulative_share"].iloc[-1])
        rows.append(
            (
                phase_name(run, int(str(phase))),
                f"{len(part):,}",
                words.money(float(part["cost"].sum()), ""),
                words.metres(float(part["gain_m"].sum())),
                words.percent(then),
            )
        )
    rows.append(
        (
            words("plan.sum"),
            f"{len(listed):,}",
            words.money(run.result["spent"], ""),
            words.metres(run.result["gain_m"]),
            words.percent(run.after["share"]),
        )
    )
    columns = [words(f"plan.{n}") for n in ("phase", "count", "capital", _gain(run), "then")]
    return table(words("plan.phases_own" if phase_names(run) else "plan.phases"), columns, rows, total=True)


def _years(run: Run, words: Words, terms: Terms) -> Markup:
    costs = budget(schedule(run, terms), terms)
    rows = [
        (str(int(c["year"])), *(words.money(c[k], "") for k in ("capital", "upkeep", "total")))
        for c in costs.to_dict("records")
    ]
    rows.append((words("plan.sum"), *(words.money(float(costs[k].sum()), "") for k in ("capital", "upkeep", "total"))))
    columns = [words(f"plan.{n}") for n in ("year", "capital", "upkeep", "total")]
    caption = f"{words('plan.years', years=terms.years)} {f'({run.currency})' if run.currency else ''}".strip()
    return table(caption, columns, rows, total=True)


def evaluation(run: Run, words: Words) -> list[Markup]:
    """Return which streets to compare before and after."""
    design = run.result["evaluation"]
    rows = []
    for role in ("treatment", "buffer", "control"):
        group = design[role]
        balance = design["balance"].get(role, {})
        rows.append(
            (words(f"evaluation.{role}"), f"{group['edges']:,}", words.km(group["length_m"]), *_means(words, balance))
        )
        if role == "treatment":
            matched = group["edges"] - design["unmatched"]
            means = _means(words, design["balance"]["matched_treatment"])
            rows.append((words("evaluation.matched"), f"{matched:,}", "", *means))
    columns = [words(f"evaluation.{c}") for c in ("role", "edges", "length", "mean_length", "mean_share")]
    text = words(
        "evaluation.text", treated=words.percent(design["treated_share"]), buffer=words.metres(design["buffer_m"])
    )
    return [
        tag("p", text),
        table(words("evaluation.table"), columns, rows),
        *paragraphs(
            words("evaluation.unmatched", count=design["unmatched"]) if design["unmatched"] else None,
            words("evaluation.file"),
        ),
    ]


def _means(words: Words, balance: dict[str, float | None]) -> tuple[str, str]:
    length, share = balance.get("mean_length_m"), balance.get("mean_share_before")
    return (
        "" if length is None else words.metres(length),
        "" if share is None else words.percent(share),
    )
