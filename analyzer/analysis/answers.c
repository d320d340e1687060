#include "analysis/parts.h"

/* ---- the three questions ---- */

static bool all_exported(const Snapshot *snapshot, const RecordKind *kinds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!snapshot->exported[kinds[i]])
            return false;
    return true;
}

/* `no` only when every kind of record that could grant it was exported. */
static Certainty negative_answer(const Parts *parts, bool vaults)
{
    static const RecordKind kinds[] = {RECORD_ROLE_ASSIGNMENT, RECORD_GROUP_MEMBER,
                                       RECORD_MANAGEMENT_GROUP, RECORD_KEY_VAULT};
    size_t count = vaults ? 4 : 3;
    bool known =
        all_exported(parts->snapshot, kinds, count) && !parts->access->unknown_grants.count;
    return known ? NO : UNKNOWN;
}

/* "…, eligible" behind an answer that is not certain. */
static const char *certainty_words(Arena *arena, Certainty certainty)
{
    return certainty == CERTAIN ? "" : arena_format(arena, ", %s", certainty_name(certainty));
}

/* `sentence` says yes; without a row the answer is no, or unknown when the export has holes. */
static QuestionAnswer answer(const Parts *parts, const ReachRow *best, bool vaults,
                             const char *sentence, const char *no)
{
    if (best)
        return (QuestionAnswer){best->certainty, NONE, sentence};
    Certainty certainty = negative_answer(parts, vaults);
    return (QuestionAnswer){certainty, NONE,
                            certainty == NO ? no : "Not found, but the export is not complete."};
}

static const char *vault_sentence(const Parts *parts, Arena *arena, const ReachRow *row,
                                  uint32_t vaults)
{
    return arena_format(arena, "Reads the secrets of %u key vault%s beyond its task, %s%s", vaults,
                        vaults == 1 ? "" : "s", scope_name(parts, row->scope),
                        certainty_words(arena, row->certainty));
}

static const char *assign_sentence(const Parts *parts, Arena *arena, const ReachRow *row)
{
    uint32_t resources = rows_count(parts->rows, NONE, row->scope);
    return arena_format(
        arena, "Can change role assignments at %s%s, over %u resource%s and resource groups%s",
        scope_name(parts, row->scope), row->roles ? ", for some roles" : ", its own included",
        resources, resources == 1 ? "" : "s", certainty_words(arena, row->certainty));
}

static const char *beyond_sentence(const Parts *parts, Arena *arena, const ReachRow *row)
{
    return arena_format(arena, "Operates beyond its own resource group: it %s %s%s",
                        parts->rules->capabilities.items[row->capability].text,
                        scope_name(parts, row->scope), certainty_words(arena, row->certainty));
}

void answer_questions(const Parts *parts, Arena *arena, const BestRows *best, StartResult *result)
{
    result->key_vault_beyond_task = answer(
        parts, best->vault, true,
        best->vault ? vault_sentence(parts, arena, best->vault, result->vaults_beyond_task) : NULL,
        "Reads no key-vault secret beyond its task.");
    result->role_assignments =
        answer(parts, best->assign, false,
               best->assign ? assign_sentence(parts, arena, best->assign) : NULL,
               "Cannot change any role assignment.");
    result->beyond_resource_group =
        answer(parts, best->beyond, false,
               best->beyond ? beyond_sentence(parts, arena, best->beyond) : NULL,
               "Stays within its own resource group.");
}

static uint32_t better_row(const StartResult *result, uint32_t best, uint32_t row)
{
    return best == NONE || result->reach[row].certainty < result->reach[best].certainty ? row
                                                                                        : best;
}

static const ReachRow *row_at(const StartResult *result, uint32_t row)
{
    return row == NONE ? NULL : &result->reach[row];
}

/* Not every row may be listed: the answer stays what it is when a better one was left out. */
static void point_at_row(QuestionAnswer *answer, QuestionAnswer from_rows, uint32_t row)
{
    if (row == NONE || from_rows.answer != answer->answer)
        return;
    *answer = from_rows;
    answer->row = row;
}

void answer_questions_from_rows(const Parts *parts, Arena *arena, StartResult *result)
{
    StartResult told = *result;
    uint32_t vault = NONE;
    uint32_t assign = NONE;
    uint32_t beyond = NONE;
    for (uint32_t i = 0; i < result->reach_count; i++) {
        const ReachRow *row = &result->reach[i];
        if (row->capability == CAPABILITY_READ_SECRETS && !row->in_task_scope)
            vault = better_row(result, vault, i);
        if (row->capability == CAPABILITY_ASSIGN_ROLES)
            assign = better_row(result, assign, i);
        if (row->capability != CAPABILITY_VIEW && !row->in_task_scope &&
            contain(parts, result->home, row->scope) > CONTAINMENT_RESOURCE_GROUP)
            beyond = better_row(result, beyond, i);
    }
    BestRows best = {row_at(result, vault), row_at(result, assign), row_at(result, beyond)};
    answer_questions(parts, arena, &best, &told);
    point_at_row(&result->key_vault_beyond_task, told.key_vault_beyond_task, vault);
    point_at_row(&result->role_assignments, told.role_assignments, assign);
    point_at_row(&result->beyond_resource_group, told.beyond_resource_group, beyond);
}

/* ---- score ---- */

static void add_term(Arena *arena, StartResult *result, const char *term, uint32_t points)
{
    enum { MOST_TERMS = 8 };
    if (!points || result->score_term_count >= MOST_TERMS)
        return;
    if (!result->score_terms)
        result->score_terms = arena_allocate(arena, MOST_TERMS, sizeof *result->score_terms);
    result->score_terms[result->score_term_count++] = (ScoreTerm){term, points};
    result->score = result->score + points > 100 ? 100 : result->score + points;
}

void score_start(Arena *arena, StartResult *result)
{
    result->score = 0;
    result->score_terms = NULL;
    result->score_term_count = 0;
    static const uint32_t verdict_points[] = {0, 20, 35, 55, 75};
    static const uint32_t containment_points[] = {0, 0, 2, 5, 10, 12};
    add_term(arena, result, arena_format(arena, "verdict %s", verdict_name(result->verdict)),
             verdict_points[result->verdict]);
    add_term(arena, result,
             arena_format(arena, "contained only by %s", containment_name(result->containment)),
             containment_points[result->containment]);
    if (result->key_vault_beyond_task.answer <= ELIGIBLE)
        add_term(arena, result, "reads key-vault secrets beyond its task", 8);
    if (result->verdict_if_assumed > result->verdict)
        add_term(arena, result,
                 arena_format(arena, "%s if what the export does not say is assumed",
                              verdict_name(result->verdict_if_assumed)),
                 3);
    uint32_t share = result->reachable_resources
                         ? 5 * result->beyond_task_resources / result->reachable_resources
                         : 0;
    add_term(arena, result, "share of its reach beyond the task", share);
}
