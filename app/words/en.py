"""English, which the command line speaks too."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from agent import Added, Answer, Coverage, Progress
from agent.coverage import DocumentCoverage, State, Stretch
from agent.evidence import Citation, Sentence
from agent.ocr import HOW_TO_INSTALL

TITLE: Final = "Longread"
_PROMISE: Final = "Ask a long document; every claim shows the words and the page."
DROP_AND_ASK: Final = "Drop a document here and ask"
ASK_ON: Final = "Ask, or drop another document"
SAMPLE_NAME: Final = "Ferry company report (sample).pdf"
SAMPLE_PAGES: Final = 16
TRY_SAMPLE: Final = f"Try the sample report, {SAMPLE_PAGES} pages"
RECENT: Final = "In your library"
ALL_DOCUMENTS: Final = "← All documents"
SUGGESTIONS: Final = "Ask, for example:"
SAMPLE_QUESTIONS: Final = (
    "Who asked that the opening of Gangway be put off?",
    "How many bookings were charged twice?",
    "When will Godwit be delivered?",
)
CHOOSING: Final = "Getting the reader ready"
WORKING: Final = "Starting"
LIBRARY: Final = "Library"
BACK: Final = "← Back"
FILTER: Final = "Find by name"
SHOW_MORE: Final = "Show more"
CHANGE: Final = "Change"
CHANGE_IT: Final = "Rename or delete it"
NAME: Final = "Name"
RENAME: Final = "Rename"
DELETE: Final = "Delete for good"
WHAT_DELETING_DOES: Final = (
    "Deleting removes the text, the index, what was read of it and what you asked about it."
)
SAVE: Final = "Save"
SAVE_AS: Final = {"md": "Markdown", "json": "JSON", "html": "PDF, or print"}
SAVE_TABLE: Final = "Save this table as CSV"
NO_SUCH_FILE: Final = "There is no such conversation for this browser."
ITEM: Final = "Item"
WHERE: Final = "Where it stands"
PAGE: Final = "Page"
CITED: Final = "cited"
MAP: Final = "Reading map"
SHEET: Final = "Page that is shown"
MAP_OF_LAST: Final = "Read for the last answer"
MAP_OF_ALL: Final = "Read for all answers"
NEEDLE: Final = "Needle test"
NEEDLE_WHAT: Final = (
    "Sentences are hidden in long texts and asked for; code counts what is found. That shows how "
    "much of a long document the reader on this machine takes in, not how hard a question it can "
    "answer."
)
NEEDLE_MOST: Final = "Length, up to"
NEEDLE_START: Final = "Start the test"
NEEDLE_ASKING: Final = "Hiding needles and asking for them"
NEEDLE_DEPTH: Final = "Depth"
MODEL_ALONE: Final = "The model alone, all in its window"
SETTINGS: Final = "Settings"
WAY: Final = "How to read"
WAYS: Final = {
    "auto": "The cheapest way that answers",
    "retrieve": "Search, and read what fits best",
    "sweep": "Read every page",
    "reason": "Step by step, each chosen by what was found",
    "direct": "All at once, if it is short",
}
MINUTES: Final = "At most so many minutes (0: no limit)"
TOKENS: Final = "At most so many tokens of a model (0: no limit)"
SPEAK: Final = "Language"
HOW_TO_CHANGE_READER: Final = (
    "Another one: start Longread with `LONGREAD_MODEL` or `OPENAI_BASE_URL` set; "
    "`longread models` says which fit this machine."
)
STOP: Final = "Stop"
STOPPING: Final = "Stopping"
WAITING: Final = "Waiting for its turn"
NOBODY: Final = (
    "Nobody can be told to be at this page: reach it through the proxy that says who you are."
)
STOPPED: Final = "Stopped before the answer was complete."
SUMMARISE: Final = "Summarise"
SUMMARISE_NOW: Final = "Sum it up"
SUMMARY_LENGTH: Final = "Length"
SUMMARY_FOCUS: Final = "What it is for (may be left blank)"
SUMMARY_FOCUS_EXAMPLE: Final = "for an investor"
LENGTH_NAMES: Final = {
    "paragraph": "A paragraph",
    "page": "A page",
    "five-pages": "Five pages",
}
STATE_NAMES: Final[Mapping[State, str]] = {
    "read": "read",
    "partly": "read in part",
    "failed": "could not be read",
    "unread": "not read",
    "unreadable": "without readable text",
    "blank": "blank",
}
NOTHING_TO_ASK: Final = "There is no document to ask yet: drop one with your question, or open one."
BLANK: Final = "Write what you want to know, or drop a document."
NO_LENGTH: Final = "A file without a length is not taken."
TOO_MUCH_AT_ONCE: Final = "Too much at once: hand in what was dropped before, then drop this again."
SOURCES: Final = "Sources"
BEFORE: Final = "Previous"
NEXT: Final = "Next"
CLOSE: Final = "Close"
ZOOM: Final = "Zoom"
NOT_LOCATED: Final = "The quoted words could not be located on this picture."
NO_FILE: Final = "The file of this document is not kept; add it again to see its pages as pictures."
NO_SOURCE: Final = "This sentence names no source."
STRANGE_NUMBER: Final = "This number stands in none of the quotes that the sentence names."
_SHOWN: Final = 10
_QUOTED: Final = 80  # characters


def no_room_for_you(size: float, used: float, most: int) -> str:
    """Say that a person has uploaded enough, all in megabytes."""
    return (
        f"What you dropped has {size:,.1f} MB and your documents take {used:,.1f} of the {most:,} "
        "MB that one person may have here: drop less, or delete some of them first."
    )


def no_room(most: int) -> str:
    """Say that everybody together has uploaded enough."""
    return (
        f"All documents here take nearly {most:,} MB, which is all they may: whoever runs this "
        "page can raise LONGREAD_ALL_MB."
    )


def promise(remote_host: str) -> str:
    """Say what this is, and where what is read goes: nowhere, unless a server elsewhere reads."""
    if remote_host:
        return f"{_PROMISE} What is read for an answer is sent to {remote_host}."
    return f"{_PROMISE} Everything stays on this machine."


def suggest(title: str) -> str:
    """Ask about a section of a document."""
    return f"What is said about “{title}”?"


def reader(name: str, reason: str) -> str:
    """Say who reads, and why that one."""
    return f"Reads: {name}. {reason[:1].upper()}{reason[1:]}"


def sent_to(host: str) -> str:
    """Say where what is read is sent to."""
    return f"The question and the passages read are sent to {host}."


def waiting(before: int) -> str:
    """Say how many jobs of other people come first."""
    return f"{WAITING}: {before} before it" if before else WAITING


def unexpected(kind: str) -> str:
    """Say that the program failed at something nobody thought of."""
    return f"Something failed that should not have ({kind}); the server's output says more."


def unknown_document(prefix: str) -> str:
    """Say that a link names a document that is not here."""
    return f"No document here begins with {prefix}; it may have been removed from the library."


def size(pages: int, tokens: int) -> str:
    """Say how long a document is."""
    return f"{pages:,} {'page' if pages == 1 else 'pages'}, {tokens:,} tokens"


def filling(done: int, total: int) -> str:
    """Say how far the search by meaning is."""
    return f"Search by meaning: {done:,} of {total:,} {'passage' if total == 1 else 'passages'}"


def no_meaning(reason: str) -> str:
    """Say why the search by meaning is not there, or not for all of a document."""
    return f"Search by meaning is not ready: {reason}"


def all_documents(count: int) -> str:
    """Say what leads to all documents, which are more than those shown."""
    return f"All {documents(count)}: choose several, rename, delete" if count > 1 else CHANGE_IT


def documents(count: int) -> str:
    """Say how many documents there are."""
    return f"{count:,} {'document' if count == 1 else 'documents'}"


def choose(name: str) -> str:
    """Say what a tick beside a document does."""
    return f"Choose {name}"


def ask_together(count: int) -> str:
    """Say what opens the documents that are chosen."""
    return "Open it" if count == 1 else f"Ask these {count:,} together"


def refused(name: str, reason: str) -> str:
    """Say why a file was not taken; reasons are written as what follows its name."""
    return f"{name} {reason}"


def about_pages(added: Added) -> Iterator[str]:
    """Say what is to be known of a document's pages, first of those that were not read."""
    scans = [note for note in added.notes if note.kind == "scan"]
    for reason in dict.fromkeys(note.text for note in scans):
        yield unread_scans(added.name, [n.page for n in scans if n.text == reason], reason)
    if empty := sorted({*added.empty_pages} - {note.page for note in scans}):
        yield empty_pages(added.name, empty)
    if hidden := sorted({note.page for note in added.notes if note.kind == "hidden"}):
        what = "text that nobody can see was left out"
        yield f"{added.name}: {what} ({_physical(hidden)})."
    for note in added.notes:
        if note.kind == "around":
            what = f"menus and what else stands around its article ({note.count:,} characters)"
            yield f"{added.name}: {what} were left out."


