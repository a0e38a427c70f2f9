"""What the columns of a camera list mean, told by their names, never by their position.

A name is compared without case, spaces, punctuation and unit: ``Height (ft)``, ``height_ft`` and ``HEIGHT`` all mean
the height. Where several columns mean the same:

- coordinates and ids: one column is used. A name that says WGS 84 wins, then the order of `NAMES`, then the left one.
- anything else: the first in that order that is not empty in the row.

Columns that look like access or contact data (passwords, addresses in networks, accounts, telephones) are never read.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from camgap.coverage.inputs.quantities import ANGLE_UNITS, LENGTH_UNITS

# Field -> names it goes by, best first, in small letters without spaces and punctuation.
_NAMES = {
    "lon": """
        longitude lon lng long 经度 經度 경도 längengrad laengengrad longitud longitudine geolon geolong
        pointx xcoord xcoordinate x jd
    """,
    "lat": "latitude lat 纬度 緯度 위도 breitengrad latitud latitudine geolat pointy ycoord ycoordinate y wd",
    "id": """
        cameraid id deviceid camid cctvid sbbm 设备编码 编号 관리번호 uid uuid ref reference code number no
        nr objectid fid featureid
    """,
    "name": """
        cameraname name sbmc 设备名称 名称 title label camera location locationname locationdescription
        address 地址 位置 azdz 소재지도로명주소 소재지지번주소 설치위치 주소 site street standort adresse
        description
    """,
    "azimuth": """
        cameradirection azimuth heading bearing direction orientation facing viewdirection viewingdirection
        azimut blickrichtung richtung rumbo 方位角 朝向 方向 监控方向 방위각 촬영방향 촬영방면정보
    """,
    "hfov": """
        hfov horizontalfov fovh horizontalfieldofview horizontalfieldangle camerafov fov fieldofview
        angleofview viewangle viewingangle 水平视场角 视场角 视角 화각 sichtfeld champdevision
    """,
    "range_m": """
        range maxrange camerarange viewdistance viewingdistance maxviewdistance visibledistance viewrange
        detectionrange ksjl 可视距离 监控距离 reach reichweite portée portee distance
    """,
    "near_m": "near nearest nearlimit minrange mindistance deadzone",
    "height": """
        cameraheight height mountheight mountingheight installationheight azgd 安装高度 架设高度 高度
        설치높이 höhe hoehe montagehöhe hauteur altura
    """,
    "tilt": "cameraangle tilt tiltangle pitch 俯仰角 俯角",
    "kind": "cameratype kind camerakind type 摄像机类型 类型 sxjlx 카메라종류 kameratyp",
    "device": "surveillancetype devicetype",
    "setting": "surveillance indooroutdoor insideoutside indoorsoutdoors setting environment",
    "indoor": "indoor indoors",
    "status": "status operationalstatus state condition workingstatus camerastatus 状态 设备状态 운영상태 zustand",
    "working": "online isonline working isworking active isactive operational inservice",
    "count": "cameracount count cameras numberofcameras ncameras 数量 카메라대수",
}
NAMES: dict[str, tuple[str, ...]] = {name: tuple(words.split()) for name, words in _NAMES.items()}

# The keys of OpenStreetMap have fixed meanings; best first. camera:angle is the
# tilt below the horizon, no field of view.
OSM_KEYS: dict[str, tuple[str, ...]] = {
    "id": ("@id", "feature id"),
    "name": ("name", "description", "ref"),
    "azimuth": ("camera:direction", "direction"),
    "hfov": ("camera:fov",),
    "range_m": ("camera:range",),
    "height": ("camera:height", "height"),
    "tilt": ("camera:angle",),
    "kind": ("camera:type",),
    "device": ("surveillance:type",),
    "setting": ("surveillance", "location"),
    "indoor": ("indoor",),
    "level": ("level", "layer"),
    "status": ("operational_status", "status"),
    "count": ("camera:count",),
}

MEANING = {
    "lon": "longitude",
    "lat": "latitude",
    "id": "id",
    "name": "name",
    "azimuth": "azimuth",
    "hfov": "horizontal field of view",
    "range_m": "range",
    "near_m": "near limit",
    "height": "height",
    "tilt": "tilt below the horizon",
    "kind": "kind of camera",
    "device": "kind of device",
    "setting": "indoor or outdoor",
    "indoor": "indoor",
    "level": "level below ground",
    "status": "status",
    "working": "status (working or not)",
    "count": "number of cameras",
}
ONE_COLUMN = ("lon", "lat", "id")  # rows must not take these from different columns
_UNITS = {"range_m": LENGTH_UNITS, "near_m": LENGTH_UNITS, "height": LENGTH_UNITS} | dict.fromkeys(
    ("lon", "lat", "azimuth", "hfov", "tilt"), ANGLE_UNITS
)

_WGS84 = re.compile(r"wgs[\W_]*84|(?:epsg[\W_]*)?(?<!\d)4326(?!\d)")
_REPEATED = re.compile(r" \(column \d+\)$")  # how a name met before is told apart
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_DEVICE_WORDS = frozenset(("camera", "cam", "cctv", "gps", "device", "site", "view"))
_PRIVATE = """
    password passwd pwd pass ip ipv4 ipv6 ipaddress ipaddr mac macaddress macdz port rtsp account username user login
    credential credentials token phone telephone tel mobile fax email mail contact contacts contactinfo contactperson
    gldwlxfs
