#include "analysis/parts.h"
#include "base/text.h"
#include "snapshot/arm_id.h"

#include <string.h>

const char *scope_name(const Parts *parts, uint32_t scope)
{
    const Snapshot *snapshot = parts->snapshot;
    const Scope *s = &parts->access->tree.scopes[scope];
    const char *name = NULL;
    if (s->level == SCOPE_SUBSCRIPTION)
        for (uint32_t i = 0; i < snapshot->subscriptions.count && !name; i++)
            if (snapshot->subscriptions.items[i].id == s->id)
                name = text_text(snapshot, snapshot->subscriptions.items[i].name);
    if (s->level == SCOPE_MANAGEMENT_GROUP)
        for (uint32_t i = 0; i < snapshot->management_groups.count && !name; i++)
            if (snapshot->management_groups.items[i].id == s->id)
                name = text_text(snapshot, snapshot->management_groups.items[i].display_name);
    if (s->level == SCOPE_ROOT)
        return "the whole tenant";
    return name ? name : arm_id_short_name(id_text(snapshot, s->id));
}

const char *role_name(const Parts *parts, uint32_t grant)
{
    const Grant *g = &parts->access->grants.items[grant];
    const char *name = parts->access->roles.items[g->role].definition->name;
    return name ? name : "a role without a name";
}

const char *grant_words(const Parts *parts, Arena *arena, uint32_t grant)
{
    const Grant *g = &parts->access->grants.items[grant];
    const RoleAssignment *assignment = &parts->snapshot->role_assignments.items[g->assignment];
    return arena_format(arena, "%s at %s%s%s", role_name(parts, grant), scope_name(parts, g->scope),
                        g->certainty == ELIGIBLE ? ", eligible" : "",
                        assignment->condition != NONE ? ", under a condition" : "");
}

/* What a variable that any resource of its types can fill is called: "some workspace". */
static const char *some_words(const Parts *parts, Arena *arena, const Variable *variable)
{
    const ResourceKind *kind = variable->types.count == 1
                                   ? rules_resource_kind(parts->rules, variable->types.items[0])
                                   : NULL;
    const char *name = kind                                   ? kind->singular
                       : variable->kind == VARIABLE_SCOPE     ? "scope"
                       : variable->kind == VARIABLE_PRINCIPAL ? "principal"
                                                              : "resource";
    return arena_format(arena, "some %s", name);
}

static const char *term_name(const Parts *parts, Term term)
{
    return term_is_principal(term) ? principal_name(parts->snapshot, term_index(term))
                                   : scope_name(parts, term);
}

/* The name that stands for a variable: its term, or the scope that the clause was laid over. */
static const char *variable_words(const Parts *parts, Arena *arena, const Clause *clause,
                                  const Term *terms, uint32_t scope, const char *name,
                                  size_t length_bytes)
{
    for (uint32_t i = 0; i < clause->variable_count; i++) {
        const Variable *variable = &clause->variables[i];
        if (strncmp(variable->name, name, length_bytes) != 0 || variable->name[length_bytes])
            continue;
        if (terms)
            return terms[i] == NONE ? some_words(parts, arena, variable)
                                    : term_name(parts, terms[i]);
        if (scope == NONE)
            break;
        const ResourceKind *kind = variable->types.count == 1
                                       ? rules_resource_kind(parts->rules, variable->types.items[0])
                                       : NULL;
        bool whole = parts->access->tree.scopes[scope].level != SCOPE_RESOURCE;
        if (whole && kind)
            return arena_format(arena, "every %s in %s", kind->singular, scope_name(parts, scope));
        return scope_name(parts, scope);
    }
    return arena_copy_bytes(arena, name, length_bytes);
}

static const char *words_of(const Parts *parts, Arena *arena, const Clause *clause,
                            const Term *terms, uint32_t scope)
{
    TextBuffer words = {0};
    for (const char *text = clause->text; *text;) {
        const char *close = *text == '{' ? strchr(text, '}') : NULL;
        if (!close) {
            text_append_char(&words, *text++);
            continue;
        }
        text_append(&words, variable_words(parts, arena, clause, terms, scope, text + 1,
                                           (size_t)(close - text - 1)));
        text = close + 1;
    }
    const char *copy = arena_copy_text(arena, words.text ? words.text : "");
    text_buffer_free(&words);
    return copy;
}

const char *clause_words(const Parts *parts, Arena *arena, const Clause *clause,
                         const Instance *instance, uint32_t scope)
{
    const Term *terms = instance ? parts->instances.terms.items + instance->first_term : NULL;
    return words_of(parts, arena, clause, terms, scope);
}

const char *clause_words_of_terms(const Parts *parts, Arena *arena, const Clause *clause,
                                  const Term *terms)
{
    return words_of(parts, arena, clause, terms, NONE);
}
