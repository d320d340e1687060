#include "report/csv.h"

#include "base/clean.h"

void csv_header(CsvRow *row, const char *names)
{
    fputs(names, row->stream);
    csv_end(row);
}

static void begin_field(CsvRow *row)
{
    if (row->fields++ > 0)
        fputc(',', row->stream);
}

void csv_text(CsvRow *row, const char *text)
{
    TextBuffer field = {0};
    begin_field(row);
    clean_append(&field, CLEAN_CSV, text);
    fputs(field.text, row->stream);
    text_buffer_free(&field);
}

void csv_number(CsvRow *row, uint64_t number)
{
    begin_field(row);
    fprintf(row->stream, "%llu", (unsigned long long)number);
}

void csv_end(CsvRow *row)
{
    fputs("\r\n", row->stream);
    row->fields = 0;
}
