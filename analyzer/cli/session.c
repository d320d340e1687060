#include "cli/session.h"

#include "base/clean.h"
#include "base/threads.h"
#include "cli/data_dir.h"
#include "cli/messages.h"
#include "graph/privilege_graph.h"
#include "report/dump.h"
#include "snapshot/exclude.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* ---- what is said on standard error ---- */

static void say(const Session *session, TextStyle style, const char *format, va_list values)
{
    TextBuffer text = {0};
    char message[2048];
    (void)vsnprintf(message, sizeof message, format, values);
    clean_append(&text, CLEAN_TERMINAL, message);
    screen_print(&session->complaint, stderr, style, "amlblast: ");
    fprintf(stderr, "%s\n", text.text);
    text_buffer_free(&text);
}

Status session_fail(const Session *session, Status status, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    say(session, STYLE_CRITICAL, format, values);
    va_end(values);
    return status;
}

void session_note(const Session *session, const char *format, ...)
{
    va_list values;
    if (session->options->quiet)
        return;
    va_start(values, format);
    say(session, STYLE_DIM, format, values);
    va_end(values);
}

/* ---- beginning and end ---- */

static Screen screen_of(const Options *options, int descriptor)
{
    struct winsize size = {0};
    bool terminal = isatty(descriptor) == 1;
    const char *no_color = getenv("NO_COLOR");
    Screen screen = {.color = options->color == COLOR_ALWAYS};
    if (terminal && options->color == COLOR_AUTO)
        screen.color = !no_color || !*no_color;
    if (terminal && ioctl(descriptor, TIOCGWINSZ, &size) == 0)
        screen.columns = size.ws_col;
    return screen;
}

void session_begin(Session *session, const Options *options)
{
    *session = (Session){.options = options};
    session->out = screen_of(options, STDOUT_FILENO);
    session->complaint = screen_of(options, STDERR_FILENO);
    progress_begin(&session->progress,
                   isatty(STDERR_FILENO) && !options->no_progress && !options->quiet,
                   options->verbose);
}

void session_end(Session *session)
{
    analysis_free(&session->analysis);
    access_free(&session->access);
    atom_table_free(&session->atoms);
    snapshot_free(&session->snapshot);
    rules_free(&session->rules);
    fields_free(&session->fields);
    ARRAY_FREE(&session->paths);
    arena_free(&session->arena);
}

Status session_status(const Session *session, Status status)
{
    bool wrong_input = snapshot_exit_status(&session->snapshot) == STATUS_INPUT;
    return wrong_input && status != STATUS_INTERNAL ? STATUS_INPUT : status;
}

int64_t session_as_of(const Session *session)
{
    int64_t as_of = session->snapshot.as_of;
    if (session->options->as_of)
        (void)time_parse(session->options->as_of, &as_of); /* options_read checked it */
    return as_of;
}

/* ---- the stages ---- */

uint32_t session_threads(const Session *session)
{
    return session->options->jobs ? session->options->jobs : threads_available();
}

static bool load_rules(Session *session, Error *err)
{
    const Options *options = session->options;
    session->data_dir = options->data_dir ? options->data_dir : data_directory(&session->arena);
    return fields_load(&session->fields, session->data_dir, err) &&
           rules_load(&session->rules, session->data_dir, err);
}

static int by_guid(const void *wanted, const void *role)
{
    return memcmp(wanted, &((const RoleDefinition *)role)->guid, sizeof(Guid));
}

static bool role_is_built_in(const void *context, const Guid *role)
{
    const Rules *rules = context;
    char text[GUID_TEXT_BYTES];
    guid_format(role, text);
    if (rules_find_directory_role(rules, text))
        return true;
    return bsearch(role, rules->built_in_roles.items, rules->built_in_roles.count,
                   sizeof *rules->built_in_roles.items, by_guid) != NULL;
}

