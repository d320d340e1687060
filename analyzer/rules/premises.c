#include "rules/premises.h"

#include "base/text.h"

#include <string.h>

#define COUNT_OF(array) ((uint32_t)(sizeof(array) / sizeof *(array)))

enum { MOST_BRANCHES = 256, MOST_NESTED = 8 };

const char *join_notes(Arena *arena, const char *a, const char *b)
{
    if (!a || !b)
        return a ? a : b;
    return text_equal(a, b) ? a : arena_format(arena, "%s; %s", a, b);
}

/* ---- variables ---- */

uint32_t read_variable(Draft *draft, const JsonValue *object, const char *key)
{
    const char *name = reader_text(draft->reader, object, key, true);
    if (!name)
        return NONE;
    for (uint32_t i = 0; i < draft->variable_count; i++)
        if (text_equal(draft->variables[i].name, name)) {
            draft->variable_used[i] = true;
            return i;
        }
    reader_problem_at(draft->reader, key, "expected a variable of the technique, found \"%s\"",
                      name);
    return NONE;
}

static bool fits_type(const Variable *variable, const char *type, size_t length)
{
    bool principal = variable->kind == VARIABLE_PRINCIPAL;
    if (length == strlen("principal") && strncmp(type, "principal", length) == 0)
        return principal;
    if (principal)
        return false;
    if (length == strlen("resource") && strncmp(type, "resource", length) == 0)
        return true;
    if (variable->types.count == 0)
        return true;
    for (uint32_t i = 0; i < variable->types.count; i++)
        if (strlen(variable->types.items[i]) == length &&
            strncmp(variable->types.items[i], type, length) == 0)
            return true;
    return false;
}

bool variable_fits(const Variable *variable, const char *types)
{
    for (const char *type = types; *type;) {
        size_t length = strcspn(type, "|");
        if (fits_type(variable, type, length))
            return true;
        type += length + (type[length] == '|');
    }
    return false;
}

static void check_end(Draft *draft, const char *key, uint32_t variable, const char *relation,
                      const char *types)
{
    if (variable == NONE || variable_fits(&draft->variables[variable], types))
        return;
    reader_problem_at(draft->reader, key, "%s cannot be this end of %s, expected %s",
                      draft->variables[variable].name, relation, types);
}

static void check_place(Draft *draft, const char *key, uint32_t variable)
{
    if (variable != NONE && draft->variables[variable].kind == VARIABLE_PRINCIPAL)
        reader_problem_at(draft->reader, key, "%s is a principal, expected a resource or a scope",
                          draft->variables[variable].name);
}

static void check_principal(Draft *draft, const char *key, uint32_t variable)
{
    if (variable != NONE && draft->variables[variable].kind != VARIABLE_PRINCIPAL)
        reader_problem_at(draft->reader, key, "%s is no principal",
                          draft->variables[variable].name);
}

/* ---- one premise of each kind ---- */

/* "Provider.Name/type/.../verb", spelled out: a rule names operations, not patterns. */
static bool is_action(const char *text)
{
    static const char *const verbs[] = {"/read", "/write", "/delete", "/action"};
    const char *slash = strchr(text, '/');
    if (!slash || !memchr(text, '.', (size_t)(slash - text)) || strpbrk(text, "* \t"))
        return false;
    for (uint32_t i = 0; i < COUNT_OF(verbs); i++)
        if (text_ends_with_any_case(text, verbs[i]))
            return true;
    return false;
}

static uint32_t permission_id(Rules *rules, const char *action, bool data_plane)
{
    uint32_t known = rules_find_permission(rules, action, data_plane);
    if (known != NONE)
        return known;
    Permission permission = {action, data_plane};
    ARRAY_PUSH(&rules->permissions, permission);
    return rules->permissions.count - 1;
}

uint32_t read_grant_conditions(Draft *draft, const JsonValue *entry)
{
    static const char *const words[] = {
#define GRANT_CONDITION(symbol, name) name,
#include "rules/vocabulary.def"
    };
    TextList conditions = reader_texts(draft->reader, entry, "conditions", false);
    uint32_t kinds = 0;
    for (uint32_t i = 0; i < conditions.count; i++) {
        uint32_t word = word_find(words, COUNT_OF(words), conditions.items[i]);
        if (word < COUNT_OF(words))
            kinds |= UINT32_C(1) << word;
        else
            reader_problem_at(draft->reader, "conditions", "expected %s, found \"%s\"",
                              words_list(draft->reader->arena, words, COUNT_OF(words)),
                              conditions.items[i]);
    }
    return kinds;
}

