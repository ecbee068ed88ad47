"""The demo: the same pods without and with Locus, side by side."""