def unread_scans(name: str, pages: Sequence[int], reason: str) -> str:
    """Say which pages are pictures that were not read, and why or what would help."""
    what = "1 page is a picture" if len(pages) == 1 else f"{len(pages):,} pages are pictures"
    then = reason or f"Run {HOW_TO_INSTALL}, then add it again."
    return f"{name}: {what} of text and not read ({_physical(pages)}). {then}"


def empty_pages(name: str, pages: Sequence[int]) -> str:
    """Say which pages of a document hold nothing to search."""
    what = "1 page holds" if len(pages) == 1 else f"{len(pages):,} pages hold"
    return f"{name}: {what} no text and cannot be searched ({_physical(pages)})."


def _physical(pages: Sequence[int]) -> str:
    return f"physical page{'s' if len(pages) > 1 else ''} {_listed(pages)}"


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _QUOTED else f"{words[: _QUOTED - 1]}…"


def _listed(some: Sequence[object]) -> str:
    return ", ".join(map(str, some[:_SHOWN])) + (", …" if len(some) > _SHOWN else "")


def place(page: int, label: str) -> str:
    """Return the physical page, with what the document itself calls it where that differs."""
    if label in {"", str(page)}:
        return f"page {page}"
    return f"page {page} (label {label})" if label.isalnum() else f"page {page} ({label})"


