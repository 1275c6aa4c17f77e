#!/usr/bin/env python3
"""A gateway's login at a PBX that it dials, written from the vendor's documents alone, and what must not get in.

usage: pbx_dial.py URL APP PASSWORD
"""
import hashlib
import json
import sys

import websockets

from app_socket import challenge, dial, hear, judge

URL, APP, PASSWORD = sys.argv[1:4]


def digest(challenge, app=APP, password=PASSWORD, domain="", sip=""):
    return hashlib.sha256(f"{app}:{domain}:{sip}:::{challenge}:{password}".encode()).hexdigest()


async def login(socket, proof, **claims):
    await socket.send(json.dumps({"mt": "AppLogin", "app": APP, "digest": proof, **claims}))


async def refused(socket):
    answer = await hear(socket)
    assert answer is None or answer["mt"] == "AppLoginResult" and not answer.get("ok"), f"accepted: {answer}"
    assert await hear(socket) is None, "the connection stays open"


async def right_login(socket):
    await login(socket, digest(await challenge(socket)))
    answer = await hear(socket)
    assert answer["mt"] == "AppLoginResult" and answer["ok"] is True, answer
    await socket.send(json.dumps({"mt": "GetNodeInfo", "api": "PbxApi", "src": "n"}))
    answer = await hear(socket)
    assert answer["mt"] == "GetNodeInfoResult" and answer["src"] == "n", f"no PbxInfo, but the answer: {answer}"


async def right_login_of_the_newest_client(socket):
    proof = digest(await challenge(socket, appObj=APP), domain="example.com", sip="gw")
    await login(socket, proof, domain="example.com", sip="gw")
    assert (await hear(socket))["ok"] is True


async def wrong_password(socket):
    await login(socket, digest(await challenge(socket), password="guess"))
    await refused(socket)


async def another_app(socket):
    await login(socket, digest(await challenge(socket), app="users"), app="users")
    await refused(socket)


async def no_digest(socket):
    await challenge(socket)
    await login(socket, "")
    await refused(socket)


async def no_challenge(socket):
    await login(socket, digest(""))
    await refused(socket)


async def older_challenge(socket):
    old = await challenge(socket)
    await challenge(socket)
    await login(socket, digest(old))
    await refused(socket)


async def second_login(socket):
    used = await challenge(socket)
    await login(socket, digest(used))
    assert (await hear(socket))["ok"] is True
    await login(socket, digest(used))
    await refused(socket)


async def nothing_before_the_login(socket):
    await socket.send(json.dumps({"mt": "GetNodeInfo", "api": "PbxApi", "src": "n"}))
    assert (await challenge(socket)) != ""


async def another_path():
    try:
        async with dial(URL + "x"):
            raise AssertionError("upgraded")
    except websockets.InvalidHandshake:
        pass


judge(URL, [right_login, right_login_of_the_newest_client, wrong_password, another_app, no_digest, no_challenge,
            older_challenge, second_login, nothing_before_the_login], beside=[another_path])
