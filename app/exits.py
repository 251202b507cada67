"""What the `longread` command ends with, and how that is told in each command's help."""

from typing import Final

ANSWERED: Final = 0
FAILED: Final = 1
WRONG_USAGE: Final = 2
NOT_FOUND: Final = 3
STOPPED: Final = 130
IN_WORDS: Final = """\b
Exit codes:
  0  answered, found, done
  1  failed: a file, the model or the library; one sentence says which and why
  2  wrong usage
  3  not found in the document
"""
