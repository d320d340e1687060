#ifndef CLI_MESSAGES_H
#define CLI_MESSAGES_H

#include "cli/session.h"

/* Prints on standard error what the reading had to say: of very many messages the first ones and a
   count, with --verbose all, with --quiet only errors. */
void messages_print(const Session *session);

#endif
