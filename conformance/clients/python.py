"""python.py VAULT-URL POOL-URL KEYS: azure-keyvault-keys with DefaultAzureCredential.

It logs in with what the environment offers. KEYS is the folder of the practice keys; the current folder takes what is
written. Prints a line a step; exit 0 when all are done.
"""

import base64
import hashlib
import json
import os
import subprocess
import sys

from azure.core.exceptions import ResourceNotFoundError
from azure.identity import DefaultAzureCredential
from azure.keyvault.keys import JsonWebKey, KeyClient
from azure.keyvault.keys.crypto import CryptographyClient, KeyWrapAlgorithm, SignatureAlgorithm

vault_url, pool_url, keys = sys.argv[1:4]
credential = DefaultAzureCredential()


def done(step):
    print(f"ok {step}", flush=True)


def kek_of(client, name):
    """Creates a KEK; gives a function that wraps a practice key for it."""
    kek = client.create_rsa_key(name, hardware_protected=True, size=2048, key_operations=["import"])
    text = lambda number: base64.urlsafe_b64encode(number).rstrip(b"=").decode()
    with open(f"{name}.json", "w", encoding="utf-8") as file:
        json.dump({"kid": kek.id, "n": text(kek.key.n), "e": text(kek.key.e)}, file)

    def wrap(key):
        make_blob = os.path.join(os.path.dirname(os.path.abspath(__file__)), "make-blob.mjs")
        subprocess.run(["node", make_blob, f"{name}.json", os.path.join(keys, key), "target.byok"], check=True)
        with open("target.byok", "rb") as file:
            return file.read()

    return wrap


vault = KeyClient(vault_url, credential)
wrap = kek_of(vault, "py-kek")
done("create")

for name, file, kty, crv, algorithm in [
    ("py-rsa", "rsa-2048.pem", "RSA-HSM", None, SignatureAlgorithm.rs256),
    ("py-ec", "ec-p256.pem", "EC-HSM", "P-256", SignatureAlgorithm.es256),
]:
    key = JsonWebKey(kty=kty, crv=crv, t=wrap(file), key_ops=["sign", "verify"])
    imported = vault.import_key(name, key, hardware_protected=True)
    digest = hashlib.sha256(b"a message").digest()
    client = CryptographyClient(imported.id, credential)
    signature = client.sign(algorithm, digest).signature
    assert client.verify(algorithm, digest, signature).is_valid, name
    done(f"import {name}")

pool = KeyClient(pool_url, credential)
wrap_for_pool = kek_of(pool, "py-kek")
aes = pool.import_key(
    "py-aes",
    JsonWebKey(kty="oct-HSM", t=wrap_for_pool("aes-256.hex"), key_ops=["wrapKey", "unwrapKey"]),
    hardware_protected=True,
)
aes_client = CryptographyClient(aes.id, credential)
wrapped = aes_client.wrap_key(KeyWrapAlgorithm.aes_256, bytes(32)).encrypted_key
assert aes_client.unwrap_key(KeyWrapAlgorithm.aes_256, wrapped).key == bytes(32)
done("import py-aes")

names = [key.name for key in vault.list_properties_of_keys()]
assert {"py-ec", "py-kek", "py-rsa"} <= set(names), names
done("list")
vault.begin_delete_key("py-rsa").wait()
try:
    vault.get_key("py-rsa")
    raise AssertionError("py-rsa is still there")
except ResourceNotFoundError:
    done("delete")
