#!/bin/sh
# dates_have_64_bits.sh NM OBJECT...: where words have 32 bits, the library asks for the time in 64: the C library's other
# functions end in 2038.
set -eu
nm=$1
shift
wanted=$("$nm" -u -P "$@" | awk 'NF > 1 {print $1}' | sort -u)
echo "$wanted" | grep -qE '^__clock_gettime64$' || { echo "nothing asks for __clock_gettime64" >&2 && exit 1; }
if narrow=$(echo "$wanted" | grep -xE 'clock_gettime|gmtime_r|localtime_r|time|gettimeofday|mktime'); then
    echo "32-bit dates: $narrow" >&2
    exit 1
fi
