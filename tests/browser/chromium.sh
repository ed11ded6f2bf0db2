#!/bin/sh
# Makes sure that the browser tests have a Chromium, where this machine lets us install one.
set -u
for name in chromium chromium-browser google-chrome; do
  command -v "$name" >/dev/null 2>&1 && exit 0
done
command -v apt-get >/dev/null 2>&1 || { echo "No Chromium found: the browser tests need one."; exit 0; }
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo -n"
echo "Installing Chromium for the browser tests…"
$as_root apt-get update -qq >/dev/null 2>&1
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq chromium >/dev/null 2>&1 \
  || echo "Chromium could not be installed: the browser tests need one."
exit 0
