# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The rustc-lto-wrap authors

# make            build the two programs into bin/, and their manual pages and completion into build/
# make install    install them into DESTDIR/PREFIX
# make uninstall  remove what make install installs
# make demo       build a real kernel's Rust code without and with the shims, and show what was inlined
# make ab         build a kernel without and with helpers inlined, boot and test both, and compare them
#                 KERNEL=VERSION in the lab (default: the newest) or DIRECTORY of sources, CONFIG='FILE...' merged onto tinyconfig
#                 (default: tests/lab/x86_64.config), ROUNDS=N builds of each for the times (default: 3),
#                 FORMAT=table|markdown|html, OUT=FILE
# make test       the proof: lint, the quick tests, a small tree with real tools, and a kernel that is built and booted without
#                 and with the shims; it creates the kernel lab if that is missing. 6 minutes, 12 the first time
# make test-all   all tests; 40 minutes, an hour the first time
# make bench      measure the shims next to the unwrapped tools, ccache and the kernel's own option; about 20 minutes once the
#                 lab's kernels are built. BENCH= names parts (passthrough crates kernel time instructions), ROUNDS= how
#                 often. instructions runs only where it is named, for MACHINES= (arm64; several with commas)
# make matrix     build kernels of many configurations, architectures and compilers without and with the shims, and compare what
#                 must be equal (docs/matrix.md). PARTS= names cells (7.3/arm64, gcc, boot); cells with a result are skipped
# make recipes    follow the recipes in docs/recipes on a fresh Debian
# make lint       gofmt, go vet, staticcheck, shellcheck, codespell, and govulncheck if its database can be reached
# make dist       make a release in dist/: an archive of the sources with everything that is linked in, an archive of the
#                 programs for each of ARCHES, and checksums
# make packages   make packages for Debian, Fedora, Alpine and Arch Linux in dist/, for this machine's architecture or those in
#                 ARCHES; FORMATS= selects some of deb rpm apk archlinux, MAINTAINER= sets the maintainer
# make clean      remove bin/ and build/
#
# VERSION is the version that the programs report: by default the output of install/version.sh.
# If Go is missing, make in a checkout installs it (Debian, Ubuntu; as root). In a release archive it does not, and needs no
# network. make demo, ab, bench, matrix, recipes, test, test-all and lint install what they need in both.

PREFIX ?= /usr/local
DESTDIR ?=
# sudo -E and su -m leave root with a user's HOME; that user could not use the files that root's Go would cache there.
ifeq ($(shell [ "$$(id -u)" != 0 ] || [ "$$(stat -Lc %u "$$HOME" 2>/dev/null || echo 0)" = 0 ] || echo other),other)
  export HOME := $(or $(shell getent passwd 0 | cut -d: -f6),/root)
endif
# The recipes quote paths, so that no shell expands ~.
override PREFIX := $(patsubst ~/%,$(HOME)/%,$(PREFIX))
override DESTDIR := $(patsubst ~/%,$(HOME)/%,$(DESTDIR))
PROGRAMS := rustc-lto-wrap cc-helper-wrap
VERSION = $(shell install/version.sh)
# CI may pass an empty variable, which counts as none.
ifeq ($(origin VERSION),command line)
  ifeq ($(strip $(VERSION)),)
    override VERSION = $(shell install/version.sh)
  else ifneq ($(words $(VERSION)),1)
    $(error VERSION is "$(VERSION)", and must be one word, as in make VERSION=1.2.3)
  endif
endif
ARCHES = amd64 arm64 riscv64 s390x ppc64le
# Where the programs are built and installed from.
BIN = bin

SHARE = $(DESTDIR)$(PREFIX)/share
DOC = $(SHARE)/doc/rustc-lto-wrap
MAN = $(SHARE)/man/man1
# Where the shells search. ZSH is the default of zsh itself; Debian's zsh also searches vendor-completions.
BASH = $(SHARE)/bash-completion/completions
ZSH = $(SHARE)/zsh/site-functions
FISH = $(SHARE)/fish/vendor_completions.d

# CGO_ENABLED=0: one file each, which runs on any distribution. -s -w: no symbol table and no debug information, because each
# program starts once for each compilation; a panic still has its stack trace. With the other options, the programs depend only
# on the sources, the version and Go's version, not on where and from which repository they are built.
GO_LDFLAGS = -s -w -buildid=
GO_BUILD = CGO_ENABLED=0 $$go build -trimpath -buildvcs=false \
	-ldflags='$(GO_LDFLAGS) -X rustc-lto-wrap/shim/version.stamp=$(VERSION)'

.PHONY: all programs share install uninstall demo ab test test-all bench matrix recipes lint dist packages clean

all: programs share

programs:
	@go=$$(install/setup.sh build) && $(GO_BUILD) -o $(BIN)/ ./cmd/... && install/owner.sh $(BIN) build

# What make itself runs is built for this machine, whatever GOARCH is for the programs.
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

# A separate program, so that a signal to make (SIGTERM) reaches it: go run would not pass it on.
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
	@go=$$(install/setup.sh install) && $$go run ./tests/bench $(if $(ROUNDS),-rounds $(ROUNDS)) $(if $(MACHINES),-arch '$(MACHINES)') $(BENCH)

matrix: programs
	@go=$$(install/setup.sh install) && $$go build -buildvcs=false -o bin/matrix ./tests/matrix && install/owner.sh bin && exec bin/matrix $(PARTS)

recipes:
	@go=$$(install/setup.sh test) && GO=$$go tests/run.sh recipes

lint:
	@go=$$(install/setup.sh lint) && GO=$$go tests/run.sh lint

dist:
	@go=$$(install/setup.sh build) && GO=$$go install/dist.sh '$(VERSION)' $(ARCHES)

# make exports the variables of its command line: packages.sh gets MAINTAINER and FORMATS that way, which may contain quotes.
packages:
	@go=$$(install/setup.sh build) && GO=$$go install/packages.sh '$(VERSION)' $(if $(filter command line,$(origin ARCHES)),$(ARCHES),$$($$go env GOHOSTARCH))

clean:
	rm -rf $(BIN) build
