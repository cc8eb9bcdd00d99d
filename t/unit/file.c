/* Files that the system denies, or fails on: what is said of them, and what is left open. */
#include "unit.h"

#include "os/file.h"
#include "source/unpack.h"

#include <apr_file_io.h>
#include <apr_strings.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/* The error that fstat() has next; 0: none. */
static int stat_error;

/* The library calls this one. */
int fstat(int fd, struct stat *info)
{
    if (stat_error) {
        errno = stat_error;
        return -1;
    }
    return fstatat(fd, "", info, AT_EMPTY_PATH);
}

static const char *temporary(void)
{
    const char *path;

    assert_int_equal(apr_temp_dir_get(&path, unit_pool), APR_SUCCESS);
    return path;
}

static char *directory;

static int make_directory(void **state)
{
    (void)state;
    directory = apr_psprintf(unit_pool, "%s/file.XXXXXX", temporary());
    return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
    (void)state;
    return rmdir(directory);
}

/* Only who is denied is told to be somebody else. */
static void what_to_do_fits_the_error(void **state)
{
    const char *long_name = apr_psprintf(unit_pool, "%s/%0*d", temporary(), NAME_MAX + 1, 0);
    struct rlimit limit, none;
    tg_fault_t fault;
    tg_file_t file;

    (void)state;
    same_number(tg_file_read(unit_pool, long_name, 100, &file, &fault), TG_FILE_DENIED, "long");
    same_text(fault.reason, strerror(ENAMETOOLONG), "a name that is too long");
    CHECK(!strstr(fault.fix, "root"), "a name that is too long: %s", fault.fix);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = limit;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    same_number(tg_file_read(unit_pool, "/dev/null", 100, &file, &fault), TG_FILE_DENIED, "many");
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    same_text(fault.reason, strerror(EMFILE), "too many files");
    CHECK(!strstr(fault.fix, "root"), "too many files: %s", fault.fix);
}

static void a_file_beside_has_its_error(void **state)
{
    const char *path = apr_psprintf(unit_pool, "%s/beside", directory);
    int fd = tg_file_open_beside(path, O_WRONLY | O_CREAT, 0600), next;

    (void)state;
    assert_true(fd >= 0);
    close(fd);
    stat_error = EIO;
    assert_int_equal(tg_file_open_beside(path, O_WRONLY, 0600), -1);
    assert_int_equal(errno, EIO);
    stat_error = 0;
    next = open("/dev/null", O_RDONLY);
    same_number(next, fd, "nothing was left open");
    close(next);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(tg_file_open_beside("/dev/null", O_WRONLY, 0600), -1);
    assert_int_equal(errno, EINVAL);
}

static void a_log_that_fails_is_closed(void **state)
{
    int before = open("/dev/null", O_RDONLY), after;
    tg_fault_t fault;

    (void)state;
    close(before);
    stat_error = EIO;
    assert_null(tg_unpack_open(unit_pool, "/dev/null", &fault));
    stat_error = 0;
    has_text(fault.reason, strerror(EIO), "why");
    after = open("/dev/null", O_RDONLY);
    close(after);
    same_number(after, before, "the next descriptor");
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_to_do_fits_the_error),
    cmocka_unit_test_setup_teardown(a_file_beside_has_its_error, make_directory, remove_directory),
    cmocka_unit_test(a_log_that_fails_is_closed),
};

UNIT_MAIN(tests)
