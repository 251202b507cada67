"""The same text in many languages (NTREX, arXiv 2205.04747 and others; the declaration of rights).

Nobody asks anything there, so what is asked is made, by chance with a fixed seed:

- known: two words of a line, or where nothing parts words two pieces of it; found is a passage that
  holds the line.
- kin: a whole line, taken out of the text with every other line; found is a passage with lines of
  the same article. Words come back in other forms there, as in questions.
"""

import random
import statistics
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from lxml import etree

from agent.formats.pages import clean
from benchmarks.public.sets import Place, Question, QuestionSet

SEED = 7
WORDS_OF_A_LINE = 2
SHORTEST_WORD = 3  # in characters: shorter ones stand in every line
LONG_WORD = 15  # words longer than this on average: the line is written without spaces
PIECE = {"zh": 3, "ja": 4}  # characters; elsewhere a syllable is about three of them
OTHER_PIECE = 7
ARTICLES = "DOCUMENT_IDS.tsv"

Span = tuple[int, int]


def load(path: Path) -> Iterator[QuestionSet]:
    """Yield a set for each language: of lines in TXT files, or of paragraphs in XML files."""
    name = path.name.removeprefix("par_")
    for file in sorted(path.glob("*.txt")):
        lines = list(map(clean, file.read_text("utf-8").splitlines()))
        yield known(name, file.stem, lines)
        if (path / ARTICLES).exists():
            yield kin(name, file.stem, lines, (path / ARTICLES).read_text("utf-8").split())
    for file in sorted(path.glob("*.xml")):
        yield known(name, file.stem, list(udhr_lines(file)))


def udhr_lines(path: Path) -> Iterator[str]:
    """Yield the paragraphs of the declaration."""
    for paragraph in etree.parse(path).iter("{*}para"):
        words = " ".join("".join(paragraph.itertext()).split())
        if words:
            yield words


def known(name: str, language: str, lines: list[str]) -> QuestionSet:
    """Ask for each line by two words of it."""
    chance = random.Random(SEED)
    spaced = statistics.median(len(line) / (1 + line.count(" ")) for line in lines) < LONG_WORD
    questions = []
    for line, span in zip(lines, spans(lines), strict=True):
        size = PIECE.get(language, OTHER_PIECE)
        pieces = long_words(line) if spaced else list(cut_pieces(line, size, chance))
        if len(pieces) > WORDS_OF_A_LINE:
            asked = " ".join(chance.sample(pieces, WORDS_OF_A_LINE))
            questions.append(Question(asked, (language,), evidence=((place(language, span),),)))
    return _set(name, language, "known", lines, questions)


def long_words(line: str) -> list[str]:
    """Return the longer half of the words: what a person would remember."""
    words = [word.strip("\"'“”«»„,.;:!?()[]।،؟؛") for word in line.split()]
    chosen = {word for word in words if len(word) >= SHORTEST_WORD}
    words = sorted(chosen, key=lambda word: (len(word), word))
    return words[len(words) // 2 :]


def cut_pieces(line: str, size: int, chance: random.Random) -> Iterator[str]:
    """Yield pieces of a line without spaces, some with a gap; no character loses its marks."""
    runs = ("".join(c if c.isalnum() or is_mark(c) else " " for c in line)).split()
    for run in runs:
        at = chance.randrange(size)
        while at + size <= len(run):
            while at < len(run) and is_mark(run[at]):
                at += 1
            end = at + size
            while end < len(run) and is_mark(run[end]):
                end += 1
            if end <= len(run):
                yield run[at:end]
            at = end + chance.randrange(2)


def is_mark(character: str) -> bool:
    """Whether it cannot stand without what is before it; Thai and Lao am are letters by name."""
    return unicodedata.category(character)[0] == "M" or character in "\u0e33\u0eb3\u200d"


def kin(name: str, language: str, lines: list[str], articles: list[str]) -> QuestionSet:
    """Ask for the article of every other line, with the rest as haystack."""
    held, places = lines[::2], spans(lines[::2])
    answers: dict[str, list[Place]] = {}
    for article, span in zip(articles[::2], places, strict=True):
        answers.setdefault(article, []).append(place(language, span))
    questions = [
        Question(line, (language,), evidence=(tuple(answers[article]),))
        for line, article in zip(lines[1::2], articles[1::2], strict=True)
        if article in answers
    ]
    return _set(name, language, "kin", held, questions)


def _set(
    name: str, language: str, kind: str, lines: list[str], questions: list[Question]
) -> QuestionSet:
    documents = {language: "\n\n".join(lines)}
    return QuestionSet(name, language, kind, documents, tuple(questions), "none")


def place(document: str, span: Span) -> Place:
    """Return a place of a document."""
    return Place(document, *span)


def spans(lines: Iterable[str]) -> list[Span]:
    """Return where each line stands once they are joined by blank lines."""
    places, start = [], 0
    for line in lines:
        places.append((start, start + len(line)))
        start += len(line) + 2
    return places
