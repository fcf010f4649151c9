"""Maps in two dimensions of what a network makes of pictures, and what such a map can be trusted with.

t-SNE (van der Maaten and Hinton 2008), by openTSNE, which shows its iterations and can add a point to a finished map;
UMAP (McInnes et al., arXiv:1802.03426); PCA. All are given directions, (N, D) of length 1, so that near means alike by
the cosine, as it does for the nearest neighbours of a probe.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

EARLY, ITERATIONS, EVERY = 250, 500, 50  # iterations of t-SNE: exaggerated, then not; and between two looks
EXAGGERATION = 12
Maps = Iterator[tuple[int, np.ndarray]]  # (iteration, points (N, 2)); the last is the map


def directions(codes: np.ndarray) -> np.ndarray:
    """(N, D), each of length 1"""
    return codes / np.maximum(np.linalg.norm(codes, axis=1, keepdims=True), 1e-12)


def pca(x: np.ndarray, seed: int = 0) -> Maps:
    """The two directions in which x (N, D) varies most."""
    from sklearn.decomposition import PCA

    yield 1, PCA(2, random_state=seed).fit_transform(x)


def tsne(x: np.ndarray, seed: int = 0, perplexity: float = 30.0) -> Maps:
    """From the first two principal components, so that two runs on equal pictures can be compared; with another seed
    than 0 from random places, so that what only the start has put apart is seen.
    """
    from openTSNE import TSNEEmbedding, initialization

    near = nearness(x, seed, perplexity)
    start = initialization.random(len(x), random_state=seed) if seed else initialization.pca(x, random_state=seed)
    points = TSNEEmbedding(start, near, negative_gradient_method="bh", random_state=seed)
    yield 0, np.asarray(points)
    for done in range(EVERY, EARLY + ITERATIONS + 1, EVERY):
        early = {"exaggeration": EXAGGERATION, "momentum": 0.5} if done <= EARLY else {"momentum": 0.8}
        points = points.optimize(EVERY, **early)
        yield done, np.asarray(points)


def nearness(x: np.ndarray, seed: int, perplexity: float):
    """t-SNE's view of which pictures are neighbours; a third of them at most."""
    from openTSNE.affinity import PerplexityBasedNN

    return PerplexityBasedNN(x, min(perplexity, (len(x) - 1) / 3), method="exact", random_state=seed)


def umap(x: np.ndarray, seed: int = 0, neighbours: int = 15) -> Maps:
    yield 1, fitted_umap(x, seed, neighbours).embedding_


def fitted_umap(x: np.ndarray, seed: int, neighbours: int):
    learn = umap_compiled_once()
    return learn.UMAP(n_neighbors=min(neighbours, len(x) - 1), random_state=seed, n_jobs=1).fit(x)


@functools.cache
def umap_compiled_once() -> Any:
    """The package, told to keep on disk what it compiles: half a minute once a machine, instead of once a process."""
    import numba

    plain = numba.njit
    try:
        numba.njit = lambda *functions, **options: plain(*functions, **{"cache": True, **options})
        return importlib.import_module("umap")
    finally:
        numba.njit = plain


TECHNIQUES: dict[str, Callable[..., Maps]] = {"tsne": tsne, "umap": umap, "pca": pca}
OWN = {"tsne": "perplexity", "umap": "neighbours"}  # the setting that each has


def placed(technique: str, x: np.ndarray, points: np.ndarray, new: np.ndarray, seed: int, **own: float) -> np.ndarray:
    """Where new pictures (M, D) lie on a finished map, points (N, 2) of x (N, D), which stays as it is: (M, 2)."""
    if technique == "pca":
        from sklearn.decomposition import PCA

        return PCA(2, random_state=seed).fit(x).transform(new)
    if technique == "umap":
        fitted = fitted_umap(x, seed, int(own["neighbours"]))
        fitted.embedding_ = points.astype(np.float32)  # this map, whatever another machine makes of the same codes
        return fitted.transform(new)
    from openTSNE import TSNEEmbedding

    near = nearness(x, seed, own["perplexity"])
    found = TSNEEmbedding(points, near, negative_gradient_method="bh", random_state=seed).transform(new, perplexity=5)
    return np.asarray(found)


