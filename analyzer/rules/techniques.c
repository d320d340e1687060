#include "base/text.h"
#include "rules/premises.h"

#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) ((uint32_t)(sizeof(array) / sizeof *(array)))

enum { LONGEST_LABEL = 40 };

/* What a conclusion says besides its premises. */
typedef struct Draw {
    Conclusion conclusion;
    const char *text;
    const char *label;
    const char *assumes;
} Draw;

/* ---- from a branch to a clause ---- */

/* Which variables a clause uses, and which of them some premise ties to the snapshot. */
typedef struct Binding {
    bool *used;
    bool *bound;
    uint32_t *number; /* in the clause */
} Binding;

static void use(Binding *binding, uint32_t variable, bool binds)
{
    if (variable == NONE)
        return;
    binding->used[variable] = true;
    binding->bound[variable] |= binds;
}

/* A property ties a variable only when the types it is looked for in are listed. */
static bool premise_binds(const Draft *draft, const Premise *premise)
{
    if (premise->kind == PREMISE_RELATION)
        return !premise->negated;
    if (premise->kind == PREMISE_PROPERTY)
        return premise->variable != NONE && draft->variables[premise->variable].types.count > 0;
    return true;
}

static Binding find_binding(Draft *draft, const Branch *branch, const Conclusion *conclusion)
{
    Arena *arena = draft->reader->arena;
    Binding binding = {arena_allocate(arena, draft->variable_count, sizeof *binding.used),
                       arena_allocate(arena, draft->variable_count, sizeof *binding.bound),
                       arena_allocate(arena, draft->variable_count, sizeof *binding.number)};
    for (uint32_t i = 0; i < branch->count; i++) {
        const Premise *premise = branch->premises[i];
        bool binds = premise_binds(draft, premise);
        use(&binding, premise->variable, binds);
        use(&binding, premise->other, binds);
    }
    use(&binding, conclusion->variable, false);
    for (uint32_t i = 0; i < draft->variable_count; i++) /* there is one tenant only */
        binding.bound[i] |=
            draft->variables[i].kind == VARIABLE_SCOPE && draft->variables[i].types.count > 0;
    for (uint32_t i = 0; i < draft->variable_count; i++)
        if (binding.used[i] && !binding.bound[i])
            reader_problem(draft->reader, "nothing says which %s is meant: no premise binds it",
                           draft->variables[i].name);
    return binding;
}

static void number_variables(Draft *draft, Binding *binding, Clause *clause)
{
    clause->variables =
        arena_allocate(draft->reader->arena, draft->variable_count, sizeof *clause->variables);
    for (uint32_t i = 0; i < draft->variable_count; i++) {
        binding->number[i] = binding->used[i] ? clause->variable_count : NONE;
        if (binding->used[i])
            clause->variables[clause->variable_count++] = draft->variables[i];
    }
}

static Premise renumbered(const Binding *binding, const Premise *premise)
{
    Premise copy = *premise;
    if (copy.variable != NONE)
        copy.variable = binding->number[copy.variable];
    if (copy.other != NONE)
        copy.other = binding->number[copy.other];
    return copy;
}

/* Those of the technique's obstacles that speak of the clause's variables. */
static void take_obstacles(Draft *draft, const Binding *binding, const Premise *all, uint32_t count,
                           Premise **taken, uint32_t *taken_count)
{
    *taken = arena_allocate(draft->reader->arena, count, sizeof **taken);
    *taken_count = 0;
    for (uint32_t i = 0; i < count; i++)
        if (all[i].variable != NONE && binding->used[all[i].variable])
            (*taken)[(*taken_count)++] = renumbered(binding, &all[i]);
}

static bool names_variable(const Clause *clause, const char *name, size_t length)
{
    for (uint32_t i = 0; i < clause->variable_count; i++)
        if (strlen(clause->variables[i].name) == length &&
            strncmp(clause->variables[i].name, name, length) == 0)
            return true;
    return false;
}

