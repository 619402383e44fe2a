"""k-means with numpy: a closure for distances, empty clusters reseeded, until nothing moves."""

import hashlib

import numpy as np


def clusters(rng, n):
    centres = np.array([[0.0, 0.0], [2.0, 1.0], [1.0, 2.5]])
    return np.concatenate([c + rng.normal(size=(n, 2)) for c in centres])


def fit(points, k, rng, most=15):
    centres = points[rng.choice(len(points), k, replace=False)]

    def distances():
        return np.linalg.norm(points[:, None] - centres[None], axis=2)

    labels = np.full(len(points), -1)
    for iteration in range(most):  # checkpoint
        nearest = distances().argmin(axis=1)
        moved = int((nearest != labels).sum())
        labels = nearest
        print(f"iteration {iteration}: {moved} moved, {distances().min(axis=1).sum():.9f}")
        if not moved:
            break
        centres = np.array(
            [
                points[labels == c].mean(axis=0) if (labels == c).any() else rng.choice(points)
                for c in range(k)
            ]
        )
    return centres, labels, distances


rng = np.random.default_rng(1)
points = clusters(rng, 30)
centres, labels, distances = fit(points, 4, rng)
print(np.bincount(labels), hashlib.sha256(centres.tobytes()).hexdigest()[:16])
print(repr(float(distances().sum())), rng.integers(1000))
