# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The rustc-lto-wrap authors

# make            the two programs, into bin/, and their manual pages and completion, into build/
# make install    into DESTDIR/PREFIX
# make uninstall
# make demo       a real kernel's Rust code, built without and with the shims, and what was inlined
# make ab         a kernel without and with the helpers inlined: built, booted, tested and compared
#                 KERNEL=VERSION of the lab (the newest there) or FOLDER of sources, CONFIG='FILE...' merged onto tinyconfig
#                 (tests/lab/x86_64.config), ROUNDS=N builds of each for the times (3),
#                 FORMAT=table|markdown|html, OUT=FILE
# make test       the proof: lint, the quick tests, a small tree with real tools, and a kernel that is built and booted without and with
#                 the shims; the kernel lab that it needs is made where it is missing. 6 minutes, and 12 the first time
# make test-all   all tests; half an hour, and 45 minutes the first time
# make bench      what the shims cost, side by side with the bare tools, ccache and the kernel's own option; about 20 minutes
#                 with the lab's kernels built. BENCH= names parts (passthrough crates kernel time), ROUNDS= how often
# make matrix     kernels of many configurations, architectures and compilers, without and with the shims, and what must be equal
#                 (docs/matrix.md). PARTS= names cells (7.3/arm64, gcc, boot); what has a result is not built again
# make recipes    the recipes in docs/recipes, followed in a fresh Debian
# make lint       gofmt, go vet, staticcheck, shellcheck, codespell
# make dist       a release, into dist/: an archive of the sources with everything that is linked in, archives of the
#                 programs for each of ARCHES, and checksums
# make packages   packages for Debian, Fedora, Alpine and Arch Linux, into dist/, for this machine's architecture or those in
#                 ARCHES; FORMATS= names some of deb rpm apk archlinux, MAINTAINER= who is named in them
# make clean
#
# VERSION is what the programs call themselves: by default what install/version.sh says.
# Without Go, make in a checkout installs it (Debian, Ubuntu; as root). In an archive of a release it does not, and needs no
# network. make demo, ab, bench, matrix, recipes, test, test-all and lint install what they need in both.

PREFIX ?= /usr/local
DESTDIR ?=
# sudo -E, and su -m leave root with the HOME of a user, who could not use again what root's Go keeps there.
ifeq ($(shell [ "$$(id -u)" != 0 ] || [ "$$(stat -Lc %u "$$HOME" 2>/dev/null || echo 0)" = 0 ] || echo other),other)
  export HOME := $(or $(shell getent passwd 0 | cut -d: -f6),/root)
endif
# The recipes quote paths, in which no shell expands ~.
override PREFIX := $(patsubst ~/%,$(HOME)/%,$(PREFIX))
override DESTDIR := $(patsubst ~/%,$(HOME)/%,$(DESTDIR))
PROGRAMS := rustc-lto-wrap cc-helper-wrap
VERSION = $(shell install/version.sh)
# CI passes a variable on that may be empty, which is as good as none.
ifeq ($(origin VERSION),command line)
  ifeq ($(strip $(VERSION)),)
    override VERSION = $(shell install/version.sh)
  else ifneq ($(words $(VERSION)),1)
    $(error VERSION is "$(VERSION)", and must be one word, as in make VERSION=1.2.3)
  endif
endif
ARCHES = amd64 arm64 riscv64 s390x ppc64le
# Where the programs are built, and install takes them from.
BIN = bin

SHARE = $(DESTDIR)$(PREFIX)/share
DOC = $(SHARE)/doc/rustc-lto-wrap
MAN = $(SHARE)/man/man1
# Where the shells look. ZSH is what zsh's own build has; Debian's zsh looks in vendor-completions besides.
BASH = $(SHARE)/bash-completion/completions
ZSH = $(SHARE)/zsh/site-functions
FISH = $(SHARE)/fish/vendor_completions.d

# CGO_ENABLED=0: one file each, that runs on any distribution. -s -w: no symbol table and no debug information, which a
# program that is started for each compilation need not carry; a panic still has its stack trace. The other options make the
# programs depend on the sources, the version and Go's version alone, and not on where and from which repository they are built.
GO_LDFLAGS = -s -w -buildid=
GO_BUILD = CGO_ENABLED=0 $$go build -trimpath -buildvcs=false \
	-ldflags='$(GO_LDFLAGS) -X rustc-lto-wrap/shim/version.stamp=$(VERSION)'

