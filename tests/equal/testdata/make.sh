#!/bin/bash
# Makes the objects of this folder from source.c, with clang and llvm-objdump of LLVM 19, and their disassembly.
# Usage: make.sh, in this folder.
set -euo pipefail
flags=(-O2 -ffreestanding -fno-asynchronous-unwind-tables -g0 -fno-addrsig -fno-pic -c source.c)
hardened=(-fcf-protection=branch -mretpoline-external-thunk -mfunction-return=thunk-extern -fsanitize=kcfi -fstack-protector-strong)
make() { # NAME TARGET FLAG...
  local name=$1 target=$2; shift 2
  clang --target="$target" "${flags[@]}" "$@" -o "$name.o"
  llvm-objdump -d --no-show-raw-insn --no-leading-addr "$name.o" >"$name.dis"
}
make plain x86_64-linux-gnu
make hardened x86_64-linux-gnu "${hardened[@]}"
make padded x86_64-linux-gnu "${hardened[@]}" -fpatchable-function-entry=16,16
make changed x86_64-linux-gnu "${hardened[@]}" -DCHANGED
make kcfi x86_64-linux-gnu -fsanitize=kcfi
make fentry x86_64-linux-gnu -pg -mfentry
make sanitized x86_64-linux-gnu -fsanitize=kernel-address -mllvm -asan-instrumentation-with-call-threshold=0 -fsanitize-coverage=trace-pc
make debug x86_64-linux-gnu -gdwarf-5 -gdwarf-aranges -faddrsig
make called x86_64-linux-gnu -gdwarf-5 -DCALLED
make inlined x86_64-linux-gnu -gdwarf-5 -DINLINED
make stripped x86_64-linux-gnu -g0 -DINLINED
make lineless x86_64-linux-gnu -gdwarf-5 -DINLINED -DLINELESS
make arm64-plain aarch64-linux-gnu
make arm64-hardened aarch64-linux-gnu -mbranch-protection=bti -fsanitize=kcfi -fpatchable-function-entry=4,2
