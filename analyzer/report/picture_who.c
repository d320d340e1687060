#include "report/picture_who.h"

#include "base/intern.h"
#include "base/memory.h"
#include "base/text.h"
#include "report/picture_steps.h"

#include <stdlib.h>
#include <string.h>

/*
 * The chains of all rows as a tree that leads to the target: of each entity only the next step is
 * kept that its own chain, or the best chain through it, takes.
 */
enum {
    MOST_STEPS_AWAY = 5, /* columns besides the target's */
    MOST_CARDS = 9,      /* in a column, before the rest is one card */
    LEAST_STACK = 4,
    STACK_NAMES = 3
};

typedef struct Reaching {
    Entity entity;
    const Step *arrival; /* the step whose end it is: for its card */
    const Step *next;    /* the step from here on; NULL: the target */
    uint32_t next_node;
    uint32_t distance;
    uint32_t rows;  /* of the answer that begin here */
    uint32_t below; /* rows that begin here or lead through here */
    bool has_feeders;
    bool is_first;   /* on the first row's chain */
    uint32_t number; /* of its next step on that chain, from 1 */
    uint32_t column; /* where its card is, NONE: it has none of its own */
    char card_id[CARD_ID_BYTES];
} Reaching;

typedef struct Tree {
    Picture *picture;
    const Report *report;
    const WhoAnswer *answer;
    Entity target; /* the first of `nodes` */
    Interner keys; /* entities as bytes -> `nodes` */
    ARRAY(Reaching) nodes;
    uint32_t drawn, stacked, rest; /* rows: one by one, in stacks, in no stack */
    uint32_t stacks;
} Tree;

/* ---- the tree ---- */

static uint32_t node_of(Tree *tree, Entity entity, const Step *arrival)
{
    struct {
        uint32_t kind, index;
    } key = {entity.kind, entity.index};
    uint32_t known = tree->keys.count;
    uint32_t id = intern_bytes(&tree->keys, (const char *)&key, sizeof key);
    if (id == known) {
        Reaching node = {.entity = entity, .arrival = arrival, .distance = NONE, .column = NONE};
        ARRAY_PUSH(&tree->nodes, node);
    }
    return id;
}

/* The last step of a chain whose end is not the target itself: roles are given above it, or a
   resource is in it. */
static const Step *last_step(const Tree *tree, Entity end)
{
    static const Step given = {.technique = "given-role",
                               .technique_index = NONE,
                               .label = "with a role it gives there",
                               .certainty = CERTAIN};
    static const Step inside = {.technique = "inside",
                                .technique_index = NONE,
                                .label = "which is in it",
                                .certainty = CERTAIN};
    const ScopeTree *scopes = &tree->report->analysis->access->tree;
    bool above = end.kind == ENTITY_SCOPE && tree->target.kind == ENTITY_SCOPE &&
                 scope_contains(scopes, end.index, tree->target.index) != NO;
    return above || tree->target.kind == ENTITY_PRINCIPAL ? &given : &inside;
}

static bool is_same(Entity a, Entity b)
{
    return a.kind == b.kind && a.index == b.index;
}

/* One more on the way to `next` by the step; what has a way already keeps it. */
static uint32_t add_before(Tree *tree, Entity entity, const Step *arrival, const Step *step,
                           uint32_t next)
{
    uint32_t here = node_of(tree, entity, arrival);
    Reaching *node = &tree->nodes.items[here];
    if (here == next || node->distance != NONE)
        return here;
    node->distance = tree->nodes.items[next].distance + 1;
    node->next = step;
    node->next_node = next;
    return here;
}

/* From the end of the chain back to its start. */
static void add_row(Tree *tree, const WhoRow *row, bool is_first)
{
    const Chain *chain = &tree->report->analysis->chains.items[row->chain];
    uint32_t next = 0; /* the target */
    for (uint32_t i = chain->step_count; i--;) {
        const Step *step = &chain->steps[i];
        bool is_last = i + 1 == chain->step_count;
        if (is_last && is_same(step->to, tree->target))
            continue;
        uint32_t here =
            add_before(tree, step->to, step, is_last ? last_step(tree, step->to) : step + 1, next);
        if (is_first && here != next) {
            tree->nodes.items[here].is_first = true;
            tree->nodes.items[here].number = i + 1;
        }
        next = here;
    }
    tree->nodes.items[next].rows++;
}

static const Tree *sorted_tree; /* qsort has no context; used on one thread only */

static int by_distance_down(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    uint32_t far = sorted_tree->nodes.items[x].distance;
    uint32_t near = sorted_tree->nodes.items[y].distance;
    if (far != near)
        return far > near ? -1 : 1;
    return (x > y) - (x < y);
}

