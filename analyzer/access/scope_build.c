#include "access/scope.h"

#include "base/text.h"
#include "snapshot/fields.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* One scope while the tree is being made, known by its order of arrival. */
typedef struct Place {
    Id id;
    uint32_t parent;       /* order of arrival, or NONE */
    uint32_t parent_bytes; /* so much of the id is the parent's id; 0: not in the text */
    ScopeLevel level;
    bool is_root_group; /* hangs directly below "/", for certain */
    bool place_unknown;
    uint32_t place_record;
} Place;

typedef struct Builder {
    Snapshot *snapshot;
    ScopeTree *tree;
    ARRAY(Place) places;
    uint32_t *place_of_id; /* NONE: not in the tree */
    uint32_t id_capacity;
    uint32_t tenant_root; /* place, or NONE */
    uint32_t last_place;  /* the ids of one list mostly share their parent: look it up once */
} Builder;

/* ---- gathering: every id and its ancestors ---- */

static void make_room_for_ids(Builder *builder)
{
    uint32_t needed = builder->snapshot->ids.count;
    if (needed <= builder->id_capacity)
        return;
    uint32_t capacity = needed + needed / 4 + 64;
    builder->place_of_id =
        memory_resize(builder->place_of_id, capacity, sizeof *builder->place_of_id);
    memset(builder->place_of_id + builder->id_capacity, 0xff,
           (capacity - builder->id_capacity) * sizeof *builder->place_of_id);
    builder->id_capacity = capacity;
}

/* The id of the nearest ancestor that the id's own text names, or NONE. */
static Id parent_in_text(Builder *builder, const char *text, const ScopeShape *shape)
{
    if (!shape->parent_bytes)
        return NONE;
    if (builder->last_place != NONE) {
        const Place *last = &builder->places.items[builder->last_place];
        const char *last_text = interned_text(&builder->snapshot->ids, last->id);
        if (last->parent_bytes == shape->parent_bytes &&
            memcmp(last_text, text, shape->parent_bytes) == 0)
            return builder->places.items[last->parent].id;
    }
    return intern_bytes(&builder->snapshot->ids, text, shape->parent_bytes);
}

/* Makes a place for the id, then for its ancestors until one has its place already. */
static void plant(Builder *builder, Id id)
{
    uint32_t first = builder->places.count, child = NONE;
    while (id != NONE) {
        make_room_for_ids(builder);
        assert(builder->place_of_id);
        uint32_t place = builder->place_of_id[id];
        if (child != NONE)
            builder->places.items[child].parent = place == NONE ? builder->places.count : place;
        if (place != NONE)
            break;
        const char *text = interned_text(&builder->snapshot->ids, id);
        ScopeShape shape = scope_shape(text);
        child = builder->place_of_id[id] = builder->places.count;
        ARRAY_PUSH(&builder->places, ((Place){.id = id,
                                              .parent = NONE,
                                              .parent_bytes = (uint32_t)shape.parent_bytes,
                                              .level = shape.level,
                                              .place_record = NONE}));
        id = parent_in_text(builder, text, &shape);
    }
    if (first < builder->places.count)
        builder->last_place = first;
}

static void gather(Builder *builder, Id id)
{
    const char *text = interned_text(&builder->snapshot->ids, id);
    if (text && text[0] == '/')
        plant(builder, id);
}

/* az ml writes "azureml:/subscriptions/...". */
static const char *without_scheme(const char *value)
{
    static const char scheme[] = "azureml:";
    return text_starts_with_any_case(value, scheme) ? value + sizeof scheme - 1 : value;
}

/* Properties that hold ARM ids, one or a list: a workspace names its storage account, which is a
   place whether or not it was exported. */
