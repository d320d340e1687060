#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "access/pattern.h"
#include "base/arena.h"
#include "base/array.h"
#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/*
 * What the user asked for: flags, then AMLBLAST_* of the environment, then the configuration file;
 * the first that says something about an option decides it.  An option is one row of the table in
 * options.c.
 */
typedef enum OutputFormat { FORMAT_TEXT, FORMAT_JSON } OutputFormat;
typedef enum ColorChoice { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER } ColorChoice;
typedef enum DumpChoice { DUMP_NOTHING, DUMP_SNAPSHOT, DUMP_ACCESS, DUMP_GRAPH } DumpChoice;

/* Which commands take an option: bits, so that a command names the groups it takes. */
typedef enum OptionGroup {
    GROUP_COMMON = 1,   /* every command: --help, --data-dir, --config, ... */
    GROUP_ANSWER = 2,   /* --output, --format, --json */
    GROUP_READING = 4,  /* --snapshot and how to read it */
    GROUP_ANALYSIS = 8, /* --pattern-reading, --dump */
    GROUP_DIAGRAMS = 16,
    GROUP_CAN = 32,
    GROUP_TECHNIQUES = 64,
    GROUP_TARGET = 128, /* --capability */
    GROUP_CHAINS = 256,
    GROUP_LIMITS = 512,   /* --exclude, --only-certain, --no-interaction, ... */
    GROUP_PICTURE = 1024, /* --svg, --dot, --png, --pdf */
    GROUP_COUNT = 11
} OptionGroup;

enum { OPTION_MOST = 40, DEFAULT_DIAGRAMS = 25 };

typedef ARRAY(const char *) Words;

typedef struct Options {
    Words operands; /* the command first */
    Words snapshots;
    const char *output; /* or NULL */
    OutputFormat format;
    ColorChoice color;
    DumpChoice dump;
    PatternReading pattern_reading;
    bool quiet, verbose, no_progress, strict, help, version;
    uint32_t jobs;                     /* 0: as many as there are processors */
    uint32_t diagrams;                 /* identities to draw */
    uint32_t chains;                   /* of `path` */
    const char *svg, *dot, *png, *pdf; /* files for a picture of the answer; or NULL */
    const char *capability;
    Words exclude;
    bool only_certain, no_interaction, include_interaction;
    const char *as_of; /* ISO 8601, checked; or NULL */
    const char *data_dir;
    const char *config;
    bool data_action; /* of `can`, like the rest */
    const char *role, *to, *to_type;
    const char *check_dir; /* of `techniques`: the rule directory to check; or NULL */
    Words request, resource, environment, principal, suboperations;
    uint8_t given_by[OPTION_MOST]; /* by row of the table: 0, or who said it */
    Arena arena;
} Options;

/* Everything but the meaning of the operands.  False: the message says which option is wrong. */
bool options_read(Options *options, int count, char **arguments, Error *err);
void options_free(Options *options);

/* True when every flag that was given belongs to `groups`; else the message names the first. */
bool options_fit(const Options *options, uint32_t groups, const char *command, Error *err);

/* Lines for --help: the options of the groups. */
void options_print(uint32_t groups, FILE *stream);

#endif
