#ifndef INPUT_READER_H
#define INPUT_READER_H

#include "base/text.h"
#include "input/list.h"
#include "input/window.h"

/*
 * Inside input/ only: what reading one file needs.  Functions that return bool return false when
 * the reading of the file cannot go on (torn, a limit); the problem has then been told.
 */
typedef struct Repairs {
    uint32_t count;
    RecordPlace first;
} Repairs;

typedef struct Reader {
    const InputList *list;
    uint32_t file;
    const InputHandler *handler;
    InputResult *result;
    uint64_t largest_element_bytes;
    Source source;
    Decoder decoder;
    Window window;
    Arena element_arena;  /* of the record being handed out */
    Arena envelope_arena; /* of the wrapper it came in, */
    JsonValue *envelope;  /* NULL without one */
    Arena table_arena;    /* column names */
    uint32_t document;
    uint32_t element_count; /* of the document */
    uint32_t mistakes;      /* SYNTAX and TRAILING_TEXT problems of the file */
    bool any_document;
    bool stopped;
    Repairs line_breaks, controls, lone_surrogates;
} Reader;

/* A list whose elements are handed out. */
typedef enum ListKind {
    LIST_RECORDS,
    LIST_RESPONSES, /* of a batch: the bodies are unwrapped */
    LIST_ROWS       /* of a table: they become objects */
} ListKind;

typedef struct ListContext {
    ListKind kind;
    const char *container;
    const char *const *columns; /* LIST_ROWS */
    uint32_t column_count;
    uint32_t nesting; /* lists around this one that were flattened */
} ListContext;

RecordPlace place_here(const Reader *reader, const Window *window, const char *container,
                       uint32_t index);

void problem(Reader *reader, InputProblemKind kind, RecordPlace place, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* A byte for messages: 'x', the byte 0x1b; -1 is the end of the element. */
enum { DESCRIBED_BYTE = 32 };
const char *describe_byte(int byte, char buffer[DESCRIBED_BYTE]);

/* PROBLEM_SYNTAX; found is a byte or -1 for the end.  Returns what count_mistake says. */
bool syntax_problem(Reader *reader, RecordPlace place, const char *expected, int found);

/* Counts a mistake.  False, and reader->stopped, when the file has had too many of them. */
bool count_mistake(Reader *reader, RecordPlace place);

/* The file, or the text in memory, ends inside something; returns false. */
bool torn(Reader *reader, const Window *window, RecordPlace place, const char *inside);

/* Whether a JSON value can begin with this byte. */
bool begins_value(int c);

/*
 * Repairs what scan_value said can be repaired and notes it; returns the value's new length.
 */
size_t repaired(Reader *reader, char *text, const Scan *scan, RecordPlace place);

/* Counts control characters inside texts: `repaired` does it too, for the value it is given. */
void note_controls(Reader *reader, uint32_t count, RecordPlace place);

/* Tells why a value was refused. */
bool refuse_fault(Reader *reader, const char *text, const Scan *scan, RecordPlace place);
bool refuse_size(Reader *reader, RecordPlace place);

/* Parses a clean value into `arena`; NULL and a problem when that fails. */
JsonValue *build(Reader *reader, Arena *arena, const char *text, size_t length_bytes,
                 RecordPlace place);

/* Parses one value and hands it out, or tells why it is refused.  `context` is its list or NULL. */
bool hand_out(Reader *reader, char *text, const Scan *scan, RecordPlace place,
              const ListContext *context);

void begin_document(Reader *reader);
void end_document(Reader *reader, RecordPlace place, bool is_list);

void hand_out_value(Reader *reader, const JsonValue *value, RecordPlace place);

/* Reads a list from behind its opening bracket to behind its closing one. */
bool read_list(Reader *reader, Window *window, const ListContext *context);

/* Reads a top-level object: a wrapper, or one record. */
bool read_object(Reader *reader);

/* Hands out what a response of a batch holds.  False: nothing to unwrap, take it as a record. */
bool read_response(Reader *reader, char *text, size_t length_bytes, RecordPlace place);

#endif
