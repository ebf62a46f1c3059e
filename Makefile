# dray: offline mirror and bundle builder. `make help` lists the targets.

VERSION  := 0.1.0
VARIANT  ?= release
PREFIX   ?= /usr/local
DESTDIR  ?=
BUILD    := build/$(VARIANT)

BUNDLE_LIBS := libarchive liblzma sqlite3 libsodium libcrypto jansson zlib
MIRROR_LIBS := libcurl libmicrohttpd expat libsolv yaml-0.1
ALL_LIBS    := $(MIRROR_LIBS) $(BUNDLE_LIBS)
# Asked when a recipe runs, not when this file is read: `make deps` may have to install pkg-config first.
pkg = $(shell pkg-config $(1) $(2) 2>/dev/null)
missing = $(shell scripts/deps.sh missing $(ALL_LIBS))

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wvla -Wformat=2 -Wstrict-prototypes \
        -Wmissing-prototypes -Wwrite-strings -Wpointer-arith -Wcast-qual -Wundef \
        -Wimplicit-fallthrough -Wconversion
ifdef CI
WARN += -Werror
endif
HARDEN  := -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -fPIE
LDHARDEN := -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed

CC      ?= cc
OPT_release  := -O2 -g $(HARDEN)
LINK_release := $(LDHARDEN)
OPT_asan     := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
LINK_asan    := -fsanitize=address,undefined
OPT_coverage := -O0 -g --coverage
LINK_coverage := --coverage
OPT_fuzz     := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined
LINK_fuzz    := -fsanitize=fuzzer,address,undefined
ifeq ($(VARIANT),fuzz)
CC := clang
endif

CPPFLAGS_ALL = -Iinclude -D_GNU_SOURCE -DDRAY_VERSION='"$(VERSION)"' $(CPPFLAGS)
CFLAGS_ALL  = -std=c17 $(WARN) $(OPT_$(VARIANT)) -pthread -MMD -MP $(CFLAGS)
LDFLAGS_ALL = $(LINK_$(VARIANT)) -pthread $(LDFLAGS)

