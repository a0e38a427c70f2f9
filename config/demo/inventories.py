"""The two camera lists: Skynet (天网), in good order, and Sharp Eyes (雪亮工程), as such lists come."""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from camgap.config.demo.chance import Chance
from camgap.config.demo.furniture import MAIN
from camgap.config.demo.mounts import Mount, centrality, chosen, corners, into_wall, kerbs, walls
from camgap.config.demo.terrain import lonlat
from camgap.config.demo.town import Town

SKYNET_ROWS, SHARP_EYES_ROWS = 356, 300

CHINESE = ("北", "东北", "东", "东南", "南", "西南", "西", "西北")
LETTERS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")
WORDS = ("north", "northeast", "east", "southeast", "south", "southwest", "west", "northwest")

CLASS_WEIGHT = {"primary": 5.0, "secondary": 4.0, "tertiary": 1.6, "pedestrian": 2.5}

Row = dict[str, str]


@dataclass(frozen=True)
class Model:
    """A kind of camera as the lists write it."""

    kind: str  # 摄像机类型
    industry: str  # 9th and 10th digit of the device id: 00 streets, 04 traffic, 05 traffic checkpoint
    hfov: float  # [°]
    pixels: tuple[int, int]
    height: float  # [m]
    light: str  # 补光

    @property
    def range_m(self) -> int:
        """Distance at which 25 px/m are left; a plate reader's is that of its lamp."""
        return 35 if self.industry == "05" else int(self.pixels[0] / (50 * math.tan(math.radians(self.hfov / 2))))


BULLETS = (
    Model("枪机", "00", 78, (2560, 1440), 5.0, "红外"),
    Model("枪机", "00", 78, (1920, 1080), 4.5, "红外"),
    Model("枪机", "00", 98, (2560, 1440), 4.0, "白光"),
    Model("枪机", "04", 54, (2560, 1440), 6.0, "无"),
    Model("枪机", "00", 78, (1280, 720), 4.0, "无"),
)
BULLET_SHARES = (0.38, 0.2, 0.1, 0.22, 0.1)
BALL = Model("球机", "00", 65.1, (1920, 1080), 7.0, "红外")
PLATE_READER = Model("卡口枪机", "05", 31, (3984, 2656), 6.5, "白光")
HALF_BALL = Model("半球", "00", 98, (2560, 1440), 3.5, "红外")


def skynet(town: Town) -> list[Row]:
    """Return the Skynet list: 356 cameras, most at junctions of main streets and in the centre."""
    rng = Chance("skynet")
    at_corners, at_kerbs = corners(town), kerbs(town, 48.0)
    main_kerbs = [m for m in at_kerbs if m.street.highway in MAIN[:2]]
    taken: list[Mount] = []
    cameras: list[tuple[Mount, Model]] = []
    draws: tuple[tuple[Model | None, list[Mount], int, float, float], ...] = (
        (BALL, at_corners, 46, 95.0, 760.0),
        (PLATE_READER, main_kerbs, 34, 130.0, 2500.0),
        (None, at_corners, SKYNET_ROWS - 160, 30.0, 680.0),
        (None, at_kerbs, 68, 70.0, 680.0),
        (HALF_BALL, walls(town, 23.0, 0.3), 12, 60.0, 240.0),
    )
    for model, places, count, apart, reach in draws:
        weights = [CLASS_WEIGHT.get(m.street.highway, 0.7) * centrality(m, reach) for m in places]
        drawn = chosen(places, weights, count, apart, taken, rng)
        taken += drawn
        cameras += [(m, model or rng.pick(BULLETS, BULLET_SHARES)) for m in drawn]
    order = rng.order(len(cameras))
    return [_skynet_row(number, cameras[i][0], cameras[i][1], rng) for number, i in enumerate(order, start=1)]


def _skynet_row(number: int, mount: Mount, model: Model, rng: Chance) -> Row:
    lon, lat = lonlat(mount.at)
    known = [rng.random() for _ in range(4)]
    azimuth = round(mount.azimuth + rng.uniform(-4, 4)) % 360
    status = "在线" if known[3] > 0.045 else "离线" if known[3] > 0.012 else "故障"
    return {
        "设备编码": f"99010100{model.industry}1320{number:06d}",
        "名称": f"{_place_name(mount)}{CHINESE[_eighth(azimuth)]}向{model.kind}",
        "经度": f"{lon:.6f}",
        "纬度": f"{lat:.6f}",
        "方位角": str(azimuth) if known[0] > 0.015 else "",
        "水平视场角": f"{model.hfov:g}" if known[1] > 0.12 else "",
        "可视距离(米)": str(model.range_m) if known[2] > 0.15 else "",
        "安装高度(米)": f"{model.height + round(rng.uniform(-0.5, 0.5), 1):g}",
        "摄像机类型": model.kind,
        "分辨率": f"{model.pixels[0]}x{model.pixels[1]}",
        "补光": model.light,
        "设备状态": status,
        "安装年份": str(rng.whole(2015, 2022)),
    }


