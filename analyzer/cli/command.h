#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "cli/options.h"
#include "cli/session.h"
#include "cli/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* One row of commands.def. */
typedef struct Command {
    const char *name;
    uint32_t groups; /* of options; 0 for a command that is not in this version */
    uint32_t least, most;
    const char *operands;
    const char *answers;
    const char *example;
    Status (*run)(Session *session); /* NULL: not in this version */
} Command;

extern const Command COMMANDS[];
extern const uint32_t COMMAND_COUNT;

const Command *command_find(const char *name); /* or NULL */

/* Says so when the first argument is a command of a later version: its options are not known yet.
 */
bool command_is_later(const Session *session, int count, char **arguments);

/* Finds and runs the command that the options name. */
Status command_run(Session *session);

/* The help of one command, or with NULL the list of all (command_help.c). */
void command_print_help(const Command *command, FILE *stream);

#define COMMAND(symbol, groups, least, most, operands, answers, example)                           \
    Status command_##symbol(Session *session);
#include "cli/commands.def"

#endif
