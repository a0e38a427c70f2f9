"""Tags of OpenStreetMap that privacy asks about: sensitive places, and whether a building is lived in."""

from collections.abc import Callable, Mapping

Get = Callable[[str], str | None]

# kind, key, values (none: any value but "no"); the first that fits counts. Which places deserve care is taken from the
# questions data-protection officers ask (EDPB 3/2019; State Council Decree 799, articles 7 to 9).
_PLACES: tuple[tuple[str, str, frozenset[str]], ...] = (
    ("school", "amenity", frozenset({"school", "special_school"})),
    ("kindergarten", "amenity", frozenset({"kindergarten", "childcare", "preschool"})),
    ("health", "amenity", frozenset({"hospital", "clinic", "doctors", "nursing_home"})),
    ("health", "healthcare", frozenset({"hospital", "clinic", "doctor", "psychotherapist", "hospice", "counselling"})),
    ("worship", "amenity", frozenset({"place_of_worship", "monastery"})),
    ("polling", "amenity", frozenset({"polling_station"})),
    ("polling", "polling_station", frozenset()),
    ("shelter", "social_facility", frozenset({"shelter", "group_home", "refugee_housing", "safe_house"})),
    ("diplomatic", "amenity", frozenset({"embassy"})),
    ("diplomatic", "office", frozenset({"diplomatic"})),
    ("diplomatic", "diplomatic", frozenset({"embassy", "consulate", "liaison"})),
    ("political", "office", frozenset({"political_party", "union"})),
    ("military", "landuse", frozenset({"military"})),
    ("military", "military", frozenset({"barracks", "base", "office", "checkpoint", "training_area", "danger_area"})),
)
PLACE_KEYS = tuple(dict.fromkeys(key for _, key, _ in _PLACES))
PLACE_KINDS = tuple(dict.fromkeys(kind for kind, _, _ in _PLACES))

HOMES = frozenset({
    "residential", "apartments", "house", "detached", "semidetached_house", "semi", "terrace", "dormitory", "bungalow",
    "farm", "cabin", "houseboat", "static_caravan", "annexe", "stilt_house", "ger", "trullo", "tree_house",
})  # fmt: skip
USE_KEYS = (
    "amenity", "shop", "office", "tourism", "healthcare", "craft", "industrial", "leisure", "military", "government",
    "historic", "public_transport", "railway", "power", "man_made",
)  # fmt: skip


def place_kind(get: Get) -> str | None:
    """Return the kind of sensitive place that tags describe (one of PLACE_KINDS), None if none.

    Parameters
    ----------
    get : callable
        Returns the value of a key, None where it is absent: ``tags.get``.
    """
    values = {key: value for key in PLACE_KEYS if (value := get(key)) is not None}
    if not values:
        return None
    for kind, key, wanted in _PLACES:
        value = values.get(key)
        if value is not None and (value in wanted if wanted else value != "no"):
            return kind
    return None


def use_of(tags: Mapping[str, str]) -> str:
    """Return "residential", "other" or "unknown": whether people live in a building, as far as its tags say.

    ``building=yes`` says nothing of its use: with a tag of another use (shop, office, amenity ...) it is "other",
    otherwise "unknown". A house that is tagged as lived in and has a shop is "residential".
    """
    kind = tags.get("building", "")
    if kind in HOMES or "residential" in tags.get("building:use", "").split(";"):
        return "residential"
    if kind != "yes" or "building:use" in tags or any(key in tags for key in USE_KEYS):
        return "other"
    return "unknown"
