# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The rustc-lto-wrap authors

# make            the two programs, into bin/
# make install    into DESTDIR/PREFIX/bin
# make demo       a real kernel's Rust code, built without and with the shims, and what was inlined
# make ab         a kernel without and with the helpers inlined: built, booted, tested and compared
#                 KERNEL=VERSION of tests/lab/kernels (the last there) or FOLDER of sources, CONFIG='FILE...' merged onto tinyconfig
#                 (tests/lab/x86_64.config), ROUNDS=N builds of each for the times (3),
#                 FORMAT=table|markdown|html, OUT=FILE
# make test       all tests; the kernel lab that they need is made where it is missing
# make bench      what the shims cost, side by side with the bare tools, ccache and the kernel's own option; about 20 minutes
#                 with the lab's kernels built. BENCH= names parts (passthrough growth crates kernel time; search
#                 only where it is named), ROUNDS= how often
# make matrix     kernels of many configurations, architectures and compilers, without and with the shims, and what must be equal
#                 (docs/matrix.md). PARTS= names cells (7.3/arm64, gcc, boot); what has a result is not built again
# make lint       gofmt, go vet, staticcheck
# make clean

PREFIX ?= /usr/local
DESTDIR ?=
PROGRAMS := rustc-lto-wrap cc-helper-wrap

.PHONY: all install uninstall demo ab test bench matrix lint clean

# CGO_ENABLED=0: one file each, that runs on any distribution. -s -w: no symbol table and no debug information, which a
# program that is started for each compilation need not carry; a panic still has its stack trace.
all:
	@go=$$(install/setup.sh build) && CGO_ENABLED=0 $$go build -trimpath -ldflags='-s -w' -o bin/ ./cmd/...

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/doc/rustc-lto-wrap/docs
	install -m 755 $(addprefix bin/,$(PROGRAMS)) $(DESTDIR)$(PREFIX)/bin
	install -m 644 README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md LICENSE $(DESTDIR)$(PREFIX)/share/doc/rustc-lto-wrap
	install -m 644 docs/*.md $(DESTDIR)$(PREFIX)/share/doc/rustc-lto-wrap/docs

uninstall:
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/bin/,$(PROGRAMS))
	rm -rf $(DESTDIR)$(PREFIX)/share/doc/rustc-lto-wrap

# A program of its own, so that what make is told (SIGTERM), it hears: go run would not pass it on.
ab: all
	@go=$$(install/setup.sh build) && $$go build -o bin/ab ./tests/ab && exec bin/ab $(if $(KERNEL),-kernel '$(KERNEL)') -config '$(CONFIG)' \
		-rounds '$(or $(ROUNDS),3)' -format '$(or $(FORMAT),table)' -out '$(OUT)'

demo: all
	@go=$$(install/setup.sh build) && $$go run ./tests/demo -bin bin

test:
	@go=$$(install/setup.sh test) && GO=$$go tests/run.sh

bench:
	@go=$$(install/setup.sh build) && $$go run ./tests/bench $(if $(ROUNDS),-rounds $(ROUNDS)) $(BENCH)

matrix: all
	@go=$$(install/setup.sh build) && $$go build -o bin/matrix ./tests/matrix && exec bin/matrix $(PARTS)

lint:
	@go=$$(install/setup.sh build) && GO=$$go tests/run.sh lint

clean:
	rm -rf bin
