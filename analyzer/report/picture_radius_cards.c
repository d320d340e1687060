#include "base/text.h"
#include "report/picture_radius.h"

#include <stdlib.h>
#include <string.h>

/* Where the line of a chain's last step begins: the last card on its way that is drawn left of the
   column. */
static const char *source_of(const Radius *radius, uint32_t chain, uint32_t column)
{
    const Chain *it = chain == NONE ? NULL : &radius->analysis->chains.items[chain];
    for (uint32_t i = it ? it->step_count : 0; i-- > 0;) {
        const Holder *won = i > 0 ? radius_find_holder(radius, it->steps[i - 1].to, column) : NULL;
        const Holder *from = radius_find_holder(radius, it->steps[i].from, column);
        if (won && (!from || won->column >= from->column))
            return won->id;
        if (from)
            return from->id;
    }
    return radius->holders.items[0].id; /* the start */
}

static const Step *last_step(const Radius *radius, uint32_t chain)
{
    const Chain *it = &radius->analysis->chains.items[chain];
    return &it->steps[it->step_count - 1];
}

/* ---- other identities, other powers ---- */

static uint32_t column_of_chain(const Radius *radius, uint32_t chain)
{
    uint32_t hops = chain_hops(radius->analysis, chain);
    return COLUMN_FIRST_HOP + (hops < MOST_HOPS ? hops : (uint32_t)MOST_HOPS) - 1;
}

static void add_holder_card(Radius *radius, Entity entity, uint32_t chain, uint32_t column)
{
    const Step *step = last_step(radius, chain);
    Card card = step_card(radius->picture, step);
    CardStrip strip = step_strip(radius->picture, step, PICTURE_BEYOND);
    card.name = name_of_entity(radius->report->names, entity);
    card.tooltip = id_of_entity(radius->report->names, entity);
    card_id(card.id, 'n', card.tooltip);
    card_add_strip(&card, strip);
    card.weight = 10;
    picture_add_line(radius->picture, source_of(radius, chain, column), card.id, 0, strip.style);
    radius_hold(radius, entity, &card, column);
    radius_add_card(radius, column, &card);
}

/* One card for all that found no room. */
static void add_rest_card(Radius *radius, Silhouette silhouette, const char *name, uint32_t column)
{
    const char *whole = picture_whole(radius->picture);
    Card card = {.silhouette = silhouette,
                 .type = "and",
                 .name = name,
                 .tooltip = arena_format(radius_arena(radius), "all of them are in %s", whole),
                 .outer = NONE,
                 .inner = NONE};
    card_id(card.id, 'm', arena_format(radius_arena(radius), "%s %u", name, (unsigned)column));
    card_add_detail(&card, arena_format(radius_arena(radius), "all in %s", whole));
    radius_add_card(radius, column, &card);
}

void radius_add_identities(Radius *radius)
{
    uint32_t shown[COLUMN_FIRST_HOP + MOST_HOPS] = {0};
    uint32_t left_out[COLUMN_FIRST_HOP + MOST_HOPS] = {0};
    for (uint32_t i = 0; i < radius->result->acts_as_count; i++) {
        const ActsAs *acts_as = &radius->result->acts_as[i];
        Entity entity = {ENTITY_PRINCIPAL, acts_as->principal};
        uint32_t column = column_of_chain(radius, acts_as->chain);
        if (acts_as->certainty > ELIGIBLE || radius_find_holder(radius, entity, UINT32_MAX))
            continue;
        if (shown[column]++ < MOST_IDENTITIES)
            add_holder_card(radius, entity, acts_as->chain, column);
        else
            left_out[column]++;
    }
    for (uint32_t column = COLUMN_FIRST_HOP; column < COLUMN_FIRST_HOP + MOST_HOPS; column++)
        if (left_out[column])
            add_rest_card(radius, CARD_IDENTITY,
                          arena_format(radius_arena(radius), "%u identities more",
                                       (unsigned)left_out[column]),
                          column);
}

