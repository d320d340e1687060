#include "report/picture_radius.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

Arena *radius_arena(const Radius *radius)
{
    return &radius->picture->arena;
}

void radius_add_card(Radius *radius, uint32_t column, const Card *card)
{
    PictureColumn *place = &radius->picture->columns.items[column];
    ARRAY_PUSH(&place->cards, *card);
}

void radius_hold(Radius *radius, Entity entity, const Card *card, uint32_t column)
{
    Holder holder = {.entity = entity, .column = column};
    memcpy(holder.id, card->id, sizeof holder.id);
    ARRAY_PUSH(&radius->holders, holder);
}

const Holder *radius_find_holder(const Radius *radius, Entity entity, uint32_t before_column)
{
    const Holder *found = NULL;
    for (uint32_t i = 0; i < radius->holders.count; i++) {
        const Holder *holder = &radius->holders.items[i];
        if (holder->entity.kind == entity.kind && holder->entity.index == entity.index &&
            holder->column < before_column && (!found || holder->column > found->column))
            found = holder;
    }
    return found;
}

void radius_put_in_boxes(const Radius *radius, Card *card, uint32_t scope)
{
    const Scope *it = &radius->analysis->access->tree.scopes[scope];
    card->outer = it->subscription;
    card->inner = it->resource_group;
}

void radius_describe_target(const Radius *radius, Card *card, const Target *target)
{
    card->severity = target->in_scope ? "in-scope" : severity_name(target->severity);
    card->weight = target->in_scope ? 0 : 1 + (uint32_t)target->severity;
    card->crown = target->crown && !target->in_scope;
    radius_put_in_boxes(radius, card, target->scope);
    if (target->ways > 1)
        card_add_detail(
            card, arena_format(radius_arena(radius), "%u capabilities", (unsigned)target->ways));
}

/* ---- the start and who runs code as it ---- */

static Entity entity_of_start(const Radius *radius)
{
    const Start *start = &radius->analysis->starts.items[radius->start];
    if (start->principal != NONE)
        return (Entity){ENTITY_PRINCIPAL, start->principal};
    Id id = radius->analysis->snapshot->resources.items[start->resource].id;
    return (Entity){ENTITY_SCOPE, radius->analysis->access->tree.scope_of_id[id]};
}

static void add_focal(Radius *radius)
{
    const Start *start = &radius->analysis->starts.items[radius->start];
    Card card = start_card(radius->picture, radius->start);
    card_id(card.id, 'n', card.tooltip);
    if (start->attached_count)
        card_add_strip(&card, (CardStrip){PICTURE_IN_SCOPE, 0, "code on it takes its token",
                                          "attached identity"});
    radius_hold(radius, entity_of_start(radius), &card, COLUMN_FOCAL);
    for (uint32_t i = 0; i < start->own_count; i++)
        radius_hold(radius, (Entity){ENTITY_PRINCIPAL, start->own[i]}, &card, COLUMN_FOCAL);
    radius_add_card(radius, COLUMN_FOCAL, &card);
}

static void add_entry(Radius *radius, const char *id, const char *type, const char *name)
{
    const Card *focal = &radius->picture->columns.items[COLUMN_FOCAL].cards.items[0];
    Card card = {.silhouette = CARD_RESOURCE,
                 .type = capitalized(radius->picture, type),
                 .name = name,
                 .tooltip = id,
                 .outer = NONE,
                 .inner = NONE};
    card_id(card.id, 'w', id);
    picture_add_line(radius->picture, card.id, focal->id, 0, PICTURE_IN_SCOPE);
    radius_add_card(radius, COLUMN_ENTRY, &card);
}

static void add_entries(Radius *radius)
{
    const Snapshot *snapshot = radius->analysis->snapshot;
    const Start *start = &radius->analysis->starts.items[radius->start];
    uint32_t shown =
        start->attached_count <= MOST_ENTRIES ? start->attached_count : (uint32_t)MOST_ENTRIES - 1;
    for (uint32_t i = 0; i < shown; i++) {
        const Resource *resource = &snapshot->resources.items[start->attached_to[i]];
        const char *name = text_text(snapshot, resource->name);
        const char *id = id_text(snapshot, resource->id);
        add_entry(radius, id, words_of_type(radius->report->names, resource->type, 1),
                  name ? name : id);
    }
    if (shown < start->attached_count)
        add_entry(radius, "and more", "and",
                  arena_format(radius_arena(radius), "%u more",
                               (unsigned)(start->attached_count - shown)));
}

