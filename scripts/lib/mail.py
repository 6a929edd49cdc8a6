"""Read one mail from standard input with Python's own MIME reader, which
shares no code with ours, and print what it holds as JSON: headers, text, html,
and the attachments (type, name, Content-ID, bytes in base64)."""

import base64
import email
import email.policy
import json
import sys

message = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
defects = [repr(d) for part in message.walk() for d in part.defects]
texts, parts = {}, []
for part in message.walk():
    if part.is_multipart():
        continue
    kind = part.get_content_type()
    if kind in ("text/plain", "text/html") and not part.get_filename():
        texts.setdefault(kind, part.get_content())
        continue
    parts.append({
        "type": kind,
        "name": part.get_filename(),
        "cid": part.get("Content-ID"),
        "disposition": part.get_content_disposition(),
        "data": base64.b64encode(part.get_payload(decode=True)).decode(),
    })
json.dump({
    "headers": {k.lower(): str(v) for k, v in message.items()},
    "text": texts.get("text/plain", ""),
    "html": texts.get("text/html", ""),
    "parts": parts,
    "defects": defects,
}, sys.stdout)
