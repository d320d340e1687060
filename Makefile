# make            build build/amlblast and build/amlblast-draw
# make demo       install what is missing, build, analyse the bundled tenant into output/
# make test       install what is missing, build, run every test; ends in "N passed, N failed"
# make sanitize   the same tests under AddressSanitizer, UBSan and the leak checker
# make lint       format, include layers, clang-tidy
# make golden     rewrite the golden files; review the diff before committing
# make install    PREFIX (default /usr/local) and DESTDIR are honoured
CC      ?= cc
MODE    ?= release
PREFIX  ?= /usr/local
DESTDIR ?=
VERSION := 0.1.0

# Objects of a mode live in build/MODE; the two programs of the release mode stand in build/.
O       := build/$(MODE)
B       := $(if $(filter release,$(MODE)),build,build/$(MODE))

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes \
        -Wmissing-prototypes -Wold-style-definition -Wpointer-arith -Wcast-qual -Wwrite-strings \
        -Wformat=2 -Wundef -Wvla -Wnull-dereference -Wimplicit-fallthrough -Wswitch-enum
MODE_release  := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong
MODE_sanitize := -O1 -g -fsanitize=address,undefined -fno-omit-frame-pointer \
                 -fno-sanitize-recover=all
MODE_thread   := -O1 -g -fsanitize=thread

ANALYZER_PACKAGES := igraph libcjson libarchive libxxhash libcrypto yajl
DRAW_PACKAGES     := libcgraph libgvc libcjson libarchive libxxhash libcrypto
TEST_PACKAGES     := cmocka

cflags_of = $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(1) 2>/dev/null))
libs_of   = $(shell pkg-config --libs $(1) 2>/dev/null)

ALL_CFLAGS = -std=c17 -D_POSIX_C_SOURCE=200809L $(WARN) $(WERROR) $(MODE_$(MODE)) -pthread \
             -DAMLBLAST_VERSION='"$(VERSION)"' -DAMLBLAST_DATA_DIR='"$(PREFIX)/share/amlblast"' \
             -Ianalyzer $(CFLAGS)
ANALYZER_CFLAGS := $(call cflags_of,$(ANALYZER_PACKAGES))
DRAW_CFLAGS     := $(call cflags_of,$(DRAW_PACKAGES))
TEST_CFLAGS     := $(call cflags_of,$(TEST_PACKAGES)) -Itests
ANALYZER_LIBS    = $(call libs_of,$(ANALYZER_PACKAGES)) -lm
DRAW_LIBS        = $(call libs_of,$(DRAW_PACKAGES)) -lm

# base and input serve both programs; draw is the second program's own; cli holds the first main.
COMMON_SRC   := $(sort $(wildcard analyzer/base/*.c analyzer/input/*.c))
ANALYZER_SRC := $(filter-out analyzer/cli/main.c analyzer/draw/%,\
                  $(sort $(wildcard analyzer/*/*.c)))
DRAW_SRC     := $(filter-out analyzer/draw/main.c,$(sort $(wildcard analyzer/draw/*.c)))
UNIT_SRC     := $(sort $(wildcard tests/unit/test_*.c))
DRAW_UNIT    := $(sort $(wildcard tests/unit/draw_*.c))

ANALYZER_OBJ := $(ANALYZER_SRC:%.c=$(O)/%.o)
DRAW_OBJ     := $(COMMON_SRC:%.c=$(O)/%.o) $(DRAW_SRC:%.c=$(O)/%.o)
UNIT_BIN     := $(UNIT_SRC:tests/unit/%.c=$(B)/tests/%) $(DRAW_UNIT:tests/unit/%.c=$(B)/tests/%)
PROGRAMS     := $(B)/amlblast $(B)/amlblast-draw

all: $(PROGRAMS)

$(B)/amlblast: $(O)/analyzer/cli/main.o $(ANALYZER_OBJ)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -o $@ $^ $(LDFLAGS) $(ANALYZER_LIBS)

$(B)/amlblast-draw: $(O)/analyzer/draw/main.o $(DRAW_OBJ)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -o $@ $^ $(LDFLAGS) $(DRAW_LIBS)

$(B)/tests/rbac-vectors: $(O)/tests/rbac-vectors.o $(ANALYZER_OBJ)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -o $@ $^ $(LDFLAGS) $(ANALYZER_LIBS)

$(B)/tests/draw_%: $(O)/tests/unit/draw_%.o $(DRAW_OBJ)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -o $@ $^ $(LDFLAGS) $(DRAW_LIBS) $(call libs_of,$(TEST_PACKAGES))

$(B)/tests/test_%: $(O)/tests/unit/test_%.o $(ANALYZER_OBJ)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -o $@ $^ $(LDFLAGS) $(ANALYZER_LIBS) $(call libs_of,$(TEST_PACKAGES))

$(O)/analyzer/draw/%.o: analyzer/draw/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(DRAW_CFLAGS) -MMD -MP -c -o $@ $<

$(O)/analyzer/%.o: analyzer/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(ANALYZER_CFLAGS) -MMD -MP -c -o $@ $<

$(O)/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(TEST_CFLAGS) $(ANALYZER_CFLAGS) -MMD -MP -c -o $@ $<

-include $(shell find build -name '*.d' 2>/dev/null)
.PHONY: all demo test sanitize lint golden bench install clean deps
.SECONDARY:
