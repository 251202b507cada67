"""What the page says, in the languages it speaks: one module each, with the same names.

`app.strings` is where they are asked for: it answers in the language of whoever is at the page.
"""

import importlib
import sys
from contextvars import ContextVar
from functools import lru_cache
from types import ModuleType
from typing import Final

LANGUAGES: Final = {"en": "English", "zh": "中文"}
"""What there is, each called as those who speak it do."""

CHOSEN: Final = "language"
"""Where a tab keeps the language that was chosen in it."""

_SPOKEN: ContextVar[str] = ContextVar("spoken", default="")


def speak(language: str) -> None:
    """Speak a language in this thread, as the worker does for whoever asked."""
    _SPOKEN.set(language if language in LANGUAGES else "en")


def current() -> str:
    """Return the language to speak: what was chosen, else the browser's own, else English."""
    return _SPOKEN.get() or _of_page() or "en"


def words(language: str) -> ModuleType:
    """Return all that is said in a language."""
    return _modules()[language]


def _of_page() -> str:
    """Return the language of the page that is being drawn in this thread, if there is one."""
    streamlit = sys.modules.get("streamlit")  # the command line does not wait for it
    if streamlit is None:
        return ""
    if streamlit.runtime.scriptrunner.get_script_run_ctx(suppress_warning=True) is None:
        return ""
    chosen = str(streamlit.session_state.get(CHOSEN, ""))
    return chosen or _nearest(streamlit.context.locale or "")


def _nearest(locale: str) -> str:
    language = locale.lower().partition("-")[0]
    return language if language in LANGUAGES else ""


@lru_cache(maxsize=1)
def _modules() -> dict[str, ModuleType]:
    return {language: importlib.import_module(f"{__name__}.{language}") for language in LANGUAGES}