static void gather_properties(Builder *builder)
{
    Snapshot *snapshot = builder->snapshot;
    const FieldTable *fields = snapshot->fields;
    if (!fields)
        return;
    bool *holds_id = memory_allocate(fields->names.count, sizeof *holds_id);
    for (uint32_t i = 0; i < fields->field_count; i++)
        if (fields->fields[i].kind == FIELD_ID || fields->fields[i].kind == FIELD_LIST)
            holds_id[fields->fields[i].name] = true;
    TextBuffer id = {0};
    for (uint32_t i = 0; i < snapshot->properties.count; i++) {
        const Property *property = &snapshot->properties.items[i];
        const char *value = interned_text(&snapshot->texts, property->value);
        if (!value || !holds_id[property->name])
            continue;
        value = without_scheme(value);
        if (!text_starts_with_any_case(value, "/subscriptions/"))
            continue;
        text_buffer_clear(&id);
        text_append(&id, value); /* as long as its normal form at least */
        gather(builder,
               intern(&snapshot->ids, scope_normalise(value, id.text, id.length_bytes + 1)));
    }
    text_buffer_free(&id);
    free(holds_id);
}

static void gather_all(Builder *builder)
{
    Snapshot *snapshot = builder->snapshot;
    gather(builder, intern(&snapshot->ids, "/"));
#define GATHER(array, member)                                                                      \
    for (uint32_t i = 0; i < snapshot->array.count; i++)                                           \
    gather(builder, snapshot->array.items[i].member)
    GATHER(management_groups, id);
    GATHER(management_groups, parent);
    GATHER(subscriptions, id);
    GATHER(subscriptions, management_group);
    GATHER(resources, id);
    GATHER(role_assignments, scope);
    GATHER(deny_assignments, scope);
    GATHER(locks, scope);
    GATHER(assumed_placements, management_group);
    GATHER(assumed_placements, subscription);
    GATHER(principals, resource_id);
    GATHER(federated_credentials, parent);
#undef GATHER
    gather_properties(builder);
}

/* ---- placing: what hangs below what where the text does not say ---- */

/* The place of an id that was gathered, or NONE: an id that is no path has no place. */
static uint32_t gathered_place(const Builder *builder, Id id)
{
    assert(builder->place_of_id); /* "/" was gathered */
    return id == NONE ? NONE : builder->place_of_id[id];
}

static const char *last_segment(const char *id)
{
    const char *slash = strrchr(id, '/');
    return slash ? slash + 1 : id;
}

static bool has_tenants_name(const Snapshot *snapshot, const Place *place)
{
    const char *tenant = interned_text(&snapshot->ids, snapshot->tenant_id);
    return tenant &&
           text_equal_any_case(last_segment(interned_text(&snapshot->ids, place->id)), tenant);
}

/* Marks the groups above everything and picks the one of this tenant: it has the tenant's name, or
   it is the only one that was exported as having no parent. */
static void find_tenant_root(Builder *builder)
{
    const Snapshot *snapshot = builder->snapshot;
    uint32_t named = NONE, parentless = NONE, parentless_count = 0;
    for (uint32_t i = 0; i < snapshot->management_groups.count; i++) {
        const ManagementGroup *group = &snapshot->management_groups.items[i];
        if (!group->is_tenant_root || gathered_place(builder, group->id) == NONE)
            continue;
        parentless = builder->place_of_id[group->id];
        builder->places.items[parentless].is_root_group = true;
        parentless_count++;
    }
    for (uint32_t i = 0; i < builder->places.count && named == NONE; i++) {
        Place *place = &builder->places.items[i];
        if (place->level == SCOPE_MANAGEMENT_GROUP && has_tenants_name(snapshot, place)) {
            place->is_root_group = true;
            named = i;
        }
    }
    builder->tenant_root = named != NONE ? named : parentless_count == 1 ? parentless : NONE;
}

static void put_below(Builder *builder, Id child, Id parent, uint32_t record)
{
    uint32_t lower = gathered_place(builder, child), upper = gathered_place(builder, parent);
    if (lower == NONE || upper == NONE)
        return;
    Place *place = &builder->places.items[lower];
    if (place->parent != NONE || place->parent_bytes || place->is_root_group)
        return;
    place->parent = upper;
    place->place_record = record;
}

/* Two exports can tell a ring of groups.  The ring is cut where following the parents from the
   first exported group comes back. */
