/* A clock that tests set for the programs that they run. Preloaded, after a sanitizer's own
 * library. The file that TLSGATE_CLOCK names holds an offset to the real time in seconds, with
 * its sign, such as "-12345.678", or the second since 1970 at which the clock is stopped. Only
 * the wall clock is changed: timeouts and file times stay real.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define NANOSECONDS 1000000000L

int clock_gettime(clockid_t id, struct timespec *ts);
int gettimeofday(struct timeval *tv, void *zone);
time_t time(time_t *out);

/* Read each time: the test may have set the clock since. Returns 1 if the clock
 * is stopped at *seconds, 0 if that is an offset. */
static int setting(double *seconds)
{
    const char *path = getenv("TLSGATE_CLOCK");
    char text[64] = "";
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;

    if (fd >= 0) {
        close(fd);
    }
    *seconds = n > 0 ? strtod(text, NULL) : 0;
    return text[0] >= '0' && text[0] <= '9';
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
    int rc = (int)syscall(SYS_clock_gettime, id, ts);

    if (rc == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) {
        double shift;
        int stopped = setting(&shift);
        time_t seconds = (time_t)shift;

        if (stopped) {
            ts->tv_sec = 0;
            ts->tv_nsec = 0;
        }
        ts->tv_sec += seconds;
        ts->tv_nsec += (long)((shift - (double)seconds) * (double)NANOSECONDS);
        if (ts->tv_nsec < 0) {
            ts->tv_nsec += NANOSECONDS;
            ts->tv_sec--;
        }
        if (ts->tv_nsec >= NANOSECONDS) {
            ts->tv_nsec -= NANOSECONDS;
            ts->tv_sec++;
        }
    }
    return rc;
}

int gettimeofday(struct timeval *tv, void *zone)
{
    struct timespec ts;
    int rc = clock_gettime(CLOCK_REALTIME, &ts);

    (void)zone;
    tv->tv_sec = ts.tv_sec;
    tv->tv_usec = ts.tv_nsec / 1000;
    return rc;
}

time_t time(time_t *out)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    if (out) {
        *out = ts.tv_sec;
    }
    return ts.tv_sec;
}
