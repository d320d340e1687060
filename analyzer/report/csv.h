#ifndef REPORT_CSV_H
#define REPORT_CSV_H

#include <stdint.h>
#include <stdio.h>

/*
 * One row of RFC 4180 after the other.  Texts are cleaned and guarded against being taken for a
 * formula by a spreadsheet (CLEAN_CSV); numbers are our own.
 */
typedef struct CsvRow {
    FILE *stream;
    uint32_t fields; /* written to this row so far */
} CsvRow;

void csv_header(CsvRow *row, const char *names); /* "id,name,kind": a whole row of our own words */
void csv_text(CsvRow *row, const char *text);    /* NULL: empty */
void csv_number(CsvRow *row, uint64_t number);
void csv_end(CsvRow *row);

#endif
