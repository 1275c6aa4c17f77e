"""A WebSocket server of another make, for the gateway's client.

Prints its port, and ends with the process that started it. With two arguments, PEM files of certificate and key, it speaks TLS.
"""
import asyncio
import os
import ssl
import sys

from websockets.asyncio.server import serve


async def handle(socket):
    match socket.request.path:
        case "/echo":
            async for message in socket:
                await socket.send(message)
        case "/fragments":
            await socket.send(["ü", "€" * 1000, "", "x" * 20000])
            await socket.send(await socket.recv())
        case "/ping":
            latency = await (await socket.ping())
            await socket.send("pong" if latency >= 0 else "?")
        case "/binary":
            await socket.send(b"bytes")
            await socket.wait_closed()
        case "/goodbye":
            await socket.recv()
            await socket.close(4000, "goodbye")
        case "/headers":
            await socket.send("\n".join(f"{name}: {value}" for name, value in socket.request.headers.raw_items()))
            await socket.wait_closed()


def refuse(connection, request):
    return connection.respond(403, "no\n") if request.path == "/refused" else None


async def main():
    context = None
    if len(sys.argv) == 3:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
    async with serve(handle, "127.0.0.1", 0, ssl=context, process_request=refuse, max_size=1 << 20, compression=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        while os.getppid() == parent:
            await asyncio.sleep(1)


parent = os.getppid()
asyncio.run(main())
