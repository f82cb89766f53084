# make            the two programs, into bin/
# make install    into DESTDIR/PREFIX/bin
# make demo       a real kernel's Rust code, built without and with the shims, and what was inlined
# make test       all tests; the kernel lab that they need is made where it is missing
# make bench      what the shims cost, side by side with the bare tools, ccache and the kernel's own option; about 20 minutes
#                 with the lab's kernels built. BENCH= names parts (passthrough growth crates kernel), ROUNDS= how often
# make lint       gofmt, go vet, staticcheck
# make clean

PREFIX ?= /usr/local
DESTDIR ?=
PROGRAMS := rustc-lto-wrap cc-helper-wrap

BENCH ?=
ROUNDS ?= 0

.PHONY: all install uninstall demo test bench lint clean

# CGO_ENABLED=0: one file each, that runs on any distribution.
all:
	@go=$$(install/setup.sh build) && CGO_ENABLED=0 $$go build -trimpath -o bin/ ./cmd/...

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/doc/rustc-lto-wrap
	install -m 755 $(addprefix bin/,$(PROGRAMS)) $(DESTDIR)$(PREFIX)/bin
	install -m 644 README.md LICENSE $(DESTDIR)$(PREFIX)/share/doc/rustc-lto-wrap

uninstall:
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/bin/,$(PROGRAMS))
	rm -rf $(DESTDIR)$(PREFIX)/share/doc/rustc-lto-wrap

demo: all
	@go=$$(install/setup.sh build) && $$go run ./tests/demo -bin bin

test:
	@go=$$(install/setup.sh test) && GO=$$go tests/run.sh

bench:
	@go=$$(install/setup.sh build) && $$go run ./tests/bench -rounds $(ROUNDS) $(BENCH)

lint:
	@go=$$(install/setup.sh build) && GO=$$go tests/run.sh lint

clean:
	rm -rf bin
