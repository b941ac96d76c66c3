"""Verification against exact results, and validation against data: what a sceptical user runs on the first day."""
