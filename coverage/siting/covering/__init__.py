"""Budgeted maximal covering with groups: the problem, its solver and its bounds.

:class:`Covering` states the problem, :func:`solve` answers "the most for this money", :func:`cheapest` "the least
money for this much". Church and ReVelle (1974) named the maximal covering location problem,
https://doi.org/10.1007/BF01942293.
"""

from camgap.coverage.siting.covering.least import cheapest
from camgap.coverage.siting.covering.problem import Covering, on_axis
from camgap.coverage.siting.covering.solution import Solution, Step
from camgap.coverage.siting.covering.solve import solve

__all__ = ["Covering", "Solution", "Step", "cheapest", "on_axis", "solve"]
