"""Everything that goes wrong between us and a server ends in time, as one sentence."""

import asyncio
import gc
import os
import signal
import sys
import threading
import time
import types
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from langchain_core.messages import HumanMessage

from model.errors import ContextError, ServerError
from model.server import ChatServer
from tests.model.openai_server import ANSWER, running

# Our own work on this side of the wire; 0.1 is usual, but machines are busy at times.
SLACK_SECONDS = 1.5


@pytest.fixture(scope="module")
def one_server():
    with running() as server:
        yield server


@pytest.fixture
def server(one_server):
    return one_server.reset()


def chat_server(url, **fields):
    settings = {"total_seconds": 20.0, "backoff_seconds": 0.01, "max_tokens": 50, **fields}
    return ChatServer(
        model="Qwen/Qwen2-7B-Instruct", base_url=f"{url}/v1", api_key="none", **settings
    )


def ask(chat, how):
    if how == "async":
        return asyncio.run(chat.ainvoke("Where?"))
    return chat.invoke("Where?")


# Fault, words of the error, requests it takes, what had come of the answer.
FAULTS = [
    ("html", "sent text/html instead of a stream", 1, ""),
    ("whole", "sent application/json instead of a stream", 1, ""),
    ("error json", "failed: out of memory", 1, ""),
    ("error event", "failed: out of memory", 1, ""),
    ("no choices", "answered nothing", 1, ""),
    ("null choices", "broke off before the answer ended", 3, ""),
    ("shapeless", "sent what is no answer", 1, ""),
    ("status", "failed: .*out of memory", 3, ""),
    ("reset", "the connection to .* failed", 3, ""),
    ("drop", "broke off before the answer ended", 3, ""),
    ("hang", "was silent for 0.3 seconds", 3, ""),
    ("keep alives", "was silent for 0.3 seconds", 3, ""),
    ("break off", "broke off before the answer ended", 1, "Page "),
    ("stall", "was silent for 0.8 seconds", 1, "Page "),
    ("junk", "sent what is no answer", 1, "Page "),
    ("late error", "failed: out of memory", 1, "Page "),
]

# Enough for the first word of a stream that stalls after it.
SILENCE_SECONDS = {"hang": 0.3, "keep alives": 0.3, "stall": 0.8}


@pytest.mark.parametrize("how", ["sync", "async"])
@pytest.mark.parametrize(("fault", "words", "requests", "partial"), FAULTS)
def test_every_failure_is_one_sentence_with_what_had_come(
    server, fault, words, requests, partial, how
):
    url, behaviour = server
    behaviour.fault = fault
    with pytest.raises(ServerError, match=words) as caught:
        ask(chat_server(url, silence_seconds=SILENCE_SECONDS.get(fault)), how)
    assert url in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.partial == partial
    assert len(behaviour.requests) == requests


@pytest.mark.parametrize("fault", ["hang", "keep alives", "drip", "stall"])
def test_a_call_ends_at_its_deadline_whatever_the_server_does(server, fault):
    url, behaviour = server
    behaviour.fault = fault
    chat = chat_server(url, total_seconds=0.5, silence_seconds=20)
    begun = time.monotonic()
    with pytest.raises(ServerError, match=r"took longer than 0\.5 seconds"):
        chat.invoke("Where?")
    assert 0.5 <= time.monotonic() - begun < 0.5 + SLACK_SECONDS
    assert len(behaviour.requests) == 1


def test_the_deadline_holds_for_someone_who_reads_slowly(server):
    url, _behaviour = server
    stream = chat_server(url, total_seconds=1).stream("Where?")
    assert next(stream).text == ""
    time.sleep(1.1)
    with pytest.raises(ServerError, match="took longer") as caught:
        list(stream)
    assert "".join(ANSWER).startswith(caught.value.partial)


