"""Floor 1: arrays and rules. Imports NumPy and SciPy only."""
