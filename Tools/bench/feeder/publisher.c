// Publishes to `channel:0000000` of a real server, once somebody has subscribed to it.
//
//   publisher PORT MESSAGES PAYLOAD          as fast as the server answers, 256 commands on their way
//   publisher PORT MESSAGES --rate N         N a second, whatever the server does; each payload is the time at which it was
//                                            meant to be sent, in nanoseconds of CLOCK_MONOTONIC, 20 digits
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { WINDOW = 256 };
static int fd;
static char replies[65536];

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void send_all(const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t n = send(fd, bytes, count, MSG_NOSIGNAL);
        if (n <= 0) die("send");
        bytes += n;
        count -= (size_t)n;
    }
}

// How many replies one read brings. All are integers, one line each.
static long receive(int flags) {
    ssize_t n = recv(fd, replies, sizeof replies, flags);
    if (n < 0 && errno == EAGAIN) return 0;
    if (n <= 0) die("recv");
    long count = 0;
    for (ssize_t i = 0; i < n; i++) {
        if (replies[i] == '-') { fprintf(stderr, "publisher: the server answers with an error\n"); exit(1); }
        count += replies[i] == '\n';
    }
    return count;
}

// Asks until the channel has a subscriber.
static void await_subscriber(void) {
    static const char question[] = "*3\r\n$6\r\nPUBSUB\r\n$6\r\nNUMSUB\r\n$15\r\nchannel:0000000\r\n";
    for (;;) {
        send_all(question, sizeof question - 1);
        for (long lines = 0; lines < 4;) lines += receive(0);
        if (!strstr(replies, ":0\r\n")) return;
        usleep(1000);
    }
}

static size_t command(char *to, const char *payload, long length) {
    static const char form[] = "*3\r\n$7\r\nPUBLISH\r\n$15\r\nchannel:0000000\r\n$%ld\r\n%.*s\r\n";
    return (size_t)sprintf(to, form, length, (int)length, payload);
}

static void flood(long messages, long length) {
    char *payload = malloc((size_t)length), *block = malloc((size_t)(length + 80) * WINDOW / 2);
    memset(payload, 'x', (size_t)length);
    size_t size = 0;
    for (int i = 0; i < WINDOW / 2; i++) size += command(block + size, payload, length);
    size_t one = size / (WINDOW / 2);
    long sent = 0, answered = 0;
    while (answered < messages) {
        if (sent < messages && sent - answered <= WINDOW / 2) {
            long count = messages - sent < WINDOW / 2 ? messages - sent : WINDOW / 2;
            send_all(block, one * (size_t)count);
            sent += count;
        } else {
            answered += receive(0);
        }
    }
}

static void tick(long messages, long rate) {
    prctl(PR_SET_TIMERSLACK, 1);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    long long start = now.tv_sec * 1000000000LL + now.tv_nsec + 1000000;
    long answered = 0;
    for (long i = 0; i < messages; i++) {
        long long due = start + i * 1000000000LL / rate;
        struct timespec when = {.tv_sec = due / 1000000000, .tv_nsec = due % 1000000000};
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL) == EINTR) {}
        char payload[32], bytes[128];
        sprintf(payload, "%020lld", due);
        send_all(bytes, command(bytes, payload, 20));
        answered += receive(MSG_DONTWAIT);
    }
    while (answered < messages) answered += receive(0);
}

int main(int argc, char **argv) {
    if (argc < 4) { fprintf(stderr, "usage: publisher PORT MESSAGES (PAYLOAD | --rate N)\n"); return 64; }
    fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((unsigned short)atoi(argv[1])),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) die("connect");
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    await_subscriber();
    if (argc > 4) tick(atol(argv[2]), atol(argv[4])); else flood(atol(argv[2]), atol(argv[3]));
    return 0;
}