static void read_permission(Draft *draft, const JsonValue *entry, Premise *premise)
{
    static const char *const keys[] = {"permission", "plane", "on", "conditions", NULL};
    static const char *const planes[] = {"control", "data"};
    Reader *reader = draft->reader;
    (void)reader_object(reader, entry, keys);
    bool data_plane = reader_word(reader, entry, "plane", planes, COUNT_OF(planes), true) == 1;
    TextList actions = reader_texts(reader, entry, "permission", true);
    premise->variable = read_variable(draft, entry, "on");
    check_place(draft, "on", premise->variable);
    premise->permissions =
        arena_allocate(reader->arena, actions.count, sizeof *premise->permissions);
    for (uint32_t i = 0; i < actions.count; i++) {
        if (!is_action(actions.items[i]))
            reader_problem_at(reader, "permission",
                              "expected an action without wildcards that ends in /read, /write, "
                              "/delete or /action, found \"%s\"",
                              actions.items[i]);
        premise->permissions[premise->permission_count++] =
            permission_id(draft->loader->rules, actions.items[i], data_plane);
    }
    premise->grant_conditions = read_grant_conditions(draft, entry);
    if (premise->grant_conditions &&
        (actions.count != 1 ||
         !text_equal_any_case(actions.items[0], "Microsoft.Authorization/roleAssignments/write")))
        reader_problem_at(reader, "conditions",
                          "only with Microsoft.Authorization/roleAssignments/write");
}

static void read_access_policy(Draft *draft, const JsonValue *entry, Premise *premise)
{
    static const char *const keys[] = {"access-policy", "words", "on", NULL};
    static const char *const parts[] = {"keys", "secrets", "certificates", "storage"};
    (void)reader_object(draft->reader, entry, keys);
    uint32_t part =
        reader_word(draft->reader, entry, "access-policy", parts, COUNT_OF(parts), true);
    premise->property = part < COUNT_OF(parts) ? parts[part] : NULL;
    premise->values = reader_texts(draft->reader, entry, "words", true);
    premise->variable = read_variable(draft, entry, "on");
    if (premise->variable != NONE)
        check_end(draft, "on", premise->variable, "an access policy", "microsoft.keyvault/vaults");
}

static RelationName read_relation_name(Draft *draft, const JsonValue *entry, const char *key)
{
    const char *names[RELATION_NAME_COUNT];
    for (uint32_t i = 0; i < RELATION_NAME_COUNT; i++)
        names[i] = relation_name((RelationName)i);
    uint32_t name = reader_word(draft->reader, entry, key, names, RELATION_NAME_COUNT, true);
    return (RelationName)name;
}

static void read_relation(Draft *draft, const JsonValue *entry, Premise *premise)
{
    static const char *const keys[] = {"relation", "from", "to", NULL};
    static const char *const negated_keys[] = {"no-relation", "from", "to", NULL};
    premise->negated = json_member(entry, "no-relation") != NULL;
    (void)reader_object(draft->reader, entry, premise->negated ? negated_keys : keys);
    premise->relation =
        read_relation_name(draft, entry, premise->negated ? "no-relation" : "relation");
    premise->variable = read_variable(draft, entry, "from");
    if (!premise->negated || json_member(entry, "to"))
        premise->other = read_variable(draft, entry, "to");
    if (premise->relation == RELATION_NAME_COUNT)
        return;
    const char *name = relation_name(premise->relation);
    check_end(draft, "from", premise->variable, name, relation_from_types(premise->relation));
    check_end(draft, "to", premise->other, name, relation_to_types(premise->relation));
}

