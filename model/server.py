"""Any OpenAI-compatible server (vLLM, SGLang, llama.cpp, Ollama) as a LangChain chat model."""

from pydantic import SecretStr

from model.route import ChatRoute
from model.server_chat import ChatServer
from model.server_listing import NO_KEY, find_model, pick_model, split_url

__all__ = ["ChatRoute", "ChatServer", "connect", "pick_model", "split_url"]


def connect(
    url: str,
    *,
    model: str | None = None,
    api_key: str | None = None,
    max_tokens: int = 1024,
    timeout_seconds: float = 600.0,
    max_retries: int = 2,
    max_concurrency: int = 8,
) -> ChatServer | ChatRoute:
    """Connect to a server, and find out which model it serves unless one is named, and its window.

    Args:
        url: its address, with or without `/v1`; `URL#MODEL` names the model as well. Several,
            separated by commas, are servers of one model with windows of several sizes: each call
            goes to the smallest that holds it.
        model: the model's name at the server.
        api_key: None for a server that asks for none; never taken from the environment.
        max_tokens: most tokens of an answer.
        timeout_seconds: the longest a call may take, from the first request to the last word.
        max_retries: how often a request that failed before its first word is sent again, 2 at most.
        max_concurrency: most requests under way at once, per server.

    Raises:
        ServerError: down, wrong key, not OpenAI-compatible, no model, or several and none named;
            or one of several servers does not say how large its window is.
    """
    servers = []
    for address in url.split(","):
        base_url, named = split_url(address)
        found = find_model(base_url, model or named, api_key=api_key)
        server = ChatServer(
            model=found.name,
            base_url=base_url,
            api_key=SecretStr(api_key or NO_KEY),
            temperature=0.0,
            max_tokens=max_tokens,
            total_seconds=timeout_seconds,
            max_retries=max_retries,
            max_concurrency=max_concurrency,
            context_tokens=found.context_tokens,
        )
        servers.append(server)
    return servers[0] if len(servers) == 1 else ChatRoute(servers=servers)
