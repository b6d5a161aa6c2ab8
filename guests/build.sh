#!/bin/sh
# Builds the guests that the binary embeds and records in dist/manifest.json what they were built from.
#   build.sh          builds with $RUSTC if that is set, else with the toolchain that toolchain.sh puts together
#                     (WASM_GUEST_MODE and WASM_GUEST_PREFIX are its)
#   build.sh --check  fails when the sources or the lock file aren't those of the manifest, or when the programs are
#                     too big together. Bytes of programs are never compared: other compilers make other bytes.
set -eu

programs="busybox pause web"
packages="-p busybox -p pause -p wasipod-guest-web"
target=wasm32-wasip2
# What the programs may weigh together, in bytes.
limit=6000000

cd "$(dirname "$0")"

if command -v sha256sum >/dev/null 2>&1; then
    digest() { sha256sum "$@"; }
elif command -v shasum >/dev/null 2>&1; then
    digest() { shasum -a 256 "$@"; }
else
    echo "build.sh: neither sha256sum nor shasum is there" >&2
    exit 1
fi

# Names and contents of all that a guest is made from, in the order of the names.
sources() {
    {
        find . \( -name target -o -name dist \) -prune -o -type f ! -name '*.md' ! -name Cargo.lock -print
        find ../wit -type f -print
    } | LC_ALL=C sort | while IFS= read -r file; do
        digest "$file"
    done | sed 's/ \*/  /' | digest | cut -d ' ' -f 1
}

lock() {
    digest Cargo.lock | cut -d ' ' -f 1
}

# The value of a field in a program's line of the manifest.
recorded() {
    sed -n "s/^ *\"$1.wasm\": .*\"$2\": \"\{0,1\}\([^\",}]*\).*/\1/p" dist/manifest.json
}

check() {
    if [ ! -f dist/manifest.json ]; then
        echo "build.sh: dist/manifest.json is missing: run guests/build.sh" >&2
        return 1
    fi
    bad=0
    total=0
    now_sources=$(sources)
    now_lock=$(lock)
    for program in $programs; do
        if [ ! -f "dist/$program.wasm" ]; then
            echo "build.sh: dist/$program.wasm is missing: run guests/build.sh" >&2
            bad=1
            continue
        fi
        if [ "$(recorded "$program" sources)" != "$now_sources" ]; then
            echo "build.sh: dist/$program.wasm was built from other sources: run guests/build.sh" >&2
            bad=1
        fi
        if [ "$(recorded "$program" lock)" != "$now_lock" ]; then
            echo "build.sh: dist/$program.wasm was built with another Cargo.lock: run guests/build.sh" >&2
            bad=1
        fi
        total=$((total + $(wc -c <"dist/$program.wasm")))
    done
    if [ "$total" -gt "$limit" ]; then
        echo "build.sh: the programs weigh $total bytes together, more than $limit" >&2
        bad=1
    fi
    return "$bad"
}

build() {
    if [ -z "${RUSTC:-}" ]; then
        bash ./toolchain.sh >&2
        RUSTC=${WASM_GUEST_PREFIX:-${XDG_CACHE_HOME:-$HOME/.cache}/wasm-guest}/bin/rustc
        export RUSTC
    fi
    # Before the build: what changes meanwhile isn't in the programs.
    all_sources=$(sources)
    all_lock=$(lock)
    # shellcheck disable=SC2086 # options of their own
    cargo build --release --locked --target "$target" $packages
    built=${CARGO_TARGET_DIR:-target}/$target/release
    mkdir -p dist
    toolchain=$("$RUSTC" --version)
    comma=
    {
        echo "{"
        for program in $programs; do
            cp "$built/$program.wasm" "dist/$program.wasm"
            bytes=$(($(wc -c <"dist/$program.wasm")))
            printf '%s  "%s.wasm": { "sources": "%s", "lock": "%s", "toolchain": "%s", "bytes": %s }' \
                "$comma" "$program" "$all_sources" "$all_lock" "$toolchain" "$bytes"
            comma=",
"
        done
        printf '\n}\n'
    } >dist/manifest.json.new
    mv dist/manifest.json.new dist/manifest.json
    cat dist/manifest.json
}

case ${1:-} in
--check) check ;;
"") build && check ;;
*)
    echo "usage: build.sh [--check]" >&2
    exit 2
    ;;
esac
