#include "verify/condition.h"

#include "base/memory.h"
#include "base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* ---- patterns ---- */

/* Positions of the pattern that can be reached without reading a character. */
static void open_positions(const char *pattern, size_t length, bool literal_reading, bool *at)
{
    for (size_t i = 0; i < length; i++) {
        if (!at[i])
            continue;
        if (pattern[i] == '*')
            at[i + 1] = true;
        if (!literal_reading && i + 2 < length && memcmp(pattern + i, "/*/", 3) == 0)
            at[i + 2] = true;
    }
}

bool action_fits(const char *pattern, const char *action, bool literal_reading)
{
    pattern += strspn(pattern, " \t\r\n");
    size_t length = strlen(pattern);
    while (length && strchr(" \t\r\n", pattern[length - 1]))
        length--;
    if (!memchr(pattern, '*', length))
        return strlen(action) == length && text_starts_with_any_case(pattern, action);
    bool *at = memory_allocate(2 * (length + 1), sizeof *at);
    bool *next = at + length + 1;
    at[0] = true;
    open_positions(pattern, length, literal_reading, at);
    for (; *action; action++) {
        memset(next, 0, length + 1);
        for (size_t i = 0; i < length; i++) {
            if (!at[i])
                continue;
            if (pattern[i] == '*')
                next[i] = true;
            else if (text_lower_char(pattern[i]) == text_lower_char(*action))
                next[i + 1] = true;
        }
        memcpy(at, next, length + 1);
        open_positions(pattern, length, literal_reading, at);
    }
    bool fits = at[length];
    free(at);
    return fits;
}

/* ---- reading a condition ---- */

enum { MOST_NESTING = 200, MOST_OPERANDS = 256, LONGEST_WORD = 1024, MOST_STARS = 4 };

typedef struct Reader {
    const char *text;
    const Request *request;
    uint32_t nesting;
    bool broken;
} Reader;

static void skip_blanks(Reader *reader)
{
    reader->text += strspn(reader->text, " \t\r\n");
}

/* Takes the mark if it comes next, in any case; a word must end there. */
static bool take(Reader *reader, const char *mark)
{
    skip_blanks(reader);
    size_t length = strlen(mark);
    if (!text_starts_with_any_case(reader->text, mark))
        return false;
    bool word = isalpha((unsigned char)mark[0]) != 0;
    if (word && isalnum((unsigned char)reader->text[length]))
        return false;
    reader->text += length;
    return true;
}

static Truth unreadable(Reader *reader)
{
    reader->broken = true;
    return UNSURE;
}

static Truth read_expression(Reader *reader);

/* A literal or an attribute's name: a copy in `word`. */
typedef struct Operand {
    bool attribute;
    char source;
    char word[LONGEST_WORD];
} Operand;

static bool read_quoted(Reader *reader, char *word)
{
    size_t length = 0;
    char quote = *reader->text++;
    while (*reader->text && *reader->text != quote && length + 1 < LONGEST_WORD) {
        if (*reader->text == '\\' && reader->text[1])
            reader->text++;
        word[length++] = *reader->text++;
    }
    word[length] = '\0';
    return *reader->text++ == quote;
}

static bool read_attribute(Reader *reader, Operand *operand)
{
    static const struct {
        const char *word;
        char source;
    } sources[] = {
        {"@Request[", 'q'}, {"@Resource[", 's'}, {"@Principal[", 'p'}, {"@Environment[", 'e'}};
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        if (!text_starts_with_any_case(reader->text, sources[i].word))
            continue;
        const char *name = reader->text + strlen(sources[i].word);
        const char *close = strchr(name, ']');
        if (!close || close - name >= LONGEST_WORD)
            return false;
        operand->attribute = true;
        operand->source = sources[i].source;
        memcpy(operand->word, name, (size_t)(close - name));
        operand->word[close - name] = '\0';
        reader->text = close + 1;
        return true;
    }
    return false;
}

static bool read_operand(Reader *reader, Operand *operand)
{
    skip_blanks(reader);
    operand->attribute = false;
    if (*reader->text == '@')
        return read_attribute(reader, operand);
    if (*reader->text == '\'')
        return read_quoted(reader, operand->word);
    size_t length = 0;
    while (
        (isalnum((unsigned char)reader->text[length]) || strchr("-+.:_", reader->text[length])) &&
        reader->text[length] && length + 1 < LONGEST_WORD)
        length++;
    memcpy(operand->word, reader->text, length);
    operand->word[length] = '\0';
    reader->text += length;
    return length > 0;
}

