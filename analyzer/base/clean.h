#ifndef BASE_CLEAN_H
#define BASE_CLEAN_H

#include "base/arena.h"
#include "base/text.h"

/*
 * Names are chosen by strangers: anybody who may create a guest account or a resource can put a
 * line break, a terminal escape or a right-to-left override into a report.  This is the one place
 * where a text from the input is made fit for a medium.  Every text that is printed goes through
 * it once, in the form of its medium; cleaning twice would show entities as text.
 *
 * In every form a byte that is not part of well-formed UTF-8 (RFC 3629), a control character
 * (C0, DEL, C1), a character that changes the direction of text or hides itself (U+061C, U+200B,
 * U+200E, U+200F, U+202A to U+202E, U+2060 to U+2069, U+FEFF, U+FFF9 to U+FFFB, tags from
 * U+E0000) or a non-character is replaced by U+FFFD, so that its presence is still seen.  Line
 * breaks and tabs become one space each (CR LF counts once).  Zero-width joiners stay: scripts need
 * them.  Unicode normalization is not applied: the text still finds the exported name.
 */
typedef enum CleanForm {
    CLEAN_PLAIN,    /* nothing more: a text for JSON, for measuring, for another cleaner */
    CLEAN_MARKUP,   /* & < > " ' as entities: HTML and SVG, text as well as attribute values */
    CLEAN_DOT,      /* as markup, and backslash becomes U+2216: Graphviz expands \N and \G even
                       inside HTML labels (2.42.2), and entities in quoted attributes as well */
    CLEAN_TERMINAL, /* instead of U+FFFD the character is shown: \x1b, \xff, \u202e, \n, \t;
                       a backslash stays as it is */
    CLEAN_CSV /* one RFC 4180 field, quoted where needed; a field that a spreadsheet would take
                 for a formula begins with an apostrophe.  Not for numbers we made ourselves:
                 "-5" is guarded too */
} CleanForm;

/* Appends the text in its form; NULL counts as "".  out->text is never NULL afterwards. */
void clean_append(TextBuffer *out, CleanForm form, const char *text);

/* The same for bytes that may hold a NUL (a control character like any other). */
void clean_append_bytes(TextBuffer *out, CleanForm form, const char *bytes, size_t length_bytes);

/* The same as a new text in the arena. */
char *clean_copy(Arena *arena, CleanForm form, const char *text);

#endif
