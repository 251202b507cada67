"""Tracing that the environment asks for is switched off: without that, somebody would be told."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.model.openai_server import serving
from tests.model.test_address import catching

ROOT = Path(__file__).parents[2]
ASK = """
import sys
from app import cli
if sys.argv[1] == "loud":
    cli.go_quiet = lambda: None
sys.argv[1:2] = []
cli.main()
"""


@pytest.mark.parametrize("start", ["quiet", "loud"])
def test_tracing_is_switched_off_and_would_tell_somebody_if_it_were_not(tmp_path, start):
    (tmp_path / "quay.txt").write_text("The boat was seen on the quay at noon.\n" * 20)
    with serving() as (url, _), catching(200) as (elsewhere, asked):
        environment = {
            "PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(ROOT),
            "LONGREAD_HOME": str(tmp_path / "home"), "LANGSMITH_API_KEY": "x",
            "LANGSMITH_TRACING": "true", "LANGSMITH_ENDPOINT": elsewhere,
        }  # fmt: skip
        subprocess.run(
            [sys.executable, "-c", ASK, start, "ask", "Where?", "quay.txt", "--model", url],
            cwd=tmp_path, env=environment, check=False, capture_output=True, timeout=120,
        )  # fmt: skip
    assert bool(asked) is (start == "loud")
