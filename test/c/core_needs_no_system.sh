#!/bin/sh
# core_needs_no_system.sh NM OBJECT...: the objects of base, wire, crypto and core call one another and <string.h>,
# nothing else: no allocation, no clock, no file, no socket. clang uses bcmp for a memcmp whose order is not used;
# processors without a division have the compiler's own, and MIPS names its table of globals.
set -eu
nm=$1
shift
[ $# -gt 10 ]
wanted=$("$nm" -u -P "$@" | awk 'NF > 1 {print $1}' | sort -u)
echo "$wanted" | grep -q '^ti_' || { echo "no ti_* symbol is wanted: is nm right?" >&2 && exit 1; }
allowed='ti_[a-z0-9_]+|tirtc_[a-z0-9_]+|mem(chr|cmp|cpy|move|set)|bcmp|strlen'
compilers='_GLOBAL_OFFSET_TABLE_|_gp_disp|__aeabi_u?idiv(mod)?'
if strangers=$(echo "$wanted" | grep -vxE "$allowed|$compilers"); then
    echo "the core calls $strangers" >&2
    exit 1
fi
