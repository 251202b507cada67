"""Names of files, so that they can be shown anywhere as they are."""

import re

# Controls, line ends, marks that turn the direction of writing, and what stands for bytes that are
# no text: on a terminal they could move the cursor or make one name look like another.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]",
)


def printable(name: str) -> str:
    r"""Return `name` with what could mislead the eye kept as escapes such as `\x1b`."""
    return _UNPRINTABLE.sub(lambda match: match[0].encode("unicode_escape").decode(), name)
