#include "cli/messages.h"

#include "base/clean.h"

enum { SHOWN_AT_MOST = 20 };

static void print_message(const Session *session, const Message *message)
{
    TextBuffer line = {0}, cleaned = {0};
    message_line(&session->snapshot, message, &line);
    clean_append(&cleaned, CLEAN_TERMINAL, line.text);
    fprintf(stderr, "%s\n", cleaned.text);
    text_buffer_free(&line);
    text_buffer_free(&cleaned);
}

void messages_print(const Session *session)
{
    const Options *options = session->options;
    uint32_t shown = 0, left_out = 0;
    for (uint32_t i = 0; i < session->snapshot.messages.count; i++) {
        const Message *message = &session->snapshot.messages.items[i];
        if (options->quiet && !message->is_error)
            continue;
        if (shown == SHOWN_AT_MOST && !options->verbose) {
            left_out++;
            continue;
        }
        print_message(session, message);
        shown++;
    }
    if (left_out > 0)
        fprintf(stderr, "and %u more messages (--verbose prints all)\n", (unsigned)left_out);
}
