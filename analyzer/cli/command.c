#include "cli/command.h"

#include "base/text.h"
#include "cli/nearest.h"

#include <string.h>

const Command COMMANDS[] = {
#define COMMAND(symbol, groups, least, most, operands, answers, example)                           \
    {#symbol, groups, least, most, operands, answers, example, command_##symbol},
#define LATER(symbol, answers) {#symbol, 0, 0, 0, "", answers, "", NULL},
#include "cli/commands.def"
};
const uint32_t COMMAND_COUNT = sizeof COMMANDS / sizeof *COMMANDS;

const Command *command_find(const char *name)
{
    for (uint32_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(COMMANDS[i].name, name) == 0)
            return &COMMANDS[i];
    return NULL;
}

static Status not_in_this_version(const Session *session, const Command *command)
{
    return session_fail(session, STATUS_USAGE, "%s: not in this version", command->name);
}

bool command_is_later(const Session *session, int count, char **arguments)
{
    const Command *command = count > 1 ? command_find(arguments[1]) : NULL;
    if (!command || command->run)
        return false;
    not_in_this_version(session, command);
    return true;
}

static Status unknown_command(const Session *session, const char *name)
{
    TextBuffer names = {0};
    NearestNames nearest = {.wanted = name};
    for (uint32_t i = 0; i < COMMAND_COUNT; i++)
        nearest_add(&nearest, COMMANDS[i].name);
    nearest_list(&nearest, &names);
    session_fail(session, STATUS_USAGE, "unknown command \"%s\"%s%s (try amlblast help)", name,
                 names.text ? "; did you mean " : "", names.text ? names.text : "");
    text_buffer_free(&names);
    return STATUS_USAGE;
}

static Status wrong_operands(const Session *session, const Command *command, uint32_t count)
{
    if (count > command->most)
        return session_fail(session, STATUS_USAGE, "%s: unexpected \"%s\" (try amlblast %s --help)",
                            command->name, session->options->operands.items[1 + command->most],
                            command->name);
    return session_fail(session, STATUS_USAGE, "%s: expected %s (try amlblast %s --help)",
                        command->name, command->operands, command->name);
}

static void gather_paths(Session *session, const Command *command)
{
    const Options *options = session->options;
    bool operands_too = text_starts_with_any_case(command->operands, "SNAPSHOT");
    for (uint32_t i = 1; operands_too && i < options->operands.count; i++)
        ARRAY_PUSH(&session->paths, options->operands.items[i]);
    for (uint32_t i = 0; i < options->snapshots.count; i++)
        ARRAY_PUSH(&session->paths, options->snapshots.items[i]);
}

static Status run(Session *session, const Command *command)
{
    Error err;
    const Options *options = session->options;
    uint32_t count = options->operands.count - 1;
    if (!command->run)
        return not_in_this_version(session, command);
    if (options->help) {
        command_print_help(command, stdout);
        return STATUS_DONE;
    }
    if (!options_fit(options, command->groups, command->name, &err))
        return session_fail(session, STATUS_USAGE, "%s", err.message);
    if (count < command->least || count > command->most)
        return wrong_operands(session, command, count);
    gather_paths(session, command);
    if ((command->groups & GROUP_READING) && session->paths.count == 0)
        return session_fail(session, STATUS_USAGE, "%s: expected a SNAPSHOT to read (-s SNAPSHOT)",
                            command->name);
    return command->run(session);
}

Status command_run(Session *session)
{
    const Options *options = session->options;
    if (options->version)
        return command_version(session);
    if (options->operands.count > 0) {
        const Command *command = command_find(options->operands.items[0]);
        return command ? run(session, command)
                       : unknown_command(session, options->operands.items[0]);
    }
    if (options->help) {
        command_print_help(NULL, stdout);
        return STATUS_DONE;
    }
    command_print_help(NULL, stderr);
    return STATUS_USAGE;
}
