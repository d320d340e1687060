#include "access/condition_tree.h"

#include <string.h>

#define KEY_CASE_SENSITIVE "<$key_case_sensitive$>"

static const Operator operators[] = {
    /* name, type, relation, complement, negated, ignore_case */
    {"BoolEquals", VALUE_BOOL, RELATION_EQUAL, false, false, false},
    {"BoolNotEquals", VALUE_BOOL, RELATION_EQUAL, true, true, false},
    {"StringEquals", VALUE_TEXT, RELATION_EQUAL, false, false, false},
    {"StringEqualsIgnoreCase", VALUE_TEXT, RELATION_EQUAL, false, false, true},
    {"StringNotEquals", VALUE_TEXT, RELATION_EQUAL, true, true, false},
    {"StringNotEqualsIgnoreCase", VALUE_TEXT, RELATION_EQUAL, true, true, true},
    {"StringStartsWith", VALUE_TEXT, RELATION_STARTS_WITH, false, false, false},
    {"StringStartsWithIgnoreCase", VALUE_TEXT, RELATION_STARTS_WITH, false, false, true},
    {"StringNotStartsWith", VALUE_TEXT, RELATION_STARTS_WITH, true, true, false},
    {"StringNotStartsWithIgnoreCase", VALUE_TEXT, RELATION_STARTS_WITH, true, true, true},
    {"StringLike", VALUE_TEXT, RELATION_LIKE, false, false, false},
    {"StringLikeIgnoreCase", VALUE_TEXT, RELATION_LIKE, false, false, true},
    {"StringNotLike", VALUE_TEXT, RELATION_LIKE, true, true, false},
    {"StringNotLikeIgnoreCase", VALUE_TEXT, RELATION_LIKE, true, true, true},
    {"NumericEquals", VALUE_NUMBER, RELATION_EQUAL, false, false, false},
    {"NumericNotEquals", VALUE_NUMBER, RELATION_EQUAL, true, true, false},
    {"NumericLessThan", VALUE_NUMBER, RELATION_LESS, false, false, false},
    {"NumericLessThanEquals", VALUE_NUMBER, RELATION_LESS_OR_EQUAL, false, false, false},
    {"NumericGreaterThan", VALUE_NUMBER, RELATION_LESS_OR_EQUAL, true, false, false},
    {"NumericGreaterThanEquals", VALUE_NUMBER, RELATION_LESS, true, false, false},
    {"DateTimeEquals", VALUE_DATETIME, RELATION_EQUAL, false, false, false},
    {"DateTimeNotEquals", VALUE_DATETIME, RELATION_EQUAL, true, true, false},
    {"DateTimeLessThan", VALUE_DATETIME, RELATION_LESS, false, false, false},
    {"DateTimeLessThanEquals", VALUE_DATETIME, RELATION_LESS_OR_EQUAL, false, false, false},
    {"DateTimeGreaterThan", VALUE_DATETIME, RELATION_LESS_OR_EQUAL, true, false, false},
    {"DateTimeGreaterThanEquals", VALUE_DATETIME, RELATION_LESS, true, false, false},
    {"GuidEquals", VALUE_GUID, RELATION_EQUAL, false, false, false},
    {"GuidNotEquals", VALUE_GUID, RELATION_EQUAL, true, true, false},
};

const Operator *operator_find(const char *name, size_t length_bytes)
{
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (strlen(operators[i].name) == length_bytes &&
            text_starts_with_any_case(name, operators[i].name))
            return &operators[i];
    return NULL;
}

bool attribute_name_equal(const char *a, const char *b)
{
    if (!text_equal_any_case(a, b))
        return false;
    if (!text_ends_with_any_case(a, KEY_CASE_SENSITIVE))
        return true;
    /* Equal but for case, so the key begins and ends at the same place in both. */
    const char *key = strchr(a, ':');
    if (!key)
        return true;
    size_t key_bytes = strlen(key) - strlen(KEY_CASE_SENSITIVE);
    return memcmp(key, b + (key - a), key_bytes) == 0;
}

