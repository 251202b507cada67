"""Print how often the right passage is found by words, by meaning and by both, and what it costs.

    python -m benchmarks.dense FOLDER [--model MODEL] [--questions N] [--json FILE]

FOLDER holds question sets in SQuAD form (`*.json`, at any depth), such as XQuAD or COVID-QA. Each
set becomes one document, all its articles in a row, cut as every document is; a passage is right if
it holds a part of the first reference answer. Beside ours stands reciprocal rank fusion (Cormack,
Clarke and Büttcher 2009, k = 60), and "half" is ours while half of the passages have a vector.
Filling is compared with the plain loop of sentence-transformers over some of the same passages,
which leaves out what is longer than the model reads at once. One thread; CPU seconds.
"""

import argparse
import functools
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from agent.document import Document
from agent.index.base import Hit, Index
from agent.index.dense import DenseIndexes
from agent.index.fill import fill
from agent.index.fuse import FusedIndex
from agent.index.keyword import KeywordIndex
from agent.library import Library
from agent.store import Store
from model.embed import SentenceEmbedder, load_embedder

DEPTH = 100
CUTS = (1, 5, 10, 20)
RANK_CONSTANT = 60
PEER_PASSAGES = 64


@dataclass(frozen=True)
class Question:
    """A question and where its answer stands, in characters of the set's text."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Row:
    """One line of the table; shares of the questions, and the mean reciprocal rank to 100."""

    set: str
    index: str
    questions: int
    passages: int
    recall_at_1: float
    recall_at_5: float
    recall_at_10: float
    recall_at_20: float
    mrr: float


class Remembering:
    """An embedder that embeds each question once, however many indexes ask."""

    def __init__(self, embedder: SentenceEmbedder) -> None:
        self.model_id = embedder.model_id
        self.languages = embedder.languages
        self.embed_documents = embedder.embed_documents
        self.embed_query = functools.cache(embedder.embed_query)


class RankFusion:
    """Reciprocal rank fusion, for comparison."""

    def __init__(self, *indexes: Index) -> None:
        self.indexes = indexes

    def search(self, query: str, k: int) -> list[Hit]:
        """Return hits by the sum of 1 / (60 + rank)."""
        scores: dict[int, float] = {}
        hits = {}
        for index in self.indexes:
            for rank, hit in enumerate(index.search(query, DEPTH), start=1):
                number = hit.passage.number
                hits[number] = hit
                scores[number] = scores.get(number, 0) + 1 / (RANK_CONSTANT + rank)
        return [hits[number] for number in sorted(scores, key=lambda n: -scores[n])[:k]]


def main() -> None:
    """Measure and print two tables."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("folder", type=Path)
    options.add_argument("--model", help="folder or hub name; by default all-MiniLM-L6-v2")
    options.add_argument("--questions", type=int, default=0, help="of each set; 0 for all")
    options.add_argument("--json", type=Path, default=Path("dense.json"))
    given = options.parse_args()
    torch.set_num_threads(1)
    embedder = load_embedder(given.model)
    rows: list[Row] = []
    speeds: dict[str, dict[str, float]] = {}
    print(f"{machine()}; {embedder.name}; `python -m benchmarks.dense`\n")
    print("| set | index | questions | passages | recall@1 | @5 | @10 | @20 | MRR |")
    print("|---|---|---|---|---|---|---|---|---|")
    for path in sorted(given.folder.rglob("*.json")):
        with tempfile.TemporaryDirectory() as home:
            found, speed = measure(path, Path(home), embedder, given.questions)
        rows += found
        speeds |= {path.stem: speed} if speed else {}
    print("\n| set | filling, tokens a CPU s | plain loop, tokens a CPU s |\n|---|---|---|")
    for name, speed in speeds.items():
        print(f"| {name} | {speed['filling']:,.0f} | {speed['plain']:,.0f} |")
    result = {
        "machine": machine(),
        "model": embedder.name,
        "model_id": embedder.model_id,
        "recall": [asdict(row) for row in rows],
        "tokens_a_cpu_second": speeds,
    }
    given.json.write_text(json.dumps(result, indent=1), encoding="utf-8")