/* The farthest first: each adds all that comes through it to the next one. */
static void count_below(Tree *tree)
{
    uint32_t count = tree->nodes.count;
    uint32_t *order = memory_allocate(count, sizeof *order);
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    sorted_tree = tree;
    if (count)
        qsort(order, count, sizeof *order, by_distance_down);
    for (uint32_t i = 0; i < count; i++) {
        Reaching *node = &tree->nodes.items[order[i]];
        node->below += node->rows;
        if (!node->next)
            continue;
        tree->nodes.items[node->next_node].below += node->below;
        tree->nodes.items[node->next_node].has_feeders = true;
    }
    free(order);
}

/* ---- cards ---- */

static uint32_t column_of(uint32_t distance)
{
    return MOST_STEPS_AWAY - distance;
}

static Card *card_of(const Tree *tree, uint32_t index)
{
    const Reaching *node = &tree->nodes.items[index];
    PictureColumn *column = &tree->picture->columns.items[node->column];
    for (uint32_t i = 0; i < column->cards.count; i++)
        if (strcmp(column->cards.items[i].id, node->card_id) == 0)
            return &column->cards.items[i];
    return NULL;
}

/* The strip of the card that shows the step: the same way of two is shown once. */
static uint32_t strip_of(Tree *tree, uint32_t to, const Reaching *from)
{
    Card *card = card_of(tree, to);
    CardStrip strip = step_strip(tree->picture, from->next, PICTURE_BEYOND);
    if (from->is_first && strip.style == PICTURE_BEYOND)
        strip.style = PICTURE_ESCALATION;
    strip.step = from->number;
    for (uint32_t i = 0; i < card->strip_count; i++)
        if (card->strips[i].step == strip.step && card->strips[i].style == strip.style &&
            text_equal(card->strips[i].text, strip.text) &&
            (i + 1 == CARD_STRIPS || (!card->strips[i].by && !strip.by) ||
             (card->strips[i].by && strip.by && text_equal(card->strips[i].by, strip.by))))
            return i;
    if (card->strip_count < CARD_STRIPS) {
        card_add_strip(card, strip);
        return card->strip_count - 1;
    }
    card->strips[CARD_STRIPS - 1] = (CardStrip){.style = PICTURE_BEYOND, .text = "in other ways"};
    return CARD_STRIPS - 1;
}

static void draw_line(Tree *tree, const char *from_id, const Reaching *from)
{
    uint32_t strip = strip_of(tree, from->next_node, from);
    picture_add_line(tree->picture, from_id, tree->nodes.items[from->next_node].card_id, strip,
                     card_of(tree, from->next_node)->strips[strip].style);
}

static void add_card(Tree *tree, uint32_t index)
{
    Reaching *node = &tree->nodes.items[index];
    Card card = step_card(tree->picture, node->arrival);
    card_id(node->card_id, 'w', id_of_entity(tree->report->names, node->entity));
    memcpy(card.id, node->card_id, sizeof card.id);
    card.on_chain = node->is_first;
    card.weight = node->below;
    if (!node->next && card.silhouette == CARD_RESOURCE)
        card.severity = card.crown ? "critical" : "high";
    uint32_t others = node->below - node->rows;
    if (others && node->next)
        card_add_detail(&card, arena_format(&tree->picture->arena, "the way of %u other%s",
                                            (unsigned)others, others == 1 ? "" : "s"));
    node->column = column_of(node->distance);
    ARRAY_PUSH(&tree->picture->columns.items[node->column].cards, card);
    tree->drawn += node->rows;
    if (node->next)
        draw_line(tree, node->card_id, node);
}

/* ---- stacks ---- */

/* Those who take the same step and through whom nobody else comes: nodes, together. */
typedef struct Group {
    uint32_t first;
    uint32_t count;
} Group;

static bool takes_same_step(const Reaching *a, const Reaching *b)
{
    return a->next_node == b->next_node && a->next->certainty == b->next->certainty &&
           text_equal(a->next->technique, b->next->technique);
}

static const char *word_for(const Tree *tree, const uint32_t *nodes, uint32_t count)
{
    uint32_t principals = 0;
    for (uint32_t i = 0; i < count; i++)
        principals += tree->nodes.items[nodes[i]].entity.kind == ENTITY_PRINCIPAL;
    return principals == count ? "identities" : principals ? "starts" : "workloads";
}

