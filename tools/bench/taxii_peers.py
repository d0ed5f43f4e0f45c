"""Starts a TAXII 2.1 server of others with a bundle's objects in it, for a comparison, and prints its address as JSON.

    taxii_peers.py medallion|opentaxii BUNDLE FOLDER PORT

medallion keeps the objects in memory, OpenTAXII in SQLite behind gunicorn with two workers; both ask for HTTP Basic, user
"admin", password "admin". The server goes on until it is told to end (SIGTERM).
"""

import base64
import json
import os
import subprocess
import sys
import time
import urllib.request
import uuid
from datetime import datetime, timedelta, timezone

MEDIA = "application/taxii+json;version=2.1"
BASIC = "Basic " + base64.b64encode(b"admin:admin").decode()


def medallion(objects, folder, port):
    root, collection = "root", str(uuid.uuid4())
    at = datetime(2026, 1, 1, tzinfo=timezone.utc)
    manifest = []
    for o in objects:
        at += timedelta(milliseconds=1)
        version = o.get("modified") or o.get("created")
        if not version:  # as medallion keeps what is posted and has no version
            version = o["_date_added"] = at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        manifest.append({"id": o["id"], "version": version, "date_added": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
                         "media_type": "application/stix+json;version=2.1"})
    url = f"http://127.0.0.1:{port}/{root}/"
    data = {"/discovery": {"title": "peer", "default": url, "api_roots": [url]},
            root: {"information": {"title": "peer", "versions": [MEDIA], "max_content_length": 10 << 20}, "status": [],
                   "collections": [{"id": collection, "title": "peer", "can_read": True, "can_write": True,
                                    "media_types": ["application/stix+json;version=2.1"], "objects": objects, "manifest": manifest}]}}
    with open(f"{folder}/data.json", "w") as f:
        json.dump(data, f)
    config = {"backend": {"module": "medallion.backends.memory_backend", "module_class": "MemoryBackend", "filename": f"{folder}/data.json"},
              "users": {"admin": "admin"}, "taxii": {"max_page_size": 1000}}
    with open(f"{folder}/config.json", "w") as f:
        json.dump(config, f)
    command = [sys.executable, "-m", "medallion.scripts.run", "--port", str(port), f"{folder}/config.json"]
    return subprocess.Popen(command, stdout=sys.stderr), url, collection


def opentaxii(objects, folder, port):
    config = f"{folder}/opentaxii.yml"
    with open(config, "w") as f:
        f.write(f"""---
domain: "127.0.0.1:{port}"
support_basic_auth: yes
auth_api:
  class: opentaxii.auth.sqldb.SQLDatabaseAPI
  parameters: {{db_connection: "sqlite:///{folder}/auth.db", create_tables: yes, secret: not-so-secret, token_ttl_secs: 3600}}
taxii1:
taxii2:
  persistence_api:
    class: opentaxii.persistence.sqldb.Taxii2SQLDatabaseAPI
    parameters: {{db_connection: "sqlite:///{folder}/data.db", create_tables: yes}}
  title: peer
  max_content_length: 209715200
logging: {{opentaxii: error, root: error}}
""")
    env = dict(os.environ, OPENTAXII_CONFIG=config)
    tools = os.path.dirname(sys.executable)

    def tool(*args):
        subprocess.run([f"{tools}/{args[0]}", *args[1:]], env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    root, collection = str(uuid.uuid4()), str(uuid.uuid4())
    tool("opentaxii-create-account", "-u", "admin", "-p", "admin", "-a")
    tool("opentaxii-add-api-root", "-t", "peer", "--default", "-i", root)
    tool("opentaxii-add-collection", "-r", root, "-t", "peer")
    server = subprocess.Popen([f"{tools}/gunicorn", "-w", "2", "-b", f"127.0.0.1:{port}", "--timeout", "600", "opentaxii.http:app"],
                              env=env, stdout=sys.stderr, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}/taxii2/{root}/"
    collection = ask(f"{url}collections/")["collections"][0]["id"]
    for i in range(0, len(objects), 1000):
        ask(f"{url}collections/{collection}/objects/", {"objects": objects[i:i + 1000]})
    time.sleep(2)
    return server, url, collection


def ask(url, body=None, patience=60):
    """Asks until the server answers."""
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(url, data=data, headers={"Accept": MEDIA, "Content-Type": MEDIA, "Authorization": BASIC})
    for left in range(patience, -1, -1):
        try:
            with urllib.request.urlopen(request) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as e:
            raise SystemExit(f"{url}: {e.code} {e.read()[:300]}")
        except OSError:
            if not left:
                raise
            time.sleep(1)


def main():
    kind, bundle, folder, port = sys.argv[1:5]
    with open(bundle) as f:
        objects = json.load(f)["objects"]
    begun = time.time()
    server, url, collection = {"medallion": medallion, "opentaxii": opentaxii}[kind](objects, folder, int(port))
    ask(f"{url}collections/", patience=600)
    print(json.dumps({"pid": server.pid, "url": url, "collection": collection, "started": round(time.time() - begun, 1)}), flush=True)
    server.wait()


main()