/* Reads exactly `count` digits and moves on; false: there are not that many. */
static bool read_digits(const char **text, int count, int64_t *number)
{
    int64_t read = 0;
    for (int i = 0; i < count; i++) {
        char digit = (*text)[i];
        if (digit < '0' || digit > '9')
            return false;
        read = read * 10 + (digit - '0');
    }
    *text += count;
    *number = read;
    return true;
}

static int count_digits(const char *text)
{
    return (int)strspn(text, "0123456789");
}

/* At most 18 digits, which always fit; a longer number is not compared. */
static bool read_integer(const char *text, int64_t *number)
{
    bool minus = *text == '-';
    text += minus;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 18 || text[digits])
        return false;
    if (!read_digits(&text, (int)digits, number))
        return false;
    if (minus)
        *number = -*number;
    return true;
}

static bool read_bool(const char *text, int64_t *number)
{
    *number = text_equal_any_case(text, "true");
    return *number || text_equal_any_case(text, "false");
}

static int64_t days_in_month(int64_t year, int64_t month)
{
    static const int64_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : days[month - 1];
}

/* A field of a date and time: the character before it, its digits and its range. */
typedef struct DateTimeField {
    char before;
    int digits;
    int64_t least;
    int64_t most;
} DateTimeField;

static bool read_field(const char **text, DateTimeField field, int64_t *number)
{
    if (field.before && *(*text)++ != field.before)
        return false;
    return read_digits(text, field.digits, number) && *number >= field.least &&
           *number <= field.most;
}

/* Nothing, or a point and one to seven digits, as ten-millionths of a second. */
static bool read_fraction(const char **text, int64_t *ticks)
{
    *ticks = 0;
    if (**text != '.')
        return true;
    ++*text;
    int digits = count_digits(*text);
    if (digits < 1 || digits > 7 || !read_digits(text, digits, ticks))
        return false;
    for (; digits < 7; digits++)
        *ticks *= 10;
    return true;
}

/*
 * yyyy-mm-ddThh:mm:ss[.fffffff]Z as one number that grows with time.  Months count as 31 days in
 * it: it is only ever compared.
 */
static bool read_datetime(const char *text, int64_t *number)
{
    static const DateTimeField fields[] = {{'\0', 4, 1, 9999}, {'-', 2, 1, 12}, {'-', 2, 1, 31},
                                           {'T', 2, 0, 23},    {':', 2, 0, 59}, {':', 2, 0, 59}};
    static const int64_t weights[] = {0, 12, 31, 24, 60, 60};
    int64_t read[6];
    int64_t whole = 0;
    for (int i = 0; i < 6; i++) {
        if (!read_field(&text, fields[i], &read[i]))
            return false;
        whole = whole * weights[i] + read[i] - fields[i].least;
    }
    int64_t ticks = 0;
    if (read[2] > days_in_month(read[0], read[1]) || !read_fraction(&text, &ticks) ||
        strcmp(text, "Z") != 0)
        return false;
    *number = whole * 10000000 + ticks;
    return true;
}

static bool value_read(Value *value, ValueType type)
{
    switch (type) {
    case VALUE_TEXT:
        return true;
    case VALUE_NUMBER:
        return read_integer(value->text, &value->number);
    case VALUE_DATETIME:
        return read_datetime(value->text, &value->number);
    case VALUE_BOOL:
        return read_bool(value->text, &value->number);
    case VALUE_GUID:
        return guid_parse(value->text, &value->guid);
    }
    return false;
}

Value value_of_attribute(const char *text, ValueType type)
{
    Value value = {.text = text};
    value.fits = value_read(&value, type);
    return value;
}

