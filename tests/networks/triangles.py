"""Clustering, computed independently of the library."""

import numpy as np
from scipy.sparse import csr_array, triu

from influence_sim.core.graph import Graph


def matrix_of(graph: Graph) -> csr_array:
    """The adjacency matrix: entry [u, v] is 1 if v follows u."""
    return csr_array((np.ones(graph.arcs), graph.followers, graph.offsets), shape=(graph.nodes, graph.nodes))


def clustering(graph: Graph) -> float:
    """The mean local clustering coefficient (Watts & Strogatz 1998), directions disregarded."""
    matrix = matrix_of(graph)
    matrix = ((matrix + matrix.T) != 0).astype(np.float64)
    degree = matrix.sum(axis=1)
    rank = np.argsort(degree, kind="stable")
    # With nodes in the order of their degrees, the upper triangle has no long rows and its square is sparse.
    upper = csr_array(triu(matrix[rank][:, rank], format="csr"))
    first_and_last = (upper @ upper).multiply(upper)
    middle = (upper.T @ upper).multiply(upper)
    triangles = first_and_last.sum(axis=1) + first_and_last.sum(axis=0) + middle.sum(axis=1)
    degree = degree[rank]
    return float(np.mean(2 * triangles / np.maximum(degree * (degree - 1), 1)))
