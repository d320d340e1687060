# make            build build/amlblast and build/amlblast-draw
# make demo       install what is missing, build, analyse the bundled tenant into output/
# make test       install what is missing, build, run every test; ends in "N passed, N failed"
# make sanitize   the same tests under AddressSanitizer, UBSan and the leak checker
# make tsan       the same tests under ThreadSanitizer
# make lint       format, include layers, shell scripts, clang-tidy
# make golden     rewrite the golden files; review the diff before committing
# make bench      speed and memory on a generated tenant (SIZE=S, M, L or tight), beside jq and
#                 Python on the same bytes
# make install    PREFIX (default /usr/local) and DESTDIR are honoured
# make clean      remove build/
#
# V=1 shows the commands.  WERROR=-Werror makes warnings errors.  JOBS bounds what runs at once.
CC      ?= cc
MODE    ?= release
PREFIX  ?= /usr/local
DESTDIR ?=
JOBS    ?= $(shell nproc)
SIZE    ?= tight
VERSION := 0.1.0

# Objects of a mode live in build/MODE; the programs of the release mode stand in build/.
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
TOOL_PACKAGES     := libxxhash libcrypto yajl
TEST_PACKAGES     := cmocka

cflags_of = $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(1) 2>/dev/null))
libs_of   = $(shell pkg-config --libs $(1) 2>/dev/null)

LANGUAGE   := -std=c17 -D_POSIX_C_SOURCE=200809L -DAMLBLAST_VERSION='"$(VERSION)"' \
              -Ianalyzer
ALL_CFLAGS  = $(LANGUAGE) $(WARN) $(WERROR) $(MODE_$(MODE)) -pthread $(CFLAGS)
ANALYZER_CFLAGS := $(call cflags_of,$(ANALYZER_PACKAGES))
DRAW_CFLAGS     := $(call cflags_of,$(DRAW_PACKAGES))
TEST_CFLAGS     := $(call cflags_of,$(TEST_PACKAGES)) -Itests
ANALYZER_LIBS    = $(call libs_of,$(ANALYZER_PACKAGES)) -lm
DRAW_LIBS        = $(call libs_of,$(DRAW_PACKAGES)) $(GRAPHVIZ_LIBS) -lm
TOOL_LIBS        = $(call libs_of,$(TOOL_PACKAGES)) -lm
TEST_LIBS        = $(call libs_of,$(TEST_PACKAGES))
# The renderer for SVG and the "nop2" layout are linked in rather than loaded by Graphviz's
# configuration, so that pictures neither need nor depend on the fonts of a machine.
GRAPHVIZ_DIR    := $(shell pkg-config --variable=libdir libgvc 2>/dev/null)/graphviz
GRAPHVIZ_LIBS   := -L$(GRAPHVIZ_DIR) -Wl,-rpath,$(GRAPHVIZ_DIR) \
                   -lgvplugin_core -lgvplugin_neato_layout
# Where an installed program finds its rule data; only the command line knows it.
DATA_DIR_CFLAGS := -DAMLBLAST_DATA_DIR='"$(PREFIX)/share/amlblast"'

# base and input serve both programs; draw is the second program's own; cli holds the first main.
# The sources directly in tests/ are shared by the analyzer's unit programs.
COMMON_SRC   := $(sort $(wildcard analyzer/base/*.c analyzer/input/*.c))
ANALYZER_SRC := $(filter-out analyzer/cli/main.c analyzer/draw/%,\
                  $(sort $(wildcard analyzer/*/*.c)))
