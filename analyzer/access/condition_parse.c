#include "access/condition_tree.h"

#include "base/array.h"

#include <string.h>

typedef enum TokenKind {
    TOKEN_END,
    TOKEN_OPEN,        /* ( */
    TOKEN_CLOSE,       /* ) */
    TOKEN_OPEN_BRACE,  /* { */
    TOKEN_CLOSE_BRACE, /* } */
    TOKEN_COMMA,
    TOKEN_NOT,
    TOKEN_AND,
    TOKEN_OR,
    TOKEN_TEXT,      /* 'text', with its quotes */
    TOKEN_ATTRIBUTE, /* @Source[name] */
    TOKEN_WORD,      /* a name, a number, a GUID */
    TOKEN_OPEN_TEXT, /* a quote that is never closed */
    TOKEN_OTHER      /* anything else */
} TokenKind;

typedef struct Token {
    TokenKind kind;
    const char *begin;
    const char *end;
} Token;

typedef struct Parser {
    Arena *arena;
    const char *text;
    Token token;              /* the next one, not yet taken */
    const char *previous_end; /* of the last one taken */
    uint32_t nesting;
    ARRAY(Value) values; /* of the operand being read */
    Error *err;
} Parser;

static size_t word_bytes(const char *text)
{
    return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:");
}

static bool token_is(Token token, const char *word)
{
    return (size_t)(token.end - token.begin) == strlen(word) &&
           text_starts_with_any_case(token.begin, word);
}

static Token word_token(const char *begin)
{
    Token word = {TOKEN_WORD, begin, begin + word_bytes(begin)};
    if (token_is(word, "AND"))
        word.kind = TOKEN_AND;
    else if (token_is(word, "OR"))
        word.kind = TOKEN_OR;
    else if (token_is(word, "NOT"))
        word.kind = TOKEN_NOT;
    return word;
}

static Token text_token(const char *begin)
{
    const char *at = begin + 1;
    while (*at && *at != '\'')
        at += *at == '\\' && at[1] ? 2 : 1;
    return *at ? (Token){TOKEN_TEXT, begin, at + 1} : (Token){TOKEN_OPEN_TEXT, begin, at};
}

static Token attribute_token(const char *begin)
{
    const char *bracket = begin + 1 + word_bytes(begin + 1);
    const char *close = *bracket == '[' ? strchr(bracket, ']') : NULL;
    return close ? (Token){TOKEN_ATTRIBUTE, begin, close + 1}
                 : (Token){TOKEN_OTHER, begin, bracket};
}

static Token other_token(const char *begin)
{
    if (begin[0] == '&' && begin[1] == '&')
        return (Token){TOKEN_AND, begin, begin + 2};
    if (begin[0] == '|' && begin[1] == '|')
        return (Token){TOKEN_OR, begin, begin + 2};
    if (word_bytes(begin))
        return word_token(begin);
    size_t bytes = text_utf8_sequence(begin, strnlen(begin, 4));
    return (Token){TOKEN_OTHER, begin, begin + (bytes ? bytes : 1)};
}

static Token token_at(const char *begin)
{
    static const char single[] = "(){},!";
    static const TokenKind kinds[] = {TOKEN_OPEN,        TOKEN_CLOSE, TOKEN_OPEN_BRACE,
                                      TOKEN_CLOSE_BRACE, TOKEN_COMMA, TOKEN_NOT};
    if (!*begin)
        return (Token){TOKEN_END, begin, begin};
    const char *found = strchr(single, *begin);
    if (found)
        return (Token){kinds[found - single], begin, begin + 1};
    if (*begin == '\'')
        return text_token(begin);
    if (*begin == '@')
        return attribute_token(begin);
    return other_token(begin);
}

static const char *skip_blanks(const char *text)
{
    return text + strspn(text, " \t\r\n");
}

static void take_token(Parser *parser)
{
    parser->previous_end = parser->token.end;
    parser->token = token_at(skip_blanks(parser->token.end));
}

/* At most 60 bytes of the token, cut between characters. */
static int shown_bytes(Token token)
{
    enum { MOST_SHOWN_BYTES = 60 };
    size_t bytes = (size_t)(token.end - token.begin);
    if (bytes > MOST_SHOWN_BYTES)
        bytes = MOST_SHOWN_BYTES;
    while (bytes && ((unsigned char)token.begin[bytes] & 0xc0) == 0x80)
        bytes--;
    return (int)bytes;
}