static void add_gain(Radius *radius, const ReachRow *row, uint32_t column)
{
    const Step *step = last_step(radius, row->chain);
    const Names *names = radius->report->names;
    bool directory = row->capability == CAPABILITY_DIRECTORY;
    Card card = {.silhouette = CARD_GAIN,
                 .type = directory ? "gets power over" : "can give roles at",
                 .name = directory ? "the directory" : name_of_scope(names, row->scope),
                 .tooltip = id_of_scope(radius->analysis, row->scope),
                 .outer = NONE,
                 .inner = NONE,
                 .weight = 20};
    CardStrip strip = step_strip(radius->picture, step, PICTURE_BEYOND);
    card_id(card.id, 'g',
            arena_format(radius_arena(radius), "%s %u", card.tooltip, (unsigned)row->capability));
    card_add_detail(&card, kind_of_scope(names, row->scope));
    card_add_detail(&card,
                    row->roles ? arena_format(radius_arena(radius), "only %s", row->roles) : NULL);
    card_add_strip(&card, strip);
    picture_add_line(radius->picture, source_of(radius, row->chain, column), card.id, 0,
                     strip.style);
    radius_add_card(radius, column, &card);
}

/* Is the power already told by a card of the chain? */
static bool is_told(const Radius *radius, const ReachRow *row)
{
    Entity entity = {ENTITY_SCOPE, row->scope};
    return radius_find_holder(radius, entity, UINT32_MAX) != NULL;
}

void radius_add_gains(Radius *radius)
{
    uint32_t shown[COLUMN_FIRST_HOP + MOST_HOPS] = {0};
    uint32_t left_out[COLUMN_FIRST_HOP + MOST_HOPS] = {0};
    for (uint32_t i = 0; i < radius->result->reach_count; i++) {
        const ReachRow *row = &radius->result->reach[i];
        bool power =
            row->capability == CAPABILITY_ASSIGN_ROLES || row->capability == CAPABILITY_DIRECTORY;
        if (!power || row->certainty > ELIGIBLE || row->chain == NONE || is_told(radius, row))
            continue;
        uint32_t column = column_of_chain(radius, row->chain);
        if (shown[column]++ < MOST_GAINS)
            add_gain(radius, row, column);
        else
            left_out[column]++;
    }
    for (uint32_t column = COLUMN_FIRST_HOP; column < COLUMN_FIRST_HOP + MOST_HOPS; column++)
        if (left_out[column])
            add_rest_card(radius, CARD_GAIN,
                          arena_format(radius_arena(radius), "roles at %u places more",
                                       (unsigned)left_out[column]),
                          column);
}

/* ---- resources ---- */

typedef struct TypeShare {
    Id type;
    uint32_t count;
} TypeShare;

static int by_share(const void *a, const void *b)
{
    const TypeShare *x = a, *y = b;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return (x->type > y->type) - (x->type < y->type);
}

static const char *share_words(const Radius *radius, const TypeShare *share)
{
    return arena_format(radius_arena(radius), "%u %s", (unsigned)share->count,
                        words_of_type(radius->report->names, share->type, share->count));
}

/* "37 storage accounts"; of several types "80 resources", then the most frequent ones. */
static void describe_types(Radius *radius, Card *card, const Target *targets, uint32_t count)
{
    ARRAY(TypeShare) shares = {0};
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = 0;
        while (at < shares.count && shares.items[at].type != targets[i].type)
            at++;
        if (at == shares.count)
            ARRAY_PUSH(&shares, ((TypeShare){targets[i].type, 0}));
        shares.items[at].count++;
    }
    if (!shares.items)
        return; /* there are always some */
    qsort(shares.items, shares.count, sizeof *shares.items, by_share);
    card->name = share_words(radius, &shares.items[0]);
    if (shares.count > 1) {
        uint32_t rest = count - shares.items[0].count - shares.items[1].count;
        const char *second = share_words(radius, &shares.items[1]);
        card_add_detail(card, card->name);
        card_add_detail(card, rest ? arena_format(radius_arena(radius), "%s \xC2\xB7 %u other",
                                                  second, (unsigned)rest)
                                   : second);
        card->name = arena_format(radius_arena(radius), "%u resources", (unsigned)count);
    }
    ARRAY_FREE(&shares);
}

/* What can be done to the worst of them, and how many other things to others. */
static const char *strip_text(const Radius *radius, const char *worst, const Target *targets,
                              uint32_t count)
{
    uint32_t seen = 0, others = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t bit = 1U << targets[i].capability;
        others += i > 0 && !(seen & bit);
        seen |= bit;
    }
    if (others == 0)
        return worst;
    return arena_format(radius_arena(radius), "%s, and %u more", worst, (unsigned)others);
}

