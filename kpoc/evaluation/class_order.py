"""An order of many classes in which those that are confused stand together."""

from collections.abc import Sequence

import numpy as np
from scipy.cluster import hierarchy
from scipy.spatial import distance

MANY = 12
"""More classes than this cannot be read one by one: they get an order of their own."""


def class_order(matrices: Sequence[np.ndarray]) -> list[int]:
    """Orders classes by hierarchical clustering of their confusions.

    Two classes are as near as the share, or probability, that goes from each to the
    other, mean over both directions and all matrices. Clusters are joined by the mean
    distance (average linkage), and their branches turned so that neighbours are as near
    as they can be.

    Args:
        matrices: (K, K) each, truth in rows, answers in columns, rows summing to 1; NaN
            in rows of classes without truth. K at least 2.

    Returns:
        The classes' positions, one order for all matrices.

    Example:
        >>> rates = [[0.6, 0.0, 0.4, 0.0], [0.0, 0.5, 0.2, 0.3]]
        >>> rates += [[0.4, 0.2, 0.4, 0.0], [0.0, 0.3, 0.0, 0.7]]
        >>> class_order([np.array(rates)])
        [0, 2, 1, 3]

    Source:
        Bar-Joseph, Gifford, Jaakkola, Fast optimal leaf ordering for hierarchical
        clustering, Bioinformatics 17 (2001).
    """
    near = np.mean([np.nan_to_num(matrix) for matrix in matrices], axis=0)
    far = 1 - (near + near.T) / 2
    np.fill_diagonal(far, 0)
    tree = hierarchy.linkage(
        distance.squareform(far, checks=False), "average", optimal_ordering=True
    )
    order = hierarchy.leaves_list(tree).tolist()
    # a tree has no left and right: the class that is named first says which
    return order if order[0] < order[-1] else order[::-1]
