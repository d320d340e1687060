#ifndef INPUT_INPUT_H
#define INPUT_INPUT_H

#include "base/array.h" /* NONE */
#include "base/error.h"
#include "input/json.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * From paths to records.  A path may be a directory (read recursively), a file, or an archive
 * (.zip, .tar, .tar.gz, .gz, found by content); a file holds JSON in any encoding and wrapping that
 * export tools produce: UTF-8 or UTF-16, with a byte order mark or without.  Big arrays are never
 * held whole: their elements are split off in windows of 256 KiB and handed out one by one.
 *
 * Memory of one open file: O(largest element).  Time: linear in the bytes.  The members of .zip and
 * .tar archives are unpacked while listing, into a temporary file without a name ($TMPDIR or /tmp;
 * in memory when that is not writable) that lives as long as the list.
 */

/*
 * One file of the snapshot, in byte order of the paths.  Strings live as long as the list.
 * Export names end in .json, .jsonl or .ndjson, or in one of these and .txt; a file that was named
 * on the command line may be called anything.  Archives inside archives are not relevant.
 */
typedef struct InputFile {
    const char *path;      /* as printed: relative to the snapshot, "/" between names; a member of
                              an archive is "archive.zip/inner/name.json"; always UTF-8 */
    const char *location;  /* where it is opened; printed only in messages about opening */
    uint64_t length_bytes; /* on disk, or as the archive says; 0 when unknown */
    bool relevant;         /* false: no export by its name (".txt", ".png"): listed, not read */
    bool readable;       /* false: it cannot be opened, is a device, a link that loops or leads out
                            of the snapshot; in archives also any link and a path with ".." */
    const char *why_not; /* the reason when not relevant or not readable, else NULL */
} InputFile;

typedef struct InputList InputList;

typedef struct InputLimits {
    uint64_t largest_file_bytes;     /* after decompression */
    uint64_t largest_element_bytes;  /* one array element, or one whole bare object */
    uint64_t largest_unpacked_bytes; /* all members of all archives of a list together */
    uint32_t most_files;
    uint32_t largest_ratio; /* decompressed : compressed, the zip-bomb guard */
} InputLimits;              /* 0 means the default below */

#define INPUT_LARGEST_FILE_BYTES     (UINT64_C(64) << 30)
#define INPUT_LARGEST_ELEMENT_BYTES  (UINT64_C(256) << 20)
#define INPUT_LARGEST_UNPACKED_BYTES (UINT64_C(16) << 30)
enum { INPUT_MOST_FILES = 1000000, INPUT_LARGEST_RATIO = 1000, INPUT_WINDOW_BYTES = 256 * 1024 };

/*
 * Lists the files below `paths`.  False only when a named path does not exist or cannot be opened:
 * the message names it.  What lies below a directory and cannot be read becomes a file with
 * readable == false instead, so that it is reported and the rest is still read.
 * A link inside is followed; what it leads to is listed under the link's name as well.
 * With one path the printed paths are relative to it (a single file prints its last name); with
 * several they begin with the last name of their path (made unique with "-2" and so on).
 */
bool input_list(const char *const *paths, uint32_t path_count, const InputLimits *limits,
                InputList **list, Error *err);
uint32_t input_file_count(const InputList *list);
const InputFile *input_file(const InputList *list, uint32_t file);
void input_list_free(InputList *list);

/*
 * Where a record stands.  Its JSON pointer (RFC 6901) is `container` ("", "/value",
 * "/responses/2/body/value") and, unless index is NONE, "/index".  Lines count from 1.
 */
typedef struct RecordPlace {
    uint32_t file;
    uint32_t line;
    uint32_t index;
    const char *container; /* lives as long as the list */
} RecordPlace;

/* One element handed to the reader.  Valid only during the call. */
typedef struct InputRecord {
    RecordPlace place;
    uint32_t document;         /* 0, 1, ...: which of several concatenated documents of the file */
    const JsonValue *value;    /* nearly always an object; scalars come too */
    const JsonValue *envelope; /* the wrapper's other members seen so far; of a batch response all
                                  members, with those of its body; NULL without a wrapper */
} InputRecord;

/*
 * The end of one document (a top-level value).  Valid only during the call.  Not told of a document
 * that is torn or whose own braces hold no JSON: a list of 0 elements, none refused, is an empty
 * export.
 */
typedef struct InputDocument {
    RecordPlace place; /* where it began */
    uint32_t document;
    uint32_t element_count;    /* records handed out from it; refused ones do not count */
    bool is_list;              /* an array or a wrapped array; element_count may be 0 */
    const JsonValue *envelope; /* all members of the wrapper but the array: nextLink,
                                  @odata.context, count, ...; NULL without a wrapper */
} InputDocument;

typedef enum InputProblemKind {
    PROBLEM_TORN,          /* the file ends inside a value: what stood before was handed out */
    PROBLEM_SYNTAX,        /* not JSON here, or a wrapper that repeats a key; reading goes on behind
                              the next comma or bracket, up to 100 of these and TRAILING_TEXT */
    PROBLEM_ELEMENT,       /* this one element was refused (duplicate key, NUL, depth, size): it
                              counts as a record that is not understood */
    PROBLEM_ENCODING,      /* repaired, the records are kept: bytes that are not UTF-8 and halves of
                              surrogate pairs became U+FFFD, line breaks inside texts (wrapped
                              terminal output) were dropped, other control characters stayed.  Once
                              per file and kind, at its end, with the number and the first place */
    PROBLEM_LEADING_TEXT,  /* lines before the first value were skipped (warnings of a tool) */
    PROBLEM_TRAILING_TEXT, /* text after a value; skipped up to a line that begins with [ or { */
    PROBLEM_NO_JSON,       /* no JSON at all in it */
    PROBLEM_EMPTY,         /* 0 bytes or only white space */
    PROBLEM_LIMIT,         /* a limit of InputLimits was hit: the rest was not read */
    PROBLEM_READ           /* the operating system or the archive library failed midway */
} InputProblemKind;

typedef struct InputProblem {
    InputProblemKind kind;
    RecordPlace place;
    const char *message; /* what was expected, what was found; without the place */
} InputProblem;

typedef struct InputHandler {
    void *context;
    void (*record)(void *context, const InputRecord *record);
    void (*document)(void *context, const InputDocument *document);
    void (*problem)(void *context, const InputProblem *problem);
} InputHandler;

typedef struct InputResult {
    uint64_t decoded_bytes; /* UTF-8 bytes parsed */
    uint64_t raw_bytes;     /* read from disk or from the archive's member, before decoding */
    char sha256[65];        /* of the raw bytes (of the member for archives), lower-case hex; ""
                               when a limit or failure kept some of them from being read */
    bool complete;          /* everything was read and parsed: no TORN, SYNTAX, TRAILING_TEXT,
                               LIMIT or READ problem */
} InputResult;

/*
 * Reads one file from start to end and calls the handler in document order.  Unwraps top-level
 * arrays (nested ones too), {"value":[...]}, {"data":[...]}, {"Data":[...]}, {"data":[...],
 * "meta":{}}, {"data":{"columns":[],"rows":[]}} (rows become objects keyed by column name) and
 * {"responses":[{"id","status","body":{}}]}; any other object is one record, and so is a batch
 * response without a body.  Several concatenated values and NDJSON are several documents; a
 * top-level null is a document without records.
 * Thread-safe for different files of one list.  False only when the file could not be opened;
 * what goes wrong midway is told through handler->problem and in result.
 */
bool input_read(const InputList *list, uint32_t file, const InputHandler *handler,
                InputResult *result, Error *err);

#endif
