"""Every language says the same things, and whoever is at the page is spoken to in theirs."""

import inspect
import re
import threading

import pytest

from agent.coverage import DocumentCoverage, Stretch
from agent.progress import Progress
from app import strings
from app.words import LANGUAGES, speak, words

ENGLISH = words("en")
# What is called so everywhere.
_NAMES = re.compile(r"Longread|Markdown|JSON|PDF|CSV|token|`[^`]*`|apt install|tesseract-ocr")


def said(module):
    """Return the public names of a language, but for what it imports."""
    return {
        name: value
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (
            isinstance(value, str | dict | tuple | int)
            or (inspect.isfunction(value) and value.__module__ == module.__name__)
        )
        and name != "HOW_TO_INSTALL"
    }


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_a_language_says_all_that_english_says(language):
    theirs, ours = said(words(language)), said(ENGLISH)
    assert theirs.keys() == ours.keys()
    for name, value in ours.items():
        if inspect.isfunction(value):
            assert inspect.signature(theirs[name]) == inspect.signature(value), name
        elif isinstance(value, dict):
            assert theirs[name].keys() == value.keys(), name


def test_chinese_is_chinese():
    same = {"TITLE", "SAMPLE_NAME", "SAMPLE_PAGES", "SAMPLE_QUESTIONS", "SAVE_AS"}
    for name, value in said(words("zh")).items():
        for sentence in value.values() if isinstance(value, dict) else [value]:
            if isinstance(sentence, str) and name not in same:
                assert not re.search(
                    r"[A-Za-z]{2,}", _NAMES.sub("", sentence).replace("LONGREAD", "")
                ), name


STAGES = [
    "Reading in a.pdf",
    "Indexing a.pdf",
    "a.pdf is ready",
    "Reading 3,797 passages, 777,750 tokens, about 3 minutes",
    "Reading 3 passages",
    "Looking for: a yard",
    "Summing up",
    "Answering",
    "Done",
]


@pytest.mark.parametrize("stage", STAGES)
def test_what_the_agent_does_is_said_in_chinese(stage):
    chinese = words("zh").stage(Progress(stage=stage, done=1, total=2))
    assert re.search("[\u4e00-\u9fff]", chinese)
    assert chinese.endswith("：1 / 2")
    assert ENGLISH.step(stage) == stage


def test_each_thread_speaks_its_own_language():
    heard = {}

    def listen(language):
        speak(language)
        heard[language] = strings.STOP

    for language in ("zh", "en", "xx"):
        thread = threading.Thread(target=listen, args=(language,))
        thread.start()
        thread.join()
    assert heard == {"zh": "停止", "en": "Stop", "xx": "Stop"}
    assert strings.STOP == "Stop"


def test_a_map_says_its_counts_in_chinese():
    document = DocumentCoverage(
        "d", "a.pdf", 5, (Stretch(1, 4, "read"), Stretch(5, 5, "failed")), (2,)
    )
    assert (
        words("zh").map_of(document)
        == "a.pdf 的阅读地图，共 5 页：4 页已读，1 页读取失败，1 页被引用"
    )
