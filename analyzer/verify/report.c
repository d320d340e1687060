#include "base/memory.h"
#include "base/text.h"
#include "verify/claims.h"

#include <stdio.h>
#include <string.h>

/*
 * A report of a large tenant is long, its chains are short: the text is cut at the members of the
 * report and the elements of its lists, and each piece is parsed alone.
 */

typedef struct Span {
    const char *text;
    size_t length_bytes;
} Span;

typedef struct Cutter {
    const char *at, *end;
} Cutter;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static char next_mark(Cutter *cutter)
{
    while (cutter->at < cutter->end && is_blank(*cutter->at))
        cutter->at++;
    return cutter->at < cutter->end ? *cutter->at : '\0';
}

static bool take_mark(Cutter *cutter, char mark)
{
    if (next_mark(cutter) != mark)
        return false;
    cutter->at++;
    return true;
}

/* Passes one value: brackets are counted, and texts may hold any. */
static bool cut_value(Cutter *cutter, Span *span)
{
    uint32_t depth = 0;
    bool in_text = false;
    (void)next_mark(cutter);
    const char *start = cutter->at;
    for (; cutter->at < cutter->end; cutter->at++) {
        char c = *cutter->at;
        if (in_text) {
            if (c == '\\' && cutter->at + 1 < cutter->end)
                cutter->at++;
            else if (c == '"')
                in_text = false;
            continue;
        }
        if (!depth && (c == ',' || c == ']' || c == '}'))
            break;
        in_text = c == '"';
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
    }
    *span = (Span){start, (size_t)(cutter->at - start)};
    return !in_text && !depth && span->length_bytes > 0;
}

enum {
    TOP_SCHEMA,
    TOP_TOOL,
    TOP_SNAPSHOT,
    TOP_SUMMARY,
    TOP_STARTS,
    TOP_CHAINS,
    TOP_FINDINGS,
    TOP_COUNT
};
static const char *const top_names[TOP_COUNT] = {"schema", "tool",   "snapshot", "summary",
                                                 "starts", "chains", "findings"};

typedef struct Reading {
    Checker checker;
    Span top[TOP_COUNT];
    const VerifyOptions *options;
    Arena scratch; /* of the piece at hand */
    Error *err;
} Reading;

static bool parse_piece(Reading *reading, const char *what, uint32_t number, Span span,
                        const JsonValue **value)
{
    char place[64];
    Error err;
    arena_reset(&reading->scratch);
    if (json_parse(&reading->scratch, span.text, span.length_bytes, value, &err))
        return true;
    (void)snprintf(place, sizeof place, number == NONE ? "/%s" : "/%s/%u", what, (unsigned)number);
    return error_set(reading->err, "%s: %s", place, err.message);
}

