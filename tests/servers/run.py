"""What data/servers.toml and the rendered commands promise, on the real servers. Run by tests/servers.rs."""

from __future__ import annotations

import http.client
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from service import Service, ask

# Name, interface and `[server]` of every server that pykube renders a command for.
SERVERS = {
    "gunicorn": ("wsgi", 'kind = "gunicorn"'),
    "gunicorn-gevent": ("wsgi", 'kind = "gunicorn"\nworker-class = "gevent"'),
    "gunicorn-asgi": ("asgi", 'kind = "gunicorn"'),
    "uvicorn": ("asgi", 'kind = "uvicorn"'),
    "uvicorn-2": ("asgi", 'kind = "uvicorn"\nworkers = 2'),
    "hypercorn": ("asgi", 'kind = "hypercorn"'),
    "hypercorn-2": ("asgi", 'kind = "hypercorn"\nworkers = 2'),
    "hypercorn-wsgi": ("wsgi", 'kind = "hypercorn"'),
    "granian": ("asgi", 'kind = "granian"'),
    "granian-wsgi-2": ("wsgi", 'kind = "granian"\nworkers = 2'),
    "uwsgi": ("wsgi", 'kind = "uwsgi"\nworkers = 2'),
}
# Those whose answers close the connection by default.
CLOSING = {"granian", "granian-wsgi-2", "uwsgi"}
# Longer than what uvicorn and hypercorn keep by themselves: the idle time of a proxy, shortened.
IDLE_SECONDS = 6.5
EXPOSED = '[expose]\nhost = "shop.example.com"\nclass = "nginx"'


def a_running_request_is_answered_after_sigterm(name: str) -> None:
    """Stop while a request runs."""
    with Service(*SERVERS[name]) as service:
        answers: list[dict | Exception] = []

        def slow() -> None:
            try:
                answers.append(service.get("/slow"))
            except (OSError, http.client.HTTPException) as error:
                answers.append(error)

        client = threading.Thread(target=slow)
        client.start()
        time.sleep(0.7)
        service.process.terminate()
        client.join()
        assert isinstance(answers[0], dict), answers
        service.process.wait(10)


def an_idle_connection_can_be_used_again_or_is_closed_with_the_answer(name: str) -> None:
    """Use a connection after a proxy's idle time."""
    with Service(*SERVERS[name]) as service:
        connection = service.connect()
        _, stays = ask(connection, "/")
        assert stays != (name in CLOSING), f"stays open: {stays}"
        if stays:
            time.sleep(IDLE_SECONDS)
            ask(connection, "/")


def granian_keeps_a_connection_as_long_as_it_is_told(_: str) -> None:
    """Use one after two seconds, and find it closed after four."""
    with Service("asgi", 'kind = "granian"\nkeep-alive = 3') as service:
        connection = service.connect()
        ask(connection, "/")
        time.sleep(2)
        assert ask(connection, "/")[1]
        time.sleep(4.5)
        assert connection.sock.recv(1) == b"", "it is still open"


def load(service: Service, is_enough: Callable[[int, set[int]], bool], clients: int = 4) -> tuple[int, int, float, set[int]]:
    """Ask as a proxy does: on kept connections, again on a new one where an idle one was closed.

    Goes on until it is enough, 40 seconds at most. Gives the number of requests, of those that were cut, the longest in
    seconds, and the processes that answered.
    """
    end = time.monotonic() + 40
    counts, cut, longest, processes = [0], [0], [0.0], set()

    def client() -> None:
        connection, is_new = service.connect(), True
        while time.monotonic() < end and not is_enough(counts[0], processes):
            began = time.monotonic()
            try:
                said, stays = ask(connection, "/")
            except (OSError, http.client.HTTPException):
                cut[0] += is_new
                connection, is_new = service.connect(), True
                continue
            processes.add(said["process"])
            counts[0] += 1
            longest[0] = max(longest[0], time.monotonic() - began)
            is_new = not stays
            if not stays:
                connection.close()
                connection = service.connect()
            time.sleep(0.01)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return counts[0], cut[0], longest[0], processes


def workers_are_replaced_and_no_request_is_cut(name: str) -> None:
    """Replace workers whose import takes half a second. uWSGI lets each live for ten seconds first."""
    interface, server = {
        "gunicorn": ("wsgi", 'kind = "gunicorn"'),
        "gunicorn-asgi": ("asgi", 'kind = "gunicorn"'),
        "uvicorn": ("asgi", 'kind = "uvicorn"'),
        "uwsgi": ("wsgi", 'kind = "uwsgi"'),
    }[name]
    with Service(interface, f"{server}\nworkers = 3\nmax-requests = 100", IMPORT_SECONDS="0.5") as service:
        count, cut, _, processes = load(service, lambda _, processes: len(processes) > 6)
        assert cut == 0, f"{cut} of {count} requests were cut"
        assert len(processes) > 4, f"no worker was replaced in {count} requests"


def a_single_worker_is_never_replaced(name: str) -> None:
    """Ask more often than the thousand requests after which workers were replaced."""
    interface, server = SERVERS[name]
    with Service(interface, server, IMPORT_SECONDS="3") as service:
        count, cut, longest, processes = load(service, lambda count, _: count > 1_200, clients=6)
        assert (cut, len(processes)) == (0, 1) and count > 1_100, (count, cut, processes)
        assert longest < 3, f"a request took {longest:.1f} s"


