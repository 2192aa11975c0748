#!/bin/sh
# Makes every certificate of this folder again; see README.md.
set -eu
cd "$(dirname "$0")"
export OPENSSL_CONF=/dev/null
san='subjectAltName=DNS:localhost,IP:127.0.0.1'
leaf='basicConstraints=critical,CA:FALSE'
make() { # name, key arguments, then arguments of `openssl req -x509`
    name=$1 keyargs=$2
    shift 2
    # shellcheck disable=SC2086
    openssl genpkey $keyargs -out "$name.key"
    openssl req -x509 -new -key "$name.key" -subj "/CN=localhost" -days 36500 "$@" -out "$name.crt" -config req.cnf
}
printf '[req]\ndistinguished_name=dn\n[dn]\n' > req.cnf
make rsa1024 '-algorithm RSA -pkeyopt rsa_keygen_bits:1024' -sha256 -addext "$san" -addext "$leaf"
make sha1 '-algorithm RSA -pkeyopt rsa_keygen_bits:2048' -sha1 -addext "$san" -addext "$leaf"
make p521 '-algorithm EC -pkeyopt ec_paramgen_curve:P-521' -sha512 -addext "$san" -addext "$leaf"
make rsapss '-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048' -sha256 -addext "$san" -addext "$leaf"
make ed25519 '-algorithm ED25519' -addext "$san" -addext "$leaf"
make selfca '-algorithm RSA -pkeyopt rsa_keygen_bits:2048' -sha256 -addext "$san" -addext 'basicConstraints=critical,CA:TRUE'
make cnonly '-algorithm EC -pkeyopt ec_paramgen_curve:P-256' -sha256 -addext "$leaf"
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out v1.key
openssl req -new -key v1.key -subj /CN=localhost -config req.cnf -out v1.csr
openssl x509 -req -in v1.csr -signkey v1.key -days 36500 -sha256 -out v1.crt
rm v1.csr req.cnf