/* Every {place} of the sentence must be a variable of the clause. */
static void check_text(Draft *draft, const Clause *clause)
{
    for (const char *c = clause->text ? clause->text : ""; *c; c++) {
        if (*c == '}')
            reader_problem(draft->reader, "text: \"}\" without \"{\": \"%s\"", clause->text);
        if (*c != '{')
            continue;
        size_t length = strcspn(c + 1, "{}");
        if (c[1 + length] != '}' || !names_variable(clause, c + 1, length)) {
            reader_problem(draft->reader, "text: %.*s is no variable of this conclusion: \"%s\"",
                           (int)length + 2, c, clause->text);
            return;
        }
        c += length + 1;
    }
}

static const char *service_note(const Conclusion *conclusion)
{
    if (conclusion->kind != CONCLUDES_ACTS_AS)
        return NULL;
    if (conclusion->acts_as_kind == ACTS_AS_KIND_DEPUTY)
        return "a service acts on the attacker's behalf";
    if (conclusion->acts_as_kind == ACTS_AS_KIND_INTERACTION)
        return "a person must run something";
    return NULL;
}

static void add_clause(Draft *draft, const Branch *branch, const Draw *draw)
{
    Arena *arena = draft->reader->arena;
    Rules *rules = draft->loader->rules;
    Clause clause = {.technique = rules->techniques.count,
                     .conclusion = draw->conclusion,
                     .text = draw->text ? draw->text : draft->technique.text,
                     .label = draw->label ? draw->label : draft->technique.label};
    Binding binding = find_binding(draft, branch, &draw->conclusion);
    number_variables(draft, &binding, &clause);
    clause.premises = arena_allocate(arena, branch->count, sizeof *clause.premises);
    for (uint32_t i = 0; i < branch->count; i++)
        clause.premises[clause.premise_count++] = renumbered(&binding, branch->premises[i]);
    take_obstacles(draft, &binding, draft->voids, draft->void_count, &clause.voids,
                   &clause.void_count);
    take_obstacles(draft, &binding, draft->weakens, draft->weaken_count, &clause.weakens,
                   &clause.weaken_count);
    if (clause.conclusion.variable != NONE)
        clause.conclusion.variable = binding.number[clause.conclusion.variable];
    clause.assumes = join_notes(arena, draft->assumes, branch->assumes);
    clause.assumes = join_notes(arena, clause.assumes, draw->assumes);
    clause.assumes = join_notes(arena, clause.assumes, service_note(&clause.conclusion));
    check_text(draft, &clause);
    ARRAY_PUSH(&rules->clauses, clause);
}

/* ---- conclusions ---- */

static void check_kind(Draft *draft, const char *key, uint32_t variable, bool principal)
{
    if (variable == NONE)
        return;
    const Variable *found = &draft->variables[variable];
    if ((found->kind == VARIABLE_PRINCIPAL) != principal)
        reader_problem_at(draft->reader, key, "expected a %s, found %s",
                          principal ? "principal" : "resource or scope", found->name);
}

static void read_acts_as(Draft *draft, const JsonValue *entry, Conclusion *conclusion)
{
    static const char *const keys[] = {"acts-as", "kind", "persists", "if",
                                       "assumes", "text", "label",    NULL};
    static const char *const kinds[] = {
#define ACTS_AS_KIND(symbol, name) name,
#include "rules/vocabulary.def"
    };
    (void)reader_object(draft->reader, entry, keys);
    conclusion->variable = read_variable(draft, entry, "acts-as");
    check_kind(draft, "acts-as", conclusion->variable, true);
    conclusion->acts_as_kind =
        (uint8_t)reader_word(draft->reader, entry, "kind", kinds, COUNT_OF(kinds), true);
    conclusion->persists = reader_flag(draft->reader, entry, "persists", false);
}

static void read_capability(Draft *draft, const JsonValue *entry, Conclusion *conclusion)
{
    static const char *const keys[] = {"capability", "on", "if", "assumes", "text", "label", NULL};
    static const char *const words[] = {
#define CAPABILITY(symbol, name) name,
#include "rules/vocabulary.def"
    };
    (void)reader_object(draft->reader, entry, keys);
    conclusion->capability =
        reader_word(draft->reader, entry, "capability", words, COUNT_OF(words), true);
    conclusion->variable = read_variable(draft, entry, "on");
    check_kind(draft, "on", conclusion->variable, false);
}

