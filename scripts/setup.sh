#!/usr/bin/env bash
# Installs what a new machine lacks and builds. Can be run alone and again; what is done already is not done twice.
# With --all also what is large and only some tests run: the Azure CLI, Azure's SDK for Python and Chromium.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf 'setup: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

all=false
for argument in "$@"; do
  [ "$argument" = --all ] || die "there is no $argument; --all installs also what is large and only some tests run"
  all=true
done

# --- Node ---------------------------------------------------------------------------------------------------------------
command -v node >/dev/null || die 'Node.js 20.19 or later is needed, and there is none'
node -e 'const [major, minor] = process.versions.node.split(".").map(Number); process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)' ||
  die "Node.js 20.19 or later is needed, and this is $(node --version)"

# --- System packages ----------------------------------------------------------------------------------------------------
missing=()
need() { # need PACKAGE TEST...: the package is missing when the test fails
  local package=$1
  shift
  "$@" >/dev/null 2>&1 || missing+=("$package")
}
softhsm_module() { [ -e /usr/lib/softhsm/libsofthsm2.so ]; }
need softhsm2 softhsm_module
need softhsm2 command -v softhsm2-util
need opensc command -v pkcs11-tool
need python3 command -v python3
need make command -v make
need g++ command -v g++
need gcc command -v gcc
need openssl command -v openssl
need openssh-client command -v ssh-keygen
need strace command -v strace
need shellcheck command -v shellcheck
# Holds JUnit reports against a schema.
need libxml2-utils command -v xmllint
# NIST's vectors of AES key wrap.
need python3-cryptography-vectors test -e /usr/lib/python3/dist-packages/cryptography_vectors/keywrap/kwtestvectors
# Other HSMs that the tests try, and what shows each call that is made to one.
one_of() { for file in "$@"; do [ ! -e "$file" ] || return 0; done; return 1; }
need libnss3 one_of /usr/lib/*/libsoftokn3.so /usr/lib/*/nss/libsoftokn3.so
need opensc-pkcs11 one_of /usr/lib/*/pkcs11-spy.so
# Sticks.
need dosfstools one_of /usr/sbin/mkfs.vfat /sbin/mkfs.vfat
need exfatprogs one_of /usr/sbin/mkfs.exfat /sbin/mkfs.exfat
need fusefat one_of /usr/bin/fusefat
need exfat-fuse one_of /usr/sbin/mount.exfat-fuse /sbin/mount.exfat-fuse

if $all; then
  need azure-cli command -v az
  need python3-azure /usr/bin/python3 -c 'import azure.identity, azure.keyvault.keys'
  need chromium command -v chromium
fi

if [ ${#missing[@]} -gt 0 ]; then
  mapfile -t missing < <(printf '%s\n' "${missing[@]}" | sort -u)
  install="apt-get install --yes --no-install-recommends ${missing[*]}"
  if ! command -v apt-get >/dev/null; then
    die "these programs are missing: ${missing[*]} (the names are those of Debian's packages); install them and run this again"
  elif [ "$(id -u)" = 0 ]; then
    as_root=()
  elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    as_root=(sudo)
  else
    say 'system packages are missing; run this as root, then this script again:'
    printf 'apt-get update && %s\n' "$install" >&2
    exit 1
  fi
  say "installing ${missing[*]}"
  "${as_root[@]}" apt-get update --quiet=2 >&2
  # shellcheck disable=SC2086 # the words of the command are meant
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive $install --quiet=2 >&2
fi

# --- Dependencies -------------------------------------------------------------------------------------------------------
# Node's headers, where the system has them: then nothing is downloaded to compile the PKCS#11 addon.
if [ -e /usr/include/node/node_api.h ]; then export npm_config_nodedir=/usr; fi

pinned=$(node -p 'require("./package.json").packageManager.replace("pnpm@", "")')
pnpm() {
  if [ "$(command pnpm --version 2>/dev/null)" = "$pinned" ]; then
    command pnpm "$@"
  else
    npx --yes --loglevel=error "pnpm@$pinned" "$@"
  fi
}

stamp=node_modules/.keyferry-setup
wanted=$(cat pnpm-lock.yaml pnpm-workspace.yaml package.json packages/*/package.json conformance/package.json | sha256sum | cut -d ' ' -f 1)
wanted="$wanted $(node -p 'process.versions.modules + " " + process.arch')"
if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
  say 'installing dependencies'
  pnpm install --frozen-lockfile --reporter=append-only >&2
  printf '%s\n' "$wanted" >"$stamp"
fi

# --- Modules for tests --------------------------------------------------------------------------------------------------
# Each folder of test/support/native becomes .setup/NAME.so, with the header of PKCS#11 that pkcs11js brings along.
headers=packages/pkcs11/node_modules/pkcs11js/includes/pkcs11
mkdir -p .setup
for folder in test/support/native/*/; do
  name=$(basename "$folder")
  library=.setup/$name.so
  if [ -e "$library" ] && [ -z "$(find "$folder" scripts/setup.sh -newer "$library")" ]; then continue; fi
  say "compiling $library"
  gcc -std=c17 -O1 -Wall -Wextra -Werror -fPIC -fvisibility=hidden -shared -isystem "$headers" \
    -o "$library.$$" "$folder"*.c -ldl -pthread
  mv "$library.$$" "$library"
done

# --- Build --------------------------------------------------------------------------------------------------------------
node_modules/.bin/tsc --build
stale() { [ -n "$(find scripts/bundle.mjs packages/*/tsconfig.tsbuildinfo conformance/tsconfig.tsbuildinfo -newer "$1/bundle/main.js" 2>&1)" ]; }
if stale packages/import || stale packages/wrap || stale conformance; then
  say 'bundling the programs'
  node scripts/bundle.mjs
fi
say 'ready'
