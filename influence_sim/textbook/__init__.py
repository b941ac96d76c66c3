"""The textbook models of spreading and opinion.

>>> from influence_sim import networks, textbook
>>> graph = networks.erdos_renyi(1000, 10, seed=1)
>>> sizes = textbook.independent_cascade(graph, seeds=[0], p=0.05, replicates=100, seed=1)
>>> sizes.shape
(100,)

A graph may be a NetworkX graph, a SciPy sparse matrix or a :class:`~influence_sim.core.graph.Graph`. An arc u → v, or
an entry [u, v] of a matrix, means that what u says reaches v; an undirected edge is both arcs. For models that do not
need a network, a whole number N stands for N people of whom everybody meets everybody. Seeds are nodes: by name where
the graph names them (NetworkX, or read from a file), else by number. Arrays over nodes are in the order of their
numbers, which is the order of the names, as ``networks.as_graph(graph).labels`` lists them.

Cascades, thresholds, averaging and bounded confidence are computed by the kernels of the whole model
(:mod:`influence_sim.core.contagion`, :mod:`influence_sim.core.opinions`), epidemics on its calendar; rumours and
adoption have no counterpart there. Every draw is keyed by (seed, replicate, process, who), so a replicate is the same
whatever else runs beside it, and replicate r of two calls meets the same accidents.
"""

from influence_sim.textbook.adoption import bass
from influence_sim.textbook.cascades import independent_cascade
from influence_sim.textbook.epidemics import Epidemic, sir
from influence_sim.textbook.inputs import ArcValues, prepared, random_seeds
from influence_sim.textbook.opinions import clusters, deffuant, degroot, friedkin_johnsen, hegselmann_krause
from influence_sim.textbook.rounds import Trace
from influence_sim.textbook.rumours import daley_kendall
from influence_sim.textbook.seeding import by_degree, celf, degree_discount
from influence_sim.textbook.thresholds import linear_threshold, watts

__all__ = [
    "ArcValues",
    "Epidemic",
    "Trace",
    "bass",
    "by_degree",
    "celf",
    "clusters",
    "daley_kendall",
    "deffuant",
    "degree_discount",
    "degroot",
    "friedkin_johnsen",
    "hegselmann_krause",
    "independent_cascade",
    "linear_threshold",
    "prepared",
    "random_seeds",
    "sir",
    "watts",
]
