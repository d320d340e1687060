#include "base/text.h"
#include "rules/loader.h"

#include <string.h>

#define COUNT_OF(array) ((uint32_t)(sizeof(array) / sizeof *(array)))

const char *const severity_words[] = {
#define SEVERITY_WORD(symbol, name) name,
#include "rules/vocabulary.def"
};
const uint32_t severity_word_count = COUNT_OF(severity_words);

static const char *const capability_words[] = {
#define CAPABILITY(symbol, name) name,
#include "rules/vocabulary.def"
};

static const char *const family_words[] = {
#define TYPE_FAMILY(symbol, name) name,
#include "rules/vocabulary.def"
};

void check_schema(Reader *reader, const JsonValue *root, const char *name)
{
    const char *schema = arena_format(reader->arena, "amlblast.%s/1", name);
    (void)reader_word(reader, root, "schema", &schema, 1, true);
}

const char *read_date(Reader *reader, const JsonValue *object, const char *key)
{
    const char *date = reader_text(reader, object, key, true);
    static const char pattern[] = "0000-00-00";
    bool good = date && strlen(date) == strlen(pattern);
    for (size_t i = 0; good && pattern[i]; i++)
        good = pattern[i] == '0' ? date[i] >= '0' && date[i] <= '9' : date[i] == '-';
    if (date && !good)
        reader_problem_at(reader, key, "expected a date like 2026-11-22, found \"%s\"", date);
    return date;
}

bool is_resource_type(const char *text)
{
    const char *slash = text ? strchr(text, '/') : NULL;
    if (!slash || slash == text || !slash[1] || !memchr(text, '.', (size_t)(slash - text)))
        return false;
    for (const char *c = text; *c; c++)
        if ((*c >= 'A' && *c <= 'Z') || *c == ' ' || *c == '*' || (*c == '/' && c[1] == '/'))
            return false;
    return text[strlen(text) - 1] != '/';
}

bool is_principal_type(const char *type)
{
    static const char *const words[] = {
#define CALLER(symbol, name) name,
#include "rules/vocabulary.def"
    };
    return word_find(words, COUNT_OF(words), type) < COUNT_OF(words);
}

/* ---- resource-fields.json ---- */

static const KnownProperty *find_property(const Loader *loader, const char *type, const char *name)
{
    for (uint32_t i = 0; i < loader->properties.count; i++) {
        const KnownProperty *known = &loader->properties.items[i];
        if (text_equal(known->type, type) && text_equal(known->name, name))
            return known;
    }
    return NULL;
}

static void read_missing(Reader *reader, const JsonValue *entry, KnownProperty *known)
{
    static const char *const keys[] = {"value", "certainty", NULL};
    static const char *const certainties[] = {"certain", "assumed"};
    const JsonValue *missing = json_member(entry, "missing");
    if (!missing)
        return;
    size_t entered = reader_enter(reader, "missing");
    if (reader_object(reader, missing, keys)) {
        known->missing = reader_text(reader, missing, "value", true);
        known->missing_assumed =
            reader_word(reader, missing, "certainty", certainties, COUNT_OF(certainties), true) > 0;
    }
    reader_leave(reader, entered);
}

static bool path_is_good(const char *path)
{
    for (const char *c = path; *c; c++)
        if (*c == ' ' || (*c == '.' && (c == path || c[1] == '.' || !c[1])))
            return false;
    return true;
}

static void read_property(void *context, Reader *reader, const JsonValue *entry)
{
    Loader *loader = context;
    static const char *const keys[] = {"type",    "property", "paths", "kind",
                                       "missing", "source",   NULL};
    static const char *const kinds[] = {"text", "bool", "id", "list"};
    if (!reader_object(reader, entry, keys))
        return;
    KnownProperty known = {.type = reader_text(reader, entry, "type", true),
                           .name = reader_text(reader, entry, "property", true)};
    if (known.type && !is_resource_type(known.type) && !is_principal_type(known.type))
        reader_problem_at(reader, "type",
                          "expected a resource type in lower case or a kind of principal, found "
                          "\"%s\"",
                          known.type);
    TextList paths = reader_texts(reader, entry, "paths", true);
    for (uint32_t i = 0; i < paths.count; i++)
        if (!path_is_good(paths.items[i]))
            reader_problem_at(reader, "paths", "expected names joined by dots, found \"%s\"",
                              paths.items[i]);
    (void)reader_word(reader, entry, "kind", kinds, COUNT_OF(kinds), true);
    (void)reader_text(reader, entry, "source", true);
    read_missing(reader, entry, &known);
    if (!known.type || !known.name)
        return;
    if (find_property(loader, known.type, known.name))
        reader_problem(reader, "%s of %s is listed twice", known.name, known.type);
    ARRAY_PUSH(&loader->properties, known);
}

