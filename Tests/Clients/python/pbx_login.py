#!/usr/bin/env python3
"""A PBX's login, written from the vendor's documents alone, and every kind of wrong login that must be refused.

usage: pbx_login.py URL DOMAIN PASSWORD
"""
import asyncio
import hashlib
import json
import sys

import websockets

from app_socket import challenge, dial, hear, judge

URL, DOMAIN, PASSWORD = sys.argv[1:4]
SIP, GUID, DN, APP = "presence-gw", "8e7ca6fabbc5630170e9009033400109", "Präsenz", "presence"
# Members in an order that no dictionary of another kind would give them, a slash and a letter beyond ASCII.
INFO = (
    '{"appobj":"presence-gw","appdn":"Präsenz","appurl":"https://gw.example.com/a/presence","pbx":"pbx",'
    '"cn":"Präsenz","unlicensed":true,"apps":[]}'
)


def digest(challenge, app=APP, sip=SIP, guid=GUID, dn=DN, info=INFO, password=PASSWORD):
    parts = [app, DOMAIN, sip, guid, dn] + ([] if info is None else [info]) + [challenge, password]
    return hashlib.sha256(":".join(parts).encode()).hexdigest()


def login(proof, app=APP, sip=SIP, guid=GUID, dn=DN, info=INFO, more=""):
    head = json.dumps(
        {"mt": "AppLogin", "sip": sip, "guid": guid, "dn": dn, "digest": proof, "domain": DOMAIN, "app": app},
        ensure_ascii=False,
    )
    return head[:-1] + ("" if info is None else ',"info":' + info) + more + "}"


async def refused(socket):
    """Refused in words or without, and then the connection ends."""
    answer = await hear(socket)
    while answer is not None:
        assert not answer.get("ok"), f"accepted: {answer}"
        answer = await hear(socket)


async def enter(socket, **changes):
    proof = digest(await challenge(socket), **changes)
    await socket.send(login(proof, **{k: v for k, v in changes.items() if k != "password"}))
    answer = await hear(socket)
    assert answer["mt"] == "AppLoginResult" and answer["ok"] is True, answer


async def right_login(socket):
    await enter(socket)
    await socket.send(
        json.dumps(
            {"mt": "PbxInfo", "domain": DOMAIN, "pbx": "pbx", "pbxDns": "pbx.example", "apis": ["PbxTableUsers"],
             "version": "14r2", "build": "1423000"}
        )
    )
    asked = await hear(socket)
    assert asked["mt"] == "ReplicateStart" and asked["api"] == "PbxTableUsers", asked


async def right_login_in_fragments(socket):
    proof = digest(await challenge(socket))
    text = login(proof)
    await socket.send([text[:10], text[10:90], text[90:]])
    assert (await hear(socket))["ok"] is True


async def wrong_password(socket):
    await socket.send(login(digest(await challenge(socket), password="guess")))
    await refused(socket)


async def no_digest(socket):
    await challenge(socket)
    await socket.send(login(""))
    await refused(socket)


async def challenge_of_another_connection(socket):
    async with dial(URL) as other:
        old = await challenge(other)
    await challenge(socket)
    await socket.send(login(digest(old)))
    await refused(socket)


async def login_without_challenge(socket):
    await socket.send(login(digest("")))
    await refused(socket)


async def older_challenge_of_this_connection(socket):
    old = await challenge(socket)
    await challenge(socket)
    await socket.send(login(digest(old)))
    await refused(socket)


async def second_login(socket):
    await enter(socket)
    await socket.send('{"mt":"AppChallenge"}')
    await refused(socket)


async def second_login_with_the_used_challenge(socket):
    used = await challenge(socket)
    await socket.send(login(digest(used)))
    assert (await hear(socket))["ok"] is True
    await socket.send(login(digest(used)))
    await refused(socket)


async def digest_over_info_written_anew(socket):
    anew = json.dumps(json.loads(INFO), sort_keys=True)
    await socket.send(login(digest(await challenge(socket), info=anew)))
    await refused(socket)


