#!/usr/bin/env bash
# Runs the shell commands of docs/guide and docs/install.md unchanged. Needs mosquitto and mosquitto-clients, and the
# ports of the commands: 1883, 8080, 8081.
. "$(dirname "$0")/shell_blocks.sh"
gateway=docs/guide/gateway.md

run docs/guide/README.md '# Guides' 1 | grep 'a picture'
run docs/guide/tokens.md '## Without TypeScript' 1 | grep '"camera-1"'
run docs/guide/ci.md '## A program of yours' 1
grep -q '<testsuite' build/report.xml

run docs/install.md '# Installing the package' 1
mkdir ../project
cp device.ts ../project/device.mts
pushd ../project
run ../tirtc-emulator/docs/install.md '# Installing the package' 2
"$root/node_modules/.bin/tsx" device.mts | grep 'a picture'
popd

start 'endpoint=http' $gateway '## Programs to start from' 1
start 'started=' $gateway '## Programs to start from' 2

start 'serving http' $gateway '### Snapshots over HTTP' 1
run $gateway '### Snapshots over HTTP' 2
[ "$(head -c 2 snapshot.jpg | od -An -tx1)" = ' ff d8' ]
stop

start 'recording .*\.alaw' $gateway '### A recorder' 1
stop
find recording -name 'audio-1-*.alaw' -size +0 | grep .

start 'all audio is sent' $gateway '### Talk-back' 1
stop
said=examples/media/sine-440hz-8khz.alaw
cmp -n "$(stat -c %s $said)" $said spoken/connection-*/audio-1.alaw
[ -s heard.alaw ]

start 'running' $gateway '### MQTT' 1
start 'connected to' $gateway '### MQTT' 2
[ "$(run $gateway '### MQTT' 3)" = hello ]
stop
echo 'The shell commands of docs/guide work.'