@pytest.mark.parametrize("fault", ["status", "reset", "drop", "hang", "keep alives"])
def test_what_passes_is_survived(server, fault):
    url, behaviour = server
    behaviour.fault, behaviour.faults_left = fault, 2
    chat = chat_server(url, silence_seconds=0.7)
    assert chat.invoke("Where?").content == "".join(ANSWER)
    assert len(behaviour.requests) == 3


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_busy_and_broken_servers_are_asked_again(server, status):
    url, behaviour = server
    behaviour.fault, behaviour.faults_left, behaviour.status = "status", 1, status
    assert chat_server(url).invoke("Where?").content == "".join(ANSWER)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "failed"),
        (401, "refuses the key"),
        (403, "refuses the key"),
        (404, "does not know this address or model"),
        (422, "failed"),
    ],
)
def test_what_will_fail_again_is_asked_once(server, status, words):
    url, behaviour = server
    behaviour.fault, behaviour.status = "status", status
    with pytest.raises(ServerError, match=words):
        chat_server(url).invoke("Where?")
    assert len(behaviour.requests) == 1


def test_retries_are_as_many_as_were_set(server):
    url, behaviour = server
    behaviour.fault = "status"
    with pytest.raises(ServerError):
        chat_server(url, max_retries=0).invoke("Where?")
    assert len(behaviour.requests) == 1
    with pytest.raises(ValueError, match="less than or equal to 2"):
        chat_server(url, max_retries=3)


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_the_server_says_how_long_to_stay_away(server, form):
    url, behaviour = server
    behaviour.fault, behaviour.faults_left, behaviour.status = "status", 1, 429
    # A date has whole seconds: it is between 1 and 2 seconds away.
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    behaviour.headers = {"retry-after": "0.8" if form == "seconds" else date}
    begun = time.monotonic()
    assert chat_server(url).invoke("Where?").content == "".join(ANSWER)
    assert 0.8 <= time.monotonic() - begun < 2 + SLACK_SECONDS


def test_a_pause_that_would_outlast_the_deadline_is_not_begun(server):
    url, behaviour = server
    behaviour.fault, behaviour.status = "status", 429
    behaviour.headers = {"retry-after": "30"}
    begun = time.monotonic()
    with pytest.raises(ServerError, match="is too busy"):
        chat_server(url).invoke("Where?")
    assert time.monotonic() - begun < SLACK_SECONDS
    assert len(behaviour.requests) == 1


def test_pauses_grow_and_differ(server):
    url, behaviour = server
    behaviour.fault = "status"
    begun = time.monotonic()
    with pytest.raises(ServerError):
        chat_server(url, backoff_seconds=0.2).invoke("Where?")
    # 0.1 to 0.2 seconds, then 0.4 to 0.8.
    assert 0.5 <= time.monotonic() - begun < 1.0 + SLACK_SECONDS


def test_a_server_that_restarts_in_the_middle_of_many_calls_costs_none(server):
    url, behaviour = server
    chat = chat_server(url, backoff_seconds=0.1)
    answers = []
    for number in range(12):
        if number == 4:
            behaviour.fault, behaviour.faults_left = "reset", 2
        answers.append(chat.invoke("Where?").content)
    assert answers == ["".join(ANSWER)] * 12
    assert len(behaviour.requests) == 14


def test_at_most_so_many_requests_are_under_way(server):
    url, behaviour = server
    behaviour.answer_seconds = 0.1
    chat = chat_server(url, max_concurrency=3)
    answers = chat.batch(["Where?"] * 9, config={"max_concurrency": 9})
    assert [answer.content for answer in answers] == ["".join(ANSWER)] * 9
    assert behaviour.most_at_once == 3


def test_ordinary_and_asynchronous_calls_share_the_slots(server):
    url, behaviour = server
    behaviour.answer_seconds = 0.1
    chat = chat_server(url, max_concurrency=2)

    async def several():
        return await chat.abatch(["Where?"] * 4)

    other = threading.Thread(target=chat.batch, args=(["Where?"] * 4,))
    other.start()
    assert len(asyncio.run(several())) == 4
    other.join()
    assert behaviour.most_at_once == 2
    assert len(behaviour.requests) == 8


