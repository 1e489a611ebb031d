// hiredis on libevent, as its own adapter puts them together: the callback gets a reply object for each message.
// modes: channel pattern monitor subscriptions
// libraries: -lhiredis -levent
// packages: libhiredis-dev libevent-dev
#include <event2/event.h>
#include <hiredis/adapters/libevent.h>
#include <hiredis/async.h>
#include <hiredis/hiredis.h>

#include "peer.h"

static void received(redisAsyncContext *context, void *reply_pointer, void *data);

// A thousand names.
static void subscribe(redisAsyncContext *context, long first) {
    char names[1000][32];
    const char *words[1001] = {"SUBSCRIBE"};
    long count = channels - first < 1000 ? channels - first : 1000;
    for (long i = 0; i < count; i++) {
        sprintf(names[i], "channel:%07ld", first + i);
        words[i + 1] = names[i];
    }
    redisAsyncCommandArgv(context, received, NULL, (int)count + 1, words, NULL);
}

// The mode `subscriptions`: what each name costs in memory. No command is made before the last one is confirmed, so that its
// text is not what is measured.
static void confirmation(redisAsyncContext *context) {
    static long confirmed = -1, before_kib;
    if (++confirmed == 0) before_kib = resident_kib();
    if (confirmed < channels) {
        if (confirmed % 1000 == 0) subscribe(context, confirmed);
        return;
    }
    printf("{\"count\": %ld, \"before_kib\": %ld, \"after_kib\": %ld}\n", confirmed, before_kib, resident_kib());
    exit(0);
}

static void received(redisAsyncContext *context, void *reply_pointer, void *data) {
    redisReply *reply = reply_pointer;
    if (!reply) { fprintf(stderr, "hiredis: %s\n", context->errstr); exit(1); }
    if (reply->type == REDIS_REPLY_STATUS) {
        // After a read that ended no line, 0.14 puts an empty callback behind the one of MONITOR, and would call nobody again.
        for (redisCallback *next = context->replies.head; next; next = next->next) next->fn = received;
        if (reply->len > 2) message(reply->len);
    } else if (reply->type == REDIS_REPLY_ARRAY && reply->elements >= 3) {
        redisReply *last = reply->element[reply->elements - 1];
        if (last->type == REDIS_REPLY_STRING) message(last->len);
        else if (!strcmp(mode, "subscriptions")) confirmation(context);
    }
    (void)data;
}

int main(int argc, char **argv) {
    arguments(argc, argv);
    struct event_base *base = event_base_new();
    redisAsyncContext *context = redisAsyncConnect("127.0.0.1", port);
    if (context->err) { fprintf(stderr, "hiredis: %s\n", context->errstr); return 1; }
    redisLibeventAttach(context, base);
    if (!strcmp(mode, "monitor")) {
        redisAsyncCommand(context, received, NULL, "MONITOR");
    } else if (!strcmp(mode, "pattern")) {
        redisAsyncCommand(context, received, NULL, "PSUBSCRIBE channel:*");
    } else if (!strcmp(mode, "subscriptions")) {
        redisAsyncCommand(context, received, NULL, "SUBSCRIBE first");
    } else {
        for (long first = 0; first < channels; first += 1000) subscribe(context, first);
    }
    event_base_dispatch(base);
    fprintf(stderr, "hiredis: the link ended\n");
    return 1;
}
