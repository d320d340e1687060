#include "cli/command.h"

static void print_list(FILE *stream)
{
    fputs("Usage: amlblast COMMAND [OPTION]...\n\n"
          "Says from exported files what an attacker reaches who takes over an Azure Machine\n"
          "Learning identity or workload.  Opens no network connection.\n\n"
          "Commands:\n",
          stream);
    for (uint32_t i = 0; i < COMMAND_COUNT; i++)
        if (COMMANDS[i].run)
            fprintf(stream, "  %-11s %s\n", COMMANDS[i].name, COMMANDS[i].answers);
    fputs("\nSNAPSHOT is a directory (read recursively), a file, or a .zip or .tar.gz of them.\n"
          "WHO is a principal or workload: object id, ARM id, or a name that only it has.\n\n"
          "Options of every command:\n",
          stream);
    options_print(GROUP_COMMON, stream);
    fputs("\nOptions come from flags, then AMLBLAST_* of the environment (AMLBLAST_JOBS=2), then\n"
          "the file of --config.\n\n"
          "Exit status: 0 done or yes, 1 no, 2 wrong usage, 3 an input cannot be read or is not\n"
          "what it claims to be, 4 undecided, 5 internal error, 130 interrupted.\n\n"
          "Example: amlblast analyze export/ -o report\n"
          "Help of a command: amlblast COMMAND --help\n",
          stream);
}

void command_print_help(const Command *command, FILE *stream)
{
    if (!command) {
        print_list(stream);
        return;
    }
    fprintf(stream, "Usage: amlblast %s %s%s[OPTION]...\n\nAnswers: %s.\n\nOptions:\n",
            command->name, command->operands, *command->operands ? " " : "", command->answers);
    options_print(command->groups & ~(uint32_t)GROUP_COMMON, stream);
    options_print(GROUP_COMMON, stream);
    fprintf(stream, "\nExample:\n  %s\n", command->example);
}

Status command_help(Session *session)
{
    const Words *operands = &session->options->operands;
    const Command *command = NULL;
    if (operands->count > 1) {
        command = command_find(operands->items[1]);
        if (!command)
            return session_fail(session, STATUS_USAGE, "unknown command \"%s\" (try amlblast help)",
                                operands->items[1]);
    }
    if (command && !command->run)
        return session_fail(session, STATUS_USAGE, "%s: not in this version", command->name);
    command_print_help(command, stdout);
    return STATUS_DONE;
}