static bool fail_at_token(Parser *parser, const char *expected)
{
    Token token = parser->token;
    size_t offset = (size_t)(token.begin - parser->text);
    if (token.kind == TOKEN_OPEN_TEXT)
        return error_set(parser->err,
                         "condition, offset %zu: expected a ' that ends the text, found \"%.*s\"",
                         offset, shown_bytes(token), token.begin);
    if (token.kind == TOKEN_END)
        return error_set(parser->err, "condition, offset %zu: expected %s, found the end", offset,
                         expected);
    return error_set(parser->err, "condition, offset %zu: expected %s, found \"%.*s\"", offset,
                     expected, shown_bytes(token), token.begin);
}

/* Takes the next token if it is of the kind. */
static bool take(Parser *parser, TokenKind kind, const char *expected)
{
    if (parser->token.kind != kind)
        return fail_at_token(parser, expected);
    take_token(parser);
    return true;
}

/* What stands between the quotes.  A backslash stays: only the Like operators give it a meaning. */
static const char *copy_quoted(Parser *parser)
{
    const char *begin = parser->token.begin + 1;
    return arena_copy_bytes(parser->arena, begin, (size_t)(parser->token.end - 1 - begin));
}

static bool source_find(const char *name, size_t length_bytes, AttributeSource *source)
{
    static const char *const names[] = {[SOURCE_REQUEST] = "Request",
                                        [SOURCE_RESOURCE] = "Resource",
                                        [SOURCE_PRINCIPAL] = "Principal",
                                        [SOURCE_ENVIRONMENT] = "Environment"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == length_bytes && text_starts_with_any_case(name, names[i])) {
            *source = (AttributeSource)i;
            return true;
        }
    return false;
}

static bool parse_attribute(Parser *parser, Attribute *attribute)
{
    const char *expected = "@Request[...], @Resource[...], @Principal[...] or @Environment[...]";
    Token token = parser->token;
    if (token.kind != TOKEN_ATTRIBUTE)
        return fail_at_token(parser, expected);
    const char *bracket = strchr(token.begin, '[');
    if (!source_find(token.begin + 1, (size_t)(bracket - token.begin - 1), &attribute->source))
        return fail_at_token(parser, expected);
    const char *name = skip_blanks(bracket + 1);
    const char *end = token.end - 1;
    while (end > name && strchr(" \t\r\n", end[-1]))
        end--;
    if (end <= name)
        return fail_at_token(parser, "the name of an attribute between the brackets");
    attribute->name = arena_copy_bytes(parser->arena, name, (size_t)(end - name));
    attribute->is_suboperation =
        attribute->source == SOURCE_REQUEST && text_equal_any_case(attribute->name, "subOperation");
    take_token(parser);
    return true;
}

static bool is_literal_word(const char *word)
{
    Guid guid;
    if (text_equal_any_case(word, "true") || text_equal_any_case(word, "false") ||
        guid_parse(word, &guid))
        return true;
    word += *word == '-';
    return *word && !word[strspn(word, "0123456789")];
}

/* Appends one literal to the values; its type is set when the operator is known. */
static bool parse_literal(Parser *parser)
{
    Value value = {.quoted = parser->token.kind == TOKEN_TEXT};
    if (value.quoted)
        value.text = copy_quoted(parser);
    else if (parser->token.kind == TOKEN_WORD)
        value.text = arena_copy_bytes(parser->arena, parser->token.begin,
                                      (size_t)(parser->token.end - parser->token.begin));
    if (!value.quoted && (!value.text || !is_literal_word(value.text)))
        return fail_at_token(parser, "a value ('text', a whole number, true, false or a GUID)");
    if (parser->values.count == CONDITION_MAX_VALUES)
        return fail_at_token(parser, "no more values in these braces");
    ARRAY_PUSH(&parser->values, value);
    take_token(parser);
    return true;
}

