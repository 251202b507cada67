"""Every sentence the page says to people, in the language they read; see `app.words`."""

from typing import TYPE_CHECKING, Any

from app.words import current, words

if TYPE_CHECKING:
    from app.words.en import *  # noqa: F403 - each language has the same names, a test holds it


def __getattr__(name: str) -> Any:
    """Return what is called so in the language of whoever is at the page."""
    return getattr(words(current()), name)