static void read_caller_relation(Draft *draft, const JsonValue *entry, Premise *premise)
{
    static const char *const keys[] = {"caller-relation", "to", NULL};
    static const Variable caller = {.kind = VARIABLE_PRINCIPAL};
    (void)reader_object(draft->reader, entry, keys);
    premise->relation = read_relation_name(draft, entry, "caller-relation");
    premise->variable = read_variable(draft, entry, "to");
    if (premise->relation == RELATION_NAME_COUNT)
        return;
    const char *name = relation_name(premise->relation);
    const char *from = relation_from_types(premise->relation);
    const char *to = relation_to_types(premise->relation);
    if (variable_fits(&caller, from))
        check_end(draft, "to", premise->variable, name, to);
    else if (variable_fits(&caller, to))
        check_end(draft, "to", premise->variable, name, from);
    else
        reader_problem_at(draft->reader, "caller-relation", "no end of %s is a principal", name);
}

static void read_capability_premise(Draft *draft, const JsonValue *entry, Premise *premise)
{
    static const char *const keys[] = {"capability", "on", NULL};
    static const char *const words[] = {
#define CAPABILITY(symbol, name) name,
#include "rules/vocabulary.def"
    };
    (void)reader_object(draft->reader, entry, keys);
    premise->capability =
        reader_word(draft->reader, entry, "capability", words, COUNT_OF(words), true);
    premise->variable = read_variable(draft, entry, "on");
    check_place(draft, "on", premise->variable);
}

static void read_acts_as(Draft *draft, const JsonValue *entry, Premise *premise)
{
    static const char *const keys[] = {"acts-as", NULL};
    (void)reader_object(draft->reader, entry, keys);
    premise->variable = read_variable(draft, entry, "acts-as");
    check_principal(draft, "acts-as", premise->variable);
}

static void read_caller_kind(Draft *draft, const JsonValue *entry, Premise *premise)
{
    static const char *const keys[] = {"caller-kind", NULL};
    static const char *const words[] = {
#define CALLER(symbol, name) name,
#include "rules/vocabulary.def"
    };
    (void)reader_object(draft->reader, entry, keys);
    premise->values = reader_texts(draft->reader, entry, "caller-kind", true);
    for (uint32_t i = 0; i < premise->values.count; i++)
        if (word_find(words, COUNT_OF(words), premise->values.items[i]) == COUNT_OF(words))
            reader_problem_at(draft->reader, "caller-kind", "expected %s, found \"%s\"",
                              words_list(draft->reader->arena, words, COUNT_OF(words)),
                              premise->values.items[i]);
}

static void read_directory_role(Draft *draft, const JsonValue *entry, Premise *premise)
{
    static const char *const keys[] = {"directory-role", "on", NULL};
    (void)reader_object(draft->reader, entry, keys);
    premise->values = reader_texts(draft->reader, entry, "directory-role", true);
    name_directory_roles(draft->loader, draft->reader, "directory-role", &premise->values);
    if (!json_member(entry, "on"))
        return;
    premise->variable = read_variable(draft, entry, "on");
    check_principal(draft, "on", premise->variable);
}

static void read_app_role(Draft *draft, const JsonValue *entry, Premise *premise)
{
    static const char *const keys[] = {"app-role", NULL};
    (void)reader_object(draft->reader, entry, keys);
    premise->values = reader_texts(draft->reader, entry, "app-role", true);
    name_app_roles(draft->loader, draft->reader, "app-role", &premise->values);
}

/* ---- properties ---- */

/* What a table of properties says about a property of a variable's types. */
static bool property_fits(const Variable *variable, const char *type)
{
    if (variable->kind != VARIABLE_PRINCIPAL)
        return variable_fits(variable, type);
    return is_principal_type(type) &&
           (variable->types.count == 0 || text_list_has(&variable->types, type));
}

static const KnownProperty *known_property(const Draft *draft, const Variable *variable,
                                           const char *name)
{
    for (uint32_t i = 0; i < draft->loader->properties.count; i++) {
        const KnownProperty *known = &draft->loader->properties.items[i];
        if (text_equal(known->name, name) && property_fits(variable, known->type))
            return known;
    }
    return NULL;
}

/* Roles are kept by GUID. */
static void name_roles(Draft *draft, const char *key, Premise *premise)
{
    if (text_equal(premise->property, "directoryRoles"))
        name_directory_roles(draft->loader, draft->reader, key, &premise->values);
    else if (text_equal(premise->property, "appRoles"))
        name_app_roles(draft->loader, draft->reader, key, &premise->values);
}

