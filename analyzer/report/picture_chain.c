#include "base/text.h"
#include "report/evidence.h"
#include "report/picture_steps.h"
#include "snapshot/arm_id.h"

#include <string.h>

/*
 * One chain: a column for each step with the card it leads to, and below it the exported records
 * that prove it.
 */
enum { MOST_STEPS = 22, TOLD_PLACES = 3 };

typedef struct Told {
    Picture *picture;
    const Report *report;
    const Chain *chain;
    const ChainPicture *which;
} Told;

/* Unique in the picture though a chain may come to the same thing twice. */
static void number_card(const Told *told, Card *card, uint32_t step)
{
    card_id(card->id, 'c',
            arena_format(&told->picture->arena, "%u %s", (unsigned)step, card->tooltip));
}

/* ---- evidence ---- */

static const RoleAssignment *assignment_of_record(const Snapshot *snapshot, uint32_t record)
{
    for (uint32_t i = 0; i < snapshot->role_assignments.count; i++)
        if (snapshot->role_assignments.items[i].record == record)
            return &snapshot->role_assignments.items[i];
    return NULL;
}

static const char *role_name_of(const Told *told, const RoleAssignment *assignment)
{
    const Analysis *analysis = told->report->analysis;
    const char *text = id_text(analysis->snapshot, assignment->role_guid);
    Guid guid;
    if (!text || !guid_parse(text, &guid))
        return text;
    uint32_t role = access_find_role(analysis->access, &guid);
    return role == NONE ? text : analysis->access->roles.items[role].definition->name;
}

static void add_assignment(const Told *told, Card *card, const RoleAssignment *assignment)
{
    const Analysis *analysis = told->report->analysis;
    const Snapshot *snapshot = analysis->snapshot;
    Arena *arena = &told->picture->arena;
    bool exact;
    uint32_t scope =
        scope_find(&analysis->access->tree, snapshot, id_text(snapshot, assignment->scope), &exact);
    const char *id = id_text(snapshot, assignment->id);
    card_add_row(told->picture, card, "Role", role_name_of(told, assignment));
    card_add_row(told->picture, card, "Held by",
                 name_of_principal(analysis, assignment->principal));
    card_add_row(told->picture, card, "Assigned at",
                 arena_format(arena, "%s (%s)", name_of_scope(told->report->names, scope),
                              kind_of_scope(told->report->names, scope)));
    card_add_row(
        told->picture, card, "Assignment",
        arena_format(arena, "%s, %s", id ? arm_id_short_name(id) : "without an id",
                     assignment->condition == NONE ? "no condition" : "under a condition"));
}

static void add_places(const Told *told, Card *card, const Step *step)
{
    TextBuffer place = {0};
    for (uint32_t i = 0; i < step->evidence_count && i < TOLD_PLACES; i++) {
        text_buffer_clear(&place);
        evidence_text(&place, told->report->analysis->snapshot, step->evidence[i].record);
        card_add_row(told->picture, card, i ? "and from" : "Read from",
                     arena_copy_text(&told->picture->arena, place.text));
    }
    if (step->evidence_count > TOLD_PLACES)
        card_add_row(told->picture, card, "and from",
                     arena_format(&told->picture->arena, "%u records more, in %s",
                                  (unsigned)(step->evidence_count - TOLD_PLACES),
                                  picture_whole(told->picture)));
    text_buffer_free(&place);
}

static const char *fix_of_step(const Told *told, const Step *step)
{
    const Rules *rules = told->report->analysis->rules;
    if (step->technique_index != NONE && rules->techniques.items[step->technique_index].fix)
        return rules->techniques.items[step->technique_index].fix;
    return step->evidence_count ? "Remove or narrow this right" : NULL;
}

static bool is_of_role(const Snapshot *snapshot, const Evidence *evidence)
{
    RecordKind kind = snapshot->records.items[evidence->record].kind;
    return kind == RECORD_ROLE_ASSIGNMENT || kind == RECORD_ROLE_DEFINITION;
}

