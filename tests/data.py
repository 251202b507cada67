"""Documents and questions that are not ours to keep here; tests that need them skip without."""

import os
from pathlib import Path

import pytest

VARIABLE = "LONGREAD_TEST_DATA"
DATA = Path(os.environ.get(VARIABLE) or Path(__file__).parents[2] / "shared" / "data")


def needs(pattern):
    """Return the first file or folder of the data that a pattern fits, or skip and say so."""
    path = next(iter(sorted(DATA.glob(pattern))), None)
    if path is None:
        pytest.skip(f"needs {pattern}: name the folder it is in with {VARIABLE}")
    return path