static void cut_rings(Builder *builder)
{
    uint32_t *walk_of = memory_allocate(builder->places.count, sizeof *walk_of);
    for (uint32_t i = 0; i < builder->places.count; i++) {
        uint32_t at = i, walk = i + 1, parent;
        while (at != NONE && !walk_of[at]) {
            walk_of[at] = walk;
            parent = builder->places.items[at].parent;
            if (parent != NONE && walk_of[parent] == walk)
                builder->places.items[at].parent = parent = NONE;
            at = parent;
        }
    }
    free(walk_of);
}

/* What still has no parent hangs as high as it can: groups and subscriptions below the tenant root
   group, all else below "/". */
static void hang_the_rest(Builder *builder)
{
    for (uint32_t i = 1; i < builder->places.count; i++) {
        Place *place = &builder->places.items[i];
        if (place->parent != NONE)
            continue;
        place->parent = 0;
        bool movable = place->level == SCOPE_MANAGEMENT_GROUP || place->level == SCOPE_SUBSCRIPTION;
        if (!movable || place->is_root_group)
            continue;
        place->place_unknown = true;
        if (builder->tenant_root != NONE)
            place->parent = builder->tenant_root;
    }
}

static void place_all(Builder *builder)
{
    const Snapshot *snapshot = builder->snapshot;
    find_tenant_root(builder);
    for (uint32_t i = 0; i < snapshot->management_groups.count; i++) {
        const ManagementGroup *group = &snapshot->management_groups.items[i];
        put_below(builder, group->id, group->parent, group->record);
    }
    for (uint32_t i = 0; i < snapshot->subscriptions.count; i++) {
        const Subscription *subscription = &snapshot->subscriptions.items[i];
        put_below(builder, subscription->id, subscription->management_group,
                  subscription->placed_by);
    }
    cut_rings(builder);
    hang_the_rest(builder);
}

/* ---- numbering: depth first, children by id ---- */

typedef struct Child {
    const char *rest; /* of the id, behind what all its siblings begin with */
    uint64_t start;   /* its first eight letters as a number, lower-cased */
    uint32_t place;
} Child;

static uint64_t first_letters(const char *text)
{
    uint64_t letters = 0;
    for (int i = 0; i < 8; i++) {
        letters = letters << 8 | (unsigned char)text_lower_char(*text);
        text += *text != 0;
    }
    return letters;
}

static int by_rest(const void *a, const void *b)
{
    const Child *left = a, *right = b;
    if (left->start != right->start)
        return left->start < right->start ? -1 : 1;
    return text_compare_any_case(left->rest, right->rest);
}

/* Same letter, case ignored; nearly always it is the same character. */
static bool same_letter(char a, char b)
{
    return a == b || text_lower_char(a) == text_lower_char(b);
}

static size_t shared_bytes(const Child *siblings, uint32_t count)
{
    const char *first = siblings[0].rest;
    size_t shared = strlen(first);
    for (uint32_t i = 1; i < count && shared; i++) {
        size_t at = 0;
        while (at < shared && same_letter(first[at], siblings[i].rest[at]))
            at++;
        shared = at;
    }
    return shared;
}

static void sort_siblings(Child *siblings, uint32_t count)
{
    if (count < 2)
        return;
    size_t shared = shared_bytes(siblings, count);
    for (uint32_t i = 0; i < count; i++) {
        siblings[i].rest += shared;
        siblings[i].start = first_letters(siblings[i].rest);
    }
    qsort(siblings, count, sizeof *siblings, by_rest);
}

/* Children of place p: children[first[p]] up to children[first[p + 1]], in order. */
static Child *order_children(const Builder *builder, uint32_t *first)
{
    const Place *places = builder->places.items;
    uint32_t count = builder->places.count;
    Child *children = memory_allocate(count, sizeof *children);
    uint32_t *next = memory_allocate((size_t)count + 1, sizeof *next);
    for (uint32_t i = 1; i < count; i++)
        first[places[i].parent + 1]++;
    for (uint32_t i = 0; i < count; i++)
        next[i + 1] = first[i + 1] += first[i];
    for (uint32_t i = 1; i < count; i++) {
        const char *id = interned_text(&builder->snapshot->ids, places[i].id);
        children[next[places[i].parent]++] =
            (Child){.rest = id + places[i].parent_bytes, .place = i};
    }
    for (uint32_t i = 0; i < count; i++)
        sort_siblings(children + first[i], first[i + 1] - first[i]);
    free(next);
    return children;
}

