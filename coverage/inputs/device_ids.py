"""Device ids of GB/T 28181 annex E: 20 digits, centre code (8), industry (2), type (3), network (1), serial (6)."""

import re

# Types that are no cameras: recorders, servers, decoders, alarms, audio, mobile units, platforms, groups. Cameras are
# 131 and 132, video checkpoints and devices of several lenses 121 and 122.
_NO_CAMERA = {
    **dict.fromkeys(range(111, 119), "recorder or server"),
    **dict.fromkeys(range(133, 139), "alarm, audio or mobile unit"),
    **dict.fromkeys(range(200, 300), "platform or group"),
}
_PROVINCES = range(11, 83)
_ROUNDED = re.compile(r"\d(?:[.,]\d+)?e\+?\d+", re.IGNORECASE)


def ruined_id(text: str) -> bool:
    """Tell whether a spreadsheet has ruined an id: ``5.104E+19``, or 20 digits of which the last five became zeros."""
    return bool(_ROUNDED.fullmatch(text)) or (len(text) == 20 and text.isdecimal() and text.endswith("00000"))


def not_a_camera(text: str) -> str:
    """Return what a 20-digit id says the device is instead of a camera, "" if it says nothing of that kind."""
    if len(text) != 20 or not (text.isascii() and text.isdecimal()) or int(text[:2]) not in _PROVINCES:
        return ""
    what = _NO_CAMERA.get(int(text[10:13]))
    return f"device type {text[10:13]}: {what}" if what else ""
