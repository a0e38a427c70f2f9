"""Optics of a camera in closed form: fields of view, pixel density, and where a tilted picture meets a level plane.

Angles are in degrees; a tilt counts from the horizon downwards. `drop` is the height of the lens above the target plane
[m], so the lens height minus the height of what shall be seen. All functions take and return numpy arrays or numbers.
Pixel density is in pixels per metre of a target that faces the camera, as EN 62676-4 counts it.
"""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Number = Array | float

WIDEST_RECTILINEAR = 150.0  # [°] beyond, a flat picture stretches its rim without bound: counted as equiangular


def tan(degrees: Number) -> Array:
    """Return the tangent of an angle [°]."""
    return np.asarray(np.tan(np.radians(degrees)), dtype=np.float64)


def _arctan(ratio: Number) -> Array:
    return np.asarray(np.degrees(np.arctan(ratio)), dtype=np.float64)


def pinhole_fov(focal_mm: Number, sensor_mm: Number) -> Array:
    """Return the field of view [°] of a lens without distortion across a sensor's width (or height)."""
    return 2 * _arctan(np.asarray(sensor_mm) / (2 * np.asarray(focal_mm)))


def vertical_fov(hfov: Number, aspect: Number = 9 / 16) -> Array:
    """Return the vertical field of view [°] of a rectilinear picture; `aspect` is its height over its width."""
    return 2 * _arctan(np.asarray(aspect) * tan(np.asarray(hfov) / 2))


def focal_px(pixels: Number, fov: Number, equiangular: npt.NDArray[np.bool_] | bool = False) -> Array:
    """Return the focal length in pixels: pixel density times distance.

    Parameters
    ----------
    pixels : array or float
        Across the field of view.
    fov : array or float
        Field of view over those pixels [°].
    equiangular : bool array or bool
        Every degree has as many pixels (fisheye, panorama, stitched), and the distance that counts is the slant range;
        otherwise the picture is rectilinear and the distance that counts is the depth along the optical axis.
    """
    fov = np.asarray(fov, dtype=np.float64)
    flat = 2 * tan(np.minimum(fov, WIDEST_RECTILINEAR) / 2)
    return np.asarray(pixels / np.where(equiangular, np.radians(fov), flat), dtype=np.float64)


def edge_distance(drop: Number, below_horizon: Number) -> Array:
    """Return where a ray meets the target plane: horizontal distance from the lens [m], negative behind it.

    Infinite for a ray that never does: at or above the horizon from a lens above the plane, and the other way round.
    """
    drop, down = np.broadcast_arrays(np.asarray(drop, np.float64), np.asarray(below_horizon, np.float64))
    meets = np.where(drop >= 0, down > 0, down < 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(meets, drop / tan(down), np.inf), dtype=np.float64)


def depth_at(distance: Number, drop: Number, tilt: Number) -> Array:
    """Return the depth along the optical axis [m] of a point of the target plane straight ahead at `distance` [m]."""
    down = np.radians(tilt)
    return np.asarray(distance * np.cos(down) + drop * np.sin(down), dtype=np.float64)


def half_angle(hfov: Number, vfov: Number, tilt: Number, row: float) -> Array:
    """Return half the horizontal angle [°] under which a row of a tilted picture appears on the plan.

    Parameters
    ----------
    row : float
        -1 the lower edge of the picture, 0 its middle, 1 its upper edge. A row that looks straight down or backwards
        (lower edge of a steep view) gives 90 or more.
    """
    down = np.radians(tilt)
    ahead = np.cos(down) + row * tan(np.asarray(vfov) / 2) * np.sin(down)
    return np.asarray(np.degrees(np.arctan2(tan(np.asarray(hfov) / 2), ahead)), dtype=np.float64)


def row_width(hfov: Number, vfov: Number, tilt: Number, drop: Number, row: float) -> Array:
    """Return the width [m] of the target plane across a row of the picture (-1 lower edge, 0 middle, 1 upper edge).

    Infinite where that row lies at or above the horizon.
    """
    down = np.radians(tilt)
    sinking = np.sin(down) - row * tan(np.asarray(vfov) / 2) * np.cos(down)
    with np.errstate(divide="ignore"):
        width = 2 * np.asarray(drop) * tan(np.asarray(hfov) / 2) / sinking
    return np.asarray(np.where(sinking > 0, width, np.inf), dtype=np.float64)


def nearest_face(height: Number, face_height: Number, steepest: Number) -> Array:
    """Return the horizontal distance [m] from which a face is seen no steeper than `steepest` [°] from above."""
    return np.asarray((np.asarray(height) - face_height) / tan(steepest), dtype=np.float64)


def ground_reach(slant: Number, drop: Number) -> Array:
    """Return the horizontal distance [m] that a slant range reaches on the target plane; 0 if it does not get there."""
    return np.sqrt(np.maximum(np.square(slant) - np.square(drop), 0.0))


def tangential_factor(off_axis: Number) -> Array:
    """Return how much denser an equidistant fisheye is along its circles than along its radii, `off_axis` [°]."""
    angle = np.radians(off_axis)
    return np.asarray(1 / np.sinc(angle / np.pi), dtype=np.float64)


def frame_corners(drop: Number, tilt: Number, vfov: Number, hfov: Number, depth: Number) -> Array:
    """Return how a rectilinear view meets the target plane: its near and far edge, shape (..., 2, 2) [m].

    ``[..., 0, :]`` is the distance ahead of the lens and half the width of the near edge, ``[..., 1, :]`` of the far
    edge. The view is the part of the plane inside the picture and no deeper than `depth`.
    """
    lower = edge_distance(drop, np.asarray(tilt) + np.asarray(vfov) / 2)
    upper = edge_distance(drop, np.asarray(tilt) - np.asarray(vfov) / 2)
    above = np.asarray(drop) >= 0
    near, far = np.where(above, lower, upper), np.where(above, upper, lower)
    with np.errstate(invalid="ignore"):
        least = np.where(np.isfinite(near), np.maximum(depth_at(near, drop, tilt), 0.0), np.inf)
        deepest = np.minimum(np.where(np.isfinite(far), depth_at(far, drop, tilt), np.inf), depth)
        cos = np.cos(np.radians(tilt))
        ahead = np.where(
            np.asarray(cos) > 1e-9, (deepest - np.asarray(drop) * np.sin(np.radians(tilt))) / np.maximum(cos, 1e-9), far
        )
        ahead = np.where(np.isfinite(far), np.minimum(ahead, far), ahead)
    side = tan(np.asarray(hfov) / 2)
    edges = [np.broadcast_arrays(near, least * side), np.broadcast_arrays(ahead, deepest * side)]
    return np.stack([np.stack(edge, axis=-1) for edge in edges], axis=-2)


def frame_distances(drop: Number, tilt: Number, vfov: Number, hfov: Number, depth: Number) -> tuple[Array, Array]:
    """Return the least depth and the farthest horizontal distance of a rectilinear view on the target plane [m].

    A view is empty, with a farthest distance of 0, where `depth` does not exceed the least depth: the quality asked for
    is out of reach from this height.
    """
    corners = frame_corners(drop, tilt, vfov, hfov, depth)
    with np.errstate(invalid="ignore"):
        least = corners[..., 0, 1] / tan(np.asarray(hfov) / 2)
        reach = np.hypot(corners[..., 0], corners[..., 1]).max(axis=-1)
        return least, np.where(least < depth, reach, 0.0)