def nearest(x: np.ndarray, k: int) -> np.ndarray:
    """(N, k) the nearest others of each row of x (N, D), the nearest first; k is lowered to N - 1."""
    from sklearn.neighbors import NearestNeighbors

    return NearestNeighbors(n_neighbors=min(k, len(x) - 1)).fit(x).kneighbors(return_distance=False)


def kept(x: np.ndarray, points: np.ndarray, k: int = 10) -> np.ndarray:
    """(N,) the share of each picture's k nearest neighbours in x (N, D) that are among its k nearest on the map."""
    truly, drawn = nearest(x, k), nearest(points, k)
    return np.array([len(np.intersect1d(*pair)) for pair in zip(truly, drawn, strict=True)]) / truly.shape[1]


def named_by_neighbours(points: np.ndarray, labels: np.ndarray, k: int = 10) -> np.ndarray:
    """(N,) bool: whether the k nearest others on the map are mostly of the same class (the lowest label of a tie)."""
    near = labels[nearest(points, k)]
    votes = np.stack([(near == label).sum(1) for label in range(int(labels.max()) + 1)])
    return votes.argmax(0) == labels


def clusters(x: np.ndarray, count: int, seed: int = 0) -> dict[str, np.ndarray]:
    """name → (N,) the cluster of each: by k-means, and by a mixture of Gaussians, of x (N, D)."""
    from sklearn.cluster import KMeans
    from sklearn.mixture import GaussianMixture

    means = KMeans(count, n_init=4, random_state=seed).fit_predict(x)
    mixture = GaussianMixture(count, covariance_type="diag", reg_covar=1e-4, random_state=seed).fit(x)
    return {"kmeans": means, "gmm": mixture.predict(x)}


def agreement(found: np.ndarray, labels: np.ndarray) -> float:
    """The adjusted Rand index of clusters and classes: 1 the same, 0 as by chance (Hubert and Arabie 1985)."""
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(labels, found))


def density(points: np.ndarray, levels: int = 3, grid: int = 60) -> list[np.ndarray]:
    """Lines (M, 2) of equal density on a map, by a Gaussian kernel (Scott's bandwidth)."""
    from scipy.stats import gaussian_kde
    from skimage.measure import find_contours

    low, high = points.min(0), points.max(0)
    low, high = low - 0.1 * (high - low), high + 0.1 * (high - low)
    axes = [np.linspace(low[k], high[k], grid) for k in range(2)]
    across, down = np.meshgrid(*axes)
    heights = gaussian_kde(points.T)(np.stack([across.ravel(), down.ravel()])).reshape(grid, grid)
    lines = []
    for level in np.linspace(0, heights.max(), levels + 2)[1:-1]:
        for line in find_contours(heights, level):
            lines.append(low + line[:, ::-1] / (grid - 1) * (high - low))
    return lines


def hulls(points: np.ndarray, found: np.ndarray, share: float = 0.8) -> list[np.ndarray]:
    """A line (M, 2) around each cluster on a map: the hull of the `share` of its points nearest to their median."""
    from scipy.spatial import ConvexHull, QhullError

    lines = []
    for cluster in np.unique(found):
        mine = points[found == cluster]
        far = np.linalg.norm(mine - np.median(mine, 0), axis=1)
        core = mine[np.argsort(far)[: max(3, round(share * len(mine)))]]
        try:
            lines.append(core[ConvexHull(core).vertices])
        except (QhullError, ValueError):
            continue  # too few, or all on a line
    return lines


if __name__ == "__main__":  # when the project is set up, so that nobody waits for it in a lecture
    drawn = np.random.default_rng(0).normal(size=(100, 16)).astype(np.float32)
    fitted_umap(drawn, 0, 15).transform(drawn[:1])