/* "to": "caller": the conclusion tells the case that the caller is the one who gains. */
static bool read_to_caller(Draft *draft, const JsonValue *entry)
{
    static const char *const recipients[] = {"caller"};
    return reader_word(draft->reader, entry, "to", recipients, COUNT_OF(recipients), false) == 0;
}

static void read_gives_roles(Draft *draft, const JsonValue *entry, Conclusion *conclusion)
{
    static const char *const keys[] = {"gives-roles-at", "mode", "conditions", "to", "if",
                                       "assumes",        "text", "label",      NULL};
    static const char *const modes[] = {"any", "conditioned"};
    (void)reader_object(draft->reader, entry, keys);
    conclusion->variable = read_variable(draft, entry, "gives-roles-at");
    check_kind(draft, "gives-roles-at", conclusion->variable, false);
    conclusion->conditioned =
        reader_word(draft->reader, entry, "mode", modes, COUNT_OF(modes), true) == 1;
    conclusion->to_caller = read_to_caller(draft, entry);
    conclusion->grant_conditions = read_grant_conditions(draft, entry);
    if (conclusion->grant_conditions && !conclusion->conditioned)
        reader_problem_at(draft->reader, "conditions", "only with \"mode\": \"conditioned\"");
}

static void read_rewrites_role(Draft *draft, const JsonValue *entry, Conclusion *conclusion)
{
    static const char *const keys[] = {"rewrites-role", "to",    "if", "assumes",
                                       "text",          "label", NULL};
    (void)reader_object(draft->reader, entry, keys);
    conclusion->variable = read_variable(draft, entry, "rewrites-role");
    check_kind(draft, "rewrites-role", conclusion->variable, false);
    conclusion->to_caller = read_to_caller(draft, entry);
}

static void read_controls_group(Draft *draft, const JsonValue *entry, Conclusion *conclusion)
{
    static const char *const keys[] = {"controls-group", "if", "assumes", "text", "label", NULL};
    (void)reader_object(draft->reader, entry, keys);
    conclusion->variable = read_variable(draft, entry, "controls-group");
    check_kind(draft, "controls-group", conclusion->variable, true);
}

/* Which roles can be given: GUIDs or names, or "*" alone for any. */
static void read_given(Draft *draft, const JsonValue *entry, const char *key,
                       Conclusion *conclusion)
{
    const char *keys[] = {key, "if", "assumes", "text", "label", NULL};
    (void)reader_object(draft->reader, entry, keys);
    conclusion->roles = reader_texts(draft->reader, entry, key, true);
    if (!text_list_has(&conclusion->roles, "*"))
        return;
    if (conclusion->roles.count > 1)
        reader_problem_at(draft->reader, key, "expected \"*\" alone, or names without it");
    conclusion->roles.count = 0;
}

static void read_gives_directory_role(Draft *draft, const JsonValue *entry, Conclusion *conclusion)
{
    read_given(draft, entry, "gives-directory-role", conclusion);
    if (!text_list_has(&conclusion->roles, "*"))
        name_directory_roles(draft->loader, draft->reader, "gives-directory-role",
                             &conclusion->roles);
}

static void read_gives_app_role(Draft *draft, const JsonValue *entry, Conclusion *conclusion)
{
    read_given(draft, entry, "gives-app-role", conclusion);
    if (!text_list_has(&conclusion->roles, "*"))
        name_app_roles(draft->loader, draft->reader, "gives-app-role", &conclusion->roles);
}

static void read_finding(Draft *draft, const JsonValue *entry, Conclusion *conclusion)
{
    static const char *const keys[] = {"finding", "if", "assumes", "text", "label", NULL};
    (void)reader_object(draft->reader, entry, keys);
    conclusion->variable = read_variable(draft, entry, "finding");
}

typedef void ConclusionReader(Draft *draft, const JsonValue *entry, Conclusion *conclusion);

