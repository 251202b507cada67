"""Everything that can go wrong while reading, as one small tree.

ReadError                  catch this to catch all of them
├── DocumentError          one file cannot be taken: says which, why, and what would help
├── QuestionError          the question cannot be asked as it stands
├── LibraryError           the library on disk cannot be used
├── EvaluationError        results of an evaluation cannot be kept or read
└── ReaderError            the reader (a chat model) failed
    └── TooLongError       what it was given does not fit its window

Every message is one sentence for a person.
"""


class ReadError(Exception):
    """Base of all errors raised by `agent`."""


class DocumentError(ReadError):
    """One file cannot be taken; the other files are not touched by it.

    Attributes:
        name: the file's name, without its folder.
        reason: what is wrong and what to do, without the name.
    """

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason


class QuestionError(ReadError):
    """The question cannot be asked as it stands, for example because it is blank."""


class LibraryError(ReadError):
    """The library on disk cannot be used: newer version, no rights, disk full."""


class EvaluationError(ReadError):
    """The file with results of an evaluation cannot be written, read, or is something else."""


class ReaderError(ReadError):
    """The reader failed to read or to answer."""


class TooLongError(ReaderError):
    """What the reader was given does not fit the model's window: give it less at once."""
