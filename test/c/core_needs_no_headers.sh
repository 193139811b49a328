#!/bin/sh
# core_needs_no_headers.sh COMPILER ROOT [FLAG...]: base, wire, crypto and core compile with no header on the path but those
# that every C compiler brings (stdint.h and its like), and a string.h of five functions. No C library is needed.
set -eu
compiler=$1
root=$2
shift 2
freestanding=$("$compiler" -print-file-name=include)
[ -e "$freestanding/stdint.h" ] || { echo "$compiler has no freestanding stdint.h in '$freestanding'" >&2 && exit 1; }
sources=$(grep -E '^native/(base|wire|crypto|core)/' "$root/native/sources.txt")
[ "$(echo "$sources" | wc -l)" -gt 20 ]
for source in $sources; do
    "$compiler" "$@" -std=c11 -Wall -Wextra -Werror -ffreestanding -nostdinc -isystem "$freestanding" \
        -isystem "$root/test/c/freestanding" -I"$root/include" -fsyntax-only "$root/$source"
done
echo "$(echo "$sources" | wc -l) sources"
