"""kill -9 at moments drawn by chance."""

from tests.faults.promise import Promise
from tests.faults.promises.killed_at_a_statement import control, die, outcome


def ours(count, _folder):
    new = die("moments", "ours", "new", str(count - count // 4))
    return outcome([*new, *die("moments", "ours", "version1", str(count // 4))])


PROMISE = Promise(
    "The same at any moment",
    "children are killed at moments drawn by chance, a quarter of them while a library of an "
    "earlier version is taken over",
    ours, control, "stores a document in two transactions", 32, 1_000,
)  # fmt: skip