static const char *known_value(const Request *request, const Operand *operand)
{
    for (uint32_t i = 0; i < request->known_count; i++)
        if (request->known[i].source == operand->source &&
            text_equal_any_case(request->known[i].name, operand->word))
            return request->known[i].value;
    return NULL;
}

/* "GuidEquals", without quantifier and negation. */
typedef enum Comparison {
    COMPARE_GUID,
    COMPARE_TEXT,
    COMPARE_TEXT_ANY_CASE,
    COMPARE_STARTS,
    COMPARE_LIKE,
    COMPARE_BOOL,
    COMPARE_OTHER
} Comparison;

typedef struct Operator {
    Comparison comparison;
    bool negated;
    bool all_on_left, all_on_right; /* of the quantifier */
} Operator;

static bool take_prefix(const char **word, const char *prefix)
{
    if (!text_starts_with_any_case(*word, prefix))
        return false;
    *word += strlen(prefix);
    return true;
}

static bool read_operator(Reader *reader, Operator *operator)
{
    char name[64];
    skip_blanks(reader);
    size_t length = 0;
    while (isalpha((unsigned char)reader->text[length]) || reader->text[length] == ':')
        length++;
    if (!length || length >= sizeof name)
        return false;
    memcpy(name, reader->text, length);
    name[length] = '\0';
    reader->text += length;
    const char *word = name;
    *operator=(Operator){.comparison = COMPARE_OTHER};
    if (take_prefix(&word, "ForAllOf")) {
        operator->all_on_left = true;
        operator->all_on_right = take_prefix(&word, "AllValues:");
        if (!operator->all_on_right && !take_prefix(&word, "AnyValues:"))
            return false;
    } else if (take_prefix(&word, "ForAnyOf")) {
        operator->all_on_right = take_prefix(&word, "AllValues:");
        if (!operator->all_on_right && !take_prefix(&word, "AnyValues:"))
            return false;
    }
    bool guid = take_prefix(&word, "Guid"), text = !guid && take_prefix(&word, "String");
    bool boolean = !guid && !text && take_prefix(&word, "Bool");
    operator->negated = take_prefix(&word, "Not");
    if (guid && text_equal_any_case(word, "Equals"))
        operator->comparison = COMPARE_GUID;
    else if (boolean && text_equal_any_case(word, "Equals"))
        operator->comparison = COMPARE_BOOL;
    else if (text && text_equal_any_case(word, "Equals"))
        operator->comparison = COMPARE_TEXT;
    else if (text && text_equal_any_case(word, "EqualsIgnoreCase"))
        operator->comparison = COMPARE_TEXT_ANY_CASE;
    else if (text && text_equal_any_case(word, "StartsWith"))
        operator->comparison = COMPARE_STARTS;
    else if (text && text_equal_any_case(word, "Like"))
        operator->comparison = COMPARE_LIKE;
    return true;
}

/* "*" is any run of characters, "?" any one. */
static bool is_like(const char *pattern, const char *text)
{
    for (; *pattern; pattern++, text++) {
        if (*pattern == '*') {
            for (const char *rest = text;; rest++) {
                if (is_like(pattern + 1, rest))
                    return true;
                if (!*rest)
                    return false;
            }
        }
        if (!*text || (*pattern != '?' && *pattern != *text))
            return false;
    }
    return !*text;
}

static size_t count_of(const char *text, char c)
{
    size_t count = 0;
    for (; *text; text++)
        count += *text == c;
    return count;
}

static Truth compare(const Operator *operator, const char * left, const char *right)
{
    Guid a, b;
    bool equal = false;
    switch (operator->comparison) {
    case COMPARE_GUID:
        if (!guid_parse(left, &a) || !guid_parse(right, &b))
            return UNSURE;
        equal = guid_equal(&a, &b);
        break;
    case COMPARE_TEXT:
        equal = text_equal(left, right);
        break;
    case COMPARE_TEXT_ANY_CASE:
    case COMPARE_BOOL:
        equal = text_equal_any_case(left, right);
        break;
    case COMPARE_STARTS:
        equal = strncmp(left, right, strlen(right)) == 0;
        break;
    case COMPARE_LIKE:
        if (strchr(right, '\\') || count_of(right, '*') > MOST_STARS)
            return UNSURE;
        equal = is_like(right, left);
        break;
    case COMPARE_OTHER:
        return UNSURE;
    }
    return equal != operator->negated ? TRUE : UNTRUE;
}

