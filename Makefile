# dray: offline mirror and bundle builder. `make help` lists the targets.

VERSION  := 0.1.0
VARIANT  ?= release
PREFIX   ?= /usr/local
DESTDIR  ?=
BUILD    := build/$(VARIANT)

BUNDLE_LIBS := libarchive liblzma sqlite3 libsodium libcrypto jansson zlib
MIRROR_LIBS := libcurl libmicrohttpd expat
# Empty until `make deps` has run; the targets that install do not need it.
pkg = $(shell pkg-config $(1) $(2) 2>/dev/null)

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

CPPFLAGS += -Iinclude -D_GNU_SOURCE -DDRAY_VERSION='"$(VERSION)"'
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
TOOL_SRC   := $(wildcard tests/tools/*.c)
TOOL_BIN   := $(TOOL_SRC:tests/tools/%.c=$(BUILD)/tools/%)
PROGRAM    := $(BUILD)/bin/dray

.PHONY: all bundle program unit-bins fuzz-bins tools clean
all: dray

dray: $(PROGRAM)
	@ln -sf $(PROGRAM) $@

program: $(PROGRAM)
bundle: $(BUILD)/libbundle.a

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS_ALL) -c -o $@ $<

$(BUILD)/libbundle.a: $(BUNDLE_OBJ)
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/libmirror.a: $(MIRROR_OBJ)
	@rm -f $@
	ar rcs $@ $^

$(PROGRAM): $(BUILD)/mirror/main.o $(BUILD)/libmirror.a $(BUILD)/libbundle.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(call pkg,--libs,$(MIRROR_LIBS) $(BUNDLE_LIBS))

$(BUILD)/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/libmirror.a $(BUILD)/libbundle.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ -lcmocka $(call pkg,--libs,$(MIRROR_LIBS) $(BUNDLE_LIBS))

$(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/libmirror.a $(BUILD)/libbundle.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(call pkg,--libs,$(MIRROR_LIBS) $(BUNDLE_LIBS))

# Small programs that a test drives (one line of input, one line of output).
$(BUILD)/tools/%: $(BUILD)/tests/tools/%.o $(BUILD)/libmirror.a $(BUILD)/libbundle.a
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS_ALL) -o $@ $^ $(call pkg,--libs,$(MIRROR_LIBS) $(BUNDLE_LIBS))

unit-bins: $(UNIT_BIN)
fuzz-bins: $(FUZZ_BIN)
tools: $(TOOL_BIN)

clean:
	rm -rf build dray

.SECONDARY:
-include $(shell find build/$(VARIANT) -name '*.d' 2>/dev/null)
