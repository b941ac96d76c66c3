"""Tables of robustness studies for the terminal."""
