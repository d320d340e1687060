#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool error_set(Error *err, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(err->message, sizeof err->message, format, arguments);
    va_end(arguments);
    return false;
}

bool error_prefix(Error *err, const char *prefix)
{
    Error before = *err;
    return error_set(err, "%.300s: %.700s", prefix, before.message);
}