/* Which of in, not-in, only and present the entry has, into values, only and negated. */
static void read_test(Draft *draft, const JsonValue *entry, Premise *premise)
{
    static const char *const lists[] = {"in", "not-in", "only", "not-only"};
    uint32_t tests = 0;
    for (uint32_t i = 0; i < COUNT_OF(lists); i++) {
        if (!json_member(entry, lists[i]))
            continue;
        premise->values = reader_texts(draft->reader, entry, lists[i], true);
        premise->negated = i % 2 == 1;
        premise->only = i >= 2;
        name_roles(draft, lists[i], premise);
        tests++;
    }
    if (json_member(entry, "present")) {
        premise->negated = !reader_flag(draft->reader, entry, "present", true);
        tests++;
    }
    if (tests != 1)
        reader_problem(draft->reader, "expected one of in, not-in, only, not-only, present");
}

static bool missing_value_passes(const Premise *premise, const char *missing)
{
    bool among = text_list_has(&premise->values, missing) || premise->values.count == 0;
    return among != premise->negated;
}

/* The meaning of a missing value that resource-fields.json gives. */
static void take_known_meaning(Draft *draft, const KnownProperty *known, Premise *premise)
{
    if (!known->missing) {
        bool presence = premise->values.count == 0;
        premise->missing = presence && premise->negated ? MISSING_HOLDS : MISSING_FAILS;
        if (!presence)
            reader_problem_at(draft->reader, "missing",
                              "expected holds, fails or assume: resource-fields.json does not say "
                              "what a missing %s means",
                              known->name);
        return;
    }
    premise->missing = MISSING_FAILS;
    if (!missing_value_passes(premise, known->missing))
        return;
    premise->missing = known->missing_assumed ? MISSING_ASSUMED : MISSING_HOLDS;
    if (known->missing_assumed && !premise->note)
        premise->note = arena_format(draft->reader->arena, "%s is not exported: %s is assumed",
                                     known->name, known->missing);
}

static MissingValue read_meaning(Draft *draft, const JsonValue *entry, const char *key,
                                 MissingValue otherwise)
{
    static const char *const words[] = {"holds", "fails", "assume"};
    static const MissingValue values[] = {MISSING_HOLDS, MISSING_FAILS, MISSING_ASSUMED};
    uint32_t word = reader_word(draft->reader, entry, key, words, COUNT_OF(words), false);
    return word < COUNT_OF(words) ? values[word] : otherwise;
}

static const KnownProperty *read_property_name(Draft *draft, const JsonValue *entry,
                                               Premise *premise)
{
    premise->property = reader_text(draft->reader, entry, "property", true);
    premise->variable = read_variable(draft, entry, "of");
    if (!premise->property || premise->variable == NONE)
        return NULL;
    const Variable *variable = &draft->variables[premise->variable];
    const KnownProperty *known = known_property(draft, variable, premise->property);
    if (!known)
        reader_problem_at(draft->reader, "property",
                          "resource-fields.json has no property \"%s\" for the types of %s",
                          premise->property, variable->name);
    return known;
}

static void read_property(Draft *draft, const JsonValue *entry, Premise *premise)
{
    static const char *const keys[] = {"property", "of",       "in",      "not-in",
                                       "only",     "not-only", "present", "not-exported",
                                       "missing",  "note",     NULL};
    (void)reader_object(draft->reader, entry, keys);
    const KnownProperty *known = read_property_name(draft, entry, premise);
    read_test(draft, entry, premise);
    premise->note = reader_text(draft->reader, entry, "note", false);
    premise->not_exported = read_meaning(draft, entry, "not-exported", MISSING_ASSUMED);
    if (json_member(entry, "missing"))
        premise->missing = read_meaning(draft, entry, "missing", MISSING_FAILS);
    else if (known)
        take_known_meaning(draft, known, premise);
    if (premise->missing == MISSING_ASSUMED && !premise->note)
        premise->note = arena_format(draft->reader->arena, "%s is not exported", premise->property);
}

/* ---- lists of premises ---- */

typedef void PremiseReader(Draft *draft, const JsonValue *entry, Premise *premise);

