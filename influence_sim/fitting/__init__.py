"""What a record does not tell is fitted by simulation: a posterior, and how well it predicts other days."""