static const struct {
    const char *key;
    ConclusionReader *read;
} conclusion_readers[] = {
    [CONCLUDES_ACTS_AS] = {"acts-as", read_acts_as},
    [CONCLUDES_CAPABILITY] = {"capability", read_capability},
    [CONCLUDES_GIVES_ROLES] = {"gives-roles-at", read_gives_roles},
    [CONCLUDES_REWRITES_ROLE] = {"rewrites-role", read_rewrites_role},
    [CONCLUDES_CONTROLS_GROUP] = {"controls-group", read_controls_group},
    [CONCLUDES_GIVES_DIRECTORY_ROLE] = {"gives-directory-role", read_gives_directory_role},
    [CONCLUDES_GIVES_APP_ROLE] = {"gives-app-role", read_gives_app_role},
    [CONCLUDES_FINDING] = {"finding", read_finding},
};
_Static_assert(COUNT_OF(conclusion_readers) == CONCLUSION_KIND_COUNT,
               "every kind of conclusion has a reader");

static bool read_conclusion_kind(Draft *draft, const JsonValue *entry, Conclusion *conclusion)
{
    const char *keys[CONCLUSION_KIND_COUNT];
    for (uint32_t kind = 0; kind < CONCLUSION_KIND_COUNT; kind++) {
        keys[kind] = conclusion_readers[kind].key;
        if (!json_member(entry, keys[kind]))
            continue;
        conclusion->kind = (ConclusionKind)kind;
        conclusion_readers[kind].read(draft, entry, conclusion);
        return true;
    }
    reader_problem(draft->reader, "expected a conclusion, marked by a key that is %s",
                   words_list(draft->reader->arena, keys, CONCLUSION_KIND_COUNT));
    return false;
}

typedef struct Conclusions {
    Draft *draft;
    Branches base; /* of the technique's own premises */
} Conclusions;

/* One clause for every alternative of the technique's premises and of the conclusion's own. */
static void read_conclusion(void *context, Reader *reader, const JsonValue *entry)
{
    Conclusions *conclusions = context;
    Draft *draft = conclusions->draft;
    Draw draw = {.conclusion.variable = NONE};
    if (!read_conclusion_kind(draft, entry, &draw.conclusion))
        return;
    draw.text = reader_text(reader, entry, "text", false);
    draw.label = reader_text(reader, entry, "label", false);
    draw.assumes = reader_text(reader, entry, "assumes", false);
    Branches own = read_premises(draft, entry, "if");
    Branches all = branches_both(draft, &conclusions->base, &own);
    for (uint32_t i = 0; i < all.count; i++)
        add_clause(draft, &all.items[i], &draw);
}

/* ---- variables ---- */

static bool is_variable_name(const char *name)
{
    if (!name || !*name || text_equal(name, "caller"))
        return false;
    for (const char *c = name; *c; c++)
        if (!(*c >= 'a' && *c <= 'z') && !(c > name && (*c == '_' || (*c >= '0' && *c <= '9'))))
            return false;
    return true;
}

/* Resource types, or kinds of principals; "resource", "principal" and "scope" stand alone. */
static void take_types(Reader *reader, const char *key, const TextList *types, Variable *variable)
{
    const char *first = types->count ? types->items[0] : "";
    if (types->count == 1 && text_equal(first, "resource")) {
        variable->kind = VARIABLE_RESOURCE;
    } else if (types->count == 1 && text_equal(first, "scope")) {
        variable->kind = VARIABLE_SCOPE;
    } else if (types->count == 1 && text_equal(first, RULES_TENANT_TYPE)) {
        variable->kind = VARIABLE_SCOPE;
        variable->types = *types;
    } else if (types->count == 1 && text_equal(first, "principal")) {
        variable->kind = VARIABLE_PRINCIPAL;
    } else {
        variable->kind = is_principal_type(first) ? VARIABLE_PRINCIPAL : VARIABLE_RESOURCE;
        variable->types = *types;
        for (uint32_t i = 0; i < types->count; i++)
            if (variable->kind == VARIABLE_PRINCIPAL ? !is_principal_type(types->items[i])
                                                     : !is_resource_type(types->items[i]))
                reader_problem_at(
                    reader, key,
                    "expected resource, scope, tenant, principal, kinds of principals, or "
                    "resource types in lower case, found \"%s\"",
                    types->items[i]);
    }
}

