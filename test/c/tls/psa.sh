#!/bin/sh
# psa.sh COMPILER NM ROOT INCLUDE: with an mbedTLS that works by PSA, the TLS port starts PSA, and the posix port, which
# uses TLS on more than one thread, does not compile unless PSA has locks.
set -eu
compiler=$1
nm=$2
root=$3
include=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

compile() { # CONFIGURATION SOURCE
    printf '%s\n' "$1" >"$work/user_config.h"
    "$compiler" -std=c11 -DTIRTC_HAS_TLS "-DMBEDTLS_USER_CONFIG_FILE=\"$work/user_config.h\"" -isystem "$include" \
        -I "$root/include" -c "$root/native/port/$2" -o "$work/object.o" 2>"$work/errors"
}

fail() {
    echo "$1" >&2
    cat "$work/errors" >&2
    exit 1
}

psa='#define MBEDTLS_USE_PSA_CRYPTO'
no_locks='
#undef MBEDTLS_THREADING_C
#undef MBEDTLS_THREADING_PTHREAD'

compile "$psa" tls/tls_trust.c || fail 'tls_trust.c does not compile with MBEDTLS_USE_PSA_CRYPTO'
"$nm" "$work/object.o" | grep -q ' U _*psa_crypto_init$' || fail 'tls_trust.c does not start PSA'
compile "#undef MBEDTLS_SSL_PROTO_TLS1_3$no_locks" posix/posix_tls.c || fail 'posix_tls.c does not compile without PSA'
! compile "$psa$no_locks" posix/posix_tls.c || fail 'posix_tls.c compiles with PSA and without locks'
grep -q 'MBEDTLS_THREADING_C' "$work/errors" || fail 'the error of posix_tls.c does not name MBEDTLS_THREADING_C'