static void add_stack(Tree *tree, const uint32_t *nodes, uint32_t count, uint32_t distance)
{
    Picture *picture = tree->picture;
    const Reaching *first = &tree->nodes.items[nodes[0]];
    Card card = {
        .silhouette = CARD_STACK,
        .type = arena_format(&picture->arena, "stack of %u", (unsigned)count),
        .name =
            arena_format(&picture->arena, "%u %s", (unsigned)count, word_for(tree, nodes, count)),
        .tooltip = arena_format(&picture->arena, "all of them are in %s", picture_whole(picture)),
        .count = count,
        .outer = NONE,
        .inner = NONE};
    card_id(card.id, 's', id_of_entity(tree->report->names, first->entity));
    for (uint32_t i = 0; i < count && i < STACK_NAMES; i++)
        card_add_detail(&card,
                        name_of_entity(tree->report->names, tree->nodes.items[nodes[i]].entity));
    if (count > STACK_NAMES)
        card_add_detail(
            &card, arena_format(&picture->arena, "and %u more", (unsigned)(count - STACK_NAMES)));
    for (uint32_t i = 0; i < count; i++) {
        card.weight += tree->nodes.items[nodes[i]].rows;
        tree->stacked += tree->nodes.items[nodes[i]].rows;
    }
    tree->stacks++;
    ARRAY_PUSH(&picture->columns.items[column_of(distance)].cards, card);
    draw_line(tree, card.id, first);
}

/* What found no room: a card without a line. */
static void add_rest(Tree *tree, uint32_t distance, uint32_t rows)
{
    Picture *picture = tree->picture;
    Card card = {.silhouette = CARD_IDENTITY,
                 .type = "and",
                 .name = arena_format(&picture->arena, "%u more", (unsigned)rows),
                 .outer = NONE,
                 .inner = NONE};
    if (!rows)
        return;
    card_id(card.id, 'm', arena_format(&picture->arena, "rest %u", (unsigned)distance));
    card_add_detail(&card, distance == MOST_STEPS_AWAY ? "this far away or farther"
                                                       : "this far away, or through them");
    card_add_detail(&card, arena_format(&picture->arena, "all in %s", picture_whole(picture)));
    ARRAY_PUSH(&picture->columns.items[column_of(distance)].cards, card);
    tree->rest += rows;
}

/* ---- columns ---- */

/* The first chain, then whom others come through, then by their next step; a group together. */
static int by_room(const void *a, const void *b)
{
    const Reaching *x = &sorted_tree->nodes.items[*(const uint32_t *)a];
    const Reaching *y = &sorted_tree->nodes.items[*(const uint32_t *)b];
    if (x->is_first != y->is_first)
        return x->is_first ? -1 : 1;
    if (x->has_feeders != y->has_feeders)
        return x->has_feeders ? -1 : 1;
    if (x->has_feeders && x->below != y->below)
        return x->below > y->below ? -1 : 1;
    if (!x->next || !y->next)
        return (x > y) - (x < y);
    if (x->next_node != y->next_node)
        return x->next_node < y->next_node ? -1 : 1;
    if (x->next->certainty != y->next->certainty)
        return x->next->certainty < y->next->certainty ? -1 : 1;
    int order = strcmp(x->next->technique, y->next->technique);
    return order ? order : (x > y) - (x < y);
}

/* Those at the distance whose next card is drawn; the others are counted where theirs is missing.
 */
static uint32_t list_drawable(Tree *tree, uint32_t distance, uint32_t *nodes)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < tree->nodes.count; i++) {
        const Reaching *node = &tree->nodes.items[i];
        if (node->distance != distance)
            continue;
        if (!node->next || tree->nodes.items[node->next_node].column != NONE)
            nodes[count++] = i;
    }
    sorted_tree = tree;
    if (count)
        qsort(nodes, count, sizeof *nodes, by_room);
    return count;
}

static void draw_column(Tree *tree, uint32_t distance, uint32_t *nodes)
{
    uint32_t rest = 0;
    uint32_t cards = 0;
    uint32_t count = list_drawable(tree, distance, nodes);
    for (uint32_t i = 0; i < count;) {
        const Reaching *node = &tree->nodes.items[nodes[i]];
        uint32_t end = i + 1;
        while (!node->has_feeders && !node->is_first && node->next && end < count &&
               !tree->nodes.items[nodes[end]].has_feeders &&
               takes_same_step(node, &tree->nodes.items[nodes[end]]))
            end++;
        bool stack = end - i >= LEAST_STACK;
        if (!stack)
            end = i + 1;
        if (cards == MOST_CARDS) {
            for (uint32_t k = i; k < end; k++)
                rest += tree->nodes.items[nodes[k]].below;
        } else if (stack) {
            add_stack(tree, nodes + i, end - i, distance);
            cards++;
        } else {
            add_card(tree, nodes[i]);
            cards++;
            if (distance == MOST_STEPS_AWAY)
                rest += node->below - node->rows;
        }
        i = end;
    }
    add_rest(tree, distance, rest);
}

