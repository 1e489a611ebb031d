// A server that says nothing but messages, as fast as it is read: so that a client is what a measurement measures.
//
//   feeder MODE CHANNELS PAYLOAD MESSAGES [--links N] [--tls CERT KEY] [--hold] [--window N]
//
// MODE is `channel`, `pattern` or `monitor`. It prints its port, serves until LINKS clients have subscribed to CHANNELS names
// each (or to `channel:*`, or have sent MONITOR), then writes MESSAGES frames of one size over all links in turn, the channels
// in turn as well. A link that sent HELLO 3 gets pushes, another arrays. It ends when its last client has hung up.
// With --hold it sends nothing before a byte comes from its standard input. With --window it is never more than N messages
// ahead of a reader who writes a byte there for each N / 2 messages.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum mode { CHANNEL, PATTERN, MONITOR };

struct link {
    int fd;
    SSL *tls;
    int resp3;
    char *in;
    size_t used, room;
    char *out;  // answers that the socket has not taken yet: a client may send all of its commands before it reads
    size_t out_used, out_room;
    long names;
    int counted;
};

static enum mode mode;
static long channels, payload, messages, window, wanted_links = 1, open_links, ready_links;
static struct link **links;
static int link_count;
static SSL_CTX *tls;
static int loop;

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void send_now(struct link *l, const char *bytes, size_t count) {
    while (count > 0) {
        size_t part = count > 1 << 20 ? 1 << 20 : count;
        ssize_t n = l->tls ? SSL_write(l->tls, bytes, (int)part) : send(l->fd, bytes, part, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) exit(0);  // the client has seen enough
        bytes += n;
        count -= (size_t)n;
    }
}

// Messages, behind the answers.
static void send_all(struct link *l, const char *bytes, size_t count) {
    send_now(l, l->out, l->out_used);
    l->out_used = 0;
    send_now(l, bytes, count);
}

static void answer(struct link *l, const char *bytes, size_t count) {
    if (l->out_room - l->out_used < count) {
        l->out_room = (l->out_used + count) * 2;
        l->out = realloc(l->out, l->out_room);
    }
    memcpy(l->out + l->out_used, bytes, count);
    l->out_used += count;
}

static void say(struct link *l, const char *text) { answer(l, text, strlen(text)); }

// Sends the answers as far as the socket takes them.
static void flush(struct link *l) {
    if (l->tls) return send_all(l, NULL, 0);
    ssize_t n = l->out_used ? send(l->fd, l->out, l->out_used, MSG_NOSIGNAL | MSG_DONTWAIT) : 0;
    if (n > 0) memmove(l->out, l->out + n, l->out_used -= (size_t)n);
    struct epoll_event event = {.events = l->out_used ? EPOLLIN | EPOLLOUT : EPOLLIN, .data.ptr = l};
    epoll_ctl(loop, EPOLL_CTL_MOD, l->fd, &event);
    if (l->out_used) return;
    free(l->out);
    l->out = NULL;
    l->out_room = 0;
}

static void confirm(struct link *l, const char *verb, const char *name, size_t length) {
    char head[600];
    int n = snprintf(head, sizeof head, "%c3\r\n$%zu\r\n%s\r\n$%zu\r\n%.*s\r\n:%ld\r\n", l->resp3 ? '>' : '*', strlen(verb), verb,
                     length, (int)length, name, ++l->names);
    answer(l, head, (size_t)n);
}

static void count_ready(struct link *l) {
    long names = mode == CHANNEL ? channels : 1;
    if (l->counted || l->names < names) return;
    l->counted = 1;
    ready_links++;
}

static int is(const char *word, size_t length, const char *other) {
    return strlen(other) == length && strncasecmp(word, other, length) == 0;
}

