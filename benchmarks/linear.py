"""Fit linear models with an L2 penalty: listwise softmax regression and logistic regression."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.float64]

PENALTY = 1e-3
_MAX_ITERATIONS = 400


def fit_listwise(
    lists: Sequence[Floats],
    is_relevant: Sequence[NDArray[np.bool_]],
    list_weights: Floats,
    offsets: Sequence[Floats] | None = None,
    penalty: float = PENALTY,
    *,
    exponent: float = 0.0,
    start: Floats | None = None,
) -> Floats:
    """Fit weights that maximize the softmax probability of the relevant rows of each list.

    ``lists`` have shape (rows, features), ``is_relevant`` (rows,); ``list_weights`` (lists,) say
    how much each list counts. ``offsets`` (rows,) are scores that the fitted ones are added to.
    The loss is the negative logarithm of the probability p. With an ``exponent`` q it is the
    generalized cross entropy (1 - p ** q) / q (Zhang and Sabuncu, 2018), which is robust to wrong
    labels: lists with improbable relevant rows count less. It has several local minima; the search
    begins at the weights ``start`` (features,).
    """
    rows = np.concatenate(lists)
    offset = np.zeros(len(rows)) if offsets is None else np.concatenate(offsets)
    scale = _scale(rows)
    rows = rows / scale
    lengths = np.array([len(each) for each in lists])
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    relevant = np.concatenate(is_relevant).astype(np.float64)
    shares = list_weights / list_weights.sum()

    def loss(weights: Floats) -> tuple[float, Floats]:
        scores = rows @ weights + offset
        scores = scores - np.repeat(np.maximum.reduceat(scores, starts), lengths)
        powers = np.exp(scores)
        total = np.add.reduceat(powers, starts)
        relevant_total = np.add.reduceat(powers * relevant, starts) + 1e-30
        slopes = powers / np.repeat(total, lengths)
        slopes -= powers * relevant / np.repeat(relevant_total, lengths)
        log_probabilities = np.log(relevant_total) - np.log(total)
        factors = np.exp(exponent * log_probabilities)
        losses = (1 - factors) / exponent if exponent else -log_probabilities
        gradient = rows.T @ (slopes * np.repeat(shares * factors, lengths)) + 2 * penalty * weights
        return float(shares @ losses + penalty * weights @ weights), gradient

    return _minimize(loss, np.zeros(rows.shape[1]) if start is None else start * scale) / scale


def fit_logistic(
    rows: Floats,
    labels: NDArray[np.bool_],
    row_weights: Floats,
    offsets: Floats | float = 0.0,
    penalty: float = PENALTY,
    scale_rows: Floats | None = None,
) -> tuple[float, Floats]:
    """Fit the bias and the weights of a logistic regression.

    ``offsets`` (rows,) are log-odds that the fitted ones are added to. ``scale_rows`` give the
    standard deviations of the features, those of ``rows`` if None.
    """
    scale, mean = _scale(rows if scale_rows is None else scale_rows), rows.mean(0)
    inputs = np.column_stack([np.ones(len(rows)), (rows - mean) / scale])
    shares = row_weights / row_weights.sum()
    signs = np.where(labels, 1.0, -1.0)
    penalties = np.full(inputs.shape[1], penalty)
    penalties[0] = 0.0

    def loss(weights: Floats) -> tuple[float, Floats]:
        margins = signs * (inputs @ weights + offsets)
        slopes = -shares * signs / (1 + np.exp(np.clip(margins, -50, 50)))
        gradient = inputs.T @ slopes + 2 * penalties * weights
        return float(shares @ np.logaddexp(0, -margins) + penalties @ weights**2), gradient

    fitted = _minimize(loss, np.zeros(inputs.shape[1]))
    weights = fitted[1:] / scale
    return float(fitted[0] - weights @ mean), weights


def _scale(rows: Floats) -> Floats:
    """Return standard deviations; constant features are scaled down to nothing."""
    deviations: Floats = rows.std(0)
    return np.where(deviations < 1e-9, 1e9, deviations)


def _minimize(loss: Callable[[Floats], tuple[float, Floats]], start: Floats) -> Floats:
    options = {"maxiter": _MAX_ITERATIONS}
    weights: Floats = minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x
    return weights