BUNDLE_SRC := $(wildcard bundle/*.c)
MIRROR_SRC := $(filter-out mirror/main.c,$(wildcard mirror/*.c mirror/*/*.c))
BUNDLE_OBJ := $(BUNDLE_SRC:%.c=$(BUILD)/%.o)
MIRROR_OBJ := $(MIRROR_SRC:%.c=$(BUILD)/%.o)
UNIT_SRC   := $(wildcard tests/unit/test_*.c)
UNIT_BIN   := $(UNIT_SRC:tests/unit/%.c=$(BUILD)/unit/%)
FUZZ_SRC   := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ_BIN   := $(FUZZ_SRC:tests/fuzz/%.c=$(BUILD)/fuzz/%)
REPLAY_BIN := $(FUZZ_SRC:tests/fuzz/%.c=$(BUILD)/replay/%)
TOOL_SRC   := $(wildcard tests/tools/*.c)
TOOL_BIN   := $(TOOL_SRC:tests/tools/%.c=$(BUILD)/tools/%)
PROGRAM    := $(BUILD)/bin/dray
FAULT_SO   := $(BUILD)/fault.so


# `make V=1` shows the commands.
say = $(if $(V),,@printf '  %-4s %s\n' $(1) $@;)

.PHONY: all program bundle unit-bins fuzz-bins replay-bins tools always
all: program ## build ./dray; VARIANT=asan|fuzz|coverage builds beside it in build/; V=1 shows commands
ifeq ($(VARIANT),release)
	@ln -sfn $(PROGRAM) dray
endif

program: $(PROGRAM)
bundle: $(BUILD)/libbundle.a ## build libbundle.a alone: what the isolated side needs
unit-bins: $(UNIT_BIN)
fuzz-bins: $(FUZZ_BIN)
replay-bins: $(REPLAY_BIN)
tools: $(TOOL_BIN)

# One line that names every library that is not here, instead of a screen of compiler errors.
build/libraries.ok:
	$(if $(missing),$(error $(missing): run `make deps`))
	@mkdir -p $(@D) && touch $@

# Files that hold one line and change only when it does, so that other flags make other objects
# (`CI=1 make` after `make`), and an object that is gone leaves the library.
remember = @mkdir -p $(@D); echo '$(subst ','\'',$(1))' | cmp -s - $@ || echo '$(subst ','\'',$(1))' >$@
$(BUILD)/flags: always
	$(call remember,$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LDFLAGS_ALL))
$(BUILD)/libbundle.list: always
	$(call remember,$(BUNDLE_OBJ))
$(BUILD)/libmirror.list: always
	$(call remember,$(MIRROR_OBJ))

$(BUILD)/%.o: %.c $(BUILD)/flags | build/libraries.ok
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -c -o $@ $<

$(BUILD)/libbundle.a: $(BUNDLE_OBJ) $(BUILD)/libbundle.list
	@rm -f $@
	$(call say,AR)ar rcs $@ $(BUNDLE_OBJ)

$(BUILD)/libmirror.a: $(MIRROR_OBJ) $(BUILD)/libmirror.list
	@rm -f $@
	$(call say,AR)ar rcs $@ $(MIRROR_OBJ)

$(PROGRAM): $(BUILD)/mirror/main.o $(BUILD)/libmirror.a $(BUILD)/libbundle.a
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(call pkg,--libs,$(ALL_LIBS))

$(BUILD)/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/libmirror.a $(BUILD)/libbundle.a
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(LDFLAGS_ALL) -o $@ $^ -lcmocka $(call pkg,--libs,$(ALL_LIBS))

$(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/libmirror.a $(BUILD)/libbundle.a
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(call pkg,--libs,$(ALL_LIBS))

$(BUILD)/replay/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/tests/fuzz/replay.o $(BUILD)/libmirror.a $(BUILD)/libbundle.a
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(call pkg,--libs,$(ALL_LIBS))

# Small programs that a test drives (one line of input, one line of output).
$(BUILD)/tools/%: $(BUILD)/tests/tools/%.o $(BUILD)/libmirror.a $(BUILD)/libbundle.a
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(call pkg,--libs,$(ALL_LIBS))

# Preloaded into dray: makes a chosen call fail. Never sanitized itself.
$(FAULT_SO): tests/fault/fault.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,LD)$(CC) -std=c17 -D_GNU_SOURCE $(WARN) -O1 -g -fPIC -shared -MMD -MP -o $@ $<

##@ Install what is needed (Debian 12)
.PHONY: deps
deps: ## install what is missing to build and to test
	@scripts/deps.sh build test
deps-%: ## the same for one group: build test demo bench lint asan fuzz coverage valgrind
	@scripts/deps.sh build $*

##@ Test
# A second make after deps, because what deps installs changes what this file finds.
AGAIN = +@$(MAKE) --no-print-directory
.PHONY: check check-run layers headers
check: deps ## all tests; T=pattern picks some, e.g. T=unit/buf or T=e2e/10; JOBS=n
	$(AGAIN) check-run

JOBS    ?= $(shell nproc)
RUN_ARGS = --build $(BUILD) --jobs $(JOBS) $(if $(WRAP),--wrap '$(WRAP)') $(if $(SUITES),--suites $(SUITES)) $(T)
check-run: program unit-bins replay-bins tools $(FAULT_SO) ## the same without installing anything
	@tests/run $(RUN_ARGS)

# libbundle.a whole, with its own libraries only: a call up into mirror/, or a hidden use of the network, does not link.
layers: $(BUILD)/layers ## check that bundle/ stands alone
$(BUILD)/layers: $(BUILD)/libbundle.a
	@echo 'int main(void) { return 0; }' | $(CC) $(CFLAGS) $(LDFLAGS_ALL) -o $@ -x c - -x none \
	    -Wl,--whole-archive $< -Wl,--no-whole-archive $(call pkg,--libs,$(BUNDLE_LIBS))

HEADERS := $(wildcard include/*/*.h include/*/*/*.h bundle/*.h mirror/*.h mirror/*/*.h)
headers: $(HEADERS:%=$(BUILD)/%.ok) ## check that each header compiles alone, and twice
$(BUILD)/%.h.ok: %.h $(BUILD)/flags | build/libraries.ok
	@mkdir -p $(@D)
	@printf '#include "%s"\n#include "%s"\nextern int here;\n' $< $< | \
	    $(CC) $(CPPFLAGS_ALL) -I. -std=c17 $(WARN) -Werror -MMD -MP -MF $@.d -MT $@ -fsyntax-only -x c -
	@touch $@

.PHONY: asan valgrind coverage fuzz simulate faults mutants bench demo
asan: deps-test deps-asan ## all tests under the address and undefined-behaviour sanitizers
	$(AGAIN) VARIANT=asan SUITES=unit,fuzz,diff,e2e check-run

VALGRIND = valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite
valgrind: T ?= unit/ e2e/30
valgrind: deps-test deps-valgrind ## the unit tests, and one carry from end to end, under valgrind; T=pattern picks others
	$(AGAIN) T='$(T)' WRAP='$(VALGRIND)' check-run

coverage: deps-test deps-coverage ## all tests with gcov; the report is build/coverage/report.html
	$(AGAIN) VARIANT=coverage SUITES=unit,fuzz,diff,e2e check-run
	@gcovr --root . --object-directory build/coverage --filter 'bundle/|mirror/' \
	    --html-details build/coverage/report.html --txt build/coverage/report.txt
	@cut -c 1-65 build/coverage/report.txt

FUZZ_TIME ?= 30
fuzz: deps-fuzz ## run every fuzz target for FUZZ_TIME=30 seconds; T=pattern picks some
	$(AGAIN) VARIANT=fuzz fuzz-bins
	@FUZZ_TIME=$(FUZZ_TIME) scripts/fuzz.sh '$(T)' $(FUZZ_SRC:tests/fuzz/%.c=build/fuzz/fuzz/%)

