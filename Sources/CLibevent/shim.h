// What the reactor needs of C: libevent's core, and what the Glibc module leaves out.
#pragma once

// First, so that the C library's own types are those of the Glibc module: libevent's configuration asks for GNU
// extensions, which rename fields of fd_set.
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/types.h>

#include <event2/event.h>

// A GNU extension without a declaration in the default mode.
extern int pthread_setname_np(pthread_t thread, const char *name);
