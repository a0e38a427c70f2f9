"""What sort of camera a row is, whether it is one at all, and whether it works."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

# Words in the columns of kind, device and setting that mean the row is no outdoor camera of the kind asked for.
_NOT_A_CAMERA = {
    "guard": frozenset(("guard", "guards", "security guard", "保安", "경비")),
    "gunshot_detector": frozenset(("gunshot detector", "gunshot detection", "shotspotter")),
    "fake": frozenset(("fake", "dummy", "attrappe", "假")),
    "webcam": frozenset(("webcam",)),
}
_INDOOR = frozenset(("indoor", "indoors", "inside", "interior", "室内", "실내", "innen"))
_WRONG_SETTING = {
    "indoor": _INDOOR,
    "underground": frozenset(("underground", "地下", "지하")),
    "not_a_camera": frozenset(("no",)),  # surveillance=no
}
_KINDS = (  # the first that fits: a "speed dome" is panning, a "fixed dome" a dome; Latin ones are regular expressions
    ("panoramic", (
        r"panoram\w*", r"multi ?sensor\w*", r"multi ?lens\w*", r"fish ?eye\w*", r"rundum\w*", "全景", "鱼眼", "拼接",
        "多目", "파노라마", "어안",
    )),
    ("panning", (
        "ptz", "pan", "panning", "speed dome", "rotating", "rotary", "steerable", r"schwenk\w*", r"motorise\w*",
        "pivotante", "rotative", r"motorizad\w*", r"giratori\w*", "快球", "回転", "회전", "스피드돔",
    )),
    ("dome", ("dome(?:s|kamera)?", "domo", r"kuppel\w*", "半球", "돔")),
    ("panning", ("球机", "球型机", "云台")),
    ("fixed", (
        "fixed", "static", "bullet", "box", "fest", r"feststehend\w*", "starr", "fixe", "fij[ao]", "枪机", "枪型",
        "筒机", "卡口", "固定", "고정",
    )),
)  # fmt: skip
_SAYS_NOTHING = frozenset(
    ("camera", "cctv", "ip camera", "cctv camera", "security camera", "yes", "unknown", "public", "alpr", "anpr")
)
_STATUS = {  # as words() spells them; accents and a Chinese 已 before or 中 behind are left out
    "removed": """
        removed, demolished, dismantled, decommissioned, retired, scrapped, abandoned, 拆除, 报废, 撤除, 철거, 폐기,
        demontiert, abgebaut, entfernt, ruckgebaut, supprime, supprimee, depose, deposee, retire, retiree, enleve,
        enlevee, demonte, demontee, retirada, retirado, eliminada, eliminado, desmontada, desmontado
    """,
    "planned": """
        planned, proposed, future, under construction, construction, not installed, not yet installed, 规划, 计划,
        待建, 拟建, 在建, 建设, 未建, 未安装, 계획, 예정, 설치예정, geplant, vorgesehen, in planung, im bau, prevu,
        prevue, planifie, planifiee, en projet, en construction, prevista, previsto, planificada, planificado,
        en construccion
    """,
    "not_working": """
        not working, non working, nonworking, not operational, non operational, out of order, out of service,
        offline, off, broken, defective, defect, faulty, fault, failed, inactive, disabled, disused, down, damaged,
        repair, in repair, under repair, maintenance, under maintenance, no signal, closed, 离线, 不在线, 掉线,
        断线, 故障, 损坏, 坏, 异常, 停用, 停止使用, 未启用, 未使用, 维修, 检修, 无信号, 고장, 점검, 수리, 오프라인,
        사용중지, defekt, ausser betrieb, nicht in betrieb, inaktiv, gestort, storung, kaputt, ausgefallen,
        beschadigt, abgeschaltet, stillgelegt, wartung, in wartung, in reparatur, hors service, hors ligne,
        en panne, inactif, defectueux, defectueuse, en maintenance, en reparation, endommage, endommagee,
        fuera de servicio, inactiva, inactivo, averiada, averiado, danada, danado, en mantenimiento, en reparacion,
        desconectada, desconectado
    """,
    "working": """
        working, on, online, active, ok, operational, in use, in service, in operation, installed, existing, live,
        open, normal, good, enabled, functional, 在线, 正常, 启用, 在用, 使用, 运行, 运行正常, 良好, 完好, 정상,
        운영, 운영중, 사용중, 가동중, 온라인, in betrieb, aktiv, betriebsbereit, funktionsfahig, in ordnung,
        vorhanden, actif, en service, en fonction, en ligne, operationnel, operationnelle, fonctionnel,
        fonctionnelle, activa, activo, en servicio, en funcionamiento, operativa, operativo, en linea
    """,
}
_PICTURE = {  # said of a status, these tell of the picture: a camera that is on, or one that shows nothing
    "poor": """
        blurry, blurred, blurred image, blurry image, blurred picture, out of focus, image degraded,
        poor picture, poor image, poor image quality, poor picture quality, bad picture, low image quality,
        dirty, dirty lens, obstructed, occluded, view blocked, obscured, 模糊, 图像模糊, 画面模糊, 镜头模糊,
        镜头脏污, 遮挡, 画面遮挡, 镜头遮挡, 图像偏色, 偏色, 雪花, 图像雪花, 条纹干扰, 画面抖动, 图像过暗,
        图像过亮, 画质差, 图像质量差, 흐림, 화면흐림, 화면 흐림, 화질불량, 화면가림, 화면 가림, unscharf,
        verschmutzt, verdeckt, schlechtes Bild, flou, image floue, obstrué, mauvaise image, borroso,
        imagen borrosa, sucio, obstruido, mala imagen
    """,
    "failed": """
        video loss, video lost, loss of video, no video, no picture, no image, black screen, blank screen,
        signal lost, signal loss, loss of signal, no signal, 视频丢失, 图像丢失, 画面丢失, 信号丢失, 无图像,
        无画面, 无视频, 无信号, 黑屏, 영상없음, 영상 없음, 화면없음, 화면 없음, 신호없음, 신호 없음, kein Bild,
        kein Signal, Bildausfall, pas d'image, pas de signal, sin imagen, sin señal
    """,
}
_RESULTS = {  # of an inspection, beside what it says of the picture
    "good": """
        good, ok, okay, pass, passed, fine, clear, normal, excellent, very good, satisfactory, no fault,
        no faults, working, 合格, 正常, 良好, 清晰, 完好, 优, 优秀, 良, 양호, 정상, 합격, gut, sehr gut,
        in Ordnung, bestanden, einwandfrei, bon, bon état, conforme, satisfaisant, bueno, buen estado,
        correcto, aprobado
    """,
    "poor": """
        poor, fair, bad, degraded, deficient, unclear, low, partial, 较差, 差, 一般, 基本合格, 보통, 미흡,
        schlecht, mangelhaft, médiocre, mauvais, dégradé, deficiente, malo, regular
    """,
    "failed": """
        failed, fail, faulty, fault, defective, broken, not working, unusable, not ok, not passed, 不合格,
        故障, 损坏, 不可用, 불량, 불합격, 고장, defekt, ausgefallen, nicht bestanden, défaillant, défectueux,
        hors service, en panne, non conforme, averiado, fallido, no conforme, no apto, rechazado
    """,
}
_LIGHTS = (  # of a camera's own: the first that fits
    ("none", ("none", "no", "without", "off", "无", "不补光", "无补光", "없음", "ohne", "sans", "false", "0")),
    ("laser", ("laser", "激光")),
    ("infrared", ("infrared", "ir", "红外", "紅外", "적외선", "infrarot", "infrarouge")),
    ("white", ("white", "white light", "visible", "led", "flash", "白光", "可见光", "暖光", "백색", "weiss", "blanc")),
)
_YES = frozenset(("yes", "true", "1", "y", "t", "是", "on", "online", "ja", "oui", "si", "예"))
_NO = frozenset(("no", "false", "0", "n", "f", "否", "off", "offline", "nein", "non", "아니오", "아니요"))


def words(text: str) -> list[str]:
    """Return the values of a text such as ``Dome;fixed``, in small letters, without punctuation or accents."""
    plain = "".join(c for c in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(c))
    plain = unicodedata.normalize("NFC", plain)
    return [spelled for part in re.split(r"[;,/|]", plain) if (spelled := " ".join(re.findall(r"[^\W_]+", part)))]


def _meanings(lists: Mapping[str, str]) -> dict[str, str]:
    """Turn meaning -> list of words into word, as :func:`words` spells it, -> meaning."""
    return {" ".join(words(word)): meaning for meaning, many in lists.items() for word in many.split(",")}


_PICTURE_OF = _meanings(_PICTURE)
_RESULT_OF = _meanings(_RESULTS) | _PICTURE_OF
_OF_PICTURE = {word: "not_working" if result == "failed" else "working" for word, result in _PICTURE_OF.items()}
_STATUS_OF = _OF_PICTURE | _meanings(_STATUS)


@lru_cache(maxsize=4096)  # lists repeat their words
def no_camera(kind: str, device: str, setting: str, indoor: str, level: str) -> str | None:
    """Return why a row is no outdoor camera: guard, fake, webcam, indoor ...; None if it is one.

    A row that is partly something else (``dome;webcam``, ``outdoor;indoor``) is one.
    """
    for text, reasons in ((kind, _NOT_A_CAMERA), (device, _NOT_A_CAMERA), (setting, _NOT_A_CAMERA | _WRONG_SETTING)):
        values = set(words(text))
        for reason, known in reasons.items():
            if values and values <= known:
                return reason
    if set(words(indoor)) & (_YES | _INDOOR):
        return "indoor"
    levels = re.findall(r"-?\d+(?:\.\d+)?", level)
    return "underground" if levels and all(float(number) < 0 for number in levels) else None


@lru_cache(maxsize=4096)
def kind_of(text: str) -> str | None:
    """Return fixed, dome, panning, panoramic or unknown; None where camgap does not know the word."""
    spelled = " ".join(words(text))
    if not spelled or spelled in _SAYS_NOTHING:
        return "unknown"
    for kind, names in _KINDS:
        if any(re.search(rf"\b(?:{name})\b", spelled) if name.isascii() else name in spelled for name in names):
            return kind
    return None


@lru_cache(maxsize=4096)
def status_of(status: str, working: str) -> str | None:
    """Return working, not_working, planned, removed or unknown; None where camgap does not know the word."""
    if not status:
        answer = set(words(working))
        if answer & _NO:
            return "not_working"
        if answer & _YES:
            return "working"
    found = {_status(word) for word in words(status or working)}
    return found.pop() if len(found) == 1 else None if found else "unknown"


def _status(word: str) -> str | None:
    """Return what one word says, None where camgap does not know it."""
    if word in ("unknown", "未知", "不详", "unbekannt", "inconnu", "desconocido", "미상"):
        return "unknown"
    bare = word.removeprefix("已")
    return next((s for w in (word, bare, bare.removesuffix("中")) if (s := _STATUS_OF.get(w))), None)


@lru_cache(maxsize=4096)
def picture_of(status: str) -> str:
    """Return what a status says of the picture: poor or failed; "" where it says nothing of it."""
    return _PICTURE_OF.get(" ".join(words(status)), "")


@lru_cache(maxsize=4096)
def inspection_of(text: str) -> str | None:
    """Return the result of an inspection: good, poor, failed; "" where nothing is said, None for an unknown word."""
    spelled = " ".join(words(text))
    return "" if spelled in ("", "unknown", "not inspected", "未巡检", "未检查") else _RESULT_OF.get(spelled)


@lru_cache(maxsize=4096)
def light_of(text: str) -> str | None:
    """Return a camera's own light: none, infrared, white, laser; "" where nothing is said, None for an unknown word."""
    spelled = " ".join(words(text))
    if spelled in ("", "unknown", "other", "其他"):
        return ""
    for light, names in _LIGHTS:
        if any(re.search(rf"\b{name}\b", spelled) if name.isascii() else name in spelled for name in names):
            return light
    return None


@lru_cache(maxsize=4096)
def yes_or_no(text: str) -> str | None:
    """Return yes, no, "" where nothing is said, None for a word that is neither."""
    answer = set(words(text))
    if not answer:
        return ""
    if answer <= _YES | {"有", "available", "set"}:
        return "yes"
    return "no" if answer <= _NO | {"无", "none"} else None


def osm_status(keys: Iterable[str]) -> str | None:
    """Return what OpenStreetMap's life-cycle prefixes say of a node that is no camera any more, or not yet."""
    prefixes = {"planned": ("planned", "proposed", "construction"), "not_working": ("disused",)}
    prefixes["removed"] = ("removed", "demolished", "dismantled", "razed", "abandoned", "was")
    present = set(keys)
    for status, known in prefixes.items():
        if any(f"{prefix}:{key}" in present for prefix in known for key in ("man_made", "surveillance")):
            return status
    return None
