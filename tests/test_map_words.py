"""The catalogue says the same in every language, and nothing that the page does not."""

import re
from importlib.resources import files

import pytest

from camgap.maps.page import SCRIPTS
from camgap.maps.words import DEFAULT_LANGUAGE, catalogue

CODE = "\n".join(files("camgap.maps").joinpath("assets", name).read_text(encoding="utf-8") for name in SCRIPTS)
ENGLISH = catalogue()[DEFAULT_LANGUAGE]
MADE_UP = ("row_", "kind_", "layer_", "note_", "group_", "tab_", "m_", "theme_", "light_", "compass_", "overlap_",
           "search_", "state_", "lies_", "count_", "switch_", "fig_", "only_",
           "all_", "by_", "aim_", "locale", "language", "terms", "title")  # fmt: skip


def plain(words):
    return {key for key in words if not key.endswith("_one")}


def places(text):
    return set(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("language", sorted(set(catalogue()) - {DEFAULT_LANGUAGE}))
def test_every_language_has_every_text_with_the_same_places(language):
    words = catalogue()[language]
    assert plain(words) == plain(ENGLISH)
    for key in plain(words) - {"terms"}:
        assert places(words[key]) == places(ENGLISH[key]), key


def test_no_text_is_empty_and_each_singular_has_its_plural():
    for words in catalogue().values():
        assert all(text for text in words.values())
        assert {key.removesuffix("_one") for key in words if key.endswith("_one")} <= set(words)


def test_every_text_the_page_asks_for_is_there():
    asked = set(re.findall(r"\b(?:t|say)\('(\w+)'", CODE))
    assert len(asked) > 60
    assert {key for key in asked if not key.endswith("_")} <= set(ENGLISH)


def test_no_text_is_there_that_the_page_never_says():
    quoted = set(re.findall(r"'(\w+)'", CODE))
    assert {key for key in plain(ENGLISH) if key not in quoted and not key.startswith(MADE_UP)} == set()
