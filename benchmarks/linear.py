"""The two linear models that are fitted: which of a list, and yes or no; both with L2."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]

Floats = NDArray[np.float64]


def fit_listwise(
    lists: Sequence[Floats], right: Sequence[NDArray[np.bool_]], shares: Floats
) -> Floats:
    """Weights under which the right rows of each list are likeliest (listwise softmax).

    ``lists`` have shape (rows, features), ``right`` (rows,); ``shares`` say how much each counts.
    """
    rows = np.concatenate(lists)
    spread = _spread(rows)
    rows = rows / spread
    lengths = np.array([len(one) for one in lists])
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    wanted = np.concatenate(right).astype(np.float64)
    share = shares / shares.sum()

    def loss(weights: Floats) -> tuple[float, Floats]:
        scores = rows @ weights
        scores = scores - np.repeat(np.maximum.reduceat(scores, starts), lengths)
        power = np.exp(scores)
        total = np.add.reduceat(power, starts)
        held = np.add.reduceat(power * wanted, starts) + 1e-30
        slope = power / np.repeat(total, lengths) - power * wanted / np.repeat(held, lengths)
        gradient = rows.T @ (slope * np.repeat(share, lengths)) + 2 * _PENALTY * weights
        return float(
            share @ (np.log(total) - np.log(held)) + _PENALTY * weights @ weights
        ), gradient

    return _least(loss, rows.shape[1]) / spread


def fit_logistic(rows: Floats, yes: NDArray[np.bool_], shares: Floats) -> tuple[float, Floats]:
    """Bias and weights of a logistic regression."""
    spread, middle = _spread(rows), rows.mean(0)
    scaled = np.column_stack([np.ones(len(rows)), (rows - middle) / spread])
    share = shares / shares.sum()
    sign = np.where(yes, 1.0, -1.0)
    penalty = np.full(scaled.shape[1], _PENALTY)
    penalty[0] = 0.0

    def loss(weights: Floats) -> tuple[float, Floats]:
        margin = sign * (scaled @ weights)
        slope = -share * sign / (1 + np.exp(np.clip(margin, -50, 50)))
        gradient = scaled.T @ slope + 2 * penalty * weights
        return float(share @ np.logaddexp(0, -margin) + penalty @ weights**2), gradient

    fitted = _least(loss, scaled.shape[1])
    weights = fitted[1:] / spread
    return float(fitted[0] - weights @ middle), weights


_PENALTY = 1e-3


def _spread(rows: Floats) -> Floats:
    """Standard deviations; what never varies is scaled away."""
    spread: Floats = rows.std(0)
    return np.where(spread < 1e-9, 1e9, spread)


def _least(loss: object, features: int) -> Floats:
    found = minimize(
        loss, np.zeros(features), jac=True, method="L-BFGS-B", options={"maxiter": 400}
    )
    weights: Floats = found.x
    return weights