.PHONY: all programs share install uninstall demo ab test test-all bench matrix recipes lint dist packages clean

all: programs share

programs:
	@go=$$(install/setup.sh build) && $(GO_BUILD) -o $(BIN)/ ./cmd/... && install/owner.sh $(BIN) build

# What make itself runs is for this machine, whatever GOARCH says of the programs.
GO_RUN = env -u GOOS -u GOARCH $$go run

share:
	@go=$$(install/setup.sh build) && mkdir -p build/doc && \
	$(GO_RUN) ./install/licenses -go "$$go" >build/doc/LICENSES.linked && \
	$(GO_RUN) ./install/manual -version '$(VERSION)' -date "$$(install/version.sh date)" -out build && install/owner.sh build

install: all
	install -d '$(DESTDIR)$(PREFIX)/bin' '$(DOC)/docs/recipes' '$(DOC)/docs/dev' '$(DOC)/tests/lab' '$(MAN)' '$(BASH)' '$(ZSH)' '$(FISH)'
	install -m 755 $(addprefix $(BIN)/,$(PROGRAMS)) '$(DESTDIR)$(PREFIX)/bin'
	install -m 644 README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md LICENSE build/doc/LICENSES.linked '$(DOC)'
	install -m 644 docs/*.md docs/*.svg '$(DOC)/docs'
	install -m 644 docs/recipes/*.md '$(DOC)/docs/recipes'
	install -m 644 docs/dev/*.md '$(DOC)/docs/dev'
	install -m 644 tests/README.md '$(DOC)/tests'
	install -m 644 tests/lab/README.md '$(DOC)/tests/lab'
	install -m 644 $(PROGRAMS:%=build/man/man1/%.1) '$(MAN)'
	install -m 644 $(PROGRAMS:%=build/completions/bash/%) '$(BASH)'
	install -m 644 $(PROGRAMS:%=build/completions/zsh/_%) '$(ZSH)'
	install -m 644 $(PROGRAMS:%=build/completions/fish/%.fish) '$(FISH)'

uninstall:
	rm -f $(PROGRAMS:%='$(DESTDIR)$(PREFIX)/bin/%')
	rm -rf '$(DOC)'
	rm -f $(PROGRAMS:%='$(MAN)/%.1') $(PROGRAMS:%='$(BASH)/%') $(PROGRAMS:%='$(ZSH)/_%') $(PROGRAMS:%='$(FISH)/%.fish')

# A program of its own, so that what make is told (SIGTERM), it hears: go run would not pass it on.
AB = go=$$(install/setup.sh install) && $$go build -buildvcs=false -o bin/ab ./tests/ab && install/owner.sh bin && exec bin/ab

ab: programs
	@$(AB) $(if $(KERNEL),-kernel '$(KERNEL)') -config '$(CONFIG)' \
		-rounds '$(or $(ROUNDS),3)' -format '$(or $(FORMAT),table)' -out '$(OUT)'

demo: programs
	@$(AB) -demo

test:
	@go=$$(install/setup.sh test) && GO=$$go tests/run.sh

test-all:
	@go=$$(install/setup.sh test) && GO=$$go tests/run.sh all

bench:
	@go=$$(install/setup.sh install) && $$go run ./tests/bench $(if $(ROUNDS),-rounds $(ROUNDS)) $(BENCH)

matrix: programs
	@go=$$(install/setup.sh install) && $$go build -buildvcs=false -o bin/matrix ./tests/matrix && install/owner.sh bin && exec bin/matrix $(PARTS)

recipes:
	@go=$$(install/setup.sh test) && GO=$$go tests/run.sh recipes

lint:
	@go=$$(install/setup.sh lint) && GO=$$go tests/run.sh lint

dist:
	@go=$$(install/setup.sh build) && GO=$$go install/dist.sh '$(VERSION)' $(ARCHES)

# make exports what its command line sets: packages.sh has MAINTAINER and FORMATS, in which quotes may be.
packages:
	@go=$$(install/setup.sh build) && GO=$$go install/packages.sh '$(VERSION)' $(if $(filter command line,$(origin ARCHES)),$(ARCHES),$$($$go env GOHOSTARCH))

clean:
	rm -rf $(BIN) build
