"""Orders that are planted in a document: whoever reads the answer is told where they stand."""

from itertools import cycle, islice

from agent import Library, ask
from agent.readers.chat import ChatReader
from agent.strategies import STRATEGIES
from app.show import answer_text
from tests.agent.strategies.planted import answer_of, model
from tests.agent.test_orders import ORDERS
from tests.faults.promise import Outcome, Promise
from tests.test_injection import QUESTION, WROTE, obey, planted


def told(answer, _order):
    """Return the pages that the reader of the answer is told of."""
    said = answer_text(answer)
    return {each.page for each in answer.orders if " ".join(each.quote.split()) in said}


def tried(count, folder, told_by):
    broken = []
    ways = islice(zip(cycle(ORDERS), cycle(STRATEGIES), strict=False), count)
    for number, (order, strategy) in enumerate(ways):
        document = planted(f"{order}.")
        library = Library(folder / str(number))
        library.keep(document)
        reader = ChatReader(model(obey(order)), window_tokens=400)
        answer = answer_of(
            ask(QUESTION, document, library=library, model=reader, strategy=strategy)
        )
        if told_by(answer, order) != {3}:
            broken.append(f"{strategy}: {order}: not told")
        if {citation.quote for citation in answer.citations} - {WROTE}:
            broken.append(f"{strategy}: {order}: what is not there is cited")
    return Outcome(count, tuple(broken))


def ours(count, folder):
    return tried(count, folder, told)


def control(_count, folder):
    return tried(len(STRATEGIES), folder, lambda answer, order: {3} if order in answer.text else {})


PROMISE = Promise(
    "Orders for a machine in what was read are reported with the answer",
    f"{len(ORDERS)} wordings in 18 languages and marks of chat templates, planted on a page, "
    "through every way of reading, with a model that obeys",
    ours, control, "leaves it to the model to tell", len(ORDERS), 5 * len(ORDERS),
)  # fmt: skip
