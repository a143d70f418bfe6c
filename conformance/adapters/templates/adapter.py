#!/usr/bin/env python3
"""A beginning for an adapter of your BYOK tool (docs/adapter-contract.md). Fill in what is marked by TODO.

    python3 adapter.py capabilities
    keyferry-conformance producer --adapter 'python3 ./adapter.py' --targets targets.json
"""
import json
import os
import subprocess
import sys

MADE, REFUSED, UNSUPPORTED, CRASHED = 0, 1, 77, 70

# TODO: what your tool can do. Claim no more: each claim is tried.
CAPABILITIES = {
    "contract": "1",
    "name": "my tool",
    "version": "0.0",
    "keyTypes": ["rsa-2048", "ec-p256"],
    "kekSizes": [2048, 3072, 4096],
    "mechanisms": ["CKM_RSA_AES_KEY_WRAP"],
    "oct": False,
    "kekAttributes": False,
    "thumbprint": False,
    "provision": False,
    "objects": False,
    "serve": True,
}

TOOL = os.environ.get("KEYFERRY_MYTOOL", "my-byok-tool")


def wrap(words):
    """--kek-pem F --kid URL --target ID --out FILE, in this order."""
    pem, kid, target, out = words[1::2]
    # TODO: the command of your tool. Its PIN comes from a file: KEYFERRY_MYTOOL_PIN_FILE passes to this adapter.
    command = [TOOL, "--kek", pem, "--kek-id", kid, "--key", target, "--output", out]
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    # TODO: which of its exit statuses mean that it refused, with a reason on stderr? All others are crashes.
    status = {0: MADE, 1: REFUSED, 2: REFUSED}.get(ended.returncode, CRASHED)
    return status, ended.stdout, ended.stderr


def run(words):
    command, *rest = words or [""]
    if command == "capabilities":
        return MADE, json.dumps(CAPABILITIES) + "\n", ""
    if command == "wrap":
        return wrap(rest)
    return UNSUPPORTED, "", f"no command {command}\n"


def serve():
    """One request a line, one reply a line."""
    for line in sys.stdin:
        request = json.loads(line)
        status, stdout, stderr = run(request["words"]) if request["do"] == "run" else (MADE, "", "")
        print(json.dumps({"id": request["id"], "exit": status, "stdout": stdout, "stderr": stderr}), flush=True)
        if request["do"] == "stop":
            break


def main():
    if sys.argv[1:2] == ["serve"]:
        serve()
        return MADE
    status, stdout, stderr = run(sys.argv[1:])
    sys.stdout.write(stdout)
    sys.stderr.write(stderr)
    return status


# What nobody foresaw is a crash: Python itself would end with 1, which says that the tool refused.
try:
    sys.exit(main())
except Exception as error:
    print(f"{type(error).__name__}: {error}", file=sys.stderr)
    sys.exit(CRASHED)
