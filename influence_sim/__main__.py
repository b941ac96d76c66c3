"""The command ``influence-sim``, which ``python -m influence_sim`` is too."""

import sys


def main() -> None:
    """Run the command line; an interruption is told in one line even while it is still being imported."""
    try:
        from influence_sim.cli import main as run

        run()
    except KeyboardInterrupt:
        print("influence-sim: interrupted", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
