"""Make the files of the fictional town of Jiwan: ``python -m camgap.config.demo.make_town [OUTDIR]``.

Without OUTDIR they are written beside this script, where the package keeps them. The same script gives the same bytes.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from camgap.config.demo.furniture import furniture
from camgap.config.demo.inventories import csv_text, sharp_eyes, skynet
from camgap.config.demo.town import make_town
from camgap.config.demo.write import osm_text, write
from camgap.config.demo.zones import districts, forbidden

PROJECT = """\
# The fictional town of Jiwan (霁湾): two camera lists, one street network, and the money for this year.
# Paths are relative to this file. Presets and camera models are camgap's own; prices of the models may be set here.

budget = 1500000

[inputs]
osm = ["town.osm"]
cameras = ["skynet.csv", "sharp_eyes.csv"]
districts = "districts.geojson"
forbidden = "forbidden.geojson"

[plan]
currency = "CNY"

[plan.prices]
"bullet-4mm" = 14500
"""


def town_files() -> dict[str, str]:
    """Return the text of every file of the town, by file name."""
    town = make_town()
    return {
        "town.osm": osm_text(town, furniture(town)),
        "skynet.csv": csv_text(skynet(town), mark=False),
        "sharp_eyes.csv": csv_text(sharp_eyes(town), mark=True),
        "districts.geojson": districts(),
        "forbidden.geojson": forbidden(town),
        "camgap.toml": PROJECT,
    }


def main(arguments: Sequence[str]) -> None:
    """Write the files into the folder named first, or beside this script."""
    folder = Path(arguments[0]) if arguments else Path(__file__).parent
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in town_files().items():
        write(folder, name, text)


if __name__ == "__main__":
    main(sys.argv[1:])
