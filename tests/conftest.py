"""Puts this folder on the import path, so that tests find ``real_data`` wherever they stand."""