/* The literals of a "{" list, whose brace was taken. */
static bool parse_list(Parser *parser)
{
    if (parser->token.kind == TOKEN_CLOSE_BRACE) {
        take_token(parser);
        return true;
    }
    for (;;) {
        if (!parse_literal(parser))
            return false;
        if (parser->token.kind != TOKEN_COMMA)
            return take(parser, TOKEN_CLOSE_BRACE, "\",\" or \"}\"");
        take_token(parser);
    }
}

static bool parse_operand(Parser *parser, Operand *operand)
{
    if (parser->token.kind == TOKEN_ATTRIBUTE) {
        operand->is_attribute = true;
        return parse_attribute(parser, &operand->attribute);
    }
    parser->values.count = 0;
    bool list = parser->token.kind == TOKEN_OPEN_BRACE;
    if (list)
        take_token(parser);
    if (!(list ? parse_list(parser) : parse_literal(parser)))
        return false;
    operand->value_count = parser->values.count;
    operand->values = arena_allocate(parser->arena, operand->value_count, sizeof(Value));
    if (operand->value_count)
        memcpy(operand->values, parser->values.items, operand->value_count * sizeof(Value));
    return true;
}

static bool quantifier_find(const char *name, size_t length_bytes, Quantifier *quantifier)
{
    static const char *const names[] = {[QUANTIFIER_ANY_ANY] = "ForAnyOfAnyValues",
                                        [QUANTIFIER_ALL_ANY] = "ForAllOfAnyValues",
                                        [QUANTIFIER_ANY_ALL] = "ForAnyOfAllValues",
                                        [QUANTIFIER_ALL_ALL] = "ForAllOfAllValues"};
    for (size_t i = QUANTIFIER_ANY_ANY; i <= QUANTIFIER_ALL_ALL; i++)
        if (strlen(names[i]) == length_bytes && text_starts_with_any_case(name, names[i])) {
            *quantifier = (Quantifier)i;
            return true;
        }
    return false;
}

static bool parse_operator(Parser *parser, Comparison *comparison)
{
    const char *expected = "a comparison operator such as StringEquals or "
                           "ForAnyOfAnyValues:GuidEquals";
    if (parser->token.kind != TOKEN_WORD)
        return fail_at_token(parser, expected);
    const char *name = parser->token.begin;
    size_t length_bytes = (size_t)(parser->token.end - name);
    const char *colon = memchr(name, ':', length_bytes);
    if (colon) {
        if (!quantifier_find(name, (size_t)(colon - name), &comparison->quantifier))
            return fail_at_token(parser, expected);
        name = colon + 1;
        length_bytes = (size_t)(parser->token.end - name);
    }
    comparison->operation = operator_find(name, length_bytes);
    if (!comparison->operation)
        return fail_at_token(parser, expected);
    take_token(parser);
    return true;
}

static void set_literal_types(Operand *operand, ValueType type)
{
    for (uint32_t i = 0; i < operand->value_count; i++)
        value_set_literal_type(&operand->values[i], type);
}

static bool parse_comparison(Parser *parser, Comparison *comparison)
{
    if (!parse_operand(parser, &comparison->left) || !parse_operator(parser, comparison) ||
        !parse_operand(parser, &comparison->right))
        return false;
    set_literal_types(&comparison->left, comparison->operation->type);
    set_literal_types(&comparison->right, comparison->operation->type);
    return true;
}

/* {'pattern', ...} */
static bool parse_patterns(Parser *parser, PatternSet *set)
{
    take_token(parser);
    if (!take(parser, TOKEN_OPEN_BRACE, "\"{\""))
        return false;
    parser->values.count = 0;
    do {
        if (parser->token.kind != TOKEN_TEXT)
            return fail_at_token(parser, "a pattern in single quotes");
        if (!parse_literal(parser))
            return false;
    } while (parser->token.kind == TOKEN_COMMA && take(parser, TOKEN_COMMA, "\",\""));
    set->count = parser->values.count;
    set->patterns = arena_allocate(parser->arena, set->count, sizeof *set->patterns);
    for (uint32_t i = 0; i < set->count; i++)
        set->patterns[i] = parser->values.items[i].text;
    return take(parser, TOKEN_CLOSE_BRACE, "\",\" or \"}\"");
}

