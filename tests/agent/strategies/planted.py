"""A long document with findings planted in it, and a model that finds them by rule."""

import re
import threading
from dataclasses import dataclass, field

from agent.events import Answered
from agent.evidence import Answer
from model.scripted import ScriptedChatModel
from tests.make import make_document

QUESTION = "Which gate was painted in which colour?"
COLOURS = ["red", "blue", "green", "white", "black", "amber"]
KEYWORDS = "keywords for a search"
NOTE, SUM_UP = "must not leave out", "Sum the notes up"  # words of two of the prompts
PAGES = 40
FINDINGS = [f"Gate {n} was painted {colour}." for n, colour in enumerate(COLOURS, start=11)]
FILLER = "The river was low that week and the fields were dry, as they often are in summer. "


def planted():
    """Return a document of 40 pages; the findings stand on the pages 3, 9, 15, 21, 27 and 33."""
    pages = []
    for number in range(1, PAGES + 1):
        finding = FINDINGS[(number - 3) // 6] if number % 6 == 3 and number < PAGES - 1 else ""
        pages.append(f"{number}. {FILLER * 8}{finding} {FILLER * 8}\n\n")
    return make_document(*pages, name="gates.txt")


def passages_in(prompt):
    """Return the numbered passages that an extract prompt hands over."""
    fenced = re.search(r"^(=== \w+ ===)$\n(.*?)\n^\1$", prompt, re.DOTALL | re.MULTILINE)[2]
    return dict(
        re.findall(r"^\[(\d+)\] (.*?)(?=\n\n\[\d+\] |\Z)", fenced, re.DOTALL | re.MULTILINE)
    )


def notes_in(prompt):
    """Return the notes that a condense prompt hands over, in their order."""
    fenced = re.search(r"^(=== \w+ ===)$\n(.*?)\n^\1$", prompt, re.DOTALL | re.MULTILINE)[2]
    return re.findall(r"^\[\d+\] (.*)$", fenced, re.MULTILINE)


def sum_up(prompt):
    """Make as many sentences of the notes as were asked for; each note is in one of them."""
    notes, most = notes_in(prompt), int(re.search(r"at most (\d+) sentences", prompt)[1])
    each = -(-len(notes) // most)
    return "\n".join(
        f"{' '.join(notes[n : n + each])} "
        + "".join(f"[{mark}]" for mark in range(n + 1, min(n + each, len(notes)) + 1))
        for n in range(0, len(notes), each)
    )


@dataclass
class Rule:
    """Answers prompts as a careful model would; keeps count of the acts.

    Attributes:
        pattern: what it takes for a finding.
        fails: whether it fails for a prompt.
        name: what it calls an item, from its quote.
        marks: whether its answers say what they rest on.
        keywords: what it would search for.
    """

    pattern: str = r"Gate \d+ was painted \w+\."
    fails: object = staticmethod(lambda _prompt: None)
    name: object = staticmethod(lambda quote: quote)
    marks: bool = True
    keywords: str = "barley"
    acts: list = field(default_factory=list)
    read: list = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, prompt):
        acts = (
            KEYWORDS,
            "Copy out",
            "every item",
            NOTE,
            SUM_UP,
            "Partial answers",
            "Numbered quotes",
        )
        act = next(act for act in acts if act in prompt)
        with self.lock:
            self.acts.append(act)
        if error := self.fails(prompt):
            raise error
        if act == KEYWORDS:
            return self.keywords
        if act == SUM_UP:
            return sum_up(prompt)
        if act in {"Copy out", "every item", NOTE}:
            passages = passages_in(prompt)
            with self.lock:
                self.read += passages.values()
            found = [
                f'[{n}] "{quote}"'
                if act == "Copy out"
                else f'{self.name(quote)} :: [{n}] "{quote}"'
                for n, text in passages.items()
                for quote in re.findall(self.pattern, text)
            ]
            return "\n".join(found) or "NONE"
        if act == "Numbered quotes":
            quotes = re.findall(r'^\[(\d+)\] .*?: "(.*?)"$', prompt, re.DOTALL | re.MULTILINE)
            return "\n".join(f"{quote} [{n}]" if self.marks else quote for n, quote in quotes)
        return "\n".join(re.findall(r"^.* \[\d+\]$", prompt, re.MULTILINE))

    def count(self, act):
        return self.acts.count(act)


def model(rule):
    return ScriptedChatModel(reply=rule, prompts=[])


def answer_of(events) -> Answer:
    """Exhaust the events of a run and return its answer."""
    *_, last = events
    assert isinstance(last, Answered)
    return last.answer
