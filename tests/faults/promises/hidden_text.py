"""Text that a person cannot see is not read, and its page is named."""

from itertools import cycle, islice

import pypdfium2

from agent.formats import parse
from tests.agent.formats.hidden_ways import PDF, PLOT, SEEN, WAYS
from tests.faults.promise import Outcome, Promise


def as_longread(data, name):
    """Return what is read, and the pages of which it is said that they hide something."""
    document = parse(data, name, lambda _done, _of: None)
    return document.text, {note.page for note in document.notes if note.kind == "hidden"}


def as_pdfium(data, _name):
    """Return what PDFium gives, which says nothing of the kind."""
    document = pypdfium2.PdfDocument(data)
    text = document[0].get_textpage().get_text_bounded()
    document.close()
    return text, set()


def tried(ways, read):
    broken = []
    for name, data in ways:
        text, told = read(data, name)
        if SEEN not in text:
            broken.append(f"{name}: what can be seen is gone")
        elif PLOT in text:
            broken.append(f"{name}: it is read")
        elif told != {1}:
            broken.append(f"{name}: nobody is told")
    return Outcome(len(ways), tuple(broken))


def ours(count, _folder):
    return tried(list(islice(cycle(WAYS.items()), count)), as_longread)


def control(_count, _folder):
    return tried(list(PDF.items()), as_pdfium)


PROMISE = Promise(
    "Text that nobody can see is not read, and said to be there, with its page",
    f"{len(WAYS)} ways to hide text in PDF, HTML, DOCX, ODT, RTF and plain text: white, tiny, "
    "beside the page, not drawn, hidden by its style, spelt in letters that show nothing",
    ours, control, "takes what PDFium gives", len(WAYS), len(WAYS),
)  # fmt: skip
