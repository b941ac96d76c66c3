"""A brand's own records: read, checked, and what can be read off them estimated, each figure with its interval.

Nothing leaves the machine. Authors and customers are replaced by keyed hashes, with a key that is thrown away, and
texts are dropped once their sentiment is known.
"""
