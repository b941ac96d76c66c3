"""Benchmarks: run ``uv run pytest benchmarks --benchmark-enable``; ratios within a group count, not milliseconds."""
