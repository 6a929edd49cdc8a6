"""Mail servers that misbehave, one for each way to do so, each on a port of
its own.

    hostile_smtp.py DIRECTORY

Makes certificates in DIRECTORY (ca.pem is the authority, for "localhost") and
prints "WAY PORT" lines, then "ready".  What was said to a server is appended
to DIRECTORY/WAY.log, one line each: "clear COMMAND" or "tls COMMAND", and
"mail" for a message that was taken.  Ends with its standard input.

A way is NAME, or NAME@STAGE with a stage of STAGES; ways that start with
"smtps-" speak TLS from the first byte.
"""

import os
import socket
import ssl
import subprocess
import sys
import threading
import time
import warnings

warnings.simplefilter("ignore", DeprecationWarning)  # one way is to be out of date

STAGES = ["greeting", "ehlo", "starttls", "handshake", "ehlo2", "auth", "mail", "rcpt", "data", "message"]
directory = sys.argv[1]


def openssl(*words):
    subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=directory)


def certificate(name, host):
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={host}",
            "-keyout", f"{name}.key", "-out", f"{name}.csr")
    with open(os.path.join(directory, f"{name}.ext"), "w", encoding="utf-8") as file:
        file.write(f"subjectAltName=DNS:{host}\n")
    openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
            "-days", "2", "-extfile", f"{name}.ext", "-out", f"{name}.pem")


def authority(name):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem")


authority("ca")
authority("stranger")
certificate("localhost", "localhost")
certificate("other", "other.example")

# What each way answers instead of the usual; "" hangs up, None says nothing more.
WAYS = {
    "good": {}, "smtps-good": {},
    "no-starttls": {}, "refused-starttls": {"starttls": "454 not now"},
    "injected": {}, "injected-split": {}, "injected-multi": {},
    "other-name": {}, "smtps-other-name": {}, "stranger": {}, "smtps-stranger": {},
    "only-tls13": {}, "only-tls11": {},
    "wrong-password": {"auth": "535 5.7.8 no"}, "smtps-wrong-password": {"auth": "535 5.7.8 no"},
    "busy": {"greeting": "421 too busy"}, "closed": {"greeting": "554 no service"},
    "sender-refused": {"mail": "550 5.7.1 not you"}, "too-large": {"mail": "552 5.3.4 too large"},
    "recipient-refused": {"rcpt": "550 5.1.1 nobody"}, "smtps-recipient-refused": {"rcpt": "550 5.1.1 nobody"},
    "recipient-later": {"rcpt": "450 4.2.1 later"}, "smtps-recipient-later": {"rcpt": "450 4.2.1 later"},
    "recipient-unauthenticated": {"rcpt": "530 5.7.0 sign in first"},
    "message-refused": {"message": "554 5.6.0 spam"}, "smtps-message-refused": {"message": "554 5.6.0 spam"},
    "message-later": {"message": "451 4.3.0 later"}, "data-refused": {"data": "554 5.5.1 no"},
    "other-success": {"message": "251 perhaps"},
    "nonsense": {"ehlo2": "hello there, friend"}, "binary": {"greeting": "\x00\x01\x02" * 400},
    "no-code": {"message": "OK"},
}
for stage in STAGES:
    WAYS[f"hang@{stage}"] = {stage: None}
    WAYS[f"cut@{stage}"] = {stage: ""}
for stage in ("ehlo2", "rcpt", "message"):
    WAYS[f"smtps-hang@{stage}"] = {stage: None}
    WAYS[f"smtps-cut@{stage}"] = {stage: ""}


class Over(Exception):
    pass


class Talk:
    def __init__(self, way, connection):
        self.way, self.connection, self.answers = way, connection, WAYS[way]
        self.secure = False
        self.buffer = b""
        self.name = way.removeprefix("smtps-")

    def note(self, text):
        with open(os.path.join(directory, f"{self.way}.log"), "a", encoding="latin-1") as file:
            file.write(text + "\n")

    def line(self):
        while b"\n" not in self.buffer:
            part = self.connection.recv(65536)
            if not part:
                raise Over
            self.buffer += part
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.rstrip(b"\r").decode("latin-1")

    def say(self, stage, usual):
        answer = self.answers.get(stage, usual)
        if answer is None:
            time.sleep(300)
        if not answer:
            raise Over
        self.connection.sendall(answer.encode("latin-1") + b"\r\n")
        return answer

    def encrypt(self):
        if "handshake" in self.answers:
            if self.answers["handshake"] is None:
                time.sleep(300)
            raise Over
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        pair = {"other-name": ("other.pem", "other.key"), "stranger": ("stranger.pem", "stranger.key")}.get(
            self.name, ("localhost.pem", "localhost.key"))
        context.load_cert_chain(*(os.path.join(directory, name) for name in pair))
        if self.name == "only-tls13":
            context.minimum_version = ssl.TLSVersion.TLSv1_3
        if self.name == "only-tls11":
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
            context.set_ciphers("DEFAULT@SECLEVEL=0")
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self.secure, self.buffer = True, b""

    def starttls(self):
        if self.name == "injected":
            self.connection.sendall(b"220 go\r\n250-mail.test\r\n250 AUTH PLAIN\r\n")
        elif self.name == "injected-split":
            for part in (b"220 g", b"o\r", b"\n250 AUTH PLAIN\r\n"):
                self.connection.sendall(part)
                time.sleep(0.2)
        elif self.name == "injected-multi":
            self.connection.sendall(b"220-go\r\n220 on\r\n250 mail.test\r\n")
        elif self.say("starttls", "220 go")[0] != "2":
            return
        self.encrypt()

    def message(self):
        while self.line() != ".":
            pass
        if self.say("message", "250 taken").startswith("250"):
            self.note("mail")

    def run(self):
        if self.way.startswith("smtps-"):
            self.encrypt()
        self.say("greeting", "220 mail.test ESMTP")
        while True:
            command = self.line()
            verb = command.split(" ")[0].upper()
            self.note(("tls " if self.secure else "clear ") + verb)
            if verb in ("EHLO", "HELO"):
                more = [] if self.secure else ["STARTTLS"]
                if self.secure:
                    more = ["AUTH PLAIN", "8BITMIME"]
                if self.name == "no-starttls":
                    more = ["AUTH PLAIN"]
                words = ["mail.test", *more]
                self.say("ehlo2" if self.secure else "ehlo", "\r\n".join(
                    f"250{'-' if i + 1 < len(words) else ' '}{word}" for i, word in enumerate(words)))
            elif verb == "STARTTLS":
                self.starttls()
            elif verb == "AUTH":
                if len(command.split(" ")) < 3:
                    self.connection.sendall(b"334 \r\n")
                    self.line()
                self.say("auth", "235 welcome")
            elif verb == "MAIL":
                self.say("mail", "250 ok")
            elif verb == "RCPT":
                self.say("rcpt", "250 ok")
            elif verb == "DATA":
                if self.say("data", "354 go on").startswith("354"):
                    self.message()
            elif verb == "QUIT":
                self.connection.sendall(b"221 bye\r\n")
                raise Over
            else:
                self.connection.sendall(b"250 ok\r\n")


def serve(way, listener):
    while True:
        connection, _ = listener.accept()

        def talk(connection=connection):
            try:
                Talk(way, connection).run()
            except (Over, OSError, ssl.SSLError):
                pass
            finally:
                connection.close()

        threading.Thread(target=talk, daemon=True).start()


for way in WAYS:
    listener = socket.create_server(("127.0.0.1", 0))
    print(way, listener.getsockname()[1])
    threading.Thread(target=serve, args=(way, listener), daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
