"""A disk without room: one sentence, nothing committed lost, and well again when there is room."""

import contextlib
import os
import resource
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from agent.check import Traces
from agent.errors import LibraryError
from agent.inspection import Fault
from agent.library import Library
from tests.make import make_document

KEPT = make_document("The dam held in 1998. Nobody was hurt.\n" * 30, name="kept.txt")
LARGE = make_document(
    *(f"On day {n} the river was low, {n * 7919 % 1000} and {n * 104729 % 997}.\n" * 25
      for n in range(60)),
    name="large.txt",
)  # fmt: skip


@contextlib.contextmanager
def files_up_to(size):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def is_whole(home, *documents):
    library = Library(home)
    assert [event for event in library.check() if isinstance(event, Fault)] == []
    assert {entry.id for entry in library.documents()} == {d.id for d in documents}
    assert all(library.document(document.id) == document for document in documents)
    return True


def test_wherever_the_room_ends_nothing_is_lost_and_the_next_try_is_whole(tmp_path):
    library = Library(tmp_path)
    library.keep(KEPT)
    base = (tmp_path / "library.db").stat().st_size
    refused = 0
    for more in range(0, 400_000, 4_000):
        try:
            with files_up_to(base + more):
                library.keep(LARGE)
        except LibraryError as error:
            refused += 1
            assert str(error).count("\n") == 0  # noqa: PT017  # the sweep goes on when it is taken
            assert "free" in str(error)  # noqa: PT017  # same
            assert is_whole(tmp_path, KEPT)
        else:
            assert is_whole(tmp_path, KEPT, LARGE)
            break
    assert refused > 5
    library.keep(LARGE)
    assert is_whole(tmp_path, KEPT, LARGE)


def test_a_removal_without_room_to_wipe_says_so_and_repair_makes_up_for_it(tmp_path):
    library = Library(tmp_path)
    for document in (KEPT, LARGE):
        library.keep(document)
    with (
        files_up_to(60_000),
        pytest.raises(LibraryError, match=r"kept\.txt: removed, but words of it may be left.*free"),
    ):
        library.remove(KEPT.id)
    assert is_whole(tmp_path, LARGE)
    assert Traces() in library.check()
    assert Traces() not in library.check(repair=True)
    assert is_whole(tmp_path, LARGE)
    assert b"held in 1998" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


@pytest.fixture
def small_disk(tmp_path):
    """Return a folder on a disk of 800 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=800k", "longread-test", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here: needs root (the sweep above still ran)")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_really_full_is_said_so_and_serves_on(small_disk):
    library = Library(small_disk)
    library.keep(KEPT)
    ballast = small_disk / "ballast"
    room = os.statvfs(small_disk)
    ballast.write_bytes(bytes(room.f_bavail * room.f_bsize - 100_000))
    with pytest.raises(LibraryError, match=r"the disk is full; free some space"):
        library.keep(LARGE)
    assert is_whole(small_disk, KEPT)
    ballast.unlink()
    library.keep(LARGE)
    assert is_whole(small_disk, KEPT, LARGE)


def test_a_disk_without_any_room_can_still_be_read(small_disk):
    library = Library(small_disk)
    library.keep(KEPT)
    with contextlib.suppress(OSError), (small_disk / "ballast").open("wb", buffering=0) as ballast:
        while ballast.write(bytes(4096)):
            pass
    with pytest.raises(LibraryError, match="free s"):
        library.keep(LARGE)
    with ThreadPoolExecutor(4) as pool:  # where there is room they read side by side, here in turn
        found = list(pool.map(lambda _: library.search("dam", [KEPT.id], 3), range(20)))
    assert all(hits == found[0] for hits in found)
    assert found[0]
    assert is_whole(small_disk, KEPT)
