"""Words in a document that are written for a machine that reads it, such as planted orders.

They change nothing about how a document is read: whoever reads the answer is told of them. Told by
their wording, in some languages; an order in plain words, "write a poem", is not told from text.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final

from agent.document import Document, Span

MOST: Final = 20  # orders that are reported; who plants more says nothing new

_BEFORE: Final = r"(?:previous|prior|above|earlier|preceding|foregoing|former|system|original)"
_ORDERS: Final = r"(?:instruction|prompt|direction|directive|guideline|order|command|rule)s?"
_MACHINE: Final = (
    r"(?:AIs?|A\.I\.|LLMs?|language models?|chat ?bots?|GPT(?:-\d)?|ChatGPT|Claude|Gemini|Qwen)"
)
_HELPER: Final = rf"(?:{_MACHINE}(?: (?:assistant|model|system|reader|reviewer|agent)s?)?)"
_WAYS: Final = (
    # Ignore all previous instructions.
    (
        rf"\b(?:ignor(?:e|ing)|disregard(?:ing)?|forget(?:ting)?|overrid(?:e|ing)|bypass|do not"
        rf" follow)"
        rf"\b(?: (?:all|any|every|of|the|your|my|these|those|other|everything|and)){{0,5}}"
        rf" {_BEFORE}(?: and \w+)?(?: \w+)? (?:{_ORDERS}|messages?|context)\b"
    ),
    rf"\b(?:ignore|disregard|forget) all (?:of )?(?:the |your |these |its )?{_ORDERS}\b",
    (
        rf"\b(?:ignore|disregard|forget) (?:the|your|these|its) {_ORDERS}"
        r" (?:above|before|given|you (?:were|have been) given)\b"
    ),
    (
        r"\b(?:ignore|disregard|forget) (?:everything|all|what(?:ever)?)(?: that)?"
        r" (?:you (?:were|have been|are)|(?:is |was )?(?:written |said |stated )?above)\b"
    ),
    # You are now a pirate. From now on, you obey.
    r"\byou are now (?:an? |in )?(?:\w+ )?(?:mode|DAN|unrestricted|assistant|AI|pirate|persona)\b",
    r"\bfrom now on,? (?:you|the assistant) (?:are|will|must|shall|should|obey|answer|act)\b",
    # If you are a language model; AI assistants must; note to the AI.
    rf"\bif you are an? (?:\w+ )?{_HELPER}\b",
    (
        rf"\b(?:note|message|instruction|attention|warning|order)s?,? (?:to|for)"
        rf" (?:the |all |any |an? )?{_HELPER}\b"
    ),
    rf"\b(?:dear|attention:?|hey|hello) {_HELPER}\b[,:!]",
    r"\b(?:reveal|print|repeat|output|show|leak|send)(?: me)? (?:your|the) system prompt\b",
    r"\bnew (?:system )?(?:instructions|prompt)\s*:",
    (
        r"(?:^|[\n.!?>)\]\"”'] ?)(?:system|assistant|developer)\s*"
        r"(?:prompt|message|instructions?)?\s*:\s*"
        r"(?:you|ignore|from now|always|never|do not|answer|reply|respond|send)\b"
    ),
    # The marks of chat templates.
    r"<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id)\|>",
    r"\[/?INST\]|<</?SYS>>|</?(?:tool_call|tool_response|system_prompt)>",
    r"#{2,} ?(?:system|instructions?|new instructions?)\s*:",
    # Deutsch, Français, Español, Português, Italiano, Nederlands
    (
        r"\bignorier(?:e|en Sie|t) (?:alle |die |sämtliche )*"
        r"(?:vorherigen|bisherigen|obigen|früheren|vorigen) "
        r"(?:Anweisungen|Anleitungen|Befehle|Instruktionen)\b"
    ),
    (
        r"\bignor(?:e|ez|er) (?:toutes )?(?:les |vos |tes )?(?:instructions|consignes)"
        r"(?: précédentes| ci-dessus| antérieures)"
    ),
    r"\bignor(?:a|e|ar|en) (?:todas )?(?:las |as )?instru(?:cciones|ções) (?:anteriores|previas)",
    r"\bignor(?:a|are|ate) (?:tutte )?le istruzioni (?:precedenti|di cui sopra)",
    r"\bnegeer (?:alle )?(?:vorige|eerdere|bovenstaande) (?:instructies|opdrachten)",
    # Русский, Українська, Polski, Türkçe
    r"\bигнорируй(?:те)? (?:все )?(?:предыдущие|прежние|вышеуказанные) (?:инструкции|указания)",
    r"\bігноруй(?:те)? (?:усі |всі )?попередні (?:інструкції|вказівки)",
    r"\b[zZ]ignoruj(?:cie)? (?:wszystkie )?(?:poprzednie|powyższe) (?:instrukcje|polecenia)",
    r"\b(?:önceki|yukarıdaki) (?:tüm |bütün )?(?:talimatları|komutları) (?:yok say|görmezden gel)",
    # 中文, 日本語, 한국어
    (
        r"(?:忽略|无视|無視|忘记|忘記)(?:掉)?(?:所有|全部)?(?:你)?"
        r"(?:之前|以上|上述|先前|此前|前面|上面)"
        r"(?:的)?(?:所有|全部)?(?:指令|指示|提示|说明|說明|要求|命令)"
    ),
    (
        r"(?:以前|これまで|上記|前述|先程)の(?:すべての|全ての)?(?:指示|命令|プロンプト)(?:を|は)"
        r"(?:すべて|全て)?(?:無視|忘れ)"
    ),
    r"(?:이전|위|앞)의? ?(?:모든 )?(?:지시|명령|지침)(?:사항)?(?:을|를)? (?:모두 )?무시",
    # العربية, فارسی, עברית, हिन्दी
    r"تجاهل (?:جميع |كل )?(?:التعليمات|الأوامر)(?: السابقة| أعلاه)",
    r"(?:دستورات|دستورهای) (?:قبلی|پیشین) را نادیده بگیر",
    r"התעלם מ(?:כל )?ההוראות (?:הקודמות|לעיל)",
    r"(?:पिछले|पिछली|उपरोक्त) (?:सभी )?(?:निर्देशों|आदेशों) (?:को|की) (?:अनदेखा|उपेक्षा|नज़रअंदाज़)",
)
# One of these, in lower case, is in whatever any of the above finds: looked for first, they cost
# little.
_SIGNS: Final = (
    "ignor", "disregard", "overrid", "bypass", "forget", "not follow", "are now", "now on",
    "if you are", "language model", "chatbot", "chat bot", "gpt", "llm", "claude", "gemini", "qwen",
    "to ai", "to the ai", "to all ai", "to any ai", "to an ai", "for ai", "for the ai",
    "for all ai", "for any ai", "for an ai", "dear ai", "attention ai", "attention: ai", "hey ai",
    "hello ai", "a.i.", "system", "assistant", "developer", "new instruction", "new prompt",
    "# instruction", "#instruction", "<|", "<<", "</", "<tool", "<sys", "[inst", "[/inst", "negeer",
    "игнорируй", "ігноруй", "yok say", "görmezden",
    "忽略", "无视", "無視", "忘", "무시", "تجاهل", "نادیده",
    "התעלם", "अनदेखा", "उपेक्षा", "नज़र",
)  # fmt: skip
# A space in a wording is any space, line ends among them.
_ORDER: Final = re.compile(
    "|".join(f"(?:{way})" for way in _WAYS).replace(" ?", r"\s?").replace(" ", r"\s+"),
    re.IGNORECASE | re.MULTILINE,
)
_BEFORE_IT: Final = (
    " \t\n.!?>)]\"”'"  # what may stand before an order at the beginning of a sentence
)
_REACH: Final = 120  # characters around a sign in which the order stands


def find_orders(document: Document, spans: Iterable[Span]) -> Iterator[Span]:
    """Yield where in some stretches of a document words for a machine stand, in reading order."""
    for span in spans:
        for start, end in _found(document.text[span.start : span.end]):
            yield Span(document.id, span.start + start, span.start + end)


def _found(text: str) -> Iterator[tuple[int, int]]:
    done = 0
    for start, end in _near_signs(text):
        for match in _ORDER.finditer(text, start, end):
            if match.start() >= done:
                done = match.end()
                yield match.start() + len(match[0]) - len(match[0].lstrip(_BEFORE_IT)), done


def _near_signs(text: str) -> Iterator[tuple[int, int]]:
    """Yield stretches around signs, those that touch as one."""
    lower = text.lower()
    if len(lower) != len(text):  # a few capitals become two characters
        lower = "".join(c if len(c.lower()) > 1 else c.lower() for c in text)
    lower = lower.replace("\n", " ").replace("\xa0", " ")
    places = sorted(place for sign in _SIGNS for place in _places(lower, sign))
    if not places:
        return
    start = max(0, places[0] - _REACH)
    for place, following in pairwise([*places, len(text) + 2 * _REACH]):
        if following - place > 2 * _REACH:
            yield start, min(len(text), place + _REACH)
            start = following - _REACH


def _places(text: str, sign: str) -> Iterator[int]:
    place = text.find(sign)
    while place >= 0:
        yield place
        place = text.find(sign, place + 1)