static bool read_snapshot(Session *session, Error *err)
{
    SnapshotOptions options = {.threads = session_threads(session),
                               .strict = session->options->strict,
                               .progress = progress_bytes,
                               .progress_context = &session->progress};
    progress_step(&session->progress, "reading");
    bool read = snapshot_read(&session->snapshot, session->paths.items, session->paths.count,
                              &session->fields, &options, err);
    progress_end(&session->progress);
    messages_print(session);
    return read;
}

static void find_gaps(Session *session)
{
    session->snapshot.role_is_built_in = role_is_built_in;
    session->snapshot.role_context = &session->rules;
    snapshot_find_gaps(&session->snapshot);
}

/* Is the identity that resource, or does it live in it or below it? */
static bool lives_within(const Snapshot *snapshot, const Principal *principal, const char *id)
{
    const char *place = id_text(snapshot, principal->resource_id);
    size_t length_bytes = strlen(id);
    return place && id[0] == '/' && id[1] && text_starts_with_any_case(place, id) &&
           (place[length_bytes] == '/' || !place[length_bytes]);
}

/* Principals with this object id or application id, and identities that live in the resource; into
   `principals`.  Returns how many. */
static uint32_t find_excluded_principals(const Session *session, const char *id,
                                         uint32_t *principals)
{
    const Snapshot *snapshot = &session->snapshot;
    Id wanted = snapshot_find_id(snapshot, id);
    uint32_t count = 0;
    for (uint32_t p = 0; p < snapshot->principals.count; p++) {
        const Principal *principal = &snapshot->principals.items[p];
        if ((wanted != NONE && (principal->object_id == wanted || principal->app_id == wanted)) ||
            lives_within(snapshot, principal, id))
            principals[count++] = p;
    }
    return count;
}

static bool exclude(Session *session, const char *id, uint32_t *principals, uint32_t *techniques)
{
    AnalysisLimits *limits = &session->limits;
    uint32_t technique = rules_find_technique(&session->rules, id);
    uint32_t count = find_excluded_principals(session, id, principals + limits->principal_count);
    limits->principal_count += count;
    if (technique != NONE)
        techniques[limits->technique_count++] = technique;
    return count + snapshot_exclude(&session->snapshot, id) > 0 || technique != NONE;
}

/* False: an id of --exclude is nothing that is there, which was said. */
static bool find_limits(Session *session)
{
    const Options *options = session->options;
    AnalysisLimits *limits = &session->limits;
    uint32_t most = session->snapshot.principals.count;
    uint32_t *principals =
        arena_allocate(&session->arena, (size_t)most * options->exclude.count, sizeof *principals);
    uint32_t *techniques =
        arena_allocate(&session->arena, options->exclude.count, sizeof *techniques);
    *limits = (AnalysisLimits){.only_certain = options->only_certain,
                               .without_interaction =
                                   options->no_interaction && !options->include_interaction,
                               .principals = principals,
                               .techniques = techniques};
    if (limits->only_certain)
        session_note(session, "only what is certain is counted");
    for (uint32_t i = 0; i < options->exclude.count; i++) {
        session_note(session, "answered as if %s were not there", options->exclude.items[i]);
        if (exclude(session, options->exclude.items[i], principals, techniques))
            continue;
        session_fail(session, STATUS_USAGE,
                     "--exclude: expected the id of an assignment, lock, resource, principal or "
                     "technique, found \"%s\"",
                     options->exclude.items[i]);
        return false;
    }
    return true;
}

static void build_access(Session *session)
{
    AccessOptions options = {.as_of = session_as_of(session),
                             .reading = session->options->pattern_reading,
                             .built_in = session->rules.built_in_roles.items,
                             .built_in_count = session->rules.built_in_roles.count};
    progress_step(&session->progress, "role assignments");
    privilege_graph_atoms(&session->atoms, &session->rules, &session->snapshot);
    access_build(&session->access, &session->snapshot, &session->atoms, &options);
    progress_end(&session->progress);
}

