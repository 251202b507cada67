"""Documents and questions that are not ours to keep here; tests that need them skip without."""

import os
from pathlib import Path

import pytest

FOLDER = "LONGREAD_TEST_DATA"


def needs(name):
    """Return a file or folder of the data, or skip the test and say what is missing."""
    folder = os.environ.get(FOLDER, "")
    if not folder:
        pytest.skip(f"needs {name}: name the folder it is in with {FOLDER}")
    path = Path(folder, name)
    if not path.exists():
        pytest.skip(f"needs {name}, which is not in {FOLDER}={folder}")
    return path
