"""Fits single columns of weights in a moment, with numpy alone: for what a school teaches while the line is serving."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from nlu.ngram import Floats

Doubles = NDArray[np.float64]

_ROUNDS = 25
_DIRECTIONS = 40  # of a round
_ENOUGH = 1e-3
_FARTHEST = 5.0  # a weight moves in one round
_HALVINGS = 8
_FREE = 1e-3  # how little a bias is held back
_SURE = 30.0  # beyond it, a chance is 0 or 1


def machine(rows: Floats, yes: NDArray[np.bool_], softness: float) -> tuple[Floats, float]:
    """Weights and bias of a linear support vector machine with squared hinges: yes above 0, no below.

    Newton's method: with the rows inside the margin held fixed the loss is a square, whose lowest point is searched for.
    """
    wide = _with_bias(rows)
    sign = np.where(yes, 1.0, -1.0)

    def loss(weights: Doubles) -> float:
        missing = np.maximum(0, 1 - sign * (wide @ weights))
        return float(weights @ weights / 2 + softness * (missing @ missing))

    weights = np.zeros(wide.shape[1])
    for _ in range(_ROUNDS):
        margin = sign * (wide @ weights)
        near = wide[margin < 1]
        slope = weights - 2 * softness * (near.T @ (sign * (1 - margin))[margin < 1])
        if np.abs(slope).max() < _ENOUGH:
            break
        weights = _descend(loss, weights, _solve(near, 2 * softness, slope))
    return weights[:-1].astype(np.float32), float(weights[-1])


def regression(points: Floats, yes: NDArray[np.bool_], others: Floats, softness: float) -> tuple[Floats, float]:
    """Weights and bias of one more column of a logistic regression; `others`: what the columns that stay say together.

    That is the logarithm of the sum of their powers, per row.
    """
    wide = _with_bias(points)
    hold = np.ones(wide.shape[1])
    hold[-1] = _FREE
    weights = np.zeros(wide.shape[1])
    for _ in range(_ROUNDS):
        chance = 1 / (1 + np.exp(-np.clip(wide @ weights - others, -_SURE, _SURE)))
        slope = hold * weights + softness * (wide.T @ (chance - yes))
        bend = np.diag(hold) + softness * (wide.T @ (wide * (chance * (1 - chance))[:, None]))
        step = np.linalg.solve(bend, slope)
        farthest = float(np.abs(step).max())
        weights -= step * min(1.0, _FARTHEST / max(farthest, 1e-9))
        if farthest < _ENOUGH:
            break
    return weights[:-1].astype(np.float32), float(weights[-1])


def _with_bias(rows: Floats) -> Doubles:
    wide: Doubles = np.column_stack([rows, np.ones(len(rows))]).astype(np.float64)
    return wide


def _solve(rows: Doubles, weight: float, slope: Doubles) -> Doubles:
    """Where the slope of a square is 0, by conjugate gradients: its matrix (1 + weight * rows' rows) is never written out."""
    found, left = np.zeros_like(slope), slope.copy()
    direction, size = left, float(left @ left)
    first = size
    for _ in range(_DIRECTIONS):
        bent = direction + weight * (rows.T @ (rows @ direction))
        far = size / float(direction @ bent)
        found = found + far * direction
        left = left - far * bent
        size, before = float(left @ left), size
        if size < _ENOUGH**2 * first:
            break
        direction = left + size / before * direction
    return found


def _descend(loss: Callable[[Doubles], float], weights: Doubles, step: Doubles) -> Doubles:
    """The step, or as much of it as leads down."""
    now = loss(weights)
    for halving in range(_HALVINGS):
        tried: Doubles = weights - step * 0.5**halving
        if loss(tried) < now:
            return tried
    return weights
