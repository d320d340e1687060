#include "base/threads.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/pictures.h"
#include "report/draw_pictures.h"
#include "report/report.h"

/* ---- drawing ---- */

static void tell_of_drawing(const Session *session, const Drawing *drawing)
{
    if (drawing->status == 130)
        session_note(session, "drawing was interrupted");
    else if (drawing->status != 0)
        session_note(session,
                     "some pictures could not be drawn (amlblast-draw: status %d); their "
                     "text is there",
                     drawing->status);
}

/* Status 5 only when a file could not be written: a report without pictures is still a report. */
static Status draw(Session *session, Report *report, const char *output)
{
    Error err;
    Drawing drawing;
    const char *program = pictures_program(&session->arena);
    const char *directory = arena_format(&session->arena, "%s/diagrams", output);
    uint32_t jobs = session->options->jobs ? session->options->jobs : threads_available();
    if (!program) {
        report->diagrams = NULL;
        session_note(session, "no pictures: amlblast-draw is neither beside amlblast nor in PATH");
        return STATUS_DONE;
    }
    if (!directory_create(directory, &err))
        return session_fail(session, STATUS_INTERNAL, "%s", err.message);
    progress_step(&session->progress, "drawing");
    bool drawn = draw_pictures(report, program, directory, jobs, &drawing, &err);
    progress_end(&session->progress);
    if (!drawn) {
        report->diagrams = NULL;
        session_note(session, "no pictures: %s", err.message);
        return STATUS_DONE;
    }
    tell_of_drawing(session, &drawing);
    return drawing.status == STATUS_INTERNAL ? STATUS_INTERNAL : STATUS_DONE;
}

/* ---- files ---- */

static void write_json(FILE *stream, const Report *report)
{
    JsonWriter *writer = json_writer_new(stream, JSON_INDENTED);
    report_json(writer, report);
    json_writer_free(writer);
}

typedef struct ReportFile {
    const char *name;
    void (*write)(FILE *stream, const Report *report);
} ReportFile;

static const ReportFile FILES[] = {
    {"report.json", write_json},
    {"identities.csv", report_identities_csv},
    {"reach.csv", report_reach_csv},
    {"findings.csv", report_findings_csv},
};

static bool write_file(const ReportFile *file, const Report *report, const char *directory,
                       Error *err)
{
    OutputFile output;
    TextBuffer path = {0};
    text_append_format(&path, "%s/%s", directory, file->name);
    bool opened = output_open(&output, path.text, err);
    text_buffer_free(&path);
    if (!opened)
        return false;
    file->write(output.stream, report);
    return output_close(&output, err);
}

static Status write_files(Session *session, Report *report, const char *directory)
{
    Error err;
    Status status = STATUS_DONE;
    if (!directory_create(directory, &err))
        return session_fail(session, STATUS_INTERNAL, "%s", err.message);
    if (report->diagrams)
        status = draw(session, report, directory);
    progress_step(&session->progress, "writing");
    bool written = true;
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES && written; i++)
        written = write_file(&FILES[i], report, directory, &err);
    progress_end(&session->progress);
    return written ? status : session_fail(session, STATUS_INTERNAL, "%s", err.message);
}

/* ---- the command ---- */

static void tell_of_files(FILE *stream, const Report *report, const char *directory)
{
    uint32_t starts = report->analysis->starts.count;
    fprintf(stream, "\nWritten to %s/: ", directory);
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++)
        fprintf(stream, "%s%s", i ? ", " : "", FILES[i].name);
    if (report->diagrams)
        fprintf(stream, ", diagrams/ of %s%u", report->diagrams->drawn < starts ? "the " : "",
                (unsigned)report->diagrams->drawn);
    if (report->diagrams && report->diagrams->drawn < starts)
        fprintf(stream, " worst of %u (--diagrams N draws more)", (unsigned)starts);
    fputc('\n', stream);
}

/* The table, or with --json the report itself, on standard output. */
static Status print_answer(const Session *session, const Report *report, const char *directory)
{
    Error err;
    OutputFile output;
    if (!output_open(&output, "-", &err))
        return session_fail(session, STATUS_INTERNAL, "%s", err.message);
    if (session->options->format == FORMAT_JSON || !directory) {
        write_json(output.stream, report);
    } else {
        report_ranked_text(output.stream, &session->out, report);
        tell_of_files(output.stream, report, directory);
    }
    if (!output_close(&output, &err))
        return session_fail(session, STATUS_INTERNAL, "%s", err.message);
    return STATUS_DONE;
}

Status command_analyze(Session *session)
{
    Status status, printed;
    const char *directory = session->options->output ? session->options->output : "output";
    if (text_equal(directory, "-"))
        directory = NULL;
    if (!session_run(session, STAGE_ANALYSIS, &status))
        return status;
    Report report = report_new(&session->analysis, NONE);
    DiagramPlan plan =
        diagram_plan_new(&session->analysis, report.names, session->options->diagrams);
    if (directory && plan.drawn)
        report.diagrams = &plan;
    status = directory ? write_files(session, &report, directory) : STATUS_DONE;
    printed = print_answer(session, &report, directory);
    diagram_plan_free(&plan);
    report_free(&report);
    return session_status(session, status != STATUS_DONE ? status : printed);
}
