"""Processes that share a library: two write, two read."""

from tests.faults.promise import Outcome, Promise, lines_of


def tried(who, count, folder):
    found = lines_of("faults.sharing", folder, who, count)
    return Outcome(len(found), tuple(filter(None, found)))


def ours(count, folder):
    return tried("ours", count, folder)


def control(count, folder):
    return tried("naive", count, folder)


PROMISE = Promise(
    "Processes that write the same library at once lose nothing, and none reads half a document",
    "two processes add and remove the same documents and others while two more read all there is",
    ours, control, "stores a document in two transactions", 10, 200,
)  # fmt: skip
