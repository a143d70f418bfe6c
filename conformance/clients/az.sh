#!/usr/bin/env bash
# az.sh VAULT POOL KEYS: the Azure CLI, logged in as a service principal of the environment. VAULT and POOL are names
# without domain, KEYS is the folder of the practice keys; the current folder takes what is written. Prints a line a
# step; exit 0 when all are done.
set -euo pipefail
vault=$1 pool=$2 keys=$3
clients=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
done_with() { printf 'ok %s\n' "$*"; }
az() { "$clients/debian-az.sh" "$@" --only-show-errors; }
member() { # member PATH FILE: of a JSON file
  node -p 'process.argv[1].split(".").reduce((value, name) => value[name], JSON.parse(fs.readFileSync(process.argv[2], "utf8")))' "$1" "$2"
}

# Nothing of this is in the user's own profile. The secret is a published constant; a file keeps it off the command line.
export AZURE_CONFIG_DIR=$PWD/az AZURE_CORE_COLLECT_TELEMETRY=false
(umask 077 && printf '%s' "$AZURE_CLIENT_SECRET" >secret)
az login --service-principal --username "$AZURE_CLIENT_ID" --password @secret --tenant "$AZURE_TENANT_ID" >login.json
rm secret
done_with login

for place in "vault --vault-name $vault" "pool --hsm-name $pool"; do
  read -r name at <<<"$place"
  # shellcheck disable=SC2086 # an option and its value
  az keyvault key create $at --name az-kek --kty RSA-HSM --size 2048 --ops import >/dev/null
  # shellcheck disable=SC2086
  az keyvault key show $at --name az-kek >"$name-kek.json"
done
done_with create and show
az keyvault key download --vault-name "$vault" --name az-kek --file kek.pem
openssl pkey -pubin -in kek.pem -noout
done_with download

import() { # import NAME KEY-FILE AT... : by file, then by string
  local name=$1 file=$2 place=$3
  shift 3
  node "$clients/make-blob.mjs" "$place-kek.json" "$keys/$file" "$name.byok"
  az keyvault key import "$@" --name "$name" --protection hsm --byok-file "$name.byok" >"$name.json"
  az keyvault key import "$@" --name "$name" --protection hsm --byok-string "$(cat "$name.byok")" >"$name-2.json"
  [ "$(member key.kid "$name.json")" != "$(member key.kid "$name-2.json")" ]
  done_with import "$name" by file and by string
}
import az-rsa rsa-2048.pem vault --vault-name "$vault" --kty RSA
[ "$(member key.kty az-rsa.json)" = RSA-HSM ]
import az-ec ec-p256.pem vault --vault-name "$vault" --kty EC --curve P-256
[ "$(member key.crv az-ec-2.json)" = P-256 ]
import az-oct aes-256.hex pool --hsm-name "$pool" --kty oct
[ "$(member key.kty az-oct.json)" = oct-HSM ]

az keyvault key list --vault-name "$vault" >list.json
node -e 'const names = JSON.parse(fs.readFileSync("list.json", "utf8")).map(({ name }) => name); process.exit(["az-ec", "az-kek", "az-rsa"].every((name) => names.includes(name)) ? 0 : 1)'
done_with list
az keyvault key delete --vault-name "$vault" --name az-rsa >/dev/null
if az keyvault key show --vault-name "$vault" --name az-rsa >/dev/null 2>&1; then exit 1; fi
done_with delete
