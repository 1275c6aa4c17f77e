"""What both ends of an App WebSocket need: to hear, and to run one case for each connection."""
import asyncio
import json
import sys

import websockets


def dial(url):
    return websockets.connect(url, max_size=None, open_timeout=20)


async def hear(socket):
    """The next message, or None when the connection has ended."""
    try:
        return json.loads(await asyncio.wait_for(socket.recv(), 20))
    except websockets.ConnectionClosed:
        return None


async def challenge(socket, **named):
    await socket.send(json.dumps({"mt": "AppChallenge", **named}))
    answer = await hear(socket)
    text = answer.get("challenge")
    assert answer["mt"] == "AppChallengeResult" and isinstance(text, str) and 0 < len(text) <= 16, answer
    return text


def judge(url, cases, beside=()):
    """Each of `cases` gets a connection of its own, each of `beside` none; exits with 1 when one fails."""

    async def connected(case):
        async with dial(url) as socket:
            await asyncio.wait_for(case(socket), 30)

    async def main():
        failures = 0
        for case in [*cases, *beside]:
            try:
                await (case() if case in beside else connected(case))
                print(f"ok      {case.__name__}")
            except Exception as error:
                failures += 1
                print(f"FAILED  {case.__name__}: {type(error).__name__} {error}")
        print(f"{len(cases) + len(beside)} cases, {failures} failures")
        return failures

    sys.exit(1 if asyncio.run(main()) else 0)
