"""This library beside what people would use instead, in one run: ``python -m benchmarks.peers``.

``graphs`` and ``works`` say what is computed, ``adapters`` how each peer computes it, ``comparing`` that both sides do
the same work and how long they take, ``targets`` what is to be reached, ``table`` and ``plot`` show it. Ratios within a
run carry over to other machines, milliseconds do not.
"""
