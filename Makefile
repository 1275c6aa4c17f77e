# `make run` and `make test` do all set-up by themselves; everything else is for those who work on the project.
.PHONY: run test crash setup build install format lint fence docs refresh tsan fuzz bench simulate clean

PRODUCT := .build/release/presence-gateway

# The sandbox: two simulated systems and the real gateway between them. Options: make run ARGS="--people 100"
run: build
	@exec $(PRODUCT) sandbox $(ARGS)

# Swift's runtime is in the binary, so that it needs none where it runs.
build: setup
	@echo "Building in release mode (the first time takes some minutes) …"
	@swift build -c release --static-swift-stdlib --product presence-gateway

# The binary and a unit for systemd: make install PREFIX=/usr/local DESTDIR=
PREFIX ?= /usr/local
UNIT := $(DESTDIR)$(PREFIX)/lib/systemd/system/presence-gateway.service
install:
	@test -x $(PRODUCT) || { echo "Nothing is built yet: run make build first, not as root." >&2; exit 1; }
	@install -D -m 755 $(PRODUCT) $(DESTDIR)$(PREFIX)/bin/presence-gateway
	@install -D -m 644 docs/presence-gateway.service $(UNIT)
	@sed -i 's|/usr/local/bin|$(PREFIX)/bin|' $(UNIT)
	@echo "Installed $(DESTDIR)$(PREFIX)/bin/presence-gateway and $(UNIT)."
	@echo "Left to do as root, the first time (docs/operation.md):"
	@sed -n '/printed by make install/,/^```$$/{/^[<`]/!s/^/  /p}' docs/operation.md

test: setup-tests
	@swift build --build-tests --explicit-target-dependency-import-check error
	@swift test --skip-build --no-parallel

setup:
	@Scripts/setup

setup-tests:
	@Scripts/setup tests

format:
	@swift format -i -r Sources Tests Package.swift

lint:
	@swift format lint -s -r Sources Tests Package.swift

fence:
	@Scripts/check-fence

# Writes the schema and the generated tables of the documents anew.
refresh:
	@swift build --product presence-gateway
	@Scripts/refresh-docs

docs:
	@Scripts/check-docs

# All tests under Thread Sanitizer, in a build folder of their own.
tsan: setup-tests
	@TEST_PATIENCE=6 SIMULATION_SEEDS=200 swift test --no-parallel --sanitize=thread --scratch-path .build-tsan

# What strangers may send to the PBX's path, invented for so many seconds: make fuzz SECONDS=600
SECONDS ?= 60
fuzz: setup
	@Scripts/fuzz $(SECONDS)

bench: setup-tests
	@Benchmarks/run
	@Benchmarks/engine

# The release binary, killed at random moments under load: make crash RUNS=50
RUNS ?= 5
crash: build
	@RUNS=$(RUNS) Scripts/crash-runs

# The long run of the simulation, in release mode: make simulate SEEDS=1000000
SEEDS ?= 1000000
simulate: setup-tests
	@SIMULATION_SEEDS=$(SEEDS) swift test -c release -Xswiftc -enable-testing --scratch-path .build-release-tests --filter SimulationTests

clean:
	@rm -rf .build .build-tsan .build-release-tests
