"""Draws results; computes none of them."""