// One command from the front of `in`. Returns its length, or 0 when it is not whole.
static size_t command(struct link *l) {
    char *at = l->in, *end = l->in + l->used;
    char *line = memchr(at, '\n', l->used);
    if (!line) return 0;
    if (*at != '*') { fprintf(stderr, "feeder: no array\n"); exit(1); }
    long count = atol(at + 1);
    char **words = malloc(sizeof *words * (size_t)count);
    size_t *lengths = malloc(sizeof *lengths * (size_t)count);
    at = line + 1;
    for (long i = 0; i < count; i++) {
        line = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
        if (!line || (lengths[i] = (size_t)atol(at + 1), line + 1 + lengths[i] + 2 > end)) {
            free(words), free(lengths);
            return 0;
        }
        words[i] = line + 1;
        at = words[i] + lengths[i] + 2;
    }
    if (is(words[0], lengths[0], "HELLO")) {
        l->resp3 = count > 1 && words[1][0] == '3';
        say(l, l->resp3 ? "%7\r\n" : "*14\r\n");
        say(l, "$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$6\r\n7.0.15\r\n$5\r\nproto\r\n");
        say(l, l->resp3 ? ":3\r\n" : ":2\r\n");
        say(l, "$2\r\nid\r\n:7\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n");
    } else if (is(words[0], lengths[0], "SUBSCRIBE") || is(words[0], lengths[0], "PSUBSCRIBE")) {
        for (long i = 1; i < count; i++) confirm(l, lengths[0] == 9 ? "subscribe" : "psubscribe", words[i], lengths[i]);
        count_ready(l);
    } else if (is(words[0], lengths[0], "MONITOR")) {
        say(l, "+OK\r\n");
        l->names = 1;
        count_ready(l);
    } else if (is(words[0], lengths[0], "PING")) {
        if (mode == MONITOR && count > 1) {
            char head[40];
            answer(l, head, (size_t)sprintf(head, "$%zu\r\n", lengths[1]));
            answer(l, words[1], lengths[1] + 2);
        } else {
            say(l, l->resp3 || l->names == 0 ? "+PONG\r\n" : "*2\r\n$4\r\npong\r\n$0\r\n\r\n");
        }
    } else if (is(words[0], lengths[0], "INFO")) {
        say(l, "$37\r\n# Server\r\nredis_version:7.0.15\r\nx:y\r\n\r\n");
    } else if (is(words[0], lengths[0], "COMMAND")) {
        // What it says to monitors: SET, whose key is its first argument.
        say(l, "*1\r\n*6\r\n$3\r\nset\r\n:-3\r\n*0\r\n:1\r\n:1\r\n:1\r\n");
    } else if (is(words[0], lengths[0], "CLIENT") && is(words[1], lengths[1], "ID")) {
        say(l, ":7\r\n");
    } else {
        say(l, "+OK\r\n");
    }
    free(words), free(lengths);
    return (size_t)(at - l->in);
}

static void hang_up(struct link *l) {
    epoll_ctl(loop, EPOLL_CTL_DEL, l->fd, NULL);
    close(l->fd);
    l->fd = -1;
    // A link that only asked may be gone before another one listens.
    if (--open_links == 0 && ready_links > 0) exit(0);
}

static void listen_to(struct link *l) {
    do {
        if (l->room - l->used < 65536) {
            l->room = l->room * 2 + 65536;
            l->in = realloc(l->in, l->room);
        }
        ssize_t n = l->tls ? SSL_read(l->tls, l->in + l->used, 65536) : read(l->fd, l->in + l->used, 65536);
        if (n <= 0) return hang_up(l);
        l->used += (size_t)n;
        size_t taken;
        while (l->used > 0 && (taken = command(l)) > 0) {
            l->used -= taken;
            memmove(l->in, l->in + taken, l->used);
        }
    } while (l->tls && SSL_pending(l->tls) > 0);
    if (l->used == 0) {
        free(l->in);
        l->in = NULL;
        l->room = 0;
    }
    flush(l);
}

static void greet(int listener) {
    int fd = accept(listener, NULL, NULL);
    if (fd < 0) die("accept");
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct link *l = calloc(1, sizeof *l);
    l->fd = fd;
    if (tls) {
        l->tls = SSL_new(tls);
        SSL_set_fd(l->tls, fd);
        if (SSL_accept(l->tls) != 1) { fprintf(stderr, "feeder: no TLS\n"); exit(1); }
    }
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = l};
    epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event);
    links = realloc(links, sizeof *links * (size_t)(link_count + 1));
    links[link_count++] = l;
    open_links++;
}

// Serves what comes, for at most that many milliseconds.
static void serve(int listener, int wait) {
    struct epoll_event events[64];
    int n = epoll_wait(loop, events, 64, wait);
    for (int i = 0; i < n; i++) {
        struct link *l = events[i].data.ptr;
        if (!l) greet(listener); else if (events[i].events & ~(unsigned)EPOLLOUT) listen_to(l); else flush(l);
    }
}

// Returns when that many messages may have been sent, and serves meanwhile.
static void pace(int listener, long sent) {
    static long allowed = -1;
    if (window == 0) return;
    if (allowed < 0) allowed = window;
    while (sent > allowed) {
        struct pollfd either[2] = {{.fd = 0, .events = POLLIN}, {.fd = loop, .events = POLLIN}};
        if (poll(either, 2, -1) < 0) die("poll");
        if (either[1].revents) serve(listener, 0);
        char bytes[64];
        ssize_t n = either[0].revents ? read(0, bytes, sizeof bytes) : 0;
        if (either[0].revents && n <= 0) exit(0);  // the reader has seen enough
        allowed += n * (window / 2);
    }
}