/* Texts and dates are written in quotes, numbers and true or false without, GUIDs either way. */
static bool form_fits(bool quoted, ValueType type)
{
    switch (type) {
    case VALUE_TEXT:
    case VALUE_DATETIME:
        return quoted;
    case VALUE_NUMBER:
    case VALUE_BOOL:
        return !quoted;
    case VALUE_GUID:
        break;
    }
    return true;
}

void value_set_literal_type(Value *literal, ValueType type)
{
    literal->fits = form_fits(literal->quoted, type) && value_read(literal, type);
}

static size_t character_bytes(const char *text)
{
    size_t bytes = text_utf8_sequence(text, strnlen(text, 4));
    return bytes ? bytes : 1;
}

static bool same_byte(char a, char b, bool ignore_case)
{
    return a == b || (ignore_case && text_lower_char(a) == text_lower_char(b));
}

/* Moves past one element of a Like pattern that is not "*" and past what it matches. */
static bool match_element(const char **pattern, const char **text, bool ignore_case)
{
    if (!**pattern || !**text)
        return false;
    if (**pattern == '?') {
        ++*pattern;
        *text += character_bytes(*text);
        return true;
    }
    bool escape = **pattern == '\\' && ((*pattern)[1] == '*' || (*pattern)[1] == '?');
    if (!same_byte((*pattern)[escape], **text, ignore_case))
        return false;
    *pattern += 1 + escape;
    ++*text;
    return true;
}

/*
 * "*" is any run of characters, "?" one character.  Only the last "*" is ever tried again, so the
 * cost is at most the product of the lengths.
 */
static bool text_like(const char *text, const char *pattern, bool ignore_case)
{
    const char *after_star = NULL;
    const char *tried = NULL;
    for (;;) {
        if (*pattern == '*') {
            after_star = ++pattern;
            tried = text;
        } else if (!*pattern && !*text) {
            return true;
        } else if (!match_element(&pattern, &text, ignore_case)) {
            if (!after_star || !*tried)
                return false;
            tried += character_bytes(tried);
            pattern = after_star;
            text = tried;
        }
    }
}

static bool text_starts_with(const char *text, const char *start, bool ignore_case)
{
    return ignore_case ? text_starts_with_any_case(text, start)
                       : strncmp(text, start, strlen(start)) == 0;
}

static bool is_ascii(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text >= 0x80)
            return false;
    return true;
}

static Tri tri_of(bool holds)
{
    return holds ? TRI_TRUE : TRI_FALSE;
}

static Tri compare_texts(const Operator *operation, const char *left, const char *right)
{
    bool ignore_case = operation->ignore_case;
    bool holds = false;
    if (operation->relation == RELATION_LIKE)
        holds = text_like(left, right, ignore_case);
    else if (operation->relation == RELATION_STARTS_WITH)
        holds = text_starts_with(left, right, ignore_case);
    else
        holds = ignore_case ? text_equal_any_case(left, right) : text_equal(left, right);
    /* Azure may know the case of letters that are not ASCII; nothing says how. */
    if (!holds && ignore_case && !(is_ascii(left) && is_ascii(right)))
        return TRI_UNKNOWN;
    return tri_of(holds);
}

static Tri compare_numbers(Relation relation, int64_t left, int64_t right)
{
    if (relation == RELATION_EQUAL)
        return tri_of(left == right);
    return tri_of(relation == RELATION_LESS ? left < right : left <= right);
}

static Tri compare_typed(const Operator *operation, const Value *left, const Value *right)
{
    if (!left->fits || !right->fits)
        return TRI_UNKNOWN;
    if (operation->type == VALUE_TEXT)
        return compare_texts(operation, left->text, right->text);
    if (operation->type == VALUE_GUID)
        return tri_of(guid_equal(&left->guid, &right->guid));
    return compare_numbers(operation->relation, left->number, right->number);
}

Tri operator_compare(const Operator *operation, const Value *left, const Value *right)
{
    Tri holds = compare_typed(operation, left, right);
    return operation->complement ? tri_not(holds) : holds;
}
