"""Starts the web page in a Streamlit server of its own, on this machine's own address only."""

import subprocess
import sys
from pathlib import Path

SERVER = Path(__file__).with_name("server.py")


def serve(port: int) -> int:
    """Run the page until it is stopped, and return the server's exit code."""
    command = [
        sys.executable,
        "-P",  # else a file of the user's called app.py or settings.py would be taken for ours
        "-m",
        "streamlit",
        "run",
        str(SERVER),
        "--server.port",
        str(port),
        "--server.headless",
        "true",
    ]
    try:
        return subprocess.call(command)  # noqa: S603  # our own interpreter, a fixed command
    except KeyboardInterrupt:
        return 0