static size_t frame(char *to, int resp3, long number) {
    char name[32];
    int length = sprintf(name, "channel:%07ld", number % channels);
    char *at = to;
    if (mode == MONITOR) {
        at += sprintf(at, "+1763700000.%06ld [0 127.0.0.1:50412] \"SET\" \"%s\" \"", number % 1000000, name);
    } else if (mode == PATTERN) {
        at += sprintf(at, "%c4\r\n$8\r\npmessage\r\n$9\r\nchannel:*\r\n", resp3 ? '>' : '*');
        at += sprintf(at, "$%d\r\n%s\r\n$%ld\r\n", length, name, payload);
    } else {
        at += sprintf(at, "%c3\r\n$7\r\nmessage\r\n", resp3 ? '>' : '*');
        at += sprintf(at, "$%d\r\n%s\r\n$%ld\r\n", length, name, payload);
    }
    memset(at, 'x', (size_t)payload);
    at += payload;
    at += sprintf(at, mode == MONITOR ? "\"\r\n" : "\r\n");
    return (size_t)(at - to);
}

int main(int argc, char **argv) {
    if (argc < 5) { fprintf(stderr, "usage: feeder MODE CHANNELS PAYLOAD MESSAGES [OPTION...]\n"); return 64; }
    signal(SIGPIPE, SIG_IGN);
    mode = argv[1][0] == 'c' ? CHANNEL : argv[1][0] == 'p' ? PATTERN : MONITOR;
    channels = atol(argv[2]);
    payload = atol(argv[3]);
    messages = atol(argv[4]);
    int hold = 0;
    for (int i = 5; i < argc; i++) {
        if (!strcmp(argv[i], "--links")) {
            wanted_links = atol(argv[++i]);
        } else if (!strcmp(argv[i], "--window")) {
            window = atol(argv[++i]);
        } else if (!strcmp(argv[i], "--hold")) {
            hold = 1;
        } else if (!strcmp(argv[i], "--tls")) {
            tls = SSL_CTX_new(TLS_server_method());
            const char *certificate = argv[++i], *key = argv[++i];
            if (SSL_CTX_use_certificate_file(tls, certificate, SSL_FILETYPE_PEM) != 1 ||
                SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1) {
                fprintf(stderr, "feeder: no certificate\n");
                return 1;
            }
        }
    }

    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 4096) < 0) die("listen");
    getsockname(listener, (struct sockaddr *)&address, &size);
    loop = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(loop, EPOLL_CTL_ADD, listener, &event);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);

    while (ready_links < wanted_links) serve(listener, -1);
    if (hold) {
        printf("ready\n");
        fflush(stdout);
        struct pollfd either[2] = {{.fd = 0, .events = POLLIN}, {.fd = loop, .events = POLLIN}};
        while (poll(either, 2, -1) >= 0 && !either[0].revents) serve(listener, 0);
        char byte;
        if (read(0, &byte, 1) < 0) die("read");
    }

    // A block of frames that begins anew with the first channel, and is large enough that sending it costs little.
    long length = (long)frame(malloc((size_t)payload + 256), 0, 0);
    long block = channels;
    while (block * length < 1 << 20) block += channels;
    if (block > messages) block = messages;
    if (window > 0 && block > window / 2) block = window / 2;
    for (int resp3 = 0; resp3 < 2; resp3++) {
        int subscriber = -1;
        for (int i = 0; i < link_count; i++) {
            if (links[i]->counted && links[i]->resp3 == resp3) subscriber = i;
        }
        if (subscriber < 0) continue;
        char *bytes = malloc((size_t)(block * length) + 256), *at = bytes;
        for (long i = 0; i < block; i++) at += frame(at, resp3, i);
        if (wanted_links == 1) {
            for (long sent = 0; sent < messages; sent += block) {
                long count = messages - sent < block ? messages - sent : block;
                pace(listener, sent + count);
                send_all(links[subscriber], bytes, (size_t)(count * length));
                serve(listener, 0);
            }
        } else {
            // A part of the block to each link in turn, as much as one read takes: it is the number of links that is compared.
            long part = 65536 / length + 1, sent = 0, next = 0;
            while (sent < messages) {
                for (int i = 0; i < link_count && sent < messages; i++) {
                    if (!links[i]->counted) continue;
                    if (next + part > block) next = 0;
                    long count = messages - sent < part ? messages - sent : part;
                    send_all(links[i], bytes + next * length, (size_t)(count * length));
                    next += part;
                    sent += count;
                }
                serve(listener, 0);
            }
        }
    }
    while (open_links > 0) serve(listener, -1);
    return 0;
}