async def digest_with_info_but_none_sent(socket):
    await socket.send(login(digest(await challenge(socket)), info=None))
    await refused(socket)


async def another_app(socket):
    await socket.send(login(digest(await challenge(socket)), app="users"))
    await refused(socket)


async def visits(socket, proof, **claims):
    """Let in to look, and nothing else: what a PBX would say next has no effect."""
    await socket.send(login(proof, **claims))
    assert (await hear(socket))["ok"] is True
    await socket.send(json.dumps({"mt": "PbxInfo", "domain": DOMAIN, "pbx": "pbx", "apis": ["PbxTableUsers"]}))
    await socket.send('{"mt":"GetStatus","src":"s"}')
    answer = await hear(socket)
    assert answer["mt"] == "GetStatusResult" and answer["src"] == "s" and isinstance(answer["status"], dict), answer


async def user_who_says_so(socket):
    info = INFO[:-1] + ',"groups":[]}'
    proof = digest(await challenge(socket), sip="ada", info=info)
    await visits(socket, proof, sip="ada", info=info, more=',"pbxObj":"presence-gw"')


async def user_who_leaves_pbxobj_out(socket):
    info = INFO[:-1] + ',"groups":[]}'
    proof = digest(await challenge(socket), sip="ada", info=info)
    await visits(socket, proof, sip="ada", info=info)


async def user_who_moves_info_into_the_name(socket):
    """Hashed like the login that the PBX computed for the user, whose `info` says that he is one."""
    info = INFO[:-1] + ',"groups":[]}'
    proof = digest(await challenge(socket), sip="joe", guid="f48b06484a8a61015853009033400109", dn="Joe", info=info)
    await visits(socket, proof, sip="joe", guid="f48b06484a8a61015853009033400109", dn="Joe:" + info, info=None)


async def login_without_info(socket):
    await visits(socket, digest(await challenge(socket), info=None), info=None)


async def colon_in_a_name(socket):
    """The digest joins names by colons, so that one inside could move the end of a name."""
    for claims in ({"sip": SIP + ":x"}, {"guid": GUID + ":x"}, {"app": APP + ":x"}):
        async with dial(URL) as other:
            await other.send(login(digest(await challenge(other), **claims), **claims))
            await refused(other)


async def manager_of_the_pbx(socket):
    proof = digest(await challenge(socket), sip=APP, guid="0" * 32, dn="Admin", info=None)
    await visits(socket, proof, sip=APP, guid="0" * 32, dn="Admin", info=None)


async def user_with_a_wrong_password(socket):
    proof = digest(await challenge(socket), sip="ada", password="guess")
    await socket.send(login(proof, sip="ada", more=',"pbxObj":"presence-gw"'))
    await refused(socket)


async def state_without_login(socket):
    await socket.send('{"mt":"GetStatus"}')
    await socket.send('{"mt":"AppChallenge"}')
    assert (await hear(socket))["mt"] == "AppChallengeResult", "no state before the login"


async def oversize(socket):
    try:
        await socket.send('{"mt":"AppChallenge","x":"' + "x" * 200_000 + '"}')
        await refused(socket)
    except websockets.ConnectionClosed:
        pass


async def binary_frame(socket):
    await socket.send(b'{"mt":"AppChallenge"}')
    await refused(socket)


async def garbage(socket):
    await socket.send("GET / HTTP/1.1")
    await refused(socket)


async def silence_is_not_a_login(socket):
    await socket.send('{"mt":"PbxInfo","domain":"%s","pbx":"pbx"}' % DOMAIN)
    await socket.send('{"mt":"AppChallenge"}')
    assert (await hear(socket))["mt"] == "AppChallengeResult", "no request before the login"


steps = (refused, enter, visits)
judge(URL, [value for value in list(globals().values()) if asyncio.iscoroutinefunction(value)
            and value.__module__ == __name__ and value not in steps])
