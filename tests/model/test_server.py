"""An OpenAI-compatible server as a chat model, over real HTTP on the loopback."""

import pytest
from langchain_core.messages import HumanMessage

from model.errors import ServerError
from model.server import connect, split_url
from model.tokens import count_tokens
from tests.model.openai_server import ANSWER, serving
from tests.tiny import make_tokenizer


@pytest.fixture
def server():
    with serving() as (url, behaviour):
        yield url, behaviour


def test_an_answer_comes_with_its_usage_and_the_model_the_server_named(server):
    url, behaviour = server
    chat = connect(url)
    answer = chat.invoke([HumanMessage("Where?")], stop=["END"])
    assert chat.model_name == "Qwen/Qwen2-7B-Instruct"
    assert answer.content == "".join(ANSWER)
    assert answer.response_metadata["finish_reason"] == "stop"
    assert answer.usage_metadata["input_tokens"] == 9
    assert answer.usage_metadata["output_tokens"] == 3
    assert behaviour.requests == [
        {
            "model": "Qwen/Qwen2-7B-Instruct",
            "messages": [{"content": "Where?", "role": "user"}],
            "stream": True,
            "stream_options": {"include_usage": True},
            "temperature": 0.0,
            "max_tokens": 1024,
            "stop": ["END"],
        }
    ]


def test_a_stream_gives_the_pieces_as_they_come_and_the_usage_at_the_end(server):
    chunks = list(connect(server[0]).stream("Where?"))
    assert [chunk.text for chunk in chunks if chunk.text] == ANSWER
    assert [chunk.usage_metadata["total_tokens"] for chunk in chunks if chunk.usage_metadata] == [
        12
    ]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://h:8000", ("http://h:8000/v1", None)),
        ("http://h:8000/", ("http://h:8000/v1", None)),
        ("https://h/v1/", ("https://h/v1", None)),
        (" http://h/proxy/v1#qwen2:7b ", ("http://h/proxy/v1", "qwen2:7b")),
        ("http://h#Qwen/Qwen2-7B", ("http://h/v1", "Qwen/Qwen2-7B")),
    ],
)
def test_an_address_is_taken_with_or_without_v1_and_may_name_the_model(url, expected):
    assert split_url(url) == expected


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://h/v1", "http://", "h"])
def test_what_is_no_http_address_is_refused(url):
    with pytest.raises(ServerError, match="is no server's address"):
        connect(url)


def test_of_several_models_one_must_be_named(server):
    url, behaviour = server
    behaviour.models = ["a:latest", "b", "c", "d", "e", "f"]
    with pytest.raises(ServerError, match=r"serves 6 models \(a:latest, b, c, d, e, \.\.\.\)"):
        connect(url)
    with pytest.raises(ServerError, match="does not serve g, it serves a:latest, b"):
        connect(f"{url}#g")
    assert connect(f"{url}#b").model_name == "b"
    assert connect(url, model="a").model_name == "a"


def test_a_server_without_a_model_is_refused(server):
    url, behaviour = server
    behaviour.models = []
    with pytest.raises(ServerError, match="serves no model"):
        connect(url)


def test_the_key_is_sent_and_a_wrong_one_is_named(server, monkeypatch):
    url, behaviour = server
    behaviour.key = "right"
    monkeypatch.setenv("OPENAI_API_KEY", "right")  # of another server: not ours to send
    chat = connect(url, api_key="right")
    assert chat.invoke("Where?").content == "".join(ANSWER)
    for key in (None, "wrong"):
        with pytest.raises(ServerError, match="refuses the key"):
            connect(url, api_key=key)
    behaviour.key = "changed"
    with pytest.raises(ServerError, match="refuses the key"):
        chat.invoke("Where?")


def test_a_key_is_not_shown(server):
    assert "secret" not in repr(connect(server[0], api_key="secret"))


def test_a_server_that_is_down_is_named():
    with serving() as (url, _behaviour):
        chat = connect(url, max_retries=0)
    with pytest.raises(ServerError, match=f"the connection to {url}/v1 failed"):
        connect(url)
    with pytest.raises(ServerError, match=f"the connection to {url}/v1 failed"):
        chat.invoke("Where?")


def test_a_page_of_html_is_no_answer(server):
    url, behaviour = server
    chat = connect(url)
    behaviour.fault = "html"
    with pytest.raises(ServerError, match="does not answer as an OpenAI-compatible server"):
        connect(url)
    with pytest.raises(ServerError, match="broke off before the answer ended"):
        chat.invoke("Where?")


def test_an_address_beside_the_api_is_named(server):
    with pytest.raises(ServerError, match="does not know this address or model"):
        connect(f"{server[0]}/elsewhere")


def test_a_model_that_is_gone_is_named(server):
    url, behaviour = server
    chat = connect(url)
    behaviour.models = ["other"]
    with pytest.raises(ServerError, match="no model Qwen/Qwen2-7B-Instruct"):
        chat.invoke("Where?")


@pytest.mark.parametrize(
    ("fault", "timeout_seconds", "words"),
    [
        ("breaks off", 30, "broke off before the answer ended"),
        ("silent", 0.4, "was silent for 0.4 seconds"),
        ("drips", 0.4, "took longer than 0.4 seconds"),
        ("junk", 30, "failed: "),
        ("status", 30, "failed: .*out of memory"),
    ],
)
def test_a_failure_half_way_is_an_error_not_a_short_answer(server, fault, timeout_seconds, words):
    url, behaviour = server
    chat = connect(url, timeout_seconds=timeout_seconds, max_retries=0)
    behaviour.fault = fault
    with pytest.raises(ServerError, match=words) as caught:
        chat.invoke("Where?")
    assert "\n" not in str(caught.value)


def test_a_busy_server_is_asked_again_but_not_for_ever(server):
    url, behaviour = server
    chat = connect(url, max_retries=1)
    behaviour.failures_left = 1
    assert chat.invoke("Where?").content == "".join(ANSWER)
    behaviour.requests.clear()
    behaviour.failures_left = 9
    with pytest.raises(ServerError, match="loading"):
        chat.invoke("Where?")
    assert len(behaviour.requests) == 2


def test_tokens_are_counted_as_qwen2_does_without_asking_anyone(server):
    chat = connect(server[0])
    text = "Grüße aus Köln 文書 17"
    assert chat.get_num_tokens(text) == count_tokens([text])[0]
    # The template of Qwen2 around a text, in whatever vocabulary: what remains beside the text.
    tokenizer = make_tokenizer()
    turns = [{"role": "system", "content": "a"}, {"role": "user", "content": "b"}]
    template = tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
    names = ["system", "user", "assistant"]
    around = template.count("<|") + template.count("\n") + len(names)
    messages = [("system", text), ("user", text)]
    counted = chat.get_num_tokens_from_messages(chat._convert_input(messages).to_messages())
    assert counted == 2 * count_tokens([text])[0] + around
