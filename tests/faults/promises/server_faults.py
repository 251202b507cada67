"""A model server that fails in every way: each call ends in time, as what it is."""

import time
from itertools import cycle, islice

from langchain_core.exceptions import LangChainException
from langchain_openai import ChatOpenAI
from openai import OpenAIError

from model.errors import ContextError, ServerError
from model.server import ChatServer
from tests.faults.promise import Outcome, Promise
from tests.model.openai_server import ANSWER, running
from tests.model.test_server_faults import FAULTS

DEADLINE_SECONDS = 4.0
SLACK_SECONDS = 1.5  # 0.1 is usual, but machines are busy at times
TOO_LONG = {"message": "This model's maximum context length is 8 tokens, however you requested 9."}
# Fault, status, retry-after, and how often: None is each time, a number that it passes.
WAYS = (
    *((fault, 500, "", None) for fault, *_ in FAULTS),
    ("drip", 500, "", None),
    ("status", 429, "", None),
    ("status", 429, "60", None),
    ("status", 429, "0.2", 2),
    ("status", 503, "", 2),
    ("status", 400, "", None),
    ("status", 401, "", None),
    ("too long", 400, "", None),
    ("cut short", 200, "", None),
    ("says nothing", 200, "", None),
    *((fault, 500, "", 2) for fault in ("status", "reset", "drop", "hang", "keep alives")),
    ("refused", 0, "", None),
)
TAKEN_FOR_ANSWERS = [way for way in WAYS if way[0] in {"break off", "null choices", "cut short"}]
WHOLE = "".join(ANSWER)


def ours(count, _folder):
    return tried(count, longread)


def control(_count, _folder):
    return tried(len(TAKEN_FOR_ANSWERS), plain, TAKEN_FOR_ANSWERS)


def longread(url):
    """Return how a call of ours ended: a word, and what had come of the answer."""
    chat = ChatServer(
        model="Qwen/Qwen2-7B-Instruct", base_url=f"{url}/v1", api_key="none", max_tokens=50,
        total_seconds=DEADLINE_SECONDS, silence_seconds=0.6, backoff_seconds=0.01,
    )  # fmt: skip
    try:
        message = chat.invoke("Where?")
    except ServerError as error:
        return "failed", error.partial
    except ContextError:
        return "too long", ""
    cut = message.response_metadata["finish_reason"] == "length"
    return "cut short" if cut else "answered", message.text


def plain(url):
    """Return how a call ends with what a program would use that takes no care."""
    chat = ChatOpenAI(
        model="Qwen/Qwen2-7B-Instruct", base_url=f"{url}/v1", api_key="none", max_tokens=50,
        timeout=0.6, streaming=True,
    )  # fmt: skip
    try:
        return "answered", chat.invoke("Where?").text
    except (OpenAIError, LangChainException):
        return "failed", ""


def set_up(behaviour, way):
    """Have the server fail in this way."""
    fault, behaviour.status, retry_after, behaviour.faults_left = way
    behaviour.headers = {"retry-after": retry_after} if retry_after else {}
    behaviour.fault = fault if fault not in {"cut short", "says nothing", "refused"} else ""
    if fault == "cut short":
        behaviour.finish = "length"
    if fault == "says nothing":
        behaviour.reply = lambda _body: []
    if fault == "too long":
        behaviour.fault, behaviour.error = "status", TOO_LONG


def due(way):
    """Return how a call must end: with one of these words, and what must be there of it."""
    fault, _, _, passes = way
    if passes:
        return {"answered"}, WHOLE
    if fault in {"too long", "cut short"}:
        return {fault}, WHOLE if fault == "cut short" else ""
    began = {"break off", "stall", "junk", "late error", "drip"}
    return {"failed"}, "Page " if fault in began - {"drip"} else None if fault == "drip" else ""


def tried(count, call, ways=WAYS):
    broken = []
    with running() as server:
        for way in islice(cycle(ways), count):
            url, behaviour = server.reset()
            set_up(behaviour, way)
            began = time.monotonic()
            try:
                ended, partial = call("http://127.0.0.1:9" if way[0] == "refused" else url)
            except Exception as error:  # noqa: BLE001  # nothing says what it is
                ended, partial = repr(error), ""
            seconds = time.monotonic() - began
            words, there = due(way)
            what = f"{way[0]} {way[1]}"
            if ended not in words or (there is not None and partial != there):
                broken.append(f"{what}: {ended}, {partial!r}")
            elif seconds > DEADLINE_SECONDS + SLACK_SECONDS:
                broken.append(f"{what}: took {seconds:.0f} seconds")
            elif len(behaviour.requests) > 3:
                broken.append(f"{what}: {len(behaviour.requests)} requests")
    return Outcome(count, tuple(broken))


PROMISE = Promise(
    "Whatever a model server does, a call ends in time, as what it is, with what had come",
    f"{len(WAYS)} ways to fail over HTTP: errors with and without Retry-After, refused, reset, "
    "silent, broken off, not in form, cut short, empty, too long; within the deadline, three "
    "requests at most, and what passes is survived",
    ours, control, "LangChain's ChatOpenAI as it comes", len(WAYS) // 2, 5 * len(WAYS),
)  # fmt: skip
