"""Print how often keyword search finds the passage that holds the answer, by language.

    python benchmarks/retrieval.py FOLDER [--json FILE] [--only NAME...] [--questions N]

FOLDER holds data sets that are not ours, each in a folder of its own; what is not there is left
out with a word about it. Three kinds of questions, all of one language against one haystack:

- asked: questions by people, sets in the form of SQuAD (ml_xquad, ml_cmrc2018_zh, ml_pquad_fa,
  covidqa). The haystack is all of the set's texts; found is a passage that holds the answer.
- known: two words of a line (par_ntrex, par_udhr), where nothing parts words two pieces of it;
  found is a passage that holds the line. Chosen by chance with a fixed seed.
- kin: a whole line of par_ntrex, taken out of the haystack with every other line; found is a
  passage with lines of the same article. Words come back in other forms there, as in questions.

Passages are those that the library makes. MRR counts the first twenty.
"""

import argparse
import json
import random
import statistics
import sys
import tempfile
import time
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest import machine
from lxml import etree

from agent.formats.pages import clean
from agent.library import Library

DEPTHS = (1, 5, 10, 20)
SEED = 7
WORDS_OF_A_LINE = 2
SHORTEST_WORD = 3  # in characters: shorter ones stand in every line
LONG_WORD = 15  # words longer than this on average: the line is written without spaces
PIECE = {"zh": 3, "ja": 4}  # characters; elsewhere a syllable is about three of them
OTHER_PIECE = 7

Span = tuple[int, int]


@dataclass(frozen=True)
class Question:
    """What is asked, and the places in the haystack any of which answers it."""

    text: str
    answers: tuple[Span, ...]


@dataclass(frozen=True)
class Haystack:
    """One text of one language, and questions to it."""

    name: str
    language: str
    kind: str
    text: str
    questions: list[Question]


