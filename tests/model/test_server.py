"""An OpenAI-compatible server as a chat model, over real HTTP on the loopback."""

import pytest
from langchain_core.messages import HumanMessage

from model.errors import ServerError
from model.server import connect, pick_model, split_url
from model.tokens import count_tokens
from tests.model.openai_server import ANSWER, running, serving
from tests.tiny import make_tokenizer


@pytest.fixture(scope="module")
def one_server():
    with running() as server:
        yield server


@pytest.fixture
def server(one_server):
    return one_server.reset()


def test_an_answer_comes_with_its_usage_and_the_model_the_server_named(server):
    url, behaviour = server
    chat = connect(url)
    answer = chat.invoke([HumanMessage("Where?")], stop=["END"])
    assert chat.model_name == "Qwen/Qwen2-7B-Instruct"
    assert answer.content == "".join(ANSWER)
    assert answer.response_metadata["finish_reason"] == "stop"
    read = count_tokens(['[{"content": "Where?", "role": "user"}]'])[0]
    assert answer.usage_metadata["input_tokens"] == read
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
    usages = [chunk.usage_metadata for chunk in chunks if chunk.usage_metadata]
    assert [usage["output_tokens"] for usage in usages] == [3]


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


@pytest.mark.parametrize(
    "url",
    [
        "localhost:8000",
        "ftp://h/v1",
        "http://",
        "h",
        "",
        "http://a/v1,",
        "http://[::1",
        "http://a:b/v1",
        "http://a:99999/v1",
        "http://a:0/v1",
    ],
)
def test_what_is_no_http_address_is_refused(url):
    with pytest.raises(ServerError, match="is no server's address"):
        split_url(url)


def test_of_several_models_one_must_be_named(server):
    url, behaviour = server
    behaviour.models = ["a:latest", "b", "c", "d", "e", "f"]
    with pytest.raises(ServerError, match=r"serves 6 models \(a:latest, b, c, d, e, \.\.\.\)"):
        connect(url)
    with pytest.raises(ServerError, match="does not serve g, it serves a:latest, b"):
        connect(f"{url}#g")
    assert connect(f"{url}#b").model_name == "b"
    assert connect(url, model="a").model_name == "a"
    assert pick_model(f"{url}/v1", "a") == "a"


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
        pass
    with pytest.raises(ServerError, match=f"the connection to {url}/v1 failed"):
        connect(url)


def test_a_page_of_html_is_no_list_of_models(server):
    url, behaviour = server
    behaviour.fault = "html"
    with pytest.raises(ServerError, match="does not answer as an OpenAI-compatible server"):
        connect(url)


def test_an_address_beside_the_api_is_named(server):
    with pytest.raises(ServerError, match="does not know this address or model"):
        connect(f"{server[0]}/elsewhere")


def test_a_model_that_is_gone_is_named(server):
    url, behaviour = server
    chat = connect(url)
    behaviour.models = ["other"]
    with pytest.raises(ServerError, match="no model Qwen/Qwen2-7B-Instruct"):
        chat.invoke("Where?")


def test_a_model_called_like_one_of_openais_is_spoken_to_as_any_other(server):
    url, behaviour = server
    behaviour.models = ["gpt-5-codex"]
    assert connect(url).invoke("Where?").content == "".join(ANSWER)
    assert connect(url).profile.get("max_input_tokens") is None


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
