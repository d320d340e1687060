#include "report/picture_steps.h"

#include "base/text.h"

#include <string.h>

/* What a technique wins: the power to give roles, without limit or with one. */
typedef enum Power { POWER_NONE, POWER_SOME_ROLES, POWER_ANY_ROLE, POWER_OWN_ROLE } Power;

static Power power_of(const Rules *rules, const Step *step)
{
    if (step->technique_index == NONE)
        return POWER_NONE;
    Power power = POWER_NONE;
    const Technique *technique = &rules->techniques.items[step->technique_index];
    for (uint32_t i = 0; i < technique->clause_count; i++) {
        const Conclusion *conclusion =
            &rules->clauses.items[technique->first_clause + i].conclusion;
        if (conclusion->kind == CONCLUDES_REWRITES_ROLE)
            return POWER_OWN_ROLE;
        if (conclusion->kind != CONCLUDES_GIVES_ROLES)
            continue;
        if (conclusion->conditioned)
            return POWER_SOME_ROLES;
        power = POWER_ANY_ROLE;
    }
    return power;
}

static void describe_power(Picture *picture, Card *card, Power power, const char *scope)
{
    static const char *const names[] = {[POWER_NONE] = "everything in %s",
                                        [POWER_SOME_ROLES] = "giver of roles at %s",
                                        [POWER_ANY_ROLE] = "Owner of %s",
                                        [POWER_OWN_ROLE] = "all-powerful at %s"};
    const char *place = strstr(names[power], "%s");
    TextBuffer name = {0};
    text_append_bytes(&name, names[power], (size_t)(place - names[power]));
    text_append(&name, scope);
    card->silhouette = CARD_GAIN;
    card->type = power == POWER_NONE ? "reaches" : "becomes";
    card->name = arena_copy_text(&picture->arena, name.text);
    text_buffer_free(&name);
}

/* "lives in rg-fraud": many system-assigned identities are called like their hosts, and many hosts
   are called alike.  NULL for who has no place in Azure. */
static const char *home_of_identity(Picture *picture, uint32_t principal)
{
    const Analysis *analysis = picture->report->analysis;
    const char *id =
        id_text(analysis->snapshot, analysis->snapshot->principals.items[principal].resource_id);
    bool exact;
    if (!id)
        return NULL;
    uint32_t scope = scope_find(&analysis->access->tree, analysis->snapshot, id, &exact);
    uint32_t group = analysis->access->tree.scopes[scope].resource_group;
    if (group == NONE)
        return NULL;
    return arena_format(&picture->arena, "lives in %s",
                        name_of_scope(picture->report->names, group));
}

Card step_card(Picture *picture, const Step *step)
{
    const Names *names = picture->report->names;
    const Analysis *analysis = picture->report->analysis;
    Card card = {.silhouette = CARD_IDENTITY,
                 .name = name_of_entity(names, step->to),
                 .tooltip = id_of_entity(names, step->to),
                 .outer = NONE,
                 .inner = NONE};
    if (step->to.kind == ENTITY_PRINCIPAL) {
        card.type = capitalized(picture, kind_of_principal(analysis, step->to.index));
        card_add_detail(&card, home_of_identity(picture, step->to.index));
        return card;
    }
    const Scope *scope = &analysis->access->tree.scopes[step->to.index];
    Power power = power_of(analysis->rules, step);
    const char *kind = kind_of_scope(names, step->to.index);
    if (power != POWER_NONE || scope->level != SCOPE_RESOURCE) {
        describe_power(picture, &card, power, card.name);
        card_add_detail(&card, kind);
        return card;
    }
    card.silhouette = CARD_RESOURCE;
    card.type = capitalized(picture, kind);
    card.crown = scope->resource != NONE && analysis_is_crown_jewel(analysis, scope->resource);
    return card;
}

CardStrip step_strip(Picture *picture, const Step *step, PictureStyle certainly)
{
    CardStrip strip = {.style = certainly,
                       .text = text_is_empty(step->label) ? step->technique : step->label,
                       .by = step->detail};
    if (step->certainty == ELIGIBLE)
        strip.style = PICTURE_ELIGIBLE;
    if (step->certainty == CONDITIONAL) { /* the drawer writes "IF " before it */
        strip.style = PICTURE_CONDITIONAL;
        strip.text = arena_format(&picture->arena, "a condition holds: %s", strip.text);
    }
    if (step->certainty == ASSUMED)
        strip.by = arena_format(&picture->arena, "assumed: %s",
                                step->note ? step->note : "the snapshot does not say");
    return strip;
}

/* "runs as id-train, id-etl and 2 more" */
static const char *joined_names(Picture *picture, const uint32_t *principals, uint32_t count)
{
    enum { NAMED = 2 };
    TextBuffer text = {0};
    text_append(&text, "runs as ");
    for (uint32_t i = 0; i < count && i < NAMED; i++) {
        text_append(&text, i ? ", " : "");
        text_append(&text, name_of_principal(picture->report->analysis, principals[i]));
    }
    if (count > NAMED)
        text_append_format(&text, " and %u more", (unsigned)count - NAMED);
    const char *copy = arena_copy_text(&picture->arena, text.text);
    text_buffer_free(&text);
    return copy;
}

Card start_card(Picture *picture, uint32_t start)
{
    const Report *report = picture->report;
    const Start *it = &report->analysis->starts.items[start];
    Card card = {.silhouette = CARD_FOCAL,
                 .type = capitalized(picture, kind_of_start(report->names, start)),
                 .name = name_of_start(report->names, start),
                 .tooltip = id_of_start(report->analysis, start),
                 .on_chain = true,
                 .outer = NONE,
                 .inner = NONE};
    if (it->attached_count)
        card_add_detail(&card, arena_format(&picture->arena, "attached to %u resource%s",
                                            (unsigned)it->attached_count,
                                            it->attached_count == 1 ? "" : "s"));
    if (it->kind == START_WORKLOAD && it->own_count)
        card_add_detail(&card, joined_names(picture, it->own, it->own_count));
    if (it->purpose)
        card_add_detail(&card, arena_format(&picture->arena, "task: %s", it->purpose));
    return card;
}