static void add_columns(Tree *tree)
{
    Picture *picture = tree->picture;
    for (uint32_t distance = MOST_STEPS_AWAY; distance; distance--) {
        PictureColumn column = {.heading =
                                    arena_format(&picture->arena, "%u step%s away%s",
                                                 (unsigned)distance, distance == 1 ? "" : "s",
                                                 distance == MOST_STEPS_AWAY ? " and more" : "")};
        ARRAY_PUSH(&picture->columns, column);
    }
    PictureColumn target = {.heading = "The target"};
    ARRAY_PUSH(&picture->columns, target);
    uint32_t *nodes = memory_allocate(tree->nodes.count, sizeof *nodes);
    for (uint32_t distance = 0; distance <= MOST_STEPS_AWAY; distance++)
        draw_column(tree, distance, nodes);
    free(nodes);
}

/* ---- words ---- */

static const char *severity_of(const Tree *tree, const TargetQuestion *question)
{
    const Analysis *analysis = tree->report->analysis;
    uint32_t resource = question->what.kind == ENTITY_SCOPE
                            ? analysis->access->tree.scopes[question->what.index].resource
                            : NONE;
    bool crown = resource != NONE && analysis_is_crown_jewel(analysis, resource);
    return crown || question->what.kind == ENTITY_PRINCIPAL ? "critical" : "high";
}

static void add_words(Tree *tree, const TargetQuestion *question)
{
    Picture *picture = tree->picture;
    Arena *arena = &picture->arena;
    const WhoAnswer *answer = tree->answer;
    const char *what = name_of_entity(tree->report->names, question->what);
    uint32_t certain = 0;
    for (uint32_t i = 0; i < answer->count; i++)
        certain += answer->rows[i].certainty == CERTAIN;
    picture->kind = "reverse";
    picture->title = arena_format(arena, "Who can reach %s", what);
    picture->subtitle =
        question->what.kind == ENTITY_PRINCIPAL ? "Every principal and workload that can act as it"
        : question->capability == NONE
            ? "Every principal and workload that gets more than a view of it"
            : arena_format(
                  arena, "Every principal and workload that gets there: %s",
                  tree->report->analysis->rules->capabilities.items[question->capability].name);
    picture->severity = severity_of(tree, question);
    picture->worst =
        arena_format(arena, "%u of %u principals and workloads reach it, %u for certain",
                     (unsigned)answer->count, (unsigned)answer->asked, (unsigned)certain);
    picture->description = arena_format(arena, "Who can reach %s: %s.", what, picture->worst);
    picture_add_snapshot(picture);
    picture_add_fact(picture, "Can reach it", arena_format(arena, "%u", (unsigned)answer->count));
    picture_add_tool(picture);
}

static void add_sum(const Tree *tree)
{
    Picture *picture = tree->picture;
    TextBuffer sum = {0};
    text_append_format(&sum, "%u principals and workloads = %u drawn one by one",
                       (unsigned)tree->answer->count, (unsigned)tree->drawn);
    if (tree->stacks)
        text_append_format(&sum, " + %u inside %u stack%s", (unsigned)tree->stacked,
                           (unsigned)tree->stacks, tree->stacks == 1 ? "" : "s");
    if (tree->rest)
        text_append_format(&sum, " + %u that are only counted", (unsigned)tree->rest);
    text_append(&sum, ". Steps count backwards from the target.");
    picture->legend = arena_copy_text(&picture->arena, sum.text);
    text_buffer_free(&sum);
}

void picture_who(Picture *picture, const Report *report, const TargetQuestion *question,
                 const WhoAnswer *answer)
{
    Tree tree = {.picture = picture,
                 .report = report,
                 .answer = answer,
                 .target = question->what,
                 .keys = interner_new(CASE_MATTERS)};
    const Step arrival = {.to = question->what, .technique = "", .technique_index = NONE};
    *picture = (Picture){.report = report, .home = NONE};
    uint32_t target = node_of(&tree, question->what, &arrival);
    tree.nodes.items[target].distance = 0;
    tree.nodes.items[target].is_first = true;
    for (uint32_t i = 0; i < answer->count; i++)
        add_row(&tree, &answer->rows[i], i == 0);
    count_below(&tree);
    add_words(&tree, question);
    add_columns(&tree);
    add_sum(&tree);
    for (uint32_t i = 0; i < picture->columns.count; i++)
        column_sort(&picture->columns.items[i]);
    ARRAY_FREE(&tree.nodes);
    interner_free(&tree.keys);
}