static void read_variables(Draft *draft, const JsonValue *entry)
{
    Reader *reader = draft->reader;
    const JsonValue *object = json_member(entry, "variables");
    uint32_t count = json_count(object);
    draft->variables = arena_allocate(reader->arena, count, sizeof *draft->variables);
    draft->variable_used = arena_allocate(reader->arena, count, sizeof *draft->variable_used);
    if (!json_is_object(object)) {
        reader_problem_at(reader, "variables", "expected an object");
        return;
    }
    if (count > RULES_MOST_VARIABLES)
        reader_problem_at(reader, "variables", "expected at most %d variables, found %u",
                          RULES_MOST_VARIABLES, count);
    size_t entered = reader_enter(reader, "variables");
    for (const JsonValue *member = json_first(object); member; member = json_next(member)) {
        const char *name = arena_copy_text(reader->arena, json_key(member));
        if (!is_variable_name(name))
            reader_problem_at(reader, name, "expected a name of letters a to z, not \"caller\"");
        Variable variable = {.name = name};
        const char *type = json_is_text(member) ? reader_text(reader, object, name, true) : NULL;
        TextList types =
            type ? text_list(reader->arena, &type, 1) : reader_texts(reader, object, name, true);
        take_types(reader, name, &types, &variable);
        draft->variables[draft->variable_count++] = variable;
    }
    reader_leave(reader, entered);
}

/* ---- a technique ---- */

static bool is_id(const char *id)
{
    for (const char *c = id; *c; c++) {
        bool letter = (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9');
        if (!letter && !(*c == '-' && c > id && c[1] && c[1] != '-'))
            return false;
    }
    return *id != '\0';
}

static void check_starts(Reader *reader, const char *key, const TextList *list, const char *start)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (strncmp(list->items[i], start, strlen(start)) != 0)
            reader_problem_at(reader, key, "expected texts that begin with \"%s\", found \"%s\"",
                              start, list->items[i]);
}

static void read_frameworks(Reader *reader, const JsonValue *entry, Technique *technique)
{
    technique->attack = reader_texts(reader, entry, "attack", false);
    technique->atlas = reader_texts(reader, entry, "atlas", false);
    technique->owasp_nhi = reader_texts(reader, entry, "owasp_nhi", false);
    technique->sources = reader_texts(reader, entry, "sources", true);
    check_starts(reader, "attack", &technique->attack, "T");
    check_starts(reader, "atlas", &technique->atlas, "AML.T");
    check_starts(reader, "owasp_nhi", &technique->owasp_nhi, "NHI");
    check_starts(reader, "sources", &technique->sources, "https://");
}

static void read_words(Draft *draft, const JsonValue *entry)
{
    static const char *const confidences[] = {
#define CONFIDENCE_WORD(symbol, name) name,
#include "rules/vocabulary.def"
    };
    static const char *const statuses[] = {"modelled", "not-modelled"};
    static const char *const built_ins[] = {
#define BUILT_IN(symbol, name) name,
#include "rules/vocabulary.def"
    };
    Reader *reader = draft->reader;
    Technique *technique = &draft->technique;
    uint32_t severity =
        reader_word(reader, entry, "severity", severity_words, severity_word_count, true);
    uint32_t confidence =
        reader_word(reader, entry, "confidence", confidences, COUNT_OF(confidences), true);
    uint32_t status = reader_word(reader, entry, "status", statuses, COUNT_OF(statuses), true);
    technique->severity = severity < severity_word_count ? severity_words[severity] : NULL;
    technique->confidence = confidence < COUNT_OF(confidences) ? confidences[confidence] : NULL;
    technique->modelled = status == 0;
    technique->assumes = draft->assumes = reader_text(reader, entry, "assumes", false);
    if (confidence == CONFIDENCE_WORD_UNVERIFIED && technique->modelled && !technique->assumes)
        reader_problem_at(reader, "assumes", "expected a note: the technique is unverified");
    technique->not_modelled_because =
        reader_text(reader, entry, "not_modelled_because", status == 1);
    if (technique->modelled && technique->not_modelled_because)
        reader_problem_at(reader, "not_modelled_because", "the technique is modelled");
    uint32_t built_in =
        reader_word(reader, entry, "built_in", built_ins, COUNT_OF(built_ins), false);
    technique->built_in = built_in < COUNT_OF(built_ins) ? built_ins[built_in] : NULL;
    if (technique->built_in && !technique->modelled)
        reader_problem_at(reader, "built_in", "the technique is not modelled");
}