static bool cut_report(Reading *reading, const char *text, size_t length_bytes)
{
    Cutter cutter = {text, text + length_bytes};
    if (length_bytes >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        cutter.at += 3;
    if (!take_mark(&cutter, '{'))
        return error_set(reading->err, "expected a JSON object, a report of amlblast analyze");
    for (bool more = !take_mark(&cutter, '}'); more;) {
        Span key, value;
        const char *colon = memchr(cutter.at, ':', (size_t)(cutter.end - cutter.at));
        if (next_mark(&cutter) != '"' || !colon)
            return error_set(reading->err, "expected a report of amlblast analyze, found no JSON");
        key = (Span){cutter.at + 1, (size_t)(colon - cutter.at)};
        while (key.length_bytes && key.text[key.length_bytes - 1] != '"')
            key.length_bytes--;
        key.length_bytes -= key.length_bytes > 0;
        cutter.at = colon + 1;
        if (!cut_value(&cutter, &value))
            return error_set(reading->err, "expected a value at byte %zu, found the end",
                             (size_t)(cutter.at - text));
        for (int t = 0; t < TOP_COUNT; t++) {
            if (strlen(top_names[t]) != key.length_bytes ||
                memcmp(top_names[t], key.text, key.length_bytes) != 0)
                continue;
            if (reading->top[t].text)
                return error_set(reading->err, "/%s: expected once, found twice", top_names[t]);
            reading->top[t] = value;
        }
        more = take_mark(&cutter, ',');
        if (!more && !take_mark(&cutter, '}'))
            return error_set(reading->err, "expected \",\" or \"}\" at byte %zu",
                             (size_t)(cutter.at - text));
    }
    if (next_mark(&cutter))
        return error_set(reading->err, "expected the end of the report at byte %zu",
                         (size_t)(cutter.at - text));
    return true;
}

typedef bool VisitElement(Reading *reading, const JsonValue *element, uint32_t number);

/* Parses and visits each element of a list at the top. */
static bool each_element(Reading *reading, int top, VisitElement *visit)
{
    const char *name = top_names[top];
    Cutter cutter = {reading->top[top].text,
                     reading->top[top].text + reading->top[top].length_bytes};
    if (!reading->top[top].text || !take_mark(&cutter, '['))
        return error_set(reading->err, "/%s: expected a list", name);
    if (take_mark(&cutter, ']'))
        return true;
    for (uint32_t number = 0;; number++) {
        Span span;
        const JsonValue *element;
        if (!cut_value(&cutter, &span))
            return error_set(reading->err, "/%s/%u: expected a value", name, (unsigned)number);
        if (!parse_piece(reading, name, number, span, &element) || !visit(reading, element, number))
            return false;
        if (take_mark(&cutter, ']'))
            return true;
        if (!take_mark(&cutter, ','))
            return error_set(reading->err, "/%s/%u: expected \",\" or \"]\" behind it", name,
                             (unsigned)number);
    }
}

/* ---- is it about this input? ---- */

static const char *text_at(const JsonValue *object, const char *name)
{
    const char *text = json_text(json_member(object, name));
    return text ? text : "";
}

static void compare_text(Reading *reading, const char *about, const char *what,
                         const char *expected, const char *found)
{
    reading->checker.chain = about;
    if (!text_equal(expected, found))
        fail(&reading->checker, 0, "%s: expected %s, found %s", what, *expected ? expected : "none",
             *found ? found : "none");
}

static bool check_files(Reading *reading, const JsonValue *files)
{
    const Snapshot *snapshot = reading->checker.world->snapshot;
    uint32_t i = 0;
    reading->checker.chain = "snapshot";
    for (const JsonValue *file = json_first(files); file; file = json_next(file), i++) {
        if (i >= snapshot->files.count) {
            fail(&reading->checker, 0, "file %s: expected no more files, found it told",
                 text_at(file, "path"));
            return true;
        }
        const SourceFile *own = &snapshot->files.items[i];
        if (!text_equal(own->path, text_at(file, "path"))) {
            fail(&reading->checker, 0, "file %u: expected %s, found %s", (unsigned)i + 1, own->path,
                 text_at(file, "path"));
            return true;
        }
        compare_text(reading, "snapshot", own->path, own->sha256, text_at(file, "sha256"));
    }
    if (i < snapshot->files.count)
        fail(&reading->checker, 0, "file %s: expected it among the files, found the list ended",
             snapshot->files.items[i].path);
    return true;
}

static bool check_input(Reading *reading)
{
    const JsonValue *value;
    char as_of[32] = "";
    const World *world = reading->checker.world;
    if (!reading->top[TOP_SCHEMA].text)
        return error_set(reading->err, "/schema: expected \"amlblast.report/1\", found none: this "
                                       "is no report of amlblast analyze");
    if (!parse_piece(reading, "schema", NONE, reading->top[TOP_SCHEMA], &value))
        return false;
    if (!text_equal(json_text(value), "amlblast.report/1"))
        return error_set(reading->err, "/schema: expected \"amlblast.report/1\", found \"%s\"",
                         json_text(value) ? json_text(value) : "");
    if (!reading->top[TOP_TOOL].text || !reading->top[TOP_SNAPSHOT].text)
        return error_set(
            reading->err,
            "expected what the report was made with and from, found no /tool or /snapshot");
    if (!parse_piece(reading, "tool", NONE, reading->top[TOP_TOOL], &value))
        return false;
    compare_text(reading, "tool", "rules_sha256", world->rules->sha256,
                 text_at(value, "rules_sha256"));
    if (!parse_piece(reading, "snapshot", NONE, reading->top[TOP_SNAPSHOT], &value))
        return false;
    compare_text(reading, "snapshot", "sha256", world->snapshot->sha256, text_at(value, "sha256"));
    if (reading->options->as_of != TIME_NONE)
        time_format(reading->options->as_of, as_of);
    compare_text(reading, "snapshot", "as_of", as_of, text_at(value, "as_of"));
    return check_files(reading, json_member(value, "files"));
}

/* ---- what refers to chains ---- */

static Claim *claim_on(Claims *claims, const char *chain, ClaimKind kind, uint32_t start,
                       uint32_t number)
{
    uint32_t name = intern(&claims->chain_names, chain);
    uint32_t index = claims->claims.count;
    bool seen = false;
    if (name == claims->first_claim.count) {
        uint32_t none = NONE;
        ARRAY_PUSH(&claims->first_claim, none);
        ARRAY_PUSH(&claims->seen, seen);
    }
    Claim claim = {.kind = kind,
                   .start = start,
                   .number = number + 1,
                   .surety = IF_ASSUMED,
                   .capability = NONE,
                   .on = NONE,
                   .held_by = NONE,
                   .first_count = claims->counts.count,
                   .next = claims->first_claim.items[name]};
    ARRAY_PUSH(&claims->claims, claim);
    claims->first_claim.items[name] = index;
    return &claims->claims.items[index];
}

static void mention(Claims *claims, const char *chain, uint32_t start)
{
    if (chain)
        (void)claim_on(claims, chain, CLAIM_MENTION, start, 0);
}

static uint32_t number_at(const JsonValue *object, const char *name)
{
    double number = -1;
    (void)json_number(json_member(object, name), &number);
    return number >= 0 && number < (double)UINT32_MAX ? (uint32_t)number : NONE;
}

/* A certainty that is no word of the list is worse than none told: better than any proof. */
static bool read_surety(Reading *reading, const JsonValue *row, const char *list, uint32_t number,
                        Surety *surety)
{
    if (surety_parse(json_text(json_member(row, "certainty")), surety))
        return true;
    fail(&reading->checker, 0,
         "%s %u: certainty: expected certain, conditional, eligible or assumed, found \"%s\"", list,
         (unsigned)number + 1, text_at(row, "certainty"));
    return false;
}

static void read_row(Reading *reading, const JsonValue *row, uint32_t start, uint32_t number)
{
    Claims *claims = reading->checker.claims;
    const World *world = reading->checker.world;
    const char *chain = json_text(json_member(row, "chain"));
    const char *held_by = json_text(json_member(row, "held_by"));
    Surety surety;
    if (!chain) {
        fail(&reading->checker, 0, "row %u: expected a chain, found none", (unsigned)number + 1);
        return;
    }
    if (!read_surety(reading, row, "row", number, &surety))
        return;
    Claim *claim = claim_on(claims, chain, CLAIM_REACH, start, number);
    claim->surety = surety;
    claim->on = place_find(world, text_at(row, "scope"));
    claim->capability = rules_find_capability(world->rules, text_at(row, "capability"));
    claim->held_by = held_by ? principal_of_text(world, held_by) : NONE;
    claim->holder_unknown = held_by && claim->held_by == NONE;
    claim->resources = number_at(row, "resources");
    claim->roles =
        interned_text(&claims->roles, intern(&claims->roles, json_text(json_member(row, "roles"))));
    const JsonValue *by_type = json_member(row, "by_type");
    for (const JsonValue *type = json_first(by_type); type; type = json_next(type)) {
        double count = -1;
        (void)json_number(type, &count);
        ClaimedCount told = {interner_find(&world->types, json_key(type)),
                             count >= 0 && count < (double)UINT32_MAX ? (uint32_t)count : NONE};
        ARRAY_PUSH(&claims->counts, told);
        claim->count_count++;
    }
}

static uint8_t acts_as_kind(const char *name)
{
    static const char *const names[] = {
#define ACTS_AS_KIND(symbol, name) name,
#include "rules/vocabulary.def"
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (text_equal(names[i], name))
            return (uint8_t)i;
    return 7;
}

static void read_acts_as(Reading *reading, const JsonValue *row, uint32_t start, uint32_t number)
{
    const char *chain = json_text(json_member(row, "chain"));
    Surety surety;
    if (!chain) {
        fail(&reading->checker, 0, "acts_as %u: expected a chain, found none",
             (unsigned)number + 1);
        return;
    }
    if (!read_surety(reading, row, "acts_as", number, &surety))
        return;
    Claim *claim = claim_on(reading->checker.claims, chain, CLAIM_ACTS_AS, start, number);
    claim->surety = surety;
    claim->on = person_term(principal_of_text(reading->checker.world, text_at(row, "principal")));
    claim->acts_as_kind = acts_as_kind(text_at(row, "kind"));
}

/* Code in a deployment is code in its endpoint. */
static void read_places(const World *world, ClaimedStart *start)
{
    start->own_places[start->own_place_count++] = start->term;
    if (place_is_type(world, start->term,
                      "Microsoft.MachineLearningServices/workspaces/onlineEndpoints/deployments"))
        start->own_places[start->own_place_count++] = world->places.items[start->term].parent;
}

static uint32_t read_start_itself(Reading *reading, const JsonValue *value)
{
    Claims *claims = reading->checker.claims;
    const World *world = reading->checker.world;
    const char *id = text_at(value, "id");
    ClaimedStart start = {.term = NONE, .workload = text_equal(text_at(value, "kind"), "workload")};
    uint32_t number = intern(&claims->start_ids, id);
    if (number < claims->starts.count) {
        fail(&reading->checker, 0, "expected one start of this id, found another");
        return NONE;
    }
    start.term = start.workload ? place_find(world, id) : person_term(principal_of_text(world, id));
    if (start.term == NONE)
        fail(&reading->checker, 0, "expected an identity or workload of the snapshot, found \"%s\"",
             id);
    else if (start.workload)
        read_places(world, &start);
    for (const JsonValue *place = json_first(json_member(value, "attached_to")); place;
         place = json_next(place)) {
        uint32_t found = place_find(world, json_text(place));
        if (found == NONE)
            fail(&reading->checker, 0,
                 "attached_to: expected a resource of the snapshot, found \"%s\"",
                 json_text(place) ? json_text(place) : "");
        else if (start.attached_count < TOLD_ATTACHMENTS)
            start.attached[start.attached_count++] = found;
    }
    ARRAY_PUSH(&claims->starts, start);
    return start.term == NONE ? NONE : number;
}

static bool read_start(Reading *reading, const JsonValue *value, uint32_t number)
{
    static const char *const questions[] = {"key_vault_beyond_task", "role_assignments",
                                            "beyond_resource_group"};
    Claims *claims = reading->checker.claims;
    uint32_t i = 0;
    (void)number;
    reading->checker.chain = text_at(value, "id");
    uint32_t start = read_start_itself(reading, value);
    for (const JsonValue *row = json_first(json_member(value, "reach")); row; row = json_next(row))
        read_row(reading, row, start, i++);
    i = 0;
    for (const JsonValue *row = json_first(json_member(value, "acts_as")); row;
         row = json_next(row))
        read_acts_as(reading, row, start, i++);
    mention(claims, json_text(json_member(value, "worst_chain")), start);
    for (size_t q = 0; q < sizeof questions / sizeof *questions; q++) {
        const JsonValue *question = json_member(json_member(value, "questions"), questions[q]);
        mention(claims, json_text(json_member(question, "chain")), start);
    }
    return true;
}

static bool read_finding(Reading *reading, const JsonValue *value, uint32_t number)
{
    Claims *claims = reading->checker.claims;
    (void)number;
    uint32_t start = interner_find(&claims->start_ids, text_at(value, "start"));
    reading->checker.chain = text_at(value, "id");
    if (start == NONE)
        fail(&reading->checker, 0, "start: expected a start of the report, found \"%s\"",
             text_at(value, "start"));
    mention(claims, json_text(json_member(value, "chain")), start);
    return true;
}

static bool read_chain(Reading *reading, const JsonValue *value, uint32_t number)
{
    (void)number;
    check_chain(&reading->checker, value);
    return true;
}

static void check_missing_chains(Reading *reading)
{
    const Claims *claims = reading->checker.claims;
    for (uint32_t i = 0; i < claims->seen.count; i++) {
        if (claims->seen.items[i])
            continue;
        reading->checker.chain = interned_text(&claims->chain_names, i);
        fail(&reading->checker, 0, "expected this chain, which the report refers to, found none");
    }
}

/* ---- all of it ---- */

static void claims_free(Claims *claims)
{
    interner_free(&claims->start_ids);
    interner_free(&claims->chain_names);
    interner_free(&claims->roles);
    ARRAY_FREE(&claims->starts);
    ARRAY_FREE(&claims->claims);
    ARRAY_FREE(&claims->counts);
    ARRAY_FREE(&claims->first_claim);
    ARRAY_FREE(&claims->seen);
}

static bool read_all(Reading *reading)
{
    if (!check_input(reading))
        return false;
    if (reading->checker.result->failures.count)
        return true; /* of other input: nothing more can be said */
    if (!each_element(reading, TOP_STARTS, read_start) ||
        !each_element(reading, TOP_FINDINGS, read_finding) ||
        !each_element(reading, TOP_CHAINS, read_chain))
        return false;
    check_missing_chains(reading);
    return true;
}

bool verify_report(VerifyResult *result, const char *text, size_t length_bytes,
                   const Snapshot *snapshot, const Rules *rules, const VerifyOptions *options,
                   Error *err)
{
    World world;
    Claims claims = {.start_ids = interner_new(CASE_IGNORED),
                     .chain_names = interner_new(CASE_MATTERS),
                     .roles = interner_new(CASE_MATTERS)};
    *result = (VerifyResult){0};
    Attack attack = {.world = &world};
    Reading reading = {.checker = {.world = &world,
                                   .claims = &claims,
                                   .attack = &attack,
                                   .result = result,
                                   .chain = "report"},
                       .options = options,
                       .err = err};
    bool read = cut_report(&reading, text, length_bytes);
    if (read) {
        world_build(&world, snapshot, rules, options);
        read = read_all(&reading);
        attack_free(&attack);
        world_free(&world);
    }
    claims_free(&claims);
    arena_free(&reading.scratch);
    if (!read)
        verify_free(result);
    return read;
}

void verify_free(VerifyResult *result)
{
    ARRAY_FREE(&result->failures);
    arena_free(&result->arena);
    *result = (VerifyResult){0};
}