static void analyse(Session *session, Stage stage)
{
    AnalysisOptions options = {.threads = session_threads(session),
                               .limits = &session->limits,
                               .stage = progress_step,
                               .stage_context = &session->progress};
    Analysis *analysis = &session->analysis;
    const Snapshot *snapshot = &session->snapshot;
    if (stage == STAGE_STARTS)
        analysis_find_starts(analysis, snapshot, &session->access, &session->rules);
    else if (stage == STAGE_PREPARED)
        analysis_prepare(analysis, snapshot, &session->access, &session->rules, &options);
    else
        analysis_run(analysis, snapshot, &session->access, &session->rules, &options);
    progress_end(&session->progress);
}

void session_search(Session *session)
{
    enum { MOST_ROWS = 100000 }; /* of the one start that was asked about */
    AnalysisOptions options = {.threads = session_threads(session),
                               .most_rows = MOST_ROWS,
                               .most_rows_of_start = MOST_ROWS,
                               .stage = progress_step,
                               .stage_context = &session->progress};
    analysis_work(&session->analysis, &options);
    progress_end(&session->progress);
}

/* The graph as the analysis would make it; the analysis keeps its own to itself. */
static void build_and_dump_graph(Session *session)
{
    Relations relations = {0};
    InstanceTable instances = {0};
    PrivilegeGraph graph = {0};
    Access *access = &session->access;
    relations_find(&relations, access, &session->rules);
    instances_find(&instances, access, &session->rules, &relations);
    privilege_graph_build(&graph, access, &session->rules, &instances, &relations);
    dump_graph(stdout, &graph);
    privilege_graph_free(&graph);
    instances_free(&instances);
    relations_free(&relations);
}

static void dump(Session *session)
{
    if (session->options->dump == DUMP_SNAPSHOT)
        dump_snapshot(stdout, &session->snapshot);
    else if (session->options->dump == DUMP_ACCESS)
        dump_access(stdout, &session->access);
    else
        build_and_dump_graph(session);
}

bool session_run(Session *session, Stage stage, Status *status)
{
    Error err;
    if (!load_rules(session, &err)) {
        *status = session_fail(session, STATUS_USAGE, "rule data: %s", err.message);
        return false;
    }
    if (stage >= STAGE_SNAPSHOT && !read_snapshot(session, &err)) {
        bool said = session->options->strict && session->snapshot.messages.count > 0;
        *status = session_fail(session, STATUS_INPUT, "%s",
                               said ? "stopped at the first input error (--strict)" : err.message);
        return false;
    }
    if (stage >= STAGE_SNAPSHOT)
        find_gaps(session);
    if (stage >= STAGE_SNAPSHOT && !find_limits(session)) {
        *status = STATUS_USAGE;
        return false;
    }
    if (stage >= STAGE_ACCESS)
        build_access(session);
    if (session->options->dump != DUMP_NOTHING) {
        dump(session);
        *status = session_status(session, STATUS_DONE);
        return false;
    }
    if (stage >= STAGE_STARTS)
        analyse(session, stage);
    return true;
}

const uint32_t *session_own_principals(Session *session, uint32_t resource, uint32_t *count)
{
    const Snapshot *snapshot = &session->snapshot;
    const Resource *host = &snapshot->resources.items[resource];
    for (uint32_t i = 0; i < session->analysis.starts.count; i++) {
        const Start *start = &session->analysis.starts.items[i];
        if (start->kind != START_WORKLOAD || start->resource != resource)
            continue;
        *count = start->own_count;
        return start->own;
    }
    uint32_t *own = arena_allocate(&session->arena, host->attachment_count + 1, sizeof *own);
    *count = host->attachment_count;
    for (uint32_t i = 0; i < *count; i++)
        own[i] = snapshot->attachments.items[host->first_attachment + i].principal;
    return own;
}
