#!/usr/bin/env bash
# Installs the Debian packages that some tests need and that npm cannot bring: Chromium, for the tests of the dashboard's
# page. Without them those tests are left out, and say so. It needs root and a Debian mirror; where it cannot install,
# it says why and succeeds all the same, because nothing else depends on it.
set -u

packages=(chromium)

missing=()
for package in "${packages[@]}"; do
  dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
if [ "${#missing[@]}" -eq 0 ]; then
  echo "debian-packages: ${packages[*]}: installed already"
  exit 0
fi
if ! command -v apt-get >/dev/null; then
  echo "debian-packages: no apt-get here: install ${missing[*]} in another way, or the tests that need them are left out" >&2
  exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "debian-packages: not root: \`sudo apt-get install ${missing[*]}\`, or the tests that need them are left out" >&2
  exit 0
fi
export DEBIAN_FRONTEND=noninteractive
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
if apt-get update -qq >"$log" 2>&1 && apt-get install -y -qq --no-install-recommends "${missing[@]}" >>"$log" 2>&1; then
  echo "debian-packages: installed ${missing[*]}"
else
  tail -n 3 "$log" >&2
  echo "debian-packages: ${missing[*]} could not be installed: the tests that need them are left out" >&2
fi
exit 0