/* Writes the scopes in depth-first order without recursing; `place_of_scope` gets the way back. */
static void number(Builder *builder, uint32_t *place_of_scope)
{
    ScopeTree *tree = builder->tree;
    assert(builder->places.items);
    uint32_t count = builder->places.count;
    uint32_t *first = memory_allocate((size_t)count + 1, sizeof *first);
    Child *children = order_children(builder, first);
    uint32_t *next = memory_allocate(count, sizeof *next); /* child of each place to go to */
    memcpy(next, first, count * sizeof *next);
    uint32_t open = NONE, place = 0;
    for (;;) {
        uint32_t scope = tree->count++;
        place_of_scope[scope] = place;
        tree->scopes[scope] = (Scope){.id = builder->places.items[place].id, .parent = open};
        tree->scope_of_id[tree->scopes[scope].id] = scope;
        open = scope;
        while (open != NONE && next[place_of_scope[open]] == first[place_of_scope[open] + 1]) {
            tree->scopes[open].end = tree->count;
            open = tree->scopes[open].parent;
        }
        if (open == NONE)
            break;
        place = children[next[place_of_scope[open]]++].place;
    }
    free(next);
    free(children);
    free(first);
}

static Id type_of(Builder *builder, const Scope *scope, TextBuffer *buffer)
{
    Snapshot *snapshot = builder->snapshot;
    if (scope->resource != NONE && snapshot->resources.items[scope->resource].type != NONE)
        return snapshot->resources.items[scope->resource].type;
    if (scope->level == SCOPE_RESOURCE_GROUP)
        return intern(&snapshot->ids, "Microsoft.Resources/subscriptions/resourceGroups");
    const char *id = interned_text(&snapshot->ids, scope->id);
    text_buffer_clear(buffer);
    text_append(buffer, id);
    return scope_type_of_id(id, buffer->text) ? intern(&snapshot->ids, buffer->text) : NONE;
}

/* What a scope has from its place and from its parent, which comes before it. */
static void describe(Builder *builder, uint32_t index, const Place *place, TextBuffer *buffer)
{
    Scope *scope = &builder->tree->scopes[index];
    const Scope *parent = scope->parent == NONE ? NULL : &builder->tree->scopes[scope->parent];
    bool counts_chain =
        place->level == SCOPE_MANAGEMENT_GROUP || place->level == SCOPE_SUBSCRIPTION;
    scope->level = place->level;
    scope->place_unknown = place->place_unknown;
    scope->place_record = place->place_record;
    scope->chain_unknown =
        counts_chain && (place->place_unknown || (parent && parent->chain_unknown));
    scope->subscription = place->level == SCOPE_SUBSCRIPTION ? index
                          : parent                           ? parent->subscription
                                                             : NONE;
    scope->resource_group = place->level == SCOPE_RESOURCE_GROUP ? index
                            : parent                             ? parent->resource_group
                                                                 : NONE;
    scope->type = type_of(builder, scope, buffer);
}

static void describe_all(Builder *builder, const uint32_t *place_of_scope)
{
    ScopeTree *tree = builder->tree;
    const Snapshot *snapshot = builder->snapshot;
    for (uint32_t i = 0; i < tree->count; i++)
        tree->scopes[i].resource = NONE;
    for (uint32_t i = snapshot->resources.count; i-- > 0;) {
        Id id = snapshot->resources.items[i].id;
        if (gathered_place(builder, id) != NONE)
            tree->scopes[tree->scope_of_id[id]].resource = i;
    }
    TextBuffer buffer = {0};
    for (uint32_t i = 0; i < tree->count; i++)
        describe(builder, i, &builder->places.items[place_of_scope[i]], &buffer);
    text_buffer_free(&buffer);
    tree->tenant_root = builder->tenant_root == NONE
                            ? NONE
                            : tree->scope_of_id[builder->places.items[builder->tenant_root].id];
}

