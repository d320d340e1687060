#include "access/decide.h"

#include <stdlib.h>

/*
 * Which roles a condition on roleAssignments/write or /delete lets its holder give or take away.
 * An attacker chooses the recipient, so a role counts when somebody can be given it.
 */
enum { NAMED_ROLES = 25 }; /* so many are named, the rest is counted */

typedef struct Recipients {
    const Asking *asking;
    const Grant *grant;
    const char *role; /* GUID */
    bool admitted;
} Recipients;

static void try_recipient(Recipients *recipients, const char *to, const char *to_type)
{
    const Asking *asking = recipients->asking;
    if (recipients->admitted)
        return;
    GivenAttributes attributes;
    GivenRole given = {recipients->role, to, to_type,
                       text_equal_any_case(asking->ask.action, ROLE_ASSIGNMENTS_DELETE)};
    given_attributes(&given, &attributes);
    ConditionContext context = {.action = asking->ask.action,
                                .reading = asking->access->reading,
                                .bindings = attributes.bindings,
                                .binding_count = attributes.count,
                                .beneath = asking->ask.context};
    Ask ask = {asking->ask.action, asking->ask.plane, &context};
    recipients->admitted =
        role_gives(asking->access, recipients->grant->role,
                   assignment_condition(asking->access, assignment_of(asking, recipients->grant)),
                   &ask) != TRI_FALSE;
}

static void try_named(void *caller, const Guid *guid)
{
    char text[GUID_TEXT_BYTES];
    guid_format(guid, text);
    try_recipient(caller, text, NULL);
}

/* Somebody may be given the role: the asker itself, anybody of each kind, or whom the condition
   names. */
static bool admits_role(const Asking *asking, const Grant *grant, uint32_t role)
{
    char guid[GUID_TEXT_BYTES];
    guid_format(&asking->access->roles.items[role].definition->guid, guid);
    Recipients recipients = {asking, grant, guid, false};
    if (asking->question->to) {
        try_recipient(&recipients, NULL, NULL);
        return recipients.admitted;
    }
    try_recipient(&recipients, asking->question->who, NULL);
    try_recipient(&recipients, UNNAMED_PRINCIPAL, "User");
    try_recipient(&recipients, UNNAMED_PRINCIPAL, "Group");
    try_recipient(&recipients, UNNAMED_PRINCIPAL, "ServicePrincipal");
    const ParsedCondition *condition =
        assignment_condition(asking->access, assignment_of(asking, grant));
    if (condition && !condition->broken) {
        condition_guids(condition->condition, SOURCE_REQUEST, ROLE_ASSIGNMENT_TO, try_named,
                        &recipients);
        condition_guids(condition->condition, SOURCE_RESOURCE, ROLE_ASSIGNMENT_TO, try_named,
                        &recipients);
    }
    return recipients.admitted;
}

static int by_name(const void *a, const void *b)
{
    const char *const *left = a, *const *right = b;
    return text_compare_any_case(*left, *right);
}

static void append_names(TextBuffer *words, const char **names, uint32_t count)
{
    if (count)
        qsort(names, count, sizeof *names, by_name);
    uint32_t named = count > NAMED_ROLES ? NAMED_ROLES : count;
    for (uint32_t i = 0; i < named; i++)
        text_append_format(words, "%s%s", i ? ", " : "", names[i]);
    if (named < count)
        text_append_format(words, " and %u more", count - named);
}

const char *admitted_words(const Asking *asking, const Grant *grant)
{
    const Access *access = asking->access;
    if (asking->question->role ||
        (!text_equal_any_case(asking->ask.action, ROLE_ASSIGNMENTS_WRITE) &&
         !text_equal_any_case(asking->ask.action, ROLE_ASSIGNMENTS_DELETE)))
        return "";
    const char **admitted = memory_allocate(access->roles.count, sizeof *admitted);
    const char **refused = memory_allocate(access->roles.count, sizeof *refused);
    uint32_t admitted_count = 0, refused_count = 0;
    for (uint32_t i = 0; i < access->roles.count; i++) {
        const char *name = access->roles.items[i].definition->name;
        if (!name)
            name = "a role without name";
        if (admits_role(asking, grant, i))
            admitted[admitted_count++] = name;
        else
            refused[refused_count++] = name;
    }
    TextBuffer words = {0};
    if (!admitted_count) {
        text_append(&words, "; it admits no role that is known here");
    } else if (!refused_count) {
        text_append(&words, "; it admits every role");
    } else if (admitted_count > NAMED_ROLES && refused_count <= NAMED_ROLES) {
        text_append(&words, "; it admits every role but ");
        append_names(&words, refused, refused_count);
    } else {
        text_append(&words, "; it admits ");
        append_names(&words, admitted, admitted_count);
    }
    const char *copy = arena_copy_text(&asking->decision->arena, words.text);
    text_buffer_free(&words);
    free((void *)admitted);
    free((void *)refused);
    return copy;
}
