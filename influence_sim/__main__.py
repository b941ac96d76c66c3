"""``python -m influence_sim`` is the command ``influence-sim``."""

from influence_sim.cli import main

if __name__ == "__main__":
    main()
