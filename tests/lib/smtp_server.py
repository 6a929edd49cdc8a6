"""A mail server for tests: STARTTLS is required, AUTH PLAIN is required, and
each mail it took is a file.  Nothing of it is ours: aiosmtpd is.

    smtp_server.py PORT CERT KEY USER PASSWORD DIRECTORY

Lines on its standard input change what it does: "refuse ADDRESS ANSWER" gives
that answer to a recipient, "accept ADDRESS" takes it back; each is confirmed.
A mail is DIRECTORY/NNNN.eml, its envelope DIRECTORY/NNNN.json; it is renamed
into place before the server says 250.  Prints "ready" when it listens.
"""

import asyncio
import json
import logging
import os
import ssl
import stat
import sys

from aiosmtpd.smtp import SMTP, AuthResult

port, cert, key, user, password, directory = sys.argv[1:]
count = sum(name.endswith(".eml") for name in os.listdir(directory))


logging.disable(logging.CRITICAL)  # killed clients are what tests are about
refused = {}


class Keep:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in refused:
            return refused[address]
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server, session, envelope):
        global count
        count += 1
        name = os.path.join(directory, f"{count:04}")
        with open(f"{name}.json", "w", encoding="utf-8") as file:
            json.dump({
                "from": envelope.mail_from, "to": envelope.rcpt_tos,
                "tls": session.ssl is not None, "authenticated": bool(session.authenticated),
            }, file)
        with open(f"{name}.tmp", "wb") as file:
            file.write(envelope.original_content)
        os.rename(f"{name}.tmp", f"{name}.eml")
        return "250 kept"


def authenticate(server, session, envelope, mechanism, data):
    ok = data.login == user.encode() and data.password == password.encode()
    return AuthResult(success=ok)


async def obey(reader):
    while line := (await reader.readline()).decode().rstrip("\n"):
        verb, address, *answer = line.split(" ", 2)
        if verb == "refuse":
            refused[address] = answer[0]
        else:
            refused.pop(address, None)
        print("done", flush=True)


async def serve():
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)

    def factory():
        return SMTP(Keep(), hostname="mail.test", tls_context=context, require_starttls=True,
                    auth_required=True, auth_require_tls=True, authenticator=authenticate,
                    auth_exclude_mechanism=["LOGIN"])

    server = await asyncio.get_running_loop().create_server(factory, "127.0.0.1", int(port))
    print("ready", flush=True)
    if stat.S_ISFIFO(os.fstat(0).st_mode) or stat.S_ISSOCK(os.fstat(0).st_mode):
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        task = asyncio.create_task(obey(reader))
    async with server:
        await server.serve_forever()


asyncio.run(serve())
