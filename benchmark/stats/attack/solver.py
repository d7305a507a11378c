"""The solver of the attacker's programs, always set up alike so that two runs find the same."""

import highspy
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class SolverFailedError(RuntimeError):
    """A program gave no answer."""


def new_solver(*, presolve: bool = False, nodes: int | None = None) -> highspy.Highs:
    """A silent solver on one thread; `nodes`: give up on a whole-number program after so many."""
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    options: dict[str, bool | int | float | str] = {
        "output_flag": False,
        "threads": 1,
        "presolve": "on" if presolve else "off",
        "random_seed": 0,
        "primal_feasibility_tolerance": 1e-9,
        "dual_feasibility_tolerance": 1e-9,
    }
    if nodes is not None:
        options["mip_max_nodes"] = nodes
    for name, value in options.items():
        solver.setOptionValue(name, value)
    return solver
