#include "cli/command.h"
#include "report/output_file.h"

/* Reads exports of Azure and Entra, and says what a taken-over AML identity reaches. */
int main(int argument_count, char **arguments)
{
    Options options;
    Session session;
    Error err;
    bool understood = options_read(&options, argument_count, arguments, &err);
    session_begin(&session, &options);
    output_watch_signals();
    Status status = STATUS_USAGE;
    if (understood)
        status = command_run(&session);
    else if (!command_is_later(&session, argument_count, arguments))
        session_fail(&session, STATUS_USAGE, "%s (try --help)", err.message);
    session_end(&session);
    options_free(&options);
    return (int)status;
}