def test_waiting_for_a_slot_counts_toward_the_deadline(server):
    url, behaviour = server
    chat = chat_server(url, max_concurrency=1, total_seconds=1, silence_seconds=1)
    behaviour.fault, behaviour.faults_left = "stall", 1
    stream = chat.stream("Where?")
    next(stream)
    begun = time.monotonic()
    with pytest.raises(ServerError, match=r"no earlier request to .* ended within"):
        chat.invoke("Where?")
    assert time.monotonic() - begun < 1 + SLACK_SECONDS
    assert len(behaviour.requests) == 1


@pytest.mark.parametrize("how", ["sync", "async"])
def test_closing_a_stream_frees_its_slot(server, how):
    url, behaviour = server
    chat = chat_server(url, max_concurrency=1, total_seconds=5)
    behaviour.fault, behaviour.faults_left = "drip", 3

    async def close_one():
        stream = chat.astream("Where?")
        await anext(stream)
        await stream.aclose()

    for _ in range(3):
        if how == "async":
            asyncio.run(close_one())
        else:
            stream = chat.stream("Where?")
            next(stream)
            stream.close()
    assert chat.invoke("Where?").content == "".join(ANSWER)


def open_generators():
    """Return the generators that were begun and neither ended nor were closed."""
    found = [item for item in gc.get_objects() if type(item) is types.AsyncGeneratorType]
    return {id(item): item for item in found if item.ag_frame is not None}