DRAW_SRC     := $(filter-out analyzer/draw/main.c,$(sort $(wildcard analyzer/draw/*.c)))
UNIT_SRC     := $(sort $(wildcard tests/unit/test_*.c))
DRAW_UNIT    := $(sort $(wildcard tests/unit/draw_*.c))
CHECKER_SRC  := $(wildcard tests/rbac-vectors.c)
SUPPORT_SRC  := $(filter-out $(CHECKER_SRC),$(sort $(wildcard tests/*.c)))
TENANT_SRC   := $(sort $(wildcard scripts/gen-tenant/*.c))

ANALYZER_OBJ := $(ANALYZER_SRC:%.c=$(O)/%.o)
DRAW_OBJ     := $(COMMON_SRC:%.c=$(O)/%.o) $(DRAW_SRC:%.c=$(O)/%.o)
BASE_OBJ     := $(patsubst %.c,$(O)/%.o,$(filter analyzer/base/%,$(COMMON_SRC)))
SUPPORT_OBJ  := $(SUPPORT_SRC:%.c=$(O)/%.o)
TENANT_OBJ   := $(TENANT_SRC:%.c=$(O)/%.o)
UNIT_BIN     := $(UNIT_SRC:tests/unit/%.c=$(B)/tests/%)
DRAW_BIN     := $(DRAW_UNIT:tests/unit/%.c=$(B)/tests/%)
CHECKER_BIN  := $(CHECKER_SRC:tests/%.c=$(B)/tests/%)
PROGRAMS     := $(B)/amlblast $(B)/amlblast-draw
TEST_BIN     := $(UNIT_BIN) $(DRAW_BIN) $(CHECKER_BIN) $(B)/gen-tenant

# $(call do,WHAT,NAME,COMMAND): the command with one short line in place of itself.
do = @$(if $(V),set -x;,printf '  %-6s %s\n' '$(1)' '$(2)';) $(3)

all: $(PROGRAMS)

$(B)/amlblast: $(O)/analyzer/cli/main.o $(ANALYZER_OBJ)
	$(call do,LINK,$@,$(CC) $(ALL_CFLAGS) -o $@ $^ $(LDFLAGS) $(ANALYZER_LIBS))

$(B)/amlblast-draw: $(O)/analyzer/draw/main.o $(DRAW_OBJ)
	$(call do,LINK,$@,$(CC) $(ALL_CFLAGS) -o $@ $^ $(LDFLAGS) $(DRAW_LIBS))

$(B)/gen-tenant: $(TENANT_OBJ) $(BASE_OBJ)
	$(call do,LINK,$@,$(CC) $(ALL_CFLAGS) -o $@ $^ $(LDFLAGS) $(TOOL_LIBS))

$(CHECKER_BIN): $(B)/tests/%: $(O)/tests/%.o $(SUPPORT_OBJ) $(ANALYZER_OBJ)
	@mkdir -p $(@D)
	$(call do,LINK,$@,$(CC) $(ALL_CFLAGS) -o $@ $^ $(LDFLAGS) $(ANALYZER_LIBS))

$(UNIT_BIN): $(B)/tests/%: $(O)/tests/unit/%.o $(SUPPORT_OBJ) $(ANALYZER_OBJ)
	@mkdir -p $(@D)
	$(call do,LINK,$@,$(CC) $(ALL_CFLAGS) -o $@ $^ $(LDFLAGS) $(ANALYZER_LIBS) $(TEST_LIBS))

$(DRAW_BIN): $(B)/tests/%: $(O)/tests/unit/%.o $(DRAW_OBJ)
	@mkdir -p $(@D)
	$(call do,LINK,$@,$(CC) $(ALL_CFLAGS) -o $@ $^ $(LDFLAGS) $(DRAW_LIBS) $(TEST_LIBS))

# Compiler flags that a source needs besides ALL_CFLAGS.
$(O)/analyzer/%:        SOURCE_CFLAGS = $(ANALYZER_CFLAGS)
$(O)/analyzer/cli/%:    SOURCE_CFLAGS = $(ANALYZER_CFLAGS) $(DATA_DIR_CFLAGS)
$(O)/analyzer/draw/%:   SOURCE_CFLAGS = $(DRAW_CFLAGS) $(DATA_DIR_CFLAGS)
$(O)/tests/%:           SOURCE_CFLAGS = $(TEST_CFLAGS) $(ANALYZER_CFLAGS)
$(O)/tests/unit/draw_%: SOURCE_CFLAGS = $(TEST_CFLAGS) $(DRAW_CFLAGS)

$(O)/%.o: %.c $(O)/flags | packages
	@mkdir -p $(@D)
	$(call do,CC,$<,$(CC) $(ALL_CFLAGS) $(SOURCE_CFLAGS) -MMD -MP -c -o $@ $<)

# Other flags, or another place for the data, compile again what they change.
$(patsubst %.c,$(O)/%.o,$(wildcard analyzer/cli/*.c analyzer/draw/*.c)): $(O)/data-dir
$(O)/flags:    STAMP = $(CC) $(ALL_CFLAGS)
$(O)/data-dir: STAMP = $(DATA_DIR_CFLAGS)
$(O)/flags $(O)/data-dir: always
	@mkdir -p $(@D)
	@new=$@.$$$$; printf '%s\n' '$(subst ','\'',$(STAMP))' >$$new; \
	if cmp -s $$new $@; then rm $$new; else mv $$new $@; fi

# Ends the build with the names of the packages that it lacks.
packages:
	@scripts/deps.sh --check build

# What follows installs first and only then lets make look for libraries: hence the second make.
MAKE_AGAIN := $(MAKE) --no-print-directory -j$(JOBS)

demo:
	@scripts/deps.sh build
	@$(MAKE_AGAIN) all
	build/amlblast analyze fixtures/contoso-ml -o output

test:
	@scripts/deps.sh test
	@$(MAKE_AGAIN) check

sanitize:
	@scripts/deps.sh test
	@$(MAKE_AGAIN) MODE=sanitize check

tsan:
	@scripts/deps.sh test
	@$(MAKE_AGAIN) MODE=thread check

# Tests that call make again must find nothing to make again: the same settings.
export CC CFLAGS LDFLAGS PREFIX WERROR
check: $(PROGRAMS) $(TEST_BIN)
	@scripts/run-tests.py --build $(B) --mode $(MODE) --jobs $(JOBS) $(UNIT_BIN) $(DRAW_BIN)

golden:
	@scripts/deps.sh test
	@$(MAKE_AGAIN) all
	@scripts/run-tests.py --build build --jobs $(JOBS) --rewrite-golden

bench:
	@scripts/deps.sh test
	@$(MAKE_AGAIN) all build/gen-tenant
	@scripts/bench.py --build build --preset $(SIZE)

OUR_C    := $(shell find analyzer tests scripts -name '*.c' 2>/dev/null | LC_ALL=C sort)
OUR_H    := $(shell find analyzer tests scripts -name '*.h' 2>/dev/null | LC_ALL=C sort)
OUR_SH    = $(shell grep -rlE '^\#!/bin/(ba)?sh' .ci scripts tests | LC_ALL=C sort)

lint:
	@scripts/deps.sh lint
	$(call do,FORMAT,the sources,clang-format --dry-run -Werror $(OUR_C) $(OUR_H))
	$(call do,LAYERS,analyzer,scripts/check-layers.sh)
	$(call do,SHELL,the scripts,shellcheck $(OUR_SH))
	@$(MAKE_AGAIN) tidy

# A file is looked at again when its object is made again, that is when it or a header changed.
tidy: $(OUR_C:%.c=$(O)/%.tidy)
$(O)/%.tidy: $(O)/%.o .clang-tidy
	$(call do,TIDY,$*.c,clang-tidy --quiet --warnings-as-errors='*' $*.c -- \
	    $(LANGUAGE) $(SOURCE_CFLAGS) >$@.new 2>&1 || { cat $@.new; exit 1; })
	@mv $@.new $@

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 \
	           $(DESTDIR)$(PREFIX)/share/doc/amlblast
	install $(PROGRAMS) $(DESTDIR)$(PREFIX)/bin
	cd data && find . -type f -exec \
	    install -D -m 644 {} $(abspath $(DESTDIR)$(PREFIX))/share/amlblast/{} \;
	install -m 644 doc/amlblast.1 $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 644 README.md CHANGELOG.md LICENSE NOTICE $(DESTDIR)$(PREFIX)/share/doc/amlblast

clean:
	rm -rf build

-include $(shell find build -name '*.d' 2>/dev/null)
.PHONY: all demo test sanitize tsan check lint tidy golden bench install clean packages always
.SECONDARY:
