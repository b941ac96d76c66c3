"""Networks: synthetic generators, readers of files, and converters, all returning the frozen follower graph.

This package is the only place that imports NetworkX, and it does so only when a GraphML or GML file is read.
"""

from influence_sim.networks.edge_lists import NetworkError
from influence_sim.networks.generators import erdos_renyi, heavy_tailed, small_world, stochastic_block
from influence_sim.networks.readers import (
    arc_values,
    as_graph,
    describe,
    from_networkx,
    from_scipy,
    read,
    read_edge_list,
    read_gml,
    read_graphml,
)

__all__ = [
    "NetworkError",
    "arc_values",
    "as_graph",
    "describe",
    "erdos_renyi",
    "from_networkx",
    "from_scipy",
    "heavy_tailed",
    "read",
    "read_edge_list",
    "read_gml",
    "read_graphml",
    "small_world",
    "stochastic_block",
]
