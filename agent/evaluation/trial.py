"""A question put to somebody once, and what came of it."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from agent.evaluation.scoring import Score


@dataclass(frozen=True, slots=True)
class Trial:
    """What is asked, of whom, about what: two equal trials have the same result.

    Attributes:
        model: name of the model, or "quoting".
        strategy: the way of reading.
        settings: a digest of all else that the answers depend on.
        kind: "one", "many", "hop", "none" or "quote".
        language: of the needles.
        filler: what the needles are hidden in: "built-in", or a document.
        length: tokens of the whole.
        depth: of the first needle, from 0 to 1; None where the document does not hold the answer.
        sample: which of several alike, from 0.
        distractors: needles that are not asked for, beside those of the other questions.
        seed: of all that is drawn.
    """

    model: str
    strategy: str
    settings: str
    kind: str
    language: str
    filler: str
    length: int
    depth: float | None
    sample: int
    distractors: int
    seed: int


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a trial.

    Attributes:
        question: as it was asked.
        expected: what a right answer names.
        text: of the answer, its beginning.
        answered: False if the reader says that it has no answer.
        score: what it is worth; None where the model failed.
        places: how many places in the document it should have cited.
        share_read: how much of the document was read, from 0 to 1.
        failure: why there is no answer; empty if there is one.
        made_on: the machine and the versions.
    """

    trial: Trial
    question: str
    expected: tuple[str, ...]
    text: str
    answered: bool
    score: Score | None
    places: int
    share_read: float
    calls: int
    input_tokens: int
    output_tokens: int
    seconds: float
    failure: str = ""
    made_on: str = ""

    @property
    def right(self) -> bool:
        """Whether the answer is right."""
        return self.score is not None and self.score.right

    @property
    def cited(self) -> bool:
        """Whether the answer cites every place that it rests on."""
        return self.score is not None and self.score.cited == self.places

    @property
    def paged(self) -> bool:
        """Whether the answer cites every page that it rests on."""
        return self.score is not None and self.score.paged == self.places

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, said: dict[str, Any]) -> "Result":
        """Return what `to_dict` made.

        Raises:
            TypeError, KeyError: if it is something else.
        """
        rest = {name: value for name, value in said.items() if name not in {"trial", "score"}}
        score = said["score"]
        return cls(
            trial=Trial(**said["trial"]),
            score=Score(**score) if score else None,
            **rest | {"expected": tuple(said["expected"])},
        )


def digest_settings(*settings: str) -> str:
    """Return a short name for settings of which only sameness matters."""
    return hashlib.sha256(json.dumps(settings).encode()).hexdigest()[:12]
