# make            the two programs, into bin/
# make install    into DESTDIR/PREFIX/bin
# make demo       a real kernel's Rust code, built without and with the shims, and what was inlined
# make test       all tests; the kernel lab that they need is made where it is missing
# make lint       gofmt, go vet, staticcheck
# make clean

PREFIX ?= /usr/local
DESTDIR ?=
PROGRAMS := rustc-lto-wrap cc-helper-wrap

.PHONY: all install uninstall demo test lint clean

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

lint:
	@go=$$(install/setup.sh build) && GO=$$go tests/run.sh lint

clean:
	rm -rf bin
