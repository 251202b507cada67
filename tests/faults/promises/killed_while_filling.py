"""kill -9 while passages are given their vectors."""

from tests.faults.promise import Outcome, Promise, lines_of


def tried(who, count, folder):
    children = lines_of("faults.filling", folder, who, count)
    broken = [found for _, found in children if found]
    if not any(killed for killed, _ in children):
        broken.append("none was killed")
    return Outcome(len(children), tuple(broken))


def ours(count, folder):
    return tried("ours", count, folder)


def control(count, folder):
    return tried("naive", count, folder)


PROMISE = Promise(
    "After kill -9 search by meaning goes on: the same vectors, at most a batch is made again",
    "children that embed the passages of a document, in small batches, are killed at moments drawn "
    "by chance; each goes on where the last one died",
    ours, control, "keeps the vectors when all are made", 30, 1_000,
)  # fmt: skip
