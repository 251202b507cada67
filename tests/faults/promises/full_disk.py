"""A disk with any amount of room left: nothing is lost, and with room again all goes on."""

import shutil
import subprocess

from tests.faults.promise import Outcome, Promise, lines_of


def tried(who, count, folder):
    if not shutil.which("unshare"):
        return Outcome(0, skipped="needs unshare")
    if subprocess.run(
        ["unshare", "-rm", "mount", "-t", "tmpfs", "longread", str(folder)],
        capture_output=True, check=False,
    ).returncode:  # fmt: skip
        return Outcome(0, skipped="no disk can be mounted here")
    sizes = lines_of("faults.small_disk", folder, who, count, around=("unshare", "-rm"))
    broken = [f"{blocks} blocks: {found}" for blocks, _, found in sizes if found]
    if who == "ours" and not (any(row[1] for row in sizes) and any(not row[1] for row in sizes)):
        broken.append("the sizes were all too small, or none was")
    return Outcome(len(sizes), tuple(broken))


def ours(count, folder):
    return tried("ours", count, folder)


def control(count, folder):
    return tried("naive", 4 * count, folder)


PROMISE = Promise(
    "On a full disk nothing is lost, what is there can be read, and with room again all goes on",
    "a document is added, embedded and another removed on a disk with none to 320 blocks of room; "
    "what came of it is checked, then done again with room",
    ours, control, "stores a document in two transactions", 16, 320,
)  # fmt: skip
