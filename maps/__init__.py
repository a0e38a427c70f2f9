"""Draws results; computes none of them.

``draw_map`` turns layers and a result into one HTML page that needs no network; ``write_map`` does so for a run folder.
"""

from camgap.maps.draw import draw_map, write_map

__all__ = ["draw_map", "write_map"]
