// What the reactor needs of C: libevent's core.
#pragma once

// First, so that the C library's types are those of the Glibc module: libevent's configuration asks for GNU extensions,
// which rename fields of fd_set.
#include <features.h>

#include <event2/event.h>