def summary_title(length: str, focus: str) -> str:
    """Say what is summed up how."""
    name = LENGTH_NAMES.get(length, length)
    return f"Summary: {name[0].lower()}{name[1:]}" + (f", {focus}" if focus else "")


def sources_of(count: int) -> str:
    """Say how many sources there are, where they are folded away."""
    return f"{count:,} sources"


def stretch(stretch: Stretch) -> str:
    """Say what became of a run of pages."""
    one = stretch.first == stretch.last
    pages = f"Page {stretch.first:,}" if one else f"Pages {stretch.first:,}-{stretch.last:,}"
    return f"{pages}: {STATE_NAMES[stretch.state]}"


def cited_page(page: int) -> str:
    """Say that a page is cited."""
    return f"{PAGE} {page:,}: {CITED}"


def map_of(document: DocumentCoverage) -> str:
    """Say what the reading map of a document shows."""
    counts = Counter[State]()
    for each in document.stretches:
        counts[each.state] += each.last - each.first + 1
    return map_said(document.name, document.pages, counts, len(document.used))


def map_said(name: str, pages: int, states: Mapping[State, int], cited: int) -> str:
    """Say what a reading map shows: of how many pages what became, and how many are cited."""
    said = [f"{count:,} {STATE_NAMES[state]}" for state, count in states.items() if count]
    said += [f"{cited:,} {CITED}"] if cited else []
    count = "1 page" if pages == 1 else f"{pages:,} pages"
    return f"Reading map of {name}, {count}: {', '.join(said)}"


