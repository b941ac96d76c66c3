"""Robustness: regret of each strategy over a set of futures, and the futures in which it fails."""