def _place_name(mount: Mount) -> str:
    street = mount.street.name or "支路"
    return f"{street}与{mount.crossing.name}路口" if mount.crossing else street


def _eighth(azimuth: float) -> int:
    return round(azimuth / 45) % 8


def sharp_eyes(town: Town) -> list[Row]:
    """Return the Sharp Eyes list: 300 cameras in lanes and estates, roughly described and badly kept up."""
    rng = Chance("sharp eyes")
    on_walls = walls(town, 31.0, 0.25)
    minor_corners = [m for m in corners(town) if m.street.highway not in MAIN]
    drawn = chosen(on_walls, [centrality(m, 760.0) + 0.04 for m in on_walls], 198, 40.0, [], rng)
    depths = [rng.uniform(0.1, 1.8) for _ in range(44)] + [0.0] * 14  # read off a map: inside the house, on its wall
    cameras = [into_wall(m, d) for m, d in zip(drawn, depths, strict=False)] + drawn[len(depths) :]
    weights = [centrality(m, 900.0) + 0.04 for m in minor_corners]
    cameras += chosen(minor_corners, weights, SHARP_EYES_ROWS - len(drawn), 33.0, drawn, rng)
    order = rng.order(len(cameras))
    rows = [_sharp_eyes_row(number, cameras[i], rng) for number, i in enumerate(order, start=1)]
    faulty = rng.order(len(rows))[:14]
    for i in faulty[:5]:
        rows[i] |= {"lat": "", "lng": "", "remark": "坐标待测"}
    for i in faulty[5:8]:
        rows[i] |= {"lat": "0", "lng": "0"}
    for i in faulty[8:]:
        rows[i] |= {"indoor": "是", "remark": "楼道内"}
    return rows


def _sharp_eyes_row(number: int, mount: Mount, rng: Chance) -> Row:
    lon, lat = lonlat(mount.at)
    chinese = rng.random() < 0.5
    name = mount.street.name if chinese else mount.street.name_en
    place = name or ("小区支路" if chinese else "estate lane")
    kind = rng.pick(["bullet", "枪机", "dome", "半球", "ptz", ""], [0.38, 0.22, 0.14, 0.1, 0.04, 0.12])
    status = rng.pick(STATUS, STATUS_SHARES)
    return {
        "camera_id": f"XL-{number:04d}",
        "site": f"{place}{rng.whole(1, 98)}号" if chinese else f"{place} No. {rng.whole(1, 98)}",
        "lat": f"{lat:.6f}",
        "lng": f"{lon:.6f}",
        "朝向": _roughly(mount.azimuth, rng),
        "camera_type": kind,
        "resolution": rng.pick(["720p", "1080p", "D1", "4MP"], [0.42, 0.4, 0.1, 0.08]),
        "indoor": "否" if rng.random() < 0.5 else "",
        "status": status,
        "last_service": "" if rng.random() < 0.6 else str(rng.whole(2017, 2022)),
        "remark": rng.pick(["", "", "", "镜头模糊", "树枝遮挡", "lens dirty"]),
    }


STATUS = ("online", "在线", "offline", "离线", "broken", "故障", "停用", "")
STATUS_SHARES = (0.44, 0.28, 0.07, 0.05, 0.04, 0.03, 0.02, 0.07)


def _roughly(azimuth: float, rng: Chance) -> str:
    """Return a direction as somebody on a ladder would write it, or nothing."""
    form, i = rng.random(), _eighth(azimuth)
    for share, text in ((0.22, ""), (0.55, LETTERS[i]), (0.82, CHINESE[i]), (0.93, f"朝{CHINESE[i]}")):
        if form < share:
            return text
    return WORDS[i]


def csv_text(rows: Sequence[Mapping[str, str]], mark: bool) -> str:
    """Return rows as CSV with a header; `mark` puts a byte order mark before it, as spreadsheets do."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return ("\ufeff" if mark else "") + text.getvalue()
