"""Results in a file that is whole at every moment: what was done is never done again."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from agent.errors import EvaluationError
from agent.evaluation.trial import Result, Trial

_FORM: Final = "longread results 1"


class Results:
    """Results of trials, by trial; of each the last.

    Args:
        path: the file; it need not be there yet.

    Raises:
        EvaluationError: if there is another file by that name, it cannot be read, or there is no
            folder for it.
    """

    def __init__(self, path: Path) -> None:
        if not path.parent.is_dir():
            raise EvaluationError(f"{path}: there is no folder {path.parent}; make it first.")
        self.path = path
        self._results: dict[Trial, Result] = {}
        for result in _read(path):
            self._results[result.trial] = result

    def __iter__(self) -> Iterator[Result]:
        return iter(self._results.values())

    def __len__(self) -> int:
        return len(self._results)

    def find(self, trial: Trial) -> Result | None:
        """Return what came of a trial; None if it was not done, or the model failed."""
        result = self._results.get(trial)
        return result if result and not result.failure else None

    def keep(self, result: Result) -> None:
        """Keep a result, on disk too.

        Raises:
            EvaluationError: if the file cannot be written.
        """
        self._results[result.trial] = result
        lines = (json.dumps(each.to_dict(), ensure_ascii=False) for each in self)
        text = '{"form": "' + _FORM + '", "results": [\n' + ",\n".join(lines) + "\n]}\n"
        new = self.path.with_name(f"{self.path.name}.new")
        try:
            with new.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self.path)
        except OSError as error:
            raise EvaluationError(
                f"{self.path} could not be written ({error.strerror}); what it held is kept."
            ) from error

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as the file has it."""
        return {"form": _FORM, "results": [result.to_dict() for result in self]}


def _read(path: Path) -> list[Result]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path} could not be read ({error}).") from error
    try:
        said = json.loads(text)
        if said["form"] != _FORM:
            raise EvaluationError(f"{path} holds {said['form']}; name another file with --out.")
        return [Result.from_dict(each) for each in said["results"]]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise EvaluationError(
            f"{path} holds something other than results; name another file with --out."
        ) from error