"""
_PRIVATE_WORDS = frozenset(_PRIVATE.split())
_PRIVATE_CHINESE = ("密码", "口令", "账号", "帐号", "账户", "用户名", "电话", "手机", "联系")
_PRIVATE_PARTS = (*_PRIVATE_CHINESE, "비밀번호", "전화번호", "연락처", "계정")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list that feeds a field."""

    name: str
    scale: float = 1.0  # metres or degrees per unit written in its name


@dataclass(frozen=True)
class Understanding:
    """What the columns of a list were understood as."""

    fields: dict[str, tuple[Column, ...]]  # field -> its columns, best first
    columns: dict[str, str]  # column -> what it was understood as, for people
    not_read: dict[str, str] = field(default_factory=dict)  # column -> why it is not read


def is_private(column: str) -> bool:
    """Tell whether a column looks like access or contact data."""
    words = _words(column)
    joined = "".join(words)
    return (
        not _PRIVATE_WORDS.isdisjoint(words)
        or joined in _PRIVATE_WORDS
        or any(part in joined for part in _PRIVATE_PARTS)
    )


def understand(columns: Iterable[str]) -> Understanding:
    """Understand the columns of a table by their names."""
    found: dict[str, list[tuple[int, int, int, Column]]] = {}
    not_read: dict[str, str] = {}
    for position, name in enumerate(columns):
        if is_private(name):
            not_read[name] = "private: access or contact data"
            continue
        for field_name, scale, rank, wgs84 in _meanings(_REPEATED.sub("", name)):
            found.setdefault(field_name, []).append((not wgs84, rank, position, Column(name, scale)))
            break
        else:
            not_read[name] = "not needed"
    return _settle(
        {name: [entry[3] for entry in sorted(entries, key=_rank)] for name, entries in found.items()}, not_read
    )


def understand_osm(keys: Iterable[str]) -> Understanding:
    """Understand OpenStreetMap keys; of those not needed only private ones are named."""
    present = set(keys)
    fields = {name: [Column(key) for key in known if key in present] for name, known in OSM_KEYS.items()}
    private = {key: "private: access or contact data" for key in sorted(present) if is_private(key)}
    return _settle({name: columns for name, columns in fields.items() if columns}, private)


def _rank(entry: tuple[int, int, int, Column]) -> tuple[int, int, int]:
    return entry[:3]


def _settle(found: dict[str, list[Column]], not_read: dict[str, str]) -> Understanding:
    """Choose among columns of one meaning and put into words what each is taken for."""
    fields: dict[str, tuple[Column, ...]] = {}
    notes: dict[str, str] = {}
    for name, columns in found.items():
        first = columns[0].name
        notes[first] = MEANING[name]
        for other in columns[1:]:
            if name in ONE_COLUMN:
                not_read[other.name] = f"{first!r} is the {MEANING[name]}"
            else:
                notes[other.name] = f"{MEANING[name]}, where {first!r} is empty"
        fields[name] = tuple(columns[:1] if name in ONE_COLUMN else columns)
    return Understanding(fields, notes, not_read)


def _words(name: str) -> list[str]:
    """Return a column name's words in small letters, without punctuation."""
    return re.findall(r"[^\W_]+|°", _CAMEL.sub(" ", unicodedata.normalize("NFKC", name)).casefold())


def _meanings(name: str) -> Iterable[tuple[str, float, int, bool]]:
    """Yield what a name can mean, best first: field, scale of its unit, rank among the field's names, says WGS 84."""
    text = _CAMEL.sub(" ", unicodedata.normalize("NFKC", name)).casefold()
    plain, marked = _WGS84.subn(" ", text)
    words = re.findall(r"[^\W_]+|°", plain)
    for spelling in (words, words[1:] if words and words[0] in _DEVICE_WORDS else []):
        for unit in (None, spelling[-1] if len(spelling) > 1 else None):
            joined = "".join(spelling if unit is None else spelling[:-1])
            for field_name, known in NAMES.items():
                scale = 1.0 if unit is None else _UNITS.get(field_name, {}).get(unit)
                if scale is not None and joined in known:
                    yield field_name, scale, known.index(joined), bool(marked)
