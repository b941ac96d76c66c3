"""Benchmarks: run ``uv run pytest benchmarks --benchmark-enable``; ratios within a group count, not milliseconds.

``test_kernel`` times the scheduling of exposures, ``test_textbook`` the textbook models beside the peers that are
installed (``--extra bench`` installs all), ``test_whole_model`` batches and strategies; ``test_memory`` says what a
world holds per consumer, ``test_startup`` how long it takes to begin. ``test_guards`` fails when something has become
much slower than a fixed reference in the same run. ``uv run pytest benchmarks`` runs everything once, as CI does,
guards and bounds included; ``--benchmark-json FILE`` keeps sizes and ratios (``extra_info``). The comparison that the
README shows is ``uv run --extra bench python -m benchmarks.peers``.
"""