STEPS ?= 2000
SIMULATE = --steps $(STEPS) $(if $(SEED),--seed $(SEED)) $(if $(ONLY),--only $(ONLY)) $(if $(V),--verbose)
simulate: ## random months of both sides: STEPS=2000 SEED=n; ONLY=steps, MINIMISE=1, KEEP=1, V=1 to look into one
	$(AGAIN) program $(FAULT_SO)
	@DRAY=$(abspath $(PROGRAM)) FAULT_SO=$(abspath $(FAULT_SO)) tests/sim/simulate.py $(SIMULATE) \
	    $(if $(MINIMISE),--minimise) $(if $(KEEP),--keep)

faults: deps-test ## let every single write, fsync, rename, read, SQL step and network call of each command fail
	$(AGAIN) check-run STRIDE=1 T=e2e/61-faults

mutants: deps-test ## take each defence out of a copy of the code, and see its test fail; T=pattern picks some
	@tests/mutants/mutants.py $(T)

bench: deps-bench ## speed and memory beside curl, tar, sha256sum and nginx; see scripts/bench.sh
	$(AGAIN) program tools
	@DRAY=$(abspath $(PROGRAM)) scripts/bench.sh

demo: deps-build deps-test deps-demo ## both sides of an air gap, played through on this machine
	$(AGAIN) program
	@DRAY=$(abspath $(PROGRAM)) scripts/demo.sh

##@ Lint
.PHONY: lint format-check tidy cppcheck shellcheck hosts includes format
C_FILES   := $(wildcard bundle/*.c mirror/*.c mirror/*/*.c tests/*/*.c)
ALL_C     := $(C_FILES) $(HEADERS) $(wildcard tests/*/*.h)
SH_FILES  := $(wildcard .ci/run scripts/*.sh scripts/*.bash tests/e2e/*.bash tests/e2e/*.bats tests/diff/*.sh tests/diff/*.bash)

lint: deps-lint ## format, clang-tidy, cppcheck, shellcheck, layers, headers, registry hosts
	$(AGAIN) -k format-check includes hosts layers headers shellcheck cppcheck tidy

format: ## rewrite the C files in the tree's format
	clang-format -i $(ALL_C)

format-check:
	@clang-format --dry-run -Werror $(ALL_C)

includes:
	@scripts/lint-includes.sh

hosts:
	@scripts/lint-hosts.sh
	@! git rev-parse --quiet --git-dir >/dev/null || scripts/lint-hosts.sh log

shellcheck:
	@shellcheck --external-sources $(SH_FILES)

cppcheck: build/libraries.ok
	@mkdir -p build/cppcheck
	@cppcheck --quiet --std=c11 --enable=warning,portability,performance --inline-suppr \
	    --suppressions-list=tests/cppcheck.txt --error-exitcode=1 --cppcheck-build-dir=build/cppcheck \
	    -Iinclude -D_GNU_SOURCE -DDRAY_VERSION='"$(VERSION)"' --include=tests/cppcheck.h $(C_FILES)

# Per file, and again only when the file, a header it includes, or the rules changed.
tidy: $(C_FILES:%.c=build/tidy/%.ok)
build/tidy/%.ok: $(BUILD)/%.o .clang-tidy
	@mkdir -p $(@D)
	@clang-tidy --quiet $*.c -- $(CPPFLAGS_ALL) -std=c17 2>/dev/null
	@touch $@

##@ Install
.PHONY: install uninstall clean help
BINDIR := $(DESTDIR)$(PREFIX)/bin
MANDIR := $(DESTDIR)$(PREFIX)/share/man/man1
DOCDIR := $(DESTDIR)$(PREFIX)/share/doc/dray
DOCS   := README.md CHANGELOG.md LICENSE
DOCS_B := bundle/FORMAT.md bundle/SECURITY.md

$(BUILD)/dray.1: $(PROGRAM)
	@$(PROGRAM) help --man >$@.new && mv $@.new $@

install: program $(BUILD)/dray.1 ## into $(DESTDIR)$(PREFIX), PREFIX=/usr/local
	install -D -m 755 $(PROGRAM) $(BINDIR)/dray
	install -D -m 644 $(BUILD)/dray.1 $(MANDIR)/dray.1
	install -d $(DOCDIR)/bundle && install -m 644 $(DOCS) $(DOCDIR) && install -m 644 $(DOCS_B) $(DOCDIR)/bundle

uninstall: ## remove what install put there
	rm -f $(BINDIR)/dray $(MANDIR)/dray.1 $(addprefix $(DOCDIR)/,$(DOCS) $(DOCS_B))
	-rmdir $(DOCDIR)/bundle $(DOCDIR) 2>/dev/null

clean: ## remove everything that was built
	rm -rf build dray

help: ## this list
	@awk -F ':.*## ' '/^##@/ { print "\n" substr($$0, 5) } \
	    /^[a-z%-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

.SECONDARY:
.DELETE_ON_ERROR:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