/* ---- the worst chain ---- */

static Target *find_target(const Radius *radius, Entity entity)
{
    for (uint32_t i = 0; entity.kind == ENTITY_SCOPE && i < radius->targets.count; i++)
        if (radius->targets.items[i].scope == entity.index)
            return &radius->targets.items[i];
    return NULL;
}

/* A resource on the chain is drawn here and nowhere else. */
static void take_target(Radius *radius, Card *card, Entity entity)
{
    Target *target = find_target(radius, entity);
    if (card->silhouette != CARD_RESOURCE)
        return;
    radius_put_in_boxes(radius, card, entity.index);
    if (!target || target->hop == 0)
        return;
    radius_describe_target(radius, card, target);
    target->hop = 0;
    radius->singles++;
}

static void add_chain_card(Radius *radius, const Chain *chain, uint32_t step_index, uint32_t column)
{
    const Step *step = &chain->steps[step_index];
    Card card = step_card(radius->picture, step);
    CardStrip strip = step_strip(radius->picture, step, PICTURE_ESCALATION);
    card_id(card.id, 'c',
            arena_format(radius_arena(radius), "%u %s", (unsigned)step_index, card.tooltip));
    strip.step = step_index;
    card_add_strip(&card, strip);
    card.on_chain = true;
    take_target(radius, &card, step->to);
    /* The chain is one line, through what the step before led to. */
    const PictureColumn *before = &radius->picture->columns.items[column - 1];
    picture_add_line(radius->picture, before->cards.items[0].id, card.id, 0, strip.style);
    radius_hold(radius, step->to, &card, column);
    radius_add_card(radius, column, &card);
}

/* Of a chain that is longer than there are columns, the last step stands in the last one. */
static void add_worst_chain(Radius *radius)
{
    uint32_t worst = radius->result->worst_chain;
    if (worst == NONE)
        return;
    const Chain *chain = &radius->analysis->chains.items[worst];
    for (uint32_t i = 1; i < chain->step_count; i++) {
        uint32_t hop = i < MOST_HOPS ? i : (uint32_t)MOST_HOPS;
        bool left_out = i >= MOST_HOPS && i + 1 < chain->step_count;
        if (!left_out)
            add_chain_card(radius, chain, i, COLUMN_FIRST_HOP + hop - 1);
    }
}

/* ---- the words around it ---- */

static const char *worst_severity(const Radius *radius)
{
    static const char *const by_verdict[] = {[VERDICT_CONTAINED] = "low",
                                             [VERDICT_BROAD] = "medium",
                                             [VERDICT_LATERAL] = "high",
                                             [VERDICT_ESCALATING] = "high",
                                             [VERDICT_TAKEOVER] = "critical"};
    Severity worst = SEVERITY_LOW;
    for (uint32_t i = 0; i < radius->result->finding_count; i++) {
        const Finding *finding = &radius->analysis->findings.items[radius->result->findings[i]];
        worst = finding->severity > worst ? finding->severity : worst;
    }
    return worst > SEVERITY_LOW ? severity_name(worst) : by_verdict[radius->result->verdict];
}

static void add_words(Radius *radius, const char *name)
{
    Picture *picture = radius->picture;
    Arena *arena = &picture->arena;
    const StartResult *result = radius->result;
    const Start *start = &radius->analysis->starts.items[radius->start];
    const char *kind = kind_of_start(radius->report->names, radius->start);
    const char *who = name_of_start(radius->report->names, radius->start);
    picture->name = name;
    picture->kind = "identity";
    picture->title = arena_format(arena, "Blast radius of %s", who);
    picture->subtitle = arena_format(arena, "What code that runs %s this %s can reach",
                                     start->kind == START_WORKLOAD ? "on" : "as", kind);
    picture->worst = result->worst ? result->worst : "Nothing beyond its task";
    picture->severity = worst_severity(radius);
    picture->description = arena_format(
        arena, "Blast radius of the %s %s: %u resources reachable, %u beyond the task. %s.", kind,
        who, (unsigned)result->reachable_resources, (unsigned)result->beyond_task_resources,
        picture->worst);
    picture->home = start->home == NONE
                        ? NONE
                        : radius->analysis->access->tree.scopes[start->home].subscription;
    picture_add_snapshot(picture);
    picture_add_fact(picture, "Reaches",
                     arena_format(arena, "%u resources in %u subscription%s",
                                  (unsigned)result->reachable_resources,
                                  (unsigned)result->reachable_subscriptions,
                                  result->reachable_subscriptions == 1 ? "" : "s"));
    picture_add_fact(picture, "Beyond the task",
                     arena_format(arena, "%u", (unsigned)result->beyond_task_resources));
    picture_add_tool(picture);
}

