"""kill -9 at moments drawn by chance."""

from tests.faults.promise import Promise
from tests.faults.promises.killed_at_a_statement import control, die, outcome


def ours(count, _folder):
    return outcome(die("moments", "ours", "new", str(count)))


PROMISE = Promise(
    "The same at any moment", "children are killed at moments drawn by chance", ours, control,
    "stores a document in two transactions", 30, 1_000,
)  # fmt: skip