static const struct {
    PremiseKind kind;
    const char *key;
    PremiseReader *read;
} premise_readers[] = {
    {PREMISE_PERMISSION, "permission", read_permission},
    {PREMISE_ACCESS_POLICY, "access-policy", read_access_policy},
    {PREMISE_RELATION, "relation", read_relation},
    {PREMISE_RELATION, "no-relation", read_relation},
    {PREMISE_PROPERTY, "property", read_property},
    {PREMISE_CAPABILITY, "capability", read_capability_premise},
    {PREMISE_ACTS_AS, "acts-as", read_acts_as},
    {PREMISE_CALLER_RELATION, "caller-relation", read_caller_relation},
    {PREMISE_CALLER_KIND, "caller-kind", read_caller_kind},
    {PREMISE_DIRECTORY_ROLE, "directory-role", read_directory_role},
    {PREMISE_APP_ROLE, "app-role", read_app_role},
};

static Branches one_branch(Draft *draft, const Premise *premise, const char *assumes)
{
    Branches branches = {arena_allocate(draft->reader->arena, 1, sizeof *branches.items), 1};
    Branch *branch = &branches.items[0];
    branch->assumes = assumes;
    if (!premise)
        return branches;
    branch->premises = arena_allocate(draft->reader->arena, 1, sizeof(Premise *));
    branch->premises[branch->count++] = premise;
    return branches;
}

static Branches one_premise(Draft *draft, const JsonValue *entry)
{
    for (uint32_t i = 0; i < COUNT_OF(premise_readers); i++) {
        if (!json_member(entry, premise_readers[i].key))
            continue;
        Premise *premise = arena_allocate(draft->reader->arena, 1, sizeof *premise);
        premise->kind = premise_readers[i].kind;
        premise->variable = premise->other = NONE;
        premise_readers[i].read(draft, entry, premise);
        return one_branch(draft, premise, NULL);
    }
    const char *keys[COUNT_OF(premise_readers) + 3] = {"any", "all", "assumes"};
    for (uint32_t i = 0; i < COUNT_OF(premise_readers); i++)
        keys[i + 3] = premise_readers[i].key;
    reader_problem(draft->reader, "expected a premise, marked by a key that is %s",
                   words_list(draft->reader->arena, keys, COUNT_OF(keys)));
    return (Branches){0};
}

Branches branches_both(Draft *draft, const Branches *a, const Branches *b)
{
    Arena *arena = draft->reader->arena;
    if ((uint64_t)a->count * b->count > MOST_BRANCHES) {
        reader_problem(draft->reader, "expected at most %d alternatives", MOST_BRANCHES);
        return (Branches){0};
    }
    Branches both = {arena_allocate(arena, (size_t)a->count * b->count, sizeof *both.items), 0};
    for (uint32_t i = 0; i < a->count; i++)
        for (uint32_t k = 0; k < b->count; k++) {
            const Branch *x = &a->items[i];
            const Branch *y = &b->items[k];
            Branch *branch = &both.items[both.count++];
            branch->premises = arena_allocate(arena, x->count + y->count, sizeof(Premise *));
            for (uint32_t n = 0; n < x->count; n++)
                branch->premises[branch->count++] = x->premises[n];
            for (uint32_t n = 0; n < y->count; n++)
                branch->premises[branch->count++] = y->premises[n];
            branch->assumes = join_notes(arena, x->assumes, y->assumes);
        }
    return both;
}

static Branches branches_either(Draft *draft, const Branches *a, const Branches *b)
{
    Arena *arena = draft->reader->arena;
    Branches either = {arena_allocate(arena, a->count + b->count, sizeof *either.items), 0};
    for (uint32_t i = 0; i < a->count; i++)
        either.items[either.count++] = a->items[i];
    for (uint32_t i = 0; i < b->count; i++)
        either.items[either.count++] = b->items[i];
    return either;
}

static Branches branches_of(Draft *draft, const JsonValue *entry, uint32_t depth);

