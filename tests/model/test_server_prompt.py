"""How long a prompt is, and whether the server has read all of it."""

import pytest
from langchain_core.messages import HumanMessage, SystemMessage

from model.errors import ServerError
from model.server import ChatServer
from model.tokens import count_tokens
from tests.model.openai_server import ANSWER, running
from tests.tiny import make_tokenizer

QWEN, OTHER = "Qwen/Qwen2-7B-Instruct", "llama3.1:8b"
# 6,000 words of 2 tokens each, with the space before them.
PROMPT = "Wortes " * 6000


@pytest.fixture(scope="module")
def one_server():
    with running() as server:
        yield server


@pytest.fixture
def server(one_server):
    return one_server.reset()


def chat_server(url, model=QWEN, **fields):
    return ChatServer(model=model, base_url=f"{url}/v1", api_key="none", **fields)


@pytest.mark.parametrize("has_system", [True, False])
def test_the_count_is_that_of_qwen2s_template(has_system):
    text = "Grüße aus Köln 文書 17"
    messages = [SystemMessage(text)] * has_system + [HumanMessage(text)]
    turns = [{"role": "user" if m.type == "human" else m.type, "content": "\0"} for m in messages]
    # The template of Qwen2 around a text, in whatever vocabulary: what remains beside the text.
    template = make_tokenizer().apply_chat_template(
        turns, add_generation_prompt=True, tokenize=False
    )
    own = "" if has_system else "You are a helpful assistant."
    assert own in template
    roles = 3
    around = template.count("<|") + template.count("\n") + roles
    expected = around + count_tokens([own])[0] + len(messages) * count_tokens([text])[0]
    counted = chat_server("http://h").get_num_tokens_from_messages(messages)
    assert counted == expected


def test_tools_count_and_pictures_do_not():
    chat = chat_server("http://h")
    text = [HumanMessage("Where?")]
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    seen = [HumanMessage([{"type": "text", "text": "Where?"}, picture])]
    assert chat.room_for(seen) == chat.room_for(text)
    tool = {"type": "function", "function": {"name": "find", "parameters": {}}}
    assert chat.room_for(text, tools=[tool])[0] > chat.room_for(text)[0]
    assert chat.room_for(text, max_tokens=17)[1] == 17
    with pytest.raises(ServerError, match="only messages can be counted"):
        chat.get_num_tokens_from_messages(text, tools=[tool])


@pytest.mark.parametrize(
    ("model", "reported", "context_tokens"),
    [
        (QWEN, 4096, None),  # Ollama's default
        (QWEN, 10_000, None),  # a tenth and more is missing
        ("qwen2.5:7b", 10_000, None),
        ("qwen3:8b", 10_000, None),
        (OTHER, 4096, None),  # a power of two
        (OTHER, 5_900, None),  # fewer than there are words
        (OTHER, 15_000, 15_000),  # full to the brim
    ],
)
def test_an_answer_to_a_prompt_that_was_cut_is_refused(server, model, reported, context_tokens):
    url, behaviour = server
    behaviour.models, behaviour.reported_tokens = [model], reported
    chat = chat_server(url, model, context_tokens=context_tokens)
    with pytest.raises(ServerError, match="OLLAMA_CONTEXT_LENGTH or num_ctx") as caught:
        chat.invoke(PROMPT)
    assert f"read {reported:,} of the prompt's 12,0" in str(caught.value)
    assert caught.value.partial == "".join(ANSWER)
    assert len(behaviour.requests) == 1


@pytest.mark.parametrize(
    ("model", "reported", "prompt"),
    [
        (QWEN, None, PROMPT),
        (QWEN, 0, PROMPT),  # says nothing
        (QWEN, 11_500, PROMPT),  # another template
        (OTHER, 7_000, PROMPT),  # a larger vocabulary
        ("Qwen/Qwen3.5-9B", 7_000, PROMPT),  # a new vocabulary
        (OTHER, 8192, "Wort " * 8100),  # a power of two, and as many as we count
        (QWEN, 3, "Where?"),  # too short to tell
        (OTHER, 900, "ပြည်ထောင်စု" * 400),  # a script in which vocabularies differ by far
    ],
)
def test_an_answer_to_a_prompt_that_was_read_is_taken(server, model, reported, prompt):
    url, behaviour = server
    behaviour.models, behaviour.reported_tokens = [model], reported
    assert chat_server(url, model).invoke(prompt).content == "".join(ANSWER)


def test_a_server_that_reports_nothing_is_believed(server):
    url, behaviour = server
    behaviour.reported_tokens = 10
    chat = chat_server(url, stream_usage=False)
    assert chat.invoke(PROMPT).content == "".join(ANSWER)
    assert "stream_options" not in behaviour.requests[0]
