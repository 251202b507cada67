"""Several servers as one chat model: each call goes to the smallest window that holds it."""

import asyncio

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import HumanMessage
from pydantic import BaseModel

from model.errors import ContextError, ServerError
from model.server import ChatRoute, connect
from tests.model.openai_server import running


class Found(BaseModel):
    """The page."""

    page: int


@pytest.fixture(scope="module")
def two_servers():
    with running() as plain, running() as stretched:
        yield plain, stretched


@pytest.fixture
def pair(two_servers):
    """A plain server of 200 tokens, a stretched one of 800, and the chat model over both."""
    (plain_url, plain), (stretched_url, stretched) = (server.reset() for server in two_servers)
    plain.listed, stretched.listed = {"max_model_len": 200}, {"max_model_len": 800}
    plain.reply, stretched.reply = (lambda _body: ["plain"]), (lambda _body: ["stretched"])
    # The larger one first: the order of the addresses does not matter.
    chat = connect(f"{stretched_url}, {plain_url}/v1", max_tokens=50)
    return chat, plain, stretched


def words(chat, tokens):
    """Return a prompt of so many tokens."""
    around = chat.get_num_tokens_from_messages([HumanMessage("")])
    prompt = "word" + " word" * (tokens - around - 1)
    assert chat.get_num_tokens_from_messages([HumanMessage(prompt)]) == tokens
    return prompt


def test_it_is_one_chat_model_with_the_largest_window(pair):
    chat, _plain, _stretched = pair
    assert isinstance(chat, ChatRoute)
    assert chat.profile["max_input_tokens"] == 800
    assert chat.model_name == "Qwen/Qwen2-7B-Instruct"
    assert [server.context_tokens for server in chat.servers] == [200, 800]
    assert chat.url == ", ".join(server.url for server in chat.servers)
    assert chat.get_num_tokens("word word") == 2


@pytest.mark.parametrize(("tokens", "expected"), [(60, "plain"), (150, "plain")])
def test_what_fits_goes_to_the_smaller_window(pair, tokens, expected):
    chat, _plain, stretched = pair
    assert chat.invoke(words(chat, tokens)).content == expected
    assert stretched.requests == []


@pytest.mark.parametrize("tokens", [151, 750])
def test_what_does_not_fit_with_its_answer_goes_to_the_larger_one(pair, tokens):
    chat, plain, _stretched = pair
    assert chat.invoke(words(chat, tokens)).content == "stretched"
    assert plain.requests == []


def test_the_room_for_the_answer_is_that_of_the_call(pair):
    chat, _plain, _stretched = pair
    assert chat.invoke(words(chat, 60), max_tokens=141).content == "stretched"
    assert chat.invoke(words(chat, 190), max_tokens=10).content == "plain"


def test_what_no_window_holds_is_told_in_numbers(pair):
    chat, plain, stretched = pair
    with pytest.raises(ContextError) as caught:
        chat.invoke(words(chat, 751))
    error = caught.value
    assert (error.prompt_tokens, error.answer_tokens, error.context_tokens) == (751, 50, 800)
    assert plain.requests == stretched.requests == []


def test_every_way_of_asking_goes_the_same_way(pair):
    chat, _plain, _stretched = pair
    short, long = words(chat, 60), words(chat, 300)
    both = ["plain", "stretched"]
    assert [answer.content for answer in chat.batch([short, long])] == both
    assert ["".join(c.text for c in chat.stream(prompt)) for prompt in (short, long)] == both

    async def ask():
        streamed = ["".join([c.text async for c in chat.astream(p)]) for p in (short, long)]
        return streamed, [answer.content for answer in await chat.abatch([short, long])]

    assert asyncio.run(ask()) == (both, both)


def test_forms_and_tools_go_the_same_way(pair):
    chat, plain, stretched = pair
    for server in (plain, stretched):
        server.reply = lambda _body: ['{"page": 17}']
    chain = chat.with_structured_output(Found)
    assert chain.invoke(words(chat, 60)) == chain.invoke(words(chat, 300)) == Found(page=17)
    assert len(plain.requests) == len(stretched.requests) == 1
    call = {"index": 0, "id": "1", "function": {"name": "Found", "arguments": '{"page": 17}'}}
    plain.reply = lambda _body: {"tool_calls": [call]}
    answer = chat.bind_tools([Found]).invoke(words(chat, 30))
    assert answer.tool_calls[0]["args"] == {"page": 17}
    assert plain.requests[-1]["tools"][0]["function"]["name"] == "Found"
    by_tool = chat.with_structured_output(Found, method="function_calling")
    assert by_tool.invoke(words(chat, 30)) == Found(page=17)


def test_a_call_is_reported_once(pair):
    chat, _plain, _stretched = pair

    class Counter(BaseCallbackHandler):
        def __init__(self):
            self.started, self.text = 0, ""

        def on_chat_model_start(self, *_args, **_kwargs):
            self.started += 1

        def on_llm_new_token(self, token, **_kwargs):
            self.text += token

    counter = Counter()
    assert len(list(chat.stream("Where?", config={"callbacks": [counter]}))) > 0
    assert (counter.started, counter.text) == (1, "plain")


def test_a_server_that_fails_is_an_error_and_no_reason_to_take_the_other(pair):
    chat, plain, stretched = pair
    plain.fault, plain.status = "status", 400
    with pytest.raises(ServerError, match="failed"):
        chat.invoke("Where?")
    assert stretched.requests == []


def test_each_address_may_name_its_model(two_servers):
    (plain_url, plain), (stretched_url, stretched) = (server.reset() for server in two_servers)
    plain.models, stretched.models = ["a", "b"], ["b", "c"]
    plain.listed, stretched.listed = {"max_model_len": 200}, {"max_model_len": 800}
    chat = connect(f"{plain_url}/v1#a,{stretched_url}#c")
    assert [server.model_name for server in chat.servers] == ["a", "c"]
    both = connect(f"{plain_url},{stretched_url}", model="b")
    assert [server.model_name for server in both.servers] == ["b", "b"]
    with pytest.raises(ServerError, match="serves 2 models"):
        connect(f"{plain_url}#a,{stretched_url}")


def test_a_window_that_is_not_known_cannot_be_chosen(two_servers):
    (plain_url, plain), (stretched_url, _stretched) = (server.reset() for server in two_servers)
    plain.listed = {"max_model_len": 200}
    with pytest.raises(ServerError, match=f"{stretched_url}/v1 does not say how many tokens"):
        connect(f"{plain_url},{stretched_url}")
