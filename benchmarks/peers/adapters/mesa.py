"""Plain Mesa, as its tutorials have it: an agent for each node, asked in every step."""

from __future__ import annotations

from functools import partial

import mesa

from benchmarks.peers.works import Go, P, Start, Work

NAME, SLOW = "Mesa", True


class Person(mesa.Agent):
    """Somebody who may become active, and who listens to others."""

    def __init__(self, model: Network) -> None:
        super().__init__(model)
        self.followers: list[Person] = []
        self.active = self.new = self.next = False
        self.threshold = 1.0

    def spread(self) -> None:
        """Have one chance to win over each follower."""
        if self.new:
            for other in self.followers:
                if not other.active and self.random.random() < P:
                    other.next = True

    def listen(self) -> None:
        """Become active if enough of those one listens to are; ties go both ways."""
        if not self.active:
            share = sum(other.active for other in self.followers) / len(self.followers)
            self.next = share >= self.threshold

    def turn(self) -> None:
        """Take on what has been decided in this step."""
        self.new, self.next = self.next and not self.active, False
        self.active = self.active or self.new


class Network(mesa.Model):
    """Everybody, and what they do in a step."""

    def __init__(self, work: Work) -> None:
        super().__init__(rng=0)
        graph = work.graph
        self.people = [Person(self) for _ in range(graph.nodes)]
        offsets, followers = graph.offsets.tolist(), graph.followers.tolist()
        for number, person in enumerate(self.people):
            person.followers = [self.people[other] for other in followers[offsets[number] : offsets[number + 1]]]
        self.seeds = [self.people[number] for number in work.seeds.tolist()]

    def begin(self) -> None:
        """Make the seeds active, and nobody else."""
        for person in self.people:
            person.active = person.new = person.next = False
            person.threshold = self.random.random()
        for person in self.seeds:
            person.active = person.new = True

    def run(self, action: str) -> int:
        """Let steps go by until nobody new is active, and return how many are."""
        self.begin()
        while any(person.new for person in self.people):
            self.agents.do(action)
            self.agents.do("turn")
        return sum(person.active for person in self.people)


def _prepare(action: str, work: Work) -> Start:
    network = Network(work)

    def start(seed: int) -> Go:
        network.random.seed(seed)
        return lambda: [network.run(action) for _ in range(work.replicates)]

    return start


WORKS = {
    "independent cascade": {"": partial(_prepare, "spread")},
    "linear threshold": {"": partial(_prepare, "listen")},
}