void read_known_properties(Loader *loader, Reader *reader, const JsonValue *root)
{
    static const char *const keys[] = {"schema", "checked", "note", "fields", NULL};
    if (!reader_object(reader, root, keys))
        return;
    check_schema(reader, root, "resource-fields");
    (void)read_date(reader, root, "checked");
    reader_each(reader, root, "fields", true, read_property, loader);
}

/* ---- capabilities.json ---- */

typedef ARRAY(HeldRight) HeldRights;

static void read_held(void *context, Reader *reader, const JsonValue *entry)
{
    HeldRights *rights = context;
    static const char *const keys[] = {"own-type", "type", "actions", "plane", NULL};
    static const char *const planes[] = {"control", "data"};
    if (!reader_object(reader, entry, keys))
        return;
    HeldRight right = {.data_plane =
                           reader_word(reader, entry, "plane", planes, COUNT_OF(planes), true) == 1,
                       .own_type = json_member(entry, "own-type") != NULL};
    if (right.own_type) {
        right.action = reader_text(reader, entry, "own-type", true);
        if (right.action && right.action[0] != '/')
            reader_problem_at(reader, "own-type", "expected a suffix like \"/write\"");
        ARRAY_PUSH(rights, right);
        return;
    }
    right.type = reader_text(reader, entry, "type", true);
    if (right.type && !text_equal(right.type, "scope") && !is_resource_type(right.type))
        reader_problem_at(reader, "type", "expected \"scope\" or a resource type in lower case");
    TextList actions = reader_texts(reader, entry, "actions", true);
    for (uint32_t i = 0; i < actions.count; i++) {
        right.action = actions.items[i];
        ARRAY_PUSH(rights, right);
    }
}

static void read_capability(void *context, Reader *reader, const JsonValue *entry)
{
    Loader *loader = context;
    static const char *const keys[] = {"name", "plane", "label", "text", "severity", "held", NULL};
    if (!reader_object(reader, entry, keys))
        return;
    uint32_t name = reader_word(reader, entry, "name", capability_words, CAPABILITY_COUNT, true);
    uint32_t severity =
        reader_word(reader, entry, "severity", severity_words, severity_word_count, true);
    Capability capability = {.plane = reader_text(reader, entry, "plane", true),
                             .label = reader_text(reader, entry, "label", true),
                             .text = reader_text(reader, entry, "text", true)};
    HeldRights rights = {0};
    reader_each(reader, entry, "held", false, read_held, &rights);
    HeldRight *copy = arena_allocate(reader->arena, rights.count, sizeof *copy);
    for (uint32_t i = 0; i < rights.count; i++)
        copy[i] = rights.items[i];
    capability.held = copy;
    capability.held_count = rights.count;
    ARRAY_FREE(&rights);
    if (name == CAPABILITY_COUNT || severity == severity_word_count)
        return;
    capability.name = capability_words[name];
    capability.severity = severity_words[severity];
    if (loader->rules->capabilities.items[name].name)
        reader_problem_at(reader, "name", "%s is described twice", capability.name);
    loader->rules->capabilities.items[name] = capability;
}

void read_capabilities(Loader *loader, Reader *reader, const JsonValue *root)
{
    static const char *const keys[] = {"schema",  "checked",      "note",
                                       "sources", "capabilities", NULL};
    for (uint32_t i = 0; i < CAPABILITY_COUNT; i++)
        ARRAY_PUSH(&loader->rules->capabilities, (Capability){0});
    if (!reader_object(reader, root, keys))
        return;
    check_schema(reader, root, "capabilities");
    (void)read_date(reader, root, "checked");
    reader_each(reader, root, "capabilities", true, read_capability, loader);
    for (uint32_t i = 0; i < CAPABILITY_COUNT; i++)
        if (!loader->rules->capabilities.items[i].name)
            reader_problem_at(reader, "capabilities", "expected every capability, found no \"%s\"",
                              capability_words[i]);
}

