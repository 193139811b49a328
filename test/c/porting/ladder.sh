#!/bin/sh
# ladder.sh BIN PROGRAM PAGE [EMULATOR...]: run a program of examples/porting over the posix port, with a peer. It must end
# with 0 and print what the page shows: the first block under the heading that begins with the program's number.
set -eu
bin=$1 program=$2 page=$3
shift 3
work=$(mktemp -d)
"$@" "$bin/porting_peer" >"$work/peer" &
peer=$!
trap 'kill $peer; rm -rf "$work"' EXIT
tries=0
until grep -q '^peer at' "$work/peer"; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || { echo "porting_peer does not come up" >&2 && exit 1; }
    sleep 0.1
done
TIRTC_PEER=$(sed -n 's/^peer at //p' "$work/peer")
export TIRTC_PEER

case $program in conformance) number=9 ;; *) number=${program%%_*} ;; esac
awk -v heading="## $number " 'index($0, "## ") == 1 {here = index($0, heading) == 1}
    here && /^```/ {inside = !inside; blocks++; next}
    here && inside && blocks == 1' "$page" >"$work/expected"
[ -s "$work/expected" ] || { echo "$page shows nothing for $program" >&2 && exit 1; }

"$@" "$bin/porting_$program" >"$work/printed" || { cat "$work/printed" && exit 1; }
if [ "$number" = 4 ]; then
    sed 1d "$work/peer" >>"$work/printed" # what the peer says belongs to it
fi
diff -u "$work/expected" "$work/printed"
