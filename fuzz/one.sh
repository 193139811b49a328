#!/bin/sh
# Fuzzes one target, for run.sh, which sets seconds, out and bin.
target=$1
log=$out/$target.log
case $target in
conversation | peer) most_bytes=1024 ;; # a longer script only takes longer
*) most_bytes=8192 ;;
esac
if LLVM_PROFILE_FILE=/dev/null "$bin/$target" -max_total_time="$seconds" -max_len=$most_bytes -timeout=25 \
    -verbosity=0 -print_final_stats=1 -artifact_prefix="$out/failed/$target-" "$out/inputs/$target" \
    "$out/kept/$target" 2>"$log"; then
    tried=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    echo "fuzz: $target for $seconds s, inputs tried: $tried"
else
    cat "$log" >&2
    : >"$out/failed/$target.mark"
fi
