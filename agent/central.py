"""Which of many sentences say most of what all of them say: chosen by code, without a model.

SumBasic (Nenkova and Vanderwende, The Impact of Frequency on Summarization, MSR-TR-2005-101): a
sentence is worth the mean probability of its words; those of a chosen sentence count less for the
next, so that nothing is said twice. Words that a text has everywhere count little.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from agent.index.stems import english_stop_terms
from agent.index.words import split_words, to_terms

_ASKED_FOR: Final = 0.8  # what a word counts that was asked about: far more than any other
_FEWEST_TERMS: Final = 4  # a mean over fewer is chance
_EVERYWHERE: Final = 0.5  # a word in more of the sentences than this tells none of them from others
_WITH_FIGURE: Final = 1.4  # chosen by reading what came of 10-Qs, a report and novels (docs/log.md)
# A share, a sum of money, a number of thousands; years, dates and the numbers of rules are none.
_FIGURE: Final = re.compile(
    r"\d\s?(?:%|％|percent|per cent|Prozent|pour cent|por ciento)|[$€£¥]\s?\d|\d\s?[€£¥]"
    r"|(?<![\d.,§])(?<!§ )\d{1,3}(?:[.,\u202f]\d{3})+(?![\d.,]*\d)|\d (?:million|billion)"
)
_FEW_SENTENCES: Final = 8  # among so few, that is no sign


def most_central(
    texts: Sequence[str], count: int, language: str = "", focus: str = ""
) -> list[int]:
    """Return the numbers of at most `count` texts, in their order.

    Args:
        texts: sentences.
        count: how many to choose.
        language: whose words they are, as of `guess_language`; "" if that is not known.
        focus: what is asked about, if anything.
    """
    terms = [_terms(text, language) for text in texts]
    factors = [_WITH_FIGURE if holds_figure(text) else 1.0 for text in texts]
    worth = _worth(terms, _terms(focus, language))
    left, chosen = set(range(len(texts))), list[int]()
    while left and len(chosen) < count:
        best = max(left, key=lambda n: (_mean(terms[n], worth) * factors[n], -n))
        left.remove(best)
        chosen.append(best)
        for term in terms[best]:
            worth[term] *= worth[term]
    return sorted(chosen)


def holds_figure(text: str) -> bool:
    """Tell whether a text says a share, a sum or a number of thousands: what reports are for."""
    return _FIGURE.search(text) is not None


def _terms(text: str, language: str) -> set[str]:
    return set(to_terms(split_words(text), language)) - english_stop_terms()


def _worth(terms: Sequence[set[str]], focus: set[str]) -> dict[str, float]:
    counts = Counter(term for each in terms for term in each)
    most = len(terms) * _EVERYWHERE if len(terms) > _FEW_SENTENCES else math.inf
    total = sum(counts.values()) or 1
    return {
        term: _ASKED_FOR if term in focus else count / total if count <= most else 0.0
        for term, count in counts.items()
    }


def _mean(terms: set[str], worth: dict[str, float]) -> float:
    # Long sentences hold words of all kinds: their mean is pulled down by the rare ones, so the
    # length counts by its root only.
    return sum(worth[term] for term in terms) / math.sqrt(max(len(terms), _FEWEST_TERMS))