static void tell_assumed(Radius *radius)
{
    uint32_t identities = 0, rows = 0;
    for (uint32_t i = 0; i < radius->result->acts_as_count; i++)
        identities += radius->result->acts_as[i].certainty == ASSUMED;
    for (uint32_t i = 0; i < radius->result->reach_count; i++)
        rows += radius->result->reach[i].certainty == ASSUMED;
    if (identities + rows == 0)
        return;
    const char *text = arena_format(
        radius_arena(radius), "what is only assumed is not drawn: %u identities, %u rows of %s",
        (unsigned)identities, (unsigned)rows, picture_rows(radius->picture));
    ARRAY_PUSH(&radius->picture->incomplete, text);
}

/* Of a start that reaches very much only the worst rows and the nearest identities are listed. */
static bool all_is_listed(const StartResult *result)
{
    return result->reach_count == result->reach_total &&
           result->acts_as_count == result->acts_as_total;
}

static void tell_unlisted(Radius *radius)
{
    const StartResult *result = radius->result;
    if (all_is_listed(result))
        return;
    const char *text = arena_format(
        radius_arena(radius),
        "drawn and listed are the worst %u of %u rows and the nearest %u of %u identities",
        (unsigned)result->reach_count, (unsigned)result->reach_total,
        (unsigned)result->acts_as_count, (unsigned)result->acts_as_total);
    ARRAY_PUSH(&radius->picture->incomplete, text);
}

/* The sum that shows that nothing was left out and nothing counted twice. */
static void add_sum(Radius *radius)
{
    uint32_t total = radius->singles + radius->stacked;
    bool all = all_is_listed(radius->result);
    if (total == 0)
        radius->picture->legend = "No resource is reachable.";
    else if (radius->stacks == 0)
        radius->picture->legend =
            arena_format(radius_arena(radius), "%u %s = %u drawn one by one.%s", (unsigned)total,
                         all ? "reachable" : "in the listed rows", (unsigned)radius->singles,
                         all ? " Nothing is left out." : "");
    else
        radius->picture->legend = arena_format(
            radius_arena(radius), "%u %s = %u drawn one by one + %u inside %u stack%s.%s",
            (unsigned)total, all ? "reachable" : "in the listed rows", (unsigned)radius->singles,
            (unsigned)radius->stacked, (unsigned)radius->stacks, radius->stacks == 1 ? "" : "s",
            all ? arena_format(radius_arena(radius), " Nothing is left out: %s has every row.",
                               picture_rows(radius->picture))
                : "");
}

static void add_columns(Radius *radius)
{
    Picture *picture = radius->picture;
    const Start *start = &radius->analysis->starts.items[radius->start];
    PictureColumn entry = {.heading = "Who can run code as it", .narrow = true};
    PictureColumn focal = {.heading =
                               start->kind == START_WORKLOAD ? "The workload" : "The identity"};
    ARRAY_PUSH(&picture->columns, entry);
    ARRAY_PUSH(&picture->columns, focal);
    for (uint32_t hop = 1; hop <= MOST_HOPS; hop++) {
        PictureColumn column = {.heading = "Direct access"};
        if (hop > 1)
            column.heading = arena_format(&picture->arena, "After step %u%s", (unsigned)hop - 1,
                                          hop == MOST_HOPS ? " and later" : "");
        ARRAY_PUSH(&picture->columns, column);
    }
}

void picture_radius(Picture *picture, const Report *report, uint32_t start, const char *name)
{
    Radius radius = {.picture = picture,
                     .report = report,
                     .analysis = report->analysis,
                     .result = &report->analysis->results[start],
                     .start = start};
    *picture = (Picture){.report = report, .home = NONE};
    add_columns(&radius);
    add_words(&radius, name);
    tell_assumed(&radius);
    tell_unlisted(&radius);
    radius.targets = targets_find(report, start);
    add_focal(&radius);
    add_entries(&radius);
    add_worst_chain(&radius);
    radius_add_identities(&radius);
    radius_add_gains(&radius);
    radius_add_targets(&radius);
    add_sum(&radius);
    for (uint32_t i = 0; i < picture->columns.count; i++)
        column_sort(&picture->columns.items[i]);
    targets_free(&radius.targets);
    ARRAY_FREE(&radius.holders);
}
