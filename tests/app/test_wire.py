"""What is read is sent beyond this machine only to hosts that the user named for that."""

import pytest

from app.settings import load_settings
from app.wire import choose_model, remote_host
from model.errors import ServerError
from tests.model.openai_server import serving


@pytest.fixture
def settings(home, monkeypatch):  # noqa: ARG001  # home clears the environment
    def load(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return load_settings()

    return load


@pytest.mark.parametrize(
    ("variables", "wish", "host"),
    [
        ({"OPENAI_BASE_URL": "https://api.model.example/v1"}, "", "api.model.example"),
        ({"LONGREAD_MODEL": "http://gpu:8000/v1"}, "", "gpu"),
        ({}, "http://10.0.0.7/v1#qwen2", "10.0.0.7"),
        ({}, "http://localhost:1/v1,http://gpu:8001/v1", "gpu"),
        ({"LONGREAD_SEND_TO": "gpu"}, "http://gpu/v1,http://gpu.example/v1", "gpu.example"),
        ({}, "http://127.0.0.1@gpu/v1", "gpu"),
    ],
)
def test_a_model_beyond_this_machine_needs_the_users_word(settings, variables, wish, host):
    with pytest.raises(ServerError, match=rf"sent to {host}, .* set LONGREAD_SEND_TO={host}$"):
        choose_model(settings(**variables), wish)


def test_with_the_users_word_it_is_asked(settings):
    # Every address of this machine, which nobody can be sure of: it leads here, and nowhere else.
    with serving() as (here, _):
        url = here.replace("127.0.0.1", "0.0.0.0")  # noqa: S104
        given = settings(LONGREAD_SEND_TO="other, 0.0.0.0", OPENAI_BASE_URL=url)
        assert remote_host(given) == "0.0.0.0"  # noqa: S104
        assert choose_model(given).kind == "server"


def test_a_server_on_this_machine_needs_none_and_neither_does_what_is_not_used(settings):
    with serving() as (url, _):
        assert choose_model(settings(), url).kind == "server"
    given = settings(OPENAI_BASE_URL="https://api.model.example/v1")
    assert choose_model(given, "quoting").kind == "quoting"


def test_the_command_says_so_in_one_sentence(run, story, monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", "https://api.model.example/v1")
    code, out, err = run("ask", "Who rebuilt the station?", story)
    assert (code, out) == (1, "")
    assert len(err.splitlines()) == 1
    assert "LONGREAD_SEND_TO=api.model.example" in err
