"""What the commands have in common in what they are given and what they print."""

import json
import re
import sys
from typing import Any, Final

from agent.errors import QuestionError

_PAGES: Final = re.compile(r"([0-9]{1,9})(?:-([0-9]{1,9}))?")


def page_range(said: str) -> tuple[int, int]:
    """Return first and last page of "3-9" or "5".

    Raises:
        QuestionError: if it is neither.
    """
    found = _PAGES.fullmatch(said)
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 0 < first <= last:
        raise QuestionError(f"--pages {said}: write one page or two, such as 5 or 3-9.")
    return first, last


def to_json(value: Any) -> str:
    """Return JSON in the letters themselves where the output can take every letter there is."""
    is_utf8 = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    return json.dumps(value, ensure_ascii=not is_utf8)