static void read_texts_of(Draft *draft, const JsonValue *entry)
{
    Reader *reader = draft->reader;
    Technique *technique = &draft->technique;
    technique->id = reader_text(reader, entry, "id", true);
    technique->title = reader_text(reader, entry, "title", true);
    technique->label = reader_text(reader, entry, "label", true);
    technique->text = reader_text(reader, entry, "text", true);
    technique->why = reader_text(reader, entry, "why", true);
    technique->fix = reader_text(reader, entry, "fix", true);
    technique->checked = read_date(reader, entry, "checked");
    technique->file = reader->file;
    if (technique->id && !is_id(technique->id))
        reader_problem_at(reader, "id", "expected small letters and digits joined by \"-\"");
    if (technique->id && rules_find_technique(draft->loader->rules, technique->id) != NONE)
        reader_problem_at(reader, "id", "there is a technique %s already", technique->id);
    if (technique->label && strlen(technique->label) > LONGEST_LABEL)
        reader_problem_at(reader, "label", "expected at most %d bytes", LONGEST_LABEL);
}

static void read_clauses(Draft *draft, const JsonValue *entry)
{
    Rules *rules = draft->loader->rules;
    draft->technique.first_clause = rules->clauses.count;
    if (!draft->technique.modelled || draft->technique.built_in) {
        if (json_member(entry, "conclusions") || json_member(entry, "premises"))
            reader_problem(draft->reader,
                           "a technique that is %s has no premises and no "
                           "conclusions",
                           draft->technique.built_in ? "built in" : "not modelled");
        return;
    }
    read_variables(draft, entry);
    read_obstacles(draft, entry, "void", &draft->voids, &draft->void_count);
    read_obstacles(draft, entry, "weakens", &draft->weakens, &draft->weaken_count);
    Conclusions conclusions = {draft, read_premises(draft, entry, "premises")};
    reader_each(draft->reader, entry, "conclusions", true, read_conclusion, &conclusions);
    draft->technique.clause_count = rules->clauses.count - draft->technique.first_clause;
    if (draft->technique.clause_count == 0)
        reader_problem_at(draft->reader, "conclusions", "expected at least one conclusion");
    for (uint32_t i = 0; i < draft->variable_count; i++)
        if (!draft->variable_used[i])
            reader_problem_at(draft->reader, "variables", "%s is not used",
                              draft->variables[i].name);
}

typedef struct Family {
    Loader *loader;
    const char *name;
} Family;

static void read_technique(void *context, Reader *reader, const JsonValue *entry)
{
    static const char *const keys[] = {"id",        "title",       "label",
                                       "text",      "severity",    "confidence",
                                       "assumes",   "why",         "fix",
                                       "variables", "premises",    "void",
                                       "weakens",   "conclusions", "attack",
                                       "atlas",     "owasp_nhi",   "sources",
                                       "checked",   "status",      "not_modelled_because",
                                       "built_in",  NULL};
    const Family *family = context;
    if (!reader_object(reader, entry, keys))
        return;
    Draft draft = {.loader = family->loader, .reader = reader};
    draft.technique.family = family->name;
    read_texts_of(&draft, entry);
    read_words(&draft, entry);
    read_frameworks(reader, entry, &draft.technique);
    read_clauses(&draft, entry);
    ARRAY_PUSH(&family->loader->rules->techniques, draft.technique);
}

void read_techniques(Loader *loader, Reader *reader, const JsonValue *root)
{
    static const char *const keys[] = {"schema", "family", "title", "order", "techniques", NULL};
    if (!reader_object(reader, root, keys))
        return;
    check_schema(reader, root, "techniques");
    Family family = {loader, reader_text(reader, root, "family", true)};
    (void)reader_text(reader, root, "title", true);
    double order = 0;
    if (!json_number(json_member(root, "order"), &order))
        reader_problem_at(reader, "order",
                          "expected a number: where the family stands in the "
                          "catalogue, specific techniques before generic ones");
    const char *file = arena_format(reader->arena, "techniques/%s.json", family.name);
    if (family.name && !text_equal(file, reader->file))
        reader_problem_at(reader, "family", "expected the name of the file, found \"%s\"",
                          family.name);
    reader_each(reader, root, "techniques", true, read_technique, &family);
}
