"""The reader of this server process: chosen and loaded once, whoever asks.

Not a Streamlit cache: any visitor can clear those, and then a second model would be loaded.
"""

import functools
import threading

from app.settings import Settings
from app.wire import Choice, choose_reader

_LOCK = threading.Lock()


def shared_reader(settings: Settings) -> Choice:
    """Return who reads under these settings; the first call may take a minute.

    Raises:
        ModelError: if the model cannot be had; the next call tries again.
    """
    with _LOCK:  # two people who ask at the same time must not load two models
        return _choose(settings)


@functools.lru_cache(maxsize=1)
def _choose(settings: Settings) -> Choice:
    return choose_reader(settings)
