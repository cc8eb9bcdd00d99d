/* Handshakes in bulk: handshakes PORT COUNT THREADS
 *
 * A mix of what servers receive, over plain sockets where no cryptography is needed: old
 * hellos that are refused, hellos in SSLv2 format, half hellos, hellos whose sender leaves
 * at once, garbage, and handshakes of modern clients with a request. Clients come from many
 * addresses of loopback. Prints the number of each kind, and exits with 1 if one did
 * not end as it should.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define PATIENCE 60 /* seconds */
#define ALERT 21
#define PROTOCOL_VERSION 70

/* TLS 1.0, four ciphers, supported_groups and ec_point_formats. */
static const unsigned char old_hello[] = {
    22,  3,   1,   0,   69,  1,    0,    0,    65,  3,   1,                       /* */
    'r', 'a', 'n', 'd', 'o', 'm',  'r',  'a',  'n', 'd', 'o', 'm', 'r', 'a', 'n', /* */
    'd', 'o', 'm', 'r', 'a', 'n',  'd',  'o',  'm', 'r', 'a', 'n', 'd', 'o', 'm', /* */
    'r', 'a', 0,   0,   8,   0xC0, 0x13, 0xC0, 20,  0,   47,  0,   53,            /* */
    1,   0,   0,   16,  0,   10,   0,    4,    0,   2,   0,   23,                 /* */
    0,   11,  0,   4,   3,   0,    1,    2,
};

/* RFC 5246 appendix E.2: TLS 1.0, two ciphers, a challenge of 16 bytes. */
static const unsigned char sslv2_hello[] = {
    0x80, 31,  1,   3,   1,   0,   6,   0,   0,   0,   16,  0,   0,   47,  0,   0,   53,
    'c',  'h', 'a', 'l', 'l', 'e', 'n', 'g', 'e', 'c', 'h', 'a', 'l', 'l', 'e', 'n',
};

static const unsigned char garbage[] = "GARBAGE, which is not a record of any known protocol..";

static unsigned short port;
static SSL_CTX *modern;
static atomic_long left;
static atomic_ulong serial;

/* A connection from one of 250 * 250 addresses; -1 on failure. */
static int dial(void)
{
    unsigned long n = atomic_fetch_add(&serial, 1);
    struct timeval patience = { .tv_sec = PATIENCE };
    struct sockaddr_in from = { .sin_family = AF_INET };
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0) {
        return -1;
    }
    from.sin_addr.s_addr =
        htonl(0x7F010000U | (uint32_t)(n / 250 % 250) << 8 | (uint32_t)(1 + n % 250));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    if (bind(fd, (struct sockaddr *)&from, sizeof(from)) != 0 ||
        connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static int is_refused(int fd, const unsigned char *hello, size_t length)
{
    unsigned char answer[7];

    return send(fd, hello, length, MSG_NOSIGNAL) == (ssize_t)length &&
           recv(fd, answer, sizeof(answer), MSG_WAITALL) == (ssize_t)sizeof(answer) &&
           answer[0] == ALERT && answer[6] == PROTOCOL_VERSION;
}

static int refused(int fd)
{
    return is_refused(fd, old_hello, sizeof(old_hello));
}

static int sslv2(int fd)
{
    return is_refused(fd, sslv2_hello, sizeof(sslv2_hello));
}

static int half(int fd)
{
    return send(fd, old_hello, sizeof(old_hello) / 2, MSG_NOSIGNAL) > 0;
}

/* The hello and the end of the connection in one segment. */
static int gone(int fd)
{
    return send(fd, old_hello, sizeof(old_hello), MSG_NOSIGNAL | MSG_MORE) > 0 &&
           shutdown(fd, SHUT_WR) == 0;
}

static int nonsense(int fd)
{
    return send(fd, garbage, sizeof(garbage), MSG_NOSIGNAL) > 0;
}

static int served(int fd)
{
    static const char request[] = "GET / HTTP/1.0\r\n\r\n";
    char answer[512];
    SSL *ssl = SSL_new(modern);
    int ok = ssl && SSL_set_fd(ssl, fd) == 1 && SSL_connect(ssl) == 1 &&
             SSL_write(ssl, request, sizeof(request) - 1) > 0 &&
             SSL_read(ssl, answer, sizeof(answer)) > 12 && memcmp(answer + 9, "200", 3) == 0;

    if (ok) {
        SSL_shutdown(ssl);
    }
    SSL_free(ssl);
    return ok;
}

/* The number of each kind in ten handshakes. */
static const struct {
    const char *name;
    int share;
    int (*run)(int fd);
} kinds[] = {
    { "refused", 4, refused }, { "sslv2", 1, sslv2 },       { "half", 1, half },
    { "gone", 1, gone },       { "nonsense", 1, nonsense }, { "served", 2, served },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static atomic_ulong done[KINDS], wrong[KINDS];

static size_t kind_of(long n)
{
    long at = n % 10;
    size_t k = 0;

    while (at >= kinds[k].share) {
        at -= kinds[k].share;
        k++;
    }
    return k;
}

static void *client(void *unused)
{
    long n;

    while ((n = atomic_fetch_sub(&left, 1)) > 0) {
        size_t k = kind_of(n);
        int fd = dial();

        if (fd < 0 || !kinds[k].run(fd)) {
            atomic_fetch_add(&wrong[k], 1);
        }
        atomic_fetch_add(&done[k], 1);
        if (fd >= 0) {
            close(fd);
        }
    }
    return unused;
}

static int report(void)
{
    unsigned long bad = 0;
    size_t k;

    for (k = 0; k < KINDS; k++) {
        printf("%s %lu ", kinds[k].name, atomic_load(&done[k]));
        bad += atomic_load(&wrong[k]);
    }
    printf("wrong %lu\n", bad);
    for (k = 0; k < KINDS; k++) {
        if (atomic_load(&wrong[k]) > 0) {
            fprintf(stderr, "%s: %lu did not end as they should\n", kinds[k].name,
                    atomic_load(&wrong[k]));
        }
    }
    return bad > 0;
}

int main(int argc, char **argv)
{
    pthread_t threads[64];
    int i, n = argc == 4 ? atoi(argv[3]) : 0;

    if (n < 1 || n > (int)(sizeof(threads) / sizeof(threads[0]))) {
        fprintf(stderr, "handshakes PORT COUNT THREADS, with at most 64 threads\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    port = (unsigned short)atoi(argv[1]);
    atomic_store(&left, atol(argv[2]));
    modern = SSL_CTX_new(TLS_client_method());
    if (!modern) {
        return 2;
    }
    for (i = 0; i < n; i++) {
        if (pthread_create(&threads[i], NULL, client, NULL) != 0) {
            return 2;
        }
    }
    for (i = 0; i < n; i++) {
        pthread_join(threads[i], NULL);
    }
    SSL_CTX_free(modern);
    return report();
}