/* All (or, when `any`, one) of the member's premises. */
static Branches branches_of_list(Draft *draft, const JsonValue *object, const char *key, bool any,
                                 uint32_t depth)
{
    Reader *reader = draft->reader;
    const JsonValue *array = reader_array(reader, object, key, true);
    if (depth > MOST_NESTED) {
        reader_problem(reader, "expected at most %d nested lists", MOST_NESTED);
        return (Branches){0};
    }
    Branches result = any ? (Branches){0} : one_branch(draft, NULL, NULL);
    size_t entered = reader_enter(reader, key);
    uint32_t index = 0;
    for (const JsonValue *entry = json_first(array); entry; entry = json_next(entry)) {
        size_t element = reader_enter_element(reader, index++);
        Branches one = branches_of(draft, entry, depth + 1);
        result = any ? branches_either(draft, &result, &one) : branches_both(draft, &result, &one);
        reader_leave(reader, element);
    }
    reader_leave(reader, entered);
    return result;
}

static Branches branches_of(Draft *draft, const JsonValue *entry, uint32_t depth)
{
    static const char *const any_keys[] = {"any", NULL};
    static const char *const all_keys[] = {"all", NULL};
    static const char *const assumes_keys[] = {"assumes", NULL};
    if (json_member(entry, "any")) {
        (void)reader_object(draft->reader, entry, any_keys);
        return branches_of_list(draft, entry, "any", true, depth);
    }
    if (json_member(entry, "all")) {
        (void)reader_object(draft->reader, entry, all_keys);
        return branches_of_list(draft, entry, "all", false, depth);
    }
    if (json_member(entry, "assumes")) {
        (void)reader_object(draft->reader, entry, assumes_keys);
        return one_branch(draft, NULL, reader_text(draft->reader, entry, "assumes", true));
    }
    return one_premise(draft, entry);
}

Branches read_premises(Draft *draft, const JsonValue *object, const char *key)
{
    if (!json_member(object, key))
        return one_branch(draft, NULL, NULL);
    return branches_of_list(draft, object, key, false, 0);
}

/* ---- void conditions and weakenings ---- */

/* A fact that no export shows: for people, and what to make of not knowing it. */
static void read_fact(Draft *draft, const JsonValue *entry)
{
    static const char *const keys[] = {"fact", "handling", NULL};
    static const char *const handlings[] = {"ignore", "assume"};
    (void)reader_object(draft->reader, entry, keys);
    const char *fact = reader_text(draft->reader, entry, "fact", true);
    uint32_t handling =
        reader_word(draft->reader, entry, "handling", handlings, COUNT_OF(handlings), true);
    if (fact && handling == 1) {
        const char *note = arena_format(draft->reader->arena, "what could stop it: %s", fact);
        draft->assumes = join_notes(draft->reader->arena, draft->assumes, note);
    }
}

static void read_shown_property(Draft *draft, const JsonValue *entry, Premise *premise)
{
    static const char *const keys[] = {"property", "of",      "in",       "not-in", "only",
                                       "not-only", "present", "handling", "detail", NULL};
    static const char *const handlings[] = {"ignore", "assume"};
    (void)reader_object(draft->reader, entry, keys);
    premise->kind = PREMISE_PROPERTY;
    premise->variable = premise->other = NONE;
    (void)read_property_name(draft, entry, premise);
    read_test(draft, entry, premise);
    premise->note = reader_text(draft->reader, entry, "detail", true);
    uint32_t handling =
        reader_word(draft->reader, entry, "handling", handlings, COUNT_OF(handlings), false);
    premise->missing = handling == 1 ? MISSING_ASSUMED : MISSING_FAILS;
    premise->not_exported = premise->missing;
}

typedef struct Obstacles {
    Draft *draft;
    Premise *premises;
    uint32_t count;
} Obstacles;

static void read_obstacle(void *context, Reader *reader, const JsonValue *entry)
{
    Obstacles *obstacles = context;
    if (json_member(entry, "fact"))
        read_fact(obstacles->draft, entry);
    else if (json_member(entry, "property"))
        read_shown_property(obstacles->draft, entry, &obstacles->premises[obstacles->count++]);
    else
        reader_problem(reader, "expected an object with \"property\" or \"fact\"");
}

void read_obstacles(Draft *draft, const JsonValue *object, const char *key, Premise **obstacles,
                    uint32_t *count)
{
    uint32_t most = json_count(json_member(object, key));
    Obstacles found = {draft, arena_allocate(draft->reader->arena, most, sizeof(Premise)), 0};
    reader_each(draft->reader, object, key, false, read_obstacle, &found);
    *obstacles = found.premises;
    *count = found.count;
}
