#include "input/decode.h"

#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

static const char replacement[] = "\xef\xbf\xbd";
static const char utf8_mark[] = "\xef\xbb\xbf";

enum { MARK_BYTES = 3, REPLACEMENT_BYTES = 3, DETECTED_BYTES = 4 };

void decoder_start(Decoder *decoder, Source *source)
{
    *decoder = (Decoder){.source = source, .replaced_at = UINT64_MAX};
}

void decoder_free(Decoder *decoder)
{
    if (decoder->transcoding)
        iconv_close((iconv_t)decoder->iconv);
    free(decoder->raw);
}

/* Moves what is left in `raw` to its front and reads behind it. */
static void fill_raw(Decoder *decoder)
{
    if (!decoder->raw)
        decoder->raw = memory_allocate(INPUT_WINDOW_BYTES, 1);
    size_t left = decoder->raw_end - decoder->raw_begin;
    memmove(decoder->raw, decoder->raw + decoder->raw_begin, left);
    decoder->raw_begin = 0;
    decoder->raw_end = left;
    if (decoder->raw_at_end)
        return;
    size_t got = source_read(decoder->source, decoder->raw + left, INPUT_WINDOW_BYTES - left);
    decoder->raw_at_end = got == 0;
    decoder->raw_end += got;
}

/*
 * The first two characters of a JSON text are ASCII, so NUL bytes show UTF-16 without a mark
 * (RFC 4627, section 3).
 */
static const char *utf16_name(const unsigned char *b, size_t length_bytes)
{
    if (length_bytes < 2)
        return NULL;
    if ((b[0] == 0xff && b[1] == 0xfe) || (b[0] && !b[1] && (length_bytes < 3 || b[2])))
        return "UTF-16LE";
    if ((b[0] == 0xfe && b[1] == 0xff) || (!b[0] && b[1]))
        return "UTF-16BE";
    return NULL;
}