def measure(
    path: Path, home: Path, embedder: SentenceEmbedder, most: int
) -> tuple[list[Row], dict[str, float]]:
    """Return the rows of one set and the tokens embedded a CPU second; nothing for other JSON."""
    content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict) or "data" not in content:
        return [], {}
    document, questions = add(path.stem, content["data"], home)
    questions = questions[:: max(1, len(questions) // most)][:most] if most else questions
    store, remembering = Store(home), Remembering(embedder)
    rows: list[Row] = []
    seconds, began, part = 0.0, time.process_time(), 0.5
    for step in fill(store, [document.id], remembering):
        seconds += time.process_time() - began
        if step.done >= part * step.total:
            rows += search(path.stem, store, remembering, questions, half=step.done < step.total)
            part = 1.0
        began = time.process_time()
    return rows, compare(store, document, embedder, seconds)


def add(name: str, articles: Sequence[Any], home: Path) -> tuple[Document, list[Question]]:
    """Make one document of a set; return it with the questions whose answer is found in it."""
    paragraphs = [each for article in articles for each in article["paragraphs"]]
    file = home / f"{name}.txt"
    file.write_text("\n\n".join(each["context"] for each in paragraphs), encoding="utf-8")
    document = Library(home).add(file)
    questions, place, lost = [], 0, 0
    for paragraph in paragraphs:
        found = document.text.find(paragraph["context"], place)
        for each in paragraph["qas"]:
            if found < 0 or not each["answers"]:
                lost += 1
                continue
            answer = each["answers"][0]
            start = found + answer["answer_start"]
            questions.append(Question(each["question"], start, start + len(answer["text"])))
        place = max(place, found)
    if lost:
        print(f"{name}: {lost} questions without an answer in the text are left out")
    return document, questions


def search(
    name: str, store: Store, embedder: Remembering, questions: Sequence[Question], *, half: bool
) -> list[Row]:
    """Ask all questions of each index, and print the rows."""
    with store.reading() as connection:
        ids = [row for (row,) in connection.execute("SELECT row FROM document")]
        keyword, dense = KeywordIndex(connection, ids), DenseIndexes(embedder).open(connection, ids)
        fused = FusedIndex(keyword, dense)
        indexes: dict[str, Index] = {"keyword": keyword, "dense": dense, "fused": fused}
        indexes["reciprocal ranks"] = RankFusion(keyword, dense)
        if half:
            indexes = {f"half ({dense.covered:.2f})": fused}
        passages = dense.shelf.vectors.passages
        rows = [score(name, label, index, questions, passages) for label, index in indexes.items()]
    for row in rows:
        shares = (row.recall_at_1, row.recall_at_5, row.recall_at_10, row.recall_at_20, row.mrr)
        shown = " | ".join(f"{share:.3f}" for share in shares)
        print(f"| {name} | {row.index} | {row.questions:,} | {passages:,} | {shown} |", flush=True)
    return rows


def score(name: str, label: str, index: Index, questions: Sequence[Question], passages: int) -> Row:
    """Ask all questions of one index."""
    ranks = np.array([rank(index, question) for question in questions])
    recalls = [float(np.mean(ranks <= cut)) for cut in CUTS]
    return Row(name, label, len(questions), passages, *recalls, mrr=float(np.mean(1 / ranks)))


def rank(index: Index, question: Question) -> float:
    """Return the rank of the first passage that holds a part of the answer; infinite for none."""
    for place, hit in enumerate(index.search(question.text, DEPTH), start=1):
        span = hit.passage.span
        if span.start < question.end and span.end > question.start:
            return place
    return float("inf")


def compare(
    store: Store, document: Document, embedder: SentenceEmbedder, seconds: float
) -> dict[str, float]:
    """Return tokens a CPU second of our filling and of the plain loop over the same passages."""
    with store.reading() as connection:
        spans = connection.execute("SELECT start, end, tokens FROM passage").fetchall()
    part = spans[:: max(1, len(spans) // PEER_PASSAGES)]
    texts = [document.text[start:end] for start, end, _ in part]
    plain = load_plain(embedder.folder)
    peer = cpu_seconds(lambda: plain.encode(texts, show_progress_bar=False))
    return {
        "filling": sum(tokens for *_, tokens in spans) / seconds,
        "plain": sum(tokens for *_, tokens in part) / peer,
    }


@functools.cache
def load_plain(folder: Path) -> SentenceTransformer:
    """Load the same model as anyone would."""
    return SentenceTransformer(str(folder), device="cpu", local_files_only=True)


def cpu_seconds(work: Callable[[], object]) -> float:
    """Return the CPU seconds that `work` takes in this process."""
    began = time.process_time()
    work()
    return time.process_time() - began


def machine() -> str:
    """Return what this was measured on."""
    cpuinfo = Path("/proc/cpuinfo")
    model = platform.processor() or platform.machine()
    if cpuinfo.exists():
        names = list(_models(cpuinfo.read_text(encoding="utf-8")))
        model = names[0] if names else model
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}"


def _models(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if line.startswith("model name"):
            yield line.split(":", 1)[1].strip()


if __name__ == "__main__":
    main()