static bool parse_leaf(Parser *parser, ConditionNode *node)
{
    if (token_is(parser->token, "ActionMatches")) {
        node->kind = CONDITION_ACTION_MATCHES;
        return parse_patterns(parser, &node->matches);
    }
    if (token_is(parser->token, "SubOperationMatches")) {
        node->kind = CONDITION_SUBOPERATION_MATCHES;
        return parse_patterns(parser, &node->matches);
    }
    if (token_is(parser->token, "Exists")) {
        node->kind = CONDITION_EXISTS;
        take_token(parser);
        return parse_attribute(parser, &node->exists);
    }
    node->kind = CONDITION_COMPARISON;
    return parse_comparison(parser, &node->comparison);
}

static ConditionNode *node_new(Parser *parser)
{
    return arena_allocate(parser->arena, 1, sizeof(ConditionNode));
}

static ConditionNode *parse_chain(Parser *parser);

/* "(" expression ")": the only place where parsing goes deeper. */
static ConditionNode *parse_group(Parser *parser)
{
    if (parser->nesting == CONDITION_MAX_NESTING) {
        fail_at_token(parser, "less deeply nested parentheses");
        return NULL;
    }
    parser->nesting++;
    take_token(parser);
    ConditionNode *node = parse_chain(parser);
    parser->nesting--;
    if (node && !take(parser, TOKEN_CLOSE, "AND, OR or \")\""))
        return NULL;
    return node;
}

static bool starts_operand(TokenKind kind)
{
    return kind == TOKEN_WORD || kind == TOKEN_TEXT || kind == TOKEN_ATTRIBUTE ||
           kind == TOKEN_OPEN_BRACE;
}

static ConditionNode *parse_primary(Parser *parser)
{
    if (parser->token.kind == TOKEN_OPEN)
        return parse_group(parser);
    if (!starts_operand(parser->token.kind)) {
        fail_at_token(parser, "\"(\", ActionMatches, SubOperationMatches, Exists, an attribute or "
                              "a value");
        return NULL;
    }
    const char *begin = parser->token.begin;
    ConditionNode *node = node_new(parser);
    if (!parse_leaf(parser, node))
        return NULL;
    node->place =
        (ConditionPlace){(size_t)(begin - parser->text), (size_t)(parser->previous_end - begin)};
    return node;
}

static ConditionNode *parse_unary(Parser *parser)
{
    bool negated = false;
    for (; parser->token.kind == TOKEN_NOT; take_token(parser))
        negated = !negated;
    ConditionNode *node = parse_primary(parser);
    if (node)
        node->negated = node->negated != negated;
    return node;
}

/* One operand alone is returned as it is: parentheses around it leave no trace. */
static ConditionNode *parse_chain(Parser *parser)
{
    ConditionNode *first = parse_unary(parser);
    ConditionNode *last = first;
    while (last && (parser->token.kind == TOKEN_AND || parser->token.kind == TOKEN_OR)) {
        bool after_or = parser->token.kind == TOKEN_OR;
        take_token(parser);
        last->next = parse_unary(parser);
        last = last->next;
        if (last)
            last->after_or = after_or;
    }
    if (!last || last == first)
        return last;
    ConditionNode *chain = node_new(parser);
    chain->kind = CONDITION_CHAIN;
    chain->first = first;
    return chain;
}

static const ConditionNode *parse_whole(Parser *parser)
{
    const ConditionNode *root = parse_chain(parser);
    if (root && parser->token.kind != TOKEN_END) {
        fail_at_token(parser, "AND, OR or the end");
        return NULL;
    }
    return root;
}

bool condition_parse(Arena *arena, const char *text, const Condition **condition, Error *err)
{
    if (!text)
        text = "";
    size_t length_bytes = strlen(text);
    if (length_bytes > CONDITION_MAX_BYTES)
        return error_set(err, "condition: expected at most %d bytes, found %zu",
                         CONDITION_MAX_BYTES, length_bytes);
    Parser parser = {.arena = arena, .text = text, .err = err};
    parser.token = token_at(skip_blanks(text));
    const ConditionNode *root = NULL;
    bool parsed = parser.token.kind == TOKEN_END || (root = parse_whole(&parser)) != NULL;
    ARRAY_FREE(&parser.values);
    if (!parsed)
        return false;
    Condition *made = arena_allocate(arena, 1, sizeof *made);
    made->root = root;
    *condition = made;
    return true;
}
