"""The interactive page: strategies side by side in one world each, to be played, changed and exported."""
