"""Starts the web page in a Streamlit server of its own, for this machine alone unless told."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from app.settings import Limits, for_server

SERVER = Path(__file__).with_name("server.py")


def serve(
    port: int,
    address: str = "127.0.0.1",
    host_names: Sequence[str] = (),
    user_header: str = "",
    limits: Limits | None = None,
) -> int:
    """Run the page until it is stopped, and return the server's exit code.

    Args:
        port: to listen on.
        address: to listen on.
        host_names: by which browsers may reach it, besides localhost.
        user_header: in which a proxy says who is at the page.
        limits: of what may be uploaded; None for the usual ones.
    """
    command = [
        sys.executable,
        "-P",  # else a file of the user's called app.py or settings.py would be taken for ours
        "-m",
        "streamlit",
        "run",
        str(SERVER),
        "--server.address",
        address,
        "--server.port",
        str(port),
        "--server.headless",
        "true",
    ]
    environment = for_server(host_names, user_header, limits)
    try:
        return subprocess.call(command, env=environment)  # noqa: S603  # ours, with known options
    except KeyboardInterrupt:
        return 0
