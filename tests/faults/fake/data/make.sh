#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The rustc-lto-wrap authors

# Makes the files that the fakes hand out, with Debian 13's real tools, from crate.rs, plain.rs, asserting.rs and helpers.c.
# Usage: make.sh, in a directory with these.
set -euo pipefail
flags=(--target=x86_64-linux-gnu -O2 -ffreestanding -fno-asynchronous-unwind-tables -g0)
rust=(--edition=2021 --crate-type=rlib -Copt-level=2 -Cpanic=abort -Ccodegen-units=1 -Cforce-unwind-tables=n -Cembed-bitcode=n -Crelocation-model=static)
rustc "${rust[@]}" --emit=llvm-bc=crate.bc crate.rs
rustc "${rust[@]}" --emit=llvm-bc=plain.bc plain.rs
rustc "${rust[@]}" --emit=llvm-bc=asserting.bc asserting.rs
rustc "${rust[@]}" --emit=obj=asserting.o asserting.rs # needs a symbol that nothing defines
rustc "${rust[@]}" --emit=obj=left.o crate.rs     # calls both helpers
rustc "${rust[@]}" --emit=obj=plain.o plain.rs
clang "${flags[@]}" -S -emit-llvm -o helpers.ll helpers.c
clang "${flags[@]}" -c -o helpers.o helpers.c
sed 's/^define dso_local/define available_externally dso_local/; s/^attributes #[01] = {/& alwaysinline/' helpers.ll > treated.ll
llvm-as treated.ll -o helpers.bc
llvm-link --only-needed --suppress-warnings -o merged.bc crate.bc helpers.bc
clang "${flags[@]}" -Wno-override-module -c merged.bc -o inlined.o # calls none
rm treated.ll
