"""A network of its own in which every packet to anywhere beyond this machine is counted.

All that is not for this machine goes to an interface that leads nowhere; the kernel counts there
what C, Rust, children and browsers send, DNS included. A look at a route without a packet, as
browsers do to see whether there is IPv6, is not counted.

As a plugin of pytest (`-p tests.faults.counting`) this writes a line for each test during which
something tried to leave to the file that LONGREAD_COUNTED names.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

_NAME = "LONGREAD_COUNTED"
_NETWORK = """
ip link set lo up
ip link add out type veth peer name nowhere
ip link set out addrgenmode none
ip link set out up
ip address add 198.18.0.1/32 dev out
ip -6 address add fd00::1/128 nodad dev out
ip route add default dev out
ip -6 route add default dev out
export RES_OPTIONS="timeout:1 attempts:1"  # nobody answers there
sleep 2.5  # the kernel introduces itself, twice within two seconds
"""
_IN_IT = ["unshare", "-rn", "bash", "-e", "-c", f'{_NETWORK}exec "$@"', "_"]


def why_not():
    """Return why there is no such network here, "" if there is."""
    if not (shutil.which("unshare") and shutil.which("ip")):
        return "needs unshare and ip"
    ran = subprocess.run([*_IN_IT, "true"], capture_output=True, text=True, check=False)
    return f"no network of its own can be had: {ran.stderr[:100]}" if ran.returncode else ""


def run_alone(command: Sequence[str], **options):
    """Run a command in such a network."""
    return subprocess.run(
        [*_IN_IT, *command], capture_output=True, text=True, check=False, **options
    )


def left():
    """Return how many packets have been sent to nowhere since the network was made."""
    lines = (line.split() for line in Path("/proc/net/dev").read_text().splitlines())
    (out,) = (line for line in lines if line[0] == "out:")
    return int(out[10]) + int(out[12])  # sent, and dropped on the way


_before = {"packets": 0}


def pytest_configure():
    """Begin with what the kernel has sent by now."""
    _before["packets"] = left()


def pytest_runtest_setup():
    """Remember the count before a test."""
    _before["packets"] = left()


def pytest_runtest_logreport(report):
    """Write down a test during which something tried to leave."""
    now = left()
    if now > _before["packets"]:
        with Path(os.environ[_NAME]).open("a") as file:
            file.write(f"{report.nodeid} ({report.when}): {now - _before['packets']} packets\n")
    _before["packets"] = now


if __name__ == "__main__":
    print(left())
