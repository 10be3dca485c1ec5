"""Requests at a steady rate, whether the answers come or not, each over a connection of its own."""

import asyncio
import threading
import time

TIMEOUT = 15.0  # seconds


class Load(threading.Thread):
    """Ten requests a second of a second each, until `stop`."""

    def __init__(self, target: tuple[str, int], path: str, host: str, rate: float = 10.0) -> None:
        super().__init__(daemon=True)
        self.target, self.rate = target, rate
        # What a proxy in front of the application would say.
        head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n"
        self.request = head.encode()
        self.sent, self.ended = 0, 0
        self.faults: list[tuple[int, str, str]] = []  # number of the request, time, what happened
        self.answers: dict[int, str] = {}  # what the latest requests got
        self.stopped = threading.Event()

    def run(self) -> None:
        asyncio.run(self.send())

    async def send(self) -> None:
        started, running = time.monotonic(), set()
        while not self.stopped.is_set():
            await asyncio.sleep(max(0.0, started + self.sent / self.rate - time.monotonic()))
            self.sent += 1
            task = asyncio.create_task(self.one(self.sent))
            running.add(task)
            task.add_done_callback(running.discard)
        await asyncio.gather(*running)

    async def one(self, number: int) -> None:
        stamp = time.strftime("%H:%M:%S")
        try:
            answer = await asyncio.wait_for(self.ask(), TIMEOUT)
        except (OSError, asyncio.TimeoutError, EOFError) as error:
            fault = f"{type(error).__name__} {error}".strip()
        else:
            head, _, body = answer.partition(b"\r\n\r\n")
            status = head.split(b" ")[1] if b" " in head else b""
            fault = "" if status == b"200" else f"status {status.decode()}" if status else "closed without an answer"
            if not fault:
                # FastAPI's answer is JSON, in chunks or not.
                self.answers[number] = body.decode(errors="replace").strip().strip('"')
        if fault:
            self.faults.append((number, stamp, fault))
        self.ended += 1

    async def ask(self) -> bytes:
        reader, writer = await asyncio.open_connection(*self.target)
        try:
            writer.write(self.request)
            await writer.drain()
            return await reader.read()
        finally:
            writer.close()

    def settle(self) -> int:
        """Waits until every request sent so far has ended; the number of the last one."""
        last, until = self.sent, time.monotonic() + TIMEOUT + 5
        while self.ended < last and time.monotonic() < until:
            time.sleep(0.1)
        return last

    def failed(self, after: int, up_to: int) -> list[tuple[int, str, str]]:
        return [fault for fault in self.faults if after < fault[0] <= up_to]

    def stop(self) -> None:
        self.stopped.set()
        self.join(TIMEOUT + 5)
