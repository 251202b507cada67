"""How far a run has come: a fold of its events, and all the state that people are shown."""

from dataclasses import dataclass, replace
from typing import Final

from agent.events import (
    Added,
    Answered,
    Climbed,
    Condensing,
    Drafted,
    Event,
    Indexing,
    Looking,
    Parsing,
    Planned,
    Read,
    Refused,
    Searched,
    Wrote,
)
from agent.evidence import Answer, Evidence

_WORTH_SAYING_SECONDS: Final = 10


@dataclass(frozen=True, slots=True)
class Progress:
    """Replaced whole by each event.

    Attributes:
        stage: one line for people.
        done: steps done of the present stage.
        total: steps of the present stage, 0 while unknown.
        refused: `(name, reason)` of every file not taken so far.
        evidence: the verified quotes so far.
        text: the answer so far.
        answer: the answer, once there is one; a draft while more is read.
    """

    stage: str = ""
    done: int = 0
    total: int = 0
    refused: tuple[tuple[str, str], ...] = ()
    evidence: tuple[Evidence, ...] = ()
    text: str = ""
    answer: Answer | None = None

    def after(self, event: Event) -> "Progress":
        """Return the progress once `event` has happened."""
        match event:
            case Parsing(name, page, pages):
                return replace(self, stage=f"Reading in {name}", done=page, total=pages)
            case Indexing(name, passage, passages):
                return replace(self, stage=f"Indexing {name}", done=passage, total=passages)
            case Added(name=name, pages=pages):
                return replace(self, stage=f"{name} is ready", done=pages, total=pages)
            case Refused(name, reason):
                return replace(self, refused=(*self.refused, (name, reason)))
            case Wrote(text):
                return replace(self, stage="Answering", text=self.text + text)
            case Drafted(answer):
                return replace(self, text="", answer=answer)
            case Answered(answer):
                return replace(self, stage="Done", text=answer.text, answer=answer)
        return self._after_reading(event)

    def _after_reading(self, event: Event) -> "Progress":
        match event:
            case Searched(hits):
                return replace(self, stage=f"Reading {len(hits)} passages", done=0, total=len(hits))
            case Planned(passages=passages, tokens=tokens, seconds=seconds):
                stage = f"Reading {passages:,} passages, {tokens:,} tokens{_about(seconds)}"
                return replace(self, stage=stage, done=0, total=passages)
            case Read(passages=passages, evidence=evidence):
                known = (*self.evidence, *evidence)
                return replace(self, done=self.done + passages, evidence=known)
            case Looking(_, looking_for):
                return replace(self, stage=f"Looking for: {looking_for}", done=0, total=0)
            case Condensing(done, total):
                return replace(self, stage="Summing up", done=done, total=total)
            case Climbed(reason):
                return replace(self, stage=reason, done=0, total=0, text="")
        return self


def _about(seconds: float | None) -> str:
    """Return how long it is expected to take, where that is known and worth saying."""
    if seconds is None or seconds < _WORTH_SAYING_SECONDS:
        return ""
    minutes = round(seconds / 60)
    if not minutes:
        return ", less than a minute"
    return f", about {minutes} {'minute' if minutes == 1 else 'minutes'}"