def a_client_cannot_write_its_own_address(name: str) -> None:
    """Pass on what a proxy that appends would, with an address that the client made up."""
    headers = {"X-Forwarded-For": "1.2.3.4, 203.0.113.9", "X-Forwarded-Proto": "https"}
    with Service(*SERVERS[name], more=EXPOSED) as service:
        allowed = service.variables()["FORWARDED_ALLOW_IPS"]
        if name == "gunicorn":
            said = service.get("/", headers)
            assert (said["scheme"], said["client"]) == ("https", "127.0.0.1"), said
            return
        # The test's own address is none of a cluster: its headers are not believed.
        said = service.get("/", headers)
        assert (said["scheme"], said["client"]) == ("http", "127.0.0.1"), said
    trusting = f"{allowed},127.0.0.0/8"
    with Service(*SERVERS[name], more=EXPOSED, FORWARDED_ALLOW_IPS=trusting) as service:
        said = service.get("/", headers)
        assert (said["scheme"], said["client"]) == ("https", "203.0.113.9"), said


def the_prefix_reaches_the_application_and_not_its_routes(name: str) -> None:
    """Ask below the prefix, as an Ingress and the probes do."""
    interface, server = SERVERS[name]
    more = '[probes]\nliveness = "/healthz"\n[expose]\nhost = "shop.example.com"\npath = "/shop"'
    with Service(interface, f'{server}\nroot-path = "/shop"', more) as service:
        assert service.probe_path() == "/shop/healthz"
        said = service.get("/shop/healthz")
        assert (said["path"], said["root"]) == ("/healthz", "/shop"), said


def a_prefix_that_the_route_removes_is_put_back(_: str) -> None:
    """Ask without the prefix, as the rendered HTTPRoute passes requests on and as the probes do."""
    more = '[probes]\nliveness = "/healthz"\n[expose]\nkind = "gateway"\nhost = "shop.example.com"\npath = "/shop"\nclass = "edge"'
    with Service("asgi", 'root-path = "/shop"', more) as service:
        assert service.probe_path() == "/healthz"
        said = service.get("/healthz")
        assert (said["path"], said["root"]) == ("/healthz", "/shop"), said


def an_old_uvicorn_starts(_: str) -> None:
    """Start a release that lacks options which newer ones are given."""
    programs = Path(os.environ["PYKUBE_OLD_UVICORN"])
    with Service("asgi", 'version = "0.21.1"', programs=programs) as service:
        assert service.get("/")["path"] == "/"
        assert "--timeout-graceful-shutdown" not in service.command


def wrapper_class_and_arguments_are_kept(_: str) -> None:
    """Start what a Procfile said."""
    server = 'worker-class = "gevent"\nwrapper = "env WRAPPED=yes"\narguments = "--preload --worker-connections 50"'
    with Service("wsgi", server) as service:
        said = service.get("/")
        assert said["gevent"] and said["wrapped"] == "yes", said


def tests() -> list[tuple[Callable[[str], None], str]]:
    """All tests, the long ones first."""
    recycled = ["gunicorn", "gunicorn-asgi", "uvicorn", "uwsgi"]
    single = ["gunicorn", "gunicorn-asgi", "uvicorn"]
    prefixed = [name for name in SERVERS if not name.startswith("uvicorn") and name != "gunicorn-asgi"]
    return [
        *((workers_are_replaced_and_no_request_is_cut, name) for name in recycled),
        *((a_single_worker_is_never_replaced, name) for name in single),
        *((an_idle_connection_can_be_used_again_or_is_closed_with_the_answer, name) for name in SERVERS),
        (granian_keeps_a_connection_as_long_as_it_is_told, "granian"),
        *((a_running_request_is_answered_after_sigterm, name) for name in SERVERS),
        *((a_client_cannot_write_its_own_address, name) for name in ("gunicorn", "gunicorn-asgi", "uvicorn")),
        *((the_prefix_reaches_the_application_and_not_its_routes, name) for name in prefixed),
        (a_prefix_that_the_route_removes_is_put_back, "uvicorn"),
        (an_old_uvicorn_starts, "uvicorn"),
        (wrapper_class_and_arguments_are_kept, "gunicorn"),
    ]


def main() -> int:
    """Run them a few at a time: they mostly wait."""
    wanted = sys.argv[1:]
    chosen = [test for test in tests() if not wanted or any(word in f"{test[0].__name__} {test[1]}" for word in wanted)]

    def run(test: tuple[Callable[[str], None], str]) -> str | None:
        began = time.monotonic()
        try:
            test[0](test[1])
        except Exception:  # noqa: BLE001
            return f"{test[1]}: {test[0].__name__}\n{traceback.format_exc()}"
        if time.monotonic() - began > 20:
            print(f"slow: {test[1]}: {test[0].__name__}: {time.monotonic() - began:.0f} s", flush=True)
        return None

    with ThreadPoolExecutor(5) as pool:
        failures = [failure for failure in pool.map(run, chosen) if failure]
    print("\n".join(failures))
    print(f"{len(chosen)} tests of application servers, {len(failures)} failed")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
