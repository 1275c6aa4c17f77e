"""Judges the requests that the gateway made, as the simulated Graph recorded them.

usage: graph_requests.py RECORDED [DESCRIPTION…]: RECORDED has one JSON object in each line; every request must be valid by
graph-requests.yaml, which is strict, and by every other OpenAPI description given.
"""
import collections
import json
import sys
from pathlib import Path

from openapi_judge import OpenAPIJudge, shorten

judges = [OpenAPIJudge(path) for path in [Path(__file__).with_name("graph-requests.yaml"), *sys.argv[2:]]]
counts, faults = collections.Counter(), []
for line in Path(sys.argv[1]).read_text().splitlines():
    made = json.loads(line)
    path = made["path"]
    counts[made["method"] + " " + "/".join("{id}" if "-" in part else part for part in path.split("/"))] += 1
    headers = {name.lower(): value for name, value in made["headers"].items()}
    if not headers.get("client-request-id") or not headers.get("user-agent", "").startswith("presence-gateway"):
        faults.append(f"{made['method']} {path}: lacks client-request-id or user-agent")
    for judge in judges:
        # The CSDL writes the function with its brackets, the documentation without.
        known = path.replace("/users/delta", "/users/delta()") if "users/delta()" in judge.text else path
        fault = judge.request(made["method"], known, made["query"], headers, made["body"].encode())
        if fault:
            faults.append(f"{made['method']} {path}?{shorten(made['query'])}: {fault}; {shorten(made['body'])}")
print(json.dumps({"counts": counts, "judges": len(judges), "faults": len(faults)}))
for fault in faults[:10]:
    print(fault)
sys.exit(1 if faults else 0)