/* The boxes that hold all of them. */
static void put_stack_in_boxes(const Radius *radius, Card *card, const Target *targets,
                               uint32_t count)
{
    radius_put_in_boxes(radius, card, targets[0].scope);
    for (uint32_t i = 1; i < count; i++) {
        const Scope *scope = &radius->analysis->access->tree.scopes[targets[i].scope];
        if (scope->subscription != card->outer)
            card->outer = card->inner = NONE;
        if (scope->resource_group != card->inner)
            card->inner = NONE;
    }
}

static void count_worst(Radius *radius, Card *card, const Target *targets, uint32_t count)
{
    Severity worst = SEVERITY_LOW;
    uint32_t of_worst = 0, crowns = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (targets[i].severity > worst) {
            worst = targets[i].severity;
            of_worst = 0;
        }
        of_worst += targets[i].severity == worst;
        crowns += targets[i].crown;
    }
    card->severity = targets[0].in_scope ? "in-scope" : severity_name(worst);
    card->weight = targets[0].in_scope ? 0 : 1 + (uint32_t)worst;
    if (!targets[0].in_scope && of_worst < count)
        card_add_detail(card, arena_format(radius_arena(radius), "%u %s of %u", (unsigned)of_worst,
                                           severity_name(worst), (unsigned)count));
    if (crowns)
        card_add_detail(card, arena_format(radius_arena(radius), "%u crown jewel%s among them",
                                           (unsigned)crowns, crowns == 1 ? "" : "s"));
}

static Card card_of_targets(Radius *radius, const Target *targets, uint32_t count)
{
    const char *id = id_of_scope(radius->analysis, targets[0].scope);
    Card card = {.silhouette = count == 1 ? CARD_RESOURCE : CARD_STACK, .count = count};
    if (count == 1) {
        card.type =
            capitalized(radius->picture, words_of_type(radius->report->names, targets[0].type, 1));
        card.name = name_of_scope(radius->report->names, targets[0].scope);
        card.tooltip = id;
        radius_describe_target(radius, &card, &targets[0]);
        card_id(card.id, 'r', id);
    } else {
        describe_types(radius, &card, targets, count);
        put_stack_in_boxes(radius, &card, targets, count);
        count_worst(radius, &card, targets, count);
        card_id(card.id, 'k', id);
    }
    return card;
}

static void add_targets_card(Radius *radius, const TargetGroup *group, uint32_t column)
{
    const Target *targets = &radius->targets.items[group->first];
    const ReachRow *row = &radius->result->reach[targets[0].row];
    Card card = card_of_targets(radius, targets, group->count);
    CardStrip strip = step_strip(radius->picture, last_step(radius, row->chain),
                                 targets[0].in_scope ? PICTURE_IN_SCOPE : PICTURE_BEYOND);
    strip.text = strip_text(radius, strip.text, targets, group->count);
    card_add_strip(&card, strip);
    picture_add_line(radius->picture, source_of(radius, row->chain, column), card.id, 0,
                     strip.style);
    radius_add_card(radius, column, &card);
    if (group->count == 1) {
        radius->singles++;
    } else {
        radius->stacks++;
        radius->stacked += group->count;
    }
}

static uint32_t hop_columns(const Radius *radius)
{
    uint32_t columns = 0, hop = 0;
    for (uint32_t i = 0; i < radius->targets.count; i++) {
        columns += radius->targets.items[i].hop > hop;
        hop = radius->targets.items[i].hop;
    }
    return columns ? columns : 1;
}

void radius_add_targets(Radius *radius)
{
    TargetGroups groups = {0};
    targets_sort(&radius->targets);
    uint32_t room = (ROOM_OF_PICTURE - MOST_ENTRIES - 1) / hop_columns(radius);
    room = room < ROOM_OF_COLUMN ? room : (uint32_t)ROOM_OF_COLUMN;
    for (uint32_t first = 0, end; first < radius->targets.count; first = end) {
        uint32_t hop = radius->targets.items[first].hop;
        for (end = first; end < radius->targets.count && radius->targets.items[end].hop == hop;)
            end++;
        if (hop == 0)
            continue;
        uint32_t column = COLUMN_FIRST_HOP + hop - 1;
        uint32_t taken = radius->picture->columns.items[column].cards.count;
        groups.count = 0;
        targets_group(radius->report, &radius->targets, first, end,
                      room > taken + 1 ? room - taken : 1, &groups);
        for (uint32_t i = 0; i < groups.count; i++)
            add_targets_card(radius, &groups.items[i], column);
    }
    ARRAY_FREE(&groups);
}
