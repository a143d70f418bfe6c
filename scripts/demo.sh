#!/usr/bin/env bash
# One crossing from end to end on this machine: a SoftHSM2 token plays the on-premises HSM, keyferry-vault plays the
# service. Every command is printed as it runs. Exit 0 when all keys crossed and match, 4 when one does not. With --az the
# connected side creates the key exchange keys and imports with the Azure CLI, as without Keyferry.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

by_az=false
case ${1-} in
  '') ;;
  --az) by_az=true ;;
  *)
    printf 'usage: demo.sh [--az]\n' >&2
    exit 2
    ;;
esac
./scripts/setup.sh
if $by_az && ! command -v az >/dev/null; then
  printf 'demo: the Azure CLI is not installed; ./scripts/setup.sh --all installs it\n' >&2
  exit 1
fi

root=$PWD
PATH=$PWD/node_modules/.bin:$PATH
parent=${TMPDIR:-/dev/shm}
[ -w "$parent" ] || parent=/tmp
work=$(mktemp -d "$parent/keyferry-demo.XXXXXX")
vault_pid=
clean_up() {
  local status=$?
  if [ "$status" -ne 0 ]; then cat "$work"/*.log >&2 || true; fi
  if [ -n "$vault_pid" ]; then
    kill "$vault_pid" 2>/dev/null || true
    wait "$vault_pid" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP
cd "$work"
mkdir hsm stick office

step() { printf '\n=== %s\n' "$*"; }
show() { # prints a command as one would type it, then runs it
  printf '$'
  printf ' %q' "$@" | sed "s/\\\\\([=;:?&%]\)/\1/g"
  printf '\n'
  "$@"
}
thumbprint_of() { # thumbprint_of FILE: of a KEK, in any form
  keyferry-wrap kek show --kek "$1" --json | node -p 'JSON.parse(require("node:fs").readFileSync(0, "utf8")).thumbprint'
}
az() { "$root/conformance/clients/debian-az.sh" "$@" --only-show-errors; }

step 'The on-premises HSM: a SoftHSM2 token with three keys that may leave it'
module=/usr/lib/softhsm/libsofthsm2.so
export SOFTHSM2_CONF=$work/hsm/softhsm2.conf
mkdir hsm/tokens
printf 'directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n' "$work/hsm/tokens" >"$SOFTHSM2_CONF"
HSM_PIN=$(openssl rand -hex 6)
HSM_SO_PIN=$(openssl rand -hex 6)
export HSM_PIN HSM_SO_PIN
hsm=(pkcs11-tool --module "$module")
user=("${hsm[@]}" --token-label onprem --login --pin env:HSM_PIN)
exec 3>hsm.log # pkcs11-tool says on stderr that a sensitive key cannot be read, as it should be
show "${hsm[@]}" --init-token --slot-index 0 --label onprem --so-pin env:HSM_SO_PIN 2>&3
show "${hsm[@]}" --token-label onprem --login --login-type so --so-pin env:HSM_SO_PIN --init-pin --new-pin env:HSM_PIN 2>&3
show "${user[@]}" --keypairgen --key-type rsa:2048 --label payroll --id a1 --sensitive --extractable 2>&3
show "${user[@]}" --keypairgen --key-type EC:prime256v1 --label signing --id a2 --sensitive --extractable --usage-sign 2>&3
show "${user[@]}" --keygen --key-type AES:32 --label storage --id a3 --sensitive --extractable 2>&3

step 'The service: an emulator that any Azure client takes for Key Vault and Managed HSM'
printf '$ keyferry-vault serve --data vault &\n'
mkfifo ready
keyferry-vault serve --data vault >ready 2>vault.log &
vault_pid=$!
read -r line <ready # nothing comes, and this fails, when it ends before it is ready
printf '%s\n' "$line"
# shellcheck disable=SC2016 # printed as it would be typed
printf '$ eval "$(keyferry-vault env --data vault)"\n'
eval "$(keyferry-vault env --data vault)"

step 'Connected side: a key exchange key in a vault, and one in a Managed HSM'
declare -A in_az=([vault]=--vault-name [managedhsm]=--hsm-name)
if $by_az; then
  export AZURE_CONFIG_DIR=$work/az AZURE_CORE_COLLECT_TELEMETRY=false
  (umask 077 && printf '%s' "$AZURE_CLIENT_SECRET" >secret)
  show az login --service-principal --username "$AZURE_CLIENT_ID" --password @secret --tenant "$AZURE_TENANT_ID" --output none
fi
for kind in vault managedhsm; do
  url=https://bank.$kind.azure.net
  if $by_az; then
    show az keyvault key create "${in_az[$kind]}" bank --name "kek-$kind" --kty RSA-HSM --size 3072 --ops import --output none
    printf '$ az keyvault key show %s bank --name kek-%s > stick/kek-%s.kek.json\n' "${in_az[$kind]}" "$kind" "$kind"
    az keyvault key show "${in_az[$kind]}" bank --name "kek-$kind" >"stick/kek-$kind.kek.json"
    cp "stick/kek-$kind.kek.json" office
  else
    show keyferry-import kek create --vault-url "$url" --name "kek-$kind" --size 3072 --expires-in 7d --out office
    show keyferry-import kek fetch --vault-url "$url" --name "kek-$kind" --out stick
  fi
done

step 'Air-gapped side: each key is wrapped inside the HSM (the thumbprint comes from the office, not from the stick)'
wrap() { # wrap KEK LABEL TYPE
  show keyferry-wrap wrap --kek "stick/$1.kek.json" --key "pkcs11:token=onprem;object=$2;type=$3" --module "$module" \
    --pin-env HSM_PIN --confirm-thumbprint "$(thumbprint_of "office/$1.kek.json")" --out "stick/$2.byok"
}
wrap kek-vault payroll private
wrap kek-vault signing private
wrap kek-managedhsm storage secret-key
show "${hsm[@]}" --token-label onprem --read-object --type pubkey --id a1 --output-file office/payroll.pub 2>&3
show "${hsm[@]}" --token-label onprem --read-object --type pubkey --id a2 --output-file office/signing.pub 2>&3

if $by_az; then
  step 'Connected side: each blob is imported as it is'
  import_by_az() { # import_by_az NAME KIND OPTION...
    show az keyvault key import "${in_az[$2]}" bank --name "$1" --protection hsm --byok-file "stick/$1.byok" "${@:3}" --output none
  }
  import_by_az payroll vault --kty RSA
  import_by_az signing vault --kty EC --curve P-256
  import_by_az storage managedhsm --kty oct
else
  step 'Connected side: each blob is imported, and the key in the vault compared with the key of the HSM'
  show keyferry-import import stick/payroll.byok --vault-url https://bank.vault.azure.net --name payroll --public-key office/payroll.pub
  show keyferry-import import stick/signing.byok --vault-url https://bank.vault.azure.net --name signing --public-key office/signing.pub
  show keyferry-import import stick/storage.byok --vault-url https://bank.managedhsm.azure.net --name storage
fi

step 'Proof: the vault uses each key, and the result is verified with what the HSM says of it'
show keyferry-import verify --vault-url https://bank.vault.azure.net --name payroll --public-key office/payroll.pub --sign
show keyferry-import verify --vault-url https://bank.vault.azure.net --name signing --public-key office/signing.pub --sign
show keyferry-import verify --vault-url https://bank.managedhsm.azure.net --name storage --manifest stick/storage.manifest.json --sign

if $by_az; then exit 0; fi
step 'What crossed'
node - stick/*.receipt.json <<'TABLE'
const { readFileSync } = require('node:fs');
const rows = process.argv.slice(2).map((file) => {
  const { key, vault, verified } = JSON.parse(readFileSync(file, 'utf8'));
  const type = key.crv ?? `${key.type === 'oct' ? 'AES' : key.type}-${key.bits}`;
  return [key.name, type, vault.kind, verified.join(', '), key.kid];
});
for (const row of [['KEY', 'TYPE', 'ARRIVED IN', 'COMPARED BY', 'KEY IDENTIFIER'], ...rows]) {
  const [name, type, kind, compared, kid] = row;
  console.log([name.padEnd(8), type.padEnd(8), kind.padEnd(11), compared.padEnd(11), kid].join('  '));
}
TABLE
