#!/bin/sh
# Makes the zip that AWS Lambda runs on provided.al2023.
#
#   package.sh FOLDER_OF_BINARIES OUTPUT_FOLDER
#
# The folder holds `hearth` and `hearth_lambda_bootstrap`. The zip holds both (the latter as
# `bootstrap`), in lib/ every shared library that they need and the loader that belongs to it, and
# the certificates to trust. The same binaries give the same bytes.
set -eu

[ "$#" = 2 ] || { echo "usage: package.sh FOLDER_OF_BINARIES OUTPUT_FOLDER" >&2; exit 2; }
binaries=$1
output=$2

case $(uname -m) in
  x86_64) architecture=x86_64 ;;
  aarch64 | arm64) architecture=arm64 ;;
  *) echo "package.sh: AWS Lambda has no machines of type $(uname -m)" >&2; exit 1 ;;
esac

staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT
task=$staging/task
mkdir -p "$task/lib" "$output"

install -m 755 "$binaries/hearth_lambda_bootstrap" "$task/bootstrap"
install -m 755 "$binaries/hearth" "$task/hearth"
install -m 644 /etc/ssl/certs/ca-certificates.crt "$task/ca-certificates.crt"

# libcurl is opened by name when it is first needed, so no list of what hearth is linked to has it.
curl=$(pkg-config --variable=libdir libcurl)/libcurl.so.4
install -m 644 "$curl" "$task/lib/"

libraries=$(ldd "$task/hearth" "$curl")
if echo "$libraries" | grep 'not found' >&2; then exit 1; fi
# `name => /path (address)`, and `/path (address)` for the loader.
echo "$libraries" | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | sort -u |
  while read -r library; do install -m 644 "$library" "$task/lib/"; done
loader=$(echo "$libraries" | awk '$1 ~ /^\/.*\/ld-linux/ { print $1; exit }')
install -m 755 "$loader" "$task/lib/loader"

strip "$task/hearth"
find "$task/lib" -type f -exec strip --strip-unneeded {} +

# Nothing of the zip tells when or by whom it was made.
zip=$(cd "$output" && pwd)/hearth-lambda-$architecture.zip
rm -f "$zip"
export TZ=UTC LC_ALL=C
find "$task" -exec touch -d '2000-01-01 00:00:00' {} +
(cd "$task" && find . -type f | sort | zip -X -D -9 -q "$zip" -@)

echo "$zip: $(du -k "$zip" | cut -f 1) KiB, unpacked $(du -sk "$task" | cut -f 1) KiB" \
  "(AWS Lambda takes 51200 KiB, unpacked 256000 KiB)"
