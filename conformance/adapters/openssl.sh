#!/bin/sh
# The adapter of plain openssl (docs/adapter-contract.md): a BYOK tool in software, for practice alone. The keys lie in the
# folder of the run; an AES key stands on the command line of openssl for a moment.
set -eu
umask 077
: "${KEYFERRY_ADAPTER_STATE:?it names the folder of the run}"

refuse() { printf '%s\n' "$*" >&2; exit 1; }
base64url() { base64 | tr -d '\n=' | tr '+/' '-_'; }
hex() { od -An -v -tx1 "$1" | tr -d ' \n'; }

capabilities() {
  version=$(openssl version | cut -d ' ' -f 2)
  cat <<JSON
{ "contract": "1", "name": "openssl", "version": "$version", "program": "$(command -v openssl)",
  "keyTypes": ["rsa-2048", "rsa-3072", "rsa-4096", "ec-p256", "ec-p384", "ec-p521", "ec-secp256k1", "aes-128", "aes-192", "aes-256"],
  "kekSizes": [2048, 3072, 4096], "mechanisms": ["RSA-OAEP", "id-aes256-wrap-pad"], "oct": true,
  "kekAttributes": false, "thumbprint": true, "provision": true, "objects": true }
JSON
}

# The RFC 7638 thumbprint of an RSA key with the exponent 65537 and a modulus of so many bytes. RSAPublicKey ends in both.
thumbprint() { # thumbprint PEM BYTES
  n=$(openssl rsa -pubin -in "$1" -RSAPublicKey_out -outform DER 2>/dev/null | tail -c $(($2 + 5)) | head -c "$2" | base64url)
  digest=$(printf '{"e":"AQAB","kty":"RSA","n":"%s"}' "$n" | openssl dgst -sha256 -binary | base64url)
  printf 'urn:ietf:params:oauth:jwk-thumbprint:sha-256:%s' "$digest"
}

check_kek() { # check_kek PEM
  ! grep -q 'PRIVATE KEY' "$1" || refuse 'the KEK is a private key: its private part should never have left the vault'
  text=$(openssl pkey -pubin -in "$1" -noout -text 2>/dev/null) || refuse 'the KEK cannot be read'
  modulus=$(openssl rsa -pubin -in "$1" -noout -modulus 2>/dev/null) || refuse 'the KEK is no RSA key'
  modulus=${modulus#Modulus=}
  case $text in
    *'(2048 bit)'* | *'(3072 bit)'* | *'(4096 bit)'*) ;;
    *) refuse 'the KEK has no size that Azure has: 2048, 3072 or 4096 bits' ;;
  esac
  case $text in *'Exponent: 65537 '*) ;; *) refuse 'the public exponent of the KEK is not 65537' ;; esac
  case $modulus in *[02468ACE]) refuse 'the modulus of the KEK is even' ;; esac
  confirmed=$(cat "$(dirname "$1")/kek.thumbprint")
  [ "$(thumbprint "$1" $((${#modulus} / 2)))" = "$confirmed" ] || refuse 'the KEK is not the one of its thumbprint'
}

check_kid() { # check_kid KID KIND
  printf '%s\n' "$1" | grep -Eqx 'https://[a-z0-9-]+\.(vault|managedhsm)\.azure\.net/keys/[0-9A-Za-z-]+/[0-9a-f]{32}' ||
    refuse 'the kid is not that of a version of a key in a Key Vault or Managed HSM'
  case "$2 $1" in 'aes '*.vault.azure.net/*) refuse 'a Key Vault keeps no AES keys' ;; esac
}

wrap() { # wrap --kek-pem F --kid URL --target ID --out FILE
  pem=$2 kid=$4 target=$6 out=$8
  key=$KEYFERRY_ADAPTER_STATE/$target
  [ -e "$key.kind" ] || refuse "there is no key $target"
  read -r kind extractable <"$key.kind"
  [ "$extractable" = yes ] || refuse "the key $target must not leave"
  check_kek "$pem"
  check_kid "$kid" "$kind"
  [ ! -e "$out" ] || refuse "it is there already: $out"
  [ -d "$(dirname "$out")" ] || refuse "there is no such folder: $(dirname "$out")"

  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  openssl rand -out "$work/aes" 32
  openssl pkeyutl -encrypt -pubin -inkey "$pem" -in "$work/aes" -out "$work/first" \
    -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha1 -pkeyopt rsa_mgf1_md:sha1
  openssl enc -id-aes256-wrap-pad -K "$(hex "$work/aes")" -iv A65959A6 -in "$key.bytes" -out "$work/second"
  printf '{"schema_version":"1.0.0","header":{"kid":"%s","alg":"dir","enc":"CKM_RSA_AES_KEY_WRAP"},"ciphertext":"%s","generator":"openssl; PRACTICE"}' \
    "$kid" "$(cat "$work/first" "$work/second" | base64url)" >"$work/blob"
  mv "$work/blob" "$out"
}

provision() { # provision --pkcs8 F --target ID --extractable yes|no
  kind=key
  [ "$1" = --pkcs8 ] || kind=aes
  cp "$2" "$KEYFERRY_ADAPTER_STATE/$4.bytes"
  printf '%s %s\n' "$kind" "$6" >"$KEYFERRY_ADAPTER_STATE/$4.kind"
}

remove() { # remove --target ID
  [ -e "$KEYFERRY_ADAPTER_STATE/$2.kind" ] || refuse "there is no key $2"
  rm "$KEYFERRY_ADAPTER_STATE/$2.bytes" "$KEYFERRY_ADAPTER_STATE/$2.kind"
}

objects() { find "$KEYFERRY_ADAPTER_STATE" -name '*.kind' | wc -l; }

command=${1-}
[ $# = 0 ] || shift
case $command in
  capabilities | wrap | provision | remove | objects) "$command" "$@" ;;
  *) exit 77 ;;
esac