@pytest.fixture
def no_collection():
    """Leave nothing to the garbage collector, which works in whatever thread is at it."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collection")
@pytest.mark.parametrize("fault", ["error event", "late error", "junk", "drip", "status", ""])
def test_nothing_of_an_answer_stays_open(server, fault):
    url, behaviour = server
    behaviour.fault = fault
    before = open_generators()
    stream = chat_server(url).stream("Where?")
    with suppress(ServerError):
        for chunk in stream:
            if fault == "drip" and chunk.text:
                break
    stream.close()
    give_up = time.monotonic() + SLACK_SECONDS
    while (left := open_generators().keys() - before) and time.monotonic() < give_up:
        time.sleep(0.02)  # the loop of the models closes the innermost in its next turn
    assert not left, [open_generators()[key] for key in left]


def test_cancelling_a_task_frees_its_slot_and_ends_its_request(server):
    url, behaviour = server
    chat = chat_server(url, max_concurrency=1, total_seconds=5)
    behaviour.fault, behaviour.faults_left = "drip", 1

    async def cancel_one():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await chat.ainvoke("Where?")
        return await chat.ainvoke("Where?")

    assert asyncio.run(cancel_one()).content == "".join(ANSWER)
    give_up = time.monotonic() + 2
    while behaviour.at_once and time.monotonic() < give_up:
        time.sleep(0.02)  # until the server has found the connection closed
    assert behaviour.at_once == 0


@pytest.mark.skipif(sys.platform == "win32", reason="no signals between threads")
def test_ctrl_c_ends_a_call_at_once_and_frees_its_slot(server):
    url, behaviour = server
    chat = chat_server(url, max_concurrency=1, total_seconds=5)
    behaviour.fault, behaviour.faults_left = "hang", 1
    # A shell that runs the tests in the background has them ignore it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    begun = time.monotonic()
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
    try:
        with pytest.raises(KeyboardInterrupt):
            chat.invoke("Where?")
    finally:
        signal.signal(signal.SIGINT, before)
    assert time.monotonic() - begun < 0.2 + SLACK_SECONDS
    assert chat.invoke("Where?").content == "".join(ANSWER)


def test_one_chat_model_serves_one_event_loop_after_the_other(server):
    chat = chat_server(server[0])
    for _ in range(3):
        assert ask(chat, "async").content == "".join(ANSWER)
    assert ask(chat, "sync").content == "".join(ANSWER)


SAID = "This model's maximum context length is 32768 tokens. "
SGLANG_SAID = (
    "Requested token count exceeds the model's maximum context length of 32768 tokens. You "
    "requested a total of 33200 tokens: 32000 tokens from the input messages and 1200 tokens for "
    "the completion. Please reduce the number of tokens."
)
# What servers say of a prompt that is too long; prompt, answer and window in it, None for ours.
TOO_LONG = [
    (
        400,
        SAID + "However, you requested 512 output tokens and your prompt contains at least 32257 "
        "input tokens, for a total of at least 32769 tokens. Please reduce the length.",
        (32257, 512, 32768),
    ),
    (
        400,
        SAID + "However, your request has 40000 input tokens. Please reduce the length of the "
        "input messages.",
        (40000, 50, 32768),
    ),
    (
        400,
        "'max_tokens' or 'max_completion_tokens' is too large: 2000. " + SAID[:-2] + " and your "
        "request has 31000 input tokens (2000 > 32768 - 31000).",
        (31000, 50, 32768),
    ),
    (
        400,
        SAID + "However, you requested 40100 tokens (40000 in the messages, 100 in the "
        "completion). Please reduce the length of the messages or completion.",
        (40000, 100, 32768),
    ),
    (
        400,
        "The decoder prompt (length 40000) is longer than the maximum model length of 32768.",
        (40000, 50, 32768),
    ),
    (
        400,
        "The input (40000 tokens) is longer than the model's context length (32768 tokens).",
        (40000, 50, 32768),
    ),
    (
        400,
        SGLANG_SAID,
        (32000, 1200, 32768),
    ),
    (
        400,
        "request (14429 tokens) exceeds the available context size (8192 tokens), try increasing",
        (14429, 50, 8192),
    ),
    (500, "Requested tokens (2285) exceed context window of 2048", (2285, 50, 2048)),
    (
        400,
        SAID + "However, your messages resulted in 40000 tokens. Please reduce the length.",
        (40000, 50, 32768),
    ),
]


@pytest.mark.parametrize("fault", ["status", "error json", "error event"])
@pytest.mark.parametrize(("status", "words", "numbers"), TOO_LONG)
def test_a_prompt_the_server_finds_too_long_is_told_in_numbers(
    server, fault, status, words, numbers
):
    url, behaviour = server
    behaviour.fault, behaviour.status, behaviour.error = fault, status, {"message": words}
    with pytest.raises(ContextError) as caught:
        chat_server(url).invoke("Where?")
    error = caught.value
    assert (error.prompt_tokens, error.answer_tokens, error.context_tokens) == numbers
    assert len(behaviour.requests) == 1


@pytest.mark.parametrize("fault", ["status", "error json", "error event"])
def test_llama_cpp_tells_the_numbers_beside_its_words(server, fault):
    url, behaviour = server
    behaviour.fault, behaviour.status = fault, 400
    behaviour.error = {
        "code": 400,
        "message": "the request exceeds the available context size. try increasing it",
        "type": "exceed_context_size_error",
        "n_prompt_tokens": 14429,
        "n_ctx": 8192,
    }
    with pytest.raises(ContextError, match=r"14,429 tokens .* 8,192"):
        chat_server(url).invoke("Where?")


def test_an_error_without_numbers_gets_ours_or_stays_the_servers(server):
    url, behaviour = server
    behaviour.fault, behaviour.status = "status", 400
    behaviour.error = {"message": "too much", "code": "context_length_exceeded"}
    chat = chat_server(url, context_tokens=4096)
    with pytest.raises(ContextError) as caught:
        chat.invoke("Where?")
    counted = chat.get_num_tokens_from_messages([HumanMessage("Where?")])
    assert caught.value.prompt_tokens == counted
    with pytest.raises(ServerError, match="too much"):
        chat_server(url).invoke("Where?")


def test_a_prompt_too_long_by_our_count_is_not_sent(server):
    url, behaviour = server
    chat = chat_server(url, context_tokens=100)
    prompt = [HumanMessage("word " * 30)]
    counted = chat.get_num_tokens_from_messages(prompt)
    assert chat.invoke(prompt, max_tokens=100 - counted).content == "".join(ANSWER)
    with pytest.raises(ContextError) as caught:
        chat.invoke(prompt, max_tokens=101 - counted)
    error = caught.value
    assert (error.prompt_tokens, error.answer_tokens) == (counted, 101 - counted)
    assert error.context_tokens == 100
    assert len(behaviour.requests) == 1
