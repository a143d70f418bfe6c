#!/bin/sh
# A beginning for an adapter of your BYOK tool (docs/adapter-contract.md). Fill in what is marked by TODO, and try it by hand:
#   ./adapter.sh capabilities
#   keyferry-conformance producer --adapter ./adapter.sh --targets targets.json
set -eu

MADE=0 REFUSED=1 UNSUPPORTED=77

capabilities() {
  # TODO: what your tool can do. Claim no more: each claim is tried.
  cat <<'JSON'
{ "contract": "1", "name": "my tool", "version": "0.0",
  "keyTypes": ["rsa-2048", "ec-p256"], "kekSizes": [2048, 3072, 4096], "mechanisms": ["CKM_RSA_AES_KEY_WRAP"],
  "oct": false, "kekAttributes": false, "thumbprint": false, "provision": false, "objects": false }
JSON
}

wrap() {
  # The words come in this order: --kek-pem F --kid URL --target ID --out FILE
  pem=$2 kid=$4 target=$6 out=$8
  # TODO: the command of your tool. Its PIN comes from a file: KEYFERRY_MYTOOL_PIN_FILE passes to this adapter.
  status=0
  "${KEYFERRY_MYTOOL:-my-byok-tool}" --kek "$pem" --kek-id "$kid" --key "$target" --output "$out" || status=$?
  # TODO: which of its exit statuses mean that it refused, with a reason on stderr? All others are crashes.
  case $status in
    0) exit "$MADE" ;;
    1 | 2) exit "$REFUSED" ;;
    *) exit "$status" ;;
  esac
}

command=${1-}
[ $# = 0 ] || shift
case $command in
  capabilities | wrap) "$command" "$@" ;;
  *) exit "$UNSUPPORTED" ;;
esac