/* ---- kinds.json ---- */

static void read_kind_severities(Reader *reader, const JsonValue *entry, ResourceKind *kind)
{
    const JsonValue *severities = json_member(entry, "severities");
    const char *keys[CAPABILITY_COUNT + 1] = {NULL};
    for (uint32_t i = 0; i < CAPABILITY_COUNT; i++)
        keys[i] = capability_words[i];
    size_t entered = reader_enter(reader, "severities");
    if (severities && reader_object(reader, severities, keys))
        for (uint32_t i = 0; i < CAPABILITY_COUNT; i++) {
            uint32_t word = reader_word(reader, severities, keys[i], severity_words,
                                        severity_word_count, false);
            if (word < severity_word_count)
                kind->severities[i] = severity_words[word];
        }
    reader_leave(reader, entered);
}

static void read_kind(void *context, Reader *reader, const JsonValue *entry)
{
    Loader *loader = context;
    static const char *const keys[] = {"type", "actions",  "singular", "plural",     "family",
                                       "host", "workload", "crown",    "severities", NULL};
    static const char *const hosts[] = {"token", "deputy", "none"};
    if (!reader_object(reader, entry, keys))
        return;
    ResourceKind kind = {.type = reader_text(reader, entry, "type", true),
                         .singular = reader_text(reader, entry, "singular", true),
                         .plural = reader_text(reader, entry, "plural", true),
                         .action_type = reader_text(reader, entry, "actions", true),
                         .workload = reader_flag(reader, entry, "workload", false),
                         .crown = reader_flag(reader, entry, "crown", false)};
    uint32_t family =
        reader_word(reader, entry, "family", family_words, COUNT_OF(family_words), true);
    kind.family = family_words[family < COUNT_OF(family_words) ? family : 0];
    uint32_t host = reader_word(reader, entry, "host", hosts, COUNT_OF(hosts), true);
    kind.hosts_identity = host == 0;
    kind.deputy = host == 1;
    for (uint32_t i = 0; i < CAPABILITY_COUNT; i++)
        kind.severities[i] = loader->rules->capabilities.items[i].severity;
    read_kind_severities(reader, entry, &kind);
    if (!kind.type || !kind.action_type)
        return;
    if (!is_resource_type(kind.type) || !text_equal_any_case(kind.type, kind.action_type))
        reader_problem_at(reader, "type", "expected \"actions\" in lower case, found \"%s\"",
                          kind.type);
    uint32_t count = loader->rules->resource_kinds.count;
    if (count && strcmp(loader->rules->resource_kinds.items[count - 1].type, kind.type) >= 0)
        reader_problem_at(reader, "type", "expected types in ascending order, found \"%s\"",
                          kind.type);
    ARRAY_PUSH(&loader->rules->resource_kinds, kind);
}

void read_kinds(Loader *loader, Reader *reader, const JsonValue *root)
{
    static const char *const keys[] = {"schema",  "checked", "note", "crown_words",
                                       "sources", "kinds",   NULL};
    if (!reader_object(reader, root, keys))
        return;
    check_schema(reader, root, "kinds");
    (void)read_date(reader, root, "checked");
    loader->rules->crown_words = reader_texts(reader, root, "crown_words", true);
    reader_each(reader, root, "kinds", true, read_kind, loader);
}

/* ---- credential-actions.json ---- */

void read_credential_actions(Loader *loader, Reader *reader, const JsonValue *root)
{
    static const char *const keys[] = {"schema",  "checked",     "note", "sources",
                                       "actions", "dataActions", NULL};
    if (!reader_object(reader, root, keys))
        return;
    check_schema(reader, root, "credential-actions");
    (void)read_date(reader, root, "checked");
    loader->rules->credential_actions = reader_texts(reader, root, "actions", true);
    loader->rules->credential_data_actions = reader_texts(reader, root, "dataActions", true);
}