def open_source(number: int) -> str:
    """Say what a mark does, to those who cannot see it."""
    return f"Source {number}: open its page"


def picture_of(name: str, page: int, lit: str) -> str:
    """Say what a picture shows, to those who cannot see it."""
    return f"Page {page} of {name}" + (f", with these words marked: {lit}" if lit else "")


def stage(progress: Progress) -> str:
    """Return one line: what is being done, and how far that has come."""
    what = progress.stage or WORKING
    counts = progress.total and not progress.text  # once it writes, the counts tell nothing new
    return f"{what}: {progress.done:,} of {progress.total:,}" if counts else what


def step(said: str) -> str:
    """Say what was done, as the agent says it."""
    return said


def coverage_text(coverage: Coverage) -> str:
    """Return how much was read, in pages and tokens."""
    tokens = f"{coverage.tokens_read:,} of {coverage.tokens_total:,} tokens"
    return f"{coverage.sentence} ({tokens})"


def steps_of(count: int) -> str:
    """Say in how many steps an answer was looked for."""
    return f"How it was looked for: {count:,} {'step' if count == 1 else 'steps'}"


def facts(answer: Answer) -> str:
    """Return one line: how much was read, what was dropped, how long it took, who read."""
    dropped = "1 quote" if answer.dropped_quotes == 1 else f"{answer.dropped_quotes:,} quotes"
    ended = f"ended early, at the budget of {answer.partial}" if answer.partial else ""
    said = [
        coverage_text(answer.coverage),
        *([ended] if ended else []),
        f"{dropped} dropped",
        *doubts(answer.said),
        f"{answer.seconds:.1f} s" if answer.seconds >= 1 else f"{answer.seconds:.2f} s",
        "quoting reader" if answer.reader == "quoting" else answer.reader,
    ]
    if answer.usage.calls:
        usage = answer.usage
        calls = "1 call" if usage.calls == 1 else f"{usage.calls:,} calls"
        said.append(f"{calls}, {usage.input_tokens:,} tokens in, {usage.output_tokens:,} out")
    return "; ".join(said)


def doubts(sentences: Sequence[Sentence]) -> Iterator[str]:
    """Say how many sentences name no source, and which numbers stand in none of their quotes."""
    if unsourced := sum(not sentence.marks for sentence in sentences):
        names = "names" if unsourced == 1 else "name"
        yield f"{unsourced:,} of {len(sentences):,} sentences {names} no source"
    strange = dict.fromkeys(n for sentence in sentences for n in sentence.strange_numbers)
    if strange:
        those = "a number that stands" if len(strange) == 1 else "numbers that stand"
        yield f"{those} in none of the quotes: {_listed(list(strange))}"


def orders(found: Sequence[Citation]) -> str:
    """Say that what was read holds words for a machine, and where; "" if it does not."""
    said: dict[str, list[str]] = {}
    for each in found[:_SHOWN]:
        where = f"{each.name}, {place(each.page, each.label)}"
        said.setdefault(where, []).append(f"“{_short(each.quote)}”")
    places = "; ".join(f"{where}: {', '.join(words)}" for where, words in said.items())
    what = "What was read holds words for a machine, which may sway a model."
    return f"{what} Check the answer against its quotes. {places}" * bool(places)


def advice(reason: str) -> str:
    """Say why no language model answered, and how to get one."""
    return f"Read without a language model: {reason}."


def needle_title(model: str, way: str, language: str, count: int) -> str:
    """Say what a heat map shows: who read, how, in which language, how many needles."""
    who = "quoting reader" if model == "quoting" else model
    return f"{who}: {way} ({language}; {count:,} {'needle' if count == 1 else 'needles'})"


def tokens(count: int) -> str:
    """Say a length."""
    return f"{count:,} tokens"