static void add_roles(const Told *told, Card *card, const Step *step)
{
    const Snapshot *snapshot = told->report->analysis->snapshot;
    for (uint32_t i = 0; i < step->evidence_count; i++) {
        const RoleAssignment *assignment =
            is_of_role(snapshot, &step->evidence[i])
                ? assignment_of_record(snapshot, step->evidence[i].record)
                : NULL;
        if (assignment)
            add_assignment(told, card, assignment);
    }
    if (card->row_count == 0) /* a right that an earlier step won */
        card_add_row(told->picture, card, "Role", step->detail);
}

/* The drawer cuts what does not fit on a line; advice is worth several. */
static void add_fix_lines(const Told *told, Card *card, const char *fix)
{
    enum { LINE_COLUMNS = 38 };
    Arena *arena = &told->picture->arena;
    while (!text_is_empty(fix)) {
        size_t bytes = text_fitting_bytes(fix, LINE_COLUMNS), end = bytes;
        while (fix[bytes] && end > 0 && fix[end] != ' ')
            end--;
        bytes = end > 0 ? end : bytes;
        if (card->fix_count == CARD_FIXES - 1)
            bytes = strlen(fix);
        card_add_fix(card, arena_copy_bytes(arena, fix, bytes));
        fix += bytes;
        fix += strspn(fix, " ");
    }
}

static Card evidence_card(const Told *told, const Step *step, uint32_t number)
{
    const Snapshot *snapshot = told->report->analysis->snapshot;
    Card card = {.silhouette = CARD_EVIDENCE,
                 .type =
                     arena_format(&told->picture->arena, "Evidence for step %u", (unsigned)number),
                 .outer = NONE,
                 .inner = NONE};
    (void)snprintf(card.id, sizeof card.id, "e%u", (unsigned)number);
    add_roles(told, &card, step);
    card_add_row(told->picture, &card, "Allows", step->action);
    for (uint32_t i = 0; i < step->evidence_count; i++)
        if (!is_of_role(snapshot, &step->evidence[i]))
            card_add_row(told->picture, &card, "Because", step->evidence[i].says);
    card_add_row(told->picture, &card, step->certainty == ASSUMED ? "Assumed" : "Only if",
                 step->note);
    add_places(told, &card, step);
    add_fix_lines(told, &card, fix_of_step(told, step));
    return card;
}

/* ---- columns ---- */

static PictureColumn *add_column(const Told *told, const char *heading)
{
    PictureColumn column = {.heading = heading};
    ARRAY_PUSH(&told->picture->columns, column);
    return &told->picture->columns.items[told->picture->columns.count - 1];
}

static const char *heading_of(const Told *told, uint32_t step)
{
    if (step + 1 == told->chain->step_count)
        return "Reaches";
    return told->chain->steps[step].to.kind == ENTITY_PRINCIPAL ? "As" : "Then";
}

static const char *severity_of(const Told *told)
{
    const Analysis *analysis = told->report->analysis;
    const Step *last = &told->chain->steps[told->chain->step_count - 1];
    if (told->which->severity)
        return told->which->severity;
    if (told->which->finding != NONE)
        return severity_name(analysis->findings.items[told->which->finding].severity);
    if (last->technique_index != NONE)
        return analysis->rules->techniques.items[last->technique_index].severity;
    return "medium";
}

static void add_step(const Told *told, uint32_t number)
{
    const Step *step = &told->chain->steps[number];
    const PictureColumn *before = &told->picture->columns.items[told->picture->columns.count - 1];
    char from[CARD_ID_BYTES];
    memcpy(from, before->cards.items[0].id, sizeof from);
    PictureColumn *column = add_column(told, heading_of(told, number));
    Card card = step_card(told->picture, step);
    CardStrip strip = step_strip(told->picture, step, PICTURE_ESCALATION);
    number_card(told, &card, number);
    strip.step = number;
    card.on_chain = true;
    card_add_strip(&card, strip);
    if (number + 1 == told->chain->step_count && card.silhouette == CARD_RESOURCE)
        card.severity = severity_of(told);
    picture_add_line(told->picture, from, card.id, 0, strip.style);
    ARRAY_PUSH(&column->cards, card);
    ARRAY_PUSH(&column->cards, evidence_card(told, step, number));
}

