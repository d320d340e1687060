#include "draw/pool.h"

#include "base/memory.h"
#include "draw/files.h"
#include "unit/drawing.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* A directory of its own for each test, removed at its end. */
static int make_directory(void **state)
{
    char path[] = "/tmp/amlblast-pool-test-XXXXXX";
    *state = mkdtemp(path) ? memory_copy_text(path) : NULL;
    return *state ? 0 : -1;
}

static int remove_directory(void **state)
{
    TextBuffer command = {0};
    text_append_format(&command, "rm -rf '%s'", (char *)*state);
    int status = system(command.text);
    text_buffer_free(&command);
    free(*state);
    return status;
}

static bool exists(const char *directory, const char *file)
{
    TextBuffer path = {0};
    text_append_format(&path, "%s/%s", directory, file);
    bool there = access(path.text, F_OK) == 0;
    text_buffer_free(&path);
    return there;
}

static DrawResult write_something(const Picture *picture, const char *directory, Error *err)
{
    const OutputFile file = {directory, picture->name, "svg"};
    return file_write(&file, "drawn", 5, err) ? DRAW_DONE : DRAW_UNWRITABLE;
}

/* What goes wrong hangs on the name of the picture. */
static DrawResult draw_as_named(Picture *picture, unsigned formats, const char *directory,
                                Error *err)
{
    (void)formats;
    DrawResult result = write_something(picture, directory, err);
    if (text_equal(picture->name, "crash"))
        abort();
    if (text_equal(picture->name, "endless"))
        for (;;)
            pause();
    if (text_equal(picture->name, "refused")) {
        error_set(err, "no\x1b[31m such plugin");
        return DRAW_IMPOSSIBLE;
    }
    if (text_equal(picture->name, "partly")) {
        error_set(err, "no PNG");
        return DRAW_PARTLY;
    }
    if (text_equal(picture->name, "odd"))
        _exit(77);
    return result;
}

static Pool pool_for(const char *directory)
{
    return (Pool){.directory = directory,
                  .formats = FORMAT_SVG | FORMAT_DOT,
                  .jobs = 2,
                  .time_limit = 20,
                  .draw = draw_as_named};
}

static void start(Pool *pool, const char *name)
{
    Picture picture = {.name = name};
    Error err;
    assert_true(pool_start(pool, &picture, &err));
}

static void test_good_pictures_are_kept(void **state)
{
    Pool pool = pool_for(*state);
    for (int i = 0; i < 20; i++) {
        char name[16];
        snprintf(name, sizeof name, "p%d", i);
        start(&pool, name);
        assert_true(pool.children.count <= 2);
    }
    pool_finish(&pool);
    assert_int_equal(pool.complaints.count, 0);
    assert_false(pool.unwritable);
    assert_true(exists(*state, "p0.svg") && exists(*state, "p19.svg"));
    pool_free(&pool);
}

/* One after the other, so that the order of the complaints is known. */
static void test_bad_pictures_do_not_touch_others(void **state)
{
    static const char *const NAMES[] = {"crash", "good", "refused", "odd", "partly", "fine"};
    Pool pool = pool_for(*state);
    pool.jobs = 1;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        start(&pool, NAMES[i]);
    pool_finish(&pool);
    assert_int_equal(pool.complaints.count, 4);
    assert_string_equal(pool.complaints.items[0],
                        "crash: replaced by its text form: drawing ended by signal 6");
    assert_string_equal(pool.complaints.items[1],
                        "refused: replaced by its text form: no\\x1b[31m such plugin");
    assert_string_equal(pool.complaints.items[2],
                        "odd: replaced by its text form: drawing ended with status 77");
    assert_string_equal(pool.complaints.items[3], "partly: not in every format: no PNG");
    assert_true(exists(*state, "good.svg") && exists(*state, "fine.svg"));
    assert_true(exists(*state, "partly.svg"));
    assert_false(exists(*state, "crash.svg") || exists(*state, "refused.svg"));
    assert_false(exists(*state, "odd.svg"));
    pool_free(&pool);
}