/* ---- assuming ---- */

static int by_group_then_subscription(const void *a, const void *b)
{
    const AssumedParent *left = a, *right = b;
    if (left->group != right->group)
        return left->group < right->group ? -1 : 1;
    if (left->subscription != right->subscription)
        return left->subscription < right->subscription ? -1 : 1;
    /* of equal pairs the one with evidence first, then the earlier record; NONE is the largest */
    return left->record < right->record ? -1 : left->record > right->record;
}

static void assume(ScopeTree *tree, uint32_t group, uint32_t subscription, uint32_t record)
{
    const Scope *outer = &tree->scopes[group];
    if (subscription >= group && subscription < outer->end)
        return;
    if (tree->assumed.count >= SCOPE_MOST_ASSUMED)
        memory_exhausted();
    ARRAY_PUSH(&tree->assumed, ((AssumedParent){group, subscription, record}));
}

static void assume_unknown_places(ScopeTree *tree)
{
    ARRAY(uint32_t) loose = {0};
    for (uint32_t i = 0; i < tree->count; i++)
        if (tree->scopes[i].level == SCOPE_SUBSCRIPTION && tree->scopes[i].chain_unknown)
            ARRAY_PUSH(&loose, i);
    for (uint32_t i = 0; i < tree->count && loose.count; i++)
        if (tree->scopes[i].level == SCOPE_MANAGEMENT_GROUP && tree->scopes[i].chain_unknown)
            for (uint32_t k = 0; k < loose.count; k++)
                assume(tree, i, loose.items[k], NONE);
    ARRAY_FREE(&loose);
}

/* The groups above an assumed parent are then above the subscription too. */
static void assume_placements(ScopeTree *tree, const Snapshot *snapshot)
{
    for (uint32_t i = 0; i < snapshot->assumed_placements.count; i++) {
        const AssumedPlacement *placement = &snapshot->assumed_placements.items[i];
        uint32_t group = tree->scope_of_id[placement->management_group];
        uint32_t subscription = tree->scope_of_id[placement->subscription];
        if (group == NONE || subscription == NONE || !tree->scopes[subscription].chain_unknown)
            continue;
        for (; group && tree->scopes[group].level == SCOPE_MANAGEMENT_GROUP;
             group = tree->scopes[group].parent)
            assume(tree, group, subscription, placement->record);
    }
}

static void assume_all(ScopeTree *tree, const Snapshot *snapshot)
{
    assume_unknown_places(tree);
    assume_placements(tree, snapshot);
    AssumedParent *pairs = tree->assumed.items;
    if (tree->assumed.count)
        qsort(pairs, tree->assumed.count, sizeof *pairs, by_group_then_subscription);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < tree->assumed.count; i++)
        if (!kept || pairs[kept - 1].group != pairs[i].group ||
            pairs[kept - 1].subscription != pairs[i].subscription)
            pairs[kept++] = pairs[i];
    tree->assumed.count = kept;
}

void scope_tree_build(ScopeTree *tree, Snapshot *snapshot)
{
    *tree = (ScopeTree){0};
    Builder builder = {.snapshot = snapshot, .tree = tree, .last_place = NONE, .tenant_root = NONE};
    gather_all(&builder);
    place_all(&builder);
    uint32_t count = builder.places.count;
    uint32_t *place_of_scope = memory_allocate(count, sizeof *place_of_scope);
    tree->scopes = memory_allocate(count, sizeof *tree->scopes);
    tree->id_count = snapshot->ids.count;
    tree->scope_of_id = memory_allocate(tree->id_count, sizeof *tree->scope_of_id);
    memset(tree->scope_of_id, 0xff, tree->id_count * sizeof *tree->scope_of_id);
    number(&builder, place_of_scope);
    describe_all(&builder, place_of_scope);
    assume_all(tree, snapshot);
    free(place_of_scope);
    free(builder.place_of_id);
    ARRAY_FREE(&builder.places);
}
