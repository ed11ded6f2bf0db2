#!/bin/sh
# Makes sure that the browser tests have a Chromium, where this machine lets us install one: rather the build
# without windows of its own, which shows the same pages for three quarters of the work.
set -u
has() { command -v "$1" >/dev/null 2>&1; }
has chromium-headless-shell && exit 0
if has apt-get; then
  as_root=""
  [ "$(id -u)" = 0 ] || as_root="sudo -n"
  echo "Installing Chromium for the browser tests…"
  $as_root apt-get update -qq >/dev/null 2>&1
  for package in chromium-headless-shell chromium; do
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq "$package" >/dev/null 2>&1 && exit 0
  done
fi
has chromium || has chromium-browser || has google-chrome \
  || echo "Chromium could not be installed: the browser tests need one."
exit 0
