"""Claims put to the test: what each says, the worlds that decide it, and the verdict."""