static void add_start(const Told *told)
{
    PictureColumn *column = add_column(told, "Start");
    Card card = start_card(told->picture, told->which->start);
    number_card(told, &card, 0);
    ARRAY_PUSH(&column->cards, card);
}

/* ---- words ---- */

static void add_words(const Told *told)
{
    Picture *picture = told->picture;
    Arena *arena = &picture->arena;
    const Report *report = told->report;
    const Chain *chain = told->chain;
    const char *who = name_of_start(report->names, told->which->start);
    const char *end = name_of_entity(report->names, chain->steps[chain->step_count - 1].to);
    const Finding *finding = told->which->finding == NONE
                                 ? NULL
                                 : &report->analysis->findings.items[told->which->finding];
    uint32_t steps = chain->step_count - 1;
    const char *result = report->analysis->results
                             ? report->analysis->results[told->which->start].worst
                             : chain->steps[chain->step_count - 1].text;
    char number[CHAIN_NAME_BYTES];
    picture->name = told->which->name;
    picture->kind = "chain";
    picture->title = arena_format(arena, "Escalation chain %u: from %s to %s",
                                  (unsigned)told->which->number, who, end);
    picture->subtitle = arena_format(arena, "%u step%s, %s", (unsigned)steps, steps == 1 ? "" : "s",
                                     certainty_name(chain->certainty));
    picture->severity = severity_of(told);
    picture->worst = finding ? finding->title : result;
    picture->description =
        arena_format(arena, "Escalation chain in %u step%s from %s to %s: %s.", (unsigned)steps,
                     steps == 1 ? "" : "s", who, end, picture->worst);
    picture_add_snapshot(picture);
    picture_add_fact(
        picture, "Chain",
        arena_copy_text(arena, chain_name(&report->numbers, told->which->chain, number)));
    if (finding) {
        picture_add_fact(picture, "Finding",
                         arena_format(arena, "f%u", (unsigned)told->which->finding + 1));
        picture_add_fact(picture, "Rule", finding->rule);
    }
    picture_add_tool(picture);
}

static void add_claim(const Told *told)
{
    static const char *const claims[] = {
        [CERTAIN] = "Every step is a standing permission in the snapshot.",
        [CONDITIONAL] = "Some step needs a condition that cannot be decided from the snapshot.",
        [ELIGIBLE] = "Some step needs an eligible assignment to be activated first.",
        [ASSUMED] = "Some step is assumed: the snapshot does not say.",
        [NO] = "",
        [UNKNOWN] = ""};
    told->picture->legend =
        arena_format(&told->picture->arena,
                     "%s Nothing here was tested against Azure: the chain says what the "
                     "permissions allow, not what happened.",
                     claims[told->chain->certainty]);
}

void picture_chain(Picture *picture, const Report *report, const ChainPicture *which)
{
    const Told told = {picture, report, &report->analysis->chains.items[which->chain], which};
    uint32_t count = told.chain->step_count;
    *picture = (Picture){.report = report, .home = NONE};
    add_words(&told);
    add_claim(&told);
    add_start(&told);
    for (uint32_t i = 1; i < count; i++)
        if (i < MOST_STEPS || i + 1 == count)
            add_step(&told, i);
    if (count > MOST_STEPS + 1)
        picture->subtitle =
            arena_format(&picture->arena, "%s; steps %u to %u are in %s", picture->subtitle,
                         (unsigned)MOST_STEPS, (unsigned)count - 2, picture_whole(picture));
}