def main() -> None:
    """Measure every set and print one table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("folder", type=Path)
    options.add_argument("--json", type=Path, help="write the numbers here, too")
    options.add_argument("--only", nargs="*", help="sets, kinds or languages")
    options.add_argument("--questions", type=int, default=1_000, help="at most so many a set")
    given = options.parse_args()
    print(f"{machine()}; `python benchmarks/retrieval.py`; at most {given.questions} a set\n")
    depths = " | ".join(f"recall@{k}" for k in DEPTHS)
    print(f"| set | language | kind | passages | questions | {depths} | MRR | ms |")
    print("|---" * (7 + len(DEPTHS)) + "|")
    rows = []
    for haystack in haystacks(given.folder):
        if given.only and not {haystack.name, haystack.kind, haystack.language} & set(given.only):
            continue
        rows.append(measure(haystack, given.questions))
        print("| " + " | ".join(map(str, rows[-1].values())) + " |", flush=True)
    if given.json:
        given.json.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")


def haystacks(folder: Path) -> Iterator[Haystack]:
    """Yield every set that is there."""
    for name in ("ml_xquad", "ml_cmrc2018_zh", "ml_pquad_fa", "covidqa"):
        for path in present(folder / name, "*.json"):
            if "trial" not in path.name:
                yield squad(name, path)
    for path in present(folder / "par_ntrex", "*.txt"):
        lines = list(map(clean, path.read_text(encoding="utf-8").splitlines()))
        articles = (folder / "par_ntrex" / "DOCUMENT_IDS.tsv").read_text().split()
        yield known("ntrex", path.stem, lines)
        yield kin("ntrex", path.stem, lines, articles)
    for path in present(folder / "par_udhr", "*.xml"):
        yield known("udhr", path.stem, list(udhr_lines(path)))


def present(folder: Path, pattern: str) -> list[Path]:
    """Return the files of a set, and say so if there are none."""
    paths = sorted(folder.glob(pattern))
    if not paths:
        print(f"{folder}: no {pattern} there; this set is left out.", file=sys.stderr)
    return paths


def squad(name: str, path: Path) -> Haystack:
    """Read a set in the form of SQuAD."""
    spoken = {"ml_cmrc2018_zh": "zh", "ml_pquad_fa": "fa", "covidqa": "en"}
    language = spoken.get(name) or path.stem.split(".")[1]
    texts, questions, start = [], [], 0
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            context = clean(paragraph["context"])
            for qa in paragraph["qas"]:
                answers = {
                    (at, at + len(clean(answer["text"])))
                    for answer in qa["answers"]
                    for at in [start + len(clean(paragraph["context"][: answer["answer_start"]]))]
                }
                if answers:
                    questions.append(Question(qa["question"], tuple(sorted(answers))))
            texts.append(context)
            start += len(context) + 2
    return Haystack(name, language, "asked", "\n\n".join(texts), questions)


def udhr_lines(path: Path) -> Iterator[str]:
    """Yield the paragraphs of the declaration."""
    for paragraph in etree.parse(path).iter("{*}para"):
        words = " ".join("".join(paragraph.itertext()).split())
        if words:
            yield words


def known(name: str, language: str, lines: list[str]) -> Haystack:
    """Ask for each line by two words of it."""
    chance = random.Random(SEED)
    spaced = statistics.median(len(line) / (1 + line.count(" ")) for line in lines) < LONG_WORD
    questions = []
    for line, span in zip(lines, spans(lines), strict=True):
        size = PIECE.get(language, OTHER_PIECE)
        pieces = long_words(line) if spaced else list(cut_pieces(line, size, chance))
        if len(pieces) > WORDS_OF_A_LINE:
            asked = " ".join(chance.sample(pieces, WORDS_OF_A_LINE))
            questions.append(Question(asked, (span,)))
    return Haystack(name, language, "known", "\n\n".join(lines), questions)


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


def kin(name: str, language: str, lines: list[str], articles: list[str]) -> Haystack:
    """Ask for the article of every other line, with the rest as haystack."""
    held, places = lines[::2], spans(lines[::2])
    answers: dict[str, list[Span]] = {}
    for article, place in zip(articles[::2], places, strict=True):
        answers.setdefault(article, []).append(place)
    questions = [
        Question(line, tuple(answers[article]))
        for line, article in zip(lines[1::2], articles[1::2], strict=True)
        if article in answers
    ]
    return Haystack(name, language, "kin", "\n\n".join(held), questions)


def spans(lines: Iterable[str]) -> list[Span]:
    """Return where each line stands once they are joined by blank lines."""
    places, start = [], 0
    for line in lines:
        places.append((start, start + len(line)))
        start += len(line) + 2
    return places


def measure(haystack: Haystack, most: int) -> dict[str, object]:
    """Search for every question and return the row of the table."""
    questions = haystack.questions
    if len(questions) > most:
        questions = random.Random(SEED).sample(questions, most)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "haystack.txt"
        path.write_text(haystack.text, encoding="utf-8")
        library = Library(Path(folder) / "home")
        document = library.add(path)
        if document.text != haystack.text:
            raise SystemExit(f"{haystack.name} {haystack.language}: not kept letter by letter")
        began = time.process_time()
        ranks = [rank(library, document.id, question) for question in questions]
        milliseconds = 1000 * (time.process_time() - began) / len(ranks)
        with library._store.reading() as connection:  # noqa: SLF001  a count for the table
            (passages,) = connection.execute("SELECT count(*) FROM passage").fetchone()
    recalls = {f"recall@{k}": round(statistics.fmean(r <= k for r in ranks), 3) for k in DEPTHS}
    return {
        "set": haystack.name,
        "language": haystack.language,
        "kind": haystack.kind,
        "passages": passages,
        "questions": len(ranks),
        **recalls,
        "MRR": round(statistics.fmean(1 / r for r in ranks), 3),
        "ms": round(milliseconds, 2),
    }


def rank(library: Library, identity: str, question: Question) -> float:
    """Return the place of the first hit that overlaps an answer, infinite if none does."""
    hits = library.search(question.text, [identity], max(DEPTHS))
    for place, hit in enumerate(hits, start=1):
        span = hit.passage.span
        if any(span.start < end and start < span.end for start, end in question.answers):
            return place
    return float("inf")


if __name__ == "__main__":
    main()