static void test_late_pictures_are_stopped(void **state)
{
    Pool pool = pool_for(*state);
    pool.time_limit = 1;
    start(&pool, "endless");
    start(&pool, "good");
    pool_finish(&pool);
    assert_int_equal(pool.complaints.count, 1);
    assert_string_equal(pool.complaints.items[0],
                        "endless: replaced by its text form: took longer than 1 s");
    assert_false(exists(*state, "endless.svg"));
    assert_true(exists(*state, "good.svg"));
    pool_free(&pool);
}

static void test_unwritable_files_are_told(void **state)
{
    Pool pool = pool_for(*state);
    TextBuffer path = {0};
    text_append_format(&path, "%s/p.svg", (char *)*state);
    assert_int_equal(mkdir(path.text, 0777), 0); /* a directory stands where the file should */
    start(&pool, "p");
    pool_finish(&pool);
    assert_true(pool.unwritable);
    assert_int_equal(pool.complaints.count, 1);
    assert_non_null(strstr(pool.complaints.items[0], "p.svg: cannot be written"));
    assert_false(exists(*state, ".p.svg.partial"));
    text_buffer_free(&path);
    pool_free(&pool);
}

/* The real thing, twice in different company: the same files byte by byte. */
static void test_pictures_do_not_depend_on_their_company(void **state)
{
    TextBuffer first = {0};
    TextBuffer second = {0};
    TextBuffer path = {0};
    text_append_format(&path, "%s/1-identity.dot", (char *)*state);
    for (int round = 0; round < 2; round++) {
        Pool pool = pool_for(*state);
        pool.draw = draw_picture;
        for (uint32_t i = round == 0 ? 0 : 3; i < 4; i++) {
            Arena arena = {0};
            Picture picture;
            TextBuffer text = {0};
            Error err;
            test_picture_text(i == 3 ? 0 : i + 1, &text);
            read_or_abort(&arena, &text, &picture);
            assert_true(pool_start(&pool, &picture, &err));
            text_buffer_free(&text);
            arena_free(&arena);
        }
        pool_finish(&pool);
        assert_int_equal(pool.complaints.count, 0);
        read_whole_file(path.text, round == 0 ? &first : &second);
        pool_free(&pool);
    }
    assert_string_equal(first.text, second.text);
    assert_true(exists(*state, "4-large.svg") && exists(*state, "1-identity.svg"));
    text_buffer_free(&first);
    text_buffer_free(&second);
    text_buffer_free(&path);
}

static void test_files_appear_whole_or_not_at_all(void **state)
{
    const OutputFile file = {*state, "n", "txt"};
    const OutputFile nowhere = {"/nonexistent", "n", "txt"};
    TextBuffer path = {0};
    TextBuffer text = {0};
    Error err;
    text_append_format(&path, "%s/n.txt", (char *)*state);
    assert_true(file_write(&file, "old", 3, &err));
    assert_true(file_write(&file, "newer", 5, &err));
    read_whole_file(path.text, &text);
    assert_string_equal(text.text, "newer");
    assert_false(exists(*state, ".n.txt.partial"));
    assert_false(file_write(&nowhere, "x", 1, &err));
    assert_non_null(strstr(err.message, "/nonexistent/n.txt: cannot be written"));
    file_remove(&file);
    assert_false(exists(*state, "n.txt"));
    text_buffer_free(&path);
    text_buffer_free(&text);
}

#define WITH_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DIRECTORY(test_good_pictures_are_kept),
        WITH_DIRECTORY(test_bad_pictures_do_not_touch_others),
        WITH_DIRECTORY(test_late_pictures_are_stopped),
        WITH_DIRECTORY(test_unwritable_files_are_told),
        WITH_DIRECTORY(test_pictures_do_not_depend_on_their_company),
        WITH_DIRECTORY(test_files_appear_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