/* A file of one or two bytes may be the beginning of a byte order mark and nothing else. */
static bool is_cut_mark(const char *bytes, size_t length_bytes)
{
    static const char *const marks[] = {utf8_mark, "\xff\xfe", "\xfe\xff"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (length_bytes && length_bytes < strlen(marks[i]) &&
            memcmp(bytes, marks[i], length_bytes) == 0)
            return true;
    return false;
}

static void begin(Decoder *decoder)
{
    decoder->begun = true;
    while (!decoder->raw_at_end && decoder->raw_end < DETECTED_BYTES)
        fill_raw(decoder);
    const char *utf16 = utf16_name((const unsigned char *)decoder->raw, decoder->raw_end);
    if (utf16) {
        iconv_t converter = iconv_open("UTF-8", utf16);
        if (converter == (iconv_t)-1) {
            source_stop(decoder->source, PROBLEM_READ, "this system cannot convert UTF-16");
            decoder->raw_begin = decoder->raw_end;
            return;
        }
        decoder->transcoding = true;
        decoder->iconv = (void *)converter;
        if ((unsigned char)decoder->raw[0] >= 0xfe)
            decoder->raw_begin = 2;
    } else if (decoder->raw_end >= MARK_BYTES && memcmp(decoder->raw, utf8_mark, MARK_BYTES) == 0) {
        decoder->raw_begin = MARK_BYTES;
    } else if (is_cut_mark(decoder->raw, decoder->raw_end)) {
        decoder->cut_inside = true;
        decoder->raw_begin = decoder->raw_end;
    }
}

/* How many bytes at the front are well-formed UTF-8. */
static size_t well_formed_bytes(const char *bytes, size_t length_bytes)
{
    size_t at = 0;
    while (at < length_bytes) {
        uint64_t words[4];
        while (length_bytes - at >= sizeof words) {
            memcpy(words, bytes + at, sizeof words);
            if ((words[0] | words[1] | words[2] | words[3]) & 0x8080808080808080u)
                break;
            at += sizeof words;
        }
        /* A block with a byte beyond ASCII in it, or the last few bytes. */
        size_t block_end = at + sizeof words < length_bytes ? at + sizeof words : length_bytes;
        while (at < block_end) {
            size_t sequence_bytes = text_utf8_sequence(bytes + at, length_bytes - at);
            if (!sequence_bytes)
                return at;
            at += sequence_bytes;
        }
    }
    return at;
}

/* Whether the bytes, too few for a character, are the beginning of one. */
static bool begins_character(const char *bytes, size_t length_bytes)
{
    static const char continuations[] = "\x80\x90\xa0"; /* one of them fits behind any lead */
    char whole[4];
    for (size_t total = length_bytes + 1; total <= sizeof whole; total++)
        for (size_t i = 0; i < sizeof continuations - 1; i++) {
            memset(whole, continuations[i], sizeof whole);
            memcpy(whole, bytes, length_bytes);
            if (text_utf8_sequence(whole, total) == total)
                return true;
        }
    return false;
}

static size_t put_replacement(Decoder *decoder, char *text, size_t length_bytes)
{
    if (!decoder->replaced++)
        decoder->replaced_at = decoder->decoded_bytes + length_bytes;
    memcpy(text + length_bytes, replacement, REPLACEMENT_BYTES);
    return length_bytes + REPLACEMENT_BYTES;
}

/* From `raw`, one U+FFFD for each byte that fits no character. */
static size_t read_replacing(Decoder *decoder, char *text, size_t capacity_bytes)
{
    size_t written = 0;
    for (;;) {
        const char *raw = decoder->raw + decoder->raw_begin;
        size_t left = decoder->raw_end - decoder->raw_begin;
        size_t room = capacity_bytes - written;
        size_t good = well_formed_bytes(raw, left < room ? left : room);
        memcpy(text + written, raw, good);
        decoder->raw_begin += good;
        written += good;
        left -= good;
        if (capacity_bytes - written < DETECTED_BYTES || (!left && decoder->raw_at_end))
            return written;
        bool cut = left <= 3 && begins_character(raw + good, left);
        if (!left || (cut && !decoder->raw_at_end)) {
            fill_raw(decoder);
            continue;
        }
        decoder->cut_inside |= cut;
        decoder->raw_begin++;
        written = put_replacement(decoder, text, written);
    }
}

/* Straight into `text`; what must wait for more bytes or be replaced goes back into `raw`. */
static size_t read_straight(Decoder *decoder, char *text, size_t capacity_bytes)
{
    size_t length_bytes = decoder->raw_end - decoder->raw_begin;
    if (length_bytes > capacity_bytes)
        length_bytes = capacity_bytes;
    memcpy(text, decoder->raw + decoder->raw_begin, length_bytes);
    decoder->raw_begin += length_bytes;
    if (length_bytes < DETECTED_BYTES) {
        size_t want = capacity_bytes < INPUT_WINDOW_BYTES ? capacity_bytes : INPUT_WINDOW_BYTES;
        size_t got = source_read(decoder->source, text + length_bytes, want - length_bytes);
        decoder->raw_at_end = got == 0;
        length_bytes += got;
    }
    size_t good = well_formed_bytes(text, length_bytes);
    size_t rest = length_bytes - good;
    if (!rest)
        return good;
    size_t kept = decoder->raw_end - decoder->raw_begin;
    memmove(decoder->raw + rest, decoder->raw + decoder->raw_begin, kept);
    memcpy(decoder->raw, text + good, rest);
    decoder->raw_begin = 0;
    decoder->raw_end = rest + kept;
    decoder->replacing = decoder->raw_at_end || rest > 3 || !begins_character(text + good, rest);
    return good;
}

static size_t read_transcoding(Decoder *decoder, char *text, size_t capacity_bytes)
{
    char *out = text;
    size_t room = capacity_bytes;
    while (room >= DETECTED_BYTES) {
        char *in = decoder->raw + decoder->raw_begin;
        size_t left = decoder->raw_end - decoder->raw_begin;
        size_t result = iconv((iconv_t)decoder->iconv, &in, &left, &out, &room);
        int why = result == (size_t)-1 ? errno : 0;
        decoder->raw_begin = decoder->raw_end - left;
        if (why == E2BIG)
            break;
        bool ends_inside = why == EINVAL && decoder->raw_at_end;
        if (why == EILSEQ || ends_inside) {
            decoder->cut_inside = ends_inside;
            decoder->raw_begin += left < 2 ? left : 2;
            put_replacement(decoder, text, (size_t)(out - text));
            out += REPLACEMENT_BYTES;
            room -= REPLACEMENT_BYTES;
            continue;
        }
        if (decoder->raw_at_end)
            break;
        fill_raw(decoder);
    }
    return (size_t)(out - text);
}

size_t decoder_read(Decoder *decoder, char *text, size_t capacity_bytes)
{
    size_t written = 0;
    if (!decoder->begun)
        begin(decoder);
    while (!written) {
        if (decoder->transcoding)
            written = read_transcoding(decoder, text, capacity_bytes);
        else if (decoder->replacing)
            written = read_replacing(decoder, text, capacity_bytes);
        else
            written = read_straight(decoder, text, capacity_bytes);
        if (decoder->raw_at_end && decoder->raw_begin == decoder->raw_end)
            break;
    }
    decoder->decoded_bytes += written;
    return written;
}

void decoder_drain(Decoder *decoder)
{
    do {
        decoder->raw_begin = decoder->raw_end = 0;
        fill_raw(decoder);
    } while (!decoder->raw_at_end);
}
