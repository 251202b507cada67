"""A step is held to its form where the model can be, and asked for once more where it cannot."""

import json

from agent.looks import Decision, Situation
from agent.readers.chat import ChatReader
from model.load import load
from model.qwen2 import ChatQwen2
from model.server import connect
from tests.agent.formats.make import run
from tests.make import make_document
from tests.model.openai_server import serving
from tests.tiny import make_qwen2

SITUATION = Situation([make_document("one", "two")], [], [])
STEP = Decision("read", "Who?", 1, 1, 2)


def decided_by(chat):
    reader = ChatReader(chat)
    return run(reader.decide("Who?", SITUATION))[0]


def test_qwen2_in_this_process_cannot_but_keep_to_the_form(tmp_path):
    weights = load(make_qwen2(tmp_path / "tiny", context_tokens=4096), device="cpu")
    decided = decided_by(ChatQwen2(weights=weights, max_tokens=120))
    assert decided.decision.action in {"search", "read", "sweep", "outline", "answer"}
    assert decided.decision.document >= 1
    assert decided.usage.calls == 1


def test_a_server_is_asked_for_the_form_and_once_more_without_where_it_refuses():
    with serving() as (url, behaviour):
        behaviour.reply = lambda _body: [json.dumps(dict.fromkeys(STEP.__slots__) | STEP_FIELDS)]
        behaviour.fault, behaviour.faults_left, behaviour.status = "status", 1, 400
        decided = decided_by(connect(url))
    assert decided.decision == STEP
    with_form, without = behaviour.requests
    assert with_form["response_format"]["json_schema"]["name"] == "step"
    assert "response_format" not in without
    assert "Your last reply could not be used (" in without["messages"][-1]["content"]


STEP_FIELDS = {name: getattr(STEP, name) for name in STEP.__slots__}
