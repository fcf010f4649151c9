"""How alike two representations of the same pictures are, whatever the order and direction of their features."""

from __future__ import annotations

import torch
from torch import Tensor


def cka(x: Tensor, y: Tensor) -> float:
    """Linear CKA (Kornblith et al., arXiv:1905.00414) with the unbiased HSIC of Nguyen et al. (arXiv:2010.15327): of
    features (N, D) and (N, E) of the same N >= 4 pictures. 1 for a rotated or scaled copy, about 0 for unrelated ones,
    below which chance may take it; 0 where one does not vary at all.
    """
    k, m = (_centred(each.double() - each.double().mean(0)) for each in (x, y))
    both, own, others = _hsic(k, m), _hsic(k, k), _hsic(m, m)
    scale = (own * others) ** 0.5 if own > 0 and others > 0 else 0.0
    return both / scale if scale > 0 else 0.0


def _centred(x: Tensor) -> Tensor:
    """(N, D) -> (N, N) inner products without a diagonal, scaled to a mean square of about 1."""
    scale = x.pow(2).mean().sqrt()
    kernel = (x / scale if scale > 0 else x) @ (x / scale if scale > 0 else x).T / x.shape[1]
    return kernel.fill_diagonal_(0)


def _hsic(k: Tensor, m: Tensor) -> float:
    """The unbiased estimate (Song et al. 2012) of kernels (N, N) with empty diagonals."""
    n = len(k)
    rows = (k.sum(0) @ m.sum(0)) * 2 / (n - 2)
    alone = k.sum() * m.sum() / ((n - 1) * (n - 2))
    return float(((k * m).sum() + alone - rows) / (n * (n - 3)))


def procrustes(x: Tensor, y: Tensor) -> float:
    """What is left of y when x is turned to fit it best, as a share of agreement: the nuclear norm of x'y over their
    Frobenius norms, centred features (N, D) and (N, E). 1 for a rotated or scaled copy (Ding et al., arXiv:2108.01661).
    """
    a, b = (each.double() - each.double().mean(0) for each in (x, y))
    scale = a.norm() * b.norm()
    return float(torch.linalg.matrix_norm(a.T @ b, "nuc") / scale) if scale > 0 else 0.0