/* `{a, b}` or one operand, compared one by one with the left value. */
static Truth read_right_side(Reader *reader, const Operator *operator, const char * left)
{
    Operand right;
    bool braces = take(reader, "{");
    Truth result = operator->all_on_right ? TRUE : UNTRUE;
    bool any = false;
    while (!(braces && take(reader, "}"))) {
        if (any && braces && !take(reader, ","))
            return unreadable(reader);
        if (!read_operand(reader, &right))
            return unreadable(reader);
        const char *value = right.attribute ? known_value(reader->request, &right) : right.word;
        Truth one = left && value ? compare(operator, left, value) : UNSURE;
        result = operator->all_on_right ? both_true(result, one) : either_true(result, one);
        any = true;
        if (!braces)
            return result;
    }
    return any ? result : UNSURE;
}

/* Attributes that stand alone have one value here: "any of" and "all of" it are the same. */
static Truth read_comparison(Reader *reader)
{
    Operand left;
    Operator operator;
    if (!read_operand(reader, &left) || !read_operator(reader, &operator))
        return unreadable(reader);
    const char *value = left.attribute ? known_value(reader->request, &left) : left.word;
    return read_right_side(reader, &operator, value);
}

static Truth read_actions(Reader *reader, bool suboperations)
{
    Operand pattern;
    Truth result = suboperations ? UNSURE : UNTRUE;
    if (!take(reader, "{"))
        return unreadable(reader);
    do {
        skip_blanks(reader);
        if (*reader->text != '\'' || !read_quoted(reader, pattern.word))
            return unreadable(reader);
        if (!suboperations &&
            action_fits(pattern.word, reader->request->action, reader->request->literal_reading))
            result = TRUE;
    } while (take(reader, ","));
    return take(reader, "}") ? result : unreadable(reader);
}

static Truth read_primary(Reader *reader)
{
    Operand attribute;
    if (take(reader, "!") || take(reader, "NOT")) {
        if (reader->nesting++ > MOST_NESTING)
            return unreadable(reader);
        Truth inner = not_true(read_primary(reader));
        reader->nesting--;
        return inner;
    }
    if (take(reader, "(")) {
        if (reader->nesting++ > MOST_NESTING)
            return unreadable(reader);
        Truth inner = read_expression(reader);
        reader->nesting--;
        return take(reader, ")") ? inner : unreadable(reader);
    }
    if (take(reader, "ActionMatches"))
        return read_actions(reader, false);
    if (take(reader, "SubOperationMatches"))
        return read_actions(reader, true);
    if (take(reader, "Exists")) {
        skip_blanks(reader);
        if (!read_attribute(reader, &attribute))
            return unreadable(reader);
        return known_value(reader->request, &attribute) ? TRUE : UNSURE;
    }
    return read_comparison(reader);
}

/* "a AND b OR c": which belongs together is not documented; sure only when both readings agree. */
static Truth read_expression(Reader *reader)
{
    Truth first = read_primary(reader);
    Truth from_left = first, products = UNTRUE, product = first;
    for (uint32_t count = 0; !reader->broken && count < MOST_OPERANDS; count++) {
        bool and_word = take(reader, "AND") || take(reader, "&&");
        bool or_word = !and_word && (take(reader, "OR") || take(reader, "||"));
        if (!and_word && !or_word)
            break;
        Truth next = read_primary(reader);
        from_left = and_word ? both_true(from_left, next) : either_true(from_left, next);
        if (and_word) {
            product = both_true(product, next);
        } else {
            products = either_true(products, product);
            product = next;
        }
    }
    Truth and_first = either_true(products, product);
    return and_first == from_left ? and_first : UNSURE;
}

Truth condition_lets(const char *text, const Request *request)
{
    Reader reader = {.text = text, .request = request};
    if (!text || !text[strspn(text, " \t\r\n")])
        return TRUE;
    Truth result = read_expression(&reader);
    skip_blanks(&reader);
    return reader.broken || *reader.text ? UNSURE : result;
}
