"""How a set's own paper scores an answer: one function a metric, from 0 to 1.

Every scorer takes the answer, the right answers, and the choices where there are some.
"""

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence

from rouge_score.rouge_scorer import RougeScorer

from agent.evaluation.scoring import names

Score = dict[str, float]
Metric = Callable[[str, Sequence[str], Sequence[str]], Score]

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_LETTER = re.compile(r"\(?\b([A-D])\b\)?")
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
_CLOSE = 0.01  # relative: filings round, and so do answers


def squad(answer: str, right: Sequence[str], _choices: Sequence[str] = ()) -> Score:
    """Return exact match and F1 of SQuAD's own script, letters of Chinese and Japanese as words.

    Source: Rajpurkar et al., arXiv 1606.05250; by letters as CMRC 2018 does, arXiv 1810.07366. An
    answer of more words than the right one loses precision: a quoted sentence scores low in F1, so
    `contains` stands beside it.
    """
    return {
        "exact": max(float(normal(answer) == normal(each)) for each in right),
        "f1": max(_f1(_tokens(answer), _tokens(each)) for each in right),
        "contains": max(float(names(answer, each)) for each in right),
    }


def normal(text: str) -> str:
    """Return a text as SQuAD's script compares it: no case, punctuation, articles, extra space."""
    lowered = unicodedata.normalize("NFKC", text).lower()
    plain = "".join(c for c in lowered if c not in string.punctuation and not _is_mark(c))
    return " ".join(_ARTICLES.sub(" ", plain).split())


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("P")


def _tokens(text: str) -> list[str]:
    return _CJK.sub(lambda letter: f" {letter[0]} ", normal(text)).split()


def _f1(said: Sequence[str], right: Sequence[str]) -> float:
    same = (Counter(said) & Counter(right)).total()
    if not same:
        return float(said == right)
    precision, recall = same / len(said), same / len(right)
    return 2 * precision * recall / (precision + recall)


def rouge(answer: str, right: Sequence[str], _choices: Sequence[str] = ()) -> Score:
    """Return ROUGE-1, ROUGE-2 and ROUGE-L, F-measures (Lin 2004), as QMSum and CLAPnq report."""
    scorer = RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=True)
    best = scorer.score_multi(list(right), answer)
    return {name: score.fmeasure for name, score in best.items()}


def choice(answer: str, right: Sequence[str], choices: Sequence[str]) -> Score:
    """Return whether the letter is right: the last one named, else that of the choice quoted."""
    letters = _LETTER.findall(answer)
    quoted = [chr(ord("A") + n) for n, text in enumerate(choices) if names(answer, text)]
    said = letters[-1] if letters else quoted[0] if len(quoted) == 1 else ""
    return {"accuracy": float(said in right)}


def number(answer: str, right: Sequence[str], _choices: Sequence[str] = ()) -> Score:
    """Return whether the answer names the right number, within a hundredth, or the right words.

    FinanceBench and MMLongBench let people or models judge; this is the part that code can.
    """
    return {"right": max(float(_same(answer, each)) for each in right)}


def _same(answer: str, right: str) -> bool:
    wanted = [float(found.replace(",", "")) for found in _NUMBER.findall(right)]
    if len(wanted) != 1:
        return names(answer, right)
    said = (float(found.replace(",", "")) for found in _NUMBER.findall(answer))
    return any(abs(each - wanted[0]) <= _CLOSE * abs(wanted[0]) for each in said)


METRICS: dict[str, Metric] = {"squad": squad, "rouge": rouge, "choice": choice, "number": number}
