# Asks a server of TAXII 2.1 by the client of OASIS (PyPI: taxii2-client), over TLS: client.py DISCOVERY CA OBJECTS
#
# It finds the collection "Commons", posts OBJECTS objects and reads them back in every way that the client knows.
import datetime
import itertools
import sys
import urllib.parse

import requests
from taxii2client.v21 import ApiRoot, Server, as_pages

discovery, ca, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
password = "password of ann"

server = Server(discovery, user="ann", password=password, verify=ca)
assert server.title and server.default is server.api_roots[0], server._raw
root = server.default
assert root.max_content_length > 0 and root.versions == ["application/taxii+json;version=2.1"], root._raw
assert [c.id for c in root.collections] == sorted(c.id for c in root.collections)
commons = next(c for c in root.collections if c.title == "Commons")
assert commons.can_read and commons.can_write


def indicator(n, modified="2016-01-01T00:00:00.000Z"):
    return {"type": "indicator", "spec_version": "2.1", "id": "indicator--00000000-0000-4000-8000-%012d" % n,
            "created": "2016-01-01T00:00:00.000Z", "modified": modified, "pattern": "[url:value = 'http://a.example/']",
            "pattern_type": "stix", "valid_from": "2016-01-01T00:00:00Z", "x_number": n}


# post, status
status = commons.add_objects({"objects": [indicator(n) for n in range(count)]})
assert status.status == "complete" and status.success_count == count and not status.failures, status._raw
assert root.get_status(status.id)._raw == status._raw
again = commons.add_objects({"objects": [indicator(0)]})
assert again.success_count == 1, again._raw

# pages, to the end
for ask, per in itertools.product((commons.get_objects, commons.get_manifest), (7, 100, count)):
    pages = list(as_pages(ask, per_request=per))
    ids = [o["id"] for p in pages for o in p["objects"]]
    assert len(ids) == len(set(ids)) == count, (ask, per, len(ids))
    assert ids == sorted(ids)

# filters
one = indicator(1)["id"]
assert commons.get_objects(type="indicator", id=one)["objects"] == [indicator(1)]
assert commons.get_objects(type="no-such-type") == {}
assert commons.get_object(one)["objects"] == [indicator(1)]
commons.add_objects({"objects": [indicator(1, "2016-02-01T00:00:00.000Z")]})
assert commons.object_versions(one)["versions"] == ["2016-01-01T00:00:00.000Z", "2016-02-01T00:00:00.000Z"]
first = datetime.datetime(2016, 1, 1, tzinfo=datetime.timezone.utc)
assert commons.get_object(one, version=first)["objects"] == [indicator(1)]
assert len(commons.get_object(one, version="all")["objects"]) == 2

# polling as OpenCTI does: next while there is more, then added_after from the header; and as MISP does, by added_after alone
session = requests.Session()
session.auth, session.verify = ("ann", password), ca
session.headers["Accept"] = "application/taxii+json;version=2.1"


def opencti(state):
    """Asks on until there is no more, and gives what came and the next state."""
    got, following = [], None
    while True:
        params = {k: v for k, v in {"added_after": state, "next": following, "limit": 9}.items() if v}
        answer = session.get(commons.objects_url, params=params)
        answer.raise_for_status()
        page = answer.json()
        got += page.get("objects", [])
        last = answer.headers.get("X-TAXII-Date-Added-Last")
        if not page.get("more"):
            return got, last or state
        following = page["next"]


got, state = opencti(None)
assert len(got) == count, len(got)
assert opencti(state)[0] == []
commons.add_objects({"objects": [indicator(count), indicator(count + 1)]})
assert [o["x_number"] for o in opencti(state)[0]] == [count, count + 1]

misp, after = [], "1970-01-01T00:00:00Z"
while True:
    answer = session.get(commons.objects_url, params={"added_after": after, "limit": 11, "match[type]": "indicator"})
    page = answer.json().get("objects", [])
    if not page:
        break
    misp += page
    after = answer.headers["X-TAXII-Date-Added-Last"]
assert len(misp) == count + 2, len(misp)

# deletion
commons.delete_object(one, version=first)
assert commons.object_versions(one)["versions"] == ["2016-02-01T00:00:00.000Z"]
commons.delete_object(one)
for ask in (lambda: commons.get_object(one), lambda: commons.delete_object(one),
            lambda: Server(discovery, user="ann", password="another", verify=ca).title,
            lambda: ApiRoot(urllib.parse.urljoin(discovery, "/taxii2/other/"), user="ann", password=password, verify=ca).title):
    try:
        ask()
    except requests.exceptions.HTTPError as e:
        body = e.response.json()
        assert body["http_status"] == str(e.response.status_code) and body["title"], body
    else:
        raise AssertionError("what is not there was given")
print("done")
